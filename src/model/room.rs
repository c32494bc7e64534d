//! A cluster as the packer sees it: the room that its nodes have left, its types of nodes, its pods.

use std::collections::{BTreeMap, BTreeSet};

use super::cluster::{
    Node, NodeKind as Billing, Operator, Owners, Pod, Resources, Snapshot, Taint, TaintEffect, Toleration, Volume,
    pod_requests,
};
use super::packing::{self, ExistingNode, NodeKind, NodeOffer, PackWorkload};
use super::{Arch, CapacityType};
use crate::units::MoneyPerHour;

const ZONE: &str = "topology.kubernetes.io/zone";
const HOST: &str = "kubernetes.io/hostname";

/// A rule of placement that is not kept when pods are packed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotModelled {
    /// Whose.
    pub subject: String,
    /// What is not kept.
    pub message: String,
}

/// A snapshot, ready to be packed.
pub struct Cluster<'a> {
    snapshot: &'a Snapshot,
    owners: Owners<'a>,
    here: BTreeMap<&'a str, Vec<&'a Pod>>,
    volumes: BTreeMap<(&'a str, &'a str), &'a Volume>,
}

impl<'a> Cluster<'a> {
    /// Of one snapshot.
    pub fn new(snapshot: &'a Snapshot) -> Self {
        let mut here: BTreeMap<&str, Vec<&Pod>> = BTreeMap::new();
        for pod in snapshot.pods.iter().filter(|pod| !pod.is_over()) {
            if let Some(node) = &pod.node {
                here.entry(node).or_default().push(pod);
            }
        }
        let volumes = snapshot.volumes.iter();
        let volumes = volumes.filter_map(|v| v.claim.as_ref().map(|(n, c)| ((n.as_str(), c.as_str()), v))).collect();
        Self { snapshot, owners: Owners::new(&snapshot.workloads), here, volumes }
    }

    /// Machines, in the order of their names; what has no machine has no room to give.
    fn machines(&self) -> impl Iterator<Item = &'a Node> {
        let billed = |node: &&Node| matches!(node.machine.kind, Billing::Machine | Billing::EksAutoMode);
        self.snapshot.nodes.iter().filter(billed)
    }

    fn pods_on(&self, node: &Node) -> &[&'a Pod] {
        self.here.get(node.name.as_str()).map_or(&[], Vec::as_slice)
    }

    fn is_daemon(&self, pod: &Pod) -> bool {
        // A static pod belongs to its node, as a pod of a DaemonSet does.
        self.owners.top(pod).is_some_and(|owner| owner.kind == "DaemonSet" || owner.kind == "Node")
    }

    /// The room on each node that takes pods: what it offers, less what its pods have reserved.
    pub fn existing(&self) -> Vec<ExistingNode> {
        let open = self.machines().filter(|node| node.ready && !node.unschedulable);
        open.map(|node| {
            let pods = self.pods_on(node);
            ExistingNode {
                name: node.name.clone(),
                offer: offer(node, pods.iter().copied()),
                zone: node.machine.zone.clone(),
            }
        })
        .collect()
    }

    /// The types of nodes of the cluster that have a price: what one offers while only its DaemonSets run on it. Nodes of
    /// one type whose labels and taints differ for pods are types of their own.
    pub fn kinds(&self, price: impl Fn(&Node) -> Option<MoneyPerHour>) -> Vec<NodeKind> {
        let mut kinds: Vec<NodeKind> = Vec::new();
        for node in self.machines().filter(|node| node.ready) {
            let Some(price) = price(node) else { continue };
            let daemons = self.pods_on(node).iter().copied().filter(|pod| self.is_daemon(pod));
            let mut offer = offer(node, daemons);
            // The name of a host is no property of a type.
            offer.labels.remove(HOST);
            let spot = if node.machine.capacity_type == Some(CapacityType::Spot) { ", spot" } else { "" };
            let name = format!("{}{spot}", node.machine.instance_type.as_deref().unwrap_or("unknown type"));
            let zones: Vec<String> = node.machine.zone.iter().cloned().collect();
            let alike = |kind: &&mut NodeKind| {
                kind.name == name
                    && kind.price == price
                    && kind.offer.labels == offer.labels
                    && kind.offer.taints == offer.taints
            };
            match kinds.iter_mut().find(alike) {
                Some(kind) => {
                    // Of nodes alike the least room counts: that with the most DaemonSets.
                    kind.offer.free.cpu = kind.offer.free.cpu.min(offer.free.cpu);
                    kind.offer.free.memory = kind.offer.free.memory.min(offer.free.memory);
                    kind.offer.free_pods = kind.offer.free_pods.min(offer.free_pods);
                    kind.zones.extend(zones);
                    kind.zones.sort();
                    kind.zones.dedup();
                }
                None => kinds.push(NodeKind { name, candidate: 0, offer, zones, price }),
            }
        }
        for (position, kind) in kinds.iter_mut().enumerate() {
            kind.candidate = position;
        }
        kinds
    }

    /// Every pod on a machine that could run elsewhere, those that are alike together.
    pub fn movable(&self) -> Vec<PackWorkload> {
        let mut workloads: Vec<PackWorkload> = Vec::new();
        let mut known: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for pod in self.machines().flat_map(|node| self.pods_on(node)).filter(|pod| !self.is_daemon(pod)) {
            let workload = self.workload(pod);
            let alike = known.entry(workload.name.clone()).or_default();
            let same = alike.iter().copied().find(|at| PackWorkload { pods: 1, ..workloads[*at].clone() } == workload);
            match same {
                Some(at) => workloads[at].pods += 1,
                None => {
                    alike.push(workloads.len());
                    workloads.push(workload);
                }
            }
        }
        workloads
    }

    /// One pod with the rules that the packer knows.
    fn workload(&self, pod: &Pod) -> PackWorkload {
        let requests = pod_requests(pod);
        let owner = self.owners.top(pod);
        let name = match owner {
            Some(owner) => format!("{}/{}/{}", pod.namespace, owner.kind, owner.name),
            None => format!("{}/Pod/{}", pod.namespace, pod.name),
        };
        let mut workload = PackWorkload {
            name,
            pods: 1,
            request: amounts(&requests),
            arch: None,
            selector: BTreeMap::new(),
            tolerations: self.tolerated(&[]),
            max_zone_skew: None,
            max_per_node: None,
        };
        if let Some(placement) = pod.placement.as_deref() {
            workload.tolerations = self.tolerated(&placement.tolerations);
            workload.selector.clone_from(&placement.node_selector);
            // One term with one value is a selector; anything else is said not to be kept.
            if let [term] = placement.node_affinity.as_slice() {
                for rule in term.labels.iter().filter(|rule| rule.operator == Operator::In) {
                    if let [value] = rule.values.as_slice() {
                        workload.selector.insert(rule.key.clone(), value.clone());
                    }
                }
            }
            let apart = placement.anti_affinity.iter().any(|t| t.topology_key == HOST && t.selects_siblings);
            workload.max_per_node = apart.then_some(1);
            let zones = placement.spread.iter().find(|s| s.topology_key == ZONE && s.selects_siblings);
            workload.max_zone_skew = zones.map(|spread| u64::from(spread.max_skew));
        }
        workload.selector.remove(HOST);
        for claim in &pod.claims {
            if let Some([zone]) =
                self.volumes.get(&(pod.namespace.as_str(), claim.as_str())).map(|v| v.zones.as_slice())
            {
                workload.selector.insert(ZONE.to_owned(), zone.clone());
            }
        }
        workload
    }

    /// Keys of the cluster's taints of which a pod with these tolerations bears all.
    fn tolerated(&self, tolerations: &[Toleration]) -> BTreeSet<String> {
        let taints: Vec<&Taint> = self.machines().flat_map(|node| keeping_off(&node.taints)).collect();
        let borne = |taint: &&&Taint| tolerations.iter().any(|toleration| bears(toleration, taint));
        let not: BTreeSet<&str> = taints.iter().filter(|taint| !borne(taint)).map(|taint| taint.key.as_str()).collect();
        taints.iter().map(|t| t.key.as_str()).filter(|key| !not.contains(key)).map(ToOwned::to_owned).collect()
    }

    /// Rules of the cluster's pods that the packer does not keep.
    pub fn not_modelled(&self) -> BTreeSet<NotModelled> {
        let mut rules: BTreeMap<&'static str, u64> = BTreeMap::new();
        for pod in self.machines().flat_map(|node| self.pods_on(node)).filter(|pod| !self.is_daemon(pod)) {
            let Some(placement) = pod.placement.as_deref() else { continue };
            let plain = |term: &super::cluster::NodeTerm| {
                term.fields.is_empty()
                    && term.labels.iter().all(|rule| rule.operator == Operator::In && rule.values.len() == 1)
            };
            let other = |key: &str, siblings: bool| !(key == HOST && siblings);
            for (rule, is) in [
                ("node affinity with alternatives or fields", {
                    placement.node_affinity.len() > 1 || !placement.node_affinity.iter().all(plain)
                }),
                ("pod affinity", !placement.affinity.is_empty()),
                ("anti-affinity beyond the pods of one workload on one node", {
                    placement.anti_affinity.iter().any(|term| other(&term.topology_key, term.selects_siblings))
                }),
                ("spread over anything but zones", placement.spread.iter().any(|s| s.topology_key != ZONE)),
            ] {
                *rules.entry(rule).or_default() += u64::from(is);
            }
        }
        let known = rules.into_iter().filter(|(_, pods)| *pods > 0);
        known
            .map(|(rule, pods)| NotModelled {
                subject: "placement".to_owned(),
                message: format!("{rule}: {pods} pods have such rules, which are not kept when pods are packed anew"),
            })
            .collect()
    }
}

/// Taints that keep pods away, and not those that only discourage.
fn keeping_off(taints: &[Taint]) -> impl Iterator<Item = &Taint> {
    taints.iter().filter(|taint| taint.effect != TaintEffect::PreferNoSchedule)
}

fn bears(toleration: &Toleration, taint: &Taint) -> bool {
    toleration.key.as_ref().is_none_or(|key| *key == taint.key)
        && toleration.value.as_ref().is_none_or(|value| *value == taint.value)
        && toleration.effect.is_none_or(|effect| effect == taint.effect)
}

fn amounts(resources: &Resources) -> packing::Resources {
    let plain = ["cpu", "memory", "pods", "ephemeral-storage"];
    packing::Resources {
        cpu: resources.cpu(),
        memory: resources.memory(),
        extended: resources
            .iter()
            .filter(|(name, _)| !plain.contains(name))
            .map(|(name, _)| (name.to_owned(), resources.whole(name)))
            .filter(|(_, amount)| *amount > 0)
            .collect(),
    }
}

/// What a node has left beside these pods.
fn offer<'p>(node: &Node, pods: impl Iterator<Item = &'p Pod>) -> NodeOffer {
    let mut taken = Resources::default();
    let mut count = 0;
    for pod in pods {
        taken.add(&pod_requests(pod));
        count += 1;
    }
    let has = amounts(&node.allocatable);
    let taken = amounts(&taken);
    let left = |(name, has): (&String, &u64)| {
        let left = has.saturating_sub(taken.extended.get(name).copied().unwrap_or(0));
        (name.clone(), left)
    };
    let mut labels = node.scheduling_labels.clone();
    labels.remove(ZONE);
    NodeOffer {
        arch: node.machine.arch.unwrap_or(Arch::Amd64),
        free: packing::Resources {
            cpu: has.cpu.saturating_sub(taken.cpu),
            memory: has.memory.saturating_sub(taken.memory),
            extended: has.extended.iter().map(left).collect(),
        },
        free_pods: node.allocatable.whole("pods").saturating_sub(count),
        labels,
        taints: keeping_off(&node.taints).map(|taint| taint.key.clone()).collect(),
    }
}
