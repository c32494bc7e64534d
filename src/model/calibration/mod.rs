//! The cost per request of a running service, fitted to its own measured steps of (rate, CPU, memory).
//!
//! A pod that serves `x` requests per second uses `idle + x·D(x)` cores, where the CPU per request `D` falls as the
//! pod gets busier, since wake-ups and cold caches are shared. The fit of that curve is robust (a backup does not
//! move it), has no negative terms, averages over several forms of `D` weighted by their probability, and gives the
//! 5th and 95th percentile of every number, taking the correlation of neighbouring steps into account. It uses no
//! random numbers.

mod backtest;
mod candidate;
mod clean;
mod curve;
mod departure;
mod deploy;
mod fitness;
mod form;
mod linear;
mod load_test;
mod longrun;
mod memory;
mod observed;
mod refusal;
mod robust;
mod schedule;
mod statistics;
mod steps;
mod sums;
mod variability;
mod wakeup;
mod within;

pub use backtest::{BackTest, back_test};
pub use curve::Curve;
pub use load_test::{LEAST_LEVELS, LoadFit, LoadPoint, LoadRefusal, Scalability, fit_load, fit_scalability};
pub use memory::{GrowsWith, Memory};
pub use observed::{Observed, observe};
pub use refusal::Refusal;
pub use steps::{ExcludedSteps, Step};
pub use variability::{ResponseTimes, response_times};
pub use wakeup::{LEAST_WAKEUP_RATE, WAKEUP_RATE, wakeup_share};

use crate::model::uncertainty::Interval;
use clean::{Cleaned, Point, clean};
use curve::{AtBusy, interval};
use robust::{Robust, biweight};
use statistics::median;

/// The calibration of one service. CPU in cores and seconds, of its own container only.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// Cores that all pods use together at the busy demand: this determines the number of pods and is the most
    /// certain result.
    pub cores_at_busy: Interval,
    /// CPU per request beyond idle usage: `(cores at busy − idle of all pods) ÷ demand`. If a service has no quiet
    /// hours, this and the idle usage are not separable, and both intervals are wide.
    pub cpu_per_request: Interval,
    /// Cores that one pod uses without requests.
    pub idle_cpu: Interval,
    /// Working set of one pod as a function of its load; `None` if it was not measured.
    pub memory: Option<Memory>,
    /// The curve of CPU usage against the rate of one pod.
    pub curve: Curve,
    /// Number of steps used for the fit.
    pub points: usize,
    /// Number of excluded steps, by reason.
    pub left_out: ExcludedSteps,
    /// The first step that was used, if a change of the cost made the earlier steps unusable.
    pub deployed_at: Option<usize>,
    /// Median relative error of the curve over the steps that were used.
    pub error: f64,
}

/// The demand for which a service is sized.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Busy {
    /// Requests per second of the whole service.
    pub rate: f64,
    /// Mean number of pods that serve the requests.
    pub pods: f64,
}

/// Minimum number of steps of half an hour or more: with hourly steps, each time of day is then seen twice.
const LEAST_STEPS: usize = 20;
/// For steps of half an hour or more, the minimum is two days, so that each time of day is seen twice.
const LEAST_LONG_STEPS: usize = 48;
/// Maximum number of changes of the cost that are detected in one window.
const MAX_DEPLOYS: usize = 4;
/// If few steps follow a smaller change of the cost, all of the window is used instead of refusing.
const WORTH_REFUSING: f64 = 0.1;
/// If requests cause less than this share of the CPU usage at the busy demand, other work determines what the service
/// needs.
const LEAST_SHARE: f64 = 0.2;

/// Calibrates a service from its steps, which are in chronological order without gaps.
///
/// # Errors
/// [`Refusal`], with the reason.
pub fn calibrate(steps: &[Step], busy: Busy) -> Result<Calibration, Refusal> {
    calibrate_with_steps(steps, busy).map(|(calibration, _)| calibration)
}

/// The same, with the places of the steps that the curve was fitted to, in their order.
///
/// # Errors
/// [`Refusal`], with the reason.
pub fn calibrate_with_steps(steps: &[Step], busy: Busy) -> Result<(Calibration, Vec<usize>), Refusal> {
    if steps.iter().all(|step| step.requests_per_second.is_none_or(|rate| rate.is_nan() || rate <= 0.0)) {
        return Err(Refusal::NoRequests);
    }
    let seconds = steps.first().map_or(0.0, |step| step.seconds);
    let least = if seconds >= 1800.0 { LEAST_LONG_STEPS } else { LEAST_STEPS };
    let Cleaned { points: all, mut held_back, mut left_out } = clean(steps);
    let usable = all.len();
    if usable < least {
        return Err(Refusal::TooFewSteps { points: usable, least });
    }
    fitness::variation(&all)?;
    fitness::correlated(&all)?;
    let (mut points, deployed_at, rough) = after_the_last_deploy(all, least)?;
    left_out.before_deploy = usable - points.len();
    held_back.retain(|point| deployed_at.is_none_or(|since| point.step >= since));
    fitness::variation(&points)?;
    let mut fit = rough.biweight(&points, &held_back).ok_or(Refusal::OutOfRange)?;
    let busy_times = schedule::busy_times(&points, &fit, seconds);
    if busy_times.contains(&true) {
        let before = points.len();
        points.retain(|point| !busy_times[point.step % busy_times.len()]);
        held_back.retain(|point| !busy_times[point.step % busy_times.len()]);
        left_out.scheduled = before - points.len();
        fit = fit.biweight(&points, &held_back).ok_or(Refusal::OutOfRange)?;
    }
    let used: Vec<usize> = points
        .iter()
        .zip(&fit.errors)
        .filter(|(_, error)| biweight(*error / fit.scale) > 0.0)
        .map(|(point, _)| point.step)
        .collect();
    left_out.far_off = points.len() - used.len();
    fitness::undisturbed(used.len(), left_out)?;
    fitness::follows(&points, &fit)?;
    fitness::rises(&points, &fit)?;
    fitness::follows_beyond_the_clock(&points, &fit, seconds)?;
    let rate = busy.rate / busy.pods;
    fitness::seen(&points, rate)?;
    let (curve, AtBusy { cores, idle, per_request }) =
        Curve::new(&points, &held_back, rate, &fit).ok_or(Refusal::OutOfRange)?;
    let share = 1.0 - idle.1 / cores.1;
    if share < LEAST_SHARE {
        return Err(Refusal::RequestsCauseLittle(share));
    }
    let mut errors: Vec<f64> = fit.errors.iter().map(|error| error.abs()).collect();
    let since = points.first().map_or(0, |point| point.step);
    let calibration = Calibration {
        cores_at_busy: interval(cores, busy.pods).ok_or(Refusal::OutOfRange)?,
        cpu_per_request: interval(per_request, 1.0).ok_or(Refusal::OutOfRange)?,
        idle_cpu: interval(idle, 1.0).ok_or(Refusal::OutOfRange)?,
        memory: memory::memory(&steps[since..]),
        points: used.len(),
        left_out,
        deployed_at,
        error: median(&mut errors).ok_or(Refusal::OutOfRange)?,
        curve,
    };
    Ok((calibration, used))
}

/// The points after the last change of the cost, the step at which they begin if there was a change, and a rough fit
/// to them.
fn after_the_last_deploy(mut points: Vec<Point>, least: usize) -> Result<(Vec<Point>, Option<usize>, Robust), Refusal> {
    let rough = |points: &[Point]| Robust::absolute(points).ok_or(Refusal::OutOfRange);
    let (mut deployed_at, mut fit) = (None, rough(&points)?);
    for _ in 0..MAX_DEPLOYS {
        let Some(change) = deploy::change(&points, &fit) else { break };
        let after = points.len() - change.at;
        if after < least {
            if change.factor.ln().abs() > WORTH_REFUSING {
                return Err(Refusal::JustDeployed { points: after, least });
            }
            break;
        }
        points.drain(..change.at);
        deployed_at = points.first().map(|point| point.step);
        fit = rough(&points)?;
    }
    Ok((points, deployed_at, fit))
}
