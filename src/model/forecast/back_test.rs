//! How well the last part of a history would have been forecast from the part before it.

use super::past::actual;
use super::series::{DAY, HOUR, signed};
use super::{Growth, Horizon, HourlySeries, Refusal, forecast};
use crate::model::uncertainty::Interval;

/// A forecast of what is known already.
#[derive(Clone, Debug, PartialEq)]
pub struct BackTest {
    /// The second up to which the history was used.
    pub trained_until: i64,
    /// Hours that were forecast.
    pub hours: usize,
    /// Average demand.
    pub mean: Judged,
    /// Demand of the busy hour.
    pub busy: Judged,
}

/// A forecast and what happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// What was forecast.
    pub predicted: Interval,
    /// What happened.
    pub actual: f64,
}

impl Judged {
    /// How much too high the forecast was, relative to what happened; `None` where that is nothing.
    pub fn error(&self) -> Option<f64> {
        (self.actual > 0.0).then(|| self.predicted.mid() / self.actual - 1.0)
    }

    /// Whether it happened between low and high.
    pub fn held(&self) -> bool {
        (self.predicted.low()..=self.predicted.high()).contains(&self.actual)
    }
}

impl HourlySeries {
    /// The second that splits it for [`back_test`]: the last third, of whole days and of at most 30, is forecast.
    pub fn usual_split(&self) -> i64 {
        let days = (self.hours() / DAY / 3).clamp(1, 30);
        self.end() - signed(days * DAY) * HOUR
    }
}

/// Forecasts what comes from `split` on from what was before it.
///
/// # Errors
/// [`Refusal`]: where one of the two parts has too little data.
pub fn back_test(history: &HourlySeries, split: i64) -> Result<BackTest, Refusal> {
    let (before, after) = history.split_at(split).ok_or(Refusal::NoData)?;
    let horizon = Horizon::new(after.start(), after.end()).ok_or(Refusal::TooFarAhead)?;
    let (mean, busy) = actual(after.window()).ok_or(Refusal::NoData)?;
    let predicted = forecast(&before, horizon, Growth::NONE)?;
    Ok(BackTest {
        trained_until: split,
        hours: horizon.hours(),
        mean: Judged { predicted: predicted.mean, actual: mean },
        busy: Judged { predicted: predicted.busy, actual: busy },
    })
}
