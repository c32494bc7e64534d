//! A truncated multivariate normal distribution: each number is known to lie in a range.

use statrs::function::erf::erfc;

use super::linear::{MAX_COLUMNS, Square};

/// Means and covariances of up to [`MAX_COLUMNS`] numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Normal {
    pub(super) mean: [f64; MAX_COLUMNS],
    pub(super) covariance: Square<MAX_COLUMNS>,
}

/// Cumulative standard normal distribution at `x`.
pub(super) fn below(x: f64) -> f64 {
    0.5 * erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

fn density(x: f64) -> f64 {
    0.398_942_280_401_432_7 * (-0.5 * x * x).exp()
}

/// Mean of the standard normal distribution beyond `x` (the inverse of Mills' ratio).
pub(super) fn mean_beyond(x: f64) -> f64 {
    // In the far tail, the probability is too small to divide by, and the tail falls like an exponential.
    if x > 8.0 { x + 1.0 / x } else { density(x) / below(-x) }
}

/// If less than this share of the distribution is within the range, the form without that term fits better.
const LEAST: f64 = 1e-4;

impl Normal {
    /// The normal distribution with the moments of the part between zero and `largest` in every number, and the share
    /// of the whole that this part is; `None` if the share is negligible. The numbers are truncated one after another
    /// (Minka 2001, *A family of algorithms for approximate Bayesian inference*, chapter 3: assumed-density
    /// filtering), each by the moments of a truncated normal distribution (Johnson, Kotz & Balakrishnan 1994, section
    /// 13.10.1).
    pub(super) fn within(mut self, largest: &[f64]) -> Option<(Self, f64)> {
        let mut share = 1.0;
        for (place, largest) in largest.iter().enumerate() {
            let (mean, variance) = (self.mean[place], self.covariance[place][place]);
            if variance.is_nan() || variance <= 0.0 {
                return None;
            }
            let deviation = variance.sqrt();
            let (low, high) = (-mean / deviation, (largest - mean) / deviation);
            let part = below(high) - below(low);
            if part < LEAST {
                return None;
            }
            share *= part;
            let shift = (density(low) - density(high)) / part;
            let at = |bound: f64| if bound.abs() < 30.0 { bound * density(bound) } else { 0.0 };
            let narrower = (1.0 + (at(low) - at(high)) / part - shift * shift).clamp(1e-6, 1.0);
            let column: [f64; MAX_COLUMNS] = std::array::from_fn(|row| self.covariance[row][place] / variance);
            for (row, a) in column.iter().enumerate() {
                self.mean[row] += a * deviation * shift;
                for (cell, b) in self.covariance[row].iter_mut().zip(&column) {
                    *cell += a * b * variance * (narrower - 1.0);
                }
            }
        }
        Some((self, share))
    }
}
