//! Rounding to cents such that the parts still add up to the total.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use crate::units::Money;

/// Rounds to the cent, halves away from zero.
pub(super) fn cent(amount: Money) -> Money {
    Money::new(amount.amount().round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
}

/// Rounds every amount to a cent so that they add up to `total`, which is in whole cents: each is rounded down, and
/// the remaining cents go to the largest remainders (largest remainder method), ties to the first.
pub(super) fn round_to(amounts: &mut [Money], total: Money) {
    let cents = |amount: Decimal| amount.saturating_mul(Decimal::ONE_HUNDRED);
    let floor: Vec<Decimal> = amounts.iter().map(|a| cents(a.amount()).floor()).collect();
    let left = cents(total.amount()) - floor.iter().copied().sum::<Decimal>();
    let mut order: Vec<usize> = (0..amounts.len()).collect();
    let remainder = |i: usize| cents(amounts[i].amount()) - floor[i];
    order.sort_by(|a, b| remainder(*b).cmp(&remainder(*a)).then(a.cmp(b)));
    let left = left.max(Decimal::ZERO).to_usize().unwrap_or(0);
    let mut rounded = floor;
    // More than one remaining cent per amount is only possible if `total` is not the rounded sum.
    for i in order.iter().cycle().take(if order.is_empty() { 0 } else { left }) {
        rounded[*i] += Decimal::ONE;
    }
    for (amount, cents) in amounts.iter_mut().zip(rounded) {
        *amount = Money::new(cents / Decimal::ONE_HUNDRED);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(text: &str) -> Money {
        Money::new(text.parse().unwrap())
    }

    #[test]
    fn the_largest_remainders_get_the_cents() {
        let mut thirds = [money("0.333333"), money("0.333333"), money("0.333334")];
        round_to(&mut thirds, money("1.00"));
        assert_eq!(thirds, [money("0.33"), money("0.33"), money("0.34")]);
    }

    proptest! {
        #[test]
        fn the_sum_is_the_total(amounts in proptest::collection::vec(0_i64..10_000_000_000, 0..60)) {
            let exact: Vec<Money> = amounts.iter().map(|a| Money::new(Decimal::new(*a, 6))).collect();
            let total = cent(exact.iter().copied().sum());
            let mut rounded = exact.clone();
            round_to(&mut rounded, total);
            prop_assert_eq!(rounded.iter().copied().sum::<Money>(), total);
            for (exact, rounded) in exact.iter().zip(&rounded) {
                prop_assert!((exact.amount() - rounded.amount()).abs() < Decimal::new(1, 2));
                prop_assert!(*rounded >= Money::default());
            }
        }
    }
}
