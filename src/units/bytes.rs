use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{ParseError, Quantity};

/// Memory, storage or traffic in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(u64);

impl Bytes {
    /// So many bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// So many mebibytes (2²⁰).
    pub const fn from_mib(mib: u64) -> Self {
        Self(mib << 20)
    }

    /// So many gibibytes (2³⁰).
    pub const fn from_gib(gib: u64) -> Self {
        Self(gib << 30)
    }

    /// The nearest byte to a measured number; what is negative or no number is none.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` keeps to the range, NaN is 0")]
    pub fn nearest(bytes: f64) -> Self {
        Self(bytes.round() as u64)
    }

    /// Bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// Bytes as a real number, for the model's arithmetic.
    #[expect(clippy::cast_precision_loss, reason = "the model's own intervals are far wider than 2^-53")]
    pub fn as_f64(self) -> f64 {
        self.0 as f64
    }

    /// What is left after taking `other`, zero at the least.
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

/// So many pods' worth.
impl Mul<u64> for Bytes {
    type Output = Self;
    fn mul(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }
}

/// Kubernetes text in the largest binary unit that is exact.
impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (shift, suffix) = [(60, "Ei"), (50, "Pi"), (40, "Ti"), (30, "Gi"), (20, "Mi"), (10, "Ki")]
            .into_iter()
            .find(|(shift, _)| self.0 != 0 && self.0.trailing_zeros() >= *shift)
            .unwrap_or((0, ""));
        write!(f, "{}{suffix}", self.0 >> shift)
    }
}

/// A Kubernetes quantity in bytes, rounded up to a byte.
impl FromStr for Bytes {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let fail = |why| ParseError::new("an amount of bytes", text, why);
        let bytes = text.parse::<Quantity>()?.ceil();
        if bytes < 0 {
            return Err(fail("it is negative"));
        }
        u64::try_from(bytes).map(Self).map_err(|_| fail("16 EiB or more"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text() {
        for (text, bytes) in
            [("64Mi", 64 << 20), ("1.5Gi", 1_610_612_736), ("80M", 80_000_000), ("0.5", 1), ("1e3", 1000)]
        {
            assert_eq!(text.parse::<Bytes>().unwrap().bytes(), bytes, "{text}");
        }
        for text in ["-1Mi", "1 Mi", "20Ei", "256MB"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn round_trips(bytes in any::<u64>()) {
            let bytes = Bytes::from_bytes(bytes);
            prop_assert_eq!(bytes.to_string().parse::<Bytes>().unwrap(), bytes);
        }
    }
}
