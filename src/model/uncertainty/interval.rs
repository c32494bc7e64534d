//! Uncertain numbers: the 5th, 50th and 95th percentile of a quantity.

use crate::units::RequestsPerSecond;

/// An uncertain number: its 5th, 50th and 95th percentile, `0 ≤ low ≤ mid ≤ high`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    low: f64,
    mid: f64,
    high: f64,
}

impl Interval {
    /// Exactly one.
    pub const ONE: Self = Self { low: 1.0, mid: 1.0, high: 1.0 };

    /// Exactly zero.
    pub const ZERO: Self = Self { low: 0.0, mid: 0.0, high: 0.0 };

    /// `None` unless the three are finite, not negative and in order. A mid value of zero is only allowed if all
    /// three are zero, because a log-normal half cannot reach it.
    pub fn new(low: f64, mid: f64, high: f64) -> Option<Self> {
        let ordered = 0.0 <= low && low <= mid && mid <= high && high.is_finite();
        let fits = low > 0.0 || high == 0.0;
        (ordered && fits).then_some(Self { low, mid, high })
    }

    /// A number that is known exactly; `None` if it is negative or not finite.
    pub fn exact(value: f64) -> Option<Self> {
        Self::new(value, value, value)
    }

    /// Parses `N`, or `LOW:MID:HIGH` in ascending order: `number` parses one of them, `wanted` says in errors what `N` is, and
    /// `example` is three of them.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(
        text: &str,
        number: impl Fn(&str) -> Result<f64, String>,
        wanted: &str,
        example: &str,
    ) -> Result<Self, String> {
        let numbers = text.split(':').map(number).collect::<Result<Vec<f64>, String>>()?;
        let interval = match numbers.as_slice() {
            [number] => Self::exact(*number),
            [low, mid, high] => match Self::new(*low, *mid, *high) {
                None => return Err(format!("low, mid and high must be in ascending order, for example {example}")),
                interval => interval,
            },
            _ => None,
        };
        interval.ok_or_else(|| format!("expected {wanted}, or LOW:MID:HIGH, for example {example}"))
    }

    /// Parses a demand in requests per second: `5k`, or `4k:5k:9k`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse_demand(text: &str) -> Result<Self, String> {
        let rate = |text: &str| text.parse().map(RequestsPerSecond::per_second).map_err(|e| e.to_string());
        Self::parse(text, rate, "one rate", "4000:5000:9000")
    }

    /// The 5th percentile.
    pub const fn low(&self) -> f64 {
        self.low
    }

    /// The 50th percentile.
    pub const fn mid(&self) -> f64 {
        self.mid
    }

    /// The 95th percentile.
    pub const fn high(&self) -> f64 {
        self.high
    }

    /// Whether the value is known exactly.
    pub fn is_exact(&self) -> bool {
        self.low == self.high
    }

    /// The interval in another unit, or scaled by an exact positive factor.
    #[must_use]
    pub fn scale(&self, factor: f64) -> Self {
        Self { low: self.low * factor, mid: self.mid * factor, high: self.high * factor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demand_is_parsed() {
        let interval = |text: &str| Interval::parse_demand(text).map(|d| (d.low(), d.mid(), d.high()));
        assert_eq!(interval("5k"), Ok((5e3, 5e3, 5e3)));
        assert_eq!(interval("4k:5000:9e3"), Ok((4e3, 5e3, 9e3)));
        for text in ["5000:4000:9000", "1:2", "1:2:3:4", "0", "-5", "nan", "1e400", "", ":", "1::2"] {
            assert!(interval(text).is_err(), "{text}");
        }
        let order = "low, mid and high must be in ascending order, for example 4000:5000:9000";
        assert_eq!(interval("9:5:1"), Err(order.to_owned()));
        let count = "expected one rate, or LOW:MID:HIGH, for example 4000:5000:9000";
        assert_eq!(interval("1:2"), Err(count.to_owned()));
    }
}
