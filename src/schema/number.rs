//! Number types shared by several documents.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A decimal number as text, so that no reader converts an amount of money to a binary fraction.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct DecimalText(
    /// Digits, at most one decimal point, and a minus sign if negative.
    #[schemars(regex(pattern = r"^-?[0-9]+(\.[0-9]+)?$"))]
    pub String,
);

impl fmt::Display for DecimalText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The 5th, 50th and 95th percentile of an input or of a measurement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Interval {
    /// 5th percentile.
    pub low: f64,
    /// 50th percentile.
    pub mid: f64,
    /// 95th percentile.
    pub high: f64,
}

/// A planned value and its percentiles over the samples; the percentiles are `null` without samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PlanAndPercentilesOf_{T}")]
pub struct Percentiles<T> {
    /// The planned value, computed from the mid value of every input.
    pub plan: T,
    /// 5th percentile.
    pub p05: Option<T>,
    /// 50th percentile.
    pub p50: Option<T>,
    /// 95th percentile.
    pub p95: Option<T>,
}

/// Percentiles over the samples; a percentile is `null` if too few samples have a value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PercentileInterval {
    /// 5th percentile.
    pub p05: Option<f64>,
    /// 50th percentile.
    pub p50: Option<f64>,
    /// 95th percentile.
    pub p95: Option<f64>,
}
