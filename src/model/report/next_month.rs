//! Cost forecast of the next month for a whole cluster, from an hourly history.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::forecast::{Forecast, ForecastBasis, NamespaceCost, Prediction};
use super::history::decimal;
use super::rounding::{cent, round_to};
use super::{Report, Row, RowKey, grouping, history};
use crate::model::cluster::Snapshot;
use crate::model::forecast::{self as series_forecast, Evaluated, HourlySeries};
use crate::model::pricing::MachinePrices;
use crate::model::styles::{BackTestSplit, NextMonth, RunningService, dollars_requested};
use crate::model::usage::History;
use crate::units::{Hours, Money, MoneyPerHour};

/// Hourly cost history.
#[derive(Clone, Debug, PartialEq)]
pub struct Spending {
    /// Dollars per hour for all nodes with a price: pairs of Unix seconds and the amount. If no node is a machine
    /// with a price, dollars per hour for the requests of all pods.
    pub cluster: Vec<(i64, f64)>,
    /// Dollars per hour for the requests of the pods of each namespace.
    pub namespaces: BTreeMap<String, Vec<(i64, f64)>>,
}

impl Spending {
    /// Cost history of a period; `prices` are the prices of a core-hour and a GiB-hour.
    pub fn of(
        history: &History,
        snapshot: &Snapshot,
        machines: &MachinePrices,
        prices: (MoneyPerHour, MoneyPerHour),
    ) -> Self {
        let known = history.known_hours();
        let mut namespaces: BTreeMap<String, BTreeMap<i64, f64>> = BTreeMap::new();
        let mut pods: BTreeMap<i64, f64> = BTreeMap::new();
        for workload in &history.workloads {
            let name = grouping::escape_reserved_name(&workload.id.namespace);
            let of_namespace = namespaces.entry(name).or_default();
            for (second, dollars) in dollars_requested(workload, history.grid, &known, prices) {
                *of_namespace.entry(second).or_default() += dollars;
                *pods.entry(second).or_default() += dollars;
            }
        }
        let mut cluster = history::node_dollars(history, snapshot, machines, &known);
        if cluster.is_empty() {
            cluster = pods.into_iter().collect();
        }
        let namespaces = namespaces.into_iter().map(|(name, hours)| (name, hours.into_iter().collect()));
        Self { cluster, namespaces: namespaces.collect() }
    }

    /// Back-test: how well the first part of the series predicts the rest; `None` if the first part gives no
    /// forecast.
    pub fn back_test(&self, cut: BackTestSplit) -> Option<Evaluated> {
        let series = HourlySeries::from_points(self.cluster.iter().copied()).ok()?;
        series_forecast::back_test(&series, cut.second).ok().map(|test| test.mean)
    }
}

/// Forecast of the next month from an hourly history: node cost follows its own series, and all other cost stays as
/// it is now. Namespaces follow the requests of their pods and are scaled to the total, whose error is smaller than
/// theirs; an idle row gets the remainder.
///
/// # Errors
/// The reason, as a sentence, if the history does not allow a forecast.
pub fn forecast_from(
    report: &Report,
    spending: &Spending,
    services: &[RunningService],
    next: &NextMonth,
) -> Result<Forecast, String> {
    let series = HourlySeries::from_points(spending.cluster.iter().copied()).map_err(|refusal| refusal.to_string())?;
    let ahead = next.forecast(&series, series_forecast::Growth::NONE)?;
    let change = ahead.change().ok_or("nothing was paid for")?;
    let per_hour = Ratio::of(next.hours, report.span.hours_with_data).ok_or("no hour has data")?;
    let of_nodes: Money = report.nodes.iter().filter_map(|line| line.cost).sum();
    let rest = per_hour.times(report.total - of_nodes);
    let mut grown_in: BTreeMap<String, Money> = BTreeMap::new();
    for service in services {
        if let Ok(ahead) = &service.forecast {
            let sum = grown_in.entry(grouping::escape_reserved_name(&service.id.namespace)).or_default();
            *sum = *sum + ahead.grown;
        }
    }
    let grown: Money = grown_in.values().copied().sum();
    let whole = |change: f64| cent((per_hour.times(of_nodes) * decimal(change) + rest + grown).max(Money::default()));
    let cost = whole(change.mid());
    let rows: Vec<(String, Money)> = report
        .namespaces
        .iter()
        .map(|row| {
            let own = grown_in.get(&row.name).copied().unwrap_or_default();
            (row.name.clone(), per_hour.times(row_changed(row, spending, next)) + own)
        })
        .collect();
    let namespaces = scaled_to(cost, rows);
    Ok(Forecast {
        prediction: Prediction {
            month: next.month,
            hours: next.hours,
            cost,
            interval: Some((whole(change.low()), whole(change.high()))),
            namespaces,
        },
        how: ForecastBasis::FromHistory { method: ahead.method, growth: next.growth },
    })
}

/// Ratio of the lengths of two spans.
struct Ratio(Decimal);

impl Ratio {
    fn of(hours: Hours, other: Hours) -> Option<Self> {
        hours.amount().checked_div(other.amount()).map(Self)
    }

    fn times(&self, money: Money) -> Money {
        money * self.0
    }
}

/// Cost of a row with its CPU and memory scaled by the forecast of its pods' requests; unchanged without a forecast.
fn row_changed(row: &Row, spending: &Spending, next: &NextMonth) -> Money {
    let change = || {
        let points = spending.namespaces.get(&row.name)?;
        let series = HourlySeries::from_points(points.iter().copied()).ok()?;
        Some(next.forecast(&series, series_forecast::Growth::NONE).ok()?.change()?.mid())
    };
    let computing = row.costs.cpu + row.costs.memory;
    row.costs.total() - computing + computing * decimal(change().unwrap_or(1.0))
}

/// Scales rows to a total, to the cent: idle is the remainder of the total, at least zero.
fn scaled_to(total: Money, rows: Vec<(String, Money)>) -> Vec<NamespaceCost> {
    let idle = RowKey::Idle.to_string();
    let others: Money = rows.iter().filter(|(name, _)| *name != idle).map(|(_, cost)| *cost).sum();
    let has_idle = rows.iter().any(|(name, _)| *name == idle);
    let left = (total - others).max(Money::default());
    let all = others + if has_idle { left } else { Money::default() };
    let scale = total.amount().checked_div(all.amount()).unwrap_or(Decimal::ONE);
    let mut costs: Vec<Money> =
        rows.iter().map(|(name, cost)| if *name == idle { left } else { *cost } * scale).collect();
    round_to(&mut costs, total);
    rows.into_iter().zip(costs).map(|((name, _), cost)| NamespaceCost { name, cost }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dollars(text: &str) -> Money {
        Money::new(text.parse().unwrap())
    }

    fn scaled(total: &str, rows: &[(&str, &str)]) -> Vec<String> {
        let rows = rows.iter().map(|(name, cost)| ((*name).to_owned(), dollars(cost))).collect();
        scaled_to(dollars(total), rows).into_iter().map(|row| format!("{} {}", row.name, row.cost.amount())).collect()
    }

    #[test]
    fn idle_is_the_remainder_of_the_total() {
        assert_eq!(scaled("10.00", &[("shop", "4"), ("idle", "3"), ("data", "2")]), ["shop 4", "idle 4", "data 2"]);
        // If the other rows exceed the total, all are scaled down and no idle is left.
        assert_eq!(scaled("5.00", &[("shop", "8"), ("idle", "3"), ("data", "2")]), ["shop 4", "idle 0", "data 1"]);
        assert_eq!(scaled("9.99", &[("shop", "4"), ("data", "2")]), ["shop 6.66", "data 3.33"]);
        assert!(scaled("0.00", &[]).is_empty());
    }
}
