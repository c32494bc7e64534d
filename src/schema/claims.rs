//! `capmodel/claims/v1`: the article's figures, and whether they hold.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Name and version of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ClaimsSchema {
    /// Version 1.
    #[serde(rename = "capmodel/claims/v1")]
    V1,
}

/// Every figure of the article that can be checked, with the computed value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "capmodel estimate --article")]
pub struct Claims {
    /// Name and version of this document.
    pub schema: ClaimsSchema,
    /// The claims in the order of the article.
    pub claims: Vec<Claim>,
}

/// A claim and its verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// Stable identifier of the claim.
    pub id: String,
    /// Section of the article.
    pub section: String,
    /// Subject of the claim, for example a runtime.
    pub subject: String,
    /// Quantity of the claim.
    pub quantity: String,
    /// Unit of the stated value.
    pub unit: String,
    /// Lower end of the stated range.
    pub stated_low: f64,
    /// Upper end of the stated range; `null` if it is open.
    pub stated_high: Option<f64>,
    /// Lower end of the computed range.
    pub computed_low: f64,
    /// Upper end of the computed range.
    pub computed_high: f64,
    /// Unit of the computed range.
    pub computed_unit: String,
    /// `agrees`, `input` (the profiles use the figure as it is), `differs` or `contradicts-itself`.
    pub verdict: String,
    /// Relative difference to the nearest end of the claim.
    pub differs_by: Option<f64>,
    /// How it was computed.
    pub note: String,
}
