//! The forecast and its comparison with the modelled cost, in `capmodel/report/v1`.

use super::convert::{cents, exact};
use super::report::number;
use crate::model::report;
use crate::outputs::forecast as words;
use crate::schema::report::{Forecast, MoneyInterval, NamespaceForecast, NamespacePrediction, Predicted};
use crate::units::Money;

fn around((low, high): (Money, Money), mid: Money) -> MoneyInterval {
    MoneyInterval { low: cents(low), mid: cents(mid), high: cents(high) }
}

pub(super) fn forecast(forecast: &report::Forecast) -> Forecast {
    let report::Forecast { prediction, how } = forecast;
    let namespace = |row: &report::NamespaceCost| NamespaceForecast { name: row.name.clone(), cost: cents(row.cost) };
    Forecast {
        month: prediction.month.to_string(),
        hours: number(prediction.hours.amount()),
        method: words::how(how),
        cost: cents(prediction.cost),
        cost_interval: prediction.interval.map(|interval| around(interval, prediction.cost)),
        namespaces: prediction.namespaces.iter().map(namespace).collect(),
    }
}

pub(super) fn predicted(predicted: &report::Predicted) -> Predicted {
    let namespace = |row: &report::PredictedRow| NamespacePrediction {
        name: row.name.clone(),
        predicted: cents(row.predicted),
        modelled: cents(row.modelled),
        difference: cents(row.difference()),
    };
    Predicted {
        from: predicted.from.map(|moment| moment.to_string()),
        hours: exact(predicted.hours.amount()),
        predicted_hours: exact(predicted.of_hours.amount()),
        cost: cents(predicted.cost),
        cost_interval: predicted.interval.map(|interval| around(interval, predicted.cost)),
        modelled: cents(predicted.modelled),
        difference: cents(predicted.difference()),
        held: predicted.held(),
        namespaces: predicted.namespaces.iter().map(namespace).collect(),
    }
}
