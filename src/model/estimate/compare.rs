//! How many times the one needs what the other needs, and whether that ratio can be trusted.

use std::collections::BTreeMap;

use rust_decimal::prelude::ToPrimitive;

use super::case::Case;
use super::month::{MonthPods, Samples};
use super::{Estimate, Question};
use crate::model::Finding;
use crate::model::sampling::quantile;
use crate::units::Money;

/// Two profiles under one policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Name of the policy.
    pub policy: String,
    /// Profile above the line.
    pub numerator: String,
    /// Profile below it.
    pub denominator: String,
    /// Ratios of the plans; `None` where one of the two has no plan.
    pub ratios: Option<Ratios>,
    /// How far the ratios may be off; `None` without samples.
    pub intervals: Option<RatioIntervals>,
    /// What a reader of the ratios must know.
    pub findings: Vec<Finding>,
}

/// How many times the one needs what the other needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratios {
    /// Whole pods.
    pub pods: f64,
    /// Pods before they are rounded to whole ones.
    pub pods_before_rounding: f64,
    /// Requested CPU.
    pub cpu: f64,
    /// Requested memory.
    pub memory: f64,
    /// Cost of the requests in a shared cluster.
    pub share_cost: f64,
    /// Cost of nodes of its own; `None` where one has none.
    pub node_cost: Option<f64>,
    /// The whole bill of a cluster of its own; `None` where one has none.
    pub total_cost: Option<f64>,
    /// CPU seconds per request at the planned rate: the ratio before anything is rounded.
    pub cpu_per_request: f64,
}

/// The 5th, 50th and 95th percentile of a ratio; `None` where that part of the samples has no plan on one side.
pub type RatioInterval = [Option<f64>; 3];

/// Percentiles of the ratios, draw by draw: what both sides have in common, as the demand, is the same in both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatioIntervals {
    /// Whole pods.
    pub pods: RatioInterval,
    /// Requested CPU.
    pub cpu: RatioInterval,
    /// Requested memory.
    pub memory: RatioInterval,
    /// Cost of the requests in a shared cluster.
    pub share_cost: RatioInterval,
    /// Cost of nodes of its own.
    pub node_cost: RatioInterval,
    /// The whole bill of a cluster of its own.
    pub total_cost: RatioInterval,
}

/// One side of a ratio.
pub(super) struct Side<'a> {
    case: &'a Case<'a>,
    estimate: &'a Estimate,
    samples: &'a Samples,
    /// What nodes of its own, and the whole bill, cost in each month that the samples have.
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

    /// Something about the month of each draw; infinite where nothing is enough.
    fn each(&self, value: impl Fn(&MonthPods) -> Option<f64>) -> Vec<f64> {
        let of = |month: &Option<MonthPods>| month.as_ref().and_then(&value).unwrap_or(f64::INFINITY);
        self.samples.each().iter().map(of).collect()
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
        findings: ratios.and_then(|_| unstable_ratio(question, above, below)).into_iter().collect(),
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
        cpu_per_request: a.replica.pod_cpu_per_request(a.rate) / b.replica.pod_cpu_per_request(b.rate),
    })
}

/// How far demand is moved either way to see whether a ratio stands.
const DEMAND_STEP: f64 = 0.1;
/// How far a ratio may move with it before a reader is told.
const RATIO_MOVE: f64 = 0.25;

/// Demands looked at on either side.
const LOOKS: u32 = 20;

/// Whole pods make a ratio jump: a finding when ±10 % of demand moves it by more than 25 %.
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
    let step = DEMAND_STEP * mid / f64::from(LOOKS);
    let around = (1..=LOOKS).flat_map(|n| [mid - f64::from(n) * step, mid + f64::from(n) * step]);
    let far = around.max_by(|a, b| move_at(*a).total_cmp(&move_at(*b)).then(b.total_cmp(a)))?;
    if move_at(far) <= (1.0 + RATIO_MOVE).ln() {
        return None;
    }
    let demand = first_move(mid, far, |demand| move_at(demand) > (1.0 + RATIO_MOVE).ln());
    let moved = ratio_at(demand)?;
    Some(Finding::warning(
        "ratio-unstable",
        format!("policy {}", above.policy.name),
        format!(
            "the cost ratio of {ratio:.1} is {moved:.1} at {demand} req/s, {:+.1} % of this demand: whole pods make it jump; before rounding it is steady",
            100.0 * (demand / mid - 1.0)
        ),
    ))
}

/// The demand nearest to `from` on the way to `to` at which the ratio has moved, to a whole request a second where rates are
/// that large.
fn first_move(from: f64, to: f64, moved: impl Fn(f64) -> bool) -> f64 {
    let (mut still, mut far) = (from, to);
    for _ in 0..40 {
        let middle = f64::midpoint(still, far);
        if moved(middle) { far = middle } else { still = middle }
    }
    let outward = if to > from { far.ceil() } else { far.floor() };
    if moved(outward) && outward > 0.0 { outward } else { far }
}
