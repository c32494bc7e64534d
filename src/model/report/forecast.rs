use std::collections::BTreeMap;

use super::cents::{cent, round_to};
use super::{Report, Row};
use crate::units::{Hours, Money, Month, Timestamp};

/// What the next month is predicted to cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// Which month.
    pub month: Month,
    /// Its hours.
    pub hours: Hours,
    /// Everything, to the cent.
    pub cost: Money,
    /// By namespace, dearest first; together they are `cost`.
    pub namespaces: Vec<NamespaceCost>,
}

impl Forecast {
    /// How it was made. Usage that grows or falls from month to month is not in it.
    pub const METHOD: &'static str = "this month's usage and prices on the next month's hours";
}

/// What one namespace is predicted to cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceCost {
    /// Its name, or that of a row that is no namespace's own: `idle`, `shared`.
    pub name: String,
    /// To the cent.
    pub cost: Money,
}

/// What was predicted for this month beside what it costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predicted {
    /// When the cluster was looked at for the prediction.
    pub from: Option<Timestamp>,
    /// The hours of the month that it was made for.
    pub of_hours: Hours,
    /// Those that are compared: what has no data cannot be held against it.
    pub hours: Hours,
    /// What these hours were predicted to cost.
    pub cost: Money,
    /// What they cost by usage and list prices.
    pub modelled: Money,
    /// By namespace, largest difference first.
    pub namespaces: Vec<PredictedRow>,
}

impl Predicted {
    /// How much dearer the month is than predicted.
    pub fn difference(&self) -> Money {
        self.modelled - self.cost
    }
}

/// What was predicted for one namespace beside what it costs; nothing where it was or is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PredictedRow {
    /// Its name.
    pub name: String,
    /// What was predicted.
    pub predicted: Money,
    /// What it costs by usage and list prices.
    pub modelled: Money,
}

impl PredictedRow {
    /// How much dearer it is than predicted.
    pub fn difference(&self) -> Money {
        self.modelled - self.predicted
    }
}

/// Cost an hour with data, for each hour of `month`. `None` where no hour has data, or nothing a price.
pub fn forecast(report: &Report, month: Month, hours: Hours) -> Option<Forecast> {
    report.known_total()?;
    let factor = hours.amount().checked_div(report.span.hours_with_data.amount())?;
    let cost = cent(report.total * factor);
    let mut costs: Vec<Money> = report.namespaces.iter().map(|row| row.costs.total() * factor).collect();
    round_to(&mut costs, cost);
    let names = report.namespaces.iter().map(|row| row.name.clone());
    let namespaces = names.zip(costs).map(|(name, cost)| NamespaceCost { name, cost }).collect();
    Some(Forecast { month, hours, cost, namespaces })
}

/// A prediction that was made for the month of this report, from the cluster as it was `from`.
pub fn predicted(report: &Report, forecast: &Forecast, from: Option<Timestamp>) -> Predicted {
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
    Predicted { from, of_hours: forecast.hours, hours, cost, modelled: report.total, namespaces }
}
