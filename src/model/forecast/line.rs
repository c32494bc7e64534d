//! A robust straight line through daily levels.

use super::order::median;
use super::scatter::Scatter;
use super::series::{mean, real};

/// The level of one day.
#[derive(Clone, Copy, Debug)]
pub(super) struct DayLevel {
    /// Middle of the day, in days before the end of the history.
    pub(super) back: f64,
    /// Logarithm of its demand ÷ that of the profile.
    pub(super) level: f64,
}

/// A robust line through the newest days.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// Change per day.
    pub(super) slope: f64,
    /// Standard deviation of the slope.
    pub(super) error: f64,
    pub(super) scatter: Scatter,
    /// Beginning of the line, in days before the end.
    pub(super) reach: f64,
}

/// Stretches of newest days that are tried, beginning with the shortest: one month, two months, a quarter.
const STRETCHES: [usize; 3] = [28, 56, 91];
/// If the slope of a longer stretch is this many standard errors from that of a shorter one, the trend has turned.
const TURNED: f64 = 2.5;

impl Line {
    /// Fits the longest stretch that does not contradict the shorter ones; days are in chronological order.
    pub(super) fn newest(days: &[DayLevel]) -> Option<Self> {
        let mut best: Option<Self> = None;
        for (index, length) in STRETCHES.into_iter().enumerate() {
            if index > 0 && days.len() <= STRETCHES[index - 1] {
                break;
            }
            let longer = Self::through(&days[days.len().saturating_sub(length)..])?;
            let turned = |shorter: &Self| {
                let distance = (longer.slope - shorter.slope).abs();
                // The shorter stretch is part of the longer one.
                distance > TURNED * (shorter.error.powi(2) - longer.error.powi(2)).max(0.0).sqrt()
            };
            if best.as_ref().is_some_and(turned) {
                break;
            }
            best = Some(longer);
        }
        best
    }

    fn through(days: &[DayLevel]) -> Option<Self> {
        let slope = slope(days);
        let scatter = Scatter::around(days, slope);
        let count = real(days.len());
        // The profile was fitted to the same weeks, so only part of the slope is left.
        let weeks = (count / 7.0).max(1.5);
        // The standard error of least squares; Sen's estimator has 95 % of its efficiency for normal errors. A random
        // walk adds 6/5 of its variance over the number of days.
        let noise = 1.06 * 12.0 * scatter.of_mean(count) / (count.powi(2) * (1.0 - 1.0 / weeks.powi(2)));
        let error = (noise + 1.2 * scatter.wander / count).sqrt();
        let reach = days.first()?.back + 0.5;
        Some(Self { slope, error, scatter, reach })
    }
}

/// The median of the slopes of all pairs (Sen 1968, *Estimates of the regression coefficient based on Kendall's tau*,
/// JASA 63; Theil 1950): up to 29 % of the days may be outliers. With more than 45 days, every three days are
/// replaced by their median, because the number of pairs grows with the square.
fn slope(days: &[DayLevel]) -> f64 {
    let thinned: Vec<DayLevel> = if days.len() > 45 {
        let of_three = |three: &[DayLevel]| DayLevel {
            back: mean(three.iter().map(|day| day.back)),
            level: median(&mut three.iter().map(|day| day.level).collect::<Vec<_>>()).unwrap_or_default(),
        };
        days.chunks(3).map(of_three).collect()
    } else {
        days.to_vec()
    };
    let mut slopes: Vec<f64> = Vec::with_capacity(thinned.len() * thinned.len() / 2);
    for (index, early) in thinned.iter().enumerate() {
        slopes.extend(thinned[index + 1..].iter().map(|late| (late.level - early.level) / (early.back - late.back)));
    }
    median(&mut slopes).unwrap_or_default()
}
