//! Pods in each hour of the month, and their percentiles over the samples.

use rust_decimal::Decimal;

use super::case::Case;
use crate::model::packing::NodePlan;
use crate::model::sizing::Sizer;
use crate::model::uncertainty::Draw;
use crate::model::uncertainty::{latin_hypercube, quantile};

/// Pods in each hour of the load curve.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MonthPods {
    busy: u64,
    hours: Vec<u64>,
}

impl MonthPods {
    /// Creates it from the number of pods in the busy period and in each hour.
    pub(super) const fn new(busy: u64, hours: Vec<u64>) -> Self {
        Self { busy, hours }
    }

    /// Number of pods in the busy period.
    pub(super) const fn busy(&self) -> u64 {
        self.busy
    }

    /// Number of pods in each hour of the load curve.
    pub(super) fn hours(&self) -> &[u64] {
        &self.hours
    }

    /// Mean number of pods over the month.
    pub(super) fn mean(&self) -> Decimal {
        mean(self.hours.iter().copied())
    }

    /// Share of the hours without any pod.
    pub(super) fn without_pods(&self) -> Decimal {
        mean(self.hours.iter().map(|pods| u64::from(*pods == 0)))
    }

    /// Mean number of nodes of one type that hold the pods of each hour.
    pub(super) fn mean_nodes(&self, plan: &NodePlan) -> Decimal {
        mean(self.hours.iter().map(|pods| plan.nodes_for(*pods)))
    }
}

fn mean(counts: impl ExactSizeIterator<Item = u64>) -> Decimal {
    let hours = Decimal::from(counts.len());
    counts.map(Decimal::from).sum::<Decimal>().checked_div(hours).unwrap_or_default()
}

/// Number of pods in each hour. Because more demand never needs fewer pods, hours between two levels with equal numbers
/// need no sizing of their own. `pods_at` gets the share of an hour and a guess of the result.
fn pods_of_hours(shares: &[f64], busy: u64, pods_at: impl Fn(f64, u64) -> u64) -> Vec<u64> {
    let mut levels: Vec<f64> = shares.to_vec();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    let mut pods = vec![0; levels.len()];
    if let [first, .., last] = pods.as_mut_slice() {
        *first = pods_at(levels[0], in_proportion(busy, levels[0]));
        *last = busy;
        fill(&levels, &mut pods, 0, levels.len() - 1, &pods_at);
    } else if let [only] = pods.as_mut_slice() {
        *only = busy;
    }
    let at = |share: &f64| levels.binary_search_by(|level| level.total_cmp(share)).map_or(busy, |level| pods[level]);
    shares.iter().map(at).collect()
}

/// Sizes the demand levels between two levels whose pods are known.
fn fill(levels: &[f64], pods: &mut [u64], low: usize, high: usize, pods_at: &impl Fn(f64, u64) -> u64) {
    if high - low < 2 {
        return;
    }
    if pods[low] == pods[high] {
        let known = pods[low];
        pods[low + 1..high].fill(known);
        return;
    }
    let middle = low.midpoint(high);
    let guess = in_proportion(pods[high], levels[middle] / levels[high]).clamp(pods[low], pods[high]);
    pods[middle] = pods_at(levels[middle], guess);
    fill(levels, pods, low, middle, pods_at);
    fill(levels, pods, middle, high, pods_at);
}

/// Pods for a share of the demand that `pods` pods carry.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a pod count")]
fn in_proportion(pods: u64, share: f64) -> u64 {
    (pods as f64 * share).ceil() as u64
}

/// One month for each draw; `None` if no number of pods meets the policy in it.
pub(super) struct Samples {
    pub(super) draws: Vec<Draw>,
    months: Vec<Option<MonthPods>>,
    /// Pods before rounding and CPU seconds per request of each draw.
    details: Vec<Option<(f64, f64)>>,
    /// Whether pods before rounding were requested.
    detailed: bool,
}

impl Case<'_> {
    /// Number of pods in each hour, at most that of the busy period.
    pub(super) fn month(&self, sizer: &Sizer<'_>, demand: f64, busy: u64) -> MonthPods {
        let load = &self.question.load;
        let hours = match self.question.replicas {
            Some(_) => vec![busy],
            None if load.is_flat() => vec![busy],
            None => pods_of_hours(load.shares(), busy, |share, guess| {
                sizer.pods_near(demand * share, guess).unwrap_or(busy).min(busy)
            }),
        };
        MonthPods { busy, hours }
    }

    /// Months of all draws.
    pub(super) fn samples(&self) -> Samples {
        let question = self.question;
        let draws = self.draws(question.samples);
        let sampled: Vec<_> = draws.iter().map(|draw| self.sample(draw)).collect();
        let details = sampled.iter().map(|s| Some(s.as_ref()?.1)).collect();
        let months = sampled.into_iter().map(|sample| sample.map(|(month, _)| month)).collect();
        Samples { draws, months, details, detailed: question.detailed }
    }

    /// Draws this number of samples of the inputs.
    pub(super) fn draws(&self, samples: u32) -> Vec<Draw> {
        latin_hypercube(&self.inputs, &self.service.profile.name, samples, self.question.seed)
    }

    /// The month of one draw, with its pods before rounding (zero unless requested) and its CPU seconds per request.
    fn sample(&self, draw: &Draw) -> Option<(MonthPods, (f64, f64))> {
        let question = self.question;
        let sizer = Sizer::new(&self.shape, draw, self.policy, &question.tables).ok()?;
        let demand = draw.get(crate::model::uncertainty::Input::Demand);
        let busy = question.replicas.map_or_else(|| sizer.pods(demand), Ok).ok()?;
        #[expect(clippy::cast_precision_loss, reason = "a pod count below 2^47")]
        let rate = demand / busy as f64;
        let before_rounding = if question.detailed { sizer.before_rounding(demand, busy) } else { 0.0 };
        let details = (before_rounding, sizer.replica().cpu_per_request(rate));
        Some((self.month(&sizer, demand, busy), details))
    }
}

impl Samples {
    /// The month of each draw, in the order of the draws.
    pub(super) fn each(&self) -> &[Option<MonthPods>] {
        &self.months
    }

    /// 5th, 50th and 95th percentile of the number of pods in the busy period.
    pub(super) fn busy(&self) -> Option<[Option<u64>; 3]> {
        self.percentiles(|month| Decimal::from(month.busy)).map(|p| p.map(|month| month.map(MonthPods::busy)))
    }

    /// 5th, 50th and 95th percentile of the pods before rounding; `None` unless they were requested.
    pub(super) fn before_rounding(&self) -> Option<[Option<f64>; 3]> {
        self.details_by(|(pods, _)| *pods).filter(|_| self.detailed)
    }

    /// 5th, 50th and 95th percentile of the CPU seconds per request.
    pub(super) fn cpu_per_request(&self) -> Option<[Option<f64>; 3]> {
        self.details_by(|(_, cpu)| *cpu)
    }

    fn details_by(&self, value: impl Fn(&(f64, f64)) -> f64) -> Option<[Option<f64>; 3]> {
        if self.details.is_empty() {
            return None;
        }
        // Draws without a plan rank above all others.
        let mut values: Vec<f64> =
            self.details.iter().map(|details| details.as_ref().map_or(f64::INFINITY, &value)).collect();
        values.sort_by(f64::total_cmp);
        Some([0.05, 0.5, 0.95].map(|p| quantile(&values, p).filter(|value| value.is_finite())))
    }

    /// `f` of the months at the 5th, 50th and 95th percentile of the mean number of pods.
    pub(super) fn months<T>(&self, f: impl Fn(&MonthPods) -> Option<T>) -> Option<[Option<T>; 3]> {
        self.percentiles(MonthPods::mean).map(|p| p.map(|month| month.and_then(&f)))
    }

    fn percentiles(&self, key: impl Fn(&MonthPods) -> Decimal) -> Option<[Option<&MonthPods>; 3]> {
        if self.months.is_empty() {
            return None;
        }
        // Draws without a plan rank above all others.
        let rank = |at: &usize| (self.months[*at].is_none(), self.months[*at].as_ref().map(&key), *at);
        let mut order: Vec<usize> = (0..self.months.len()).collect();
        order.sort_by_cached_key(rank);
        Some([0.05, 0.5, 0.95].map(|p| self.months[quantile(&order, p)?].as_ref()))
    }

    /// Mean number of pods of each draw, for the sensitivity analysis; NaN without a plan.
    pub(super) fn output(&self) -> Vec<f64> {
        use rust_decimal::prelude::ToPrimitive;
        self.months.iter().map(|month| month.as_ref().and_then(|m| m.mean().to_f64()).unwrap_or(f64::NAN)).collect()
    }
}
