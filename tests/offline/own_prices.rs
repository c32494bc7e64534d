//! A user's own price table: its effect, and the errors for invalid tables.

use capmodel::inputs::prices::{OwnTable, PriceBook, PricesError, price_groups};
use capmodel::model::nodes::{Arch, CapacityType, Provider};
use capmodel::model::pricing::{PriceTable, ShareRule, SpotBasis};
use capmodel::units::Bytes;

const HEADER: &str = "provider,region,instance_type,arch,vcpu,memory_gib,ondemand_usd_per_hour,price_date";
const ROW: &str = "on-prem,dc1,rack-a,amd64,32,128,0.75,2026-10-01";

fn table(text: &str) -> Result<OwnTable, PricesError> {
    OwnTable::parse(text.as_bytes(), "mine.csv")
}

fn laid_over(rows: &str) -> PriceBook {
    PriceBook::embedded().with_table(table(&format!("{HEADER}\n{rows}\n")).unwrap())
}

#[test]
fn a_row_replaces_or_adds() {
    let before = PriceBook::embedded().offerings(Provider::Aws, "us-east-1").unwrap();
    let book = laid_over(
        "aws,us-east-1,m6i.large,amd64,2,8,0.07,2026-10-01\naws,us-east-1,m99.large,amd64,2,8,0.5,2026-10-02\n",
    );
    let after = book.offerings(Provider::Aws, "us-east-1").unwrap();
    assert_eq!(after.len(), before.len() + 1);
    assert!(after.is_sorted_by(|a, b| a.instance.name < b.instance.name));
    let changed: Vec<_> = after.iter().filter(|o| o.origin.table == PriceTable::Own).collect();
    let [replaced, added] = changed.as_slice() else { panic!("{changed:?}") };
    assert_eq!((replaced.instance.name.as_str(), added.instance.name.as_str()), ("m6i.large", "m99.large"));
    assert_eq!(replaced.on_demand.amount().to_string(), "0.07");
    assert_eq!((replaced.instance.eni_max_pods, added.instance.eni_max_pods), (Some(29), None));
    assert_eq!(replaced.origin.dates.on_demand_date.to_string(), "2026-10-01");
    assert_eq!(&*replaced.origin.dates.on_demand_source, "mine.csv");
    assert_eq!((replaced.spot, replaced.origin.dates.spot), (None, SpotBasis::None));
    assert_eq!(&book.find(Provider::Aws, "us-east-1", "m99.large").unwrap(), *added);
    assert_eq!(book.everywhere(Provider::Aws, "m99.large").len(), 1);
    // The region keeps its date, and other regions keep their prices.
    assert_eq!(book.dates(Provider::Aws, "us-east-1"), PriceBook::embedded().dates(Provider::Aws, "us-east-1"));
    assert_eq!(book.offerings(Provider::Aws, "eu-west-1"), PriceBook::embedded().offerings(Provider::Aws, "eu-west-1"));
}

#[test]
fn machines_of_the_user_are_planned_at_their_prices() {
    let book = laid_over(&format!("{ROW}\non-prem,dc1,rack-b,arm64,64,512,1.5,2026-09-01\n"));
    assert_eq!(book.regions(Provider::OnPrem), ["dc1"]);
    assert_eq!(book.dates(Provider::OnPrem, "dc1").unwrap().on_demand_date.to_string(), "2026-09-01");
    let error = book.find(Provider::OnPrem, "dc1", "rack-c").unwrap_err();
    assert_eq!(
        error.to_string(),
        "on-prem has no instance type `rack-c` in the price tables; did you mean rack-a or rack-b?"
    );
    let error = book.offerings(Provider::OnPrem, "dc2").unwrap_err();
    assert_eq!(error.to_string(), "on-prem has no region `dc2` in the price tables; did you mean dc1?");
    // A single machine has only one ratio of memory to cores: the default ratio splits its price, whose total is
    // unchanged.
    let offerings = book.offerings(Provider::OnPrem, "dc1").unwrap();
    let groups = price_groups().unwrap();
    let share = groups.share_basis(Provider::OnPrem, Arch::Amd64, &offerings, CapacityType::OnDemand).unwrap();
    assert_eq!(share.price.rule, ShareRule::Borrowed { from: "OpenCost's default".to_owned() });
    let codes: Vec<_> = share.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(codes, ["share-price-borrowed", "share-price-fallback-group"]);
    assert!(share.price.max_residual < 1e-6);
}

#[test]
fn optional_columns_and_spreadsheet_quirks_are_accepted() {
    let text = "\u{feff}price_date, provider ,region,instance_type,arch,vcpu,memory_gib,gpu_count,gpu_name,ondemand_usd_per_hour,spot_usd_per_hour\r\n\
                2026-10-01,gcp,us-central1,\"mine\",arm64, 4 ,15.25,2,l4,1.50,0.123456789\r\n";
    let book = PriceBook::embedded().with_table(table(text).unwrap());
    let mine = book.find(Provider::Gcp, "us-central1", "mine").unwrap();
    assert_eq!((mine.instance.vcpu, mine.instance.memory), (4, Bytes::from_mib(15_616)));
    assert_eq!((mine.instance.gpu_count, mine.instance.gpu_name.as_deref()), (2, Some("l4")));
    assert_eq!(mine.on_demand.amount().to_string(), "1.5");
    assert_eq!(mine.spot.unwrap().amount().to_string(), "0.123456789");
    assert!(matches!(mine.origin.dates.spot, SpotBasis::List { .. }));
}

#[test]
fn invalid_tables_are_refused() {
    let with = |from: &str, to: &str| {
        let text = format!("{HEADER}\n{ROW}\n");
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    };
    for (text, error) in [
        (String::new(), "mine.csv: no prices in it: give a header and at least one row"),
        ("\n\n".to_owned(), "mine.csv: no prices in it: give a header and at least one row"),
        (format!("{HEADER}\n"), "mine.csv: no prices in it: give a header and at least one row"),
        (
            with(",price_date", "").replace(",2026-10-01", ""),
            "mine.csv:1: column `price_date` is missing: the header needs provider,region,instance_type,arch,vcpu,memory_gib,ondemand_usd_per_hour,price_date",
        ),
        (
            with("ondemand_usd_per_hour", "ondemand_usd_per_month"),
            "mine.csv:1: unknown column `ondemand_usd_per_month`; did you mean ondemand_usd_per_hour?",
        ),
        (with("price_date", "price_date,region"), "mine.csv:1: column `region` occurs twice: remove one"),
        (with("0.75,", ""), "mine.csv:2: 7 fields, but the header has 8: check the commas and quotes"),
        (
            format!("{HEADER}\n{ROW}\non-prem,dc2,rack-a,amd64,32,128,0.75,2026-10-01\n{ROW}\n"),
            "mine.csv:4: on-prem dc1 rack-a is already priced on line 2: remove one of the two",
        ),
        (with("on-prem", "onprem"), "mine.csv:2: provider `onprem`: expected aws, gcp, azure or on-prem"),
        (with("dc1", ""), "mine.csv:2: region ``: expected a name"),
        (with("amd64", "x86_64"), "mine.csv:2: arch `x86_64`: expected amd64 or arm64"),
        (with(",32,", ",0,"), "mine.csv:2: vcpu `0`: expected a whole number from 1 to 65535"),
        (with(",32,", ",3.5,"), "mine.csv:2: vcpu `3.5`: expected a whole number from 1 to 65535"),
        (with(",128,", ",0,"), "mine.csv:2: memory_gib `0`: expected GiB as a decimal above 0, for example 15.25"),
        (with(",128,", ",0.0001,"), "mine.csv:2: memory_gib `0.0001`: less than 1 MiB: expected GiB"),
        (
            with(",128,", ",137438953472,"),
            "mine.csv:2: memory_gib `137438953472`: more than 1,048,576 GiB: expected GiB, not MiB or bytes",
        ),
        (
            with("2026-10-01", "2026-02-30"),
            "mine.csv:2: price_date `2026-02-30`: expected a date as YYYY-MM-DD, for example 2026-07-20",
        ),
        (
            with("0.75", "0.0000000001"),
            "mine.csv:2: ondemand_usd_per_hour `0.0000000001`: more than nine decimals: round it",
        ),
        (
            with("0.75", "1000000.01"),
            "mine.csv:2: ondemand_usd_per_hour `1000000.01`: more than a million dollars per hour: expected dollars, for one hour",
        ),
    ] {
        assert_eq!(table(&text).unwrap_err().to_string(), error, "{text}");
    }
    for price in ["-0.75", "0", "0.00", "NaN", "inf", "1e3", "$0.75", "0,75", "", ".", "1.2.3", &"9".repeat(100)] {
        let text = with("0.75", &format!("\"{price}\""));
        let shown: String = price.chars().take(60).collect();
        let remedy = "expected dollars per hour as a decimal above 0, for example 0.096";
        let error = format!("mine.csv:2: ondemand_usd_per_hour `{shown}`: {remedy}");
        assert_eq!(table(&text).unwrap_err().to_string(), error);
    }
    let swapped = format!("{HEADER},spot_usd_per_hour\n{ROW},0.76\n");
    let error = "mine.csv:2: spot_usd_per_hour `0.76`: it is above ondemand_usd_per_hour: are the two swapped?";
    assert_eq!(table(&swapped).unwrap_err().to_string(), error);
}

#[test]
fn binary_files_are_refused() {
    for (bytes, line) in [(&b"\x7fELF\x02\x01\x00"[..], 1), (b"a,b\nc,\xff\n", 2), (b"a\n\nb\0", 3)] {
        let error = OwnTable::parse(bytes, "mine.csv").unwrap_err();
        assert_eq!(error, PricesError::NotText { path: "mine.csv".to_owned(), line });
    }
}
