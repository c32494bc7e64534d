//! Pods over the hours of a month, and what the samples make of them.

use rust_decimal::Decimal;

use super::case::Case;
use crate::model::sampling::{latin_hypercube, quantile};
use crate::model::{Draw, NodePlan, Sizer};

/// Pods in each hour of the load curve.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MonthPods {
    busy: u64,
    hours: Vec<u64>,
}

impl MonthPods {
    /// From the busy period's pods and each hour's.
    pub(super) const fn new(busy: u64, hours: Vec<u64>) -> Self {
        Self { busy, hours }
    }

    /// Pods at the busy period.
    pub(super) const fn busy(&self) -> u64 {
        self.busy
    }

    /// Mean pods.
    pub(super) fn mean(&self) -> Decimal {
        mean(self.hours.iter().copied())
    }

    /// Mean nodes of one type that hold them hour by hour.
    pub(super) fn mean_nodes(&self, plan: &NodePlan) -> Decimal {
        mean(self.hours.iter().map(|pods| plan.nodes_for(*pods)))
    }
}

fn mean(counts: impl ExactSizeIterator<Item = u64>) -> Decimal {
    let hours = Decimal::from(counts.len());
    counts.map(Decimal::from).sum::<Decimal>().checked_div(hours).unwrap_or_default()
}

/// Pods of each hour. More demand never needs fewer pods, so hours between two that need equally many are not sized.
fn pods_of_hours(shares: &[f64], busy: u64, pods_at: impl Fn(f64) -> u64) -> Vec<u64> {
    let mut levels: Vec<f64> = shares.to_vec();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    let mut pods = vec![0; levels.len()];
    if let [first, .., last] = pods.as_mut_slice() {
        *first = pods_at(levels[0]);
        *last = busy;
        fill(&levels, &mut pods, 0, levels.len() - 1, &pods_at);
    } else if let [only] = pods.as_mut_slice() {
        *only = busy;
    }
    let at = |share: &f64| levels.binary_search_by(|level| level.total_cmp(share)).map_or(busy, |level| pods[level]);
    shares.iter().map(at).collect()
}

/// Sizes the levels between two whose pods are known.
fn fill(levels: &[f64], pods: &mut [u64], low: usize, high: usize, pods_at: &impl Fn(f64) -> u64) {
    if high - low < 2 {
        return;
    }
    if pods[low] == pods[high] {
        let known = pods[low];
        pods[low + 1..high].fill(known);
        return;
    }
    let middle = low.midpoint(high);
    pods[middle] = pods_at(levels[middle]);
    fill(levels, pods, low, middle, pods_at);
    fill(levels, pods, middle, high, pods_at);
}

/// One month for each draw; `None` where no number of pods is enough.
pub(super) struct Samples {
    pub(super) draws: Vec<Draw>,
    months: Vec<Option<MonthPods>>,
}

impl Case<'_> {
    /// Pods hour by hour: what each hour's demand needs, never more than the busy period's.
    pub(super) fn month(&self, sizer: &Sizer<'_>, demand: f64, busy: u64) -> MonthPods {
        let load = &self.question.load;
        let hours = match self.question.replicas {
            Some(_) => vec![busy],
            None if load.is_flat() => vec![busy],
            None => pods_of_hours(load.shares(), busy, |share| sizer.pods(demand * share).unwrap_or(busy).min(busy)),
        };
        MonthPods { busy, hours }
    }

    /// Every draw's month.
    pub(super) fn samples(&self) -> Samples {
        let question = self.question;
        let draws = latin_hypercube(&self.inputs, &self.service.profile.name, question.samples, question.seed);
        let months = draws
            .iter()
            .map(|draw| {
                let sizer = Sizer::new(&self.shape, draw, self.policy, &question.tables).ok()?;
                let demand = draw.get(crate::model::Input::Demand);
                let busy = question.replicas.map_or_else(|| sizer.pods(demand), Ok).ok()?;
                Some(self.month(&sizer, demand, busy))
            })
            .collect();
        Samples { draws, months }
    }
}

impl Samples {
    /// One month for each draw, in the order of the draws.
    pub(super) fn each(&self) -> &[Option<MonthPods>] {
        &self.months
    }

    /// Busy pods at the 5th, 50th and 95th percentile.
    pub(super) fn busy(&self) -> Option<[Option<u64>; 3]> {
        self.percentiles(|month| Decimal::from(month.busy)).map(|p| p.map(|month| month.map(MonthPods::busy)))
    }

    /// Something about the month at each percentile of its mean pods.
    pub(super) fn months<T>(&self, f: impl Fn(&MonthPods) -> Option<T>) -> Option<[Option<T>; 3]> {
        self.percentiles(MonthPods::mean).map(|p| p.map(|month| month.and_then(&f)))
    }

    fn percentiles(&self, key: impl Fn(&MonthPods) -> Decimal) -> Option<[Option<&MonthPods>; 3]> {
        if self.months.is_empty() {
            return None;
        }
        // What has no plan needs more than everything.
        let rank = |at: &usize| (self.months[*at].is_none(), self.months[*at].as_ref().map(&key), *at);
        let mut order: Vec<usize> = (0..self.months.len()).collect();
        order.sort_by_cached_key(rank);
        Some([0.05, 0.5, 0.95].map(|p| self.months[quantile(&order, p)?].as_ref()))
    }

    /// Mean pods of every draw, for sensitivity; not a number where there is no plan.
    pub(super) fn output(&self) -> Vec<f64> {
        use rust_decimal::prelude::ToPrimitive;
        self.months.iter().map(|month| month.as_ref().and_then(|m| m.mean().to_f64()).unwrap_or(f64::NAN)).collect()
    }
}
