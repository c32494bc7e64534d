use std::collections::{BTreeMap, BTreeSet};

use super::{MachineKey, MachinePrices};
use crate::model::Finding;
use crate::model::cluster::Snapshot;
use crate::model::packing::pack;
use crate::model::room::{Cluster, NotModelled};
use crate::units::{Hours, Money, MoneyPerHour};

/// The fewest nodes, of the cluster's own types, for what runs now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consolidation {
    /// Nodes that there are.
    pub nodes_now: u64,
    /// What they cost for the month.
    pub cost_now: Money,
    /// Nodes that would do, by type.
    pub nodes: Vec<KindCount>,
    /// What those cost for the month.
    pub cost: Money,
    /// No nodes that run the same pods cost less than this.
    pub lower_bound: Money,
}

/// So many nodes of one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindCount {
    /// The type, and how it is bought.
    pub name: String,
    /// How many.
    pub count: u64,
    /// One for an hour.
    pub price_per_hour: MoneyPerHour,
}

impl Consolidation {
    /// Nodes that would do.
    pub fn nodes_then(&self) -> u64 {
        self.nodes.iter().map(|kind| kind.count).fold(0, u64::saturating_add)
    }

    /// What would be saved in a month; nothing where the nodes that there are cost less.
    pub fn saving(&self) -> Money {
        (self.cost_now - self.cost).max(Money::default())
    }
}

/// Packs every pod anew onto nodes of the types that the cluster has and that have a price.
pub(super) fn consolidation(
    snapshot: &Snapshot,
    hours: Hours,
    prices: &MachinePrices,
    findings: &mut BTreeSet<Finding>,
) -> Option<Consolidation> {
    consolidation_of(&Cluster::new(snapshot), snapshot, hours, prices, findings)
}

/// The same, of pods that may ask for something else than they do.
pub(super) fn consolidation_of(
    cluster: &Cluster<'_>,
    snapshot: &Snapshot,
    hours: Hours,
    prices: &MachinePrices,
    findings: &mut BTreeSet<Finding>,
) -> Option<Consolidation> {
    let machines = || snapshot.nodes.iter().filter(|node| node.machine.kind.is_machine());
    let price = |node: &crate::model::cluster::Node| Some(prices.get(&MachineKey::of_node(node))?.per_hour);
    // Nodes without a price could not be compared with anything.
    if machines().next().is_none() || !machines().all(|node| price(node).is_some()) {
        return None;
    }
    let kinds = cluster.kinds(|node| price(node));
    let workloads = cluster.movable();
    let packing = pack(&workloads, &kinds, &[]);
    if let Some(unplaced) = packing.unplaced.first() {
        let message = format!(
            "not said: {} pods of {} would fit on no empty node of the cluster's types ({})",
            unplaced.pods,
            unplaced.workload,
            unplaced.constraint.name()
        );
        findings.insert(Finding::info("consolidation-unknown", "consolidation", message));
        return None;
    }
    findings.extend(
        cluster
            .not_modelled()
            .into_iter()
            .map(|NotModelled { subject, message }| Finding::info("placement-not-modelled", subject, message)),
    );
    // Types that differ in labels and taints alone are one to who buys them.
    let mut counts: BTreeMap<(&str, MoneyPerHour), u64> = BTreeMap::new();
    for group in &packing.groups {
        let kind = &kinds[group.kind];
        *counts.entry((&kind.name, kind.price)).or_default() += group.nodes;
    }
    let cost_now = machines().filter_map(price).map(|price| price * hours).sum();
    let two = |money: Money| Money::new(money.amount().round_dp(2));
    let found = Consolidation {
        nodes_now: u64::try_from(machines().count()).unwrap_or(u64::MAX),
        cost_now: two(cost_now),
        nodes: counts
            .into_iter()
            .map(|((name, price_per_hour), count)| KindCount { name: name.to_owned(), count, price_per_hour })
            .collect(),
        cost: two(packing.cost_per_hour * hours),
        lower_bound: two(packing.lower_bound_per_hour * hours),
    };
    Some(found)
}
