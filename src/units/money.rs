//! Money as decimal numbers, in the single currency of a report.

use std::iter::Sum;
use std::ops::{Add, Div, Mul, Sub};

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

/// An amount of money in the report's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(Decimal);

/// A price per hour in the report's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MoneyPerHour(Decimal);

/// A billed duration in hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hours(Decimal);

impl Hours {
    /// 730 hours: 8,760 hours per year ÷ 12, the billing month of AWS, Infracost, OpenCost and Kubecost.
    pub const MONTH: Self = Self(Decimal::from_parts(730, 0, 0, false, 0));

    /// A number of whole hours.
    pub fn from_hours(hours: u32) -> Self {
        Self(Decimal::from(hours))
    }

    /// A number of hours, including fractions.
    pub const fn of(hours: Decimal) -> Self {
        Self(hours)
    }

    /// The number of hours as a decimal.
    pub const fn amount(self) -> Decimal {
        self.0
    }

    /// The duration in seconds as a floating-point number, for the model's arithmetic.
    pub fn seconds(self) -> f64 {
        self.0.to_f64().unwrap_or(f64::MAX) * 3600.0
    }
}

impl Money {
    /// An amount in the report's currency.
    pub const fn new(amount: Decimal) -> Self {
        Self(amount)
    }

    /// The amount as a decimal.
    pub const fn amount(self) -> Decimal {
        self.0
    }

    /// `self ÷ other`; `None` if `other` is zero.
    pub fn ratio(self, other: Self) -> Option<f64> {
        self.0.checked_div(other.0)?.to_f64()
    }

    /// Converts a floating-point number, rounded to a billionth; used to convert samples back to decimals.
    pub fn from_f64(amount: f64) -> Option<Self> {
        Some(Self(Decimal::from_f64(amount)?.round_dp(9)))
    }

    /// The amount as a floating-point number, for statistics over samples.
    pub fn to_f64(self) -> f64 {
        self.0.to_f64().unwrap_or(f64::MAX)
    }
}

impl MoneyPerHour {
    /// An amount of money per hour.
    pub const fn new(amount: Decimal) -> Self {
        Self(amount)
    }

    /// `self ÷ other`; `None` if `other` is zero.
    pub fn ratio(self, other: Self) -> Option<f64> {
        self.0.checked_div(other.0)?.to_f64()
    }

    /// The amount per hour as a decimal.
    pub const fn amount(self) -> Decimal {
        self.0
    }
}

impl Mul<Hours> for MoneyPerHour {
    type Output = Money;
    fn mul(self, hours: Hours) -> Money {
        Money(self.0.saturating_mul(hours.0))
    }
}

/// Price of `count` units per hour; saturates.
impl Mul<u64> for MoneyPerHour {
    type Output = Self;
    fn mul(self, count: u64) -> Self {
        Self(self.0.saturating_mul(Decimal::from(count)))
    }
}

impl Mul<Decimal> for MoneyPerHour {
    type Output = Self;
    fn mul(self, factor: Decimal) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}

/// Multiplies by a factor, including fractions; saturates.
impl Mul<Decimal> for Money {
    type Output = Self;
    fn mul(self, factor: Decimal) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}

/// Multiplies by a count; saturates.
impl Mul<u64> for Money {
    type Output = Self;
    fn mul(self, count: u64) -> Self {
        Self(self.0.saturating_mul(Decimal::from(count)))
    }
}

impl Div<Hours> for Money {
    type Output = MoneyPerHour;
    fn div(self, hours: Hours) -> MoneyPerHour {
        MoneyPerHour(self.0 / hours.0)
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for MoneyPerHour {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cost_of_an_m6i_large_per_month() {
        let price = MoneyPerHour::new("0.096".parse().unwrap());
        assert_eq!((price * Hours::MONTH).amount().to_string(), "70.080");
        assert_eq!((price * Hours::MONTH / Hours::MONTH).amount(), price.amount());
    }
}
