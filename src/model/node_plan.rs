//! Nodes of one instance type for the pods of one workload: exact integer arithmetic.

use super::{Allocatable, Candidate};
use crate::units::{Bytes, CpuMillis, MoneyPerHour};

/// What every node gives away to pods that run everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaemonSetOverhead {
    /// CPU requests of the DaemonSets on one node.
    pub cpu: CpuMillis,
    /// Their memory requests.
    pub memory: Bytes,
    /// Their pods.
    pub pods: u32,
}

/// What a pod asks of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodRequest {
    /// CPU request.
    pub cpu: CpuMillis,
    /// Memory request.
    pub memory: Bytes,
}

/// The resource of a node that runs out first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeResource {
    /// Millicores.
    Cpu,
    /// Bytes.
    Memory,
    /// Pod addresses.
    Pods,
}

impl NodeResource {
    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Pods => "pods",
        }
    }
}

/// How many pods of one kind fit on an empty node, and the resource that runs out first.
pub fn pods_per_node(node: &Allocatable, overhead: &DaemonSetOverhead, pod: &PodRequest) -> (u64, NodeResource) {
    let by_cpu = node.cpu.saturating_sub(overhead.cpu).millis() / pod.cpu.millis().max(1);
    let by_memory = node.memory.saturating_sub(overhead.memory).bytes() / pod.memory.bytes().max(1);
    let by_pods = u64::from(node.max_pods.saturating_sub(overhead.pods));
    [(by_cpu, NodeResource::Cpu), (by_memory, NodeResource::Memory), (by_pods, NodeResource::Pods)]
        .into_iter()
        .min()
        .unwrap_or((0, NodeResource::Cpu))
}

/// A number of nodes of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodePlan {
    /// Position of the type in the candidates.
    pub candidate: usize,
    /// Nodes.
    pub nodes: u64,
    /// Pods that one of them holds.
    pub pods_per_node: u64,
    /// Zones that pods are spread over evenly; each has nodes of its own.
    pub zones: u32,
    /// Price of all of them.
    pub price_per_hour: MoneyPerHour,
}

/// Nodes for pods spread evenly over zones, each zone with nodes of its own.
pub fn nodes_for(pods: u64, pods_per_node: u64, zones: u32) -> u64 {
    let zones = u64::from(zones.max(1));
    let (each, more) = (pods / zones, pods % zones);
    more * (each + 1).div_ceil(pods_per_node) + (zones - more) * each.div_ceil(pods_per_node)
}

impl NodePlan {
    /// Nodes of this type for another number of pods.
    pub fn nodes_for(&self, pods: u64) -> u64 {
        nodes_for(pods, self.pods_per_node, self.zones)
    }
}

/// The types worth considering for one pod size: those that no other type beats in both room and price.
///
/// With nodes of one type only, a type that holds no more pods and costs no less than another never wins, so a plan for
/// any pod count looks at this short list alone.
#[derive(Clone, Debug)]
pub struct NodeChoices {
    /// Rising in pods a node, and so in price.
    front: Vec<Choice>,
}

#[derive(Clone, Copy, Debug)]
struct Choice {
    candidate: usize,
    pods_per_node: u64,
    price: MoneyPerHour,
}

impl NodeChoices {
    /// The short list for a pod; empty when it fits nowhere. `candidates` are sorted by name, which breaks ties.
    pub fn new(candidates: &[Candidate], overhead: &DaemonSetOverhead, pod: &PodRequest) -> Self {
        let mut all: Vec<Choice> = candidates
            .iter()
            .enumerate()
            .map(|(candidate, c)| Choice {
                candidate,
                pods_per_node: pods_per_node(&c.allocatable, overhead, pod).0,
                price: c.price,
            })
            .filter(|choice| choice.pods_per_node > 0)
            .collect();
        // Most room first; among equals the cheapest, then the first by name.
        all.sort_by_key(|c| (std::cmp::Reverse(c.pods_per_node), c.price, c.candidate));
        let mut front: Vec<Choice> = Vec::new();
        for choice in all {
            if front.last().is_none_or(|last| choice.price < last.price) {
                front.push(choice);
            }
        }
        front.reverse();
        Self { front }
    }

    /// The cheapest nodes of one type for so many pods spread over zones; fewer nodes break a tie, then the name.
    pub fn cheapest(&self, pods: u64, zones: u32) -> Option<NodePlan> {
        self.front
            .iter()
            .map(|choice| {
                let nodes = nodes_for(pods, choice.pods_per_node, zones);
                NodePlan {
                    candidate: choice.candidate,
                    nodes,
                    pods_per_node: choice.pods_per_node,
                    zones,
                    price_per_hour: choice.price * nodes,
                }
            })
            .min_by_key(|plan| (plan.price_per_hour, plan.nodes, plan.candidate))
    }
}
