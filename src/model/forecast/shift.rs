//! Where the level of demand jumped for good: a launch, a customer won or lost, traffic moved elsewhere.

use super::line::DayLevel;
use super::order::{deviation, median, quantile};
use super::series::real;

/// Days before and after that are compared; an outage or a holiday of up to three of them does not move their median.
const BESIDE: usize = 7;
/// Fewest days after a jump.
const LEAST_AFTER: usize = 5;
/// Least jump: by a quarter. A trend of 40 % per month makes 8 % in the seven days between the two medians' middles.
const LEAST_JUMP: f64 = 0.223;
/// A jump is clear when it is so many standard errors that noise makes in the difference of two medians of seven days, and so many
/// standard deviations of such differences, which wander makes.
const CLEAR: (f64, f64) = (4.5, 3.2);
/// A quarter of normally distributed errors is closer than this many standard deviations.
const QUARTER_OF_NORMAL: f64 = 0.319;

/// A jump of the level.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shift {
    /// Where it is: the middle of the first day after it, in days before the end of the history.
    pub(super) back: f64,
    /// By how much, in logarithms.
    pub(super) jump: f64,
}

/// The last clear one, in days that are in the order of time and whose level grows by `slope` per day besides.
pub(super) fn last_shift(days: &[DayLevel], slope: f64) -> Option<Shift> {
    let around = |at: usize| {
        let before = median_of(days.get(at.checked_sub(BESIDE)?..at)?)?;
        let after = days.get(at..days.len().min(at + BESIDE)).filter(|after| after.len() >= LEAST_AFTER)?;
        Some((before, median_of(after)?))
    };
    // The differences of neighbouring days do not know of jumps and trends, but for single outliers; those of weeks know how much
    // the level wanders. One jump is in the differences of 13 places, so that a quarter of a month's is still without it.
    let noise = deviation(days.windows(2).map(|two| two[1].level - two[0].level), 0.0) / std::f64::consts::SQRT_2;
    let mut wander: Vec<f64> =
        (0..days.len()).filter_map(around).map(|(before, after)| (after - before).abs()).collect();
    let quarter = quantile(&mut wander, 0.25).unwrap_or_default() / QUARTER_OF_NORMAL;
    let error = noise * (std::f64::consts::PI / real(BESIDE)).sqrt();
    let least = LEAST_JUMP.max(CLEAR.0 * error).max(CLEAR.1 * quarter);
    let clear = |at: &usize| {
        let Some((before, after)) = around(*at) else { return false };
        // It lasted: later days are nearer to the new level than to the old one.
        let later = median_of(&days[*at..days.len().min(at + 4 * BESIDE)]).unwrap_or(after);
        (after - before).abs() >= least && (later - before) / (after - before) >= 0.5
    };
    let end = (0..days.len()).rev().find(clear)?;
    // Several neighbouring days look like the place of one jump: it is where the two levels fit the days best.
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
