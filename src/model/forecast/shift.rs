//! Detects lasting jumps of the level of demand: a launch, a customer won or lost, traffic moved elsewhere.

use super::line::DayLevel;
use super::order::{deviation, median, quantile};
use super::series::real;

/// Number of days before and after a jump that are compared; an outage or a holiday of up to three of them does not
/// move their median.
const BESIDE: usize = 7;
/// Minimum number of days after a jump.
const LEAST_AFTER: usize = 5;
/// Minimum jump: a quarter. A trend of 40 % per month amounts to 8 % in the seven days between the middles of the two
/// medians.
const LEAST_JUMP: f64 = 0.223;
/// A jump is clear if it exceeds this many standard errors of the difference of two seven-day medians due to noise,
/// and this many standard deviations of such differences due to the random walk.
const CLEAR: (f64, f64) = (4.5, 3.2);
/// A quarter of normally distributed errors is closer than this many standard deviations.
const QUARTER_OF_NORMAL: f64 = 0.319;

/// A jump of the level.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shift {
    /// The middle of the first day after the jump, in days before the end of the history.
    pub(super) back: f64,
    /// Size of the jump, in logarithms.
    pub(super) jump: f64,
}

/// The last clear jump. The days are in chronological order, and their level also grows by `slope` per day.
pub(super) fn last_shift(days: &[DayLevel], slope: f64) -> Option<Shift> {
    let around = |at: usize| {
        let before = median_of(days.get(at.checked_sub(BESIDE)?..at)?)?;
        let after = days.get(at..days.len().min(at + BESIDE)).filter(|after| after.len() >= LEAST_AFTER)?;
        Some((before, median_of(after)?))
    };
    // The differences of neighbouring days are insensitive to jumps and trends, except for single outliers; those of
    // weeks show how much the level wanders. One jump affects the differences at 13 positions, so a quarter of a
    // month's differences is still free of it.
    let noise = deviation(days.windows(2).map(|two| two[1].level - two[0].level), 0.0) / std::f64::consts::SQRT_2;
    let mut wander: Vec<f64> =
        (0..days.len()).filter_map(around).map(|(before, after)| (after - before).abs()).collect();
    let quarter = quantile(&mut wander, 0.25).unwrap_or_default() / QUARTER_OF_NORMAL;
    let error = noise * (std::f64::consts::PI / real(BESIDE)).sqrt();
    let least = LEAST_JUMP.max(CLEAR.0 * error).max(CLEAR.1 * quarter);
    let clear = |at: &usize| {
        let Some((before, after)) = around(*at) else { return false };
        // The jump lasted: later days are nearer to the new level than to the old one.
        let later = median_of(&days[*at..days.len().min(at + 4 * BESIDE)]).unwrap_or(after);
        (after - before).abs() >= least && (later - before) / (after - before) >= 0.5
    };
    let end = (0..days.len()).rev().find(clear)?;
    // Several neighbouring days look like the position of the same jump: choose the one at which the two levels fit
    // the days best.
    let begin = end.saturating_sub(BESIDE - 1);
    let near = begin.saturating_sub(BESIDE)..days.len().min(end + BESIDE);
    let misfit = |at: usize| distances(&days[near.start..at]) + distances(&days[at..near.end]);
    let places: Vec<(f64, usize)> = (begin..=end).filter(clear).map(|at| (misfit(at), at)).collect();
    let (_, at) = places.into_iter().min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))?;
    let (before, after) = around(at)?;
    // The middles of the two medians are about as many days apart as each spans, and demand grew in between.
    Some(Shift { back: days[at].back, jump: after - before - slope * real(BESIDE) })
}

fn median_of(days: &[DayLevel]) -> Option<f64> {
    median(&mut days.iter().map(|day| day.level).collect::<Vec<_>>())
}

/// Sum of the distances of these days from their median.
fn distances(days: &[DayLevel]) -> f64 {
    let level = median_of(days).unwrap_or_default();
    days.iter().map(|day| (day.level - level).abs()).sum()
}
