//! Metrics, alert rule and dashboard, checked with promtool.

use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use super::{object, read, rendered};
use crate::cluster::text;
use crate::support::kit::program;

const WITH_RULE: &str = "--set=delivery.pushgateway.url=http://pushgateway:9091,monitoring.rule.enabled=true";

/// The output of promtool, which must succeed.
fn promtool(arguments: &[&str], folder: &Path, stdin: &str) -> String {
    let mut command = program("promtool", folder);
    command.args(arguments).current_dir(folder).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

/// A Pushgateway, which is not part of the kit, uses the same parser.
#[test]
fn metrics_are_valid_for_prometheus() {
    let folder = tempfile::tempdir().unwrap();
    let metrics = read("fixtures/openmetrics/report-history.prom");
    assert_eq!(promtool(&["check", "metrics"], folder.path(), &metrics), "");
}

#[test]
fn a_missing_month_fires_an_alert() {
    let folder = tempfile::tempdir().unwrap();
    let objects = rendered(&[WITH_RULE]);
    let rule = &object(&objects, "PrometheusRule", "capmodel")["spec"];
    std::fs::write(folder.path().join("rules.json"), rule.to_string()).unwrap();
    let checked = promtool(&["check", "rules", "--lint=all", "--lint-fatal", "rules.json"], folder.path(), "");
    assert!(checked.contains("1 rules found"), "{checked}");

    let description = rule["groups"][0]["rules"][0]["annotations"].clone();
    let fires =
        json!([{ "exp_labels": { "cluster": "prod-1", "severity": "warning" }, "exp_annotations": description }]);
    // The test's time starts at 0: one report whose period ended at 0, and one of another cluster.
    let of = |cluster: &str, values: &str| json!({ "series": format!("capmodel_report_end_timestamp_seconds{{cluster=\"{cluster}\"}}"), "values": values });
    let at = |time: &str, alerts: &Value| json!({ "alertname": "CapmodelReportMissing", "eval_time": time, "exp_alerts": alerts });
    let quiet = json!([]);
    let day = 86_400;
    let tests = json!({ "rule_files": ["rules.json"], "evaluation_interval": "1h", "tests": [
        // Without a second month, there is no alert for 32 days, and one an hour later.
        { "interval": "1h", "input_series": [of("prod-1", "0x1000")],
          "alert_rule_test": [at("31d6h", &quiet), at("32d", &quiet), at("32d3h", &fires)] },
        // The second month arrives six hours after its end, the third never.
        { "interval": "1h", "input_series": [of("prod-1", &format!("0x749 {}x900", 31 * day))],
          "alert_rule_test": [at("33d", &quiet), at("62d", &quiet), at("63d3h", &fires)] },
        // The report of another cluster does not count.
        { "interval": "1h", "input_series": [of("prod-2", "0x100")],
          "alert_rule_test": [at("0h", &quiet), at("2h", &fires)] },
    ] });
    std::fs::write(folder.path().join("tests.json"), tests.to_string()).unwrap();
    let tested = promtool(&["test", "rules", "tests.json"], folder.path(), "");
    assert!(tested.contains("SUCCESS"), "{tested}");
}

/// Prometheus can parse every query of the dashboard.
#[test]
fn the_queries_of_the_dashboard_are_valid() {
    let folder = tempfile::tempdir().unwrap();
    let objects = rendered(&["--set=delivery.pushgateway.url=http://p,monitoring.dashboard.enabled=true"]);
    let config = object(&objects, "ConfigMap", "capmodel-dashboard");
    assert_eq!(config["metadata"]["labels"]["grafana_dashboard"], "1");
    let dashboard: Value = serde_json::from_str(config["data"]["capmodel.json"].as_str().unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let queries: Vec<&Value> =
        panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap()).map(|target| &target["expr"]).collect();
    assert!(queries.len() > 15, "{queries:?}");
    let rules: Vec<Value> = queries
        .iter()
        .enumerate()
        .map(|(at, query)| json!({ "record": format!("query:{at}"), "expr": query }))
        .collect();
    let file = json!({ "groups": [{ "name": "dashboard", "rules": rules }] });
    std::fs::write(folder.path().join("queries.json"), file.to_string()).unwrap();
    let checked = promtool(&["check", "rules", "queries.json"], folder.path(), "");
    assert!(checked.contains(&format!("{} rules found", queries.len())), "{checked}");
}
