//! Describes the method of a forecast.

use super::number::plural;
use crate::model::forecast::{Basis, Growth, Method, Season};
use crate::model::report::ForecastBasis;
use crate::units::Timestamp;

/// Method of a cluster's cost forecast.
pub(super) fn how(how: &ForecastBasis) -> String {
    match how {
        ForecastBasis::AsNow(None) => "this month's usage and prices for the hours of next month".to_owned(),
        ForecastBasis::AsNow(Some(why)) => {
            format!("this month's usage and prices for the hours of next month, because no trend is known ({why})")
        }
        ForecastBasis::FromHistory { method: known, growth } => {
            let declared = match *growth == Growth::NONE {
                true => String::new(),
                false => format!("; demand declared to grow by a factor of {} in addition", growth.factor()),
            };
            format!("the hourly cost of the nodes, {}{declared}", method(known))
        }
    }
}

/// Method of a series' forecast: `by hour of the week, +3% per 30 days; interval from 12 forecasts of its own
/// history`.
pub(super) fn method(method: &Method) -> String {
    let Method { season, trend, since, basis } = method;
    let season = match season {
        Season::HourOfWeek => "by hour of the week",
        Season::HourOfDay => "by hour of the day",
        Season::Flat => "without a daily pattern",
    };
    let trend = trend.map_or_else(
        || "no trend known".to_owned(),
        |factor| format!("trend {} per 30 days", signed_percent(factor - 1.0)),
    );
    let day = since.and_then(|second| Timestamp::from_second(second).ok());
    let since = day.map_or_else(String::new, |day| format!(", level as since {}", day.strftime("%Y-%m-%d")));
    let basis = match basis {
        Basis::BackTest { origins } => {
            let forecasts = plural(u64::try_from(*origins).unwrap_or(u64::MAX), "forecast", "forecasts");
            format!("interval from {forecasts} of its own history")
        }
        Basis::Assumed => "interval assumed, because the history is too short to test a forecast on it".to_owned(),
        Basis::NoDemand => "no demand was seen in the last week".to_owned(),
    };
    format!("{season}, {trend}{since}; {basis}")
}

/// `+3%`, `−12%`, `0%`.
pub(super) fn signed_percent(share: f64) -> String {
    let whole = (share * 100.0).round();
    match whole {
        0.0 => "0%".to_owned(),
        _ if whole > 0.0 => format!("+{whole}%"),
        _ => format!("−{}%", -whole),
    }
}
