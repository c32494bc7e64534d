//! First-fit decreasing: the standard heuristic, used as the baseline of the search.

use super::group::{Group, Plan};
use super::problem::{Item, Problem, fit, real};

/// Places the items in their order, each on the first nodes with room, then on new nodes.
///
/// A new node is of the kind with the lowest price per pod of this item, for the pods that remain; ties go to the
/// kind that takes more pods, then to the first kind. Johnson's guarantee (11/9 of the optimum) holds for one
/// resource and one kind only; with several of both there is none, hence the lower bound.
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

/// The kind with the lowest price per pod for `left` pods, and the number of pods that one node takes.
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
