//! Running services in a report: prices by purchase option, the other architecture, and the next month.

use serde_json::Value;

use crate::support::binary::capmodel;
use crate::support::demo::Demo;

/// The types of the demo cluster with spot prices, and arm64 types of the same sizes at 0.08 and 0.224: four fifths of
/// the price.
const PRICES: &str =
    "provider,region,instance_type,arch,vcpu,memory_gib,ondemand_usd_per_hour,spot_usd_per_hour,price_date
aws,local-1,z9.small,amd64,2,8,0.10,0.03,2026-10-01
aws,local-1,z9.large,amd64,4,32,0.28,0.084,2026-10-01
aws,local-1,z9g.small,arm64,2,8,0.08,0.024,2026-10-01
aws,local-1,z9g.large,arm64,4,32,0.224,0.0672,2026-10-01
";

fn report(prices: &str, arguments: &[&str]) -> Value {
    let demo = Demo::start();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("prices.csv");
    std::fs::write(&file, prices).unwrap();
    let always = [
        "report",
        "--kubeconfig",
        "fixtures/screens/input/kubeconfig.yaml",
        "--prometheus",
        "http://prometheus.example",
        "--window",
        "14d",
        "--format",
        "json",
        "--prices",
        file.to_str().unwrap(),
    ];
    let mut command = capmodel(&[&always[..], arguments].concat());
    // 2026-11-24, the time of the demo's history.
    let command = command.env("SOURCE_DATE_EPOCH", "1795478400").env("HTTP_PROXY", demo.proxy());
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn service<'a>(report: &'a Value, name: &str) -> &'a Value {
    let mut all = report["running_services"].as_array().unwrap().iter();
    all.find(|service| service["name"] == name).unwrap()
}

fn dollars(amount: &Value) -> f64 {
    amount.as_str().unwrap().parse().unwrap()
}

/// One node of the smaller type holds the two pods of `web`; of spot machines it is 0.03 for 730 hours and not 0.10.
#[test]
fn nodes_are_priced_by_purchase_option() {
    let node_cost =
        |report: &Value| dollars(&service(report, "web")["styles"]["right_sized"]["at"]["busy"]["node_cost_per_month"]);
    let on_demand = node_cost(&report(PRICES, &[]));
    let spot = node_cost(&report(PRICES, &["--spot-label", "kubernetes.io/os=linux"]));
    assert!((spot / on_demand - 0.3).abs() < 1e-3, "{spot} for {on_demand}");
    assert!((on_demand - 73.0).abs() < 0.01 || (on_demand - 204.4).abs() < 0.01, "{on_demand}");
}

#[test]
fn the_other_architecture_is_suggested_before_another_language() {
    let with = report(PRICES, &[]);
    let web = service(&with, "web");
    let (other, right_sized) = (&web["other_architecture"], &web["styles"]["right_sized"]["at"]["busy"]);
    assert_eq!((&other["arch"], &other["instance_types"]), (&"arm64".into(), &["z9g.large", "z9g.small"].into()));
    let share = dollars(&right_sized["share_cost_per_month"]["plan"]);
    assert!((dollars(&other["share_cost_per_month"]) - 0.8 * share).abs() < 0.01, "{other} of {share}");
    let only_own: String =
        PRICES.lines().filter(|line| !line.contains("arm64")).map(|line| format!("{line}\n")).collect();
    let without = report(&only_own, &[]);
    assert!(service(&without, "web")["other_architecture"].is_null());
    let saving = |report: &Value| dollars(&service(report, "web")["advice"]["saving_per_month"]["mid"]);
    assert!((saving(&without) - saving(&with) - 0.2 * share).abs() < 0.02, "{} {}", saving(&with), saving(&without));
}

/// `web` follows the same hours every day: the next month equals this one, and is 1.5 times as much with declared
/// growth.
#[test]
fn the_next_month_of_a_service_and_of_the_cluster_is_forecast() {
    let plain = report(PRICES, &[]);
    let grown = report(PRICES, &["--growth", "1.5"]);
    let number = |report: &Value, key: &str| service(report, "web")["forecast"][key]["mid"].as_f64().unwrap();
    let forecast = &service(&plain, "web")["forecast"];
    assert_eq!((&forecast["month"], &forecast["counted_in"]), (&"2026-12".into(), &"requests-per-second".into()));
    let mean = service(&plain, "web")["demand"]["mean"].as_f64().unwrap();
    assert!((number(&plain, "mean") / mean - 1.0).abs() < 0.01, "{forecast}");
    for key in ["mean", "busy"] {
        assert!((number(&grown, key) / number(&plain, key) - 1.5).abs() < 1e-3, "{key}");
    }
    let cost = |report: &Value| dollars(&service(report, "web")["forecast"]["cost"]["mid"]);
    assert!((cost(&grown) / cost(&plain) - 1.5).abs() < 1e-3);
    // The cluster's forecast grows by the additional cost of its running services.
    let more: f64 = plain["running_services"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|service| !service["forecast"]["cost"].is_null())
        .map(|service| 0.5 * dollars(&service["forecast"]["cost"]["mid"]))
        .sum();
    let whole = |report: &Value| dollars(&report["forecast"]["cost"]);
    assert!((whole(&grown) - whole(&plain) - more).abs() < 0.05, "{} {} {more}", whole(&grown), whole(&plain));
    // The third node was deleted on the 20th: the next month has two nodes, the control plane, disks and the load
    // balancer.
    let interval = &plain["forecast"]["cost_interval"];
    assert!(dollars(&interval["low"]) <= whole(&plain) && whole(&plain) <= dollars(&interval["high"]));
    assert!(whole(&plain) < dollars(&plain["cost"]) / 14.0 * 31.0, "{}", plain["forecast"]);
    let sum = |list: &Value| list.as_array().unwrap().iter().map(|row| dollars(&row["cost"])).sum::<f64>();
    assert!((sum(&plain["forecast"]["namespaces"]) - whole(&plain)).abs() < 1e-6);
    let cpu = &plain["backtest"]["cpu"];
    assert!(cpu["median_error"].as_f64().unwrap() < 0.05 && cpu["bias"].as_f64().unwrap().abs() < 0.05, "{cpu}");
}

/// Every step has the saving that the report states elsewhere, per month of 730 hours, and the largest comes first.
#[test]
fn next_steps_are_ranked_by_their_savings() {
    let report = report(PRICES, &["--team", "go"]);
    let steps = report["next_steps"].as_array().unwrap();
    let of = |action: &str| {
        steps.iter().find(|step| step["action"] == action).unwrap_or_else(|| panic!("no step {action}: {steps:?}"))
    };
    let known: Vec<f64> =
        steps.iter().map(|step| &step["saving_per_month"]).filter(|s| !s.is_null()).map(dollars).collect();
    assert!(known.is_sorted_by(|a, b| a >= b) && known.iter().all(|saving| *saving > 0.0), "{known:?}");
    assert!(steps.iter().skip(known.len()).all(|step| step["saving_per_month"].is_null()), "{steps:?}");
    // The window is 14 days, and the amounts of the report are of it.
    let found = &report["consolidation"];
    let monthly = |amount: f64| amount * 730.0 / (14.0 * 24.0);
    let saving = monthly(dollars(&found["cost_now"]) - dollars(&found["cost"]));
    assert!((dollars(&of("consolidate")["saving_per_month"]) - saving).abs() < 0.02, "{saving}: {steps:?}");
    let asked: Vec<&Value> = report["running_services"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|service| service["advice"]["action"] == "ask")
        .collect();
    let saving = |service: &Value| dollars(&service["advice"]["saving_per_month"]["mid"]);
    let step = of("decide");
    let sum: f64 = asked.iter().map(|service| saving(service)).sum();
    assert!((dollars(&step["saving_per_month"]) - sum).abs() < 0.02, "{sum}: {step}");
    let first = asked.iter().max_by(|a, b| saving(a).total_cmp(&saving(b))).unwrap();
    let named = format!("{}/{}", first["namespace"].as_str().unwrap(), first["name"].as_str().unwrap());
    let command = step["command"].as_str().unwrap();
    assert!(command.starts_with(&format!("capmodel estimate --service {named} --live --")), "{command}");
    assert!(command.contains(" --kubeconfig ") && command.contains(" --window 14d"), "{command}");
    assert!(step["text"].as_str().unwrap().contains(&named), "{step}");
}
