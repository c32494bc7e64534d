//! Why instance types were rejected, with the numbers.

use crate::model::{Basis, NodePlan, NodeResource, PodRequest, nodes_for, pods_per_node};
use crate::units::Money;

/// How many of the types that fit but cost more are listed: enough to see how close the choice was.
const RUNNERS_UP: usize = 5;

/// Why an instance type was rejected.
#[derive(Clone, Debug, PartialEq)]
pub struct Excuse {
    /// Which type.
    pub instance_type: String,
    /// What it lacks.
    pub lack: Lack,
}

/// What a rejected type lacks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Lack {
    /// Room for one pod: what that needs, and what the empty node offers, in millicores, bytes or pods.
    Room {
        /// Which resource.
        resource: NodeResource,
        /// What one pod needs.
        needed: u64,
        /// What is left after the system and DaemonSets.
        available: u64,
    },
    /// A better price: what its nodes would cost a month, and what the chosen ones cost.
    Price {
        /// Nodes of this type.
        cost: Money,
        /// The chosen nodes.
        chosen: Money,
    },
}

impl Lack {
    /// Stable name of the constraint.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Room { resource, .. } => resource.name(),
            Self::Price { .. } => "cost",
        }
    }
}

/// Every type without room for a pod, by name, then the cheapest of those that fit and cost more.
pub(super) fn excuses(basis: &Basis, pod: &PodRequest, chosen: Option<(u64, &NodePlan)>) -> Vec<Excuse> {
    let mut excuses = Vec::new();
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
            let lack = Lack::Room { resource, needed, available };
            excuses.push(Excuse { instance_type: name.clone(), lack });
        } else if let Some((pods, plan)) = chosen.filter(|(_, plan)| plan.candidate != position) {
            let cost = candidate.price * nodes_for(pods, fit, plan.zones) * basis.hours;
            dearer.push((cost, name, plan.price_per_hour * basis.hours));
        }
    }
    dearer.sort();
    excuses.extend(
        dearer
            .into_iter()
            .take(RUNNERS_UP)
            .map(|(cost, name, chosen)| Excuse { instance_type: name.clone(), lack: Lack::Price { cost, chosen } }),
    );
    excuses
}
