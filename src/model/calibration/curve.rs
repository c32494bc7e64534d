//! The fitted curve of CPU usage against request rate, with its uncertainty.

use super::candidate::{Candidate, candidates};
use super::clean::Point;
use super::departure::Knots;
use super::form::IDLE;
use super::linear::Square;
use super::longrun::{NORMAL, degrees, student};
use super::robust::{Flexible, Robust};
use super::statistics::quantile;
use super::sums::{COLUMNS, Sums, columns};
use super::within::below;
use crate::model::uncertainty::Interval;

/// CPU usage of one pod at any rate, and its uncertainty: the average over all likely forms.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The largest observed rate of one pod, in requests per second.
    most: f64,
    knots: Knots,
    fit: Flexible,
    /// Means and covariances of the coefficients of all columns.
    mean: [f64; COLUMNS],
    covariance: Square<COLUMNS>,
    /// Student's 95th percentile ÷ the normal one.
    wider: f64,
    /// 5th and 95th percentile of (observed − fitted) ÷ fitted.
    errors: (f64, f64),
    /// The 99th percentile of the rate per pod over the usable steps.
    seen: f64,
}

/// A value as its 5th percentile, mean and 95th percentile.
pub(super) type Range = (f64, f64, f64);

/// The result for one pod at the busy demand.
#[derive(Clone, Copy, Debug)]
pub(super) struct AtBusy {
    /// CPU usage in cores, as an interval.
    pub(super) cores: Range,
    /// The part of `cores` that is used without requests.
    pub(super) idle: Range,
    /// CPU seconds per request, excluding idle usage.
    pub(super) per_request: Range,
}

/// Standard deviation of the exponent by which CPU usage grows beyond the observed rates. The range from a square
/// root to a straight line is half of this either way.
const BEND: f64 = 0.15;
/// Number of halvings of 24 standard deviations; linear interpolation in the remaining interval is accurate to a
/// hundredth of one.
const HALVINGS: usize = 8;

impl Curve {
    /// Fits the curve and evaluates it for a pod at `busy` requests per second. `None` if no form fits.
    pub(super) fn new(points: &[Point], held_back: &[Point], busy: f64, fit: &Robust) -> Option<(Self, AtBusy)> {
        let knots = Knots::new(points, fit.most);
        let u = busy / fit.most;
        let candidates = candidates(&Sums::new(points, held_back, &knots, fit), u, fit.curve.at(u));
        if candidates.is_empty() {
            return None;
        }
        let (mean, covariance) = moments(&candidates);
        let length = points.last()?.step - points.first()?.step + 1;
        let wider = student(degrees(length)) / NORMAL;
        let mut errors = fit.errors.clone();
        let errors = (quantile(&mut errors, 0.05)?, quantile(&mut errors, 0.95)?);
        let seen = quantile(&mut points.iter().map(|point| point.rate).collect::<Vec<_>>(), 0.99)?;
        let curve = Self { most: fit.most, knots, fit: fit.curve, mean, covariance, wider, errors, seen };
        let all = curve.columns(busy);
        let idle: [f64; COLUMNS] = std::array::from_fn(|column| if column == IDLE { 1.0 } else { 0.0 });
        let caused: [f64; COLUMNS] = std::array::from_fn(|column| (all[column] - idle[column]) / busy);
        let beyond = curve.beyond(busy);
        let at_busy = AtBusy {
            cores: curve.range(&candidates, &all, beyond),
            idle: curve.range(&candidates, &idle, 0.0),
            per_request: curve.range(&candidates, &caused, beyond),
        };
        Some((curve, at_busy))
    }

    /// Cores of one pod at a rate in requests per second, averaged over many steps. `None` if out of range.
    pub fn cores(&self, rate: f64) -> Option<Interval> {
        interval(self.of_many(rate), 1.0)
    }

    /// The same for a single step, including the scatter of steps around the curve.
    pub fn cores_of_a_step(&self, rate: f64) -> Option<Interval> {
        let (low, mean, high) = self.of_many(rate);
        let (below, above) = (self.errors.0.min(0.0) * mean, self.errors.1.max(0.0) * mean);
        interval((mean - (mean - low).hypot(below), mean, mean + (high - mean).hypot(above)), 1.0)
    }

    fn of_many(&self, rate: f64) -> Range {
        let (mean, deviation) = self.moments(&self.columns(rate));
        let half = NORMAL * self.wider * deviation.hypot(self.beyond(rate) * mean);
        (mean - half, mean, mean + half)
    }

    /// Relative standard deviation due to extrapolation beyond the observed rates.
    fn beyond(&self, rate: f64) -> f64 {
        BEND * (rate / self.seen).ln().max(0.0)
    }

    fn columns(&self, rate: f64) -> [f64; COLUMNS] {
        columns(rate / self.most, &self.knots, &self.fit)
    }

    /// Mean and standard deviation of a linear combination of columns.
    fn moments(&self, sum: &[f64; COLUMNS]) -> (f64, f64) {
        let (mut mean, mut variance) = (0.0, 0.0);
        for (i, a) in sum.iter().enumerate().filter(|(_, a)| **a != 0.0) {
            mean += a * self.mean[i];
            variance += a * sum.iter().zip(&self.covariance[i]).map(|(b, cell)| b * cell).sum::<f64>();
        }
        (mean, variance.max(0.0).sqrt())
    }

    /// Percentiles of a linear combination of columns over all forms. Each form has its own normal distribution,
    /// which is wider at rates beyond the observed ones.
    fn range(&self, candidates: &[Candidate], sum: &[f64; COLUMNS], beyond: f64) -> Range {
        let (mean, deviation) = self.moments(sum);
        let values: Vec<(f64, f64, f64)> = candidates
            .iter()
            .map(|candidate| {
                let (value, deviation) = candidate.value(sum);
                (candidate.weight, value, deviation.hypot(beyond * value) * self.wider)
            })
            .collect();
        let share_below = |x: f64| -> f64 {
            let share = |value: f64, deviation: f64| match deviation > 0.0 {
                true => below((x - value) / deviation),
                false if value <= x => 1.0,
                false => 0.0,
            };
            values.iter().map(|(weight, value, deviation)| weight * share(*value, *deviation)).sum()
        };
        let far = 12.0 * deviation.hypot(beyond * mean) * self.wider;
        let at = |share: f64| {
            let (mut low, mut high) = ((mean - far, 0.0), (mean + far, 1.0));
            for _ in 0..HALVINGS {
                let middle = f64::midpoint(low.0, high.0);
                let below = share_below(middle);
                if below < share { low = (middle, below) } else { high = (middle, below) }
            }
            low.0 + (high.0 - low.0) * if high.1 > low.1 { (share - low.1) / (high.1 - low.1) } else { 0.5 }
        };
        let mean = mean.max(0.0);
        (at(0.05).clamp(0.0, mean), mean, at(0.95).max(mean))
    }
}

/// Converts a range to an interval in other units.
pub(super) fn interval((low, mid, high): Range, factor: f64) -> Option<Interval> {
    // One nanosecond per request, or one billionth of a core: below the resolution of any counter.
    let least = 1e-9;
    let at_least = |value: f64| (value * factor).max(least);
    Interval::new(at_least(low), at_least(mid), at_least(high))
}

/// Means and covariances of all columns over all forms: the variance within each form plus the variance between their
/// means.
fn moments(candidates: &[Candidate]) -> ([f64; COLUMNS], Square<COLUMNS>) {
    let mut mean = [0.0; COLUMNS];
    let mut covariance = [[0.0; COLUMNS]; COLUMNS];
    for Candidate { weight, places, known } in candidates {
        for (i, a) in places.iter().enumerate() {
            mean[*a] += weight * known.mean[i];
            for (j, b) in places.iter().enumerate() {
                covariance[*a][*b] += weight * (known.covariance[i][j] + known.mean[i] * known.mean[j]);
            }
        }
    }
    for (a, row) in covariance.iter_mut().enumerate() {
        row.iter_mut().zip(&mean).for_each(|(cell, other)| *cell -= mean[a] * other);
    }
    (mean, covariance)
}
