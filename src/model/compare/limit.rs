//! How much more something may cost.

use std::fmt;

use super::{Change, Comparison, Kind, Status};
use crate::units::Money;

/// How much more something may cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// A share of the cost before.
    Share(f64),
    /// An amount in the currency of the documents.
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
    /// What costs more than it may: the total, or each estimate.
    ///
    /// What had a cost before and has none now exceeds every limit: it is not feasible, or has no price, and a gate that opens
    /// for what it cannot see is none.
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
            // From nothing to something is more than any share.
            Self::Share(most) => (after - before).ratio(before).map_or(after > before, |share| share > most),
        }
    }
}
