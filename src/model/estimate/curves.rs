//! Data for the plots of an estimate: other demands, other utilizations, and the hours of the load curve.

use super::case::Case;
use super::sweep::{along, cases};
use super::{Answer, Question, SweepPoint};

/// Data for the plots of an estimate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    /// Pods and cost along a range of demand, with intervals.
    pub demand: Vec<SweepPoint>,
    /// Number of samples for each of these intervals.
    pub samples: u32,
    /// Response time against utilization, in the order of the estimates.
    pub latency: Vec<LatencyCurve>,
    /// Pods in each hour of the load curve, in the order of the estimates; empty for a flat load or a fixed number of
    /// pods.
    pub hours: Vec<HourlyPods>,
}

/// p99 response time as a function of the utilization of the planned pods.
#[derive(Clone, Debug, PartialEq)]
pub struct LatencyCurve {
    /// Name of the profile.
    pub profile: String,
    /// Name of the policy.
    pub policy: String,
    /// p99 objective of the policy in seconds; `None` without an objective.
    pub objective: Option<f64>,
    /// Pairs of CPU usage ÷ CPU request and p99 in seconds on a busy node.
    pub points: Vec<(f64, f64)>,
}

/// Pods in each hour of the load curve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HourlyPods {
    /// Name of the profile.
    pub profile: String,
    /// Name of the policy.
    pub policy: String,
    /// Number of pods in each hour.
    pub pods: Vec<u64>,
}

/// Demand is plotted from a tenth of the busy period, a small start, to ten times as much, beyond which growth is no
/// longer planned node by node.
const AROUND: f64 = 10.0;

/// Upper end of every demand range, in requests per second.
const MOST_DEMAND: f64 = 1e12;

/// Number of samples for the intervals along the demand range. The 5th percentile is then the sixth smallest sample,
/// and forty demands take no longer to compute than the estimate itself.
const SAMPLES: u32 = 128;

/// Number of points of a response-time curve.
const POINTS: u32 = 60;

/// Computes the data for the plots of an answer. `range` replaces the default range of demand.
pub fn curves(question: &Question, answer: &Answer, range: Option<(f64, f64)>) -> Curves {
    let cases = cases(question);
    let (low, high) =
        range.unwrap_or((question.demand.low() / AROUND, (question.demand.high() * AROUND).min(MOST_DEMAND)));
    let samples = question.samples.min(SAMPLES);
    let pods = answer.estimates.iter().map(|estimate| estimate.plan.as_ref().ok().map(|plan| plan.sizing.pods));
    let planned = || cases.iter().zip(pods.clone()).filter_map(|(case, pods)| Some((case, pods?)));
    Curves {
        demand: if low > 0.0 && low < high { along(&cases, low, high, samples) } else { Vec::new() },
        samples,
        latency: planned().filter_map(|(case, pods)| latency(case, pods)).collect(),
        hours: planned().filter_map(|(case, pods)| hours(case, pods)).collect(),
    }
}

fn latency(case: &Case<'_>, pods: u64) -> Option<LatencyCurve> {
    let sizer = case.sizer().ok().filter(|_| pods > 0)?;
    let request = case.shape.requested().cpu.cores();
    let at = |step: u32| {
        let rate = sizer.saturation_rate() * f64::from(step) / f64::from(POINTS);
        (sizer.replica().cpu_used(rate) / request, sizer.latency(rate, pods).p99)
    };
    // At saturation the response time is unbounded.
    let points = (1..POINTS).map(at).filter(|(used, p99)| used.is_finite() && p99.is_finite()).collect();
    Some(LatencyCurve {
        profile: case.service.profile.name.clone(),
        policy: case.policy.name.clone(),
        objective: case.policy.slo_p99,
        points,
    })
}

fn hours(case: &Case<'_>, pods: u64) -> Option<HourlyPods> {
    if case.question.load.is_flat() || case.question.replicas.is_some() {
        return None;
    }
    let month = case.month(case.sizer().ok()?, case.demand(), pods);
    Some(HourlyPods {
        profile: case.service.profile.name.clone(),
        policy: case.policy.name.clone(),
        pods: month.hours().to_vec(),
    })
}
