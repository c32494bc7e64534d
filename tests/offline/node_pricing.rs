//! Prices of single nodes and commitments in a report: amounts and findings.

use std::path::Path;

use capmodel::inputs::files::read_snapshot_file;
use capmodel::model::cluster::{Machine, Snapshot, StoredNode, StoredSeries, StoredUsage};
use capmodel::model::nodes::Provider;
use capmodel::outputs;
use capmodel::units::{Bytes, CpuMillis};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::support::binary::capmodel;

fn decimal(value: &Value) -> Decimal {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a number")).parse().unwrap()
}

/// A report on two nodes, `a` (z9.small, 0.10 per hour) and `b` (z9.large, 0.28 per hour), with a pricing file.
fn run(pricing: &str, more: &[&str]) -> std::process::Output {
    run_on(&["fixtures/report/small.json"], pricing, more)
}

fn run_on(snapshots: &[&str], pricing: &str, more: &[&str]) -> std::process::Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pricing.toml");
    std::fs::write(&path, pricing).unwrap();
    let path = path.to_str().unwrap();
    let files = [snapshots, &["--prices", "fixtures/report/prices.csv", "--pricing", path]].concat();
    let output = capmodel(&[&["report"], files.as_slice(), more].concat()).output().unwrap();
    drop(folder);
    output
}

fn report(pricing: &str) -> Value {
    json(&run(pricing, &["--format", "json"]))
}

/// A report on the two nodes after a change to the snapshot.
fn report_on(change: impl Fn(&mut Snapshot), pricing: &str) -> Value {
    let mut snapshot = read_snapshot_file(Path::new("fixtures/report/small.json")).unwrap();
    change(&mut snapshot);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changed.json");
    std::fs::write(&path, outputs::snapshot(&snapshot).unwrap()).unwrap();
    json(&run_on(&[path.to_str().unwrap()], pricing, &["--format", "json"]))
}

fn json(output: &std::process::Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn node<'a>(report: &'a Value, instance_type: &str) -> &'a Value {
    report["nodes"].as_array().unwrap().iter().find(|node| node["instance_type"] == instance_type).unwrap()
}

fn services(report: &Value) -> &[Value] {
    report["services"].as_array().unwrap()
}

fn codes(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

/// No line is negative, and lines and rows add up to the total to the cent.
fn check_sums(report: &Value) {
    let lines = report["nodes"].as_array().unwrap().iter().chain(services(report));
    let costs: Vec<Decimal> = lines.filter(|line| !line["cost"].is_null()).map(|line| decimal(&line["cost"])).collect();
    assert!(costs.iter().all(|cost| *cost >= Decimal::ZERO), "{costs:?}");
    let total = decimal(&report["cost"]);
    assert_eq!(costs.iter().sum::<Decimal>(), total, "{costs:?}");
    let rows: Decimal = report["workloads"].as_array().unwrap().iter().map(|row| decimal(&row["cost"]["total"])).sum();
    assert_eq!(rows, total);
}

const PLAN: &str = "[[commitment]]\nusd_per_hour = 0.30\npercent = 50\nexpires = \"2027-03-31\"\n";

#[test]
fn a_node_pays_the_price_of_its_name_and_others_that_of_a_label() {
    let report = report(&std::fs::read_to_string("examples/pricing-nodes.toml").unwrap());
    check_sums(&report);
    // 2 cores × 0.02 + 8 GiB × 0.002.
    let small = node(&report, "z9.small");
    assert_eq!(decimal(&small["price_per_hour"]), Decimal::new(56, 3));
    assert_eq!(decimal(&small["list_price_per_hour"]), Decimal::new(10, 2));
    assert!(
        small["pricing_rule"]
            .as_str()
            .unwrap()
            .ends_with("price of nodes with label topology.kubernetes.io/zone=local-1a")
    );
    assert_eq!(small["price_rule"], "pricing-file");
    // 180 per month, 0.35 kW at 0.12 in 730 hours, and 25 for its place.
    let large = node(&report, "z9.large");
    assert_eq!(decimal(&large["cost"]), Decimal::new(23566, 2));
    assert!(large["pricing_rule"].as_str().unwrap().ends_with(":7, price of node b"), "{large}");
    assert!(!codes(&report).contains(&"pricing-rule-unused"));
}

#[test]
fn a_price_per_month_in_place_of_one_per_hour_is_a_finding_with_its_line() {
    let report = report("[[price]]\nnode = \"a\"\nusd_per_hour = 73\n\n[[price]]\nnode = \"c\"\nusd_per_hour = 0.1\n");
    let found = |code: &str| {
        let all = report["findings"].as_array().unwrap();
        all.iter().find(|finding| finding["code"] == code).unwrap_or_else(|| panic!("{code}: {all:?}")).clone()
    };
    let implausible = found("price-implausible");
    assert!(implausible["subject"].as_str().unwrap().ends_with("pricing.toml:3, price of node a"), "{implausible}");
    assert!(implausible["message"].as_str().unwrap().contains("per hour and not per month"), "{implausible}");
    let unused = found("pricing-rule-unused");
    assert!(unused["subject"].as_str().unwrap().ends_with("pricing.toml:7, price of node c"), "{unused}");
}

#[test]
fn labels_of_two_rules_on_one_node_are_an_error_with_both_lines() {
    let label = |label: &str| format!("[[price]]\nlabel = \"{label}\"\nusd_per_hour = 0.1\n");
    let output = run(&(label("kubernetes.io/hostname=a") + &label("topology.kubernetes.io/zone=local-1a")), &[]);
    assert_eq!(output.status.code(), Some(3));
    let error = String::from_utf8(output.stderr).unwrap();
    for part in ["pricing.toml:3, ", "pricing.toml:6, ", "node a", "[[price]] with node = \"a\""] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_commitment_lowers_node_prices_and_its_unused_part_is_a_line() {
    let report = report(PLAN);
    check_sums(&report);
    for (name, list, paid) in [("z9.small", "0.1", "0.05"), ("z9.large", "0.28", "0.14")] {
        let node = node(&report, name);
        assert_eq!(decimal(&node["price_per_hour"]), paid.parse().unwrap(), "{node}");
        assert_eq!(decimal(&node["list_price_per_hour"]), list.parse().unwrap(), "{node}");
        assert!(node["pricing_rule"].as_str().unwrap().contains("commitment of 0.3 USD per hour at 50% off"), "{node}");
    }
    // 0.30 − 0.19 per hour, for 730 hours.
    let unused = services(&report).iter().find(|line| line["name"].as_str().unwrap().starts_with("unused commitment"));
    assert_eq!(decimal(&unused.unwrap()["cost"]), Decimal::new(8030, 2));
    assert!(codes(&report).contains(&"commitment-unused"));
    assert!(!codes(&report).contains(&"commitment-expires"));
}

#[test]
fn a_commitment_that_is_used_whole_covers_the_most_expensive_machine_first() {
    let report = report(&PLAN.replace("0.30", "0.14"));
    check_sums(&report);
    assert_eq!(decimal(&node(&report, "z9.small")["price_per_hour"]), Decimal::new(1, 1));
    assert_eq!(decimal(&node(&report, "z9.large")["price_per_hour"]), Decimal::new(14, 2));
    assert!(services(&report).iter().all(|line| !line["name"].as_str().unwrap().contains("commitment")));
}

/// The snapshot is of 24 November 2026.
#[test]
fn expiry_is_a_finding_with_file_line_and_remedy() {
    let of = |day: &str| report(&PLAN.replace("2027-03-31", day));
    for (day, code) in [
        ("2026-11-23", "commitment-expired"),
        ("2026-11-30", "commitment-expires"),
        ("2026-12-31", "commitment-expires"),
    ] {
        let report = of(day);
        check_sums(&report);
        let finding = report["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == code);
        let finding = finding.unwrap_or_else(|| panic!("{day}: {:?}", codes(&report)));
        assert!(finding["subject"].as_str().unwrap().contains("pricing.toml:4, commitment"), "{finding}");
        assert!(finding["message"].as_str().unwrap().contains("renew it"), "{finding}");
    }
    assert_eq!(decimal(&node(&of("2026-11-23"), "z9.small")["price_per_hour"]), Decimal::new(1, 1));
    assert_eq!(decimal(&node(&of("2026-11-24"), "z9.small")["price_per_hour"]), Decimal::new(5, 2));
    assert!(!codes(&of("2027-01-01")).contains(&"commitment-expires"));
}

/// The snapshot is of 24 November 2026: a commitment applies from its first day.
#[test]
fn a_commitment_that_has_not_started_is_not_applied_and_is_a_finding() {
    let of = |day: &str| report(&PLAN.replace("expires =", &format!("starts = \"{day}\"\nexpires =")));
    let later = of("2026-11-25");
    check_sums(&later);
    let finding = later["findings"].as_array().unwrap().iter().find(|f| f["code"] == "commitment-not-started");
    let finding = finding.unwrap_or_else(|| panic!("{:?}", codes(&later)));
    assert!(finding["subject"].as_str().unwrap().contains("pricing.toml:5, commitment"), "{finding}");
    assert!(finding["message"].as_str().unwrap().contains("it starts on 2026-11-25"), "{finding}");
    assert_eq!(decimal(&node(&later, "z9.small")["price_per_hour"]), Decimal::new(1, 1));
    assert!(services(&later).iter().all(|line| !line["name"].as_str().unwrap().contains("commitment")));
    let now = of("2026-11-24");
    assert_eq!(decimal(&node(&now, "z9.small")["price_per_hour"]), Decimal::new(5, 2));
    assert!(!codes(&now).contains(&"commitment-not-started"));
}

/// Both nodes exist in the first 12 hours of a day and only `a` in the others; `c` was deleted.
fn with_history(snapshot: &mut Snapshot) {
    let node = |name: &str, of: usize, hours: usize| {
        let Machine { provider, instance_type, region, capacity_type, .. } = snapshot.nodes[of].machine.clone();
        StoredNode {
            name: name.to_owned(),
            provider_id: String::new(),
            machine: Machine { provider, instance_type, region, capacity_type, ..Machine::default() },
            cpu_millis: Some(CpuMillis::from_cores(2).millis()),
            memory: Some(Bytes::from_mib(8192)),
            gpus: std::collections::BTreeMap::new(),
            hours: StoredSeries::new((0..hours).map(|step| (step, 1.0))),
        }
    };
    let nodes = vec![node("a", 0, 24), node("b", 1, 12), node("c", 0, 24)];
    snapshot.usage = Some(Box::new(StoredUsage {
        from: snapshot.taken_at - jiff::SignedDuration::from_hours(24),
        until: snapshot.taken_at,
        step_seconds: 3600,
        hours_without_cluster: 0.0,
        hours_without_usage: 0.0,
        findings: Vec::new(),
        nodes,
        workloads: Vec::new(),
    }));
}

#[test]
fn a_history_is_covered_hour_by_hour_and_keeps_the_price_of_a_deleted_node() {
    let plan = PLAN.replace("0.30", "0.19");
    let report = report_on(with_history, &format!("[[price]]\nnode = \"c\"\nusd_per_hour = 0.07\n\n{plan}"));
    check_sums(&report);
    let lines = report["nodes"].as_array().unwrap();
    let cost = |part: &str| {
        let line = lines.iter().find(|line| line["pricing_rule"].as_str().unwrap().contains(part));
        decimal(&line.unwrap_or_else(|| panic!("{lines:?}"))["cost"])
    };
    // 24 hours at 0.07.
    assert_eq!(cost("price of node c"), Decimal::new(168, 2));
    // The plan covers both nodes: 12 hours at 0.14, 24 hours at 0.05. While only `a` is there, 0.14 is unused: the mean of
    // the day, 0.12 per hour, would leave less unused.
    assert_eq!(decimal(&node(&report, "z9.large")["cost"]), Decimal::new(168, 2));
    let unused = services(&report).iter().find(|line| line["name"].as_str().unwrap().starts_with("unused commitment"));
    assert_eq!(decimal(&unused.unwrap()["cost"]), Decimal::new(168, 2));
    assert_eq!(decimal(&unused.unwrap()["quantity"]), Decimal::from(24));
}

#[test]
fn snapshots_of_several_moments_share_the_lines() {
    let moments = ["2026-11-03", "2026-11-17"].map(|day| format!("fixtures/report/history/{day}.snapshot"));
    let files = [moments[0].as_str(), &moments[1], "fixtures/report/small.json"];
    let report = json(&run_on(&files, PLAN, &["--format", "json"]));
    check_sums(&report);
    let types: Vec<&str> =
        report["nodes"].as_array().unwrap().iter().map(|node| node["instance_type"].as_str().unwrap()).collect();
    assert_eq!(types, ["z9.large", "z9.small"]);
    assert_eq!(
        services(&report).iter().filter(|line| line["name"].as_str().unwrap().contains("commitment")).count(),
        1
    );
}

#[test]
fn machines_without_another_price_pay_the_rates_of_their_provider() {
    let custom = |snapshot: &mut Snapshot| {
        let machine = &mut snapshot.nodes[0].machine;
        machine.provider = Some(Provider::Gcp);
        machine.region = Some("us-central1".to_owned());
        machine.instance_type = Some("n2-custom-2-8192".to_owned());
        let machine = &mut snapshot.nodes[1].machine;
        (machine.provider, machine.instance_type) = (None, None);
    };
    let report = report_on(custom, "");
    let found = |report: &Value, subject: &str| {
        let all = report["findings"].as_array().unwrap();
        all.iter().find(|f| f["code"] == "node-unpriced" && f["subject"] == subject).map(|f| f["message"].to_string())
    };
    let message = found(&report, "n2-custom-2-8192 in us-central1").unwrap();
    assert!(
        message.contains("a custom machine type (2 vCPUs, 8192 MiB)") && message.contains("--pricing FILE"),
        "{message}"
    );
    let rates = |provider: &str| {
        format!("[[price]]\nprovider = \"{provider}\"\nusd_per_core_hour = 0.03\nusd_per_gib_hour = 0.004\n")
    };
    let report = report_on(custom, &(rates("gcp") + &rates("on-prem")));
    check_sums(&report);
    assert_eq!(found(&report, "n2-custom-2-8192 in us-central1"), None);
    let paid: Vec<Decimal> =
        report["nodes"].as_array().unwrap().iter().map(|n| decimal(&n["price_per_hour"])).collect();
    // 2 cores and 8 GiB, 4 cores and 32 GiB.
    assert!(paid.contains(&Decimal::new(92, 3)) && paid.contains(&Decimal::new(248, 3)), "{paid:?}");
    let lines = report["nodes"].as_array().unwrap();
    assert!(lines.iter().all(|line| line.get("list_price_per_hour").is_none()), "{lines:?}");
}

#[test]
fn a_verbose_report_shows_list_price_and_rule() {
    let output = run(PLAN, &["-v", "--format", "markdown"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("list price")
            && text.contains("pricing.toml:4, commitment of 0.3 USD per hour at 50% off: nodes, z9.large, local-1, on-demand (0.14 in place of 0.28)"),
        "{text}"
    );
}

proptest! {
    // Each case runs the binary.
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_discount_on_everything_scales_a_report_to_the_cent(tenths in 1_u32..1000) {
        let percent = Decimal::new(tenths.into(), 1);
        let list = decimal(&report("")["cost"]);
        let paid = report(&format!("[[discount]]\nkind = \"all\"\npercent = {percent}\n"));
        check_sums(&paid);
        let expected = list * (Decimal::ONE - percent / Decimal::ONE_HUNDRED);
        prop_assert!((expected - decimal(&paid["cost"])).abs() < Decimal::new(1, 2), "{} {}", expected, paid["cost"]);
    }

    #[test]
    fn lines_add_up_to_the_total_under_any_rules(
        percent in proptest::option::of(1_u32..100),
        month in proptest::option::of(1_u32..2000),
        core in proptest::option::of(2_u32..800),
        plan in proptest::option::of((1_u32..200, 1_u32..100)),
        share in proptest::option::of((1_u32..101, 1_u32..100)),
    ) {
        let mut text = String::new();
        if let Some(percent) = percent {
            text += &format!("[[discount]]\nkind = \"all\"\npercent = {percent}\n");
        }
        if let Some(month) = month {
            text += &format!("[[price]]\nnode = \"a\"\nusd_per_node_month = {month}\n");
        }
        if let Some(core) = core {
            let core = Decimal::new(core.into(), 3);
            text += &format!("[[price]]\nlabel = \"kubernetes.io/hostname=b\"\nusd_per_core_hour = {core}\nusd_per_gib_hour = 0.001\n");
        }
        if let Some((cents, percent)) = plan {
            let usd = Decimal::new(cents.into(), 2);
            text += &format!("[[commitment]]\nusd_per_hour = {usd}\npercent = {percent}\nexpires = \"2027-03-31\"\n");
        }
        if let Some((share, percent)) = share {
            text += &format!(
                "[[commitment]]\nfamily = \"z9\"\nshare_percent = {share}\npercent = {percent}\nexpires = \"2027-03-31\"\n"
            );
        }
        check_sums(&report(&text));
    }
}
