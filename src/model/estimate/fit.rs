//! The pods of a plan on a cluster that runs already: its free room first, then new nodes of its own types.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::Plan;
use crate::model::packing::{ExistingNode, NodeKind, PackConstraint, PackWorkload, Resources, ZoneSpread, pack};
use crate::model::{Arch, Policy};
use crate::units::{Hours, Money, MoneyPerHour};

/// What a cluster has for new pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterRoom {
    /// The cluster's name.
    pub name: String,
    /// Free room of its nodes.
    pub existing: Vec<ExistingNode>,
    /// Its types of nodes that have a price.
    pub kinds: Vec<NodeKind>,
    /// The instruction set of the new pods' image.
    pub arch: Arch,
}

/// Where the pods of a plan would run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterFit {
    /// Pods that the free room takes.
    pub existing_pods: u64,
    /// Nodes that take them.
    pub existing_nodes: u64,
    /// Pods that need new nodes.
    pub new_pods: u64,
    /// New nodes by type, with the price of one for an hour.
    pub new_nodes: Vec<(String, u64, MoneyPerHour)>,
    /// New nodes for a month.
    pub new_cost: Money,
    /// Pods that fit nowhere.
    pub unplaced_pods: u64,
    /// What keeps them off.
    pub constraint: Option<PackConstraint>,
}

impl ClusterFit {
    /// How many new nodes.
    pub fn new_node_count(&self) -> u64 {
        self.new_nodes.iter().map(|(_, count, _)| count).copied().fold(0, u64::saturating_add)
    }
}

/// Puts the busy period's pods onto a cluster, spread over its zones where the policy asks for zones.
pub(super) fn fit(room: &ClusterRoom, name: &str, policy: &Policy, plan: &Plan, hours: Hours) -> ClusterFit {
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
