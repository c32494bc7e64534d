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

/// Two reports, two estimates or two workloads: the difference of their costs. Money is a decimal string in `currency`; a
/// number that is not known is `null`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "capmodel compare")]
pub struct Compare {
    /// Name and version of this document.
    pub schema: CompareSchema,
    /// What was compared: `report`, `estimate` or `workload`.
    pub kind: String,
    /// Currency of every amount of money.
    pub currency: String,
    /// The cost of everything; `null` for estimates, which are alternatives and have no sum.
    pub total: Option<Change>,
    /// Why the total changed; the amounts add up to its difference. Empty for estimates and workloads.
    pub parts: Vec<Part>,
    /// The rows of both documents: workloads of a report, profiles and policies of an estimate, services of a workload.
    pub rows: Vec<ChangedRow>,
    /// What else differs between the documents and may have changed the cost.
    pub notes: Vec<String>,
}

/// An amount in both documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// In the first document.
    pub before: Option<DecimalText>,
    /// In the second document.
    pub after: Option<DecimalText>,
    /// The second less the first.
    pub difference: Option<DecimalText>,
    /// The difference divided by the first; `null` where that is zero.
    pub share: Option<f64>,
}

/// One reason for the difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// `days`, `demand`, `cpu-per-request`, `requests`, `idle`, `services`, `price`, `commitment`, `new`, `gone` or
    /// `not-explained`.
    pub reason: String,
    /// How much of the difference is due to it.
    pub amount: DecimalText,
}

/// One row of both documents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangedRow {
    /// Its name.
    pub name: String,
    /// `new`, `gone`, `changed` or `same`.
    pub status: String,
    /// Its cost.
    pub cost: Change,
}
