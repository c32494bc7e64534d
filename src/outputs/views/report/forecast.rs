//! Predicted cost compared with modelled cost, and the forecast of the next month.

use std::cmp::Ordering;

use super::tables::{more, ordered, shown};
use super::{ReportDetail, RowOrder};
use crate::model::report::{Forecast, Predicted, PredictedRow, Prediction};
use crate::outputs::document::Table;
use crate::outputs::forecast as words;
use crate::outputs::number::{money, signed_money};
use crate::units::{Currency, Hours, Money};

/// Last month's prediction for each namespace compared with the modelled cost.
pub(super) fn predicted(predicted: &Predicted, detail: ReportDetail, currency: Currency) -> Table {
    let keys = ["name", "predicted", "modelled", "difference"];
    let mut table = Table::new(["namespace", "predicted", "modelled", "difference"]).with_keys(keys);
    table = table.titled(&format!("Predicted and modelled, {currency}")).sortable();
    let cells = |name: &str, predicted: Money, modelled: Money, difference: Money| {
        [name.to_owned(), money(predicted), money(modelled), signed_money(difference)]
    };
    let lines: Vec<(usize, &PredictedRow)> = predicted.namespaces.iter().enumerate().collect();
    // By default, the largest difference comes first.
    let lines = match detail.order {
        RowOrder::Cost => lines,
        RowOrder::Name => ordered(lines, RowOrder::Name, |(_, line)| line.name.clone(), |_| None),
    };
    let (first, rest) = shown(&lines, detail);
    for (index, line) in first {
        let cells = cells(&line.name, line.predicted, line.modelled, line.difference());
        table.row_at(format!("$.predicted.namespaces[{index}]"), cells);
    }
    if !rest.is_empty() {
        let sum = |money: fn(&PredictedRow) -> Money| rest.iter().map(|(_, line)| money(line)).sum::<Money>();
        let (predicted, modelled) = (sum(|line| line.predicted), sum(|line| line.modelled));
        table.sum(cells(&more(rest.len()), predicted, modelled, modelled - predicted));
    }
    table.sum(cells("total", predicted.cost, predicted.modelled, predicted.difference()));
    table
}

/// The source of the prediction.
pub(super) fn about_predicted(predicted: &Predicted, currency: Currency) -> String {
    let from = predicted.from.map_or_else(String::new, |moment| format!(" of {moment}"));
    let hours = |hours: Hours| hours.amount().normalize();
    let (here, there) = (hours(predicted.hours), hours(predicted.of_hours));
    let part = match predicted.hours.cmp(&predicted.of_hours) {
        Ordering::Equal => String::new(),
        Ordering::Less => format!(", for {here} of its {there} h"),
        // A month of average length is longer than April.
        Ordering::Greater => format!(", scaled from {there} h to {here} h"),
    };
    let interval = match (predicted.interval, predicted.held()) {
        (Some((low, high)), Some(held)) => {
            let side = if held { "within" } else { "outside" };
            format!(", {side} the predicted 90% interval of {} to {} {currency}", money(low), money(high))
        }
        _ => String::new(),
    };
    format!("Predicted for this month by last month's report{from}{part}; modelled from this month's usage{interval}.")
}

/// The forecast of the next month in one sentence.
pub(super) fn about_forecast(forecast: &Forecast, currency: Currency) -> String {
    let Forecast { prediction: Prediction { month, hours, cost, .. }, how } = forecast;
    let (hours, interval) = (hours.amount().normalize(), within(&forecast.prediction));
    format!("Forecast for {month}: {} {currency}{interval} for {hours} h, from {}.", money(*cost), words::how(how))
}

/// ` (90% interval 380.00 to 450.00)`; empty if no interval is known.
pub(in crate::outputs) fn within(prediction: &Prediction) -> String {
    prediction
        .interval
        .map_or_else(String::new, |(low, high)| format!(" (90% interval {} to {})", money(low), money(high)))
}
