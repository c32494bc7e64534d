use std::fmt;
use std::str::FromStr;

use super::{ParseError, split_number};

/// A rate of requests, always above zero.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct RequestsPerSecond(f64);

impl RequestsPerSecond {
    /// The largest rate taken: 10¹², about a hundred requests a second for every person alive.
    pub const MAX: f64 = 1e12;

    /// So many a second; `None` unless above zero and at most [`Self::MAX`].
    pub fn new(per_second: f64) -> Option<Self> {
        (per_second > 0.0 && per_second <= Self::MAX).then_some(Self(per_second))
    }

    /// Requests a second.
    pub const fn per_second(self) -> f64 {
        self.0
    }
}

/// `5000`, `5k`, `1.2M`, `1e9`, each with or without `rps`.
impl FromStr for RequestsPerSecond {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        const WANTED: &str = "a rate of requests a second";
        let fail = |why| ParseError::new(WANTED, text, why);
        let (number, unit) = split_number(WANTED, text, "write for example 5000, 5k or 1.2M")?;
        let factor = match unit.strip_suffix("rps").unwrap_or(unit) {
            "" => 1.0,
            "k" => 1e3,
            "M" => 1e6,
            "G" => 1e9,
            _ => return Err(fail("unknown unit; write for example 5000, 5k or 1.2M")),
        };
        if number == 0.0 {
            return Err(fail("it must be above zero"));
        }
        Self::new(number * factor).ok_or_else(|| fail("it must be between 0 and 10^12"))
    }
}

impl fmt::Display for RequestsPerSecond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}rps", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text() {
        for (text, rate) in [
            ("5000", 5e3),
            ("5k", 5e3),
            ("1.2M", 1.2e6),
            ("1e9", 1e9),
            ("0.5", 0.5),
            ("12500rps", 12500.0),
            ("5krps", 5e3),
        ] {
            assert_eq!(text.parse::<RequestsPerSecond>().unwrap().per_second(), rate, "{text}");
        }
        for text in ["0", "-5", "nan", "inf", "1e400", "", "k", "5K", "5 k", "1e13", "0x10", "1,000"] {
            assert!(text.parse::<RequestsPerSecond>().is_err(), "{text}");
        }
    }
}
