//! Work that runs at the same time of every day, as a backup does.

use super::clean::Point;
use super::robust::Robust;
use super::statistics::{median, number};

/// Length of a day in seconds.
const DAY: f64 = 86_400.0;
/// Fewest days on which a time of the day must have been seen: fewer are chance.
const LEAST_DAYS: usize = 5;
/// What runs besides requests takes at least this much of the CPU; less is noise, or the curve's own error.
const LEAST_EXTRA: f64 = 0.06;
/// Standard errors of a median that a time of the day must stick out by, of 24 that are looked at.
const STANDARD_ERRORS: f64 = 4.0;
/// At most a quarter of the day is a schedule; more is how the service works.
const MAX_OF_DAY: usize = 4;

/// For each time of the day whether something else runs then; empty where steps do not divide the day or days are few.
pub(super) fn busy_times(points: &[Point], fit: &Robust, seconds: f64) -> Vec<bool> {
    let slots = (DAY / seconds).round();
    if !(seconds > 0.0 && (2.0..=48.0).contains(&slots) && (slots * seconds - DAY).abs() < 1.0) {
        return Vec::new();
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "2 to 48")]
    let slots = slots as usize;
    let mut errors: Vec<Vec<f64>> = vec![Vec::new(); slots];
    let usual = usual_at_such_rates(points, fit);
    for ((point, error), usual) in points.iter().zip(&fit.errors).zip(&usual) {
        errors[point.step % slots].push(error - usual);
    }
    let mut sticking_out: Vec<(f64, usize)> = Vec::new();
    for (slot, errors) in errors.iter_mut().enumerate().filter(|(_, errors)| errors.len() >= LEAST_DAYS) {
        // A median's standard error is 1.2533 times that of a mean; a day later noise has forgotten itself.
        let error = 1.2533 * fit.scale / number(errors.len()).sqrt();
        if let Some(extra) = median(errors).filter(|extra| *extra > LEAST_EXTRA.max(STANDARD_ERRORS * error)) {
            sticking_out.push((extra, slot));
        }
    }
    sticking_out.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut busy = vec![false; slots];
    sticking_out.iter().take(slots / MAX_OF_DAY).for_each(|(_, slot)| busy[*slot] = true);
    busy
}

/// For each point the median error of the sixth of the points with such rates: what the curve itself is off by there. Work that
/// runs for an hour or two of the day is less than half of any sixth.
fn usual_at_such_rates(points: &[Point], fit: &Robust) -> Vec<f64> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|a, b| points[*a].rate.total_cmp(&points[*b].rate).then(a.cmp(b)));
    let mut usual = vec![0.0; points.len()];
    for alike in order.chunks(points.len().div_ceil(6).max(1)) {
        let middle = median(&mut alike.iter().map(|index| fit.errors[*index]).collect::<Vec<_>>()).unwrap_or(0.0);
        alike.iter().for_each(|index| usual[*index] = middle);
    }
    usual
}
