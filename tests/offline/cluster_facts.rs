//! The nodes and pods of a cluster determine what is billed, and at which prices.

#![expect(clippy::needless_pass_by_value, reason = "snapshots are built from the inside out")]

use serde_json::{Value, json};

use crate::support::binary::{capmodel, estimate};

/// A node of each provider, as it appears in a snapshot.
fn node(name: &str, machine: Value, kubelet: &str) -> Value {
    json!({
        "name": name, "machine": machine, "kubelet_version": kubelet, "ready": true,
        "allocatable": { "cpu": "3900m", "memory": "14Gi", "pods": "110" },
        "capacity": { "cpu": "4", "memory": "16Gi", "pods": "110" },
    })
}

fn pod(name: &str, node: &str, more: Value) -> Value {
    let mut pod = json!({
        "namespace": "shop", "name": name, "node": node, "phase": "running",
        "owner": { "kind": "ReplicaSet", "name": format!("{name}-1") },
        "containers": [{ "name": "m", "image": "x", "sizes": { "requests": { "cpu": "1", "memory": "2Gi" } } }],
    });
    for (key, value) in more.as_object().unwrap() {
        pod[key] = value.clone();
    }
    pod
}

fn file(version: &str, nodes: &[Value], pods: &[Value]) -> tempfile::NamedTempFile {
    let file = tempfile::Builder::new().suffix(".snapshot").tempfile().unwrap();
    let snapshot = json!({
        "schema": "capmodel/snapshot/v1", "tool_version": "0.1.0", "taken_at": "2026-11-24T08:00:00Z",
        "cluster": { "name": "c", "uid": "u", "server_version": version }, "nodes": nodes, "pods": pods,
    });
    std::fs::write(file.path(), snapshot.to_string()).unwrap();
    file
}

fn report(file: &tempfile::NamedTempFile, more: &[&str]) -> Value {
    let arguments = [&["report", file.path().to_str().unwrap(), "--format", "json"], more].concat();
    let output = capmodel(&arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn has(report: &Value, code: &str) -> bool {
    report["findings"].as_array().unwrap().iter().any(|finding| finding["code"] == code)
}

/// Cluster API on Azure, kops on EC2 and kubeadm on Compute Engine run their own control planes; the versions are what
/// EKS (<https://docs.aws.amazon.com/eks/latest/userguide/platform-versions.html>) and GKE
/// (<https://docs.cloud.google.com/kubernetes-engine/docs/release-notes>) call theirs.
#[test]
fn a_control_plane_is_billed_if_a_provider_runs_it() {
    let azure = |more: Value| {
        let mut machine = json!({ "kind": "machine", "provider": "azure", "instance_type": "Standard_D4s_v5", "region": "eastus", "arch": "amd64" });
        more.as_object().unwrap().iter().for_each(|(key, value)| machine[key] = value.clone());
        machine
    };
    let aws = json!({ "kind": "machine", "provider": "aws", "instance_type": "m5.xlarge", "region": "us-east-1", "arch": "amd64" });
    let gcp = json!({ "kind": "machine", "provider": "gcp", "instance_type": "n2-standard-4", "region": "us-central1", "arch": "amd64" });
    let mut own = node("capz-control-plane-0", azure(json!({})), "v1.34.1");
    own["taints"] = json!([{ "key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule" }]);
    for (what, version, nodes, paid) in [
        ("AKS", "v1.34.1", vec![node("n", azure(json!({ "distribution": "aks" })), "v1.34.1")], true),
        ("AKS by name", "v1.34.1", vec![node("aks-np-1-vmss000000", azure(json!({})), "v1.34.1")], true),
        ("CAPZ", "v1.34.1", vec![node("capz-md-0", azure(json!({})), "v1.34.1"), own], false),
        ("EKS", "v1.34.1-eks-113cf36", vec![node("n", aws.clone(), "v1.34.1-eks-c39b1d0")], true),
        ("kops", "v1.34.1", vec![node("n", aws, "v1.34.1")], false),
        ("GKE", "v1.34.1-gke.1829001", vec![node("n", gcp.clone(), "v1.34.1-gke.1829001")], true),
        ("kubeadm", "v1.34.1", vec![node("n", gcp, "v1.34.1")], false),
    ] {
        let report = report(&file(version, &nodes, &[]), &[]);
        let lines = report["services"].as_array().unwrap();
        let found = lines.iter().any(|line| line["name"].as_str().unwrap().starts_with("control plane"));
        assert_eq!((found, has(&report, "control-plane-self-managed")), (paid, !paid), "{what}: {lines:?}");
    }
}

/// Autopilot bills Spot Pods at prices of their own
/// (<https://docs.cloud.google.com/kubernetes-engine/docs/how-to/autopilot-spot-pods>).
#[test]
fn spot_pods_of_autopilot_are_not_billed_like_other_pods() {
    let autopilot = |bought: &str| json!({ "kind": "autopilot", "provider": "gcp", "region": "us-central1", "arch": "amd64", "capacity_type": bought });
    let version = "v1.35.1-gke.1829001";
    let plain = node("gk3-c-plain", autopilot("on-demand"), version);
    let web = pod("web", "gk3-c-plain", json!({}));
    let alone = report(&file(version, std::slice::from_ref(&plain), std::slice::from_ref(&web)), &[]);
    assert!(!has(&alone, "spot-pods-unpriced") && alone["partial"] == false, "{}", alone["findings"]);
    let chosen = json!({ "placement": { "node_selector": { "cloud.google.com/gke-spot": "true" } } });
    for (bought, more) in [("spot", json!({})), ("on-demand", chosen)] {
        let spot = node("gk3-c-spot", autopilot(bought), version);
        let both =
            report(&file(version, &[plain.clone(), spot], &[web.clone(), pod("batch", "gk3-c-spot", more)]), &[]);
        assert_eq!(both["cost"], alone["cost"]);
        assert!(has(&both, "spot-pods-unpriced") && both["partial"] == true, "{both}");
        assert!(both["workloads"].as_array().unwrap().iter().any(|row| row["name"] == "batch-1"), "{both}");
    }
}

#[test]
fn an_estimate_takes_its_price_basis_from_the_nodes() {
    let arm = json!({ "kind": "machine", "provider": "aws", "instance_type": "m7g.xlarge", "region": "eu-west-1", "arch": "arm64", "capacity_type": "on-demand", "distribution": "eks" });
    let mut intel = arm.clone();
    (intel["instance_type"], intel["arch"]) = ("m6i.xlarge".into(), "amd64".into());
    let version = "v1.34.1-eks-113cf36";
    let all_arm = file(version, &[node("a", arm.clone(), version), node("b", arm.clone(), version)], &[]);
    let ask = |file: &tempfile::NamedTempFile, more: &[&str]| {
        let common = ["--rps", "500", "--profile", "go-gin", "--policy", "steady", "--samples", "0", "--cluster"];
        estimate(&[&common[..], &[file.path().to_str().unwrap()], more].concat())
    };
    let answer = ask(&all_arm, &[]);
    let message = |answer: &Value, code: &str| {
        let findings = answer["findings"].as_array().unwrap();
        findings.iter().find(|f| f["code"] == code).map(|f| f["message"].as_str().unwrap().to_owned())
    };
    let said = message(&answer, "settings-from-cluster").unwrap();
    assert!(said.contains("provider aws, region eu-west-1, architecture arm64, reservations of eks"), "{said}");
    assert_eq!(answer["estimates"][0]["cluster"]["pods_on_new_nodes"], 0, "{answer}");
    assert_eq!(message(&answer, "cluster-priced-elsewhere"), None);
    // Explicit flags take precedence over the nodes.
    let said = message(&ask(&all_arm, &["--arch", "amd64"]), "settings-from-cluster").unwrap();
    assert!(said.contains("eu-west-1") && !said.contains("architecture"), "{said}");
    let nodes = [node("a", arm.clone(), version), node("b", intel, version), node("c", arm, version)];
    let said = message(&ask(&file(version, &nodes, &[]), &[]), "cluster-nodes-mixed").unwrap();
    assert!(said.contains("amd64 on 1, arm64 on 2 (--arch overrides it)"), "{said}");
}

#[test]
fn a_user_defined_label_marks_spot_machines() {
    let mut machine = node(
        "n",
        json!({ "kind": "machine", "provider": "aws", "instance_type": "m5.xlarge", "region": "us-east-1", "arch": "amd64" }),
        "v1.34.1",
    );
    machine["scheduling_labels"] = json!({ "example.com/bid": "low" });
    let file = file("v1.34.1", &[machine], &[]);
    let bought = |more: &[&str]| report(&file, more)["nodes"][0]["capacity_type"].clone();
    assert_eq!((bought(&[]), bought(&["--spot-label", "example.com/bid=low"])), ("on-demand".into(), "spot".into()));
    assert!(has(&report(&file, &["--spot-label", "example.com/bid=high"]), "spot-label-unknown"));
}
