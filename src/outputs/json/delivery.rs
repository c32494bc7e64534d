//! Schema `capmodel/delivery/v1`: what a webhook is told of a run.

use serde::Serialize;

use super::report::{self, cents};
use crate::model::report::Report;
use crate::outputs::Delivered;

/// A run that made a report.
#[derive(Debug, Serialize)]
pub(in crate::outputs) struct Made<'a> {
    schema: &'static str,
    event: &'static str,
    cluster: &'a str,
    month: String,
    summary: Summary,
    stored: &'a [String],
    undelivered: &'a [String],
    report: report::Document,
}

#[derive(Debug, Serialize)]
struct Summary {
    currency: &'static str,
    /// `null` where nothing has a price.
    cost: Option<String>,
    /// Which time the cost is of, in words.
    period: String,
    /// What the cost is over: `per month` of average length, or `for 72 h`.
    amounts_are: String,
    change: Option<Change>,
    /// `null` where no node with a price was read.
    idle: Option<String>,
    /// The share of the hours that have data.
    coverage: Option<f64>,
    /// `null` where no node may be read.
    priced_node_hours_share: Option<f64>,
    partial: bool,
}

#[derive(Debug, Serialize)]
struct Change {
    month: String,
    cost: Option<String>,
    /// `null` where either is not known.
    difference: Option<String>,
}

/// A run that made none.
#[derive(Debug, Serialize)]
pub(in crate::outputs) struct Failed<'a> {
    schema: &'static str,
    event: &'static str,
    cluster: Option<&'a str>,
    month: String,
    error: &'a str,
}

const SCHEMA: &str = "capmodel/delivery/v1";

impl<'a> Made<'a> {
    pub(in crate::outputs) fn of(report: &'a Report, delivered: &'a Delivered) -> Self {
        let change = delivered.last_month.map(|(month, cost)| Change {
            month: month.to_string(),
            cost: cost.map(cents),
            difference: report.known_total().zip(cost).map(|(now, before)| cents(now - before)),
        });
        Self {
            schema: SCHEMA,
            event: "report",
            cluster: &report.cluster.name,
            month: delivered.month.to_string(),
            summary: Summary {
                currency: "USD",
                cost: report.known_total().map(cents),
                period: report.span.when(),
                amounts_are: report.span.per(),
                change,
                idle: report.idle.as_ref().map(|idle| cents(idle.cost)),
                coverage: delivered.coverage,
                priced_node_hours_share: report.priced_share,
                partial: report.is_partial(),
            },
            stored: &delivered.stored,
            undelivered: &delivered.undelivered,
            report: report::document(report),
        }
    }
}

impl<'a> Failed<'a> {
    pub(in crate::outputs) fn of(cluster: Option<&'a str>, month: crate::units::Month, error: &'a str) -> Self {
        Self { schema: SCHEMA, event: "failed", cluster, month: month.to_string(), error }
    }
}
