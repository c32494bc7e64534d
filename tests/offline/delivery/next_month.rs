//! The next run finds the previous report and compares its prediction with the modelled cost.
//!
//! The cluster is 374.825 for 730 hours (`tests/report.rs`); October has 744 and November 720.

use serde_json::Value;

use crate::support::binary::capmodel;
use crate::support::delivery::{PRICES, SMALL, deliver, files, json, run};

fn findings(report: &Value) -> Vec<(String, String)> {
    let all = report["findings"].as_array().unwrap().iter();
    all.map(|f| (f["code"].as_str().unwrap().to_owned(), f["message"].as_str().unwrap().to_owned())).collect()
}

fn rows(list: &Value, columns: &[&str]) -> Vec<String> {
    let row = |row: &Value| columns.iter().map(|c| row[*c].as_str().unwrap()).collect::<Vec<_>>().join(" ");
    list.as_array().unwrap().iter().map(row).collect()
}

#[test]
fn a_report_predicts_the_next_month() {
    let report: Value =
        serde_json::from_str(&deliver(&[], &["--format", "json", "--month", "2026-10"]).stdout).unwrap();
    let forecast = &report["forecast"];
    assert_eq!(report["cost"], "382.01");
    assert_eq!(forecast["method"], "this month's usage and prices for the hours of next month");
    assert_eq!(
        (&forecast["month"], &forecast["hours"], &forecast["cost"]),
        (&"2026-11".into(), &"720".into(), &"369.69".into())
    );
    assert_eq!(
        rows(&forecast["namespaces"], &["name", "cost"]),
        ["idle 172.80", "data 94.29", "shop 89.02", "kube-system 13.58"]
    );
    assert!(report["predicted"].is_null());
    // In Berlin, an hour is skipped in March.
    let february = deliver(&[], &["--format", "json", "--month", "2026-02", "--timezone", "Europe/Berlin"]).stdout;
    let february: Value = serde_json::from_str(&february).unwrap();
    assert_eq!((&february["forecast"]["month"], &february["forecast"]["hours"]), (&"2026-03".into(), &"743".into()));
    // 730 hours are not a calendar month, so the month of the run is reported.
    let of_today: Value = serde_json::from_str(&deliver(&[], &["--format", "json"]).stdout).unwrap();
    assert_eq!((&of_today["forecast"]["month"], &of_today["forecast"]["hours"]), (&"2026-12".into(), &"744".into()));
}

/// October as in the fixture, then a November in which `db` no longer exists and `web` has moved to a namespace of its
/// own.
#[test]
fn predicted_and_modelled_cost_are_compared() {
    let volume = tempfile::tempdir().unwrap();
    let root = volume.path().to_str().unwrap();
    assert_eq!(deliver(&[root], &["--month", "2026-10"]).code, 0);
    let mut snapshot: Value = serde_json::from_str(&std::fs::read_to_string(SMALL).unwrap()).unwrap();
    snapshot["pods"].as_array_mut().unwrap().retain(|pod| pod["namespace"] != "data");
    let november = volume.path().join("november.json");
    std::fs::write(&november, snapshot.to_string()).unwrap();
    let report = |format: &str| {
        let path = november.to_str().unwrap();
        let arguments =
            ["report", path, "--prices", PRICES, "--month", "2026-11", "--deliver", root, "--format", format];
        let run = run(&mut capmodel(&arguments));
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout
    };
    let printed: Value = serde_json::from_str(&report("json")).unwrap();
    let predicted = &printed["predicted"];
    assert_eq!(predicted["from"], "2026-10-24T08:00:00Z");
    assert_eq!((&predicted["cost"], &predicted["modelled"]), (&"369.69".into(), &printed["cost"]));
    assert_eq!((&printed["cost"], &predicted["difference"]), (&"369.69".into(), &"0.00".into()));
    let rows = rows(&predicted["namespaces"], &["name", "predicted", "modelled", "difference"]);
    // The core and the 8 GiB that `db` requested, 50.40, are idle now, and its part of the control plane, 36.00, is
    // paid by the others: 72.00 by 43.07 and 8.03 of 51.10.
    assert_eq!(
        rows,
        [
            "data 94.29 7.89 -86.40",
            "idle 172.80 223.20 50.40",
            "shop 89.02 119.37 30.35",
            "kube-system 13.58 19.23 5.65"
        ]
    );
    let table = report("table");
    assert!(table.contains("shop             89.02    119.37      +30.35\n"), "{table}");
    assert!(report("markdown").contains("| namespace | predicted | modelled | difference |"));
}

#[test]
fn the_last_report_of_the_previous_month_is_used() {
    let volume = tempfile::tempdir().unwrap();
    let root = volume.path().to_str().unwrap();
    deliver(&[root], &["--month", "2026-10"]);
    deliver(&[root], &["--month", "2026-10", "--split-idle", "even"]);
    assert_eq!(files(volume.path()).len(), 4);
    let november: Value =
        serde_json::from_str(&deliver(&[root], &["--month", "2026-11", "--format", "json"]).stdout).unwrap();
    let names = rows(&november["predicted"]["namespaces"], &["name"]);
    let idle =
        november["predicted"]["namespaces"].as_array().unwrap().iter().find(|row| row["name"] == "idle").unwrap();
    assert_eq!((idle["predicted"].as_str().unwrap(), names.len()), ("0.00", 4), "the second report had no row of idle");
}

#[test]
fn an_invalid_report_of_last_month_is_a_finding() {
    let volume = tempfile::tempdir().unwrap();
    let root = volume.path().to_str().unwrap();
    let other = tempfile::tempdir().unwrap();
    let october = volume.path().join("cluster=small/month=2026-10/report.json");
    deliver(&[root], &["--month", "2026-10"]);
    deliver(&[other.path().to_str().unwrap()], &["--month", "2026-10"]);
    let good = std::fs::read_to_string(&october).unwrap();
    let mut foreign = json(&october);
    foreign["cluster"]["uid"] = "another".into();
    let mut late = json(&october);
    late["forecast"]["month"] = "2026-12".into();
    let mut euros = json(&october);
    euros["basis"]["currency"] = "EUR".into();
    for (text, code, said) in [
        (good[..good.len() / 2].to_owned(), "previous-report-unreadable", "is not a valid report of capmodel"),
        (String::new(), "previous-report-unreadable", "is not a valid report of capmodel"),
        (foreign.to_string(), "previous-report-mismatch", "with UID another"),
        (late.to_string(), "previous-report-mismatch", "it contains a forecast for 2026-12, not 2026-11"),
        (euros.to_string(), "previous-report-mismatch", "it is in EUR and this report in USD"),
    ] {
        std::fs::write(&october, text).unwrap();
        let run = deliver(&[root], &["--month", "2026-11", "--format", "json"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        assert!(report["predicted"].is_null());
        let found = findings(&report);
        assert!(found.iter().any(|(c, m)| c == code && m.contains(said)), "{found:?}");
        // The next store is tried until one has a report.
        let both = deliver(&[root, other.path().to_str().unwrap()], &["--month", "2026-11", "--format", "json"]);
        let report: Value = serde_json::from_str(&both.stdout).unwrap();
        assert_eq!(report["predicted"]["cost"], "369.69");
    }
}

#[test]
fn another_exchange_rate_is_a_finding() {
    let volume = tempfile::tempdir().unwrap();
    let root = volume.path().to_str().unwrap();
    let euros = |month: &str, rate: &str| {
        let run =
            deliver(&[root], &["--month", month, "--currency", "EUR", "--exchange-rate", rate, "--format", "json"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        serde_json::from_str::<Value>(&run.stdout).unwrap()
    };
    euros("2026-10", "0.92@2026-10-01");
    let same = euros("2026-11", "0.92@2026-10-01");
    let other = euros("2026-11", "0.95@2026-11-01");
    let code = "exchange-rate-changed";
    assert!(findings(&same).iter().all(|(found, _)| found != code));
    let found = findings(&other);
    let said = "is at the exchange rate 0.92@2026-10-01 and this one at 0.95@2026-11-01";
    assert!(found.iter().any(|(c, message)| c == code && message.contains(said)), "{found:?}");
    assert!(!other["predicted"].is_null());
}
