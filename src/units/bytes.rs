//! Amounts of memory, storage and traffic, in bytes.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul};
use std::str::FromStr;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ParseError, Quantity};

/// Memory, storage or traffic in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Bytes(u64);

/// Bytes of a GiB, for numbers that are no whole bytes any more: byte-hours, averages.
pub const BYTES_PER_GIB: f64 = 1_073_741_824.0;

impl Bytes {
    /// An amount of bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// An amount of mebibytes (2²⁰ bytes).
    pub const fn from_mib(mib: u64) -> Self {
        Self(mib << 20)
    }

    /// An amount of gibibytes (2³⁰ bytes).
    pub const fn from_gib(gib: u64) -> Self {
        Self(gib << 30)
    }

    /// Rounds a measured number to whole bytes; negative numbers and NaN become zero.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` keeps to the range, NaN is 0")]
    pub fn nearest(bytes: f64) -> Self {
        Self(bytes.round() as u64)
    }

    /// The amount in bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// The amount in bytes as a floating-point number, for the model's arithmetic.
    #[expect(clippy::cast_precision_loss, reason = "the model's own intervals are far wider than 2^-53")]
    pub fn as_f64(self) -> f64 {
        self.0 as f64
    }

    /// The exact amount in GiB, for amounts of money.
    pub fn exact_gib(self) -> Decimal {
        Decimal::from(self.0) / Decimal::from(1_u64 << 30)
    }

    /// The difference, at least zero.
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for Bytes {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Bytes {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::default(), Add::add)
    }
}

/// The total of `count` equal pods; saturates.
impl Mul<u64> for Bytes {
    type Output = Self;
    fn mul(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }
}

/// Formats as a Kubernetes quantity in the largest binary unit that is exact.
impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shift, suffix) = [(60, "Ei"), (50, "Pi"), (40, "Ti"), (30, "Gi"), (20, "Mi"), (10, "Ki")]
            .into_iter()
            .find(|(shift, _)| self.0 != 0 && self.0.trailing_zeros() >= *shift)
            .unwrap_or((0, ""));
        write!(f, "{}{suffix}", self.0 >> shift)
    }
}

/// Parses a Kubernetes quantity in bytes, rounded up to a whole byte. Units of dashboards such as `512MiB` and
/// `372MB` are accepted as `512Mi` and `372M`.
impl FromStr for Bytes {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let fail = |why| ParseError::new("an amount of bytes", text, why);
        // Kubernetes parses `256m` as a quarter of a byte, which is never intended.
        if text.strip_suffix('m').is_some_and(|number| number.parse::<f64>().is_ok()) {
            return Err(fail("the suffix m means thousandths of a byte; did you mean Mi or M?"));
        }
        let bytes = quantity(text)?.ceil();
        if bytes < 0 {
            return Err(fail("it is negative"));
        }
        u64::try_from(bytes).map(Self).map_err(|_| fail("16 EiB or more"))
    }
}

/// Parses the quantity without the `B` of a dashboard's unit. Errors refer to the original text.
fn quantity(text: &str) -> Result<Quantity, ParseError> {
    let as_written = text.parse::<Quantity>();
    let is_unit = |c: char| c.is_ascii_digit() || "kKMGTPEi".contains(c);
    let Some(short) = text.strip_suffix('B').filter(|short| short.ends_with(is_unit)) else { return as_written };
    // Dashboards use both `KB` and `kB`; Kubernetes only accepts `k`.
    let short = short.strip_suffix('K').map_or_else(|| short.to_owned(), |number| format!("{number}k"));
    short.parse().or(as_written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bytes_are_parsed() {
        for (text, bytes) in [
            ("64Mi", 64 << 20),
            ("1.5Gi", 1_610_612_736),
            ("80M", 80_000_000),
            ("0.5", 1),
            ("1e3", 1000),
            ("512MiB", 512 << 20),
            ("1.5GiB", 1_610_612_736),
            ("372MB", 372_000_000),
            ("2GB", 2_000_000_000),
            ("2kB", 2000),
            ("2KB", 2000),
            ("64B", 64),
        ] {
            assert_eq!(text.parse::<Bytes>().unwrap().bytes(), bytes, "{text}");
        }
        for text in ["-1Mi", "1 Mi", "20Ei", "256MX", "256MBB", "B", "1mB", "256m", "0.5m"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
        let slip = "256m".parse::<Bytes>().unwrap_err().to_string();
        assert!(slip.contains("thousandths of a byte; did you mean Mi or M?"), "{slip}");
    }

    proptest! {
        #[test]
        fn bytes_round_trip(bytes in any::<u64>()) {
            let bytes = Bytes::from_bytes(bytes);
            prop_assert_eq!(bytes.to_string().parse::<Bytes>().unwrap(), bytes);
        }
    }
}
