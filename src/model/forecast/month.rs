//! Forecast of a calendar month, part of which may already be history.

use super::fit::BUSY;
use super::order::quantile;
use super::series::{HOUR, mean, present, real};
use super::{Forecast, Growth, Horizon, HourlySeries, Refusal, forecast};
use crate::model::uncertainty::Interval;

/// Forecasts the hours from the second `start` to the second `end`. Hours that are in the history are taken from it,
/// and only the rest is forecast. The mean is that of both parts, and so is the busy hour, since the 99th percentile
/// of the whole lies between those of the parts. `growth` applies to the forecast hours.
///
/// # Errors
/// [`Refusal`], with the reason; [`Refusal::NotAhead`] if the history already covers the whole period.
pub fn forecast_month(history: &HourlySeries, (start, end): (i64, i64), growth: Growth) -> Result<Forecast, Refusal> {
    let known = history.split_at(start).map(|(_, within)| within).or_else(|| begins_within(history, start));
    let first = start.max(history.end());
    let horizon =
        Horizon::new(first, end).ok_or(if end <= first { Refusal::NotAhead } else { Refusal::TooFarAhead })?;
    let ahead = forecast(history, horizon, growth)?;
    let Some(known) = known.filter(|_| first > start) else { return Ok(ahead) };
    let passed = real(usize::try_from((first - start) / HOUR).unwrap_or_default());
    let (passed, coming) = (passed, real(horizon.hours()));
    let together = |was: f64, will: &Interval| {
        let one = |will: f64| (was * passed + will * coming) / (passed + coming);
        Interval::new(one(will.low()), one(will.mid()), one(will.high())).ok_or(Refusal::OutOfRange)
    };
    let mut hours: Vec<f64> = present(known.window().values).collect();
    let average = mean(hours.iter().copied());
    let busy = quantile(&mut hours, BUSY).unwrap_or(average);
    Ok(Forecast { busy: together(busy, &ahead.busy)?, mean: together(average, &ahead.mean)?, ..ahead })
}

/// The whole history if it begins within the month.
fn begins_within(history: &HourlySeries, start: i64) -> Option<HourlySeries> {
    (history.start() >= start).then(|| history.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_793_491_200;
    const DAY: i64 = 24 * HOUR;

    fn history(days: usize, level: f64) -> HourlySeries {
        HourlySeries::from_hours(START, vec![Some(level); days * 24]).unwrap()
    }

    #[test]
    fn only_the_remaining_part_of_a_month_is_forecast() {
        let month = |from: i64| (START + from * DAY, START + (from + 30) * DAY);
        let ahead = forecast_month(&history(30, 8.0), month(30), Growth::NONE).unwrap();
        assert!((ahead.mean.mid() - 8.0).abs() < 1e-9, "{:?}", ahead.mean);
        // Ten days of the month are history: the growth applies to the other twenty.
        let twice = Growth::new(2.0).unwrap();
        let begun = forecast_month(&history(30, 8.0), month(20), twice).unwrap();
        assert!((begun.mean.mid() - (8.0 + 2.0 * 16.0) / 3.0).abs() < 1e-9, "{:?}", begun.mean);
        // A history that begins within the month counts from its beginning.
        let late = forecast_month(&history(10, 8.0), (START - 10 * DAY, START + 20 * DAY), Growth::NONE).unwrap();
        assert!((late.mean.mid() - 8.0).abs() < 1e-9, "{:?}", late.mean);
        assert_eq!(forecast_month(&history(60, 8.0), month(20), Growth::NONE), Err(Refusal::NotAhead));
    }
}
