//! The fewest nodes for what runs now, bought as they are now; and what another way of buying them would save.

use std::collections::{BTreeMap, BTreeSet};

use super::{MachineKey, MachinePrices};
use crate::model::cluster::{Node, Snapshot};
use crate::model::packing::pack;
use crate::model::room::{Cluster, NotModelled, kind_name};
use crate::model::{CapacityType, Finding};
use crate::units::{Hours, Money, MoneyPerHour};

/// The fewest nodes, of the cluster's own types, for what runs now: every pod stays on the capacity type and the architecture
/// that it runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consolidation {
    /// Nodes that there are.
    pub nodes_now: u64,
    /// What they cost.
    pub cost_now: Money,
    /// Nodes that would do, by type.
    pub nodes: Vec<KindCount>,
    /// What those cost.
    pub cost: Money,
    /// No nodes that are bought alike and run the same pods cost less than this.
    pub lower_bound: Money,
    /// What would cost less still if nodes were bought in another way.
    pub with_changes: Vec<WithChange>,
}

/// Nodes that would do if something changed that the cluster's owner has to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithChange {
    /// What would change.
    pub change: Change,
    /// Nodes that would do, by type.
    pub nodes: Vec<KindCount>,
    /// What those cost.
    pub cost: Money,
}

/// What changes where pods move to nodes that are bought in another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// On-demand or spot.
    CapacityType,
    /// The instruction set.
    Architecture,
}

impl Change {
    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CapacityType => "capacity-type",
            Self::Architecture => "architecture",
        }
    }

    /// What has to hold, as it follows `only if`.
    pub const fn condition(self) -> &'static str {
        match self {
            Self::CapacityType => {
                "the workloads that would move to spot nodes tolerate losing them at short notice, and that spot capacity \
                 can be had"
            }
            Self::Architecture => "the images of the workloads that would move are built for the other architecture",
        }
    }
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

    /// What would be saved; nothing where the nodes that there are cost less.
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
    let cluster = Cluster::new(snapshot);
    let mut found = consolidation_of(&cluster, snapshot, hours, prices, findings)?;
    findings.extend(
        cluster
            .not_modelled()
            .into_iter()
            .map(|NotModelled { subject, message }| Finding::info("placement-not-modelled", subject, message)),
    );
    let packer = Packer { cluster: &cluster, snapshot, prices };
    // What does not fit was said of the nodes as they are bought.
    let mut add = |change: Change, packed: Packed| {
        let cost = two(packed.cost * hours);
        if cost < found.cost {
            found.with_changes.push(WithChange { change, nodes: packed.nodes(), cost });
        }
    };
    add(Change::CapacityType, packer.pack_apart(|node| (node.machine.arch, node.machine.os)));
    add(Change::Architecture, packer.pack_apart(|node| (is_spot(node), node.machine.os)));
    Some(found)
}

/// The same without a change, of pods that may ask for something else than they do.
pub(super) fn consolidation_of(
    cluster: &Cluster<'_>,
    snapshot: &Snapshot,
    hours: Hours,
    prices: &MachinePrices,
    findings: &mut BTreeSet<Finding>,
) -> Option<Consolidation> {
    let packer = Packer { cluster, snapshot, prices };
    // Nodes without a price could not be compared with anything.
    if packer.machines().next().is_none() || !packer.machines().all(|node| packer.price(node).is_some()) {
        return None;
    }
    let packed = packer.pack_apart(|node| (is_spot(node), node.machine.arch, node.machine.os));
    findings.extend(packed.unplaced.iter().map(|why| Finding::info("consolidation-unknown", "consolidation", why)));
    if packed.is_nothing_packed {
        return None;
    }
    let cost_now = packer.machines().filter_map(|node| packer.price(node)).map(|price| price * hours).sum();
    Some(Consolidation {
        nodes_now: u64::try_from(packer.machines().count()).unwrap_or(u64::MAX),
        cost_now: two(cost_now),
        nodes: packed.nodes(),
        cost: two(packed.cost * hours),
        lower_bound: two(packed.lower_bound * hours),
        with_changes: Vec::new(),
    })
}

fn is_spot(node: &Node) -> bool {
    node.machine.capacity_type == Some(CapacityType::Spot)
}

fn two(money: Money) -> Money {
    Money::new(money.amount().round_dp(2))
}

/// A cluster whose pods are packed anew.
struct Packer<'a> {
    cluster: &'a Cluster<'a>,
    snapshot: &'a Snapshot,
    prices: &'a MachinePrices,
}

/// Nodes that would do.
struct Packed {
    /// By type and price: types that differ in labels and taints alone are one to who buys them.
    counts: BTreeMap<(String, MoneyPerHour), u64>,
    cost: MoneyPerHour,
    lower_bound: MoneyPerHour,
    /// Why some nodes stay as they are.
    unplaced: Vec<String>,
    is_nothing_packed: bool,
}

impl Packed {
    fn nodes(&self) -> Vec<KindCount> {
        let counts = self.counts.iter();
        counts
            .map(|((name, price), count)| KindCount { name: name.clone(), count: *count, price_per_hour: *price })
            .collect()
    }
}

impl Packer<'_> {
    fn machines(&self) -> impl Iterator<Item = &Node> {
        self.snapshot.nodes.iter().filter(|node| node.machine.kind.is_machine())
    }

    fn price(&self, node: &Node) -> Option<MoneyPerHour> {
        Some(self.prices.get(&MachineKey::of_node(node))?.per_hour)
    }

    /// Packs the pods on the nodes of each group onto nodes of that group. A group whose pods do not fit, or fit on nothing
    /// cheaper, stays as it is.
    fn pack_apart<K: PartialEq>(&self, group: impl Fn(&Node) -> K) -> Packed {
        let mut packed = Packed {
            counts: BTreeMap::new(),
            cost: MoneyPerHour::default(),
            lower_bound: MoneyPerHour::default(),
            unplaced: Vec::new(),
            is_nothing_packed: true,
        };
        let mut groups: Vec<K> = Vec::new();
        for node in self.machines() {
            let own = group(node);
            if !groups.contains(&own) {
                groups.push(own);
            }
        }
        for own in groups {
            let is_here = |node: &Node| group(node) == own;
            let here: Vec<(&Node, MoneyPerHour)> = self
                .machines()
                .filter(|node| is_here(node))
                .filter_map(|node| Some((node, self.price(node)?)))
                .collect();
            let now = here.iter().fold(MoneyPerHour::default(), |sum, (_, price)| sum + *price);
            let kinds = self.cluster.kinds(|node| self.price(node).filter(|_| is_here(node)));
            let packing = pack(&self.cluster.movable(is_here), &kinds, &[]);
            let unplaced = packing.unplaced.first();
            packed.unplaced.extend(unplaced.map(|unplaced| {
                format!(
                    "not known for {} of the nodes, which are counted as they are: {} pods of {} would fit on no empty node \
                     of their types ({})",
                    here.len(),
                    unplaced.pods,
                    unplaced.workload,
                    unplaced.constraint.name()
                )
            }));
            packed.is_nothing_packed &= unplaced.is_some();
            if unplaced.is_none() {
                packed.lower_bound = packed.lower_bound + packing.lower_bound_per_hour.min(now);
            }
            if unplaced.is_some() || packing.cost_per_hour >= now {
                packed.cost = packed.cost + now;
                for (node, price) in here {
                    *packed.counts.entry((kind_name(node), price)).or_default() += 1;
                }
            } else {
                packed.cost = packed.cost + packing.cost_per_hour;
                for group in &packing.groups {
                    let kind = &kinds[group.kind];
                    *packed.counts.entry((kind.name.clone(), kind.price)).or_default() += group.nodes;
                }
            }
        }
        packed
    }
}
