//! In another currency, every amount is converted once with the given rate and rounded at the end.

use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::support::binary::{capmodel, estimate, text};

const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);
const EUR: [&str; 4] = ["--currency", "EUR", "--exchange-rate", "0.92@2026-11-01"];
const REPORT: [&str; 6] = [
    "report",
    "fixtures/report/small.json",
    "--prices",
    "fixtures/report/prices.csv",
    "--pricing",
    "examples/pricing.toml",
];
const ESTIMATE: [&str; 9] =
    ["estimate", "--rps", "2000", "--response-bytes", "4Ki", "--samples", "0", "--pricing", "examples/pricing.toml"];

fn printed(command: &[&str], more: &[&str]) -> String {
    let output = capmodel(&[command, more].concat()).output().unwrap();
    assert!(output.status.success(), "{more:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn json(command: &[&str], more: &[&str]) -> Value {
    serde_json::from_str(&printed(command, &[more, &["--format", "json"]].concat())).unwrap()
}

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

/// Every decimal of a document with its path, to distinguish money, which changes, from quantities, which do not.
fn decimals(value: &Value, path: &str, found: &mut Vec<(String, Decimal)>) {
    match value {
        Value::String(text) => found.extend(text.parse().map(|number| (path.to_owned(), number))),
        Value::Array(items) => items.iter().for_each(|item| decimals(item, path, found)),
        Value::Object(keys) => keys.iter().for_each(|(key, value)| decimals(value, &format!("{path}.{key}"), found)),
        _ => {}
    }
}

/// Whether a key contains money, judged by its last word.
fn is_money(path: &str) -> bool {
    let money = ["cost", "saving", "price", "direct", "shared", "idle", "total", "core_hour", "gib_hour"];
    // A type that was rejected for its price has both costs in its excuse.
    let parts = [".cost.", ".excuses.", "cost_", "price", "saving", "lower_bound", "_cost"];
    let last = path.rsplit('.').next().unwrap_or_default();
    money.contains(&last) || parts.iter().any(|part| path.contains(part))
}

/// Each amount is the rate times the dollar amount, and each quantity is unchanged, within the rounding of the
/// document.
fn check_converted(command: &[&str], rounded: Decimal) {
    let (dollars, euros) = (json(command, &[]), json(command, &EUR));
    assert_eq!((&dollars["basis"]["currency"], &euros["basis"]["currency"]), (&"USD".into(), &"EUR".into()));
    assert!(dollars["basis"].get("exchange_rate").is_none());
    let rate = &euros["basis"]["exchange_rate"];
    assert_eq!((rate["per_usd"].as_str(), rate["date"].as_str()), (Some("0.92"), Some("2026-11-01")));
    let (mut before, mut after) = (Vec::new(), Vec::new());
    decimals(&dollars, "", &mut before);
    decimals(&euros, "", &mut after);
    after.retain(|(path, _)| !path.contains("exchange_rate"));
    assert_eq!(before.len(), after.len());
    let mut amounts = 0;
    for ((path, dollars), (same, euros)) in before.iter().zip(&after) {
        assert_eq!(path, same);
        let expected = if is_money(path) { *dollars * Decimal::new(92, 2) } else { *dollars };
        let allowed = match path.ends_with("per_million_requests") {
            // Four significant digits in both documents.
            true => Decimal::new(1, 3) * expected,
            false if is_money(path) => rounded,
            false => Decimal::ZERO,
        };
        assert!((expected - euros).abs() <= allowed, "{path}: {dollars} USD, {euros} EUR");
        amounts += usize::from(is_money(path));
    }
    assert!(amounts > 20, "{amounts}");
}

#[test]
fn every_amount_of_a_document_is_converted_and_nothing_else() {
    // An estimate has amounts to a millionth. A row of a report is up to seven parts (CPU, memory, accelerators,
    // storage, load balancers, shared, idle), each of which is a whole number of cents in either document.
    check_converted(&ESTIMATE, Decimal::new(1, 6));
    check_converted(&REPORT, CENT * Decimal::from(7));
}

#[test]
fn every_row_of_a_report_adds_up_to_the_cent() {
    let report = json(&REPORT, &EUR);
    let sum = |rows: &str, key: fn(&Value) -> &Value| -> Decimal {
        report[rows].as_array().unwrap().iter().map(|row| decimal(key(row))).sum()
    };
    let total = decimal(&report["cost"]);
    assert_eq!(sum("namespaces", |row| &row["cost"]["total"]), total);
    assert_eq!(sum("workloads", |row| &row["cost"]["total"]), total);
    assert_eq!(sum("nodes", |row| &row["cost"]) + sum("services", |row| &row["cost"]), total);
}

proptest! {
    // Each case runs the binary twice.
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn bill_lines_add_up_to_the_total_in_any_currency(units in 1_u32..2_000_000, digits in 0_u32..4) {
        let per_usd = Decimal::new(units.into(), digits);
        let rate = format!("{per_usd}@2026-11-01");
        let euros = estimate(&[&ESTIMATE[1..], &["--currency", "XTS", "--exchange-rate", &rate]].concat());
        let dollars = estimate(&ESTIMATE[1..]);
        let of = |document: &Value| document["estimates"].as_array().unwrap().clone();
        for (euros, dollars) in of(&euros).iter().zip(of(&dollars)) {
            let lines = euros["lines"].as_array().unwrap();
            let sum: Decimal = lines.iter().map(|line| decimal(&line["cost_per_month"])).sum();
            let total = decimal(&euros["total_cost_per_month"]);
            prop_assert_eq!(sum.round_dp(2), total.round_dp(2));
            // Dollar amounts are rounded to a millionth before the test multiplies them.
            let expected = decimal(&dollars["total_cost_per_month"]) * per_usd;
            prop_assert!((expected - total).abs() <= per_usd / Decimal::from(1_000_000), "{} {}", expected, total);
        }
    }
}

/// No screen labels an amount as dollars, and each states the rate and its day.
#[test]
fn every_screen_states_its_currency() {
    let scraped = ["--scrape", "shop/web=fixtures/prometheus/service.txt"];
    let of_services = [&REPORT[..], &scraped].concat();
    let sweep = [&ESTIMATE[..], &["--sweep", "500:20k"]].concat();
    let many =
        ["estimate", "--rps", "2000", "--profile", "go-gin", "--profile", "go-echo", "--profile", "python-fastapi"];
    let workload = ["estimate", "--workload", "examples/workload.toml"];
    let rate = "1 USD = 0.92 EUR on 2026-11-01";
    for (command, formats) in [
        (&REPORT[..], &["table", "markdown", "html"][..]),
        (&of_services, &["table", "html"]),
        (&ESTIMATE, &["table", "markdown", "html"]),
        (&sweep, &["table", "html"]),
        (&many, &["table"]),
        (&workload, &["table", "html"]),
    ] {
        for format in formats {
            let whole = if *format == "table" { &["--width", "400"][..] } else { &[] };
            let screen = printed(command, &[&EUR, whole, &["--format", format]].concat());
            assert!(screen.contains(rate), "{command:?} {format}");
            let rest = screen.replace(rate, "");
            assert!(!rest.contains("USD"), "{command:?} {format}: {rest}");
            let dollars = rest.match_indices('$').map(|(at, _)| rest[at + 1..].chars().next());
            let dollars = dollars.filter(|next| next.is_some_and(|next| next.is_ascii_digit() || next == '/')).count();
            assert_eq!(dollars, 0, "{command:?} {format}: {rest}");
        }
        let csv = printed(command, &[&EUR[..], &["--format", "csv"]].concat());
        let mut lines = csv.lines();
        let head = lines.next().unwrap();
        assert!(head.split(',').any(|column| column == "currency"), "{head}");
        assert!(lines.all(|line| line.contains(",EUR")), "{csv}");
    }
    let explained = printed(&ESTIMATE, &[&EUR[..], &["--explain"]].concat());
    assert!(explained.contains("list price EUR ") && !explained.contains('$'), "{explained}");
}

#[test]
fn documents_in_two_currencies_are_not_compared() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (dollars, euros, later) = (path("dollars.json"), path("euros.json"), path("later.json"));
    printed(&REPORT, &["--format", "json", "--output", &dollars]);
    printed(&REPORT, &[&EUR[..], &["--format", "json", "--output", &euros]].concat());
    let rate = ["--currency", "EUR", "--exchange-rate", "0.95@2026-11-20"];
    printed(&REPORT, &[&rate[..], &["--format", "json", "--output", &later]].concat());
    let refused = capmodel(&["compare", &dollars, &euros]).output().unwrap();
    assert_eq!(refused.status.code(), Some(3));
    assert!(text(&refused.stderr).contains("the first document is in USD and the second in EUR"));
    let compared = printed(&["compare", &euros, &later], &["--width", "200"]);
    let note = "The exchange rate differs: 0.92@2026-11-01 before, 0.95@2026-11-20 after.";
    assert!(compared.contains(note), "{compared}");
}
