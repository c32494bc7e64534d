//! Commitments of a pricing file in an estimate of a service on nodes of its own.

use rust_decimal::Decimal;
use serde_json::Value;

use crate::support::binary::estimate;

const HOURS: u32 = 730;

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap().parse().unwrap()
}

/// The document of an estimate with nodes of 0.096 USD per hour and these rules.
fn document(pricing: &str, more: &[&str]) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pricing.toml");
    std::fs::write(&path, pricing).unwrap();
    let path = path.to_str().unwrap();
    let common = ["--rps", "2000", "--response-bytes", "4Ki", "--samples", "0", "--instance-type", "m6i.large"];
    let arguments: Vec<&str> = common.into_iter().chain(["--pricing", path]).chain(more.iter().copied()).collect();
    estimate(&arguments)
}

fn estimates(document: &Value) -> &[Value] {
    let estimates = document["estimates"].as_array().unwrap();
    assert!(!estimates.is_empty());
    estimates
}

fn plan(usd_per_hour: &str, more: &str) -> String {
    let expires = if more.contains("expires") { "" } else { "expires = \"2099-12-31\"\n" };
    format!("[[commitment]]\nusd_per_hour = {usd_per_hour}\npercent = 40\n{expires}{more}")
}

/// Cost of the lines whose names start so; `None` if there is none.
fn cost(estimate: &Value, start: &str) -> Option<Decimal> {
    let lines = estimate["lines"].as_array().unwrap().iter();
    let costs = lines.filter(|line| line["name"].as_str().unwrap().starts_with(start));
    costs.map(|line| decimal(&line["cost_per_month"])).reduce(|sum, cost| sum + cost)
}

/// The lines add up to the total.
fn check_sum(estimate: &Value) {
    let lines = estimate["lines"].as_array().unwrap().iter();
    let costs: Vec<Decimal> = lines.map(|line| decimal(&line["cost_per_month"])).collect();
    assert!(costs.iter().all(|cost| *cost >= Decimal::ZERO), "{costs:?}");
    let total = decimal(&estimate["total_cost_per_month"]);
    assert_eq!(costs.into_iter().sum::<Decimal>().round_dp(2), total.round_dp(2));
}

fn says(value: &Value, code: &str) -> bool {
    value["findings"].as_array().unwrap().iter().any(|finding| finding["code"] == code)
}

#[test]
fn a_commitment_that_is_used_whole_lowers_the_cost_of_the_nodes() {
    // 0.048 USD per hour at 40% off pay for 0.08 USD of list price, less than one node: 0.032 USD per hour are saved.
    let saved = Decimal::new(32, 3) * Decimal::from(HOURS);
    let (list, committed) = (document("", &[]), document(&plan("0.048", ""), &[]));
    for (list, committed) in estimates(&list).iter().zip(estimates(&committed)) {
        check_sum(committed);
        let difference = decimal(&list["total_cost_per_month"]) - decimal(&committed["total_cost_per_month"]);
        assert_eq!(difference.round_dp(2), saved, "{}", committed["profile"]);
        assert_eq!(cost(committed, "unused commitment"), None);
        assert!(!says(committed, "commitment-unused"));
        let nodes = &committed["lines"][0];
        assert!(nodes["pricing_rule"].as_str().unwrap().contains("pricing.toml:4, commitment"), "{nodes}");
    }
    assert!(!says(&committed, "commitment-not-applied"));
}

#[test]
fn what_the_nodes_do_not_use_is_a_line_and_the_commitment_is_paid_once() {
    let paid_once = Decimal::from(5 * HOURS);
    for load in [&[][..], &["--load", "diurnal"]] {
        let (list, committed) = (document("", load), document(&plan("5", ""), load));
        for (list, committed) in estimates(&list).iter().zip(estimates(&committed)) {
            check_sum(committed);
            let (before, after) = (cost(list, "nodes").unwrap(), cost(committed, "nodes").unwrap());
            assert_eq!(after.round_dp(2), (before * Decimal::new(6, 1)).round_dp(2));
            let unused = cost(committed, "unused commitment").unwrap();
            assert_eq!((after + unused).round_dp(2), paid_once);
            assert_eq!(decimal(&committed["node_cost_per_month"]["plan"]).round_dp(2), paid_once);
            let findings = committed["findings"].as_array().unwrap().iter();
            let about: Vec<_> = findings.filter(|finding| finding["code"] == "commitment-unused").collect();
            assert_eq!(about.len(), 1, "{about:?}");
            let message = about[0]["message"].as_str().unwrap();
            assert!(message.contains(&format!("{:.2} USD of 3650.00 are not used", unused.round_dp(2))), "{message}");
        }
    }
}

#[test]
fn a_commitment_applies_within_its_term() {
    let list = document("", &[]);
    for (more, code) in
        [("starts = \"2099-01-01\"\n", "commitment-not-started"), ("expires = \"2020-12-31\"\n", "commitment-expired")]
    {
        let outside = document(&plan("0.048", more), &[]);
        assert!(says(&outside, code), "{}", outside["findings"]);
        for (list, outside) in estimates(&list).iter().zip(estimates(&outside)) {
            assert_eq!(list["lines"], outside["lines"], "{code}");
        }
    }
}

#[test]
fn spot_nodes_use_no_commitment() {
    let spot = document(&plan("5", ""), &["--capacity-type", "spot"]);
    for estimate in estimates(&spot) {
        assert_eq!(cost(estimate, "unused commitment"), Some(Decimal::from(5 * HOURS)));
    }
}

#[test]
fn pods_without_nodes_and_a_cluster_leave_commitments_out_and_say_so() {
    for more in [&["--on", "fargate"][..], &["--cluster", "fixtures/report/small.json"]] {
        let document = document(&plan("5", ""), more);
        assert!(says(&document, "commitment-not-applied"), "{more:?}");
        for estimate in estimates(&document) {
            assert_eq!(cost(estimate, "unused commitment"), None);
        }
    }
}
