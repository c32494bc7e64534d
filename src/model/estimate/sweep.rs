//! The plans of a question over a range of demand, at mid values.

use super::case::Case;
use super::{Question, Section};
use crate::model::packing::NodeChoices;
use crate::model::sizing::Sizer;
use crate::model::uncertainty::quantile;
use crate::units::Money;

/// Plans of every profile under every policy at one demand.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepPoint {
    /// Demand in the busy period, in requests per second.
    pub demand: f64,
    /// Plans by policy, then by profile, in the order of the estimates.
    pub plans: Vec<SweepPlan>,
}

/// Plan of one profile under one policy at one demand.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepPlan {
    /// Name of the profile.
    pub profile: String,
    /// Name of the policy.
    pub policy: String,
    /// Number of pods; `None` if no number of pods meets the policy.
    pub pods: Option<u64>,
    /// Monthly cost of their requests in a shared cluster.
    pub share_cost: Option<Money>,
    /// Monthly cost of dedicated nodes.
    pub node_cost: Option<Money>,
    /// Interval of pods and cost at this demand; `None` unless requested.
    pub interval: Option<SweepInterval>,
}

/// 5th and 95th percentile at one demand; an end is `None` if the samples at that rank have no plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SweepInterval {
    /// Interval of the number of pods.
    pub pods: [Option<u64>; 2],
    /// Interval of the monthly cost of their requests.
    pub share_cost: [Option<Money>; 2],
}

/// Number of points: enough to show each pod that is added, and to fill the width of a plot.
pub const SWEEP_POINTS: usize = 40;

/// Plans at [`SWEEP_POINTS`] demands from `low` to `high`, in equal ratios. Whatever does not depend on demand is
/// computed once for each profile and policy.
pub fn sweep(question: &Question, low: f64, high: f64) -> Vec<SweepPoint> {
    along(&cases(question), low, high, 0)
}

/// Every service under every policy, in the order of the estimates.
pub(super) fn cases<'a>(question: &'a Question) -> Vec<Case<'a>> {
    let of =
        |section: &'a Section| section.services.iter().map(|service| Case::new(question, service, &section.policy));
    question.sections.iter().flat_map(of).collect()
}

/// Plans at demands from `low` to `high`, with intervals from this number of samples; without intervals if it is zero.
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

/// The sizer of each sample; `None` if a pod violates a constraint even without load.
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

/// Interval over the samples at one demand. Samples without a plan rank above all others.
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

/// Rounds a demand to three significant digits, so that it can be typed again.
fn three_digits(demand: f64) -> f64 {
    format!("{demand:.2e}").parse().unwrap_or(demand)
}
