//! Workloads in `capmodel/report/v1`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Costs, Recommended, Scraped, Usage};

/// A workload, the idle cost, or the shared cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Workload {
    /// Namespace; `null` for rows that are not workloads.
    pub namespace: Option<String>,
    /// `Deployment`, `StatefulSet` …; `idle` or `shared` for rows that are not workloads.
    pub kind: String,
    /// Name of the workload or row.
    pub name: String,
    /// Name of its group.
    pub group: String,
    /// Cost of the workload.
    pub cost: Costs,
    /// Whether everything it uses has a price; otherwise the cost is incomplete.
    pub priced: bool,
    /// Current number of pods.
    pub pods: Option<u64>,
    /// Total requests of those pods.
    pub requested: Option<Requested>,
    /// Current usage; `null` without the metrics API.
    pub used: Option<Used>,
    /// Usage ÷ requests, over the period if known, otherwise at this moment.
    pub efficiency: Option<Efficiency>,
    /// Requests and usage in the period; `null` without history.
    pub usage: Option<Usage>,
    /// Recommended requests of its pods; `null` without history, or if it has no pods now.
    pub recommended: Option<Recommended>,
    /// Processes whose metrics were scraped directly.
    pub scraped: Vec<Scraped>,
}

/// Total requests of pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Requested {
    /// CPU requests in millicores.
    pub cpu_millis: u64,
    /// Memory requests in bytes.
    pub memory_bytes: u64,
}

/// Current usage of pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Used {
    /// Number of measured pods.
    pub pods: u64,
    /// CPU usage in millicores.
    pub cpu_millis: u64,
    /// Memory usage in bytes.
    pub memory_bytes: u64,
}

/// Usage ÷ requests; `null` if nothing was requested or measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Efficiency {
    /// CPU usage ÷ CPU requests.
    pub cpu: Option<f64>,
    /// Memory usage ÷ memory requests.
    pub memory: Option<f64>,
}
