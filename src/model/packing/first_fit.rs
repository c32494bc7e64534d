//! First-fit decreasing: the plan that everyone would make, and the one to beat.

use super::group::{Group, Plan};
use super::problem::{Item, Problem, fit, real};

/// Items in their order, each on the first nodes with room, then on new ones.
///
/// A new node is of the kind that costs the least for each pod of this item, as far as there are pods for it; among equals the
/// one that takes more, then the first by position. Johnson's bound (11/9 of the best) holds for one resource and one kind;
/// with several of both there is none, hence the lower bound.
pub(super) fn first_fit_decreasing(problem: &Problem, items: &[Item]) -> Plan {
    let mut plan = Plan::default();
    place_all(problem, items, &mut plan, items.iter().map(|item| item.pods).enumerate());
    plan
}

/// Adds pods to a plan by first fit, and buys nodes for those that do not fit.
pub(super) fn place_all(problem: &Problem, items: &[Item], plan: &mut Plan, pods: impl Iterator<Item = (usize, u64)>) {
    for (item, pods) in pods {
        let of = &items[item];
        let mut left = plan.first_fit(problem, item, of, pods);
        while left > 0 {
            let Some((kind, each)) = cheapest_for(problem, of, left) else { return };
            let nodes = left / each;
            let mut group = Group::empty(kind, nodes, &problem.kinds[kind].room);
            group.add(problem, item, of, each);
            plan.groups.push(group);
            left -= nodes * each;
        }
    }
}

/// The kind that costs the least for each of `left` pods, and how many it takes.
fn cheapest_for(problem: &Problem, item: &Item, left: u64) -> Option<(usize, u64)> {
    let load = &problem.loads[item.load];
    (0..problem.kinds.len())
        .filter(|kind| problem.buyable(item.load, *kind, item.zone))
        .map(|kind| (kind, fit(&problem.kinds[kind].room, &load.need).min(load.per_node).min(left)))
        .min_by(|(a, a_takes), (b, b_takes)| {
            let price = |kind: usize, takes: u64| problem.kinds[kind].price / real(takes);
            price(*a, *a_takes).total_cmp(&price(*b, *b_takes)).then(b_takes.cmp(a_takes)).then(a.cmp(b))
        })
}
