//! Predicted beside modelled.

use super::layout::Layout;
use super::number::{money, signed_money};
use crate::model::report::{Forecast, Predicted};
use crate::units::Money;

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
    format!("Predicted for this month by last month's report{from}; modelled from this month's use.")
}

/// The next month in one sentence.
pub(super) fn about_forecast(forecast: &Forecast) -> String {
    let Forecast { month, hours, cost, .. } = forecast;
    let hours = hours.amount().normalize();
    format!("Predicted for {month}: {} USD for {hours} h: {}.", money(*cost), Forecast::METHOD)
}
