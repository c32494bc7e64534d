//! `capmodel/delivery/v1`: the message to a webhook after a run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::DecimalText;
use super::report::Report;

/// Name and version of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DeliverySchema {
    /// Version 1.
    #[serde(rename = "capmodel/delivery/v1")]
    V1,
}

/// Message to a webhook after a run: the report, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "capmodel report --deliver")]
#[serde(untagged)]
pub enum Delivery {
    /// The run created a report.
    Report(Box<ReportMessage>),
    /// The run failed.
    Failed(FailureMessage),
}

/// Event name of a run that created a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReportEvent {
    /// The only value.
    Report,
}

/// Event name of a run that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureEvent {
    /// The only value.
    Failed,
}

/// Message about a run that created a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportMessage {
    /// Name and version of this document.
    pub schema: DeliverySchema,
    /// Name of the event.
    pub event: ReportEvent,
    /// Name of the cluster.
    pub cluster: String,
    /// The month that the report is stored under, as `2026-11`.
    pub month: String,
    /// Summary of the report.
    pub summary: Summary,
    /// Locations where the report was stored.
    pub stored: Vec<String>,
    /// Web address of the stored report; `null` without `--deliver-link`.
    #[serde(default)]
    pub link: Option<String>,
    /// Locations where the report could not be stored.
    pub undelivered: Vec<String>,
    /// The report.
    pub report: Report,
}

/// Summary of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Currency of all amounts.
    pub currency: String,
    /// Cost of the cluster; `null` if nothing has a price.
    pub cost: Option<DecimalText>,
    /// Description of the period.
    pub period: String,
    /// Time base of the cost: `per month` of average length, or for example `for 72 h`.
    pub amounts_are: String,
    /// Comparison with the previous month; `null` if no report of it was found.
    pub change: Option<Change>,
    /// Idle cost, which no workload requested; `null` if no node with a price was read.
    pub idle: Option<DecimalText>,
    /// Length of the period in hours.
    #[serde(default)]
    pub hours: DecimalText,
    /// Hours that have data; nothing is counted in the other hours.
    #[serde(default)]
    pub hours_with_data: DecimalText,
    /// Share of the hours that have data, 0 to 1; `null` for the current state of a cluster.
    pub coverage: Option<f64>,
    /// Share of the node-hours that have a price, 0 to 1; `null` if no node was read.
    pub priced_node_hours_share: Option<f64>,
    /// Whether a price is missing, so that the cost is incomplete.
    pub partial: bool,
}

/// Comparison with the previous month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// The previous month, as `2026-10`.
    pub month: String,
    /// Cost of the previous month.
    pub cost: Option<DecimalText>,
    /// Cost of this month less that of the previous one; `null` if either is unknown.
    pub difference: Option<DecimalText>,
    /// Namespaces whose cost changed, the largest change first; without those whose cost is unknown in either month.
    #[serde(default)]
    pub namespaces: Vec<NamespaceChange>,
}

/// Cost of a namespace in both months; zero if it did not exist in one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamespaceChange {
    /// Name of the namespace, or of a cluster row: `idle`, `shared`.
    pub name: String,
    /// Cost of the previous month.
    pub before: DecimalText,
    /// Cost of this month.
    pub after: DecimalText,
    /// Cost of this month less that of the previous one.
    pub difference: DecimalText,
}

/// Message about a run that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FailureMessage {
    /// Name and version of this document.
    pub schema: DeliverySchema,
    /// Name of the event.
    pub event: FailureEvent,
    /// Name of the cluster; `null` if unknown.
    pub cluster: Option<String>,
    /// The month that the report would have been stored under, as `2026-11`.
    pub month: String,
    /// Error message.
    pub error: String,
}
