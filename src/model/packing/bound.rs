//! Lower bound of the cost of any plan, by linear-programming duality.
//!
//! Give every resource a price `y ≥ 0` so that no kind of node holds more worth than it costs: `y·room ≤ price`. Then
//! the price of any set of nodes is at least the worth of the pods on them, `Σ y·need`. This holds for every such
//! `y`; the best `y` is the dual solution of the fractional covering problem (Martello & Toth 1990, *Knapsack
//! Problems*, 8.3; for vectors Caprara & Toth 2001, doi:10.1016/S0166-218X(00)00267-5). One refinement: pods that
//! cannot run on every kind get their own prices, one class of workloads for each set of kinds that admits them, and
//! the worth of a kind must not exceed its price for any mix of classes.
//!
//! Integrality sharpens the bound in three ways: a plan costs a whole multiple of the greatest common divisor of all
//! prices; a workload alone needs `pods ÷ (pods that fit on a node)` nodes; and any purchase costs at least the
//! cheapest node that holds a pod.

use crate::units::BYTES_PER_GIB;
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::input::NodeKind;
use super::problem::{Item, Problem, fit, real};
use super::simplex::maximize;
use crate::units::MoneyPerHour;

/// Maximum number of classes with their own prices; smaller classes share one, which weakens the bound slightly and
/// keeps the program small.
const CLASSES: usize = 6;

/// Maximum number of rounds that add violated rows; each adds at most one row per kind.
const ROUNDS: usize = 40;

/// Resource prices that satisfy every kind, and the resulting bound.
pub(super) struct Bound {
    /// Worth of one pod of each item.
    pub(super) worth: Vec<f64>,
    /// Sum of the worth of all pods: a lower bound of the cost of any packing.
    pub(super) cost: f64,
    /// For each kind, the share of its price that each resource is worth at the highest price of any class it admits.
    pub(super) parts: Vec<Vec<f64>>,
    /// Maximum worth that one node of each kind can hold ÷ its price: at most 1.
    pub(super) density: Vec<f64>,
}

struct Class {
    kinds: Vec<bool>,
    demand: Vec<f64>,
}

/// The best dual prices, as the worth of one pod of each item.
pub(super) fn bound(problem: &Problem, items: &[Item]) -> Bound {
    let (classes, class_of) = classes(problem, items);
    let width = problem.resources.len();
    let column = |class: usize, resource: usize| class * width + resource;
    let goal: Vec<f64> = classes.iter().flat_map(|class| class.demand.iter().copied()).collect();

    // A row requires that the kind is not worth more than its price; `class_for` gives the class of each resource.
    let row = |kind: usize, class_for: &dyn Fn(usize) -> Option<usize>| {
        let mut row = vec![0.0; goal.len()];
        for (resource, room) in problem.kinds[kind].room.iter().enumerate() {
            if let Some(class) = class_for(resource) {
                row[column(class, resource)] = real(*room) / (UNIT[resource.min(2)] * problem.kinds[kind].price);
            }
        }
        row
    };
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for (number, class) in classes.iter().enumerate() {
        let admitted = (0..problem.kinds.len()).filter(|kind| class.kinds[*kind]);
        rows.extend(admitted.map(|kind| row(kind, &|_| Some(number))));
    }
    let mut prices = maximize(&goal, &rows);
    let dearest = |kind: usize, prices: &[f64], resource: usize| {
        let of = (0..classes.len()).filter(|class| classes[*class].kinds[kind]);
        of.max_by(|a, b| prices[column(*a, resource)].total_cmp(&prices[column(*b, resource)]))
    };
    let mut density = Vec::new();
    for round in 0..=ROUNDS {
        density.clear();
        let mut broken = Vec::new();
        for kind in 0..problem.kinds.len() {
            let row = row(kind, &|resource| dearest(kind, &prices, resource));
            let worth: f64 = row.iter().zip(&prices).map(|(a, b)| a * b).sum();
            density.push(worth);
            if worth > 1.0 + 1e-9 {
                broken.push(row);
            }
        }
        if broken.is_empty() || round == ROUNDS {
            break;
        }
        rows.extend(broken);
        prices = maximize(&goal, &rows);
    }
    // Scaling down makes the prices feasible for every kind despite rounding errors of the solver.
    let worst = density.iter().copied().fold(1.0, f64::max);
    prices.iter_mut().chain(&mut density).for_each(|number| *number /= worst);
    let parts = (0..problem.kinds.len())
        .map(|kind| {
            let row = row(kind, &|resource| dearest(kind, &prices, resource));
            row.iter().zip(&prices).map(|(a, b)| a * b).collect::<Vec<f64>>()
        })
        .map(|cells| (0..width).map(|r| (0..classes.len()).map(|class| cells[column(class, r)]).sum()).collect())
        .collect();
    let worth = |item: usize| -> f64 {
        let needs = problem.loads[items[item].load].need.iter().enumerate();
        needs.map(|(r, need)| prices[column(class_of[item], r)] * real(*need) / UNIT[r.min(2)]).sum()
    };
    let worth: Vec<f64> = (0..items.len()).map(worth).collect();
    let cost = worth.iter().zip(items).map(|(worth, item)| worth * real(item.pods)).sum();
    Bound { worth, cost, parts, density }
}

/// Cores, GiB and pods: units in which amounts have the magnitude of prices, as the solver's tolerances assume.
const UNIT: [f64; 3] = [1e3, BYTES_PER_GIB, 1.0];

/// Groups the workloads by the set of kinds that admit them, largest demand first; returns the classes and the class
/// of each item.
fn classes(problem: &Problem, items: &[Item]) -> (Vec<Class>, Vec<usize>) {
    let set = |item: &Item| -> Vec<bool> {
        let admitting = problem.loads[item.load].admitting.iter().enumerate();
        admitting
            .map(|(kind, ok)| *ok && item.zone.is_none_or(|zone| problem.kinds[kind].zones.contains(&zone)))
            .collect()
    };
    let sets: Vec<Vec<bool>> = items.iter().map(set).collect();
    let mut sizes: BTreeMap<&Vec<bool>, f64> = BTreeMap::new();
    for (set, item) in sets.iter().zip(items) {
        *sizes.entry(set).or_default() += problem.loads[item.load].size * real(item.pods);
    }
    let mut ordered: Vec<(&Vec<bool>, f64)> = sizes.into_iter().collect();
    ordered.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let rank: BTreeMap<&Vec<bool>, usize> =
        ordered.iter().enumerate().map(|(rank, (set, _))| (*set, rank.min(CLASSES - 1))).collect();
    let class_of: Vec<usize> = sets.iter().map(|set| rank[set]).collect();
    let empty = || Class { kinds: vec![false; problem.kinds.len()], demand: vec![0.0; problem.resources.len()] };
    let mut classes: Vec<Class> = (0..ordered.len().min(CLASSES)).map(|_| empty()).collect();
    for ((set, item), class) in sets.iter().zip(items).zip(&class_of) {
        let class = &mut classes[*class];
        class.kinds.iter_mut().zip(set).for_each(|(all, one)| *all |= one);
        for (resource, need) in problem.loads[item.load].need.iter().enumerate() {
            class.demand[resource] += real(*need) * real(item.pods) / UNIT[resource.min(2)];
        }
    }
    (classes, class_of)
}

/// The bound in money, sharpened by integrality. `linear` is [`Bound::cost`].
pub(super) fn whole(problem: &Problem, kinds: &[NodeKind], items: &[Item], linear: f64) -> MoneyPerHour {
    // Rounding errors above are below 10⁻¹²; subtracting a billionth makes the bound safe.
    let mut best = Decimal::from_f64(linear * (1.0 - 1e-9)).unwrap_or_default();
    for item in items {
        let load = &problem.loads[item.load];
        let buyable = || (0..kinds.len()).filter(|kind| problem.buyable(item.load, *kind, item.zone));
        let price = |kind: usize| kinds[kind].price.amount();
        let per_pod = buyable()
            .map(|kind| price(kind) / Decimal::from(fit(&problem.kinds[kind].room, &load.need).min(load.per_node)))
            .min();
        let one = buyable().map(price).min();
        if let (Some(per_pod), Some(one)) = (per_pod, one) {
            // Division rounds the 28th digit, possibly up; reducing the result by 10⁻²⁰ is safe.
            let alone = per_pod.saturating_mul(Decimal::from(item.pods)) * (Decimal::ONE - Decimal::new(1, 20));
            best = best.max(alone).max(one);
        }
    }
    let usable = (0..kinds.len()).filter(|kind| items.iter().any(|i| problem.buyable(i.load, *kind, i.zone)));
    MoneyPerHour::new(up_to_multiple(best, usable.map(|kind| kinds[kind].price.amount())))
}

/// The smallest multiple of the greatest common divisor of the prices that is at least `amount`; `amount` itself if a
/// price has too many digits.
fn up_to_multiple(amount: Decimal, prices: impl Iterator<Item = Decimal>) -> Decimal {
    const DIGITS: u32 = 12;
    let scale = Decimal::new(1, DIGITS);
    let mut divisor: u128 = 0;
    for price in prices {
        match (price / scale).to_u128().filter(|count| Decimal::from_u128(*count).is_some_and(|c| c * scale == price)) {
            Some(count) => divisor = gcd(divisor, count),
            None => return amount,
        }
    }
    let step = Decimal::from_u128(divisor).unwrap_or_default() * scale;
    let Some(steps) = amount.checked_div(step) else { return amount };
    steps.ceil().checked_mul(step).unwrap_or(amount).max(amount).normalize()
}

const fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
