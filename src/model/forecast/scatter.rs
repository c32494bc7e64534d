//! How daily levels scatter around a trend: noise that averages out, and a random walk that does not.
//!
//! Both are estimated from the differences of levels that are a day, a week and three weeks apart (an empirical
//! variogram; Cressie & Hawkins 1980, *Robust estimation of the variogram*, Mathematical Geology 12): noise of
//! variance `σ²` contributes `2σ²` at any distance, and a random walk of variance `q²` per day adds `q²` for each day
//! between. Each estimate is shrunk towards its usual value, the more so the shorter the history is.

use super::line::DayLevel;
use super::order::deviation;
use super::series::real;

/// Noise and random walk of daily levels, in logarithms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scatter {
    /// Standard deviation of a day around the level.
    pub(super) day: f64,
    /// How many times more slowly this averages out than independent noise would: `(1 + r) ÷ (1 − r)`, where `r` is
    /// the correlation of neighbouring days, as in a first-order autoregression.
    pub(super) clustering: f64,
    /// Variance that the random walk adds per day.
    pub(super) wander: f64,
}

/// Usual standard deviation of a day, and the number of days that it counts as: with few days, the estimate may be
/// near zero by chance. Like the other defaults here, it is an assumption near the middle of what services show.
const USUAL_DAY: (f64, f64) = (0.05, 7.0);
/// Usual correlation of neighbouring days, and the number of days that it counts as: estimates from few days are too
/// low.
const USUAL_CORRELATION: (f64, f64) = (0.3, 14.0);
/// Usual standard deviation of the random walk over 30 days, and the number of three-week stretches that it counts
/// as. It keeps the interval of a perfectly regular history from collapsing.
const USUAL_WANDER: (f64, f64) = (0.05, 2.0);

impl Scatter {
    /// The default for a workload without evidence.
    pub(super) fn usual(day: f64) -> Self {
        Self { day, clustering: 1.0, wander: USUAL_WANDER.0.powi(2) / 30.0 }
    }

    /// Estimates the scatter around a slope from days in chronological order.
    pub(super) fn around(days: &[DayLevel], slope: f64) -> Self {
        let at = |lag: f64| variogram(days, slope, lag);
        let mut scatter = Self::usual(USUAL_DAY.0);
        let Some(week) = at(7.0) else { return scatter };
        let count = real(days.len());
        if count >= 35.0
            && let Some(three_weeks) = at(21.0)
        {
            let own = ((three_weeks - week) / 14.0).max(0.0);
            scatter.wander = drawn(own, count / 21.0, (scatter.wander, USUAL_WANDER.1));
        }
        let variance = (week - 7.0 * scatter.wander).max(0.0) / 2.0;
        scatter.day = drawn(variance, count, (USUAL_DAY.0.powi(2), USUAL_DAY.1)).sqrt();
        if let Some(day) = at(1.0) {
            // The weekly profile was fitted to the same days: with two weeks, it absorbs half of the differences
            // between weekdays.
            let weeks = (count / 7.0).max(1.5);
            let own = 1.0 - (day / (1.0 - 1.0 / weeks) - scatter.wander) / (2.0 * scatter.day.powi(2));
            // Any correlation above 0.8 is attributed to the random walk.
            let correlation = drawn(own.clamp(0.0, 0.8), count, USUAL_CORRELATION);
            scatter.clustering = (1.0 + correlation) / (1.0 - correlation);
        }
        scatter
    }

    /// Variance of the mean of this many days around the level.
    pub(super) fn of_mean(&self, days: f64) -> f64 {
        self.day.powi(2) * self.clustering / days.max(1.0)
    }

    /// The number of newest days that determine the level best: with more of them noise averages out, and with fewer
    /// the level is more recent. The error is smallest where `σ² ÷ n` falls as fast as the random walk's `q² · n ÷ 3`
    /// grows.
    pub(super) fn best_level_days(&self) -> f64 {
        (3.0 * self.day.powi(2) * self.clustering / self.wander).sqrt()
    }
}

/// The weighted mean of the observed and the usual value.
fn drawn(own: f64, count: f64, (usual, weight): (f64, f64)) -> f64 {
    (own * count + usual * weight) / (count + weight)
}

/// Mean square of the difference of levels that are `lag` days apart, estimated by the median; `None` if there are
/// too few.
fn variogram(days: &[DayLevel], slope: f64, lag: f64) -> Option<f64> {
    let mut later = days.iter().peekable();
    let mut differences = Vec::with_capacity(days.len());
    for early in days {
        while later.next_if(|late| early.back - late.back < lag - 0.5).is_some() {}
        if let Some(late) = later.peek()
            && (early.back - late.back - lag).abs() < 0.5
        {
            differences.push(late.level - early.level - slope * lag);
        }
    }
    (differences.len() >= 5).then(|| deviation(differences.into_iter(), 0.0).powi(2))
}
