//! `capmodel prices import`: what providers publish becomes a table that `--prices` reads. The lists of the fixtures
//! are written by hand from the public documentation of each format, which their readers name; their numbers are of no
//! real region.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::binary::{capmodel, refused};

fn import(arguments: &[&str]) -> (String, String) {
    let output = capmodel(&[&["prices", "import"], arguments].concat()).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    (String::from_utf8(output.stdout).unwrap(), stderr)
}

/// The prices of a table: type, on demand, spot.
fn prices(table: &str) -> Vec<(String, String, String)> {
    let rows = table.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    rows.map(|row| (format!("{} {}", row[1], row[2]), row[8].clone(), row[9].clone())).collect()
}

fn row(place: &str, on_demand: &str, spot: &str) -> (String, String, String) {
    (place.to_owned(), on_demand.to_owned(), spot.to_owned())
}

/// Only on-demand prices of shared Linux machines are imported, and none of the entries next to them: Windows,
/// dedicated hosts, capacity reservations, local zones, reserved terms, volumes. A type that the catalogue does not
/// contain has the size that the list states.
#[test]
fn the_bulk_price_list_of_aws_is_imported() {
    let (table, said) = import(&["aws", "fixtures/price-lists/aws.json"]);
    assert_eq!(
        prices(&table),
        [
            row("eu-central-1 m5.large", "0.115", ""),
            row("us-east-1 c5.large", "0.085", ""),
            row("us-east-1 m5.large", "0.096", ""),
            row("us-east-1 zz9.metal", "12.5", ""),
        ]
    );
    assert!(table.contains("aws,us-east-1,zz9.metal,arm64,96,1536,0,,12.5,,2026-11-01\n"), "{table}");
    assert!(said.contains("2 dedicated or reserved capacity") && said.contains("1 with a price of zero"), "{said}");
}

/// Of two entries for one type, the later effective date applies; several pages are read in order.
#[test]
fn pages_of_azure_are_imported() {
    let (table, said) = import(&["azure", "fixtures/price-lists/azure.json"]);
    assert_eq!(
        prices(&table),
        [row("westeurope Standard_D2s_v5", "0.115", "0.0213"), row("westeurope Standard_D4s_v5", "0.23", "")]
    );
    assert!(said.contains("1 of an instance type that is not in the catalogue"), "{said}");
}

/// 4 vCPUs and 16 GiB of N2: 4 × 0.040722 + 16 × 0.005458 = 0.250216 by the list of the fixture, 4 × 0.009856 + 16 ×
/// 0.001321 as spot.
#[test]
fn core_and_memory_prices_of_google_are_imported() {
    let (table, _) = import(&["gcp", "fixtures/price-lists/gcp.json"]);
    let prices = prices(&table);
    assert!(prices.contains(&row("europe-west3 n2-standard-4", "0.250216", "0.06056")), "{prices:?}");
    assert!(prices.contains(&row("europe-west3 n2d-standard-2", "0.108852", "")), "{prices:?}");
    assert!(prices.iter().all(|(place, ..)| !place.contains("lssd") && !place.contains("custom")), "{prices:?}");
}

#[test]
fn the_pricing_file_of_opencost_is_imported() {
    let (table, said) = import(&["opencost", "fixtures/price-lists/opencost.csv"]);
    assert_eq!(
        prices(&table),
        [row("eu-central-1 c5.large", "0.0777", ""), row("eu-central-1 m5.large", "0.0931", "")]
    );
    assert!(said.contains("1 of a single machine") && said.contains("1 without a region"), "{said}");
}

/// The output is accepted by `--prices` and replaces the catalogue's price.
#[test]
fn the_table_overlays_the_catalogue() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("aws.csv");
    let table = table.to_str().unwrap();
    import(&["aws", "fixtures/price-lists/aws.json", "--region", "us-east-1", "-o", table]);
    let shown =
        capmodel(&["prices", "show", "zz9.metal", "--region", "us-east-1", "--prices", table]).output().unwrap();
    assert!(String::from_utf8(shown.stdout).unwrap().contains("12.5"));
    let (code, said) = refused(&["prices", "import", "aws", "fixtures/price-lists/aws.json", "--region", "us-eats-1"]);
    assert!(code == 3 && said.contains("did you mean us-east-1"), "{said}");
}

/// Through a pipe, plain and compressed.
#[test]
fn lists_are_read_from_standard_input() {
    let list = fs::read("fixtures/price-lists/azure.json").unwrap();
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(&list).unwrap();
    for bytes in [list, packer.finish().unwrap()] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_capmodel"))
            .args(["prices", "import", "azure", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&bytes).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(prices(&String::from_utf8(output.stdout).unwrap()).len(), 2);
    }
}

/// An unknown unit, currency or list is refused.
#[test]
fn unknown_content_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("list.json");
    for (format, from, to, wanted) in [
        ("aws", "\"Hrs\"", "\"Month\"", "only Hrs is supported"),
        ("azure", "\"1 Hour\"", "\"1/Month\"", "only 1 Hour is supported"),
        ("azure", "\"USD\"", "\"EUR\"", "only USD is supported"),
        ("gcp", "\"GiBy.h\"", "\"GiBy.mo\"", "only GiBy.h is supported"),
        ("gcp", "\"currencyCode\": \"USD\"", "\"currencyCode\": \"CHF\"", "only USD is supported"),
        ("aws", "\"publicationDate\"", "\"published\"", "no publicationDate"),
        ("aws", "\"terms\"", "\"conditions\"", "it contains no instance prices"),
        ("azure", "\"Items\"", "\"items\"", "it contains no instance prices"),
    ] {
        let list = fs::read_to_string(format!("fixtures/price-lists/{format}.json")).unwrap();
        fs::write(&file, list.replace(from, to)).unwrap();
        let (code, said) = refused(&["prices", "import", format, file.to_str().unwrap()]);
        assert!(code == 3 && said.contains(wanted), "{format} {from} → {to}: {code} {said}");
    }
    // A truncated list is an error.
    let list = fs::read_to_string("fixtures/price-lists/aws.json").unwrap();
    fs::write(&file, &list[..list.len() * 9 / 10]).unwrap();
    let (code, said) = refused(&["prices", "import", "aws", file.to_str().unwrap()]);
    assert!(code == 3 && said.contains("line"), "{said}");
}
