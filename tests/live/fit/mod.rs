//! Number of pods of a Deployment that the model places on the nodes of a random cluster, compared with the number that
//! the real scheduler binds.
//!
//! Every run uses ten clusters, which must equal the first rows of the stored table; with `CAPMODEL_FIT_CLUSTERS=100`
//! this number is used, and the table is rewritten.

mod random;
mod unknown;

use std::fmt::Write;
use std::path::Path;

use capmodel::inputs::files::read_snapshot_file;
use capmodel::model::cluster::{Pod, Snapshot};
use capmodel::model::packing::capacity;
use random::{Random, labels, random};
use serde_json::{Value, json};

use crate::cluster::{Cluster, capmodel, text};

const ZONE: &str = "topology.kubernetes.io/zone";
const TABLE: &str = "fixtures/fit/clusters.csv";
const HEADER: &str = "\
# Pods that the model puts onto the nodes of a random cluster (model) and that kube-scheduler 1.36.3 binds (scheduler).
# Made by: CAPMODEL_FIT_CLUSTERS=100 cargo test --test live -- fit::
seed,nodes,bound_pods,replicas,model,scheduler,rules
";

#[test]
fn the_model_places_as_many_pods_as_the_scheduler_binds() {
    let asked = std::env::var("CAPMODEL_FIT_CLUSTERS").ok();
    let clusters: u64 = asked.as_ref().map_or(10, |count| count.parse().expect("CAPMODEL_FIT_CLUSTERS is a number"));
    let cluster = Cluster::start().with_fake_nodes(0);
    cluster.apply(&list(&[unknown::priority_class(), sandboxed()]));
    let mut table = HEADER.to_owned();
    let (mut differ, mut in_part) = (Vec::new(), 0);
    for seed in 1..=clusters {
        let random = random(seed);
        let (model, scheduler) = both(&cluster, seed, &random);
        let Random { nodes, bound, replicas, rules, .. } = &random;
        let row = format!("{seed},{},{},{replicas},{model},{scheduler},{}", nodes.len(), bound.len(), rules.join(" "));
        if model != scheduler {
            differ.push(row.clone());
        }
        in_part += u64::from((1..*replicas).contains(&model));
        writeln!(table, "{row}").unwrap();
    }
    assert!(differ.is_empty(), "model and scheduler differ:\n{}", differ.join("\n"));
    assert!(3 * in_part >= clusters, "{in_part} Deployments fit in part: the others test little");
    unknown::others_that_keep_pods_off(&cluster);

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE);
    if asked.is_some() {
        std::fs::write(path, table).unwrap();
    } else {
        let stored = std::fs::read_to_string(path).unwrap();
        assert!(
            stored.starts_with(&table),
            "{TABLE} is not of this generator or this scheduler; it should begin\n{table}"
        );
    }
}

/// Creates and reads the cluster and runs the model, then creates the Deployment for the scheduler.
fn both(cluster: &Cluster, seed: u64, random: &Random) -> (u64, u64) {
    empty(cluster);
    cluster.apply(&list(&random.nodes));
    cluster.wait_until("nodes that take pods", |cluster| {
        let ready =
            r#"{range .items[*]}{.status.conditions[?(@.type=="Ready")].status} {.spec.taints[*].key}{"\n"}{end}"#;
        let nodes = cluster.kubectl(&["get", "nodes", "-o", &format!("jsonpath={ready}")]);
        nodes.lines().filter(|node| node.starts_with("True") && !node.contains("not-ready")).count()
            == random.nodes.len()
    });
    let (name, odd) = unknown::pod(seed, &random.spec);
    let samples = [sample("sample", &random.spec), sample("odd", &odd)];
    cluster.apply(&list(&[&random.bound[..], &samples].concat()));

    let snapshot = snapshot(cluster);
    let fit = fit(&snapshot, "sample", random.replicas);
    assert!(fit.not_modelled.is_empty(), "cluster {seed}: {:?}", fit.not_modelled);
    unknown::is_said(name, &self::fit(&snapshot, "odd", random.replicas));

    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "fit", "namespace": "default"},
        "spec": {"replicas": random.replicas, "selector": {"matchLabels": labels()},
                 "template": {"metadata": {"labels": labels()}, "spec": random.spec}}});
    cluster.apply(&deployment.to_string());
    (fit.bound, bound(cluster, random.replicas))
}

/// Number of the Deployment's pods that have a node, once each pod has a node or was refused one.
fn bound(cluster: &Cluster, replicas: u64) -> u64 {
    let state =
        r#"{range .items[*]}{.spec.nodeName} {.status.conditions[?(@.type=="PodScheduled")].reason}{"\n"}{end}"#;
    let (mut bound, mut before) = (0, None);
    cluster.wait_until("decisions about all pods", |cluster| {
        let output = format!("jsonpath={state}");
        let pods = cluster.kubectl(&["get", "pods", "-l", "app=fit,pod-template-hash", "-o", &output]);
        let refused = pods.lines().filter(|pod| *pod == " Unschedulable").count() as u64;
        bound = pods.lines().filter(|pod| !pod.starts_with(' ')).count() as u64;
        let all = (bound + refused == replicas).then_some(bound);
        // The same twice in a row: no refusal was withdrawn.
        let settled = all.is_some() && all == before;
        before = all;
        settled
    });
    bound
}

fn fit(snapshot: &Snapshot, name: &str, replicas: u64) -> capacity::Fit {
    let pod: &Pod = snapshot.pods.iter().find(|pod| pod.name == name).unwrap();
    capacity::Cluster::new(snapshot).fit(pod, replicas)
}

fn snapshot(cluster: &Cluster) -> Snapshot {
    let (file, config) = (cluster.dir().join("s"), cluster.kubeconfig());
    let output = capmodel(&["snapshot", "-q", "-o", file.to_str().unwrap(), "--kubeconfig", config.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    read_snapshot_file(&file).unwrap()
}

/// A pod as the Deployment will create it, which is never bound.
fn sample(name: &str, spec: &Value) -> Value {
    let mut spec = spec.clone();
    spec["schedulerName"] = json!("nobody");
    json!({"apiVersion": "v1", "kind": "Pod", "spec": spec,
        "metadata": {"name": name, "namespace": "default", "labels": labels()}})
}

fn sandboxed() -> Value {
    json!({"apiVersion": "node.k8s.io/v1", "kind": "RuntimeClass", "metadata": {"name": "sandboxed"}, "handler": "x",
        "overhead": {"podFixed": {"cpu": "120m", "memory": "40Mi"}}})
}

fn list(items: &[Value]) -> String {
    json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
}

/// Deletes all objects of the previous cluster.
fn empty(cluster: &Cluster) {
    let apps = "/apis/apps/v1/namespaces/default";
    for all in [format!("{apps}/deployments"), format!("{apps}/replicasets"), "/api/v1/nodes".to_owned()] {
        cluster.kubectl(&["delete", "--raw", &all]);
    }
    cluster.wait_until("an empty cluster", |cluster| {
        cluster.kubectl(&["delete", "--raw", "/api/v1/namespaces/default/pods?gracePeriodSeconds=0"]);
        cluster.kubectl(&["get", "nodes,deployments,replicasets,pods", "-o", "name"]).is_empty()
    });
}
