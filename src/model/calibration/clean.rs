//! Selects the steps from which CPU per request can be fitted.

use super::statistics::quantile;
use super::steps::{ExcludedSteps, Step};

/// A step that can be used, for one pod.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Point {
    /// Its place among all steps.
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

/// Beyond this share of its periods used up, a quota holds back more than a burst.
const THROTTLED: f64 = 0.05;
/// Beyond this share of the cores or threads of a pod, requests wait and the rate is no longer the demand.
const SATURATED: f64 = 0.95;
/// Pods that are throttled above this share of their cores are held back; below it single bursts are, and what they do not do at
/// once they do a moment later.
const HELD_BACK: f64 = 0.8;
/// The use at which holding back begins: that of the first tenth of the steps that were held back. It is the bound for all of
/// them, since a step is told from those that were not held back by having come so far, and not by how far it came then.
const FIRST: f64 = 0.1;
/// A pod that seems to use more of its cores than this was measured wrongly: counters are read at times that differ by up to
/// a tenth of a step.
const POSSIBLE: f64 = 1.1;
/// Neighbouring steps whose pods differ by a larger factor are in the middle of scaling or of a rollout.
const SCALING: f64 = 2.0;

/// What a window is made of.
#[derive(Clone, Debug, Default)]
pub(super) struct Cleaned {
    /// The steps that can be used.
    pub(super) points: Vec<Point>,
    /// Steps in which pods were held back near the end of their cores, with the use at which that begins. What they would have
    /// used is not known, only that it is not less; to forget them would leave those of the busy steps that happened to use little, and take them for the usual.
    pub(super) held_back: Vec<Point>,
    /// How many steps were not used.
    pub(super) left_out: ExcludedSteps,
}

/// The steps that can be used, those that are bounds, and how many are neither.
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
