//! Percentages: shares between 0 and 100 %, and utilization, which may exceed 100 %.

use std::fmt;
use std::str::FromStr;

use super::{ParseError, split_number};

/// A share above 0 and up to 100 %, written in percent.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Percent(f64);

impl Percent {
    /// A share from a fraction; `None` unless above 0 and at most 1.
    pub fn from_fraction(fraction: f64) -> Option<Self> {
        (fraction > 0.0 && fraction <= 1.0).then_some(Self(fraction))
    }

    /// The share as a fraction of one.
    pub const fn fraction(self) -> f64 {
        self.0
    }
}

/// Accepts `85%` and `0.85`.
impl FromStr for Percent {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        const WANTED: &str = "a share";
        let fail = |why| ParseError::new(WANTED, text, why);
        let (number, unit) = split_number(WANTED, text, "use for example 85%")?;
        let fraction = match unit {
            "%" => number / 100.0,
            "" => number,
            _ => return Err(fail("use for example 85%")),
        };
        Self::from_fraction(fraction).ok_or_else(|| fail("it must be above 0% and at most 100%; use for example 85%"))
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", (self.0 * 1e6).round() / 1e4)
    }
}

/// Usage of a resource relative to its request, written in percent; it may exceed 100 %.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Utilization(f64);

impl Utilization {
    /// The largest accepted value: no pod on a shared node can rely on ten times its request.
    const MAX: f64 = 10.0;

    /// A utilization from a fraction of the request; `None` unless above 0 and at most 10.
    pub fn from_fraction(fraction: f64) -> Option<Self> {
        (fraction > 0.0 && fraction <= Self::MAX).then_some(Self(fraction))
    }

    /// The utilization as a fraction of the request.
    pub const fn fraction(self) -> f64 {
        self.0
    }
}

/// Accepts `85%`, `0.85` and `150%`.
impl FromStr for Utilization {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        const WANTED: &str = "a utilization";
        let fail = |why| ParseError::new(WANTED, text, why);
        let (number, unit) = split_number(WANTED, text, "use for example 85%")?;
        let fraction = match unit {
            "%" => number / 100.0,
            // Without a unit, 85 probably means percent, and 1.5 is ambiguous.
            "" if number <= 1.0 => number,
            "" => return Err(fail("above 1 it needs its unit; use for example 85% or 150%")),
            _ => return Err(fail("use for example 85%")),
        };
        Self::from_fraction(fraction)
            .ok_or_else(|| fail("it must be above 0% and at most 1000% of the request; use for example 85%"))
    }
}

impl fmt::Display for Utilization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Percent(self.0).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_parsed() {
        for (text, fraction) in [("85%", 0.85), ("0.7", 0.7), ("100%", 1.0)] {
            assert!((text.parse::<Percent>().unwrap().fraction() - fraction).abs() < 1e-12, "{text}");
        }
        for text in ["0", "101%", "85", "-5%", "5 %", "nan"] {
            assert!(text.parse::<Percent>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_utilization_may_exceed_100_percent() {
        for (text, fraction) in [("85%", 0.85), ("0.7", 0.7), ("1", 1.0), ("150%", 1.5), ("1000%", 10.0)] {
            assert!((text.parse::<Utilization>().unwrap().fraction() - fraction).abs() < 1e-12, "{text}");
        }
        for text in ["0", "1001%", "85", "1.5", "-5%", "5 %", "nan"] {
            assert!(text.parse::<Utilization>().is_err(), "{text}");
        }
        assert_eq!("150%".parse::<Utilization>().unwrap().to_string(), "150%");
    }
}
