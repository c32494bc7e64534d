//! `report` and `estimate --live` on a real API server, with nodes and pods whose prices and free capacity were
//! calculated by hand.
//!
//! Two nodes at 0.10 per hour with 2 cores and one at 0.28 with 4; for 730 hours 73.00 each and 204.40. Two pods of one
//! core, on two nodes, leave six cores free.

use serde_json::{Value, json};

use crate::cluster::{Cluster, capmodel, text};

const PRICES: [&str; 2] = ["--prices", "fixtures/report/prices.csv"];

#[test]
fn a_live_cluster_is_priced_and_filled() {
    let cluster = Cluster::start().with_fake_nodes(0);
    let nodes = [("a", "z9.small", "2", "8Gi"), ("b", "z9.small", "2", "8Gi"), ("c", "z9.large", "4", "32Gi")];
    let nodes = nodes.map(|(name, kind, cpu, memory)| node(name, kind, cpu, memory));
    cluster.apply(&json!({"apiVersion": "v1", "kind": "List", "items": nodes}).to_string());
    cluster.apply(&web().to_string());
    cluster.wait_until("two pods that run", |cluster| {
        let phases = cluster.kubectl(&["get", "pods", "-o", "jsonpath={range .items[*]}{.status.phase} {end}"]);
        phases.split_whitespace().filter(|phase| *phase == "Running").count() == 2
    });
    priced(&cluster);
    filled(&cluster);
}

fn priced(cluster: &Cluster) {
    let report: Value = serde_json::from_str(&run(cluster, &["report", "--format", "json"])).unwrap();
    let line = |at: usize| {
        let line = &report["nodes"][at];
        ["instance_type", "region", "count", "price_per_hour", "cost"].map(|key| line[key].as_str().unwrap_or_default())
    };
    assert_eq!(line(0), ["z9.large", "local-1", "1", "0.28", "204.40"]);
    assert_eq!(line(1), ["z9.small", "local-1", "2", "0.1", "146.00"]);
    assert_eq!((&report["partial"], &report["priced_node_hours_share"]), (&false.into(), &1.0.into()));

    // Every way to add up the costs gives the total.
    let total = report["cost"].as_str().unwrap();
    let sum = |list: &str, path: &str| {
        let rows = report[list].as_array().unwrap().iter();
        rows.map(|row| row.pointer(path).and_then(Value::as_str).unwrap().replace('.', "").parse::<i64>().unwrap())
            .sum::<i64>()
    };
    let cents = total.replace('.', "").parse::<i64>().unwrap();
    assert_eq!(sum("nodes", "/cost"), 35040);
    assert_eq!(sum("nodes", "/cost") + sum("services", "/cost"), cents);
    for list in ["groups", "namespaces", "workloads"] {
        assert_eq!(sum(list, "/cost/total"), cents, "{list}");
    }
    let web = report["workloads"].as_array().unwrap().iter().find(|row| row["name"] == "web").unwrap();
    assert_eq!((&web["pods"], &web["requested"]["cpu_millis"]), (&2.into(), &2000.into()));

    let table = run(cluster, &["report"]);
    let row = |start: &str| {
        let line = table.lines().find(|line| line.starts_with(start)).unwrap_or_default();
        line.split_whitespace().rev().take(4).collect::<Vec<_>>()
    };
    assert_eq!(row("nodes, z9.small"), ["146.00", "0.1", "node", "2"], "{table}");
    assert_eq!(row("nodes, z9.large"), ["204.40", "0.28", "node", "1"], "{table}");
    assert!(table.contains(&format!(" · {total} USD per month")), "{table}");
}

fn filled(cluster: &Cluster) {
    let ten =
        ["estimate", "--live", "--region", "local-1", "--profile", "go-gin", "--policy", "steady", "--rps", "5000"];
    let pods = ["--replicas", "10", "--cpu-request", "1", "--memory-request", "1Gi", "--samples", "0"];
    let ten = [&ten[..], &pods].concat();
    let answer: Value = serde_json::from_str(&run(cluster, &[&ten[..], &["--format", "json"]].concat())).unwrap();
    // A core of a z9.small is cheaper.
    let want = json!({"pods_on_existing_nodes": 6, "existing_nodes": 3, "pods_on_new_nodes": 4,
        "new_nodes": [{"instance_type": "z9.small", "count": 2, "price_per_hour": "0.1"}],
        "new_node_cost_per_month": "146", "unplaced_pods": 0, "unplaced_constraint": null});
    assert_eq!(answer["estimates"][0]["cluster"], want);
    let table = run(cluster, &ten);
    for row in ["6 on 3 nodes", "4 on 2 × z9.small"] {
        assert!(table.contains(row), "{row} is not in\n{table}");
    }
}

/// Output of a command, whose progress states the number of objects of each kind once.
fn run(cluster: &Cluster, arguments: &[&str]) -> String {
    let config = cluster.kubeconfig();
    let output = capmodel(&[arguments, &PRICES, &["--kubeconfig", config.to_str().unwrap()]].concat());
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for kind in ["nodes: 3", "jobs.batch: 0", "namespaces: 4"] {
        assert_eq!(said.lines().filter(|line| *line == kind).count(), 1, "{kind}: {said}");
    }
    assert!(!said.contains("so far"), "{said}");
    text(&output.stdout)
}

fn node(name: &str, instance_type: &str, cpu: &str, memory: &str) -> Value {
    let offered = json!({"cpu": cpu, "memory": memory, "pods": "110"});
    json!({"apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "annotations": {"kwok.x-k8s.io/node": "fake"}, "labels": {
            "kubernetes.io/hostname": name, "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux",
            "node.kubernetes.io/instance-type": instance_type, "topology.kubernetes.io/region": "local-1"}},
        "spec": {"providerID": format!("aws:///local-1a/{name}")},
        "status": {"allocatable": offered.clone(), "capacity": offered}})
}

/// Two pods of one core, never on the same node.
fn web() -> Value {
    let apart = json!([{"labelSelector": {"matchLabels": {"app": "web"}}, "topologyKey": "kubernetes.io/hostname"}]);
    let spec = json!({
        "containers": [{"name": "web", "image": "i", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}],
        "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": apart}},
    });
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "default"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
                 "template": {"metadata": {"labels": {"app": "web"}}, "spec": spec}}})
}
