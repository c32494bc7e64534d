//! A cluster in the form that the packer uses: free capacity of its nodes, its node types, and its pods.

mod rules;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::cluster::WorkloadId;
use crate::model::cluster::{
    HOSTNAME_LABEL, NOT_READY_TAINT, Node, OperatingSystem, Operator, Owners, Pod, Resources, Snapshot, Taint,
    TaintEffect, UNSCHEDULABLE_TAINT, Volume, ZONE_LABELS, pod_requests,
};
use crate::model::nodes::{Allocatable, Arch, CapacityType, DaemonSetOverhead, PodRequest};
use crate::model::packing;
use crate::model::packing::{ExistingNode, NodeKind, NodeOffer, PackWorkload, ZoneSpread, pack};
use crate::model::pricing::Candidate;
use crate::units::{Bytes, CpuMillis, MoneyPerHour};
pub use rules::NotModelled;

/// Number of new pods that the existing nodes take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// Number of pods that would be bound to a node.
    pub bound: u64,
    /// Ignored rules that may change the number.
    pub not_modelled: BTreeSet<NotModelled>,
}

/// A snapshot prepared for packing.
pub struct Cluster<'a> {
    snapshot: &'a Snapshot,
    owners: Owners<'a>,
    here: BTreeMap<&'a str, Vec<&'a Pod>>,
    volumes: BTreeMap<(&'a str, &'a str), &'a Volume>,
    /// Assumed requests of some workloads' pods instead of their own.
    requests: Option<&'a BTreeMap<WorkloadId, PodRequest>>,
}

impl<'a> Cluster<'a> {
    /// Reads the capacity of the nodes in a snapshot.
    pub fn new(snapshot: &'a Snapshot) -> Self {
        let mut here: BTreeMap<&str, Vec<&Pod>> = BTreeMap::new();
        for pod in snapshot.pods.iter().filter(|pod| !pod.is_terminated()) {
            if let Some(node) = &pod.node {
                here.entry(node).or_default().push(pod);
            }
        }
        let volumes = snapshot.volumes.iter();
        let volumes = volumes.filter_map(|v| v.claim.as_ref().map(|(n, c)| ((n.as_str(), c.as_str()), v))).collect();
        Self { snapshot, owners: Owners::new(&snapshot.workloads), here, volumes, requests: None }
    }

    /// The capacity of a snapshot in which the pods of these workloads have other requests.
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

    /// The nodes that are machines, in the order of their names; serverless nodes have no free capacity.
    fn machines(&self) -> impl Iterator<Item = &'a Node> {
        self.snapshot.nodes.iter().filter(|node| node.machine.kind.is_machine())
    }

    fn pods_on(&self, node: &Node) -> &[&'a Pod] {
        self.here.get(node.name.as_str()).map_or(&[], Vec::as_slice)
    }

    fn is_daemon(&self, pod: &Pod) -> bool {
        // A static pod belongs to its node, like a pod of a DaemonSet.
        self.owners.root_owner(pod).is_some_and(|owner| owner.kind == "DaemonSet" || owner.kind == "Node")
    }

    /// The free capacity of each node: allocatable less the requests of its pods. A node that is cordoned or not
    /// ready gets the taint that Kubernetes sets, so it takes no pods, but its zone still counts for the cluster.
    pub fn existing(&self) -> Vec<ExistingNode> {
        let room = |node: &Node| {
            let mut offer = offer(node, self.pods_on(node).iter().map(|pod| self.asked(pod)));
            offer.taints.extend(closed_by(node));
            ExistingNode { name: node.name.clone(), offer, zone: node.machine.zone.clone() }
        };
        self.machines().map(room).collect()
    }

    /// Number of new pods that the scheduler would bind to the existing nodes, out of `pods` pods equal to `pod`
    /// whose workload does not run yet. Other pending pods are ignored. `pod` must be from the same snapshot, because
    /// a snapshot only keeps node labels that its pods select on.
    pub fn fit(&self, pod: &Pod, pods: u64) -> Fit {
        let packing = pack(&[PackWorkload { pods, ..self.workload(pod) }], &[], &self.existing());
        let bound = packing.existing.iter().flat_map(|node| &node.pods).map(|placed| placed.pods).sum();
        Fit { bound, not_modelled: self.not_modelled_of(pod) }
    }

    /// The cluster's node types that have a price: the free capacity of a node that only runs its DaemonSets. Nodes
    /// of one type with different scheduling labels or taints are separate kinds.
    pub fn kinds(&self, price: impl Fn(&Node) -> Option<MoneyPerHour>) -> Vec<NodeKind> {
        let mut kinds: Vec<NodeKind> = Vec::new();
        for node in self.machines().filter(|node| node.ready) {
            let Some(price) = price(node) else { continue };
            let daemons = self.pods_on(node).iter().copied().filter(|pod| self.is_daemon(pod));
            let mut offer = offer(node, daemons.map(|pod| self.asked(pod)));
            // The host name is not a property of the type.
            offer.labels.remove(HOSTNAME_LABEL);
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
                    // Of similar nodes, the smallest free capacity counts: that of the node with the most DaemonSets.
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

    /// Replaces the allocatable of the types that the cluster has by what its nodes report; returns these types, in
    /// the order of the candidates.
    pub fn set_offered(&self, candidates: &mut [Candidate]) -> Vec<String> {
        let mut known = Vec::new();
        for candidate in candidates {
            if let Some(offered) = self.offered_by(&candidate.instance.name) {
                candidate.allocatable = offered;
                known.push(candidate.instance.name.clone());
            }
        }
        known
    }

    /// Mean requests of DaemonSet pods per node, over all nodes, rounded up.
    pub fn daemonset_overhead(&self) -> DaemonSetOverhead {
        let nodes = u64::try_from(self.snapshot.nodes.len()).unwrap_or(1).max(1);
        let (mut cpu, mut memory, mut pods) = (0_u64, 0_u64, 0_u64);
        for pod in self.here.values().flatten() {
            if pod.owner.as_ref().is_some_and(|owner| owner.kind == "DaemonSet") {
                let requests = pod_requests(pod);
                cpu = cpu.saturating_add(requests.cpu().millis());
                memory = memory.saturating_add(requests.memory().bytes());
                pods += 1;
            }
        }
        DaemonSetOverhead {
            cpu: CpuMillis::from_millis(cpu.div_ceil(nodes)),
            memory: Bytes::from_bytes(memory.div_ceil(nodes)),
            pods: u32::try_from(pods.div_ceil(nodes)).unwrap_or(u32::MAX),
        }
    }

    /// Allocatable as reported by the nodes of a type, the minimum of each value; `None` without such a node.
    fn offered_by(&self, instance_type: &str) -> Option<Allocatable> {
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

    /// Every pod on these machines that could run elsewhere; equal pods are merged.
    pub fn movable(&self, is_here: impl Fn(&Node) -> bool) -> Vec<PackWorkload> {
        let mut workloads: Vec<PackWorkload> = Vec::new();
        let mut known: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let here = self.machines().filter(|node| is_here(node));
        for pod in here.flat_map(|node| self.pods_on(node)).filter(|pod| !self.is_daemon(pod)) {
            let mut workload = self.workload(pod);
            // A new node has another host name, so this selector is dropped.
            workload.selector.remove(HOSTNAME_LABEL);
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

    /// One pod with the rules that the packer supports.
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
            // One term with one value is a selector; other forms are reported as ignored.
            if let [term] = placement.node_affinity.as_slice() {
                for rule in term.labels.iter().filter(|rule| rule.operator == Operator::In) {
                    if let [value] = rule.values.as_slice() {
                        workload.selector.insert(rule.key.clone(), value.clone());
                    }
                }
            }
            let apart = placement.anti_affinity.iter().any(|t| t.topology_key == HOSTNAME_LABEL && t.selects_siblings);
            workload.max_per_node = apart.then_some(1);
            let zones = placement.spread.iter().find(|s| s.topology_key == ZONE_LABELS[0] && s.selects_siblings);
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
                workload.selector.insert(ZONE_LABELS[0].to_owned(), zone.clone());
            }
        }
        workload
    }
}

/// Name of a node's type, with its purchase option.
pub fn kind_name(node: &Node) -> String {
    let spot = if node.machine.capacity_type == Some(CapacityType::Spot) { ", spot" } else { "" };
    format!("{}{spot}", node.machine.instance_type.as_deref().unwrap_or("unknown type"))
}

/// The taints that Kubernetes sets on a node that is cordoned or not ready.
fn closed_by(node: &Node) -> impl Iterator<Item = Taint> {
    let taint = |key: &str| Taint { key: key.to_owned(), value: String::new(), effect: TaintEffect::NoSchedule };
    let cordoned = node.unschedulable.then(|| taint(UNSCHEDULABLE_TAINT));
    let broken = (!node.ready).then(|| taint(NOT_READY_TAINT));
    cordoned.into_iter().chain(broken)
}

/// Converts requests, rounded up per pod like the scheduler does.
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

/// Free capacity and properties of a node with these pods.
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
    labels.remove(ZONE_LABELS[0]);
    NodeOffer {
        arch: node.machine.arch.unwrap_or(Arch::Amd64),
        free,
        free_pods,
        labels,
        taints: node.taints.iter().filter(|taint| taint.is_strict()).cloned().collect(),
    }
}
