//! A report of a live cluster without `--prometheus` says how to reach the Prometheus of the cluster.

use serde_json::Value;

use crate::support::binary::capmodel;
use crate::support::demo::Demo;

fn report(arguments: &[&str]) -> Value {
    let demo = Demo::start();
    let always = ["report", "--kubeconfig", "fixtures/screens/input/kubeconfig.yaml", "--format", "json"];
    let prices = ["--prices", "fixtures/report/prices.csv"];
    let mut command = capmodel(&[&always[..], &prices, arguments].concat());
    let output = command.env("HTTP_PROXY", demo.proxy()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The message of the finding, and the text and the command of the step.
fn said(report: &Value) -> (Option<&str>, Option<(&str, &str)>) {
    let entry = |list: &str, key: &str, value: &str| report[list].as_array()?.iter().find(|entry| entry[key] == value);
    let found = entry("findings", "code", "prometheus-found");
    let step = entry("next_steps", "action", "measure-usage");
    (
        found.and_then(|found| found["message"].as_str()),
        step.and_then(|step| Some((step["text"].as_str()?, step["command"].as_str()?))),
    )
}

const FORWARD: &str = "kubectl -n monitoring port-forward svc/prometheus-server 9090:80";

#[test]
fn the_service_of_the_cluster_is_named_with_its_port_forward() {
    let report = report(&[]);
    let (found, step) = said(&report);
    let (text, command) = step.unwrap();
    assert!(found.unwrap().contains(FORWARD), "{found:?}");
    assert!(text.contains(&format!("`{FORWARD}`")), "{text}");
    assert!(
        command.starts_with("capmodel report ") && command.ends_with(" --prometheus http://127.0.0.1:9090"),
        "{command}"
    );
}

/// Whoever may not list Services gets the report without the hint.
#[test]
fn without_permission_there_is_no_hint_and_no_error() {
    let report = report(&["--context", "private"]);
    let (found, step) = said(&report);
    assert_eq!(found, None);
    assert!(step.unwrap().1.ends_with(" --context private --prometheus URL"), "{step:?}");
}

#[test]
fn a_prometheus_that_was_given_is_not_looked_for() {
    let report = report(&["--prometheus", "http://prometheus.example"]);
    assert_eq!(said(&report), (None, None));
}
