//! Back-test: how well the last part of a history would have been forecast from the part before it.

use super::past::actual;
use super::series::{DAY, HOUR, signed};
use super::{Growth, Horizon, HourlySeries, Refusal, forecast};
use crate::model::uncertainty::Interval;

/// A forecast of a period that is already known.
#[derive(Clone, Debug, PartialEq)]
pub struct BackTest {
    /// The second up to which the history was used.
    pub trained_until: i64,
    /// Number of forecast hours.
    pub hours: usize,
    /// Mean demand.
    pub mean: Evaluated,
    /// Demand of the busy hour.
    pub busy: Evaluated,
}

/// A forecast and the actual value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluated {
    /// The forecast.
    pub predicted: Interval,
    /// The actual value.
    pub actual: f64,
}

impl Evaluated {
    /// Forecast ÷ actual value − 1; `None` if the actual value is zero.
    pub fn error(&self) -> Option<f64> {
        (self.actual > 0.0).then(|| self.predicted.mid() / self.actual - 1.0)
    }

    /// Whether the actual value lies between low and high.
    pub fn held(&self) -> bool {
        (self.predicted.low()..=self.predicted.high()).contains(&self.actual)
    }
}

impl HourlySeries {
    /// The second at which [`back_test`] splits the history: the last third, in whole days and at most 30 of them, is
    /// forecast.
    pub fn usual_split(&self) -> i64 {
        let days = (self.hours() / DAY / 3).clamp(1, 30);
        self.end() - signed(days * DAY) * HOUR
    }
}

/// Forecasts the part from `split` on using only the part before it.
///
/// # Errors
/// [`Refusal`] if one of the two parts has too little data.
pub fn back_test(history: &HourlySeries, split: i64) -> Result<BackTest, Refusal> {
    let (before, after) = history.split_at(split).ok_or(Refusal::NoData)?;
    let horizon = Horizon::new(after.start(), after.end()).ok_or(Refusal::TooFarAhead)?;
    let (mean, busy) = actual(after.window()).ok_or(Refusal::NoData)?;
    let predicted = forecast(&before, horizon, Growth::NONE)?;
    Ok(BackTest {
        trained_until: split,
        hours: horizon.hours(),
        mean: Evaluated { predicted: predicted.mean, actual: mean },
        busy: Evaluated { predicted: predicted.busy, actual: busy },
    })
}
