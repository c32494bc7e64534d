//! Result of the packing: placed and unplaced pods.

use crate::model::cluster::Taint;
use crate::model::nodes::Arch;
use crate::units::MoneyPerHour;

/// A number of pods of one workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PodCount {
    /// Index of the workload in the input.
    pub workload: usize,
    /// Number of its pods; never 0.
    pub pods: u64,
}

/// Equal new nodes with the same pods on each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeGroup {
    /// Index of the kind in the input.
    pub kind: usize,
    /// Required zone of the nodes; `None` for any zone of the kind.
    pub zone: Option<String>,
    /// Number of nodes.
    pub nodes: u64,
    /// Pods on each node, by workload.
    pub pods: Vec<PodCount>,
}

/// Pods placed on an existing node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExistingPlacement {
    /// Index of the node in the input.
    pub node: usize,
    /// Pods placed on the node, by workload.
    pub pods: Vec<PodCount>,
}

/// The constraint that no node satisfies, with the required and the best available value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackConstraint {
    /// There is neither a node nor a kind of node.
    NoNodes,
    /// No node has the required CPU architecture.
    Arch {
        /// Architecture that the image needs.
        needed: Arch,
    },
    /// No remaining node has the required label.
    Label {
        /// Key of the label.
        key: String,
        /// Value that is required.
        needed: String,
        /// Values of the label on the remaining nodes, sorted.
        available: Vec<String>,
    },
    /// Every remaining node has a taint that is not tolerated; this is the first by name.
    Taint {
        /// The taint that is not tolerated.
        taint: Taint,
    },
    /// No node has room for one more pod.
    Room {
        /// `cpu` in millicores, `memory` in bytes, `pods`, or an extended resource.
        resource: String,
        /// Amount that one pod needs.
        needed: u64,
        /// The largest free amount of any node.
        available: u64,
    },
    /// All nodes with room already run the maximum number of the workload's pods.
    PodsPerNode {
        /// Maximum number of pods per node.
        allowed: u64,
    },
    /// Any placement in a zone with room would exceed the maximum skew.
    ZoneSkew {
        /// Allowed `maxSkew`.
        allowed: u64,
        /// The first full zone by name; `None` if there are fewer zones than `minDomains`.
        full: Option<String>,
    },
}

/// Pods of one workload that no node can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unplaced {
    /// Name of the workload that has unplaced pods.
    pub workload: String,
    /// Number of unplaced pods.
    pub pods: u64,
    /// Constraint that prevents the placement.
    pub constraint: PackConstraint,
}

impl PackConstraint {
    /// Stable name in documents.
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

/// Placement of all pods, and the pods without a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packing {
    /// New nodes, by kind, then zone, then pods.
    pub groups: Vec<NodeGroup>,
    /// Placements on existing nodes, by node; nodes that get no pod are left out.
    pub existing: Vec<ExistingPlacement>,
    /// Unplaced pods, by workload.
    pub unplaced: Vec<Unplaced>,
    /// Price of the new nodes per hour.
    pub cost_per_hour: MoneyPerHour,
    /// Lower bound of the price of new nodes for the pods that the existing nodes did not take.
    pub lower_bound_per_hour: MoneyPerHour,
    /// Price of the new nodes with first-fit decreasing.
    pub first_fit_decreasing_cost_per_hour: MoneyPerHour,
}

impl Packing {
    /// Number of nodes to buy.
    pub fn nodes(&self) -> u64 {
        self.groups.iter().map(|group| group.nodes).fold(0, u64::saturating_add)
    }

    /// Upper bound of the distance to the optimum: `cost ÷ lower bound − 1`; `None` if nothing is bought.
    pub fn gap(&self) -> Option<f64> {
        use rust_decimal::prelude::ToPrimitive;
        let ratio = self.cost_per_hour.amount().checked_div(self.lower_bound_per_hour.amount())?;
        Some(ratio.to_f64()? - 1.0)
    }
}
