//! The rules that `capmodel rbac` prints are sufficient, and each of them is needed.

use std::path::Path;

use capmodel::inputs::files::read_snapshot_file;
use capmodel::inputs::kube::RESOURCES;
use capmodel::model::cluster::Snapshot;

use crate::check;
use crate::cluster::{Cluster, capmodel, text};

#[test]
fn the_printed_rules_are_sufficient_and_each_is_needed() {
    let cluster = Cluster::start();
    cluster.apply("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}");
    check::furnish(&cluster);
    let account = cluster.service_account("default", "reader");

    // Without rules, the read is refused with exit code 4 and without a file, and the error names the remedy.
    let (code, said) = snapshot(&cluster, &account, &[]).unwrap_err();
    assert_eq!(code, Some(4), "{said}");
    assert!(said.contains("403") && said.contains("capmodel rbac"), "{said}");
    assert!(!cluster.dir().join("s").exists());

    let role = rbac(&[]);
    cluster.apply(&role);
    cluster.kubectl(&[
        "create",
        "clusterrolebinding",
        "r",
        "--clusterrole=capmodel",
        "--serviceaccount=default:reader",
    ]);
    let (whole, _) = snapshot(&cluster, &account, &[]).unwrap();
    assert_eq!(refused(&whole), [""; 0]);
    assert!(whole.cluster.uid.is_some());
    assert_eq!(verbs_seen(&role), ["list"], "an account that reads can be given no less");

    check::everything_is_found(&cluster, &account);

    // Each kind of object that is removed from the rules is reported.
    for resource in RESOURCES {
        let without = without(&role, resource.group, resource.plural);
        assert_ne!(without, role, "{}", resource.name());
        cluster.apply(&without);
        cluster.wait_until("the API server to take the rules", |cluster| {
            let question =
                ["auth", "can-i", "list", &resource.name(), "-A", "--as", "system:serviceaccount:default:reader"];
            cluster.kubectl_may_fail(&question).trim() == "no"
        });
        match resource.name().as_str() {
            "nodes" | "pods" => {
                let (code, said) = snapshot(&cluster, &account, &[]).unwrap_err();
                assert_eq!(code, Some(4), "{said}");
                assert!(said.contains(&format!("access to {} denied (403)", resource.name())), "{said}");
            }
            name => assert_eq!(refused(&snapshot(&cluster, &account, &[]).unwrap().0), [name]),
        }
        check::exactly_this_is_missing(&account, resource);
    }

    a_role_in_one_namespace(&cluster);
    credentials_that_are_no_good(&cluster);
}

fn a_role_in_one_namespace(cluster: &Cluster) {
    let account = cluster.service_account("shop", "local");
    cluster.apply(&rbac(&["--namespace", "shop"]));
    cluster.kubectl(&["-n", "shop", "create", "rolebinding", "r", "--role=capmodel", "--serviceaccount=shop:local"]);
    cluster.apply(
        "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop}, spec: {nodeName: node-1, containers: [{name: c, \
         image: i, resources: {requests: {cpu: 500m, memory: 1Gi}}}]}}",
    );
    let (local, _) = snapshot(cluster, &account, &["--namespace", "shop"]).unwrap();
    assert_eq!((local.pods.len(), local.nodes.len(), local.namespaces.len()), (1, 0, 1));
    assert_eq!(local.only_namespaces.as_deref(), Some(&["shop".to_owned()][..]));
    let cluster_wide = ["nodes", "nodes.metrics.k8s.io", "persistentvolumes", "storageclasses.storage.k8s.io"];
    assert_eq!(refused(&local), cluster_wide);
    assert!(local.findings.iter().any(|finding| finding.code.as_str() == "cluster-uid-unknown"));

    check::in_one_namespace(cluster, &account);

    // Its pods are priced with the catalogue: 365 core-hours and 730 GiB-hours of the basis group.
    let config = account.to_str().unwrap();
    let output = capmodel(&["report", "--kubeconfig", config, "--namespace", "shop", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let quantities: Vec<&str> =
        report["services"].as_array().unwrap().iter().flat_map(|s| s["quantity"].as_str()).collect();
    assert_eq!(quantities, ["365", "730"]);
    assert_eq!((&report["partial"], &report["priced_node_hours_share"]), (&true.into(), &serde_json::Value::Null));
    let cost: f64 = report["cost"].as_str().unwrap().parse().unwrap();
    let sum = |service: &serde_json::Value| service["cost"].as_str().unwrap().parse::<f64>().unwrap();
    assert!(cost > 0.0 && (report["services"].as_array().unwrap().iter().map(sum).sum::<f64>() - cost).abs() < 1e-9);
    assert!(output.stdout.windows(24).any(|w| w == b"pods-at-catalogue-prices"));

    // The account cannot read the whole cluster or another namespace; a namespace that does not exist is reported.
    assert_eq!(snapshot(cluster, &account, &[]).unwrap_err().0, Some(4));
    assert_eq!(snapshot(cluster, &account, &["--namespace", "default"]).unwrap_err().0, Some(4));
    let admin = cluster.kubeconfig();
    let (code, said) = snapshot(cluster, &admin, &["--namespace", "shopp"]).unwrap_err();
    assert!(code == Some(4) && said.contains("namespace shopp not found"), "{said}");
}

fn credentials_that_are_no_good(cluster: &Cluster) {
    let wrong = cluster.kubeconfig_with_token("wrong", "eyJhbGciOiJub25lIn0.e30.");
    let (code, said) = snapshot(cluster, &wrong, &[]).unwrap_err();
    assert!(code == Some(4) && said.contains("(401)") && said.contains("log in"), "{said}");
    let (code, said) = snapshot(cluster, &cluster.kubeconfig(), &["--context", "other"]).unwrap_err();
    assert!(code == Some(3) && said.contains("other"), "{said}");
    let (code, said) = snapshot(cluster, Path::new("/nonexistent"), &[]).unwrap_err();
    assert!(code == Some(3) && said.contains("/nonexistent"), "{said}");
}

/// A snapshot and its messages, or the exit code and the error.
fn snapshot(cluster: &Cluster, config: &Path, flags: &[&str]) -> Result<(Snapshot, String), (Option<i32>, String)> {
    let file = cluster.dir().join("s");
    let base = ["snapshot", "-o", file.to_str().unwrap(), "--kubeconfig", config.to_str().unwrap()];
    let output = capmodel(&[&base, flags].concat());
    let said = text(&output.stderr);
    match output.status.code() {
        Some(0) => {
            let snapshot = read_snapshot_file(&file).unwrap();
            std::fs::remove_file(&file).unwrap();
            Ok((snapshot, said))
        }
        code => Err((code, said)),
    }
}

fn refused(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.findings.iter().filter(|f| f.code.as_str() == "access-refused").map(|f| f.subject.as_str()).collect()
}

fn rbac(flags: &[&str]) -> String {
    let output = capmodel(&[&["rbac"], flags].concat());
    assert_eq!(output.status.code(), Some(0));
    text(&output.stdout)
}

/// The rules without one kind of object; a rule without kinds is removed.
fn without(role: &str, group: &str, plural: &str) -> String {
    let marker = format!("  - apiGroups: [\"{group}\"]\n");
    let (before, rule) = role.split_once(&marker).unwrap();
    let (rule, after) = rule.split_at(rule.find("  - ").unwrap_or(rule.len()));
    let quoted = format!("\"{plural}\"");
    let kinds = rule.replace(&format!("{quoted}, "), "").replace(&format!(", {quoted}"), "").replace(&quoted, "");
    let rule = if kinds.contains("resources: []") { String::new() } else { format!("{marker}{kinds}") };
    format!("{before}{rule}{after}")
}

fn verbs_seen(role: &str) -> Vec<&str> {
    let mut verbs: Vec<&str> =
        role.lines().filter_map(|l| l.trim().strip_prefix("verbs: [\"")?.strip_suffix("\"]")).collect();
    verbs.sort_unstable();
    verbs.dedup();
    verbs
}
