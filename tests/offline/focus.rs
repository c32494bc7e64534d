//! `report --format focus` and `--format parquet` have the same charges, which add up to the report to the cent.

use std::collections::BTreeMap;
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::support::binary::capmodel;
use crate::support::delivery::{PRICES, SMALL, deliver, files};

/// The output of a report.
fn printed(flags: &[&str]) -> Vec<u8> {
    let output = capmodel(&[&["report", SMALL, "--prices", PRICES], flags].concat()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn total(flags: &[&str]) -> Decimal {
    let report: Value = serde_json::from_slice(&printed(&[flags, &["--format", "json"]].concat())).unwrap();
    report["cost"].as_str().unwrap().parse().unwrap()
}

/// Charges as lookups by column.
fn charges(csv: &[u8]) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(csv).deserialize().map(Result::unwrap).collect()
}

fn sum(charges: &[BTreeMap<String, String>], column: &str) -> Decimal {
    charges.iter().map(|charge| charge[column].parse::<Decimal>().unwrap()).sum()
}

#[test]
fn charges_add_up_to_the_report_however_it_is_split() {
    for flags in [
        &[][..],
        &["--split-idle", "even"],
        &["--split-idle", "proportional", "--split-shared", "none"],
        &["--shared-namespace", "kube-system", "--by", "workload"],
    ] {
        let charges = charges(&printed(&[flags, &["--format", "focus"]].concat()));
        assert_eq!(sum(&charges, "EffectiveCost"), total(flags), "{flags:?}");
        assert_eq!(sum(&charges, "BilledCost"), Decimal::ZERO);
        assert!(charges.iter().all(|charge| charge["EffectiveCost"] != "0.00"));
    }
}

#[test]
fn an_average_month_is_charged_to_the_month_in_which_it_was_seen() {
    let charges = charges(&printed(&["--format", "focus"]));
    for charge in &charges {
        assert_eq!((charge["ChargePeriodStart"].as_str(), charge["ChargePeriodEnd"].as_str()), NOVEMBER);
        assert_eq!((charge["BillingPeriodStart"].as_str(), charge["BillingPeriodEnd"].as_str()), NOVEMBER);
        assert_eq!((charge["PricingQuantity"].as_str(), charge["PricingUnit"].as_str()), ("730.000000", "Hours"));
    }
    let idle: Vec<_> = charges.iter().filter(|charge| charge["x_CostPart"] == "idle").collect();
    assert_eq!(idle.len(), 1);
    assert_eq!((idle[0]["EffectiveCost"].as_str(), idle[0]["SubAccountId"].as_str()), ("175.20", ""));
}

const NOVEMBER: (&str, &str) = ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");

/// Every value of the Parquet output, formatted as in the CSV output.
fn of_parquet(path: &Path) -> Vec<BTreeMap<String, String>> {
    let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
    let text = |field: &Field| match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Bool(flag) => flag.to_string(),
        Field::TimestampMillis(at) => jiff::Timestamp::from_millisecond(*at).unwrap().to_string(),
        Field::Decimal(decimal) => {
            let whole = i64::from_be_bytes(decimal.data().try_into().unwrap());
            Decimal::new(whole, u32::try_from(decimal.scale()).unwrap()).to_string()
        }
        other => panic!("{other:?}"),
    };
    let rows = reader.get_row_iter(None).unwrap().map(Result::unwrap);
    rows.map(|row| row.get_column_iter().map(|(name, field)| (name.clone(), text(field))).collect()).collect()
}

#[test]
fn parquet_has_the_charges_of_the_csv_with_money_as_decimals() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("charges.parquet");
    let printed_too = printed(&["--format", "parquet", "--output", file.to_str().unwrap()]);
    assert!(printed_too.is_empty());
    let read = of_parquet(&file);
    assert_eq!(read, charges(&printed(&["--format", "focus"])));
    let schema = SerializedFileReader::new(std::fs::File::open(&file).unwrap()).unwrap();
    let schema = schema.metadata().file_metadata().schema_descr_ptr();
    let money = schema.columns().iter().filter(|column| column.name().ends_with("Cost"));
    let digits: Vec<(i32, i32)> = money.map(|column| (column.type_precision(), column.type_scale())).collect();
    assert_eq!(digits, [(18, 2); 4]);
}

#[test]
fn parquet_is_never_printed() {
    let output = capmodel(&["report", SMALL, "--prices", PRICES, "--format", "parquet"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("give --output FILE, or --deliver"), "{said}");
}

#[test]
fn csv_and_parquet_are_stored_next_to_the_report() {
    let volume = tempfile::tempdir().unwrap();
    let root = volume.path().to_str().unwrap();
    let month = |format| deliver(&[root], &["--month", "2026-11", "--format", format]);
    let (csv, parquet) = (month("focus"), month("parquet"));
    assert_eq!((csv.code, parquet.code), (0, 0), "{}{}", csv.stderr, parquet.stderr);
    assert!(parquet.stdout.is_empty());
    let folder = "cluster=small/month=2026-11";
    let stored = ["report.focus.csv", "report.json", "report.parquet"].map(|name| format!("{folder}/{name}"));
    assert_eq!(files(volume.path()), stored);
    let folder = Path::new(root).join(folder);
    assert_eq!(std::fs::read(folder.join("report.focus.csv")).unwrap(), csv.stdout.as_bytes());
    assert_eq!(of_parquet(&folder.join("report.parquet")), charges(csv.stdout.as_bytes()));
}
