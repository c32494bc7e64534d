//! Scheduling rules that the model does not support must be reported.

use capmodel::model::packing::capacity::Fit;
use serde_json::{Value, json};

use super::random::labels;
use super::{ZONE, fit, list, sample, snapshot};
use crate::cluster::Cluster;

/// Text of the finding for each rule.
const RULES: [&str; 10] = [
    "alternatives",
    "fields",
    "pod affinity",
    "anti-affinity beyond",
    "anti-affinity beyond",
    "topology spread other than by zone",
    "spread that counts other pods",
    "host ports",
    "volume constraints",
    "preemption",
];

pub(super) fn priority_class() -> Value {
    json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": "high"}, "value": 1000})
}

/// The pod with an unsupported rule, and the text of its finding.
pub(super) fn pod(seed: u64, spec: &Value) -> (&'static str, Value) {
    let rule = usize::try_from(seed).unwrap() % RULES.len();
    let mut spec = spec.clone();
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    let own = json!({"labelSelector": {"matchLabels": labels()}, "topologyKey": ZONE});
    let others = json!({"labelSelector": {"matchLabels": {"app": "other"}}, "topologyKey": "kubernetes.io/hostname"});
    let spread = |rule: &Value| {
        let mut spread = rule.clone();
        spread["maxSkew"] = json!(1);
        spread["whenUnsatisfiable"] = json!("DoNotSchedule");
        spread
    };
    match rule {
        0 => {
            spec["affinity"]["nodeAffinity"][required]["nodeSelectorTerms"] = json!([{"matchExpressions":
                [{"key": "pool", "operator": "In", "values": ["web", "batch"]}]}]);
        }
        1 => {
            spec["affinity"]["nodeAffinity"][required]["nodeSelectorTerms"] = json!([{"matchFields":
                [{"key": "metadata.name", "operator": "In", "values": ["fit-00"]}]}]);
        }
        2 => spec["affinity"]["podAffinity"][required] = json!([others]),
        3 => spec["affinity"]["podAntiAffinity"][required] = json!([others]),
        4 => spec["affinity"]["podAntiAffinity"][required] = json!([own]),
        5 => {
            let mut hosts = own;
            hosts["topologyKey"] = json!("kubernetes.io/hostname");
            spec["topologySpreadConstraints"] = json!([spread(&hosts)]);
        }
        6 => {
            let mut zones = others;
            zones["topologyKey"] = json!(ZONE);
            spec["topologySpreadConstraints"] = json!([spread(&zones)]);
        }
        7 => spec["containers"][0]["ports"] = json!([{"containerPort": 80, "hostPort": 8080}]),
        8 => spec["volumes"] = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]),
        _ => spec["priorityClassName"] = json!("high"),
    }
    (RULES[rule], spec)
}

pub(super) fn is_said(rule: &str, fit: &Fit) {
    let said: Vec<&str> = fit.not_modelled.iter().map(|rule| rule.message.as_str()).collect();
    assert!(said.iter().any(|message| message.contains(rule)), "{rule}: {said:?}");
}

/// Running pods may repel new pods by anti-affinity; a snapshot does not contain which pods they mean.
pub(super) fn others_that_keep_pods_off(cluster: &Cluster) {
    let mut guard = sample("guard", &json!({"containers": [{"name": "c", "image": "i"}]}));
    guard["metadata"]["labels"] = json!({"app": "guard"});
    guard["spec"]["nodeName"] = json!("fit-00");
    guard["spec"]["tolerations"] = json!([{"operator": "Exists"}]);
    guard["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
        json!([{"labelSelector": {"matchLabels": labels()}, "topologyKey": ZONE}]);
    cluster.apply(&list(&[guard]));
    is_said("running pods may exclude these pods from nodes", &fit(&snapshot(cluster), "sample", 1));
}
