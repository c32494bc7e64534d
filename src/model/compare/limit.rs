//! The limit of a cost increase, for the gate of `capmodel compare`.

use std::fmt;

use super::{Change, Comparison, Kind, Status};
use crate::units::Money;

/// The maximum increase of a cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// As a share of the cost in the first document.
    Share(f64),
    /// As an amount in the currency of the documents.
    Amount(Money),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Share(share) => write!(f, "{}%", (share * 1e6).round() / 1e4),
            Self::Amount(amount) => write!(f, "${}", amount.amount().normalize()),
        }
    }
}

impl Limit {
    /// The costs that exceed the limit: the total, or each estimate.
    ///
    /// A row that had a cost before and has none now always exceeds the limit: it is infeasible or has no price, and
    /// a gate must not pass what it cannot check.
    pub fn exceeded(self, comparison: &Comparison) -> Vec<(String, Change)> {
        let total = comparison.total.map(|total| ("the total".to_owned(), total));
        let each = comparison.rows.iter().filter(|row| comparison.kind == Kind::Estimate && row.status != Status::Gone);
        let all = total.into_iter().chain(each.map(|row| (row.name.clone(), row.cost)));
        all.filter(|(_, change)| self.is_exceeded(change)).collect()
    }

    fn is_exceeded(self, change: &Change) -> bool {
        let Some(before) = change.before else { return false };
        let Some(after) = change.after else { return true };
        match self {
            Self::Amount(most) => after - before > most,
            // An increase from zero exceeds any share.
            Self::Share(most) => (after - before).ratio(before).map_or(after > before, |share| share > most),
        }
    }
}
