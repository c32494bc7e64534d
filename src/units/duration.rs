//! Durations, in seconds.

use std::fmt;
use std::str::FromStr;

use super::{ParseError, split_number};

/// A duration in seconds, zero or more.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Seconds(f64);

impl Seconds {
    /// A duration of `seconds`; `None` if negative, not a number, or more than one year.
    pub fn new(seconds: f64) -> Option<Self> {
        (0.0..=31_536_000.0).contains(&seconds).then_some(Self(seconds))
    }

    /// The duration in seconds.
    pub const fn seconds(self) -> f64 {
        self.0
    }

    /// The duration in milliseconds.
    pub fn millis(self) -> f64 {
        self.0 * 1e3
    }
}

/// Parses `2ms`, `45us`, `1.5s`, `10m` or `1h`; the unit is required except for zero.
impl FromStr for Seconds {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        const WANTED: &str = "a duration";
        let fail = |why| ParseError::new(WANTED, text, why);
        let (number, unit) = split_number(WANTED, text, "use for example 2ms or 1.5s")?;
        let factor = match unit {
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "" if number == 0.0 => 1.0,
            "" => return Err(fail("it has no unit; use for example 2ms or 1.5s")),
            _ => return Err(fail("unknown unit; use us, ms, s, m or h")),
        };
        Self::new(number * factor).ok_or_else(|| fail("longer than a year"))
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 >= 1.0 || self.0 == 0.0 { write!(f, "{}s", self.0) } else { write!(f, "{}ms", self.0 * 1e3) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_parsed() {
        for (text, seconds) in [("2ms", 2e-3), ("45us", 45e-6), ("1.5s", 1.5), ("10m", 600.0), ("0", 0.0)] {
            assert!((text.parse::<Seconds>().unwrap().seconds() - seconds).abs() < 1e-12, "{text}");
        }
        for text in ["2", "-2ms", "2 ms", "ms", "nanms", "1e400s", "9000h"] {
            assert!(text.parse::<Seconds>().is_err(), "{text}");
        }
    }
}
