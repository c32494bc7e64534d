//! A generated year of bills for a cluster of known cost: modelled and billed agree to the cent where rates agree, and
//! the difference is attributed exactly where they were made to differ.

use std::collections::BTreeMap;

use capmodel::units::Month;
use rust_decimal::Decimal;

use super::bills::{Kind, Line, billed, csv, cur, dec, focus, machine};
use super::{cluster, report, rows};

/// Two small machines at 0.10 per hour and two large ones at 0.28; the small `i-d` is never billed.
const NODES: [(&str, &str); 4] = [("i-a", "z9.small"), ("i-b", "z9.large"), ("i-c", "z9.large"), ("i-d", "z9.small")];
const CONTROL_PLANE: &str = "arn:aws:eks:local-1:111122223333:cluster/small";

/// How a month of the bill differs from the model.
#[derive(Clone, Copy, Debug)]
struct Made {
    /// Price of `i-b` per hour in the bill; 0.28 in the model.
    price: &'static str,
    /// Hours of `i-b` that are not billed.
    hours_less: u32,
    /// Paid upfront for a reservation.
    upfront: &'static str,
}

fn made(number: usize) -> Made {
    match number {
        1 => Made { price: "0.28", hours_less: 0, upfront: "120.00" },
        3 => Made { price: "0.28", hours_less: 5, upfront: "0" },
        n if n % 2 == 0 => Made { price: "0.25", hours_less: if n == 6 { 100 } else { 0 }, upfront: "0" },
        _ => Made { price: "0.28", hours_less: 0, upfront: "0" },
    }
}

fn lines(month: Month, hours: u32, made: Made) -> Vec<Line> {
    let whole = Decimal::from(hours);
    let one = |kind, resource, usage, cost: &str| Line::new(month, kind, resource, usage, cost);
    let plane = (whole * dec("0.10")).to_string();
    let fee = (whole * dec("0.21")).to_string();
    let tagged = |lines: Vec<Line>| lines.into_iter().map(|line| Line { tagged: true, ..line });
    let mut all = machine(month, Kind::Usage, "i-a", hours, "0.10");
    all.extend(machine(month, Kind::Usage, "i-b", hours - made.hours_less, made.price));
    // Covered by a Savings Plan of 0.21 per hour, of which it uses 0.20.
    all.extend(machine(month, Kind::Covered(dec("0.20")), "i-c", hours, "0.28"));
    all.push(one(Kind::Fee(whole * dec("0.20")), "", "ComputeSP", &fee));
    // A machine of the cluster that the report does not know, and one of somebody else.
    all.extend(tagged(machine(month, Kind::Usage, "i-e", 10, "0.10")));
    all.extend(machine(month, Kind::Usage, "i-x", hours, "0.50"));
    all.push(one(Kind::Usage, CONTROL_PLANE, "AmazonEKS-Hours:perCluster", &plane));
    all.push(one(Kind::Usage, "i-a", "DataTransfer-Out-Bytes", "1.23"));
    all.push(one(Kind::Usage, "a-bucket", "TimedStorage-ByteHrs", "2.00"));
    all.push(one(Kind::Usage, "", "DataTransfer-Regional-Bytes", "0.42"));
    all.push(one(Kind::Tax, "", "", "7.77"));
    all.push(one(Kind::Credit, "", "", "-3.00"));
    all.push(one(Kind::Refund, "", "", "-1.50"));
    if made.upfront != "0" {
        all.push(one(Kind::Upfront, "", "HeavyUsage", made.upfront));
    }
    all
}

/// What the reconciliation must say, from the numbers that made the bill.
fn expected(hours: u32, made: Made, refund: &str) -> BTreeMap<String, [String; 2]> {
    let whole = Decimal::from(hours);
    let of_b = Decimal::from(hours - made.hours_less);
    let hourly = |hours: Decimal, price: &str| hours * dec(price);
    let mut rows = BTreeMap::new();
    let mut row = |cause: &str, modelled: Option<Decimal>, billed: Decimal| {
        let text = |amount: Decimal| format!("{amount:.2}");
        rows.insert(cause.to_owned(), [modelled.map_or("–".to_owned(), text), text(billed)]);
    };
    let small = hourly(whole, "0.10");
    row("rate", Some(small + hourly(of_b, "0.28")), small + hourly(of_b, made.price));
    row("commitment", Some(hourly(whole, "0.28")), hourly(whole, "0.20"));
    row("commitment-unused", None, hourly(whole, "0.01"));
    row("not-billed", Some(small), Decimal::ZERO);
    row("not-in-cluster", None, dec("1.00"));
    row("control-plane", Some(small), small);
    row("node-extras", None, dec("1.23"));
    row("not-kubernetes", None, hourly(whole, "0.50") + dec("2.00"));
    row("untagged", None, dec("0.42"));
    row("tax", None, dec("7.77"));
    row("credit", None, dec("-3.00"));
    row(refund, None, dec("-1.50"));
    if made.hours_less > 0 {
        row("hours", Some(hourly(Decimal::from(made.hours_less), "0.28")), Decimal::ZERO);
    }
    if made.upfront != "0" {
        row("commitment-amortised", None, dec(made.upfront));
    }
    rows
}

#[test]
fn a_year_of_bills_is_reconciled_to_the_cent() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = cluster(folder.path(), &NODES);
    let path = folder.path().join("bill.csv");
    let mut month: Month = "2026-01".parse().unwrap();
    for number in 1..=12 {
        let hours: u32 = month.hours().amount().to_string().parse().unwrap();
        let made = made(number);
        let lines = lines(month, hours, made);
        let total: Decimal = lines.iter().map(billed).sum();
        for (layout, refund, text) in [
            // Both spellings of the report of AWS, in turn.
            ("AWS CUR", "refund", csv(&cur(month, &lines, number % 2 == 0))),
            ("FOCUS", "adjustment", csv(&focus(month, &lines))),
        ] {
            std::fs::write(&path, text).unwrap();
            let report = report(&snapshot, &month.to_string(), &[&path], &[]);
            let found = &report["reconciliation"];
            assert_eq!(rows(&report), expected(hours, made, refund), "{layout} {month}");
            assert_eq!(found["billed"], format!("{total:.2}"), "{layout} {month}");
            // 0.10 + 0.28 + 0.28 + 0.10 for the nodes, and 0.10 for the control plane.
            assert_eq!(found["modelled"], format!("{:.2}", Decimal::from(hours) * dec("0.86")), "{layout} {month}");
            assert_eq!(found["files"][0]["layout"], layout);
            assert_eq!(found["nodes"], serde_json::json!({ "in_both": 3, "not_billed": 1, "not_in_cluster": 1 }));
            let codes = report["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap());
            let codes: Vec<&str> = codes.filter(|code| code.starts_with("bill-")).collect();
            assert_eq!(codes, ["bill-machines-unknown", "bill-nodes-missing"], "{layout} {month}");
        }
        month = month.next();
    }
}

/// Without anything that was made to differ, there is one row for each thing that agrees, and no difference at all.
#[test]
fn a_bill_at_the_modelled_rates_has_no_difference() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = cluster(folder.path(), &[("i-a", "z9.small"), ("i-b", "z9.large")]);
    let month: Month = "2026-02".parse().unwrap();
    let mut lines = machine(month, Kind::Usage, "i-a", 672, "0.10");
    lines.extend(machine(month, Kind::Usage, "i-b", 672, "0.28"));
    lines.push(Line::new(month, Kind::Usage, CONTROL_PLANE, "AmazonEKS-Hours:perCluster", "67.20"));
    let path = folder.path().join("bill.csv");
    for text in [csv(&cur(month, &lines, true)), csv(&focus(month, &lines))] {
        std::fs::write(&path, text).unwrap();
        let report = report(&snapshot, "2026-02", &[&path], &[]);
        let same = |amount: &str| [amount.to_owned(), amount.to_owned()];
        assert_eq!(
            rows(&report),
            BTreeMap::from([("rate".to_owned(), same("255.36")), ("control-plane".to_owned(), same("67.20"))])
        );
        assert_eq!(report["reconciliation"]["difference"], "0.00");
    }
}

/// Hours that only the bill has are a difference of hours at the modelled rate; the rest of it is one of rates.
#[test]
fn more_billed_than_modelled_hours_are_a_difference_of_hours() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = cluster(folder.path(), &[("i-a", "z9.small")]);
    let month: Month = "2026-02".parse().unwrap();
    let usage = |kind, quantity: u32, cost: &str| Line {
        quantity: quantity.into(),
        unit: "Hrs",
        ..Line::new(month, kind, "i-a", "BoxUsage:z9", cost)
    };
    let path = folder.path().join("bill.csv");
    // Modelled for 672 hours at 0.10; billed for 700, a quarter of them covered by a commitment at 0.05.
    let lines = [usage(Kind::Usage, 525, "63.00"), usage(Kind::Covered(dec("8.75")), 175, "17.50")];
    std::fs::write(&path, csv(&cur(month, &lines, false))).unwrap();
    let rows = rows(&report(&snapshot, "2026-02", &[&path], &[]));
    // 504 and 168 hours are in both; 21 and 7 hours at 0.10 only in the bill.
    assert_eq!(rows["hours"], ["0.00", "2.80"]);
    assert_eq!(rows["rate"], ["50.40", "60.90"]);
    assert_eq!(rows["commitment"], ["16.80", "8.05"]);
}
