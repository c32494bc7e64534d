//! A random cluster and a Deployment for it, with every scheduling rule that the model supports in unusual
//! combinations.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};

use super::ZONE;

/// Cluster and Deployment of one seed.
pub(super) struct Random {
    pub(super) nodes: Vec<Value>,
    /// Pods that are already bound.
    pub(super) bound: Vec<Value>,
    /// Pod spec of the Deployment.
    pub(super) spec: Value,
    pub(super) replicas: u64,
    /// Names of the rules in the spec, for readers of the table.
    pub(super) rules: Vec<&'static str>,
}

/// The labels of the Deployment's pods.
pub(super) fn labels() -> Value {
    json!({"app": "fit"})
}

pub(super) fn random(seed: u64) -> Random {
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed));
    let zones = dice.between(1, 4);
    let mut nodes: Vec<Value> = (0..dice.between(4, 16)).map(|number| node(&mut dice, number, zones)).collect();
    if dice.chance(40) {
        close_a_zone(&mut dice, &mut nodes);
    }
    let mut bound = Vec::new();
    for node in &nodes {
        for number in 0..dice.between(0, 4) {
            let name = node["metadata"]["name"].as_str().unwrap();
            let mut spec = shape(&mut dice);
            spec["nodeName"] = json!(name);
            // Otherwise those on a node with a NoExecute taint would be evicted.
            spec["tolerations"] = json!([{"operator": "Exists"}]);
            bound.push(json!({"apiVersion": "v1", "kind": "Pod", "spec": spec,
                "metadata": {"name": format!("{name}-{number}"), "namespace": "default", "labels": {"app": "other"}}}));
        }
    }
    let mut spec = shape(&mut dice);
    let rules = rules(&mut dice, &mut spec);
    Random { nodes, bound, spec, replicas: dice.between(3, 50), rules }
}

fn node(dice: &mut Dice, number: u64, zones: u64) -> Value {
    let name = format!("fit-{number:02}");
    let mut labels = json!({"kubernetes.io/hostname": name, "kubernetes.io/os": "linux",
        "kubernetes.io/arch": dice.one(&["amd64", "amd64", "amd64", "arm64"])});
    if !dice.chance(10) {
        labels[ZONE] = json!(format!("z{}", dice.between(0, zones - 1)));
    }
    if dice.chance(70) {
        labels["pool"] = json!(dice.one(&["web", "batch"]));
    }
    if dice.chance(50) {
        labels["acme.example/disk"] = json!("ssd");
    }
    let mut offered = json!({
        "cpu": dice.one(&["1930m", "2", "3920m", "4", "7910m"]),
        "memory": dice.one(&["1931Mi", "3300000Ki", "7Gi", "15Gi"]),
        "pods": dice.one(&["5", "8", "17", "110"]),
        "ephemeral-storage": dice.one(&["6Gi", "20Gi", "100Gi"]),
    });
    if dice.chance(50) {
        offered["example.com/widget"] = json!(dice.one(&["2", "5"]));
    }
    let mut taints = Vec::new();
    for effect in ["NoSchedule", "NoExecute", "PreferNoSchedule"] {
        if dice.chance(12) {
            taints.push(json!({"key": "dedicated", "value": dice.one(&["a", "b", ""]), "effect": effect}));
        }
    }
    json!({"apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": labels, "annotations": {"kwok.x-k8s.io/node": "fake"}},
        "spec": {"taints": taints, "unschedulable": dice.chance(15)},
        "status": {"allocatable": offered.clone(), "capacity": offered}})
}

/// All nodes of the first zone are tainted: whether the zone counts for a topology spread depends on its node policies.
fn close_a_zone(dice: &mut Dice, nodes: &mut [Value]) {
    let cordon = dice.chance(50);
    for node in nodes.iter_mut().filter(|node| node["metadata"]["labels"][ZONE] == "z0") {
        if cordon {
            node["spec"]["unschedulable"] = json!(true);
        } else {
            node["spec"]["taints"] = json!([{"key": "dedicated", "value": "a", "effect": "NoSchedule"}]);
        }
    }
}

/// Containers of different kinds, small compared with a node.
fn shape(dice: &mut Dice) -> Value {
    let mut spec = json!({"containers": [container(dice, "main")]});
    if dice.chance(20) {
        spec["containers"].as_array_mut().unwrap().push(container(dice, "beside"));
    }
    let mut before = Vec::new();
    if dice.chance(25) {
        let mut sidecar = container(dice, "sidecar");
        sidecar["restartPolicy"] = json!("Always");
        before.push(sidecar);
    }
    if dice.chance(25) {
        let mut init = container(dice, "init");
        let amounts = json!({"cpu": dice.one(&["100m", "700m"]), "memory": dice.one(&["100Mi", "1Gi"])});
        init["resources"] = json!({"requests": amounts});
        before.insert(usize::try_from(dice.between(0, before.len() as u64)).unwrap(), init);
    }
    spec["initContainers"] = json!(before);
    if dice.chance(15) {
        spec["runtimeClassName"] = json!("sandboxed");
    }
    spec
}

fn container(dice: &mut Dice, name: &str) -> Value {
    let mut amounts = json!({
        "cpu": dice.one(&["0", "10m", "100m", "130m", "250m", "500m"]),
        "memory": dice.one(&["0", "16Mi", "64Mi", "100M", "200Mi", "700Mi"]),
    });
    if dice.chance(15) {
        amounts["ephemeral-storage"] = json!(dice.one(&["100Mi", "1Gi", "3Gi"]));
    }
    // Limits without requests become requests; an extended resource needs a limit.
    let resources = match dice.between(0, 11) {
        0 => json!({"requests": amounts, "limits": {"example.com/widget": "1"}}),
        1 => json!({"limits": amounts}),
        _ => json!({"requests": amounts}),
    };
    json!({"name": name, "image": "registry.example/fit:1", "resources": resources})
}

/// Scheduling rules, and their names.
fn rules(dice: &mut Dice, spec: &mut Value) -> Vec<&'static str> {
    let mut rules = Vec::new();
    let mut selector = json!({});
    if dice.chance(15) {
        selector["pool"] = json!(dice.one(&["web", "batch"]));
    }
    if dice.chance(10) {
        selector["kubernetes.io/arch"] = json!(dice.one(&["amd64", "arm64"]));
    }
    if dice.chance(8) {
        selector[ZONE] = json!(dice.one(&["z0", "z0", "z0", "z1", "z9"]));
    }
    if dice.chance(4) {
        selector["kubernetes.io/hostname"] = json!("fit-01");
    }
    if !selector.as_object().unwrap().is_empty() {
        rules.push("selector");
    }
    spec["nodeSelector"] = selector;
    let mut affinity = json!({});
    if dice.chance(15) {
        rules.push("affinity");
        affinity["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] = json!({"nodeSelectorTerms": [
            {"matchExpressions": [{"key": "acme.example/disk", "operator": "In", "values": ["ssd"]}]}]});
    }
    if dice.chance(20) {
        rules.push("preference");
        affinity["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] = json!([{"weight": 100,
            "preference": {"matchExpressions": [{"key": "pool", "operator": "In", "values": ["none", "web"]}]}}]);
    }
    let siblings = json!({"matchLabels": labels()});
    if dice.chance(25) {
        rules.push("anti-affinity");
        affinity["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"] =
            json!([{"labelSelector": siblings, "topologyKey": "kubernetes.io/hostname"}]);
    }
    spec["affinity"] = affinity;
    let tolerations: Vec<Value> = (0..dice.between(0, 2)).map(|_| toleration(dice)).collect();
    if !tolerations.is_empty() {
        rules.push("tolerations");
    }
    spec["tolerations"] = json!(tolerations);
    if dice.chance(50) {
        rules.push("spread");
        let mut spread = json!({"topologyKey": ZONE, "maxSkew": dice.between(1, 3), "labelSelector": siblings,
            "whenUnsatisfiable": "DoNotSchedule"});
        if dice.chance(30) {
            spread["minDomains"] = json!(dice.between(1, 4));
        }
        if dice.chance(30) {
            spread["nodeAffinityPolicy"] = json!(dice.one(&["Honor", "Ignore"]));
        }
        if dice.chance(50) {
            spread["nodeTaintsPolicy"] = json!(dice.one(&["Honor", "Honor", "Honor", "Ignore"]));
        }
        let preferred = json!({"topologyKey": "kubernetes.io/hostname", "maxSkew": 1, "labelSelector": siblings,
            "whenUnsatisfiable": "ScheduleAnyway"});
        spec["topologySpreadConstraints"] = json!([spread, preferred]);
    }
    rules
}

fn toleration(dice: &mut Dice) -> Value {
    let value = dice.one(&["a", "b", ""]);
    match dice.between(0, 6) {
        0 => json!({"operator": "Exists"}),
        1 => json!({"operator": "Exists", "effect": "NoSchedule"}),
        2 => json!({"key": "dedicated", "operator": "Exists"}),
        3 => json!({"key": "dedicated", "operator": "Exists", "effect": "NoExecute"}),
        4 => json!({"key": "dedicated", "operator": "Equal", "value": value}),
        5 => json!({"key": "dedicated", "value": value, "effect": "NoSchedule"}),
        _ => json!({"key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule"}),
    }
}

struct Dice(ChaCha8Rng);

impl Dice {
    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.0.next_u64() % (high - low + 1)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.between(0, 99) < percent
    }

    fn one(&mut self, of: &[&'static str]) -> &'static str {
        of[usize::try_from(self.between(0, of.len() as u64 - 1)).unwrap()]
    }
}
