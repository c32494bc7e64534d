//! Improves on first-fit decreasing: builds plans pattern by pattern, then rebuilds the worst nodes.
//!
//! A custom search instead of a solver crate, after measuring both on the case of `benches/packing.rs` (10,000 pods,
//! 200 workloads, 60 types). good_lp with microlp finds the cheapest mix of types for the *sum* of the requests in
//! 0.3 to 4 ms, 0.1 % above the lower bound at a gap of 0.1 %. But the pods do not fit that mix: first fit onto it
//! plus nodes for the rest ends 14 to 19 % above the bound, whatever slack (0 to 5 %) is added, while this search
//! ends 0.4 % above it. Which pods share a node matters more than which types are bought, and the solver only knows
//! the types. Also, the solver can only be limited by time, so equal input may give different results; the limit here
//! is an amount of work.

use super::bound::Bound;
use super::fill::{Budget, Filler};
use super::first_fit::place_all;
use super::group::{Group, Plan};
use super::problem::real;

/// Maximum number of item evaluations of one search.
const MAX_STEPS: u64 = 14_000_000;

/// Shares of the total price that are rebuilt, in turn: few nodes often, many nodes occasionally.
const RUINS: [f64; 5] = [0.05, 0.15, 0.3, 0.1, 0.6];

/// Number of full plans built with corrected values.
const CORRECTIONS: usize = 6;

/// Upper limit of a node's price ÷ worth in the value correction: the last, mostly empty node says little about its
/// pods.
const DEAREST: f64 = 1.5;

/// Kinds are skipped if the worth per price they can hold is below this fraction of one already found.
const SLACK: f64 = 0.98;

/// The search stops at this ratio to the lower bound: prices are only known to three or four digits.
const ENOUGH: f64 = 1.0005;

/// Number of consecutive searches without improvement after which the search stops.
const MAX_SEARCHES_WITHOUT_GAIN: usize = 15;

/// Parameters of building a plan.
#[derive(Clone, Copy)]
struct Style {
    /// Kinds more expensive than this are only used if no other kind fits.
    limit: f64,
    /// Divisor of the pods placed at once, see [`Filler::fill`].
    batch: u64,
}

/// State of the search.
pub(super) struct Search<'a> {
    filler: Filler<'a>,
    bound: &'a Bound,
    /// Kinds by the maximum worth per price that they can hold, best first.
    kinds: Vec<(f64, usize)>,
    /// Value of placing one pod of each item: above [`Bound::worth`] if it was hard to place.
    values: Vec<f64>,
    budget: Budget,
}

impl<'a> Search<'a> {
    pub(super) fn new(filler: Filler<'a>) -> Self {
        let Filler { problem, bound, .. } = filler;
        let mut kinds: Vec<(f64, usize)> = (0..problem.kinds.len())
            .filter(|kind| filler.items.iter().any(|item| problem.buyable(item.load, *kind, item.zone)))
            .map(|kind| (bound.density[kind], kind))
            .collect();
        kinds.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        Self { filler, bound, kinds, values: bound.worth.clone(), budget: Budget(MAX_STEPS) }
    }

    /// The best plan found, starting from a given plan.
    pub(super) fn run(mut self, first: Plan) -> Plan {
        let problem = self.filler.problem;
        let price = |plan: &Plan| plan.price(&problem.kinds);
        let mut best = first;
        best.downsize(problem, self.filler.items);
        let mut style = Style { limit: f64::INFINITY, batch: 4 };
        for limit in self.limits() {
            let candidate = Style { limit, batch: 4 };
            let plan = self.whole_plan(candidate);
            if price(&plan) < price(&best) {
                (best, style) = (plan, candidate);
            }
        }
        self.correct(&best);
        for _ in 0..CORRECTIONS {
            if price(&best) <= self.bound.cost * ENOUGH {
                break;
            }
            let plan = self.whole_plan(style);
            self.correct(&plan);
            if price(&plan) < price(&best) {
                best = plan;
            }
        }
        let mut fruitless = 0;
        for round in 0.. {
            if fruitless >= MAX_SEARCHES_WITHOUT_GAIN || self.budget.0 == 0 || price(&best) <= self.bound.cost * ENOUGH
            {
                break;
            }
            let style = Style { batch: [4, 16, 1][round % 3], ..style };
            let plan = self.rebuild(&best, RUINS[round % RUINS.len()], style);
            fruitless = if price(&plan) < price(&best) { 0 } else { fruitless + 1 };
            if fruitless == 0 {
                best = plan;
            }
        }
        best
    }

    /// Price limits for kinds: none, 28 % and 7 % of the highest price. Small nodes waste less on few pods, and give
    /// more nodes for pods that must not share one.
    fn limits(&self) -> Vec<f64> {
        let problem = self.filler.problem;
        let dearest = self.kinds.iter().map(|(_, kind)| problem.kinds[*kind].price).fold(0.0, f64::max);
        let mut limits = vec![f64::INFINITY];
        limits.extend([0.28, 0.07].map(|part| dearest * part));
        limits
    }

    fn whole_plan(&mut self, style: Style) -> Plan {
        let mut remaining: Vec<u64> = self.filler.items.iter().map(|item| item.pods).collect();
        let mut plan = Plan::default();
        self.build(&mut plan, &mut remaining, style);
        plan
    }

    /// Raises the value of pods on nodes that cost more than the worth of their pods, so that the next plan places
    /// them earlier (sequential value correction: Belov & Scheithauer 2007, doi:10.1287/ijoc.1050.0132).
    fn correct(&mut self, plan: &Plan) {
        let mut paid = vec![0.0; self.values.len()];
        for group in &plan.groups {
            let worth: f64 = group.pods.iter().map(|(item, pods)| self.bound.worth[*item] * real(*pods)).sum();
            let dear = self.filler.problem.kinds[group.kind].price / worth.max(f64::MIN_POSITIVE);
            for (item, pods) in &group.pods {
                paid[*item] += dear.min(DEAREST) * real(*pods * group.nodes);
            }
        }
        for (item, of) in self.filler.items.iter().enumerate() {
            let asked = self.bound.worth[item] * paid[item] / real(of.pods);
            self.values[item] = (self.values[item] + asked) / 2.0;
        }
    }

    /// Builds nodes for all remaining pods: repeatedly the node with the most value per price, as often as there are
    /// pods for it.
    fn build(&mut self, plan: &mut Plan, remaining: &mut [u64], style: Style) {
        let (problem, items) = (self.filler.problem, self.filler.items);
        while remaining.iter().any(|pods| *pods > 0) {
            let zone = self.fullest_zone(remaining);
            let node = self
                .best_node(zone, remaining, style)
                .or_else(|| self.best_node(zone, remaining, Style { limit: f64::INFINITY, ..style }));
            let Some(mut node) = node.filter(|_| self.budget.0 > 0) else {
                // Without remaining work, the rest is placed by first fit.
                place_all(problem, items, plan, remaining.iter_mut().map(std::mem::take).enumerate());
                return;
            };
            node.nodes = node.pods.iter().map(|(item, pods)| remaining[*item] / pods).min().unwrap_or(1);
            for (item, pods) in &node.pods {
                remaining[*item] -= pods * node.nodes;
            }
            plan.groups.push(node);
        }
        plan.downsize(problem, items);
    }

    /// The zone with the most remaining demand; pods without a zone fill its nodes.
    fn fullest_zone(&self, remaining: &[u64]) -> Option<usize> {
        let mut worth = vec![0.0; self.filler.problem.zones.len()];
        for (item, pods) in self.filler.items.iter().zip(remaining) {
            if let Some(zone) = item.zone {
                worth[zone] += self.filler.problem.loads[item.load].size * real(*pods);
            }
        }
        let fullest = (0..worth.len()).rev().max_by(|a, b| worth[*a].total_cmp(&worth[*b]));
        fullest.filter(|zone| worth[*zone] > 0.0)
    }

    fn best_node(&mut self, zone: Option<usize>, remaining: &[u64], style: Style) -> Option<Group> {
        let problem = self.filler.problem;
        let mut best: Option<(f64, Group)> = None;
        let mut filled: f64 = 0.0;
        for &(density, kind) in &self.kinds {
            if density < filled * SLACK {
                break;
            }
            let price = problem.kinds[kind].price;
            if price > style.limit || zone.is_some_and(|zone| !problem.kinds[kind].zones.contains(&zone)) {
                continue;
            }
            let node = self.filler.fill(kind, zone, remaining, style.batch, &mut self.budget);
            if node.pods.is_empty() {
                continue;
            }
            let sum = |of: &[f64]| node.pods.iter().map(|(item, pods)| of[*item] * real(*pods)).sum::<f64>() / price;
            filled = filled.max(sum(&self.bound.worth));
            let value = sum(&self.values);
            if best.as_ref().is_none_or(|(highest, _)| value > *highest) {
                best = Some((value, node));
            }
        }
        best.map(|(_, node)| node)
    }

    /// Removes the nodes with the least worth per price, up to a share of the total price; puts their pods on the
    /// other nodes as far as they fit, and on new nodes (ruin and recreate: Schrimpf et al. 2000,
    /// doi:10.1006/jcph.1999.6413).
    fn rebuild(&mut self, plan: &Plan, part: f64, style: Style) -> Plan {
        let (problem, items) = (self.filler.problem, self.filler.items);
        let worth = |group: &Group| -> f64 {
            group.pods.iter().map(|(item, pods)| self.bound.worth[*item] * real(*pods)).sum()
        };
        let mut ranked: Vec<(f64, usize)> = plan
            .groups
            .iter()
            .enumerate()
            .map(|(number, group)| (worth(group) / problem.kinds[group.kind].price, number))
            .collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut allowance = plan.price(&problem.kinds) * part;
        let mut next = plan.clone();
        let mut remaining = vec![0; items.len()];
        for (_, number) in ranked {
            let group = &mut next.groups[number];
            let price = problem.kinds[group.kind].price;
            // Removes at least one node, so that a plan of a single group can change too.
            while group.nodes > 0 && allowance > 0.0 {
                let taken = if price * real(group.nodes) <= allowance { group.nodes } else { 1 };
                group.nodes -= taken;
                allowance -= price * real(taken);
                group.pods.iter().for_each(|(item, pods)| remaining[*item] += pods * taken);
            }
        }
        next.groups.retain(|group| group.nodes > 0);
        for (item, pods) in remaining.iter_mut().enumerate() {
            if *pods > 0 {
                *pods = next.first_fit(problem, item, &items[item], *pods);
            }
        }
        self.build(&mut next, &mut remaining, style);
        next
    }
}
