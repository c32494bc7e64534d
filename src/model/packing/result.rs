//! Where the pods went, and why some went nowhere.

use crate::model::Arch;
use crate::model::cluster::Taint;
use crate::units::MoneyPerHour;

/// So many pods of one workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodCount {
    /// Position of the workload in the input.
    pub workload: usize,
    /// How many of its pods; never 0.
    pub pods: u64,
}

/// New nodes that are all alike, with the same pods on each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeGroup {
    /// Position of the kind in the input.
    pub kind: usize,
    /// Where they must be; `None` where any zone of the kind will do.
    pub zone: Option<String>,
    /// How many of these nodes.
    pub nodes: u64,
    /// What runs on each one, by workload.
    pub pods: Vec<PodCount>,
}

/// Pods put on a node that runs already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExistingPlacement {
    /// Position of the node in the input.
    pub node: usize,
    /// What it gets, by workload.
    pub pods: Vec<PodCount>,
}

/// The constraint that kept pods off every node, with what was needed and the best there was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackConstraint {
    /// There is neither a node nor a kind of node.
    NoNodes,
    /// No node has the instruction set.
    Arch {
        /// Which one is needed.
        needed: Arch,
    },
    /// No node that is left has the label.
    Label {
        /// Which label.
        key: String,
        /// Its value.
        needed: String,
        /// The values that there are, sorted.
        available: Vec<String>,
    },
    /// Every node that is left has a taint that is not tolerated; this one is the first by name.
    Taint {
        /// Which one.
        taint: Taint,
    },
    /// No node has the room for one more pod.
    Room {
        /// `cpu` in millicores, `memory` in bytes, `pods`, or an extended resource.
        resource: String,
        /// What a pod needs.
        needed: u64,
        /// The most that a node has left.
        available: u64,
    },
    /// Nodes with room run as many of its pods as one node may.
    PodsPerNode {
        /// How many that is.
        allowed: u64,
    },
    /// Zones with room would get too far ahead of the emptiest.
    ZoneSkew {
        /// The skew allowed.
        allowed: u64,
        /// The first zone, by name, that takes no more; `None` where there are fewer zones than the spread asks for.
        full: Option<String>,
    },
}

/// Pods of one workload that no node can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unplaced {
    /// Name of the workload.
    pub workload: String,
    /// How many of its pods.
    pub pods: u64,
    /// Why.
    pub constraint: PackConstraint,
}

impl PackConstraint {
    /// Stable name.
    pub fn name(&self) -> &str {
        match self {
            Self::NoNodes => "nodes",
            Self::Arch { .. } => "arch",
            Self::Label { .. } => "label",
            Self::Taint { .. } => "taint",
            Self::Room { resource, .. } => resource,
            Self::PodsPerNode { .. } => "pods-per-node",
            Self::ZoneSkew { .. } => "zone-skew",
        }
    }
}

/// The result of packing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packing {
    /// Nodes to buy, by kind, then zone, then contents.
    pub groups: Vec<NodeGroup>,
    /// What runs on nodes that exist, by node; those that get nothing are left out.
    pub existing: Vec<ExistingPlacement>,
    /// What cannot run, by workload.
    pub unplaced: Vec<Unplaced>,
    /// Price of the new nodes.
    pub cost_per_hour: MoneyPerHour,
    /// No new nodes for the pods that the existing ones did not take cost less than this.
    pub lower_bound_per_hour: MoneyPerHour,
    /// What first-fit decreasing would have cost.
    pub first_fit_decreasing_cost_per_hour: MoneyPerHour,
}

impl Packing {
    /// Nodes to buy.
    pub fn nodes(&self) -> u64 {
        self.groups.iter().map(|group| group.nodes).fold(0, u64::saturating_add)
    }

    /// How far the cost may be above the best possible: `cost ÷ lower bound − 1`; `None` where nothing is bought.
    pub fn gap(&self) -> Option<f64> {
        use rust_decimal::prelude::ToPrimitive;
        let ratio = self.cost_per_hour.amount().checked_div(self.lower_bound_per_hour.amount())?;
        Some(ratio.to_f64()? - 1.0)
    }
}
