//! Predicted beside modelled.

use crate::model::report::{Forecast, Predicted};
use crate::outputs::layout::Layout;
use crate::outputs::number::{money, signed_money};
use crate::units::{Hours, Money};

/// Last month's prediction for each namespace beside what it costs.
pub(super) fn predicted(predicted: &Predicted) -> Layout {
    let mut table = Layout::new(["namespace", "predicted", "modelled", "difference"]);
    let mut row = |name: &str, predicted: Money, modelled: Money, difference: Money| {
        table.row([name.to_owned(), money(predicted), money(modelled), signed_money(difference)]);
    };
    for line in &predicted.namespaces {
        row(&line.name, line.predicted, line.modelled, line.difference());
    }
    row("total", predicted.cost, predicted.modelled, predicted.difference());
    table
}

/// Where the prediction comes from.
pub(super) fn about_predicted(predicted: &Predicted) -> String {
    let from = predicted.from.map_or_else(String::new, |moment| format!(" of {moment}"));
    let hours = |hours: Hours| hours.amount().normalize();
    let part = match predicted.hours == predicted.of_hours {
        true => String::new(),
        false => format!(", the part of it for {} of {} h", hours(predicted.hours), hours(predicted.of_hours)),
    };
    format!("Predicted for this month by last month's report{from}{part}; modelled from this month's use.")
}

/// The next month in one sentence.
pub(super) fn about_forecast(forecast: &Forecast) -> String {
    let Forecast { month, hours, cost, .. } = forecast;
    let hours = hours.amount().normalize();
    format!("Predicted for {month}: {} USD for {hours} h: {}.", money(*cost), Forecast::METHOD)
}
