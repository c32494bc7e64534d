//! Usage in `capmodel/report/v1`: of a workload in the period, and of one process.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Requests and usage of a workload in the period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// Pod-hours.
    pub pod_hours: f64,
    /// Requested core-hours.
    pub requested_core_hours: f64,
    /// Used core-hours; `null` if CPU was never measured.
    pub core_hours: Option<f64>,
    /// Duration of the steps in which CPU was measured, in hours.
    pub cpu_measured_hours: f64,
    /// Requested GiB-hours of memory.
    pub requested_gib_hours: f64,
    /// Used GiB-hours of memory; `null` if memory was never measured.
    pub gib_hours: Option<f64>,
    /// Duration of the steps in which memory was measured, in hours.
    pub memory_measured_hours: f64,
    /// Mean CPU usage per pod in cores, over the steps of the period.
    pub pod_cores: UsageSpread,
    /// CPU usage of the busiest pod in cores, over the steps of the period.
    pub busiest_pod_cores: UsageSpread,
    /// Mean memory usage of one pod in bytes.
    pub pod_memory_mean_bytes: Option<f64>,
    /// Peak memory usage of one pod in bytes.
    pub pod_memory_peak_bytes: Option<f64>,
    /// Share of CFS periods in which CPU limits throttled it, 0 to 1.
    pub throttled_share: Option<f64>,
    /// Requests per second of the whole workload, over the steps of the period.
    pub requests_per_second: Option<UsageSpread>,
    /// Metric that counts the requests.
    pub requests_counted_by: Option<String>,
    /// Median latency in milliseconds.
    pub latency_p50_ms: Option<f64>,
    /// p99 latency in milliseconds.
    pub latency_p99_ms: Option<f64>,
    /// Runtimes that its processes report in metrics.
    pub runtimes: Vec<Runtime>,
}

/// Statistics of a quantity over the steps of a period.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UsageSpread {
    /// Mean.
    pub mean: Option<f64>,
    /// 50th percentile.
    pub p50: Option<f64>,
    /// 95th percentile.
    pub p95: Option<f64>,
    /// 99th percentile.
    pub p99: Option<f64>,
    /// Maximum.
    pub max: Option<f64>,
}

/// A metric in which a process reports its runtime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Runtime {
    /// Programming language.
    pub language: String,
    /// Version of the runtime.
    pub version: String,
    /// Name of the metric.
    pub metric: String,
    /// Container of the process; `null` if the metric does not name it.
    pub container: Option<String>,
}

/// Metrics that one process reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scraped {
    /// Address or file that the metrics were read from.
    pub source: String,
    /// Start of the counted interval (RFC 3339); `null` if the process does not report its start time.
    pub from: Option<String>,
    /// End of the counted interval (RFC 3339).
    pub until: String,
    /// Whether `from` is the start of the process; otherwise it is an earlier scrape.
    pub since_start: bool,
    /// Requests per second.
    pub requests_per_second: Option<f64>,
    /// Metric that counts the requests.
    pub requests_counted_by: Option<String>,
    /// CPU usage in cores.
    pub cores: Option<f64>,
    /// CPU per request in milliseconds.
    pub cpu_ms_per_request: Option<f64>,
    /// Resident memory in bytes.
    pub resident_bytes: Option<u64>,
    /// Runtimes that it reports in metrics.
    pub runtimes: Vec<Runtime>,
}
