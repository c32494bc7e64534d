//! Why instance types were rejected, with the numbers behind it.

use crate::model::nodes::PodRequest;
use crate::model::packing::{NodePlan, NodeResource, nodes_for, pods_per_node};
use crate::model::pricing::Basis;
use crate::units::Money;

/// Number of listed types that fit but cost more: enough to show how close the choice was.
const RUNNERS_UP: usize = 5;

/// Why an instance type was rejected.
#[derive(Clone, Debug, PartialEq)]
pub struct RejectedType {
    /// Name of the instance type.
    pub instance_type: String,
    /// Reason for the rejection.
    pub reason: RejectionReason,
}

/// Reason why an instance type is not used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RejectionReason {
    /// One pod does not fit on an empty node; amounts in millicores, bytes or pods.
    Room {
        /// Scarce resource.
        resource: NodeResource,
        /// Amount that one pod needs.
        needed: u64,
        /// Allocatable amount less DaemonSets.
        available: u64,
    },
    /// The type is more expensive; costs per month.
    Price {
        /// Cost of the required nodes of this type.
        cost: Money,
        /// Cost of the chosen nodes.
        chosen: Money,
    },
}

impl RejectionReason {
    /// Stable name of the constraint.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Room { resource, .. } => resource.name(),
            Self::Price { .. } => "cost",
        }
    }
}

/// All types without room for one pod in the order of the candidates, then the cheapest ones that fit but cost more.
pub(super) fn rejected_types(basis: &Basis, pod: &PodRequest, chosen: Option<(u64, &NodePlan)>) -> Vec<RejectedType> {
    let mut rejected = Vec::new();
    let mut dearer = Vec::new();
    for (position, candidate) in basis.candidates.iter().enumerate() {
        let overhead = &basis.daemonsets;
        let (fit, resource) = pods_per_node(&candidate.allocatable, overhead, pod);
        let name = &candidate.instance.name;
        if fit == 0 {
            let node = &candidate.allocatable;
            let (needed, available) = match resource {
                NodeResource::Cpu => (pod.cpu.millis(), node.cpu.saturating_sub(overhead.cpu).millis()),
                NodeResource::Memory => (pod.memory.bytes(), node.memory.saturating_sub(overhead.memory).bytes()),
                NodeResource::Pods => (1, u64::from(node.max_pods.saturating_sub(overhead.pods))),
            };
            let reason = RejectionReason::Room { resource, needed, available };
            rejected.push(RejectedType { instance_type: name.clone(), reason });
        } else if let Some((pods, plan)) = chosen.filter(|(_, plan)| plan.candidate != position) {
            let cost = candidate.price * nodes_for(pods, fit, plan.zones) * basis.hours;
            dearer.push((cost, name, plan.price_per_hour * basis.hours));
        }
    }
    dearer.sort();
    rejected.extend(dearer.into_iter().take(RUNNERS_UP).map(|(cost, name, chosen)| RejectedType {
        instance_type: name.clone(),
        reason: RejectionReason::Price { cost, chosen },
    }));
    rejected
}
