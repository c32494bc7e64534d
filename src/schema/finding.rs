//! Findings, the same in every document.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A fact that a reader must know to interpret the numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Code of the finding, for example `price-stale`; `capmodel explain CODE` describes it.
    pub code: String,
    /// `info` or `warning`.
    pub severity: String,
    /// Subject of the finding: a profile, a node, a workload.
    pub subject: String,
    /// Message as a sentence.
    pub message: String,
}
