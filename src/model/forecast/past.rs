//! Forecasts of the history's own past: from each of several days (a rolling origin), the following period is forecast
//! from the data before it.
//!
//! Hyndman & Athanasopoulos, *Forecasting: Principles and Practice*, 3rd ed., section 5.10,
//! <https://otexts.com/fpp3/tscv.html>.

use super::fit::{BUSY, Fit};
use super::order::quantile_of_largest;
use super::persistence::Persistence;
use super::seasonal::Season;
use super::series::{DAY, Horizon, Window, mean, present, real, signed};
use super::trend::LEVEL_DAYS;

/// Minimum history before an origin: each part of a season must be seen twice.
const LEAST_DAYS: usize = 14;
/// Minimum number of days to judge a forecast by: a week includes every weekday.
const LEAST_AHEAD: usize = 7;
/// Maximum number of origins: more would overlap with these.
const MOST_ORIGINS: usize = 6;

/// A day of the past from which a forecast is made, and the actual values after it.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) fit: Fit,
    pub(super) horizon: Horizon,
    /// Hours between the end of the data and the forecast period.
    pub(super) gap: usize,
    /// Actual mean and busy hour.
    pub(super) mean: f64,
    pub(super) busy: f64,
    /// The days of the history from the origin to the end of the forecast period.
    days: (usize, usize),
}

/// The origins of a history.
#[derive(Debug, Default)]
pub(super) struct Past(pub(super) Vec<Origin>);

impl Past {
    /// Origins from the third week on. The gap and length are those of the real forecast if the history is long
    /// enough, or else the longest possible ones in the same proportion.
    pub(super) fn of(history: Window<'_>, gap: usize, hours: usize) -> Self {
        let (days, ahead) = (history.days(), (gap + hours).div_ceil(DAY));
        let latest = if days >= 2 * LEAST_DAYS + ahead { days - ahead } else { days.saturating_sub(LEAST_AHEAD) };
        if latest < LEAST_DAYS || Season::of(history) != Season::HourOfWeek {
            return Self::default();
        }
        let count = (latest - LEAST_DAYS + 1).min(MOST_ORIGINS);
        let origin = |index: usize| latest - (latest - LEAST_DAYS) * index / count.saturating_sub(1).max(1);
        Self((0..count).filter_map(|index| Origin::at(history, origin(index), gap, hours)).collect())
    }

    /// The effective number of origins: overlapping forecast periods are nearly the same evidence.
    pub(super) fn independent(&self) -> f64 {
        let spans = || self.0.iter().map(|origin| origin.days);
        let first = spans().map(|(begin, _)| begin).min().unwrap_or_default();
        let last = spans().map(|(_, end)| end).max().unwrap_or_default();
        let longest = spans().map(|(begin, end)| end - begin).max().unwrap_or_default().max(1);
        (real(last - first) / real(longest)).min(real(self.0.len()))
    }

    /// The share of the way from the last week's level to the trend that would have been best.
    pub(super) fn persistence(&self) -> Persistence {
        let ways = |origin: &Origin| {
            let mut fit = origin.fit.clone();
            fit.trend.persistence = Persistence::NONE;
            let last_week = fit.mean(origin.horizon);
            fit.trend.persistence = Persistence::ALL;
            let error = fit.errors(origin.gap, origin.horizon.hours()).0;
            (last_week > 0.0)
                .then(|| ((fit.mean(origin.horizon) / last_week).ln(), (origin.mean / last_week).ln(), error))
        };
        let there = self.0.iter().filter(|origin| origin.fit.has_trend && origin.mean > 0.0);
        Persistence::learned(there.filter_map(ways), self.independent())
    }
}

impl Origin {
    fn at(history: Window<'_>, day: usize, gap: usize, hours: usize) -> Option<Self> {
        let room = (history.values.len() - day * DAY).min(gap + hours);
        let gap = (gap * room / (gap + hours)).min(room.saturating_sub(LEAST_AHEAD * DAY));
        let fit = Fit::new(history.until(day * DAY), LEVEL_DAYS)?;
        let begin = day * DAY + gap;
        let horizon = Horizon::of_hours(history.first + signed(begin), room - gap);
        let end = begin + horizon.hours();
        let (mean, busy) = actual(history.until(end).from(begin))?;
        Some(Self { fit, horizon, gap, mean, busy, days: (day, end / DAY) })
    }
}

/// Actual mean and busy hour; `None` if most of the data is missing.
pub(super) fn actual(window: Window<'_>) -> Option<(f64, f64)> {
    let mut hours: Vec<f64> = present(window.values).collect();
    let enough = 2 * hours.len() >= window.values.len() && !hours.is_empty();
    let total = hours.len();
    enough.then(|| (mean(hours.iter().copied()), quantile_of_largest(&mut hours, total, BUSY).unwrap_or_default()))
}
