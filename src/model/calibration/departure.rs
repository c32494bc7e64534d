//! How a true curve departs from every form that is written down.

use super::clean::Point;
use super::statistics::quantile;

/// Rates at which a departure from the form is fitted; linear between them, constant beyond them.
pub(super) const KNOTS: usize = 5;

/// Shares of the steps that are quieter than each knot: the last is about the busy period.
const QUIETER: [f64; KNOTS] = [0.03, 0.25, 0.5, 0.75, 0.97];

/// By how much a curve departs from its form at a knot, as standard deviations of parts of the use: a little, hardly, a lot.
/// Forms of CPU per request are smooth, and what was measured (DESIGN 4.1) is within a tenth of smooth curves.
pub(super) const DEPARTURES: [f64; 3] = [0.03, 0.01, 0.08];

/// The knots, as rates ÷ the largest.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Knots([f64; KNOTS]);

impl Knots {
    pub(super) fn new(points: &[Point], most: f64) -> Self {
        let mut rates: Vec<f64> = points.iter().map(|point| point.rate / most).collect();
        Self(QUIETER.map(|share| quantile(&mut rates, share).unwrap_or(0.0)))
    }

    /// How much each knot says at a rate ÷ the largest; together one.
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
