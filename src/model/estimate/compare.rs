//! Ratios between two profiles, and their reliability.

use std::collections::BTreeMap;

use rust_decimal::prelude::ToPrimitive;

use super::case::Case;
use super::month::{MonthPods, Samples};
use super::{Estimate, Question};
use crate::model::finding::{Code, Finding};
use crate::model::runtime::Replica;
use crate::model::uncertainty::quantile;
use crate::units::{Money, grouped};

/// Comparison of two profiles under one policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Name of the sizing policy.
    pub policy: String,
    /// Name of the profile in the numerator.
    pub numerator: String,
    /// Name of the profile in the denominator.
    pub denominator: String,
    /// Ratios of the plans; `None` if one of the two has no plan.
    pub ratios: Option<Ratios>,
    /// Uncertainty of the ratios; `None` without samples.
    pub intervals: Option<RatioIntervals>,
    /// Findings about the ratios.
    pub findings: Vec<Finding>,
}

/// Numerator ÷ denominator for each quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratios {
    /// Ratio of whole pods.
    pub pods: f64,
    /// Ratio of the pods before rounding to whole pods.
    pub pods_before_rounding: f64,
    /// Ratio of the requested CPU.
    pub cpu: f64,
    /// Ratio of the requested memory.
    pub memory: f64,
    /// Ratio of the cost of the requests in a shared cluster.
    pub share_cost: f64,
    /// Ratio of the cost of dedicated nodes; `None` if one profile has none.
    pub node_cost: Option<f64>,
    /// Ratio of the full bills of dedicated clusters; `None` if one profile has none.
    pub total_cost: Option<f64>,
    /// Ratio of the cost of pods on a platform without nodes; `None` if one profile has none.
    pub billed_pod_cost: Option<f64>,
    /// Ratio of the CPU seconds per request at the planned rate, which involves no rounding.
    pub cpu_per_request: f64,
    /// Ratio of the working sets of one pod at the planned rate.
    pub working_set: f64,
}

/// The 5th, 50th and 95th percentile of a ratio; `None` if the samples at that rank lack a plan on one side.
pub type RatioInterval = [Option<f64>; 3];

/// Percentiles of the ratios, computed draw by draw: both sides share common inputs such as demand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatioIntervals {
    /// Ratio of whole pods.
    pub pods: RatioInterval,
    /// Ratio of the requested CPU.
    pub cpu: RatioInterval,
    /// Ratio of the requested memory.
    pub memory: RatioInterval,
    /// Ratio of the cost of the requests in a shared cluster.
    pub share_cost: RatioInterval,
    /// Ratio of the cost of dedicated nodes.
    pub node_cost: RatioInterval,
    /// Ratio of the full bills of dedicated clusters.
    pub total_cost: RatioInterval,
    /// Ratio of the cost of pods on a platform without nodes.
    pub billed_pod_cost: RatioInterval,
    /// Ratio of the CPU seconds per request at the planned rate.
    pub cpu_per_request: RatioInterval,
    /// Ratio of the working sets of one pod at the planned rate.
    pub working_set: RatioInterval,
}

/// One side of a ratio.
pub(super) struct Side<'a> {
    case: &'a Case<'a>,
    estimate: &'a Estimate,
    samples: &'a Samples,
    /// Cost of dedicated nodes and the full bill, for each distinct month of the samples.
    costs: BTreeMap<&'a MonthPods, Option<(Money, Money)>>,
}

impl<'a> Side<'a> {
    pub(super) fn new(case: &'a Case<'a>, estimate: &'a Estimate, samples: &'a Samples) -> Self {
        let choices = case.choices();
        let mut costs = BTreeMap::new();
        for month in samples.each().iter().flatten() {
            costs.entry(month).or_insert_with(|| {
                let plan = choices.cheapest(month.busy(), case.zones())?;
                let cost = case.node_cost(&plan, month);
                let spread = super::Spread { plan: cost, percentiles: None };
                Some((cost, case.own_nodes(plan, month, spread).total_cost()))
            });
        }
        Self { case, estimate, samples, costs }
    }

    /// `value` of each draw's month; infinite if the draw has no plan or its month no value.
    fn each(&self, value: impl Fn(&MonthPods) -> Option<f64>) -> Vec<f64> {
        let of = |month: &Option<MonthPods>| month.as_ref().and_then(&value).unwrap_or(f64::INFINITY);
        self.samples.each().iter().map(of).collect()
    }

    /// `value` of a pod at the planned rate, for each draw.
    fn each_pod(&self, value: impl Fn(&Replica, f64) -> f64) -> Vec<f64> {
        let Ok(plan) = &self.estimate.plan else { return Vec::new() };
        self.samples.draws.iter().map(|draw| value(&Replica::new(&plan.shape, draw), plan.rate)).collect()
    }

    fn cost(&self, month: &MonthPods, part: impl Fn((Money, Money)) -> Money) -> Option<f64> {
        part((*self.costs.get(month)?)?).amount().to_f64()
    }
}

fn interval(above: &[f64], below: &[f64], factor: f64) -> RatioInterval {
    let both = above.iter().zip(below).filter(|(a, b)| a.is_finite() || b.is_finite());
    let mut ratios: Vec<f64> = both.map(|(a, b)| factor * a / b).collect();
    ratios.sort_by(f64::total_cmp);
    [0.05, 0.5, 0.95].map(|p| quantile(&ratios, p).filter(|ratio| ratio.is_finite() && *ratio > 0.0))
}

fn intervals(above: &Side<'_>, below: &Side<'_>) -> Option<RatioIntervals> {
    if above.samples.each().is_empty() {
        return None;
    }
    let (a, b) = (above.case.shape.requested(), below.case.shape.requested());
    #[expect(clippy::cast_precision_loss, reason = "a pod count as part of a ratio")]
    let busy = |month: &MonthPods| Some(month.busy() as f64);
    let [pods_above, pods_below] = [above, below].map(|side| side.each(busy));
    let pair = |value: &dyn Fn(&Side<'_>) -> Vec<f64>| interval(&value(above), &value(below), 1.0);
    let mean = |side: &Side<'_>| {
        let pod = side.case.pod_month().amount();
        side.each(|month| (pod * month.mean()).to_f64())
    };
    Some(RatioIntervals {
        pods: interval(&pods_above, &pods_below, 1.0),
        cpu: interval(&pods_above, &pods_below, a.cpu.cores() / b.cpu.cores()),
        memory: interval(&pods_above, &pods_below, a.memory.as_f64() / b.memory.as_f64()),
        share_cost: pair(&mean),
        node_cost: pair(&|side| side.each(|month| side.cost(month, |(nodes, _)| nodes))),
        total_cost: pair(&|side| side.each(|month| side.cost(month, |(_, total)| total))),
        billed_pod_cost: pair(&|side| {
            let pod = side.case.billed_pod_month();
            side.each(|month| (pod?.amount() * month.mean()).to_f64())
        }),
        cpu_per_request: pair(&|side| side.each_pod(Replica::pod_cpu_per_request)),
        working_set: pair(&|side| side.each_pod(Replica::working_set)),
    })
}

pub(super) fn compare(question: &Question, above: &Side<'_>, below: &Side<'_>) -> Comparison {
    let (numerator, denominator) = (above.estimate, below.estimate);
    let intervals = intervals(above, below);
    let (above, below) = (above.case, below.case);
    let ratios = ratios(numerator, denominator);
    Comparison {
        intervals,
        policy: above.policy.name.clone(),
        numerator: numerator.profile.clone(),
        denominator: denominator.profile.clone(),
        findings: match ratios {
            Some(_) => {
                [mixed_evidence(above, below), unstable_ratio(question, above, below)].into_iter().flatten().collect()
            }
            None => Vec::new(),
        },
        ratios,
    }
}

#[expect(clippy::cast_precision_loss, reason = "pod counts, millicores and bytes as parts of a ratio")]
fn ratios(numerator: &Estimate, denominator: &Estimate) -> Option<Ratios> {
    let (a, b) = (numerator.plan.as_ref().ok()?, denominator.plan.as_ref().ok()?);
    Some(Ratios {
        pods: a.sizing.pods as f64 / b.sizing.pods as f64,
        pods_before_rounding: a.sizing.before_rounding / b.sizing.before_rounding,
        cpu: a.cpu_requested.cores() / b.cpu_requested.cores(),
        memory: a.memory_requested.as_f64() / b.memory_requested.as_f64(),
        share_cost: a.share_cost.plan.ratio(b.share_cost.plan)?,
        node_cost: a.nodes.as_ref().zip(b.nodes.as_ref()).and_then(|(a, b)| a.cost.plan.ratio(b.cost.plan)),
        total_cost: a.nodes.as_ref().zip(b.nodes.as_ref()).and_then(|(a, b)| a.total_cost().ratio(b.total_cost())),
        billed_pod_cost: a
            .billed_pods
            .as_ref()
            .zip(b.billed_pods.as_ref())
            .and_then(|(a, b)| a.cost.plan.ratio(b.cost.plan)),
        cpu_per_request: a.replica.pod_cpu_per_request(a.rate) / b.replica.pod_cpu_per_request(b.rate),
        working_set: a.replica.working_set(a.rate) / b.replica.working_set(b.rate),
    })
}

/// Relative change of demand, up and down, used to test the stability of a ratio.
const DEMAND_RANGE: f64 = 0.1;
/// Relative change of the ratio from which on it is reported as unstable.
const RATIO_MOVE: f64 = 0.25;

/// Number of demands evaluated on each side.
const DEMANDS_PER_SIDE: u32 = 20;

/// Values from two sources come from two machines.
fn mixed_evidence(above: &Case<'_>, below: &Case<'_>) -> Option<Finding> {
    let [one, other] = [above, below].map(|case| &case.service.profile);
    let [of_one, of_other] = [one, other].map(|profile| profile.values.evidence);
    (of_one != of_other).then(|| {
        let message = format!(
            "the values of {} are `{}` and those of {} `{}`: they come from different machines, so their ratio contains the difference \
             between the machines; --evidence uses one set for both",
            one.name,
            of_one.name(),
            other.name,
            of_other.name()
        );
        Finding::warning(Code::EvidenceMixed, format!("policy {}", above.policy.name), message)
    })
}

/// Rounding to whole pods makes ratios jump: a finding if ±10 % of demand changes the ratio by more than 25 %.
fn unstable_ratio(question: &Question, above: &Case<'_>, below: &Case<'_>) -> Option<Finding> {
    if question.replicas.is_some() {
        return None;
    }
    let mid = question.demand.mid();
    let ratio_at = |demand: f64| {
        let (a, b) = (above.pods_at(demand).ok()?, below.pods_at(demand).ok()?);
        above.share_cost(a).ratio(below.share_cost(b))
    };
    let ratio = ratio_at(mid)?;
    let move_at = |demand: f64| ratio_at(demand).map_or(0.0, |moved| (moved / ratio).ln().abs());
    let step = DEMAND_RANGE * mid / f64::from(DEMANDS_PER_SIDE);
    let around = (1..=DEMANDS_PER_SIDE).flat_map(|n| [mid - f64::from(n) * step, mid + f64::from(n) * step]);
    let far = around.max_by(|a, b| move_at(*a).total_cmp(&move_at(*b)).then(b.total_cmp(a)))?;
    if move_at(far) <= (1.0 + RATIO_MOVE).ln() {
        return None;
    }
    let demand = first_move(mid, far, |demand| move_at(demand) > (1.0 + RATIO_MOVE).ln());
    let moved = ratio_at(demand)?;
    Some(Finding::warning(
        Code::RatioUnstable,
        format!("policy {}", above.policy.name),
        format!("the ratio is {moved:.1} at {} req/s ({:+.1}%)", with_commas(demand), 100.0 * (demand / mid - 1.0)),
    ))
}

/// Formats a rate with thousands separators, as screens do; decimals only below 10.
fn with_commas(rate: f64) -> String {
    if rate < 10.0 && rate.fract() != 0.0 { format!("{rate:.2}") } else { grouped(format_args!("{rate:.0}")) }
}

/// The demand nearest to `from`, towards `to`, at which the ratio has changed; rounded to whole requests per second
/// if rates are that large.
fn first_move(from: f64, to: f64, moved: impl Fn(f64) -> bool) -> f64 {
    let (mut still, mut far) = (from, to);
    for _ in 0..40 {
        let middle = f64::midpoint(still, far);
        if moved(middle) { far = middle } else { still = middle }
    }
    let outward = if to > from { far.ceil() } else { far.floor() };
    if moved(outward) && outward > 0.0 { outward } else { far }
}
