//! `capmodel/check/v1`: requirements of a report, and whether they are met.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding::Finding;

/// Name and version of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CheckSchema {
    /// Version 1.
    #[serde(rename = "capmodel/check/v1")]
    V1,
}

/// Requirements of a report on the cluster, Prometheus and prices, and what is lost if one is not met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "capmodel check")]
pub struct Check {
    /// Name and version of this document.
    pub schema: CheckSchema,
    /// The requirements.
    pub requirements: Vec<Requirement>,
    /// Additional findings.
    pub findings: Vec<Finding>,
}

/// One requirement of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Requirement {
    /// Area: `Kubernetes`, `Prometheus` or `prices`.
    pub area: String,
    /// Name of the permission, metric, label or other item.
    pub name: String,
    /// Component that provides it.
    pub from: String,
    /// `found`, `not needed`, `unusable` or `missing`.
    pub state: String,
    /// What the report loses; empty if nothing is lost.
    pub lost: String,
    /// Whether no report is possible without it.
    pub vital: bool,
}
