//! A cluster as the packer sees it: the room that its nodes have left, its types of nodes, its pods.

mod rules;

use std::collections::{BTreeMap, BTreeSet};

use super::cluster::{
    Node, OperatingSystem, Operator, Owners, Pod, Resources, Snapshot, Taint, TaintEffect, Volume, pod_requests,
};
use super::packing::{self, ExistingNode, NodeKind, NodeOffer, PackWorkload, ZoneSpread, pack};
use super::rightsizing::PodRequest;
use super::usage::WorkloadId;
use super::{Allocatable, Arch, CapacityType};
use crate::units::MoneyPerHour;
pub use rules::NotModelled;

const ZONE: &str = "topology.kubernetes.io/zone";
const HOST: &str = "kubernetes.io/hostname";

/// How many new pods the nodes that run take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// Pods that are bound to a node.
    pub bound: u64,
    /// Rules that may make it another number.
    pub not_modelled: BTreeSet<NotModelled>,
}

/// A snapshot, ready to be packed.
pub struct Cluster<'a> {
    snapshot: &'a Snapshot,
    owners: Owners<'a>,
    here: BTreeMap<&'a str, Vec<&'a Pod>>,
    volumes: BTreeMap<(&'a str, &'a str), &'a Volume>,
    /// What pods of some workloads are taken to request, whatever they do.
    requests: Option<&'a BTreeMap<WorkloadId, PodRequest>>,
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
        Self { snapshot, owners: Owners::new(&snapshot.workloads), here, volumes, requests: None }
    }

    /// Of one snapshot in which the pods of these workloads request something else.
    pub fn with_requests(snapshot: &'a Snapshot, requests: &'a BTreeMap<WorkloadId, PodRequest>) -> Self {
        Self { requests: Some(requests), ..Self::new(snapshot) }
    }

    fn asked(&self, pod: &Pod) -> packing::Resources {
        let mut asked = amounts(&pod_requests(pod));
        if let Some(request) = self.requests.and_then(|requests| requests.get(&self.owners.workload(pod))) {
            (asked.cpu, asked.memory) = (request.cpu, request.memory);
        }
        asked
    }

    /// Machines, in the order of their names; what has no machine has no room to give.
    fn machines(&self) -> impl Iterator<Item = &'a Node> {
        self.snapshot.nodes.iter().filter(|node| node.machine.kind.is_machine())
    }

    fn pods_on(&self, node: &Node) -> &[&'a Pod] {
        self.here.get(node.name.as_str()).map_or(&[], Vec::as_slice)
    }

    fn is_daemon(&self, pod: &Pod) -> bool {
        // A static pod belongs to its node, as a pod of a DaemonSet does.
        self.owners.top(pod).is_some_and(|owner| owner.kind == "DaemonSet" || owner.kind == "Node")
    }

    /// The room on each node: what it offers, less what its pods have reserved. A node that is closed takes no pod, as it has
    /// the taint that Kubernetes gives it; its zone is one of the cluster's all the same.
    pub fn existing(&self) -> Vec<ExistingNode> {
        let room = |node: &Node| {
            let mut offer = offer(node, self.pods_on(node).iter().map(|pod| self.asked(pod)));
            offer.taints.extend(closed_by(node));
            ExistingNode { name: node.name.clone(), offer, zone: node.machine.zone.clone() }
        };
        self.machines().map(room).collect()
    }

    /// How many of so many new pods, all like `pod` and of a workload of which none runs yet, the scheduler would bind to the
    /// nodes that run. Other pods that wait are not thought of. `pod` is one of the snapshot's, where only labels of nodes
    /// are kept that its pods choose by.
    pub fn fit(&self, pod: &Pod, pods: u64) -> Fit {
        let packing = pack(&[PackWorkload { pods, ..self.workload(pod) }], &[], &self.existing());
        let bound = packing.existing.iter().flat_map(|node| &node.pods).map(|placed| placed.pods).sum();
        Fit { bound, not_modelled: self.not_modelled_of(pod) }
    }

    /// The types of nodes of the cluster that have a price: what one offers while only its DaemonSets run on it. Nodes of
    /// one type whose labels and taints differ for pods are types of their own.
    pub fn kinds(&self, price: impl Fn(&Node) -> Option<MoneyPerHour>) -> Vec<NodeKind> {
        let mut kinds: Vec<NodeKind> = Vec::new();
        for node in self.machines().filter(|node| node.ready) {
            let Some(price) = price(node) else { continue };
            let daemons = self.pods_on(node).iter().copied().filter(|pod| self.is_daemon(pod));
            let mut offer = offer(node, daemons.map(|pod| self.asked(pod)));
            // The name of a host is no property of a type.
            offer.labels.remove(HOST);
            let name = kind_name(node);
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

    /// What the nodes of a type say that they offer, the least of each where they differ; `None` without such a node.
    pub fn offered_by(&self, instance_type: &str) -> Option<Allocatable> {
        let of_type = |node: &&Node| {
            let said = !node.allocatable.is_empty() && node.machine.os == OperatingSystem::Linux;
            said && node.machine.instance_type.as_deref() == Some(instance_type)
        };
        let offered = self.machines().filter(of_type).map(|node| {
            let (offers, memory) = (&node.allocatable, node.allocatable.memory());
            let max_pods = u32::try_from(offers.whole("pods")).unwrap_or(u32::MAX);
            Allocatable { cpu: offers.cpu(), memory, memory_estimate: memory, max_pods }
        });
        offered.reduce(|a, b| Allocatable {
            cpu: a.cpu.min(b.cpu),
            memory: a.memory.min(b.memory),
            memory_estimate: a.memory.min(b.memory),
            max_pods: a.max_pods.min(b.max_pods),
        })
    }

    /// Every pod on one of these machines that could run elsewhere, those that are alike together.
    pub fn movable(&self, is_here: impl Fn(&Node) -> bool) -> Vec<PackWorkload> {
        let mut workloads: Vec<PackWorkload> = Vec::new();
        let mut known: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let here = self.machines().filter(|node| is_here(node));
        for pod in here.flat_map(|node| self.pods_on(node)).filter(|pod| !self.is_daemon(pod)) {
            let mut workload = self.workload(pod);
            // It would not run on that host anew.
            workload.selector.remove(HOST);
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
        let mut workload = PackWorkload {
            name: self.owners.workload(pod).to_string(),
            pods: 1,
            request: self.asked(pod),
            arch: None,
            selector: BTreeMap::new(),
            tolerations: Vec::new(),
            zone_spread: None,
            max_per_node: None,
        };
        if let Some(placement) = pod.placement.as_deref() {
            workload.tolerations.clone_from(&placement.tolerations);
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
            workload.zone_spread = zones.map(|spread| ZoneSpread {
                max_skew: u64::from(spread.max_skew),
                min_domains: spread.min_domains.map_or(1, u64::from),
                honors_affinity: !spread.ignores_affinity,
                honors_taints: spread.honors_taints,
            });
        }
        for claim in &pod.claims {
            if let Some([zone]) =
                self.volumes.get(&(pod.namespace.as_str(), claim.as_str())).map(|v| v.zones.as_slice())
            {
                workload.selector.insert(ZONE.to_owned(), zone.clone());
            }
        }
        workload
    }
}

/// What a node's type is called, with how it is bought.
pub fn kind_name(node: &Node) -> String {
    let spot = if node.machine.capacity_type == Some(CapacityType::Spot) { ", spot" } else { "" };
    format!("{}{spot}", node.machine.instance_type.as_deref().unwrap_or("unknown type"))
}

/// The taints that Kubernetes gives a node that is cordoned or does not work.
fn closed_by(node: &Node) -> impl Iterator<Item = Taint> {
    let taint = |key: &str| Taint { key: key.to_owned(), value: String::new(), effect: TaintEffect::NoSchedule };
    let cordoned = node.unschedulable.then(|| taint("node.kubernetes.io/unschedulable"));
    let broken = (!node.ready).then(|| taint("node.kubernetes.io/not-ready"));
    cordoned.into_iter().chain(broken)
}

/// Rounded up pod by pod, as the scheduler does.
fn amounts(resources: &Resources) -> packing::Resources {
    let plain = ["cpu", "memory", "pods"];
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
fn offer(node: &Node, pods: impl Iterator<Item = packing::Resources>) -> NodeOffer {
    let mut free = amounts(&node.allocatable);
    let mut free_pods = node.allocatable.whole("pods");
    for taken in pods {
        free.cpu = free.cpu.saturating_sub(taken.cpu);
        free.memory = free.memory.saturating_sub(taken.memory);
        for (name, amount) in &mut free.extended {
            *amount = amount.saturating_sub(taken.extended.get(name).copied().unwrap_or(0));
        }
        free_pods = free_pods.saturating_sub(1);
    }
    let mut labels = node.scheduling_labels.clone();
    labels.remove(ZONE);
    NodeOffer {
        arch: node.machine.arch.unwrap_or(Arch::Amd64),
        free,
        free_pods,
        labels,
        taints: node.taints.iter().filter(|taint| taint.is_strict()).cloned().collect(),
    }
}
