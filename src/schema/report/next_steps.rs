//! What can be done about the cost, in `capmodel/report/v1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::number::DecimalText;

/// Something that can be done, with its saving. The savings of several steps overlap and do not add up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NextStep {
    /// `consolidate`, `right-size`, `change-capacity-type`, `change-architecture`, `upgrade`, `rewrite`, `decide` (whether
    /// to rewrite) or `measure-usage`.
    pub action: String,
    /// What to do, in words.
    pub text: String,
    /// Saving in a month of 730 hours; `null` if unknown.
    pub saving_per_month: Option<DecimalText>,
    /// The command that shows the details.
    pub command: String,
}
