//! The scale of an axis: positions of values, and tick values.

/// A scale from its minimum to its maximum value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::outputs) enum Scale {
    /// Equal differences have equal distances.
    Linear {
        /// Minimum value.
        low: f64,
        /// Maximum value.
        high: f64,
    },
    /// Equal factors have equal distances; both ends are above zero.
    Log {
        /// Minimum value.
        low: f64,
        /// Maximum value.
        high: f64,
    },
}

/// Maximum number of ticks; more would be too close together on 300 units.
const MOST_TICKS: usize = 7;
/// Minimum number of ticks; with fewer, a scale is not readable.
const FEWEST_TICKS: usize = 3;

impl Scale {
    /// A linear scale from zero, or from the minimum value if that is negative.
    pub(in crate::outputs) fn from_zero(values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = values.into_iter().filter(|value| value.is_finite()).fold((0.0, 0.0), around);
        Self::linear(low, high)
    }

    /// A linear scale between round values around two values.
    pub(in crate::outputs) fn linear(low: f64, high: f64) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        let step = step((high - low) / 4.0);
        Self::Linear { low: (low / step).floor() * step, high: (high / step).ceil() * step }
    }

    /// A logarithmic scale over the positive values; `None` if there are none. If all values are equal, they are in
    /// its middle.
    pub(in crate::outputs) fn log(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let values = values.into_iter().filter(|value| value.is_finite() && *value > 0.0);
        let (low, high) = values.fold((f64::INFINITY, 0.0), around);
        if low > high {
            return None;
        }
        let (low, high) = if high < 2.0 * low { (low / 2.0, high * 2.0) } else { (low, high) };
        Some(Self::Log { low, high })
    }

    /// A logarithmic scale with a margin at both ends, so that no mark is on the other axis.
    #[must_use]
    pub(in crate::outputs) fn padded(self) -> Self {
        match self {
            Self::Linear { .. } => self,
            Self::Log { low, high } => {
                let by = (high / low).powf(0.05);
                Self::Log { low: low / by, high: high * by }
            }
        }
    }

    /// Position of a value on the scale, from 0 to 1; values beyond its ends are at the end.
    pub(super) fn share(&self, value: f64) -> f64 {
        let share = match self {
            Self::Linear { low, high } => (value - low) / (high - low),
            Self::Log { low, high } => (value / low).ln() / (high / low).ln(),
        };
        if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }

    /// The tick values, in ascending order.
    pub(super) fn ticks(&self) -> Vec<f64> {
        match self {
            Self::Linear { low, high } => {
                let step = step((high - low) / 4.0);
                let first = (low / step).ceil();
                (0_u32..)
                    .map(|at| (first + f64::from(at)) * step)
                    .take_while(|value| *value <= high + step / 1e6)
                    .collect()
            }
            Self::Log { low, high } => {
                let some = |of: &[f64]| tens(*low, *high).flat_map(|ten| of.iter().map(move |by| by * ten)).collect();
                let within = |ticks: Vec<f64>| -> Vec<f64> {
                    ticks.into_iter().filter(|tick| (low * 0.999..=high * 1.001).contains(tick)).collect()
                };
                let fine = within(some(&[1.0, 2.0, 5.0]));
                // For values that are close together, equal steps are more informative.
                if fine.len() < FEWEST_TICKS {
                    return within(Self::linear(*low, *high).ticks());
                }
                if fine.len() <= MOST_TICKS {
                    return fine;
                }
                let coarse = within(some(&[1.0]));
                let every = coarse.len().div_ceil(MOST_TICKS).max(1);
                coarse.into_iter().step_by(every).collect()
            }
        }
    }
}

fn around((low, high): (f64, f64), value: f64) -> (f64, f64) {
    (low.min(value), high.max(value))
}

/// The powers of ten from below the minimum to the maximum.
fn tens(low: f64, high: f64) -> impl Iterator<Item = f64> {
    #[expect(clippy::cast_possible_truncation, reason = "a decimal exponent of an f64")]
    let (first, last) = (low.log10().floor() as i32, high.log10().floor() as i32);
    (first..=last).map(|exponent| 10_f64.powi(exponent))
}

/// The smallest of 1, 2 or 5 times a power of ten that is at least a given distance.
fn step(distance: f64) -> f64 {
    let ten = 10_f64.powf(distance.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|by| by * ten).find(|step| *step >= distance * 0.999).unwrap_or(ten * 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_positions_on_the_scale() {
        let linear = Scale::from_zero([3.0, 87.0]);
        assert_eq!(linear, Scale::Linear { low: 0.0, high: 100.0 });
        assert_eq!(linear.ticks(), [0.0, 50.0, 100.0]);
        assert!((linear.share(25.0) - 0.25).abs() < 1e-12 && linear.share(1e9) == 1.0);
        let log = Scale::log([500.0, 50_000.0]).unwrap_or(linear);
        assert_eq!(log.ticks(), [500.0, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4]);
        assert!((log.share(5_000.0) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn the_number_of_ticks_is_limited() {
        for scale in [Scale::log([1e-6, 1e9]), Scale::log([3.0]), Scale::log([1.0, 900.0])].into_iter().flatten() {
            let ticks = scale.ticks();
            assert!((2..=MOST_TICKS).contains(&ticks.len()), "{scale:?} {ticks:?}");
        }
        assert_eq!(Scale::log([0.0, -1.0]), None);
        for (low, high) in [(0.0, 0.0), (0.0, 1e9), (-3.0, 4.0), (95_400.0, 95_410.0), (0.0, 1e-9)] {
            let ticks = Scale::linear(low, high).ticks();
            assert!((2..=MOST_TICKS).contains(&ticks.len()), "{low} {high} {ticks:?}");
        }
    }
}
