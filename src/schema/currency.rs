//! The rate by which the amounts of a document were converted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::DecimalText;

/// An exchange rate, given by the user: no rate is ever fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExchangeRate {
    /// Units of the currency for one US dollar.
    pub per_usd: DecimalText,
    /// Day of the rate, YYYY-MM-DD.
    pub date: String,
    /// Where the rate was given.
    pub source: String,
}
