//! The working set of a pod as a function of its load.

use super::statistics::{NORMAL_MAD, median};
use super::steps::Step;

/// The quantity that memory grows with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrowsWith {
    /// Requests per second of one pod.
    Rate,
    /// Requests in flight in one pod.
    InFlight,
}

/// Memory usage of a pod, in bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Memory {
    /// Working set without requests, or at the lowest observed load.
    pub base: f64,
    /// Additional bytes for each request per second, or for each request in flight.
    pub per_load: f64,
    /// The quantity that memory grows with.
    pub grows_with: GrowsWith,
    /// Robust relative standard deviation around the line.
    pub spread: f64,
}

impl Memory {
    /// Working set of one pod at a load.
    pub fn at(&self, load: f64) -> f64 {
        self.base + self.per_load * load
    }
}

/// Minimum number of steps for fitting a line.
const LEAST: usize = 12;
/// Number of standard deviations by which the slope must be above zero. Freed memory often stays allocated, and
/// caches fill over days, so a slope is accepted only if it stands out.
const STANDS_OUT: f64 = 2.0;

/// Fits a line that is nowhere negative and does not fall, against requests in flight if they were counted in most
/// steps.
///
/// The slope is the median of the slopes between each step and the step half of the sorted loads away (Theil 1950, *A
/// rank-invariant method of linear and polynomial regression analysis*, the incomplete method): up to 29 % of
/// outliers do not move it.
pub(super) fn memory(steps: &[Step]) -> Option<Memory> {
    let of = |load: fn(&Step) -> Option<f64>| -> Vec<(f64, f64)> {
        steps
            .iter()
            .filter(|step| step.pods > 0.0)
            .filter_map(|step| Some((load(step)? / step.pods, step.memory?)))
            .filter(|(load, bytes)| load.is_finite() && *load >= 0.0 && bytes.is_finite() && *bytes > 0.0)
            .collect()
    };
    let (rates, in_flight) = (of(|step| step.requests_per_second), of(|step| step.in_flight));
    let counted = in_flight.len() >= LEAST && 2 * in_flight.len() > rates.len();
    let (mut known, grows_with) = if counted { (in_flight, GrowsWith::InFlight) } else { (rates, GrowsWith::Rate) };
    if known.len() < LEAST {
        return None;
    }
    known.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let half = known.len() / 2;
    let mut slopes: Vec<f64> = known
        .iter()
        .zip(&known[half..])
        .map(|(a, b)| (b.1 - a.1) / (b.0 - a.0))
        .filter(|slope| slope.is_finite())
        .collect();
    let slope = median(&mut slopes).unwrap_or(0.0);
    let mut away: Vec<f64> = slopes.iter().map(|other| (other - slope).abs()).collect();
    let spread_of_slopes = NORMAL_MAD * median(&mut away).unwrap_or(0.0);
    let error = 1.2533 * spread_of_slopes / super::statistics::number(slopes.len().max(1)).sqrt();
    let per_load = if slope > STANDS_OUT * error { slope } else { 0.0 };
    let base = median(&mut known.iter().map(|(load, bytes)| bytes - per_load * load).collect::<Vec<_>>())?;
    // A line with a negative intercept is too steep: it is forced through zero instead.
    let (base, per_load) = if base < 0.0 {
        let mut through =
            known.iter().filter(|(load, _)| *load > 0.0).map(|(load, bytes)| bytes / load).collect::<Vec<_>>();
        (0.0, median(&mut through)?)
    } else {
        (base, per_load)
    };
    let mut away: Vec<f64> =
        known.iter().map(|(load, bytes)| (bytes / (base + per_load * load).max(1.0) - 1.0).abs()).collect();
    Some(Memory { base, per_load, grows_with, spread: NORMAL_MAD * median(&mut away)? })
}
