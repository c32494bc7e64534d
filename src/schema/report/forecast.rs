//! Forecasts and their evaluation in `capmodel/report/v1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::running::MoneyInterval;
use crate::schema::number::{DecimalText, Interval, Percentiles};

/// Predicted cost of the next month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Forecast {
    /// The predicted month, as `2026-11`.
    pub month: String,
    /// Length of the month in hours.
    pub hours: DecimalText,
    /// Method of the prediction.
    #[serde(default)]
    pub method: String,
    /// Predicted cost of the cluster.
    pub cost: DecimalText,
    /// 5th and 95th percentile around `cost`; `null` without sufficient history.
    pub cost_interval: Option<MoneyInterval>,
    /// Predicted cost by namespace.
    pub namespaces: Vec<NamespaceForecast>,
}

/// Predicted cost of a namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamespaceForecast {
    /// Name of the namespace.
    pub name: String,
    /// Predicted cost.
    pub cost: DecimalText,
}

/// The prediction for this month alongside its modelled cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Predicted {
    /// Time of the snapshot that the prediction was made from (RFC 3339).
    pub from: Option<String>,
    /// Predicted hours that have data and are compared.
    pub hours: DecimalText,
    /// Total predicted hours.
    pub predicted_hours: DecimalText,
    /// Predicted cost of the compared hours.
    pub cost: DecimalText,
    /// 5th and 95th percentile around `cost`; `null` if the prediction had no interval.
    pub cost_interval: Option<MoneyInterval>,
    /// Modelled cost of the compared hours.
    pub modelled: DecimalText,
    /// Modelled less predicted cost.
    pub difference: DecimalText,
    /// Whether `modelled` is within the interval; `null` without one.
    pub held: Option<bool>,
    /// Comparison by namespace.
    pub namespaces: Vec<NamespacePrediction>,
}

/// Predicted and modelled cost of a namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NamespacePrediction {
    /// Name of the namespace.
    pub name: String,
    /// Predicted cost.
    pub predicted: DecimalText,
    /// Modelled cost.
    pub modelled: DecimalText,
    /// Modelled less predicted cost.
    pub difference: DecimalText,
}

/// Forecast of a running service for the next month; everything except `reason` is `null` if unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServiceForecast {
    /// Reason if there is no forecast.
    pub reason: Option<String>,
    /// The forecast month, as `2026-11`.
    pub month: Option<String>,
    /// Unit of `busy` and `mean`: `requests-per-second`, or `cores` if requests are not counted.
    pub counted_in: Option<String>,
    /// Demand in the busy hour.
    pub busy: Option<Interval>,
    /// Mean demand.
    pub mean: Option<Interval>,
    /// Method of the forecast.
    pub method: Option<String>,
    /// Number of pods in the busy hour, if pods keep following demand as before.
    pub pods: Option<PodInterval>,
    /// Cost of the requests in that month, at the cluster's own prices of a core-hour and a GiB-hour.
    pub cost: Option<MoneyInterval>,
    /// Number of pods that its calibrated profile needs in the busy hour, under the policy.
    pub pods_needed: Option<Percentiles<u64>>,
}

/// 5th, 50th and 95th percentile of a number of pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PodInterval {
    /// 5th percentile.
    pub low: u64,
    /// 50th percentile.
    pub mid: u64,
    /// 95th percentile.
    pub high: u64,
}

/// The right-sized service on nodes with the other architecture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OtherArchitecture {
    /// The other architecture: `amd64` or `arm64`.
    pub arch: String,
    /// Monthly cost of all its pods' requests there.
    pub share_cost_per_month: DecimalText,
    /// Equivalent types: the same number of vCPUs and at least as much memory as those of the cluster.
    pub instance_types: Vec<String>,
    /// Condition of the move.
    pub condition: String,
}

/// Back-test: how well the first part of the window predicts the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BackTest {
    /// End of the part that was learned from (RFC 3339).
    pub trained_until: String,
    /// End of the predicted part (RFC 3339).
    pub predicted_until: String,
    /// CPU of each step, predicted from requests and pods; `null` if no service was calibrated.
    pub cpu: Option<BackTestScore>,
    /// Mean demand.
    pub demand: Option<BackTestScore>,
    /// Pods in the busy hour, of services whose number of pods varies.
    pub pods: Option<BackTestScore>,
    /// Cost of the services' requests, at today's prices.
    pub cost: Option<BackTestScore>,
    /// Cost of all nodes in dollars per hour; `null` if no node has a price.
    pub nodes: Option<BackTestNodes>,
}

/// One score of the back-test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BackTestScore {
    /// Number of predicted services.
    pub services: usize,
    /// Median of the absolute relative errors.
    pub median_error: f64,
    /// Sum of the predictions ÷ sum of the actual values − 1.
    pub bias: f64,
    /// Share of actual values within the 90 % interval: of steps for CPU, otherwise of services.
    pub interval_held: f64,
}

/// Score of the node cost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BackTestNodes {
    /// Predicted cost in dollars per hour.
    pub predicted: Interval,
    /// Actual cost in dollars per hour.
    pub actual: f64,
    /// Relative error of the prediction.
    pub error: Option<f64>,
    /// Whether `actual` is within the interval.
    pub held: bool,
}
