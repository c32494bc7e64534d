//! Styles of a running service in `capmodel/report/v1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::number::{DecimalText, Percentiles};

/// A service in every style: the same demand and handler under another profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Styles {
    /// With its current requests and profile.
    pub as_is: Style,
    /// With the recommended requests.
    pub right_sized: Style,
    /// Under a Python profile.
    pub python: Style,
    /// Under a Go profile.
    pub go: Style,
}

/// One style.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Style {
    /// Results by demand.
    pub at: StyleDemands,
}

/// One style at today's busy demand and at multiples of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StyleDemands {
    /// At today's busy demand.
    pub busy: AtDemand,
    /// At twice today's busy demand.
    pub x2: AtDemand,
    /// At ten times today's busy demand.
    pub x10: AtDemand,
}

/// Needs and cost of a style at a demand, or why they are unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum AtDemand {
    /// The style was sized.
    Sized(Box<SizedStyle>),
    /// The style could not be sized.
    NotSized(NotSized),
}

/// Reasons why a style could not be sized.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotSized {
    /// Always `false`.
    pub feasible: bool,
    /// Reasons as sentences.
    pub excuses: Vec<String>,
}

/// Needs and cost of a style.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SizedStyle {
    /// Always `true`.
    pub feasible: bool,
    /// Number of pods in the busy period.
    pub pods: Percentiles<u64>,
    /// CPU request of one pod in millicores.
    pub cpu_request_millis: u64,
    /// Memory request of one pod in bytes.
    pub memory_request_bytes: u64,
    /// CPU seconds per request of the service's own container, without idle usage; `null` if the current pods are
    /// used.
    pub cpu_seconds_per_request: Option<Percentiles<f64>>,
    /// Monthly cost of all requests at the cluster's own prices of a core-hour and a GiB-hour.
    pub share_cost_per_month: Percentiles<DecimalText>,
    /// The same cost per million requests.
    pub cost_per_million_requests: Option<DecimalText>,
    /// Monthly cost of whole nodes of the cluster's own types; `null` if no type has room for a pod.
    pub node_cost_per_month: Option<DecimalText>,
    /// The constraint that determined the number of pods; `null` if the current pods are used.
    pub binding: Option<String>,
    /// p99 latency in milliseconds.
    pub latency_p99_ms: Option<f64>,
}
