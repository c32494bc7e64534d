//! Amounts of CPU, in millicores.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul};
use std::str::FromStr;

use rust_decimal::Decimal;

use super::{ParseError, Quantity};

/// CPU in millicores (`1000` is one core), the unit of pod requests.
///
/// CPU and bytes cannot be added:
/// ```compile_fail,E0308
/// use capmodel::units::{Bytes, CpuMillis};
/// let _ = CpuMillis::from_millis(1) + Bytes::from_mib(1);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CpuMillis(u64);

impl CpuMillis {
    /// The largest accepted amount: a billion cores, far beyond any cluster, so that sums do not overflow.
    pub const MAX: Self = Self(1_000_000_000_000);

    /// An amount in millicores.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// An amount of whole cores.
    pub const fn from_cores(cores: u32) -> Self {
        Self(cores as u64 * 1000)
    }

    /// Rounds a measured number of cores to whole millicores; negative numbers and NaN become zero.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` keeps to the range, NaN is 0")]
    pub fn nearest(cores: f64) -> Self {
        Self((cores * 1000.0).round() as u64)
    }

    /// The amount in millicores.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// The amount in cores as a floating-point number, for the model's arithmetic.
    #[expect(clippy::cast_precision_loss, reason = "at most 10^12, exact in an f64")]
    pub fn cores(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The exact amount in cores, for amounts of money.
    pub fn exact_cores(self) -> Decimal {
        Decimal::from(self.0) / Decimal::ONE_THOUSAND
    }

    /// The difference, at least zero.
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for CpuMillis {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sum for CpuMillis {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::default(), Add::add)
    }
}

/// The total of `count` equal pods; saturates.
impl Mul<u64> for CpuMillis {
    type Output = Self;
    fn mul(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }
}

/// Formats as a Kubernetes quantity: whole cores without a suffix, anything else in millicores.
impl fmt::Display for CpuMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(1000) { write!(f, "{}", self.0 / 1000) } else { write!(f, "{}m", self.0) }
    }
}

/// Parses a Kubernetes quantity in cores, rounded up to a whole millicore.
impl FromStr for CpuMillis {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let fail = |why| ParseError::new("an amount of CPU", text, why);
        let millis = text.parse::<Quantity>()?.ceil_milli();
        if millis < 0 {
            return Err(fail("it is negative"));
        }
        let millis = u64::try_from(millis).unwrap_or(u64::MAX);
        if millis > Self::MAX.0 { Err(fail("more than a billion cores")) } else { Ok(Self(millis)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cpu_is_parsed() {
        for (text, millis) in
            [("250m", 250), ("0.5", 500), ("2", 2000), ("0.0001", 1), ("1e-3", 1), ("100u", 1), ("0", 0)]
        {
            assert_eq!(text.parse::<CpuMillis>().unwrap().millis(), millis, "{text}");
        }
        for text in ["-1", "1 core", "", "1e30"] {
            assert!(text.parse::<CpuMillis>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn cpu_round_trips(millis in 0_u64..=1_000_000_000_000) {
            let cpu = CpuMillis::from_millis(millis);
            prop_assert_eq!(cpu.to_string().parse::<CpuMillis>().unwrap(), cpu);
        }
    }
}
