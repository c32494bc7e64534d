//! Each item on dedicated nodes: the plan of the single-service planner, which is an upper bound for the cost of any
//! packing.

use super::group::{Group, Plan};
use super::problem::{Item, Problem, fit, real};

/// Places each item on the kind whose nodes for this item alone cost the least; ties go to the first kind.
pub(super) fn each_alone(problem: &Problem, items: &[Item]) -> Plan {
    let mut plan = Plan::default();
    for (item, of) in items.iter().enumerate() {
        let load = &problem.loads[of.load];
        let each = |kind: usize| fit(&problem.kinds[kind].room, &load.need).min(load.per_node);
        let price = |kind: usize| problem.kinds[kind].price * real(of.pods.div_ceil(each(kind)));
        let buyable = (0..problem.kinds.len()).filter(|kind| problem.buyable(of.load, *kind, of.zone));
        let Some(kind) = buyable.min_by(|a, b| price(*a).total_cmp(&price(*b)).then(a.cmp(b))) else { continue };
        let (full, last) = (of.pods / each(kind), of.pods % each(kind));
        for (nodes, pods) in [(full, each(kind)), (u64::from(last > 0), last)] {
            if nodes > 0 {
                let mut group = Group::empty(kind, nodes, &problem.kinds[kind].room);
                group.add(problem, item, of, pods);
                plan.groups.push(group);
            }
        }
    }
    plan
}
