//! Why pods remain unplaced after everything else has been placed.

use std::collections::BTreeSet;

use super::existing::AfterExisting;
use super::input::{ExistingNode, NodeKind, NodeOffer, PackWorkload, ZONE_LABEL};
use super::problem::{Problem, fit, real};
use super::result::PackConstraint;

/// A considered node or node kind with its free capacity.
struct Candidate<'a> {
    offer: &'a NodeOffer,
    zones: Vec<&'a String>,
    free: &'a [u64],
}

/// The first constraint, in the order in which people would check them, that no node satisfies.
pub(super) fn infeasibility(
    problem: &Problem,
    after: &AfterExisting,
    (load, workload): (usize, &PackWorkload),
    kinds: &[NodeKind],
    existing: &[ExistingNode],
) -> PackConstraint {
    let bought = kinds.iter().zip(&problem.kinds).map(|(kind, dense)| Candidate {
        offer: &kind.offer,
        zones: kind.zones.iter().collect(),
        free: &dense.room,
    });
    let running = existing.iter().zip(&after.free).map(|(node, free)| Candidate {
        offer: &node.offer,
        zones: node.zone.iter().collect(),
        free,
    });
    let mut seen: Vec<Candidate<'_>> = bought.chain(running).collect();
    if seen.is_empty() {
        return PackConstraint::NoNodes;
    }
    if let Some(needed) = workload.arch {
        seen.retain(|node| node.offer.arch == needed);
        if seen.is_empty() {
            return PackConstraint::Arch { needed };
        }
    }
    for (key, needed) in &workload.selector {
        let values: BTreeSet<&String> = match key.as_str() {
            ZONE_LABEL => seen.iter().flat_map(|node| node.zones.iter().copied()).collect(),
            _ => seen.iter().filter_map(|node| node.offer.labels.get(key)).collect(),
        };
        let available = values.into_iter().cloned().collect();
        seen.retain(|node| match key.as_str() {
            ZONE_LABEL => node.zones.contains(&needed),
            _ => node.offer.labels.get(key) == Some(needed),
        });
        if seen.is_empty() {
            return PackConstraint::Label { key: key.clone(), needed: needed.clone(), available };
        }
    }
    let refused = seen.iter().flat_map(|node| node.offer.keeping_off(workload)).min().cloned();
    seen.retain(|node| node.offer.admits(workload));
    if let (true, Some(taint)) = (seen.is_empty(), refused) {
        return PackConstraint::Taint { taint };
    }
    room(problem, load, &seen).unwrap_or_else(|| skew_or_count(problem, after, load, workload))
}

/// The scarce resource if no node has room for one pod.
fn room(problem: &Problem, load: usize, seen: &[Candidate<'_>]) -> Option<PackConstraint> {
    let need = &problem.loads[load].need;
    if seen.iter().any(|node| fit(node.free, need) > 0) {
        return None;
    }
    let short = |resource: usize, available: u64| PackConstraint::Room {
        resource: problem.resources[resource].clone(),
        needed: need[resource],
        available,
    };
    // Prefer a resource that no node has enough of to one that is scarce only on some nodes.
    for (resource, needed) in need.iter().enumerate() {
        let most = seen.iter().map(|node| node.free[resource]).max().unwrap_or(0);
        if most < *needed {
            return Some(short(resource, most));
        }
    }
    // Otherwise the node with the highest ratio of free to needed for its scarcest resource.
    let lacks = |node: &Candidate<'_>| {
        let shares =
            need.iter().zip(node.free).enumerate().map(|(r, (need, free))| (real(*free) / real((*need).max(1)), r));
        shares.filter(|(_, r)| need[*r] > 0).min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
    };
    let closest =
        seen.iter().filter_map(|node| Some((lacks(node)?, node))).rev().max_by(|a, b| a.0.0.total_cmp(&b.0.0));
    closest.map(|((_, resource), node)| short(resource, node.free[resource]))
}

/// The constraint if nodes have room but the zone spread or the number of pods per node prevents the placement.
fn skew_or_count(problem: &Problem, after: &AfterExisting, load: usize, workload: &PackWorkload) -> PackConstraint {
    let Some(spread) = workload.zone_spread else {
        return PackConstraint::PodsPerNode { allowed: problem.loads[load].per_node };
    };
    let full = |zone: &usize| !problem.sold_in(load, *zone) && after.full(problem, load, *zone);
    let full = problem.domains(load).into_iter().find(full).map(|zone| problem.zones[zone].clone());
    PackConstraint::ZoneSkew { allowed: spread.skew(), full }
}
