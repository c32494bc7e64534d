//! Work that runs at the same time of every day, as a backup does.

use super::clean::Point;
use super::robust::Robust;
use super::statistics::{median, number};

/// Length of a day in seconds.
const DAY: f64 = 86_400.0;
/// Minimum number of days on which a time of day must have been seen; with fewer, a match may be chance.
const LEAST_DAYS: usize = 5;
/// Scheduled work takes at least this share of the CPU; anything less is noise or an error of the curve.
const LEAST_EXTRA: f64 = 0.06;
/// Number of standard errors of a median by which a time of day must stand out, given that 24 are examined.
const STANDARD_ERRORS: f64 = 4.0;
/// At most a quarter of the day counts as scheduled; anything more is how the service works.
const MAX_OF_DAY: usize = 4;

/// For each time of day, whether other work runs then; empty if steps do not divide the day evenly or there are too
/// few days.
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
        // The standard error of a median is 1.2533 times that of a mean; noise is uncorrelated after a day.
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

/// For each point, the median error of the sixth of the points with similar rates: the error of the curve itself
/// there. Work that runs for an hour or two of the day is less than half of any sixth.
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
