//! Uncertain numbers: the 5th, 50th and 95th percentile of a quantity.

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
