//! Nodes of one instance type for the pods of one workload, in exact integer arithmetic.

use crate::model::nodes::{Allocatable, DaemonSetOverhead, PodRequest};
use crate::model::pricing::Candidate;
use crate::units::MoneyPerHour;

/// A resource of a node that limits the number of pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeResource {
    /// CPU, in millicores.
    Cpu,
    /// Memory, in bytes.
    Memory,
    /// Number of pods.
    Pods,
}

impl NodeResource {
    /// Stable name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Memory => "memory",
            Self::Pods => "pods",
        }
    }
}

/// Number of equal pods that fit on an empty node, and the limiting resource.
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
    /// Index of the type in the candidates.
    pub candidate: usize,
    /// Number of nodes.
    pub nodes: u64,
    /// Number of pods that one node holds.
    pub pods_per_node: u64,
    /// Number of zones that pods are spread over evenly; each has its own nodes.
    pub zones: u32,
    /// Price of all nodes per hour.
    pub price_per_hour: MoneyPerHour,
}

/// Number of nodes for pods spread evenly over zones, each zone with its own nodes.
pub fn nodes_for(pods: u64, pods_per_node: u64, zones: u32) -> u64 {
    let zones = u64::from(zones.max(1));
    let (each, more) = (pods / zones, pods % zones);
    more * (each + 1).div_ceil(pods_per_node) + (zones - more) * each.div_ceil(pods_per_node)
}

impl NodePlan {
    /// Number of nodes of this type for another number of pods.
    pub fn nodes_for(&self, pods: u64) -> u64 {
        nodes_for(pods, self.pods_per_node, self.zones)
    }
}

/// The Pareto front of the types for one pod size: those that no other type beats in both capacity and price.
///
/// With nodes of one type only, a type that holds no more pods and costs no less than another is never the cheapest,
/// so a plan for any number of pods only considers this list.
#[derive(Clone, Debug)]
pub struct NodeChoices {
    /// Sorted by pods per node, and hence also by price.
    front: Vec<Choice>,
}

#[derive(Clone, Copy, Debug)]
struct Choice {
    candidate: usize,
    pods_per_node: u64,
    price: MoneyPerHour,
}

impl NodeChoices {
    /// The Pareto front for a pod; empty if the pod fits on no type. `candidates` are sorted by name, which breaks
    /// ties.
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
        // Largest capacity first; ties go to the cheapest, then to the first by name.
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

    /// The cheapest nodes of one type for `pods` pods spread over zones; ties go to fewer nodes, then to the first
    /// name.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::nodes::{Arch, InstanceType};
    use crate::model::pricing::{PriceDates, PriceOrigin, PriceTable, SpotBasis};
    use crate::units::Date;
    use crate::units::{Bytes, CpuMillis};
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    const NOTHING: DaemonSetOverhead =
        DaemonSetOverhead { cpu: CpuMillis::from_millis(0), memory: Bytes::from_bytes(0), pods: 0 };

    fn candidate(name: usize, millis: u64, mib: u64, max_pods: u32, cents: u32) -> Candidate {
        let date = "2026-01-01".parse::<Date>().unwrap();
        Candidate {
            instance: InstanceType {
                name: format!("t{name:02}"),
                arch: Arch::Amd64,
                vcpu: 1,
                memory: Bytes::from_mib(mib),
                gpu_count: 0,
                gpu_name: None,
                eni_max_pods: None,
            },
            price: MoneyPerHour::new(Decimal::new(cents.into(), 2)),
            origin: PriceOrigin {
                table: PriceTable::Own,
                dates: PriceDates { on_demand_date: date, on_demand_source: "test".into(), spot: SpotBasis::None },
                negotiated: None,
            },
            allocatable: Allocatable {
                cpu: CpuMillis::from_millis(millis),
                memory: Bytes::from_mib(mib),
                memory_estimate: Bytes::from_mib(mib),
                max_pods,
            },
        }
    }

    /// Number of nodes by placing the pods one by one on the last node of their zone.
    fn one_by_one(candidate: &Candidate, pod: &PodRequest, pods: u64, zones: u32) -> Option<u64> {
        let mut nodes: Vec<Vec<(u64, u64, u32)>> = vec![Vec::new(); zones as usize];
        for n in 0..pods {
            let zone = &mut nodes[usize::try_from(n % u64::from(zones)).unwrap()];
            let fits =
                |node: &(u64, u64, u32)| node.0 >= pod.cpu.millis() && node.1 >= pod.memory.bytes() && node.2 > 0;
            if !zone.last().is_some_and(fits) {
                let node = &candidate.allocatable;
                zone.push((node.cpu.millis(), node.memory.bytes(), node.max_pods));
            }
            let node = zone.last_mut()?;
            if !fits(node) {
                return None;
            }
            *node = (node.0 - pod.cpu.millis(), node.1 - pod.memory.bytes(), node.2 - 1);
        }
        Some(nodes.iter().map(|zone| zone.len() as u64).sum())
    }

    proptest! {
        /// The result equals that of placing every pod on every type.
        #[test]
        fn the_plan_is_as_cheap_as_placing_every_pod_on_every_type(
            types in prop::collection::vec((1_u64..20_000, 1_u64..64_000, 1_u32..60, 1_u32..500), 1..12),
            cpu in 1_u64..3000, mib in 1_u64..8000, pods in 1_u64..60, zones in 1_u32..4,
        ) {
            let candidates: Vec<Candidate> = types
                .iter()
                .enumerate()
                .map(|(n, (millis, mib, max_pods, cents))| candidate(n, *millis, *mib, *max_pods, *cents))
                .collect();
            let pod = PodRequest { cpu: CpuMillis::from_millis(cpu), memory: Bytes::from_mib(mib) };
            let slow = candidates
                .iter()
                .enumerate()
                .filter_map(|(at, c)| {
                    let nodes = one_by_one(c, &pod, pods, zones)?;
                    Some((c.price * nodes, nodes, at))
                })
                .min();
            let fast = NodeChoices::new(&candidates, &NOTHING, &pod).cheapest(pods, zones);
            prop_assert_eq!(fast.map(|p| (p.price_per_hour, p.nodes)), slow.map(|(price, nodes, _)| (price, nodes)));
        }
    }
}
