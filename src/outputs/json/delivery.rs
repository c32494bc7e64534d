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
    cost: String,
    change: Option<Change>,
    idle: String,
    /// The share of the hours that have data.
    coverage: Option<f64>,
    /// `null` where no node may be read.
    priced_node_hours_share: Option<f64>,
    partial: bool,
}

#[derive(Debug, Serialize)]
struct Change {
    month: String,
    cost: String,
    difference: String,
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
            cost: cents(cost),
            difference: cents(report.total - cost),
        });
        Self {
            schema: SCHEMA,
            event: "report",
            cluster: &report.cluster.name,
            month: delivered.month.to_string(),
            summary: Summary {
                currency: "USD",
                cost: cents(report.total),
                change,
                idle: cents(report.idle()),
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
