//! Back-test: how well a fit to the first part of a window predicts the rest.

use super::clean::{Cleaned, clean};
use super::statistics::{median, number};
use super::{Busy, Refusal, Step, calibrate};

/// How well CPU usage was predicted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BackTest {
    /// Number of steps in the training part.
    pub learned_from: usize,
    /// Number of steps that were predicted.
    pub predicted: usize,
    /// Median relative error, |predicted ÷ observed − 1|: half of the steps have a smaller one.
    pub median_error: f64,
    /// Number of steps whose usage was within the 90 % interval of a single step.
    pub held: usize,
    /// Predicted and observed cores, each summed over the steps; outliers are clipped to a factor of two.
    pub cores: (f64, f64),
}

impl BackTest {
    /// Predicted ÷ observed cores over all steps, minus 1.
    pub fn bias(&self) -> f64 {
        self.cores.0 / self.cores.1 - 1.0
    }

    /// Share of the steps within the 90 % interval.
    pub fn interval_held(&self) -> f64 {
        number(self.held) / number(self.predicted)
    }
}

/// Fits the steps before `cut` and predicts the CPU usage of the others from their rates and pod counts.
///
/// # Errors
/// [`Refusal`] if the first part cannot be fitted or no step of the rest is usable.
pub fn back_test(steps: &[Step], busy: Busy, cut: usize) -> Result<BackTest, Refusal> {
    let (first, rest) = steps.split_at(cut.min(steps.len()));
    let calibration = calibrate(first, busy)?;
    let Cleaned { points, .. } = clean(rest);
    let (mut errors, mut held, mut predicted, mut seen) = (Vec::with_capacity(points.len()), 0, 0.0, 0.0);
    for point in &points {
        let said = calibration.curve.cores_of_a_step(point.rate).ok_or(Refusal::OutOfRange)?;
        errors.push((said.mid() / point.cores - 1.0).abs());
        held += usize::from((said.low()..=said.high()).contains(&point.cores));
        predicted += said.mid() * point.pods;
        seen += point.cores.clamp(said.mid() / 2.0, said.mid() * 2.0) * point.pods;
    }
    let median_error = median(&mut errors).ok_or(Refusal::TooFewSteps { points: 0, least: 1 })?;
    Ok(BackTest {
        learned_from: calibration.points,
        predicted: points.len(),
        median_error,
        held,
        cores: (predicted, seen),
    })
}
