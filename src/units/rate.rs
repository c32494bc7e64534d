//! Request rates, in requests per second.

use std::fmt;
use std::str::FromStr;

use super::{ParseError, split_number};

/// A request rate in requests per second, always above zero.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct RequestsPerSecond(f64);

impl RequestsPerSecond {
    /// The largest accepted rate: 10¹², more than a hundred requests per second for every person on earth.
    pub const MAX: f64 = 1e12;

    /// A rate per second; `None` unless above zero and at most [`Self::MAX`].
    pub fn new(per_second: f64) -> Option<Self> {
        (per_second > 0.0 && per_second <= Self::MAX).then_some(Self(per_second))
    }

    /// The rate in requests per second.
    pub const fn per_second(self) -> f64 {
        self.0
    }
}

/// Parses `5000`, `5,000`, `5k`, `1.2M` or `1e9`, each with or without `rps`, `req/s` or `/s`; also rates per minute
/// or hour, as on dashboards: `5000/min`, `5000rpm`, `18M/h`.
impl FromStr for RequestsPerSecond {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        const WANTED: &str = "a rate of requests per second";
        const HOW: &str = "use for example 5000, 5,000, 5k, 1.2M, 300000/min or 18M/h";
        let fail = |why| ParseError::new(WANTED, text, why);
        let plain = without_separators(text).ok_or_else(|| {
            fail("commas separate thousands and a point separates decimals, for example 5,000 or 5000.5")
        })?;
        let (number, unit) =
            split_number(WANTED, &plain, HOW).map_err(|error| ParseError { text: text.to_owned(), ..error })?;
        let unit = unit.strip_prefix(' ').unwrap_or(unit);
        let (multiple, per) = match unit.chars().next() {
            Some('k') => (1e3, &unit[1..]),
            Some('M') => (1e6, &unit[1..]),
            Some('G') => (1e9, &unit[1..]),
            _ => (1.0, unit),
        };
        let seconds = match per.trim_start() {
            "" | "rps" | "req/s" | "/s" | "/sec" => 1.0,
            "rpm" | "req/min" | "/min" | "/m" => 60.0,
            "rph" | "req/h" | "/h" | "/hour" => 3600.0,
            _ => return Err(fail(HOW)),
        };
        if number == 0.0 {
            return Err(fail("it must be above zero"));
        }
        Self::new(number * multiple / seconds).ok_or_else(|| fail("it must be between 0 and 10^12"))
    }
}

/// Removes thousands separators, as in `1,250,000.5`; `None` if a comma is not between groups of three digits.
fn without_separators(text: &str) -> Option<String> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(text.len());
    let (whole, rest) = text.split_at(end);
    if rest.contains(',') {
        return None;
    }
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let mut plain = first.to_owned();
    for group in groups {
        if group.len() != 3 || first.is_empty() || first.len() > 3 {
            return None;
        }
        plain.push_str(group);
    }
    plain.push_str(rest);
    Some(plain)
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
    fn rates_are_parsed() {
        for (text, rate) in [
            ("5000", 5e3),
            ("5k", 5e3),
            ("1.2M", 1.2e6),
            ("1e9", 1e9),
            ("0.5", 0.5),
            ("12500rps", 12500.0),
            ("5krps", 5e3),
            ("5,000", 5e3),
            ("1,250,000.5", 1_250_000.5),
            ("5k/s", 5e3),
            ("300000/min", 5e3),
            ("300,000 rpm", 5e3),
            ("300krpm", 5e3),
            ("18M/h", 5e3),
            ("5000 req/s", 5e3),
        ] {
            assert_eq!(text.parse::<RequestsPerSecond>().unwrap().per_second(), rate, "{text}");
        }
        for text in [
            "0",
            "-5",
            "nan",
            "inf",
            "1e400",
            "",
            "k",
            "5K",
            "1e13",
            "0x10",
            "5,00",
            "5.000,5",
            ",5",
            "50000,000",
            "5/d",
        ] {
            assert!(text.parse::<RequestsPerSecond>().is_err(), "{text}");
        }
    }
}
