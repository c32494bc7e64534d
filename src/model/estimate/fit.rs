//! The pods of a plan on an existing cluster: on its free capacity first, then on new nodes of its own types.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::Plan;
use crate::model::nodes::Arch;
use crate::model::packing::{ExistingNode, NodeKind, PackConstraint, PackWorkload, Resources, ZoneSpread, pack};
use crate::model::sizing::Policy;
use crate::units::{Hours, Money, MoneyPerHour};

/// Free capacity and node types of a cluster for new pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterCapacity {
    /// Name of the cluster.
    pub name: String,
    /// Free capacity of its nodes.
    pub existing: Vec<ExistingNode>,
    /// Its node types that have a price.
    pub kinds: Vec<NodeKind>,
    /// CPU architecture of the new pods' image.
    pub arch: Arch,
}

/// Placement of a plan's pods on a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterFit {
    /// Number of pods that fit on the free capacity.
    pub existing_pods: u64,
    /// Number of existing nodes that receive pods.
    pub existing_nodes: u64,
    /// Number of pods that need new nodes.
    pub new_pods: u64,
    /// New nodes by type: name, number, and price per node and hour.
    pub new_nodes: Vec<(String, u64, MoneyPerHour)>,
    /// Cost of the new nodes per month.
    pub new_cost: Money,
    /// Number of pods that cannot be placed.
    pub unplaced_pods: u64,
    /// Constraint that prevents the placement of the first unplaced workload.
    pub constraint: Option<PackConstraint>,
}

/// Places the busy period's pods on a cluster, spread over its zones if the policy has several zones.
pub(super) fn fit(room: &ClusterCapacity, name: &str, policy: &Policy, plan: &Plan, hours: Hours) -> ClusterFit {
    let request = plan.shape.requested();
    let zones: BTreeSet<&String> = room.existing.iter().filter_map(|node| node.zone.as_ref()).collect();
    let spread = policy.zones.is_some_and(|zones| zones.count > 1) && zones.len() > 1;
    let workload = PackWorkload {
        name: name.to_owned(),
        pods: plan.pods.plan,
        request: Resources { cpu: request.cpu, memory: request.memory, extended: BTreeMap::new() },
        arch: Some(room.arch),
        selector: BTreeMap::new(),
        tolerations: Vec::new(),
        zone_spread: spread.then_some(ZoneSpread::of_skew(1)),
        max_per_node: None,
    };
    let packing = pack(&[workload], &room.kinds, &room.existing);
    let mut new_nodes: BTreeMap<(&str, MoneyPerHour), u64> = BTreeMap::new();
    let mut new_pods = 0;
    for group in &packing.groups {
        let kind = &room.kinds[group.kind];
        *new_nodes.entry((&kind.name, kind.price)).or_default() += group.nodes;
        new_pods += group.nodes * group.pods.iter().map(|pods| pods.pods).sum::<u64>();
    }
    let on_existing = packing.existing.iter().flat_map(|node| &node.pods).map(|pods| pods.pods);
    let cost = new_nodes.iter().map(|((_, price), count)| price.amount().saturating_mul(Decimal::from(*count))).sum();
    ClusterFit {
        existing_pods: on_existing.sum(),
        existing_nodes: u64::try_from(packing.existing.len()).unwrap_or(u64::MAX),
        new_pods,
        new_nodes: new_nodes.into_iter().map(|((name, price), count)| (name.to_owned(), count, price)).collect(),
        new_cost: MoneyPerHour::new(cost) * hours,
        unplaced_pods: packing.unplaced.iter().map(|u| u.pods).sum(),
        constraint: packing.unplaced.into_iter().next().map(|u| u.constraint),
    }
}
