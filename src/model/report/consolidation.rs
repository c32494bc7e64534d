//! The cheapest set of nodes found for the current pods at their purchase options, and the saving with other options.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::cluster::{Node, Snapshot};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::CapacityType;
use crate::model::packing::capacity::{Cluster, NotModelled, kind_name};
use crate::model::packing::pack;
use crate::model::pricing::{MachineKey, MachinePrices};
use crate::units::{Hours, Money, MoneyPerHour, grouped};

/// The cheapest set of nodes found, of the cluster's own types, for the current pods: every pod stays on its capacity
/// type and architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consolidation {
    /// Current number of nodes.
    pub nodes_now: u64,
    /// Current cost of the nodes.
    pub cost_now: Money,
    /// Sufficient nodes, by type.
    pub nodes: Vec<KindCount>,
    /// Cost of the smaller set of nodes.
    pub cost: Money,
    /// Lower bound: no set of nodes with the same purchase options costs less and runs the same pods.
    pub lower_bound: Money,
    /// Cheaper sets of nodes that need another purchase option or architecture.
    pub with_changes: Vec<WithChange>,
}

/// A cheaper set of nodes after a change that the cluster's owner has to decide on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithChange {
    /// The required change.
    pub change: Change,
    /// Sufficient nodes, by type.
    pub nodes: Vec<KindCount>,
    /// Cost of the smaller set of nodes.
    pub cost: Money,
}

/// What changes if pods move to other nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Another purchase option (on-demand or spot).
    CapacityType,
    /// Another CPU architecture.
    Architecture,
}

impl Change {
    /// Stable name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CapacityType => "capacity-type",
            Self::Architecture => "architecture",
        }
    }

    /// Condition of the change, as the continuation of `only if`.
    pub const fn condition(self) -> &'static str {
        match self {
            Self::CapacityType => {
                "the workloads that would move to spot nodes tolerate losing them at short notice, and spot capacity is available"
            }
            Self::Architecture => "the images of the workloads that would move are built for the other architecture",
        }
    }
}

/// Number of nodes of one type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindCount {
    /// Instance type and purchase option.
    pub name: String,
    /// Number of nodes.
    pub count: u64,
    /// Price of one node per hour.
    pub price_per_hour: MoneyPerHour,
}

impl Consolidation {
    /// Number of nodes after the consolidation.
    pub fn nodes_then(&self) -> u64 {
        self.nodes.iter().map(|kind| kind.count).fold(0, u64::saturating_add)
    }

    /// Cost saved in the period; zero if the current nodes cost less.
    pub fn saving(&self) -> Money {
        (self.cost_now - self.cost).max(Money::default())
    }
}

/// Packs every pod onto nodes of the cluster's own types that have a price.
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
            .map(|NotModelled { subject, message }| Finding::info(Code::PlacementNotModelled, subject, message)),
    );
    let packer = Packer { cluster: &cluster, snapshot, prices };
    // Findings about unplaced pods were already added for the current purchase options.
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

/// The consolidation without changes, for pods whose requests may differ from the current ones.
pub(super) fn consolidation_of(
    cluster: &Cluster<'_>,
    snapshot: &Snapshot,
    hours: Hours,
    prices: &MachinePrices,
    findings: &mut BTreeSet<Finding>,
) -> Option<Consolidation> {
    let packer = Packer { cluster, snapshot, prices };
    // Without the price of every node there is no current cost to compare with.
    if packer.machines().next().is_none() || !packer.machines().all(|node| packer.price(node).is_some()) {
        return None;
    }
    let packed = packer.pack_apart(|node| (is_spot(node), node.machine.arch, node.machine.os));
    findings
        .extend(packed.unplaced.iter().map(|why| Finding::info(Code::ConsolidationIncomplete, "consolidation", why)));
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

/// A cluster whose pods are packed onto new nodes.
struct Packer<'a> {
    cluster: &'a Cluster<'a>,
    snapshot: &'a Snapshot,
    prices: &'a MachinePrices,
}

/// A set of nodes that holds the current pods.
struct Packed {
    /// Number of nodes by type and price; types that differ only in labels or taints are merged.
    counts: BTreeMap<(String, MoneyPerHour), u64>,
    cost: MoneyPerHour,
    lower_bound: MoneyPerHour,
    /// Why some nodes are kept unchanged.
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
        Some(self.prices.get(&MachineKey::from(node))?.per_hour)
    }

    /// Packs the pods on the nodes of each group onto nodes of that group. A group whose pods do not fit, or for
    /// which no cheaper set of nodes is found, is kept unchanged.
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
                    "unknown for {} of the nodes, which are counted unchanged: {} pods of {} would not fit on an empty node of their types ({})",
                    grouped(here.len()),
                    grouped(unplaced.pods),
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
