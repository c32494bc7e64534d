use serde::Serialize;

use super::report::{cents, number};
use crate::model::report;

/// What the next month is predicted to cost.
#[derive(Debug, Serialize)]
pub(super) struct Forecast {
    month: String,
    hours: String,
    method: &'static str,
    cost: String,
    namespaces: Vec<NamespaceCost>,
}

#[derive(Debug, Serialize)]
struct NamespaceCost {
    name: String,
    cost: String,
}

impl Forecast {
    pub(super) fn of(forecast: &report::Forecast) -> Self {
        let namespaces = forecast.namespaces.iter();
        Self {
            month: forecast.month.to_string(),
            hours: number(forecast.hours.amount()),
            method: report::Forecast::METHOD,
            cost: cents(forecast.cost),
            namespaces: namespaces.map(|row| NamespaceCost { name: row.name.clone(), cost: cents(row.cost) }).collect(),
        }
    }
}

/// What was predicted for this month beside what is modelled. `cost` is the prediction.
#[derive(Debug, Serialize)]
pub(super) struct Predicted {
    from: Option<String>,
    /// Of the hours that were predicted those with data, which are compared.
    hours: String,
    predicted_hours: String,
    cost: String,
    modelled: String,
    difference: String,
    namespaces: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    predicted: String,
    modelled: String,
    difference: String,
}

impl Predicted {
    pub(super) fn of(predicted: &report::Predicted) -> Self {
        Self {
            from: predicted.from.map(|moment| moment.to_string()),
            hours: predicted.hours.amount().normalize().to_string(),
            predicted_hours: predicted.of_hours.amount().normalize().to_string(),
            cost: cents(predicted.cost),
            modelled: cents(predicted.modelled),
            difference: cents(predicted.difference()),
            namespaces: predicted
                .namespaces
                .iter()
                .map(|row| Row {
                    name: row.name.clone(),
                    predicted: cents(row.predicted),
                    modelled: cents(row.modelled),
                    difference: cents(row.difference()),
                })
                .collect(),
        }
    }
}
