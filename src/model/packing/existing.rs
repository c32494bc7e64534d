//! Fills existing nodes first; the rest needs new nodes, per zone if pods are spread.

use super::input::PackWorkload;
use super::problem::{Item, Pin, Problem, fit};
use super::result::PodCount;

/// State after the existing nodes are filled.
pub(super) struct AfterExisting {
    /// Free capacity of each existing node.
    pub(super) free: Vec<Vec<u64>>,
    /// Pods placed on each existing node.
    pub(super) pods: Vec<Vec<PodCount>>,
    /// Pods that need new nodes, in the order of first-fit decreasing.
    pub(super) items: Vec<Item>,
    /// Number of pods per workload that no node can run.
    pub(super) unplaced: Vec<u64>,
}

/// Fills the existing nodes by first-fit decreasing.
///
/// Each workload takes all the capacity it can use before the next one, and free capacity only shrinks. So the rest
/// of a workload never fits on an existing node later, and new nodes can be planned independently.
pub(super) fn fill_existing(problem: &Problem, workloads: &[PackWorkload]) -> AfterExisting {
    let mut after = AfterExisting {
        free: problem.nodes.iter().map(|node| node.room.clone()).collect(),
        pods: vec![Vec::new(); problem.nodes.len()],
        items: Vec::new(),
        unplaced: vec![0; problem.loads.len()],
    };
    for (turn, &load) in problem.order.iter().enumerate() {
        let pods = problem.loads[load].pods;
        let pinned = match problem.loads[load].pinned {
            Pin::Anywhere => None,
            Pin::Zone(zone) => Some(zone),
            Pin::Nowhere => {
                after.unplaced[load] = pods;
                continue;
            }
        };
        let Some(spread) = workloads[load].zone_spread else {
            let left = after.place(problem, load, pinned, pods);
            after.buy(problem, load, pinned, left);
            continue;
        };
        let domains = problem.domains(load);
        let capacity = |zone: &usize| match problem.sold_in(load, *zone) {
            true => u64::MAX,
            false => after.capacity(problem, load, *zone),
        };
        let capacities: Vec<u64> = domains.iter().map(capacity).collect();
        // The scheduler allows any zone that is less than the skew ahead of the emptiest, in any order. So the zone
        // with the smallest capacity is filled, and no other zone exceeds it by more than the skew.
        let too_few = u64::try_from(domains.len()).unwrap_or(u64::MAX) < spread.min_domains;
        let emptiest = if too_few { 0 } else { capacities.iter().copied().min().unwrap_or(0) };
        let shares = shares(pods, &capacities, emptiest.saturating_add(spread.skew()), turn);
        after.unplaced[load] = pods - shares.iter().sum::<u64>();
        for (zone, share) in domains.into_iter().zip(shares) {
            let left = after.place(problem, load, Some(zone), share);
            after.buy(problem, load, Some(zone), left);
        }
    }
    after
}

impl AfterExisting {
    /// Number of further pods of a workload that one existing node can take.
    fn fit(&self, problem: &Problem, node: usize, load: usize, zone: Option<usize>) -> u64 {
        let (existing, load_of) = (&problem.nodes[node], &problem.loads[load]);
        if !existing.admits[load] || zone.is_some_and(|zone| existing.zone != Some(zone)) {
            return 0;
        }
        let held = self.pods[node].iter().find(|count| count.workload == load).map_or(0, |count| count.pods);
        fit(&self.free[node], &load_of.need).min(load_of.per_node.saturating_sub(held))
    }

    /// Whether the existing nodes of a zone can take no more pods of a workload.
    pub(super) fn full(&self, problem: &Problem, load: usize, zone: usize) -> bool {
        self.capacity(problem, load, zone) == 0
    }

    fn capacity(&self, problem: &Problem, load: usize, zone: usize) -> u64 {
        let fits = (0..problem.nodes.len()).map(|node| self.fit(problem, node, load, Some(zone)));
        fits.fold(0, u64::saturating_add)
    }

    /// Places pods on existing nodes in their order; returns the number of pods left.
    fn place(&mut self, problem: &Problem, load: usize, zone: Option<usize>, mut left: u64) -> u64 {
        for node in 0..problem.nodes.len() {
            if left == 0 {
                break;
            }
            let pods = self.fit(problem, node, load, zone).min(left);
            if pods > 0 {
                for (free, need) in self.free[node].iter_mut().zip(&problem.loads[load].need) {
                    *free -= need * pods;
                }
                self.pods[node].push(PodCount { workload: load, pods });
                left -= pods;
            }
        }
        left
    }

    fn buy(&mut self, problem: &Problem, load: usize, zone: Option<usize>, pods: u64) {
        if pods == 0 {
        } else if problem.any_buyable(load, zone) {
            self.items.push(Item { load, zone, pods });
        } else {
            self.unplaced[load] += pods;
        }
    }
}

/// Distributes pods over zones as evenly as their capacities allow, with at most `highest` per zone.
///
/// Zones are filled level by level. `turn` rotates which zones get the remainder; otherwise the first zone would
/// always get it.
fn shares(pods: u64, capacities: &[u64], highest: u64, turn: usize) -> Vec<u64> {
    let at = |level: u64| capacities.iter().map(|most| u128::from((*most).min(level))).sum::<u128>();
    // The highest level that needs no more than `pods` pods, by bisection: `at` is monotonic.
    let (mut low, mut high) = (0, highest.min(pods));
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if at(middle) <= u128::from(pods) { low = middle } else { high = middle - 1 }
    }
    let mut shares: Vec<u64> = capacities.iter().map(|most| (*most).min(low)).collect();
    if low < highest {
        let mut left = pods - shares.iter().sum::<u64>();
        for step in 0..shares.len() {
            let zone = (turn + step) % shares.len();
            if left > 0 && capacities[zone] > low {
                shares[zone] += 1;
                left -= 1;
            }
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_even_and_bounded() {
        let open = u64::MAX;
        assert_eq!(shares(7, &[open, open, open], open, 0), [3, 2, 2]);
        assert_eq!(shares(7, &[open, open, open], open, 1), [2, 3, 2]);
        assert_eq!(shares(2, &[open, open, open], open, 2), [1, 0, 1]);
        assert_eq!(shares(100, &[open, 4, open], 6, 0), [6, 4, 6]);
        assert_eq!(shares(14, &[open, 4, open], 6, 0), [5, 4, 5]);
        assert_eq!(shares(9, &[open, 0], 1, 0), [1, 0]);
        assert_eq!(shares(u64::MAX, &[open], open, 0), [u64::MAX]);
        assert_eq!(shares(3, &[], 1, 0), [0; 0]);
    }
}
