//! Money is decimal, never a float, in the one currency of a report.

use std::iter::Sum;
use std::ops::{Add, Div, Mul, Sub};

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

/// An amount of money in the report's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(Decimal);

/// A price for an hour of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MoneyPerHour(Decimal);

/// A span of billed time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hours(Decimal);

impl Hours {
    /// 730 hours: 8,760 a year ÷ 12, the month that AWS, Infracost, OpenCost and Kubecost bill by.
    pub const MONTH: Self = Self(Decimal::from_parts(730, 0, 0, false, 0));

    /// So many whole hours.
    pub fn from_hours(hours: u32) -> Self {
        Self(Decimal::from(hours))
    }

    /// So many hours, part of one included.
    pub const fn of(hours: Decimal) -> Self {
        Self(hours)
    }

    /// The number of hours.
    pub const fn amount(self) -> Decimal {
        self.0
    }

    /// Seconds as a real number, for the model's arithmetic.
    pub fn seconds(self) -> f64 {
        self.0.to_f64().unwrap_or(f64::MAX) * 3600.0
    }
}

impl Money {
    /// So much in the report's currency.
    pub const fn new(amount: Decimal) -> Self {
        Self(amount)
    }

    /// The amount.
    pub const fn amount(self) -> Decimal {
        self.0
    }

    /// `self ÷ other`; `None` when `other` is zero.
    pub fn ratio(self, other: Self) -> Option<f64> {
        self.0.checked_div(other.0)?.to_f64()
    }

    /// A real number turned into money, to a billionth: the one way from samples back to decimals.
    pub fn from_f64(amount: f64) -> Option<Self> {
        Some(Self(Decimal::from_f64(amount)?.round_dp(9)))
    }

    /// The amount as a real number, for statistics over samples.
    pub fn to_f64(self) -> f64 {
        self.0.to_f64().unwrap_or(f64::MAX)
    }
}

impl MoneyPerHour {
    /// So much an hour.
    pub const fn new(amount: Decimal) -> Self {
        Self(amount)
    }

    /// `self ÷ other`; `None` when `other` is zero.
    pub fn ratio(self, other: Self) -> Option<f64> {
        self.0.checked_div(other.0)?.to_f64()
    }

    /// The amount an hour.
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

/// The price of several at once.
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

/// So many of the same, part of one included.
impl Mul<Decimal> for Money {
    type Output = Self;
    fn mul(self, factor: Decimal) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}

/// So many of the same.
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
    fn a_month_of_an_m6i_large() {
        let price = MoneyPerHour::new("0.096".parse().unwrap());
        assert_eq!((price * Hours::MONTH).amount().to_string(), "70.080");
        assert_eq!((price * Hours::MONTH / Hours::MONTH).amount(), price.amount());
    }
}
