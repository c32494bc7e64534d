//! Fills one node with the best-fitting pods.

use super::bound::Bound;
use super::group::Group;
use super::problem::{Item, Problem, fit, real};

/// Weight of a resource's free share above or below the average of all resources.
const BALANCE: f64 = 4.0;

/// Remaining work of the search, in item evaluations: unlike a time limit it is the same on every machine.
pub(super) struct Budget(pub(super) u64);

impl Budget {
    /// Spends some work; returns whether enough was left.
    pub(super) const fn spend(&mut self, looks: u64) -> bool {
        let enough = self.0 >= looks;
        self.0 = self.0.saturating_sub(looks);
        enough
    }
}

/// The items with their requests in contiguous arrays for the inner loop.
pub(super) struct Filler<'a> {
    pub(super) problem: &'a Problem,
    pub(super) items: &'a [Item],
    pub(super) bound: &'a Bound,
    /// Requests as floating-point numbers, item by item.
    needs: Vec<f64>,
    /// The same requests as integers, which decide what fits.
    exact: Vec<u64>,
}

impl<'a> Filler<'a> {
    pub(super) fn new(problem: &'a Problem, items: &'a [Item], bound: &'a Bound) -> Self {
        let needs =
            items.iter().flat_map(|item| problem.loads[item.load].need.iter().map(|need| real(*need))).collect();
        let exact = items.iter().flat_map(|item| problem.loads[item.load].need.iter().copied()).collect();
        Self { problem, items, bound, needs, exact }
    }

    /// Fills an empty node of a kind, in a zone if one is given, with remaining pods.
    ///
    /// Greedy by dot product: the next pod is the one whose request has the largest weighted dot product with the
    /// free capacity, both as shares of the node. This places large pods first, and pods that need what is plentiful
    /// (Panigrahy et al. 2011, "Heuristics for vector bin packing"). `batch` divides the number of pods placed at
    /// once: 1 is fast, a high value balances the resources better.
    pub(super) fn fill(
        &self,
        kind: usize,
        zone: Option<usize>,
        remaining: &[u64],
        batch: u64,
        budget: &mut Budget,
    ) -> Group {
        let Self { problem, items, bound, needs, exact } = self;
        let room = &problem.kinds[kind].room;
        let width = room.len();
        let mut node = Group::empty(kind, 1, room);
        let mut candidates: Vec<(usize, u64)> = (0..items.len())
            .filter(|item| remaining[*item] > 0 && (items[*item].zone.is_none() || items[*item].zone == zone))
            .filter(|item| problem.loads[items[*item].load].kinds[kind])
            .map(|item| (item, remaining[item].min(problem.loads[items[item].load].per_node)))
            .collect();
        let inverse: Vec<f64> = room.iter().map(|room| 1.0 / real((*room).max(1))).collect();
        let parts = &bound.parts[kind];
        let whole: f64 = parts.iter().sum::<f64>().max(f64::MIN_POSITIVE);
        let mut weights = vec![0.0; width];
        while !candidates.is_empty() && budget.spend(candidates.len() as u64) {
            let free = |r: usize| real(node.free[r]) * inverse[r];
            let mean = ((0..width).map(|r| parts[r] * free(r)).sum::<f64>() / whole).max(f64::MIN_POSITIVE);
            for r in 0..width {
                let lead = free(r) / mean - 1.0;
                // A resource without a dual price gets no bonus for being plentiful, only a penalty for being scarce.
                let lead = if parts[r] > 0.0 { lead } else { lead.min(0.0) };
                weights[r] = (parts[r] / whole + BALANCE * lead) * inverse[r];
            }
            let mut best: Option<(f64, usize)> = None;
            candidates.retain(|(item, _)| {
                let need = &exact[item * width..(item + 1) * width];
                if node.free.iter().zip(need).any(|(free, need)| free < need) {
                    return false;
                }
                let need = &needs[item * width..(item + 1) * width];
                let score: f64 = weights.iter().zip(need).map(|(a, b)| a * b).sum();
                // Candidates keep their order, so ties go to the first.
                if best.is_none_or(|(highest, _)| score > highest) {
                    best = Some((score, *item));
                }
                true
            });
            let Some((_, item)) = best else { break };
            let Ok(position) = candidates.binary_search_by_key(&item, |(item, _)| *item) else { break };
            let most = fit(&node.free, &problem.loads[items[item].load].need).min(candidates[position].1);
            let pods = (most / batch).max(1);
            node.add(problem, item, &items[item], pods);
            candidates[position].1 -= pods;
            if candidates[position].1 == 0 {
                candidates.remove(position);
            }
        }
        node
    }
}
