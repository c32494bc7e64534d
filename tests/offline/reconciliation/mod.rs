//! `report --bill`: modelled and billed cost, and the difference by cause.

mod bills;
mod formats;
mod providers;
mod refusals;
mod year;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::support::binary::capmodel;

/// A cluster `small` with these nodes of AWS (machine and type) and nothing else but its control plane.
fn cluster(folder: &Path, nodes: &[(&str, &str)]) -> PathBuf {
    let nodes: Vec<(String, &str)> = nodes.iter().map(|(id, kind)| (format!("aws:///local-1a/{id}"), *kind)).collect();
    cluster_of(folder, &nodes)
}

/// The same with the provider IDs of the nodes.
fn cluster_of(folder: &Path, nodes: &[(String, &str)]) -> PathBuf {
    let text = std::fs::read_to_string("fixtures/report/small.json").unwrap();
    let mut snapshot: Value = serde_json::from_str(&text).unwrap();
    let node = snapshot["nodes"][0].clone();
    snapshot["nodes"] = nodes
        .iter()
        .map(|(id, kind)| {
            let mut node = node.clone();
            node["name"] = format!("node-{}", id.rsplit('/').next().unwrap()).into();
            node["provider_id"] = id.as_str().into();
            node["machine"]["instance_type"] = (*kind).into();
            node
        })
        .collect();
    for empty in ["pods", "volumes", "claims", "load_balancers"] {
        snapshot[empty] = json!([]);
    }
    let path = folder.join("cluster.json");
    std::fs::write(&path, snapshot.to_string()).unwrap();
    path
}

/// The report of a month with these bills, in a format.
fn report_as(format: &str, cluster: &Path, month: &str, bills: &[&Path], more: &[&str]) -> std::process::Output {
    let mut arguments = vec!["report", cluster.to_str().unwrap(), "--prices", "fixtures/report/prices.csv"];
    arguments.extend(["--month", month, "--format", format]);
    for bill in bills {
        arguments.extend(["--bill", bill.to_str().unwrap()]);
    }
    arguments.extend(more);
    capmodel(&arguments).output().unwrap()
}

fn report(cluster: &Path, month: &str, bills: &[&Path], more: &[&str]) -> Value {
    let output = report_as("json", cluster, month, bills, more);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Modelled and billed cost by cause, after checking that the rows add up to the totals.
fn rows(report: &Value) -> BTreeMap<String, [String; 2]> {
    let found = &report["reconciliation"];
    let text = |value: &Value| value.as_str().unwrap_or("–").to_owned();
    let amount = |value: &Value| bills::dec(value.as_str().unwrap_or("0"));
    let all = found["rows"].as_array().unwrap();
    for sum in ["modelled", "billed", "difference"] {
        let of_rows: rust_decimal::Decimal = all.iter().map(|row| amount(&row[sum])).sum();
        assert_eq!(of_rows, amount(&found[sum]), "{sum}: {found}");
    }
    assert_eq!(found["modelled"], report["cost"]);
    let row = |row: &Value| (text(&row["cause"]), [text(&row["modelled"]), text(&row["billed"])]);
    all.iter().map(row).collect()
}
