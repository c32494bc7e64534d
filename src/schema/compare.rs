//! `capmodel/compare/v1`: what changed between two documents, and why.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::DecimalText;

/// Name and version of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CompareSchema {
    /// Version 1.
    #[serde(rename = "capmodel/compare/v1")]
    V1,
}

/// Differences in cost between two reports, two estimates or two workloads. Money is a decimal string in `currency`; a
/// number that is not known is `null`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "capmodel compare")]
pub struct Compare {
    /// Name and version of this document.
    pub schema: CompareSchema,
    /// Kind of the compared documents: `report`, `estimate` or `workload`.
    pub kind: String,
    /// Currency of every amount of money.
    pub currency: String,
    /// Total cost; `null` for estimates, which are alternatives and have no sum.
    pub total: Option<Change>,
    /// Reasons for the change of the total; their amounts add up to its difference. Empty for estimates and workloads.
    pub parts: Vec<Part>,
    /// The rows of both documents: workloads of a report, profiles and policies of an estimate, services of a workload.
    pub rows: Vec<ChangedRow>,
    /// Other differences between the documents that may have changed the cost.
    pub notes: Vec<String>,
}

/// An amount in both documents, and its change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Amount in the first document.
    pub before: Option<DecimalText>,
    /// Amount in the second document.
    pub after: Option<DecimalText>,
    /// Second amount less the first.
    pub difference: Option<DecimalText>,
    /// The difference ÷ the first amount; `null` if that is zero.
    pub share: Option<f64>,
}

/// One reason for the difference, with its amount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// Reason: `days`, `demand`, `cpu-per-request`, `requests`, `idle`, `services`, `price`, `commitment`, `new`,
    /// `gone` or `not-explained`.
    pub reason: String,
    /// Part of the difference that is due to this reason.
    pub amount: DecimalText,
}

/// One row of both documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangedRow {
    /// Name of the row.
    pub name: String,
    /// `new`, `gone`, `changed` or `same`.
    pub status: String,
    /// Cost of the row.
    pub cost: Change,
}
