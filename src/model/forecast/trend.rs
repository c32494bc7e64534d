//! The trend of the level of demand from day to day, in logarithms: growth is a factor.

use super::line::{DayLevel, Line};
use super::order::median;
use super::persistence::Persistence;
use super::scatter::Scatter;
use super::series::{mean, real};

/// Prior standard deviation of the growth, per day and in logarithms: 15 % in 30 days, so that nine of ten workloads
/// change by −22 to +28 % per month. A modest assumption: it shrinks a slope that a few noisy weeks suggest, and
/// hardly changes one that is well measured.
pub(super) const USUAL_SLOPE: f64 = 0.15 / 30.0;

/// Damping factor of the slope per day: 88 % is left after 30 days. Growth does not go on for ever, and damped trends
/// have forecast better than straight ones (Gardner & McKenzie 1985, *Forecasting trends in time series*, Management
/// Science 31; a factor of 0.8 to 0.98 per period is usual, here it is 0.97 per week).
const DAMPING: f64 = 0.995_658;

/// Maximum total effect of a trend, in logarithms: twice or half.
const FURTHEST: f64 = std::f64::consts::LN_2;

/// Number of days that determine the level: the newest month. Older days show how fast the level changes rather than
/// what it is.
pub(super) const LEVEL_DAYS: usize = 28;

/// The level and its trend, in logarithms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trend {
    /// Level at the end of the history.
    pub(super) level: f64,
    /// Level of the last week, without a trend.
    pub(super) last_week: f64,
    /// Change per day, shrunk towards zero according to its uncertainty.
    pub(super) slope: f64,
    /// Standard deviation of the slope.
    pub(super) slope_error: f64,
    /// How far a forecast moves from the last week's level to that of the trend.
    pub(super) persistence: Persistence,
    /// How days scatter around the line.
    pub(super) scatter: Scatter,
    /// Number of days over which the level is averaged.
    pub(super) level_days: f64,
    /// Number of days before the end for which the line holds.
    pub(super) reach: f64,
}

impl Trend {
    /// Fits days in any order, with the level taken from the newest `level_days` of them; `None` without days.
    pub(super) fn new(days: &[DayLevel], level_days: usize) -> Option<Self> {
        let mut days = days.to_vec();
        days.sort_by(|a, b| b.back.total_cmp(&a.back));
        let line = Line::newest(&days)?;
        let Line { scatter, error, reach, .. } = line;
        let trust = USUAL_SLOPE.powi(2) / (USUAL_SLOPE.powi(2) + error.powi(2));
        let slope = line.slope * trust;
        // A level that is younger than a month also uses older days that were moved by an estimated jump, the
        // difference of two seven-day medians; an error of that step causes an error of the slope.
        let part = real(level_days.min(days.len())) / reach.max(1.0);
        let jump = (std::f64::consts::PI * scatter.of_mean(7.0)).sqrt();
        let moved = if level_days < LEVEL_DAYS { 6.0 * part * (1.0 - part).max(0.0) * jump / reach } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of days")]
        let best = scatter.best_level_days().clamp(7.0, real(LEVEL_DAYS)) as usize;
        let newest = &days[days.len().saturating_sub(level_days.min(best))..];
        let level = ordinary_mean(newest, slope, scatter.day)?;
        let last_week = ordinary_mean(&days[days.len().saturating_sub(7)..], 0.0, scatter.day)?;
        let slope_error = (error * trust.sqrt()).hypot(moved);
        let (persistence, level_days) = (Persistence::USUAL, real(newest.len()));
        Some(Self { level, last_week, slope, slope_error, persistence, scatter, level_days, reach })
    }

    /// A level without a known trend, from `days` days that add up.
    pub(super) fn unknown(level: f64, day_error: f64, days: f64) -> Self {
        let scatter = Scatter::usual(day_error);
        let (slope_error, persistence) = (USUAL_SLOPE, Persistence::ALL);
        Self { level, last_week: level, slope: 0.0, slope_error, persistence, scatter, level_days: days, reach: days }
    }

    /// The level this many days after the end of the history.
    pub(super) fn ahead(&self, days: f64) -> f64 {
        self.last_week + self.persistence.share * self.beyond_last_week(days)
    }

    /// Distance of the damped line from the level of the last week, this many days after the end of the history.
    fn beyond_last_week(&self, days: f64) -> f64 {
        (self.level + self.slope * damped(days) - self.last_week).clamp(-FURTHEST, FURTHEST)
    }

    /// The undamped line this many days before the end.
    pub(super) fn back(&self, days: f64) -> f64 {
        self.level - self.slope * days
    }

    /// Standard deviation of the mean level of `length` days whose middle is `middle` days ahead.
    pub(super) fn error(&self, middle: f64, length: f64) -> f64 {
        let share = self.persistence.share;
        let level = self.scatter.of_mean(self.level_days).max((1.0 - share).powi(2) * self.scatter.of_mean(7.0));
        let noise = level + self.scatter.of_mean(length);
        let slope = (self.slope_error * (share * damped(middle) + self.level_days / 2.0)).powi(2);
        let persistence = (self.persistence.error * self.beyond_last_week(middle)).powi(2);
        (noise + slope + persistence + self.scatter.wander * (middle + self.level_days / 3.0)).sqrt()
    }
}

/// The mean level of these days, moved along the slope to the end, excluding outliers. A median would be biased,
/// since the distribution of days is skewed: it ignores the occasional rainy day.
fn ordinary_mean(days: &[DayLevel], slope: f64, deviation: f64) -> Option<f64> {
    let levels: Vec<f64> = days.iter().map(|day| day.level + slope * day.back).collect();
    let middle = median(&mut levels.clone())?;
    let bound = 2.5 * deviation;
    Some(middle + mean(levels.iter().map(|level| (level - middle).clamp(-bound, bound).exp())).ln())
}

/// The number of days of undamped slope that correspond to this many days ahead: `Σ φ^i`.
fn damped(days: f64) -> f64 {
    (1.0 - DAMPING.powf(days)) * DAMPING / (1.0 - DAMPING)
}
