//! Detects changes of the cost per request, as after a deploy: only the steps after the last change are used.

use super::clean::Point;
use super::robust::Robust;
use super::statistics::{likeness, median, number, spread};

/// A detected change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Change {
    /// Index of the first point after it.
    pub(super) at: usize,
    /// CPU usage after ÷ before at the same rate.
    pub(super) factor: f64,
}

/// Minimum number of points on either side of a change; a shorter segment may be a busy afternoon or a backup.
const LEAST_SIDE: usize = 8;
/// A smaller change does not justify discarding half of the data: it is within the interval of most fits.
const LEAST_CHANGE: f64 = 0.06;
/// Number of standard errors by which the two sides must differ. One of several hundred positions is chosen, so that
/// 3.5 would be exceeded by chance in one of a hundred windows (Andrews 1993, *Tests for parameter instability and
/// structural change with unknown change point*, Econometrica 61, table I), and the standard error is itself an
/// estimate.
const STANDARD_ERRORS: f64 = 5.0;
/// Drifting noise rarely changes the logarithm by this much, so a larger change needs fewer standard errors.
const LARGE: f64 = 0.3;
const STANDARD_ERRORS_OF_LARGE: f64 = 4.5;
/// A change of the logarithm by this much, a factor of 1.65, stands out from any noise of a single step.
const PLAIN: f64 = 0.5;
/// If more than this share of the earlier steps were already at the supposedly new level, it is not new: it is work
/// that comes and goes.
const SEEN_BEFORE: f64 = 0.2;
/// Errors are clipped to this many deviations: a backup is not a deploy.
const WINSOR: f64 = 3.0;

/// The position at which the level of the errors changes most, if it does: the split into two segments with the least
/// sum of squares of the logarithms of observed ÷ fitted, where one curve, `fit`, is used for all points.
pub(super) fn change(points: &[Point], fit: &Robust) -> Option<Change> {
    if points.len() < 2 * LEAST_SIDE {
        return None;
    }
    let errors: Vec<f64> = points.iter().zip(&fit.fitted).map(|(point, says)| (point.cores / says).ln()).collect();
    let middle = median(&mut errors.clone())?;
    let bound = (WINSOR * spread(&errors)?).max(2.0 * LEAST_CHANGE);
    let cut: Vec<f64> = errors.iter().map(|error| (error - middle).clamp(-bound, bound)).collect();
    let at = best_split(&cut);
    let (before, after) =
        errors.split_at_checked(at).filter(|(before, after)| !before.is_empty() && !after.is_empty())?;
    let (level_before, level_after) = (median(&mut before.to_vec())?, median(&mut after.to_vec())?);
    let away = |side: &[f64], level: f64| -> Vec<f64> {
        side.iter().map(|error| (error - level).clamp(-bound, bound)).collect()
    };
    let rest = [away(before, level_before), away(after, level_after)].concat();
    let steps: Vec<usize> = points.iter().map(|point| point.step).collect();
    let difference = level_after - level_before;
    let turn = f64::midpoint(level_before, level_after);
    let alike = before.iter().filter(|error| (**error > turn) == (level_after > turn)).count();
    if difference.abs() > PLAIN && number(alike) > SEEN_BEFORE * number(before.len()) {
        return None;
    }
    let errors = if difference.abs() > LARGE { STANDARD_ERRORS_OF_LARGE } else { STANDARD_ERRORS };
    let found = difference.abs() > LEAST_CHANGE
        && difference.abs() > errors * standard_error(&rest, &steps, before.len(), after.len());
    found.then(|| Change { at, factor: difference.exp() })
}

/// The split that explains most of the sum of squares; zero if there is no split.
fn best_split(errors: &[f64]) -> usize {
    let (count, sum) = (errors.len(), errors.iter().sum::<f64>());
    let (mut before, mut best) = (0.0, (0.0, 0));
    for at in 1..count {
        before += errors[at - 1];
        if at < LEAST_SIDE || count - at < LEAST_SIDE {
            continue;
        }
        let between = before * before / number(at) + (sum - before).powi(2) / number(count - at);
        if between > best.0 {
            best = (between, at);
        }
    }
    best.1
}

/// Standard error of the difference of two levels with the given counts. If neighbours have a correlation of `r`, `n`
/// values count as `n·(1 − r) ÷ (1 + r)` independent ones.
fn standard_error(errors: &[f64], steps: &[usize], before: usize, after: usize) -> f64 {
    let variance = errors.iter().map(|error| error * error).sum::<f64>() / number(errors.len());
    let alike = likeness(errors, steps);
    (variance * (1.0 + alike) / (1.0 - alike) * (1.0 / number(before) + 1.0 / number(after))).sqrt()
}
