//! The packing problem in numbers: names are resolved once, so that the search only works with indices and integers.

use std::collections::BTreeSet;

use rust_decimal::prelude::ToPrimitive;

use super::input::{ExistingNode, NodeKind, NodeOffer, PackWorkload, Resources};

/// Number of resources that every node has: CPU, memory and pods. Extended resources follow, by name.
const COMMON: usize = 3;

/// A workload in numbers.
pub(super) struct Load {
    /// Request of one pod, per resource.
    pub(super) need: Vec<u64>,
    pub(super) pods: u64,
    /// Maximum number of its pods per node.
    pub(super) per_node: u64,
    /// Kinds that can run one of its pods, regardless of zones.
    pub(super) kinds: Vec<bool>,
    /// Kinds whose architecture, labels and taints admit it and that have a nonzero amount of every resource it
    /// needs.
    pub(super) admitting: Vec<bool>,
    /// The zone that it must run in.
    pub(super) pinned: Pin,
    /// Sort key of first-fit decreasing: its largest share of any resource of the largest node.
    pub(super) size: f64,
}

/// Zone constraint of a workload.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pin {
    Anywhere,
    Zone(usize),
    /// It requires a zone that has no node.
    Nowhere,
}

/// A kind of node in numbers.
pub(super) struct Kind {
    pub(super) room: Vec<u64>,
    pub(super) price: f64,
    /// Zones in which it can be bought.
    pub(super) zones: Vec<usize>,
}

/// An existing node in numbers.
pub(super) struct Node {
    pub(super) room: Vec<u64>,
    pub(super) zone: Option<usize>,
    /// Workloads that its architecture, labels, taints and zone admit.
    pub(super) admits: Vec<bool>,
    /// Workloads for which its zone counts in the zone spread.
    pub(super) counts: Vec<bool>,
}

/// The packing problem as dense numbers.
pub(super) struct Problem {
    /// Names of the resources, in the order of the vectors.
    pub(super) resources: Vec<String>,
    /// Names of the zones, sorted.
    pub(super) zones: Vec<String>,
    pub(super) loads: Vec<Load>,
    pub(super) kinds: Vec<Kind>,
    pub(super) nodes: Vec<Node>,
    /// Workloads in the order of first-fit decreasing: largest first, then by name.
    pub(super) order: Vec<usize>,
}

/// Pods of one workload that need new nodes, in one zone or in any.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) load: usize,
    pub(super) zone: Option<usize>,
    pub(super) pods: u64,
}

/// A count as a floating-point number: for heuristics, never for checking what fits.
#[expect(clippy::cast_precision_loss, reason = "a choice, not a check; every fit is tested in integers")]
pub(super) fn real(count: u64) -> f64 {
    count as f64
}

/// Number of pods with a request that fit into the free capacity; every request includes the pod itself.
pub(super) fn fit(free: &[u64], need: &[u64]) -> u64 {
    let pairs = free.iter().zip(need).filter(|(_, need)| **need > 0);
    pairs.map(|(free, need)| free / need).min().unwrap_or(0)
}

impl Problem {
    pub(super) fn new(workloads: &[PackWorkload], kinds: &[NodeKind], existing: &[ExistingNode]) -> Self {
        let extended: BTreeSet<&String> = workloads.iter().flat_map(|w| w.request.extended.keys()).collect();
        let zones: BTreeSet<&String> =
            kinds.iter().flat_map(|k| &k.zones).chain(existing.iter().filter_map(|n| n.zone.as_ref())).collect();
        let zones: Vec<String> = zones.into_iter().cloned().collect();
        let zone_of = |name: &String| zones.binary_search(name).ok();

        let amounts = |r: &Resources, pods: u64| {
            let extended = extended.iter().map(|name| r.extended.get(*name).copied().unwrap_or(0));
            [r.cpu.millis(), r.memory.bytes(), pods].into_iter().chain(extended).collect::<Vec<u64>>()
        };
        let room = |offer: &NodeOffer| amounts(&offer.free, offer.free_pods);
        let dense: Vec<Kind> = kinds
            .iter()
            .map(|kind| {
                let mut zones: Vec<usize> = kind.zones.iter().filter_map(zone_of).collect();
                zones.sort_unstable();
                zones.dedup();
                let price = kind.price.amount().to_f64().unwrap_or(f64::MAX);
                Kind { room: room(&kind.offer), price, zones }
            })
            .collect();
        let nodes: Vec<Node> = existing
            .iter()
            .map(|node| {
                let in_zone = |w: &PackWorkload| w.pinned_zone().is_none_or(|zone| node.zone.as_ref() == Some(zone));
                let counts = |w: &PackWorkload| {
                    w.zone_spread.is_some_and(|spread| {
                        (!spread.honors_affinity || (in_zone(w) && node.offer.is_chosen_by(w)))
                            && (!spread.honors_taints || node.offer.keeping_off(w).next().is_none())
                    })
                };
                Node {
                    room: room(&node.offer),
                    zone: node.zone.as_ref().and_then(zone_of),
                    admits: workloads.iter().map(|w| in_zone(w) && node.offer.admits(w)).collect(),
                    counts: workloads.iter().map(counts).collect(),
                }
            })
            .collect();

        let largest: Vec<u64> = (0..COMMON + extended.len())
            .map(|r| dense.iter().map(|k| k.room[r]).chain(nodes.iter().map(|n| n.room[r])).max().unwrap_or(0))
            .collect();
        let loads: Vec<Load> = workloads
            .iter()
            .map(|workload| {
                let need = amounts(&workload.request, 1);
                let pinned = match workload.pinned_zone().map(zone_of) {
                    None => Pin::Anywhere,
                    Some(Some(zone)) => Pin::Zone(zone),
                    Some(None) => Pin::Nowhere,
                };
                let admitting: Vec<bool> = kinds
                    .iter()
                    .zip(&dense)
                    .map(|(kind, dense)| {
                        let zone = match pinned {
                            Pin::Anywhere => true,
                            Pin::Zone(zone) => dense.zones.contains(&zone),
                            Pin::Nowhere => false,
                        };
                        let some = dense.room.iter().zip(&need).all(|(room, need)| *need == 0 || *room > 0);
                        zone && some && kind.offer.admits(workload)
                    })
                    .collect();
                let share = need.iter().zip(&largest).map(|(need, most)| real(*need) / real((*most).max(1)));
                Load {
                    kinds: admitting.iter().zip(&dense).map(|(ok, kind)| *ok && fit(&kind.room, &need) > 0).collect(),
                    admitting,
                    pods: workload.pods,
                    per_node: workload.max_per_node.map_or(u64::MAX, |most| most.max(1)),
                    pinned,
                    size: share.fold(0.0, f64::max),
                    need,
                }
            })
            .collect();
        let mut order: Vec<usize> = (0..loads.len()).collect();
        order.sort_by(|a, b| {
            loads[*b]
                .size
                .total_cmp(&loads[*a].size)
                .then_with(|| workloads[*a].name.cmp(&workloads[*b].name))
                .then(a.cmp(b))
        });
        let common = ["cpu", "memory", "pods"].into_iter().map(ToOwned::to_owned);
        Self {
            resources: common.chain(extended.into_iter().cloned()).collect(),
            zones,
            loads,
            kinds: dense,
            nodes,
            order,
        }
    }

    /// Whether a kind, bought in that zone, can run a pod of the workload.
    pub(super) fn buyable(&self, load: usize, kind: usize, zone: Option<usize>) -> bool {
        self.loads[load].kinds[kind] && zone.is_none_or(|zone| self.kinds[kind].zones.contains(&zone))
    }

    /// Whether any kind can, in that zone.
    pub(super) fn any_buyable(&self, load: usize, zone: Option<usize>) -> bool {
        (0..self.kinds.len()).any(|kind| self.buyable(load, kind, zone))
    }

    /// Whether new nodes for a workload can be bought in a zone in which it may run.
    pub(super) fn sold_in(&self, load: usize, zone: usize) -> bool {
        let allowed = match self.loads[load].pinned {
            Pin::Anywhere => true,
            Pin::Zone(pinned) => pinned == zone,
            Pin::Nowhere => false,
        };
        allowed && self.any_buyable(load, Some(zone))
    }

    /// The zones over which a workload is spread: those that count for it, full or not, and those where nodes for it
    /// can be bought.
    pub(super) fn domains(&self, load: usize) -> Vec<usize> {
        let counts = |zone| self.nodes.iter().any(|node| node.zone == Some(zone) && node.counts[load]);
        (0..self.zones.len()).filter(|zone| counts(*zone) || self.sold_in(load, *zone)).collect()
    }
}
