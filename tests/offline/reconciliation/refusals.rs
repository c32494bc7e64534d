//! A bill that cannot be compared is refused with its file, its row and the remedy.

use capmodel::units::Month;

use super::bills::{Kind, Line, csv, cur, focus, machine};
use super::{cluster, report, report_as};

const MONTH: &str = "2026-02";

/// Exit code and message for a bill with this text; `{bill}` stands for its path.
fn refused(text: &str, more: &[&str]) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = cluster(folder.path(), &[("i-a", "z9.small")]);
    let path = folder.path().join("bill.csv");
    std::fs::write(&path, text).unwrap();
    let output = report_as("json", &snapshot, MONTH, &[&path], more);
    assert!(output.stdout.is_empty(), "{text} is not refused");
    let message = String::from_utf8(output.stderr).unwrap().replace(path.to_str().unwrap(), "{bill}");
    (output.status.code().unwrap(), message)
}

fn lines() -> Vec<Line> {
    machine(MONTH.parse().unwrap(), Kind::Usage, "i-a", 2, "0.10")
}

fn texts() -> [String; 2] {
    let month: Month = MONTH.parse().unwrap();
    [cur(month, &lines(), false), focus(month, &lines())].map(|rows| String::from_utf8(csv(&rows)).unwrap())
}

#[track_caller]
fn says((code, message): (i32, String), parts: &[&str]) {
    assert_eq!(code, 3, "{message}");
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in {message}");
    }
}

#[test]
fn another_month_is_refused() {
    for text in texts() {
        let text = text.replace("2026-02-01T00", "2026-03-01T00");
        says(refused(&text, &[]), &["{bill}, line 2", "the bill is of 2026-03", "--month 2026-03"]);
    }
}

#[test]
fn another_currency_is_refused_without_a_rate() {
    for text in texts() {
        let euros = text.replace("USD", "EUR");
        says(refused(&euros, &[]), &["{bill}, line 2", "in EUR", "--currency EUR --exchange-rate RATE@DATE"]);
        // Mixed: the second charge is in another currency.
        let at = text.rfind("USD").unwrap();
        let mixed = format!("{}EUR{}", &text[..at], &text[at + 3..]);
        says(refused(&mixed, &[]), &["{bill}, line 3", "in EUR"]);
        let yen = text.replace("USD", "JPY");
        let rate = ["--currency", "EUR", "--exchange-rate", "0.5@2026-02-01"];
        says(refused(&yen, &rate), &["{bill}, line 2", "in JPY", "export the bill in EUR or USD"]);
    }
}

/// With a rate, dollars are converted and euros are taken as they are.
#[test]
fn a_mixed_bill_is_converted_at_the_given_rate() {
    let folder = tempfile::tempdir().unwrap();
    let snapshot = cluster(folder.path(), &[("i-a", "z9.small")]);
    let path = folder.path().join("bill.csv");
    for text in texts() {
        let at = text.rfind("USD").unwrap();
        std::fs::write(&path, format!("{}EUR{}", &text[..at], &text[at + 3..])).unwrap();
        let rate = ["--currency", "EUR", "--exchange-rate", "0.5@2026-02-01"];
        let report = report(&snapshot, MONTH, &[&path], &rate);
        // 0.10 dollars are 0.05 euros, and 0.10 euros are 0.10.
        assert_eq!(report["reconciliation"]["billed"], "0.15");
        assert_eq!(report["basis"]["currency"], "EUR");
    }
}

#[test]
fn what_is_no_bill_is_refused() {
    says(refused("", &[]), &["{bill} is not a bill in a known layout"]);
    let prices = std::fs::read_to_string("fixtures/report/prices.csv").unwrap();
    says(refused(&prices, &[]), &["{bill} is not a bill", "begin with provider, region, instance_type, arch"]);
    for (text, layout) in texts().iter().zip(["AWS CUR", "FOCUS"]) {
        let header = text.lines().next().unwrap();
        says(refused(header, &[]), &["{bill} has no charges"]);
        let column = if layout == "FOCUS" { "ResourceId" } else { "line_item_resource_id" };
        let without = text.replacen(column, "Other", 1);
        says(
            refused(&without, &[]),
            &["{bill} has the layout", layout, &format!("no column {column}"), "joins charges to nodes"],
        );
        let ragged = format!("{text}only,three,values\n");
        says(refused(&ragged, &[]), &["{bill} cannot be read as a bill", "line: 4"]);
        let cost = text.replacen("0.10", "free", 1);
        says(refused(&cost, &[]), &["{bill}, line 2", "is `free`", "not a number"]);
    }
    let output = report_as("json", "fixtures/report/small.json".as_ref(), MONTH, &["/nowhere/bill.csv".as_ref()], &[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8(output.stderr).unwrap().contains("cannot read /nowhere/bill.csv"));
}

#[test]
fn unknown_units_of_a_node_are_refused() {
    for text in texts() {
        let text = text.replace("Hrs", "Moons").replace("Hours", "Moons");
        says(refused(&text, &[]), &["{bill}, line 2", "unit `Moons`", "one of time (Hrs, Hours, Minutes, Seconds)"]);
    }
    // Of anything else the hours are not used.
    let other = texts()[1].replace("i-a", "i-x").replace("Hours", "Moons");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bill.csv");
    std::fs::write(&path, other).unwrap();
    let snapshot = cluster(folder.path(), &[("i-a", "z9.small")]);
    assert_eq!(report(&snapshot, MONTH, &[&path], &[])["reconciliation"]["rows"][2]["cause"], "not-kubernetes");
}

/// A type of charge whose effective cost is in columns that the export lacks.
#[test]
fn a_commitment_without_its_columns_is_refused() {
    let text =
        texts()[0].replacen("Usage,2026", "DiscountedUsage,2026", 1).replace("reservation_effective_cost", "other");
    says(refused(&text, &[]), &["{bill}, line 2", "`DiscountedUsage`", "every column of the group reservation"]);
}
