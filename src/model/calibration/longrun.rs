//! Long-run variance: the variance of the sum of a series with correlated neighbours.
//!
//! The variance of a sum of correlated terms is their spectrum at frequency zero, estimated by the mean of the
//! squares of the first few cosine transforms. With so few squares, Student's distribution applies (Lazarus, Lewis,
//! Stock & Watson 2018, *HAR inference: recommendations for practice*, Journal of Business & Economic Statistics 36,
//! equation 4; after Müller 2007). Unlike Newey & West 1987, it needs no estimated bandwidth and keeps its level in
//! windows of a few dozen steps. A step without data adds nothing to any sum (Parzen 1963, *On spectral analysis with
//! missing observations*).

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::statistics::number;

/// Degrees of freedom for a window of this many steps: `0.4·T^(2/3)` (the same, section 3).
pub(super) fn degrees(steps: usize) -> usize {
    let degrees = 0.4 * number(steps).powf(2.0 / 3.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "less than the number of steps")]
    let degrees = degrees as usize;
    degrees.max(3)
}

/// The 95th percentile of Student's distribution.
pub(super) fn student(degrees: usize) -> f64 {
    StudentsT::new(0.0, 1.0, number(degrees.max(1))).map_or(NORMAL, |t| t.inverse_cdf(0.95))
}

/// The 95th percentile of the normal distribution.
pub(super) const NORMAL: f64 = 1.644_853_626_951_472_7;

/// Covariances of the sums of several series. `row` returns the values of all series at the index-th known step,
/// whose index among all steps is `steps[index]`.
pub(super) fn covariance<const N: usize>(steps: &[usize], row: impl Fn(usize) -> [f64; N]) -> [[f64; N]; N] {
    let mut result = [[0.0; N]; N];
    let Some((first, last)) = steps.iter().min().zip(steps.iter().max()) else { return result };
    let length = last - first + 1;
    let degrees = degrees(length);
    let mut sums = vec![[0.0; N]; degrees];
    for (index, step) in steps.iter().enumerate() {
        let values = row(index);
        // cos(b·φ) for b = 1, 2, … by Chebyshev's recurrence.
        let phase = std::f64::consts::PI * (number(step - first) + 0.5) / number(length);
        let twice = 2.0 * phase.cos();
        let (mut before, mut now) = (1.0, phase.cos());
        for sum in &mut sums {
            sum.iter_mut().zip(&values).for_each(|(sum, value)| *sum += now * value);
            (before, now) = (now, twice * now - before);
        }
    }
    let scale = 2.0 / number(degrees);
    for sum in &sums {
        for (cells, a) in result.iter_mut().zip(sum) {
            cells.iter_mut().zip(sum).for_each(|(cell, b)| *cell += scale * a * b);
        }
    }
    result
}
