use std::fmt;
use std::str::FromStr;

use super::{ParseError, split_number};

/// A share between nothing and the whole, written in percent.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Percent(f64);

impl Percent {
    /// So much of the whole as a fraction; `None` unless above 0 and at most 1.
    pub fn from_fraction(fraction: f64) -> Option<Self> {
        (fraction > 0.0 && fraction <= 1.0).then_some(Self(fraction))
    }

    /// The share as a fraction of one.
    pub const fn fraction(self) -> f64 {
        self.0
    }
}

/// `85%`, or `0.85`.
impl FromStr for Percent {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        const WANTED: &str = "a share";
        let fail = |why| ParseError::new(WANTED, text, why);
        let (number, unit) = split_number(WANTED, text, "write for example 85%")?;
        let fraction = match unit {
            "%" => number / 100.0,
            "" => number,
            _ => return Err(fail("write for example 85%")),
        };
        Self::from_fraction(fraction).ok_or_else(|| fail("it must be above 0% and at most 100%; write for example 85%"))
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", (self.0 * 1e6).round() / 1e4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text() {
        for (text, fraction) in [("85%", 0.85), ("0.7", 0.7), ("100%", 1.0)] {
            assert!((text.parse::<Percent>().unwrap().fraction() - fraction).abs() < 1e-12, "{text}");
        }
        for text in ["0", "101%", "85", "-5%", "5 %", "nan"] {
            assert!(text.parse::<Percent>().is_err(), "{text}");
        }
    }
}
