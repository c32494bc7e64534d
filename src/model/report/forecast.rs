//! The forecast of the next month, and the last forecast alongside the actual cost.

use std::collections::BTreeMap;

use super::rounding::{cent, round_to};
use super::{Report, Row};
use crate::model::forecast::{Growth, Method};
use crate::units::{Hours, Money, Month, Timestamp};

/// Predicted cost of the next month, and the method.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// The part that is stored until the month can be compared.
    pub prediction: Prediction,
    /// Method of the forecast.
    pub how: ForecastBasis,
}

/// How a forecast was made.
#[derive(Clone, Debug, PartialEq)]
pub enum ForecastBasis {
    /// The current cost, because no history shows how it changes; with the reason if a history was read.
    AsNow(Option<String>),
    /// From an hourly history.
    FromHistory {
        /// Season, trend and interval of the cost of all nodes.
        method: Method,
        /// Declared growth.
        growth: Growth,
    },
}

/// Predicted cost of a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// The predicted month.
    pub month: Month,
    /// Length of the month in hours.
    pub hours: Hours,
    /// Total cost, rounded to the cent.
    pub cost: Money,
    /// 5th and 95th percentile; `None` if unknown.
    pub interval: Option<(Money, Money)>,
    /// Cost by namespace, most expensive first; the sum is `cost`.
    pub namespaces: Vec<NamespaceCost>,
}

/// Predicted cost of one namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceCost {
    /// Name of the namespace, or of a cluster row: `idle`, `shared`.
    pub name: String,
    /// Predicted cost, rounded to the cent.
    pub cost: Money,
}

/// The prediction for this month alongside its modelled cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predicted {
    /// Time of the snapshot that the prediction was made from.
    pub from: Option<Timestamp>,
    /// Hours of the month that was predicted.
    pub of_hours: Hours,
    /// Hours that are compared: only those with data.
    pub hours: Hours,
    /// Predicted cost of these hours.
    pub cost: Money,
    /// 5th and 95th percentile of the predicted cost; `None` if the prediction had no interval.
    pub interval: Option<(Money, Money)>,
    /// Cost of these hours from usage and list prices.
    pub modelled: Money,
    /// By namespace, largest difference first.
    pub namespaces: Vec<PredictedRow>,
}

impl Predicted {
    /// Modelled less predicted cost; positive if the month costs more than predicted.
    pub fn difference(&self) -> Money {
        self.modelled - self.cost
    }

    /// Whether the modelled cost is within the prediction's interval; `None` if it had none.
    pub fn held(&self) -> Option<bool> {
        self.interval.map(|(low, high)| (low..=high).contains(&self.modelled))
    }
}

/// Predicted and modelled cost of one namespace; zero if the namespace did not exist in one of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PredictedRow {
    /// Name of the namespace.
    pub name: String,
    /// Predicted cost.
    pub predicted: Money,
    /// Cost from usage and list prices.
    pub modelled: Money,
}

impl PredictedRow {
    /// Modelled less predicted cost.
    pub fn difference(&self) -> Money {
        self.modelled - self.predicted
    }
}

/// Scales this month's cost to the hours of another month; `why` is the reason why no history is used. `None` if no
/// hour has data, or if nothing has a price.
pub fn forecast(report: &Report, month: Month, hours: Hours, why: Option<String>) -> Option<Forecast> {
    report.known_total()?;
    let factor = hours.amount().checked_div(report.span.hours_with_data.amount())?;
    let cost = cent(report.total * factor);
    let mut costs: Vec<Money> = report.namespaces.iter().map(|row| row.costs.total() * factor).collect();
    round_to(&mut costs, cost);
    let names = report.namespaces.iter().map(|row| row.name.clone());
    let namespaces = names.zip(costs).map(|(name, cost)| NamespaceCost { name, cost }).collect();
    Some(Forecast {
        prediction: Prediction { month, hours, cost, interval: None, namespaces },
        how: ForecastBasis::AsNow(why),
    })
}

/// Compares this report with a prediction for the same period, made from the cluster at `from`.
pub fn predicted(report: &Report, forecast: &Prediction, from: Option<Timestamp>) -> Predicted {
    let hours = report.span.hours_with_data;
    let part = hours.amount().checked_div(forecast.hours.amount()).unwrap_or_default();
    let cost = cent(forecast.cost * part);
    let mut costs: Vec<Money> = forecast.namespaces.iter().map(|row| row.cost * part).collect();
    round_to(&mut costs, cost);
    let mut rows: BTreeMap<&str, (Money, Money)> = BTreeMap::new();
    for (NamespaceCost { name, .. }, cost) in forecast.namespaces.iter().zip(costs) {
        rows.entry(name).or_default().0 = cost;
    }
    for Row { name, costs, .. } in &report.namespaces {
        rows.entry(name).or_default().1 = costs.total();
    }
    let mut namespaces: Vec<PredictedRow> = rows
        .into_iter()
        .map(|(name, (predicted, modelled))| PredictedRow { name: name.to_owned(), predicted, modelled })
        .collect();
    let size = |row: &PredictedRow| row.difference().amount().abs();
    namespaces.sort_by(|a, b| size(b).cmp(&size(a)).then_with(|| a.name.cmp(&b.name)));
    let interval = forecast.interval.map(|(low, high)| (cent(low * part), cent(high * part)));
    Predicted { from, of_hours: forecast.hours, hours, cost, interval, modelled: report.total, namespaces }
}
