//! Selects the steps from which CPU per request can be fitted.

use super::statistics::quantile;
use super::steps::{ExcludedSteps, Step};

/// A usable step, per pod.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    /// Index among all steps.
    pub(super) step: usize,
    /// Mean number of running pods in the step.
    pub(super) pods: f64,
    /// Requests per second of one pod.
    pub(super) rate: f64,
    /// CPU usage of one pod, in cores.
    pub(super) cores: f64,
}

impl Point {
    pub(super) fn whole_rate(&self) -> f64 {
        self.rate * self.pods
    }

    pub(super) fn whole_cores(&self) -> f64 {
        self.cores * self.pods
    }
}

/// Above this share of throttled periods, the quota holds back more than a burst.
const THROTTLED: f64 = 0.05;
/// Above this share of a pod's cores or threads, requests queue and the rate is no longer the demand.
const SATURATED: f64 = 0.95;
/// Throttled pods above this share of their cores are held back. Below it only single bursts are throttled, and the
/// work is done a moment later.
const HELD_BACK: f64 = 0.8;
/// Quantile of the usage of held-back steps that is used as the bound for all of them: the usage at which throttling
/// begins. A step is recognised as held back because it reached this level; how far it went beyond does not matter.
const FIRST: f64 = 0.1;
/// A pod that seems to use more than this share of its cores was measured incorrectly: the times at which counters
/// are read differ by up to a tenth of a step.
const POSSIBLE: f64 = 1.1;
/// If the number of pods of neighbouring steps differs by a larger factor, the steps are in the middle of scaling or
/// a rollout.
const SCALING: f64 = 2.0;

/// The steps of a window, sorted by how they can be used.
#[derive(Clone, Debug, Default)]
pub(super) struct Cleaned {
    /// Usable steps.
    pub(super) points: Vec<Point>,
    /// Steps in which pods were throttled near their core limit, with the usage at which that begins. Their
    /// unthrottled usage is unknown, but it is not less. Ignoring them would keep only those busy steps that happened
    /// to use little and treat these as typical.
    pub(super) held_back: Vec<Point>,
    /// Number of excluded steps, by reason.
    pub(super) left_out: ExcludedSteps,
}

/// Separates usable steps from steps that only give a lower bound, and counts the excluded ones.
pub(super) fn clean(steps: &[Step]) -> Cleaned {
    let mut cleaned = Cleaned { points: Vec::with_capacity(steps.len()), ..Cleaned::default() };
    let Cleaned { points, held_back, left_out } = &mut cleaned;
    for (index, step) in steps.iter().enumerate() {
        let running = step.pods > 0.0 && step.pods.is_finite();
        let Some((rate, cores)) = step.requests_per_second.zip(step.cores).filter(|_| running) else {
            left_out.incomplete += 1;
            continue;
        };
        let (rate, cores) = (rate / step.pods, cores / step.pods);
        let most = step.cores_per_pod_at_most.unwrap_or(f64::INFINITY);
        let end = most.min(step.serving_threads.unwrap_or(f64::INFINITY));
        let point = Point { step: index, pods: step.pods, rate, cores };
        let throttled = step.throttled.is_some_and(|share| share > THROTTLED);
        if !(rate.is_finite() && cores.is_finite() && rate >= 0.0 && cores > 0.0 && cores <= most * POSSIBLE) {
            left_out.implausible += 1;
        } else if throttled || cores > end * SATURATED {
            *if throttled { &mut left_out.throttled } else { &mut left_out.saturated } += 1;
            if cores > end * HELD_BACK {
                held_back.push(point);
            }
        } else if scaling(steps, index) {
            left_out.scaling += 1;
        } else {
            points.push(point);
        }
    }
    let mut bounds: Vec<f64> = held_back.iter().map(|point| point.cores).collect();
    if let Some(bound) = quantile(&mut bounds, FIRST) {
        held_back.iter_mut().for_each(|point| point.cores = point.cores.min(bound));
    }
    cleaned
}

fn scaling(steps: &[Step], index: usize) -> bool {
    let around = &steps[index.saturating_sub(1)..(index + 2).min(steps.len())];
    let pods = || around.iter().map(|step| step.pods).filter(|pods| *pods > 0.0);
    let (least, most) = (pods().fold(f64::INFINITY, f64::min), pods().fold(0.0, f64::max));
    most > SCALING * least
}
