//! A cost of which a part may be unknown.

use std::iter::Sum;

use crate::units::Money;

/// The known part of a cost, and whether that is all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownCost {
    /// Sum of the parts that have a price; `None` if none has.
    pub known: Option<Money>,
    /// Whether every part has a price.
    pub is_complete: bool,
}

impl KnownCost {
    /// A cost of which nothing is known.
    pub const UNKNOWN: Self = Self { known: None, is_complete: false };

    /// A cost that is known completely.
    pub const fn of(cost: Money) -> Self {
        Self { known: Some(cost), is_complete: true }
    }

    /// The cost, if all of it is known.
    pub fn whole(self) -> Option<Money> {
        self.known.filter(|_| self.is_complete)
    }
}

/// The sum of nothing is not a cost of zero: nothing of it is known.
impl Sum for KnownCost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        let all: Vec<Self> = costs.collect();
        Self {
            known: all.iter().filter_map(|cost| cost.known).reduce(|a, b| a + b),
            is_complete: !all.is_empty() && all.iter().all(|cost| cost.is_complete),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_part_keeps_the_sum_incomplete() {
        let cost = |text: &str| KnownCost::of(Money::new(text.parse().unwrap()));
        let sum: KnownCost = [cost("1.10"), cost("2.20")].into_iter().sum();
        assert_eq!(sum, cost("3.30"));
        let sum: KnownCost = [cost("1.10"), KnownCost::UNKNOWN].into_iter().sum();
        assert_eq!((sum.known, sum.whole()), (cost("1.10").known, None));
        assert_eq!(std::iter::empty().sum::<KnownCost>(), KnownCost::UNKNOWN);
    }
}
