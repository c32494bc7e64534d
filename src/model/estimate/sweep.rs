//! The same question along a range of demand: the plan at mid values, without intervals.

use super::Question;
use super::case::Case;
use crate::model::packing::NodeChoices;
use crate::model::sizing::Sizer;
use crate::model::uncertainty::quantile;
use crate::units::Money;

/// What every profile under every policy needs at one demand.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepPoint {
    /// Requests per second at the busy period.
    pub demand: f64,
    /// By policy, then by profile, in the order of the estimates.
    pub plans: Vec<SweepPlan>,
}

/// A profile under a policy at one demand.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepPlan {
    /// Name of the profile.
    pub profile: String,
    /// Name of the policy.
    pub policy: String,
    /// Pods; `None` where no number of them holds the policy.
    pub pods: Option<u64>,
    /// Cost of their requests per month.
    pub share_cost: Option<Money>,
    /// Cost of nodes of their own per month.
    pub node_cost: Option<Money>,
    /// Between what the samples put pods and cost at this demand; `None` where they were not asked for.
    pub interval: Option<SweepInterval>,
}

/// The 5th and 95th percentile at one demand; an end is `None` where that part of the samples has no plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SweepInterval {
    /// Pods.
    pub pods: [Option<u64>; 2],
    /// Cost of their requests per month.
    pub share_cost: [Option<Money>; 2],
}

/// Enough points to show where pods are added one by one, and to fill the width of a plot.
pub const SWEEP_POINTS: usize = 40;

/// The question at demands from `low` to `high`, each the same factor above the one before. What does not depend on demand is
/// worked out once for each profile and policy.
pub fn sweep(question: &Question, low: f64, high: f64) -> Vec<SweepPoint> {
    along(&cases(question), low, high, 0)
}

/// Each service under each policy, in the order of the estimates.
pub(super) fn cases(question: &Question) -> Vec<Case<'_>> {
    let of = |policy| question.services.iter().map(move |service| Case::new(question, service, policy));
    question.policies.iter().flat_map(of).collect()
}

/// The cases at demands from `low` to `high`, with intervals from `samples` samples; no intervals with zero samples.
pub(super) fn along(cases: &[Case<'_>], low: f64, high: f64, samples: u32) -> Vec<SweepPoint> {
    let draws: Vec<_> = cases.iter().map(|case| case.draws(samples)).collect();
    let ready: Vec<(&Case<'_>, NodeChoices, Sampled<'_>)> = cases
        .iter()
        .zip(&draws)
        .map(|(case, draws)| (case, case.choices(), draws.iter().map(|draw| case.sizer_of(draw)).collect()))
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "a few points")]
    let demand = |index: usize| match index {
        0 => low,
        last if last + 1 == SWEEP_POINTS => high,
        _ => three_digits(low * (high / low).powf(index as f64 / (SWEEP_POINTS - 1) as f64)).clamp(low, high),
    };
    let point = |demand: f64| {
        let plans = ready.iter().map(|(case, choices, sampled)| plan(case, choices, sampled, demand)).collect();
        SweepPoint { demand, plans }
    };
    (0..SWEEP_POINTS).map(demand).map(point).collect()
}

/// The sizer of each sample; `None` where a pod cannot hold its constraints even without load.
type Sampled<'a> = Vec<Option<Sizer<'a>>>;

fn plan(case: &Case<'_>, choices: &NodeChoices, sampled: &Sampled<'_>, demand: f64) -> SweepPlan {
    let month = case.sizer().ok().and_then(|sizer| {
        let pods = match case.question.replicas {
            None => sizer.pods(demand).ok()?,
            Some(pods) => pods,
        };
        Some(case.month(sizer, demand, pods))
    });
    let nodes = month.as_ref().and_then(|month| choices.cheapest(month.busy(), case.zones()));
    SweepPlan {
        profile: case.service.profile.name.clone(),
        policy: case.policy.name.clone(),
        pods: month.as_ref().map(|month| month.busy()),
        share_cost: month.as_ref().map(|month| case.pod_month() * month.mean()),
        node_cost: month.as_ref().zip(nodes).map(|(month, plan)| case.node_cost(&plan, month)),
        interval: (!sampled.is_empty()).then(|| interval(case, sampled, demand)),
    }
}

/// What the samples come to at a demand. What has no plan needs more than everything.
fn interval(case: &Case<'_>, sampled: &Sampled<'_>, demand: f64) -> SweepInterval {
    let month = |sizer: &Option<Sizer<'_>>| {
        let sizer = sizer.as_ref()?;
        let busy = case.question.replicas.map_or_else(|| sizer.pods(demand), Ok).ok()?;
        let month = case.month(sizer, demand, busy);
        Some((busy, case.pod_month() * month.mean()))
    };
    let months: Vec<Option<(u64, Money)>> = sampled.iter().map(month).collect();
    SweepInterval {
        pods: ends(months.iter().map(|month| month.map(|(pods, _)| pods))),
        share_cost: ends(months.iter().map(|month| month.map(|(_, cost)| cost))),
    }
}

fn ends<T: Copy + Ord>(values: impl Iterator<Item = Option<T>>) -> [Option<T>; 2] {
    let mut values: Vec<Option<T>> = values.collect();
    values.sort_by_key(|value| (value.is_none(), *value));
    [0.05, 0.95].map(|p| quantile(&values, p).flatten())
}

/// A demand that a person can type again.
fn three_digits(demand: f64) -> f64 {
    format!("{demand:.2e}").parse().unwrap_or(demand)
}
