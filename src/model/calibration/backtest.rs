//! Back-test: how well the first part of a window predicts the rest.

use super::clean::{Cleaned, clean};
use super::statistics::{median, number};
use super::{Busy, Refusal, Step, calibrate};

/// How well CPU was predicted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BackTest {
    /// Steps that were learned from.
    pub learned_from: usize,
    /// Number of steps that were predicted.
    pub predicted: usize,
    /// Half of the steps were predicted nearer than this: |predicted ÷ seen − 1|.
    pub median_error: f64,
    /// Steps within the 90 % interval of a single step.
    pub held: usize,
    /// Cores predicted, and seen with wild steps cut to a factor of two, added up over the steps.
    pub cores: (f64, f64),
}

impl BackTest {
    /// Cores predicted over all steps ÷ cores seen − 1.
    pub fn bias(&self) -> f64 {
        self.cores.0 / self.cores.1 - 1.0
    }

    /// Share of the steps within the 90 % interval.
    pub fn interval_held(&self) -> f64 {
        number(self.held) / number(self.predicted)
    }
}

/// Learns from the steps before `cut`, and predicts the CPU of the others from their rates and pods.
///
/// # Errors
/// [`Refusal`], where the first part cannot be learned from, or nothing of the rest can be used.
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
