//! Smooth deviations of the true curve from the parametric forms.

use super::clean::Point;
use super::statistics::quantile;

/// Number of rates at which a deviation from the form is fitted; it is linear between them and constant beyond them.
pub(super) const KNOTS: usize = 5;

/// Share of the steps with a lower rate than each knot; the last knot is near the busy period.
const QUIETER: [f64; KNOTS] = [0.03, 0.25, 0.5, 0.75, 0.97];

/// Standard deviations of a curve's deviation from its form at a knot, relative to the usage: small, hardly any,
/// large. The forms of CPU per request are smooth, and measurements (DESIGN 4.1) are within a tenth of smooth curves.
pub(super) const DEPARTURES: [f64; 3] = [0.03, 0.01, 0.08];

/// The knots, as rates ÷ the largest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Knots([f64; KNOTS]);

impl Knots {
    pub(super) fn new(points: &[Point], most: f64) -> Self {
        let mut rates: Vec<f64> = points.iter().map(|point| point.rate / most).collect();
        Self(QUIETER.map(|share| quantile(&mut rates, share).unwrap_or(0.0)))
    }

    /// Interpolation weights of the knots at a rate ÷ the largest; they add up to one.
    pub(super) fn weights(&self, u: f64) -> [f64; KNOTS] {
        let mut weights = [0.0; KNOTS];
        let after = self.0.iter().position(|knot| u < *knot).unwrap_or(KNOTS);
        match after {
            0 => weights[0] = 1.0,
            KNOTS => weights[KNOTS - 1] = 1.0,
            _ => {
                let (low, high) = (self.0[after - 1], self.0[after]);
                let share = (u - low) / (high - low);
                weights[after - 1] = 1.0 - share;
                weights[after] = share;
            }
        }
        weights
    }
}
