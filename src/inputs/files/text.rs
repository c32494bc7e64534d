//! Parses numbers with units in TOML; errors say what to write instead.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::model::runtime::Sourced;
use crate::model::uncertainty::Interval;
use crate::units::{Bytes, CpuMillis, Percent, RequestTime, RequestsPerSecond, Seconds, Utilization};

/// A quantity that is written in files as text with its unit.
pub(super) trait Unit: FromStr<Err: fmt::Display> {
    /// Example for the error message.
    const EXAMPLE: &'static str;
    /// Value in the model's unit.
    fn base(&self) -> f64;
}

/// A rate in a profile is a throughput, which cannot be zero.
impl Unit for RequestsPerSecond {
    const EXAMPLE: &'static str = "\"12500rps\"";
    fn base(&self) -> f64 {
        self.per_second()
    }
}
impl Unit for Seconds {
    const EXAMPLE: &'static str = "\"0.15ms\"";
    fn base(&self) -> f64 {
        self.seconds()
    }
}
impl Unit for RequestTime {
    const EXAMPLE: &'static str = "\"0.15ms\"";
    fn base(&self) -> f64 {
        self.seconds()
    }
}
impl Unit for CpuMillis {
    const EXAMPLE: &'static str = "\"500m\"";
    fn base(&self) -> f64 {
        self.cores()
    }
}
impl Unit for Bytes {
    const EXAMPLE: &'static str = "\"256Mi\"";
    fn base(&self) -> f64 {
        self.as_f64()
    }
}
impl Unit for Utilization {
    const EXAMPLE: &'static str = "\"85%\"";
    fn base(&self) -> f64 {
        self.fraction()
    }
}
impl Unit for Percent {
    const EXAMPLE: &'static str = "\"85%\"";
    fn base(&self) -> f64 {
        self.fraction()
    }
}

/// A quantity read from a TOML string.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<T>(pub(super) T);

impl<'de, T: Unit> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V<T>(PhantomData<T>);
        impl<T: Unit> V<T> {
            fn unitless<E: Error>(number: impl fmt::Display) -> E {
                E::custom(format!("{number} has no unit; expected text with a unit, for example {}", T::EXAMPLE))
            }
        }
        impl<T: Unit> Visitor<'_> for V<T> {
            type Value = T;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "text with a unit, for example {}", T::EXAMPLE)
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
                Err(Self::unitless(number))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
                Err(Self::unitless(number))
            }
        }
        deserializer.deserialize_any(V(PhantomData)).map(Self)
    }
}

/// A non-negative number without a unit, like a ratio or a coefficient of variation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain(f64);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        if number >= 0.0 && number.is_finite() {
            Ok(Self(number))
        } else {
            Err(D::Error::custom(format!("{number} must be zero or more")))
        }
    }
}

impl From<Plain> for f64 {
    fn from(plain: Plain) -> Self {
        plain.0
    }
}

impl<T: Unit> From<Text<T>> for f64 {
    fn from(text: Text<T>) -> Self {
        text.0.base()
    }
}

/// `{ low, mid, high, source }` in one unit.
#[derive(Clone, Debug)]
pub(super) struct IntervalOf<T> {
    pub(super) sourced: Sourced,
    unit: PhantomData<T>,
}

impl<'de, T: Deserialize<'de> + Into<f64>> Deserialize<'de> for IntervalOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw<T> {
            low: T,
            mid: T,
            high: T,
            source: String,
        }
        let raw = Raw::<T>::deserialize(deserializer)?;
        let interval = Interval::new(raw.low.into(), raw.mid.into(), raw.high.into()).ok_or_else(|| {
            D::Error::custom(
                "low, mid and high (the 5th, 50th and 95th percentile) must be in ascending order, and either all zero or all above zero",
            )
        })?;
        if raw.source.trim().is_empty() {
            return Err(D::Error::custom("source is empty; name the source of the value"));
        }
        Ok(Self { sourced: Sourced { interval, source: raw.source }, unit: PhantomData })
    }
}
