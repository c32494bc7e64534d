//! Bin packing of many workloads on many kinds of nodes: which nodes to buy, and which pods run on each.
//!
//! [`pack`] fills the existing nodes, plans new ones by first-fit decreasing and by a bounded search, keeps the
//! better plan, and gives a lower bound of the cost. Work is proportional to workloads, not pods, and limited by a
//! number of steps, not by time: a million equal pods are fast, and equal input gives equal output.
//!
//! The lower bound and the search cover the pods that need new nodes; first-fit decreasing onto the existing nodes
//! determines which these are.

mod alone;
mod bound;
pub mod capacity;
mod existing;
mod fill;
mod first_fit;
mod group;
mod infeasibility;
mod input;
mod node_plan;
mod problem;
mod result;
mod search;
mod simplex;

pub use input::{ExistingNode, NodeKind, NodeOffer, PackWorkload, Resources, ZoneSpread};
pub use node_plan::{NodeChoices, NodePlan, NodeResource, nodes_for, pods_per_node};
pub use result::{ExistingPlacement, NodeGroup, PackConstraint, Packing, PodCount, Unplaced};

use crate::units::MoneyPerHour;
use existing::fill_existing;
use fill::Filler;
use group::Plan;
use problem::{Item, Problem};
use search::Search;

/// Packs all pods: onto the free capacity of existing nodes first, then onto the cheapest new nodes that the search
/// finds.
pub fn pack(workloads: &[PackWorkload], kinds: &[NodeKind], existing: &[ExistingNode]) -> Packing {
    let problem = Problem::new(workloads, kinds, existing);
    let after = fill_existing(&problem, workloads);
    let items = &after.items;
    let simple = first_fit::first_fit_decreasing(&problem, items);
    let bound = bound::bound(&problem, items);
    let alone = alone::each_alone(&problem, items);
    let first_fit_decreasing_cost_per_hour = cost(&simple, kinds);
    let start = if cost(&alone, kinds) < first_fit_decreasing_cost_per_hour { alone } else { simple };
    let searched = Search::new(Filler::new(&problem, items, &bound)).run(start.clone());

    let [simple, searched] = [start, searched].map(|plan| (cost(&plan, kinds), groups(&problem, items, &plan)));
    // The cheaper plan; then the one with fewer nodes; then the simple one.
    let rank = |(cost, groups): &(MoneyPerHour, Vec<NodeGroup>)| {
        (*cost, groups.iter().map(|g| g.nodes).fold(0, u64::saturating_add))
    };
    let (cost_per_hour, groups) = if rank(&simple) <= rank(&searched) { simple } else { searched };
    let lower_bound_per_hour =
        if items.is_empty() { MoneyPerHour::default() } else { bound::whole(&problem, kinds, items, bound.cost) };

    let unplaced = workloads
        .iter()
        .enumerate()
        .filter(|(load, _)| after.unplaced[*load] > 0)
        .map(|(load, workload)| Unplaced {
            workload: workload.name.clone(),
            pods: after.unplaced[load],
            constraint: infeasibility::infeasibility(&problem, &after, (load, workload), kinds, existing),
        })
        .collect();
    let placements = after.pods.iter().enumerate().filter(|(_, pods)| !pods.is_empty());
    let existing = placements
        .map(|(node, pods)| {
            let mut pods = pods.clone();
            pods.sort_unstable();
            ExistingPlacement { node, pods }
        })
        .collect();
    Packing { groups, existing, unplaced, cost_per_hour, lower_bound_per_hour, first_fit_decreasing_cost_per_hour }
}

/// First-fit decreasing alone, for comparison.
pub fn first_fit_decreasing(
    workloads: &[PackWorkload],
    kinds: &[NodeKind],
    existing: &[ExistingNode],
) -> (MoneyPerHour, Vec<NodeGroup>) {
    let problem = Problem::new(workloads, kinds, existing);
    let after = fill_existing(&problem, workloads);
    let plan = first_fit::first_fit_decreasing(&problem, &after.items);
    (cost(&plan, kinds), groups(&problem, &after.items, &plan))
}

fn cost(plan: &Plan, kinds: &[NodeKind]) -> MoneyPerHour {
    plan.groups.iter().map(|g| kinds[g.kind].price * g.nodes).fold(MoneyPerHour::default(), |a, b| a + b)
}

/// Converts groups to the public form: by workload instead of item, in a total order, with equal groups merged.
fn groups(problem: &Problem, items: &[Item], plan: &Plan) -> Vec<NodeGroup> {
    let mut groups: Vec<NodeGroup> = plan
        .groups
        .iter()
        .map(|group| {
            let mut pods: Vec<PodCount> =
                group.pods.iter().map(|(item, pods)| PodCount { workload: items[*item].load, pods: *pods }).collect();
            pods.sort_unstable();
            let zone = group.zone.map(|zone| problem.zones[zone].clone());
            NodeGroup { kind: group.kind, zone, nodes: group.nodes, pods }
        })
        .collect();
    groups.sort_by(|a, b| (a.kind, &a.zone, &a.pods).cmp(&(b.kind, &b.zone, &b.pods)));
    groups.dedup_by(|next, kept| {
        let equal = (next.kind, &next.zone, &next.pods) == (kept.kind, &kept.zone, &kept.pods);
        if equal {
            kept.nodes += next.nodes;
        }
        equal
    });
    groups
}
