//! Forecast of the next month's demand from hourly history.
//!
//! A seasonal naive forecast with a damped robust trend. The newest quarter of a year is used, after the last jump of
//! the level (`recent`, `shift`): the weekly profile consists of medians (`seasonal`), its level is that of the days,
//! and the trend is the median of all slopes (`line`, `trend`). How much of its trend a workload keeps
//! (`persistence`) and how large forecast errors are (`spread`) is learned from forecasts of its own past (`past`).
//! If the history is too short for that, both are assumed and [`Basis::Assumed`] is returned. The model is
//! multiplicative, so that nothing falls below zero.
//!
//! The interval does not cover what is not in the history: future launches, outages and campaigns. These are declared
//! as [`Growth`]. There is no yearly season: detecting one takes two years of hours.
//!
//! Costs are forecast in the same way: a forecast of cores requested, or of dollars per hour, is made like one of
//! requests. The total is forecast from its own series and the parts are scaled to it, because their errors partly
//! cancel out (Hyndman & Athanasopoulos, section 11.3, <https://otexts.com/fpp3/single-level.html>); the intervals of
//! the parts do not add up to that of the whole.

mod back_test;
mod fit;
mod line;
mod month;
mod order;
mod past;
mod persistence;
mod recent;
mod refusal;
mod scatter;
mod seasonal;
mod series;
mod shift;
mod spread;
mod trend;

pub use back_test::{BackTest, Evaluated, back_test};
pub use month::forecast_month;
pub use refusal::Refusal;
pub use seasonal::Season;
pub use series::{Horizon, HourlySeries};
pub use spread::Basis;

use crate::model::uncertainty::Interval;
use fit::Fit;
use past::Past;
use recent::Recent;
use series::{DAY, WEEK, mean, present};
use spread::Spread;

/// Declared growth, as a factor on the whole forecast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth(f64);

impl Growth {
    /// No growth.
    pub const NONE: Self = Self(1.0);

    /// The factor.
    pub const fn factor(self) -> f64 {
        self.0
    }

    /// `1.3` for 30 % more; `None` unless it is above zero and at most 1,000.
    pub fn new(factor: f64) -> Option<Self> {
        (factor > 0.0 && factor <= 1000.0).then_some(Self(factor))
    }
}

/// The forecast of a month.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The 99th percentile of the hours, defined like the busy period of today's demand.
    pub busy: Interval,
    /// Mean of the hours.
    pub mean: Interval,
    /// Expected demand in each hour, for pods that scale with it. It excludes noise, so its largest hour is below
    /// `busy`.
    pub by_hour: Vec<f64>,
    /// How it was made.
    pub method: Method,
    /// Mean of the history that `mean` is compared with.
    pub mean_so_far: f64,
}

impl Forecast {
    /// If there was no demand in the last week, none is expected.
    fn of_nothing(history: &HourlySeries, horizon: Horizon) -> Self {
        let method = Method { season: Season::Flat, trend: None, since: None, basis: Basis::NoDemand };
        let by_hour = vec![0.0; horizon.hours()];
        Self { busy: Interval::ZERO, mean: Interval::ZERO, by_hour, method, mean_so_far: history.mean() }
    }

    /// Forecast mean ÷ mean of the whole history: the factor for an hourly cost that follows demand. `None` if there
    /// was no demand.
    pub fn change(&self) -> Option<Interval> {
        (self.mean_so_far > 0.0).then(|| self.mean.scale(1.0 / self.mean_so_far))
    }
}

/// How a forecast was made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Method {
    /// The repeating pattern.
    pub season: Season,
    /// Factor per 30 days by which demand grows or falls before damping; `None` if the history is too short or too
    /// irregular to show one.
    pub trend: Option<f64>,
    /// Time of the last jump of the level: earlier data does not influence the level.
    pub since: Option<i64>,
    /// The source of the interval.
    pub basis: Basis,
}

/// Forecasts the hours of `horizon`, which begins at or after the end of the history.
///
/// # Errors
/// [`Refusal`], with the reason.
pub fn forecast(history: &HourlySeries, horizon: Horizon, growth: Growth) -> Result<Forecast, Refusal> {
    let hours = history.with_data();
    if hours < DAY {
        return Err(Refusal::TooShort(hours));
    }
    let gap = horizon.first() - history.end_hour();
    let gap = usize::try_from(gap).map_err(|_| Refusal::NotAhead)?;
    if gap + horizon.hours() > 366 * DAY {
        return Err(Refusal::TooFarAhead);
    }
    let Some(recent) = Recent::of(history.window()) else {
        return Ok(Forecast::of_nothing(history, horizon));
    };
    let Some(mut fit) = Fit::new(recent.window(), recent.level_days) else {
        let last_week = recent.window().last(WEEK);
        let hours = present(last_week.values).count();
        let is_quiet = hours >= DAY && present(last_week.values).all(|value| value <= 0.0);
        return if is_quiet { Ok(Forecast::of_nothing(history, horizon)) } else { Err(Refusal::TooShort(hours)) };
    };
    let past = Past::of(recent.window(), gap, horizon.hours());
    if fit.has_trend {
        fit.trend.persistence = past.persistence();
    }
    let spread = Spread::new(&fit, &past, gap, horizon.hours());
    let mut by_hour = fit.by_hour(horizon);
    by_hour.iter_mut().for_each(|hour| *hour *= growth.0);
    let mean = mean(by_hour.iter().copied());
    let busy = fit.busy(horizon).ok_or(Refusal::OutOfRange)? * growth.0;
    let (of_mean, of_busy) = spread.factors();
    let around = |mid: f64, factor: f64| Interval::new(mid / factor, mid, mid * factor).ok_or(Refusal::OutOfRange);
    Ok(Forecast {
        busy: around(busy.max(mean), of_busy)?,
        mean: around(mean, of_mean)?,
        by_hour,
        method: Method {
            season: fit.profile.season,
            trend: fit.has_trend.then(|| (fit.trend.slope * 30.0).exp()),
            since: recent.since,
            basis: spread.basis,
        },
        mean_so_far: history.mean(),
    })
}
