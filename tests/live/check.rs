//! `capmodel check` on a real API server. `live_rbac` starts the clusters and removes rules.

use std::path::Path;

use capmodel::inputs::kube::{Need, Resource};
use serde_json::Value;

use crate::cluster::{Cluster, capmodel, text};

/// Two nodes of a type with a price, one of a type without a price and with few labels, and a metrics API.
///
/// The kit has no metrics-server, so the API server itself serves the API group: custom resources with the JSON of
/// `NodeMetrics` and `PodMetrics` in k8s.io/metrics v0.36, `pkg/apis/metrics/v1beta1/types.go`: `timestamp`, `window`
/// and `usage` at the top, `containers` with `name` and `usage`.
pub(crate) fn furnish(cluster: &Cluster) {
    let crd = |plural: &str, kind: &str, scope: &str| {
        format!(
            "{{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {{name: {plural}.metrics.k8s.io, \
             annotations: {{api-approved.kubernetes.io: 'unapproved, a test'}}}}, spec: {{group: metrics.k8s.io, scope: {scope}, \
             names: {{plural: {plural}, kind: {kind}}}, versions: [{{name: v1beta1, served: true, storage: true, \
             schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}}}]}}}}\n---\n"
        )
    };
    let room = "{cpu: '2', memory: 8Gi, pods: '110'}";
    let node = |name: &str, labels: &str, spec: &str| {
        format!(
            "{{apiVersion: v1, kind: Node, metadata: {{name: {name}, labels: {{kubernetes.io/arch: amd64{labels}}}}}, spec: {{{spec}}}, \
             status: {{capacity: {room}, allocatable: {room}}}}}\n---\n"
        )
    };
    let labels = ", node.kubernetes.io/instance-type: z9.small, topology.kubernetes.io/region: local-1, \
                  topology.kubernetes.io/zone: a, eks.amazonaws.com/capacityType: ON_DEMAND";
    cluster.apply(&[crd("nodes", "NodeMetrics", "Cluster"), crd("pods", "PodMetrics", "Namespaced")].concat());
    cluster.wait_until("the metrics API", |cluster| {
        cluster.kubectl_may_fail(&["get", "--raw", "/apis/metrics.k8s.io/v1beta1/pods"]).contains("PodMetricsList")
    });
    // With `apply`, nodes would lose their status.
    cluster.kubectl_with(
        &["create", "-f", "-"],
        &[
            node("n1", labels, "providerID: 'aws:///a/i-1'"),
            node("n2", labels, "providerID: 'aws:///a/i-2'"),
            node("n3", ", node.kubernetes.io/instance-type: z9.huge, topology.kubernetes.io/region: local-1", ""),
            "{apiVersion: metrics.k8s.io/v1beta1, kind: NodeMetrics, metadata: {name: n1}, timestamp: '2026-10-02T00:00:00Z', \
             window: 20s, usage: {cpu: 120m, memory: 700Mi}}\n---\n\
             {apiVersion: metrics.k8s.io/v1beta1, kind: PodMetrics, metadata: {name: web, namespace: default}, \
             timestamp: '2026-10-02T00:00:00Z', window: 15.3s, containers: [{name: main, usage: {cpu: 51234567n, memory: 131072Ki}}]}\n\
             ---\n{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: default}, spec: {nodeName: n1, containers: \
             [{name: main, image: i, resources: {requests: {cpu: 100m, memory: 256Mi}}}]}}\n"
                .to_owned(),
        ]
        .concat(),
    );
}

/// With all rules, only the labels that `n3` lacks are missing; `role` is applied already.
pub(crate) fn everything_is_found(cluster: &Cluster, config: &Path) {
    let (code, all) = check(config, &["--prices", "fixtures/report/prices.csv"]);
    assert_eq!(code, Some(0), "{all}");
    assert_eq!(losses(&all, "Kubernetes"), [""; 0]);
    assert_eq!(
        losses(&all, "nodes"),
        ["zone (topology.kubernetes.io/zone)", "capacity type (a label of EKS, Karpenter, GKE or AKS)", "provider id"]
    );
    assert_eq!(losses(&all, "prices"), ["1 × z9.huge, local-1, on-demand"]);
    let priced = find(&all, "2 × z9.small, local-1, on-demand");
    assert_eq!((&priced["state"], &priced["from"]), (&"found".into(), &"--prices".into()));
    assert_eq!(losses(&all, "Prometheus"), ["--prometheus URL"]);

    // Without Prometheus the report still has the usage of the metrics API, and states what it contains.
    let flags = ["--prices", "fixtures/report/prices.csv", "--format", "json", "--kubeconfig"];
    let report = capmodel(&[&["report"], &flags[..], &[config.to_str().unwrap()]].concat());
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    let web = report["workloads"].as_array().unwrap().iter().find(|row| row["name"] == "web").unwrap();
    assert_eq!((&web["used"]["cpu_millis"], &web["used"]["memory_bytes"]), (&52.into(), &(128_u64 << 20).into()));
    let codes: Vec<_> = report["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect();
    for code in ["no-history", "usage-history-missing", "usage-point-in-time"] {
        assert!(codes.contains(&code), "{code} in {codes:?}");
    }

    // If one source cannot be reached, the other is still checked, and the exit code is that of a report.
    let (code, all) = check(config, &["--prometheus", "http://127.0.0.1:1"]);
    assert_eq!((code, losses(&all, "Prometheus")), (Some(4), vec!["Prometheus reachable"]));
    assert_eq!(find(&all, "list pods")["state"], "found");
    let nobody = cluster.dir().join("nobody.kubeconfig");
    let there = std::fs::read_to_string(config).unwrap().replace(&cluster.server(), "https://127.0.0.1:1");
    std::fs::write(&nobody, there).unwrap();
    let (code, all) = check(&nobody, &[]);
    assert_eq!((code, losses(&all, "Kubernetes")), (Some(4), vec!["API server reachable"]));
    assert!(all.to_string().contains("https://127.0.0.1:1 does not respond"), "{all}");
}

/// Without one kind of object in the rules, only that line is missing, and its consequence is stated.
pub(crate) fn exactly_this_is_missing(config: &Path, resource: &Resource) {
    let (code, all) = check(config, &["--prices", "fixtures/report/prices.csv"]);
    let name = format!("list {}", resource.name());
    assert_eq!(losses(&all, "Kubernetes"), [name.as_str()]);
    let row = find(&all, &name);
    assert_eq!((&row["lost"], &row["from"]), (&resource.loss.into(), &"RBAC".into()));
    let stops = matches!(resource.need, Need::Always | Need::WholeCluster);
    assert_eq!((code, &row["vital"]), (Some(if stops { 4 } else { 0 }), &stops.into()), "{name}");
}

/// With a Role in `shop` only.
pub(crate) fn in_one_namespace(cluster: &Cluster, config: &Path) {
    let (code, all) = check(config, &["--namespace", "shop"]);
    let cluster_wide = [
        "list nodes",
        "UID of kube-system",
        "list persistentvolumes",
        "list storageclasses.storage.k8s.io",
        "list nodes.metrics.k8s.io",
    ];
    assert_eq!((code, losses(&all, "Kubernetes")), (Some(0), cluster_wide.to_vec()));
    assert_eq!(find(&all, "get namespace shop")["state"], "found");

    // Of two namespaces, the refused one is named, and the table states the consequence.
    let (code, all) = check(config, &["--namespace", "shop", "--namespace", "default"]);
    assert_eq!((code, &find(&all, "list pods in default")["vital"]), (Some(4), &true.into()));
    let (code, all) = check(&cluster.kubeconfig(), &["--namespace", "shopp"]);
    let row = find(&all, "get namespace shopp");
    assert_eq!((code, &row["state"], &row["vital"]), (Some(4), &"missing".into(), &true.into()));
    let table = capmodel(&["check", "--kubeconfig", config.to_str().unwrap()]);
    let said = text(&table.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(table.status.code(), Some(4));
    assert!(said.contains("list pods: everything (required: there is no report without it)"), "{said}");
}

fn check(config: &Path, flags: &[&str]) -> (Option<i32>, Value) {
    let base = ["check", "--format", "json", "--kubeconfig", config.to_str().unwrap()];
    let output = capmodel(&[&base, flags].concat());
    let document = serde_json::from_slice(&output.stdout);
    (output.status.code(), document.unwrap_or_else(|_| panic!("{}", text(&output.stderr))))
}

fn losses<'a>(all: &'a Value, area: &str) -> Vec<&'a str> {
    let rows = all["requirements"].as_array().unwrap().iter();
    let lost = rows.filter(|row| row["area"] == area && row["state"] != "found" && row["state"] != "not needed");
    lost.map(|row| row["name"].as_str().unwrap()).collect()
}

fn find<'a>(all: &'a Value, name: &str) -> &'a Value {
    let mut rows = all["requirements"].as_array().unwrap().iter();
    rows.find(|row| row["name"] == name).unwrap_or_else(|| panic!("no line {name} in {all}"))
}
