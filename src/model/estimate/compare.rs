//! How many times the one needs what the other needs, and whether that ratio can be trusted.

use super::case::Case;
use super::{Estimate, Question};
use crate::model::Finding;

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
    /// CPU seconds a request at the planned rate: the ratio before anything is rounded.
    pub cpu_per_request: f64,
}

pub(super) fn compare(
    question: &Question,
    (above, numerator): (&Case<'_>, &Estimate),
    (below, denominator): (&Case<'_>, &Estimate),
) -> Comparison {
    let ratios = ratios(numerator, denominator);
    Comparison {
        policy: above.policy.name.clone(),
        numerator: numerator.profile.clone(),
        denominator: denominator.profile.clone(),
        findings: ratios.and_then(|r| unstable_ratio(question, above, below, r.share_cost)).into_iter().collect(),
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
        cpu_per_request: a.replica.cpu_per_request(a.rate) / b.replica.cpu_per_request(b.rate),
    })
}

/// How far demand is moved either way to see whether a ratio stands.
const DEMAND_STEP: f64 = 0.1;
/// How far a ratio may move with it before a reader is told.
const RATIO_MOVE: f64 = 0.25;

/// Whole pods make a ratio jump: a finding when ±10 % of demand moves it by more than 25 %.
///
/// Pods only step up, so a ratio's extremes are at the ends of the range or next to a step of either side: those are the
/// demands looked at, up to a limit beyond which a step of one pod can no longer move the ratio that far.
fn unstable_ratio(question: &Question, above: &Case<'_>, below: &Case<'_>, ratio: f64) -> Option<Finding> {
    let mid = question.demand.mid();
    let (low, high) = (mid * (1.0 - DEMAND_STEP), mid * (1.0 + DEMAND_STEP));
    let mut demands = vec![low, high];
    for case in [above, below] {
        let mut at = low;
        for _ in 0..STEPS {
            #[expect(clippy::cast_precision_loss, reason = "a rate of at most 10^12")]
            let next = case.size_at(at).ok()?.next_pod_at as f64;
            if next > high {
                break;
            }
            demands.extend([next - 1.0, next]);
            at = next;
        }
    }
    let ratio_at = |demand: f64| {
        let (a, b) = (above.size_at(demand).ok()?, below.size_at(demand).ok()?);
        Some((above.share_cost(a.pods).ratio(below.share_cost(b.pods))?, demand))
    };
    let within = demands.into_iter().filter(|d| (low..=high).contains(d));
    let (moved, demand) = within
        .filter_map(ratio_at)
        .max_by(|a, b| (a.0 / ratio).ln().abs().total_cmp(&(b.0 / ratio).ln().abs()).then(b.1.total_cmp(&a.1)))?;
    let change = moved / ratio - 1.0;
    (change.abs() > RATIO_MOVE).then(|| {
        Finding::warning(
            "ratio-unstable",
            "comparison",
            format!(
                "the cost ratio of {ratio:.1} is {moved:.1} at {demand:.0} req/s, {:+.1} % of this demand: whole pods make it jump; before rounding it is steady",
                100.0 * (demand / mid - 1.0)
            ),
        )
    })
}

/// Steps looked at on either side: with more than this many pods in 20 % of the demand, one pod moves a ratio by under 5 %.
const STEPS: usize = 20;
