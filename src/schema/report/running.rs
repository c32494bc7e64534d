//! Running services in `capmodel/report/v1`: demand, runtime, learned profile and advice.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::forecast::{OtherArchitecture, ServiceForecast};
use super::styles::Styles;
use crate::schema::finding::Finding;
use crate::schema::number::{DecimalText, Interval};

/// A service that runs on the cluster: as it is, right-sized, Python-style and Go-style, at its own demand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunningService {
    /// Namespace of the workload.
    pub namespace: String,
    /// Kind of the workload: `Deployment`, `StatefulSet` …
    pub kind: String,
    /// Name of the workload.
    pub name: String,
    /// Its demand; `null` if no metric counts its requests.
    pub demand: Option<DemandRates>,
    /// Detected runtime.
    pub runtime: DetectedRuntime,
    /// Profile learned from its own metrics.
    pub profile: LearnedProfile,
    /// Needs and cost in each style.
    pub styles: Styles,
    /// Right-sized on nodes with the other architecture; `null` if that is not cheaper or has no price.
    pub other_architecture: Option<OtherArchitecture>,
    /// Recommended action with its reason.
    pub advice: Advice,
    /// Forecast of the next month.
    pub forecast: ServiceForecast,
    /// Findings about this service.
    pub findings: Vec<Finding>,
}

/// Requests per second of a whole service, from the averages of the steps of the period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DemandRates {
    /// The busy period: 95th percentile, 99th percentile and maximum of the steps.
    pub busy: Interval,
    /// Mean of the steps.
    pub mean: f64,
    /// 50th percentile of the steps.
    pub p50: f64,
    /// 95th percentile of the steps.
    pub p95: f64,
    /// Maximum of the steps.
    pub max: f64,
    /// Metric that counts the requests.
    pub counted_by: String,
}

/// Runtime of a service, with the evidence for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DetectedRuntime {
    /// Programming language; `null` if unknown.
    pub language: Option<String>,
    /// Web framework; `null` if unknown.
    pub framework: Option<String>,
    /// Server program, for example `gunicorn`; `null` if unknown.
    pub server: Option<String>,
    /// Version of the runtime; `null` if unknown.
    pub version: Option<String>,
    /// Evidence for the runtime.
    pub evidence: Vec<RuntimeEvidence>,
    /// Confidence: `high`, `medium` or `low`.
    pub confidence: String,
}

/// Evidence of a runtime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuntimeEvidence {
    /// Source: `owners-file`, `label`, `metric`, `command`, `image`, `request` or `owner`.
    pub source: String,
    /// Name of the label, metric, image or other source.
    pub name: String,
    /// What the evidence indicates.
    pub says: String,
}

/// Profile of a service, learned from its own metrics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LearnedProfile {
    /// `calibrated`, `observed` (a single point, if no curve can be fitted) or `refused`.
    pub status: String,
    /// Reason if nothing was learned.
    pub reason: Option<String>,
    /// CPU usage of one pod without requests, in cores.
    pub idle_cpu: Option<Interval>,
    /// CPU seconds per request: cores at the busy demand less idle cores, divided by that demand.
    pub cpu_seconds_per_request: Option<Interval>,
    /// CPU usage of all pods at the busy demand without sidecars, in cores.
    pub cores_at_busy: Option<Interval>,
    /// Memory usage of one pod.
    pub memory: Option<LearnedMemory>,
    /// Size of the image in bytes.
    pub image_size_bytes: Option<u64>,
    /// Whether the image size is an upper bound: no node lists the image, but a node that runs it only lists its
    /// largest images.
    pub image_size_is_at_most: bool,
    /// Seconds from the start of a container to the readiness of its pod.
    pub cold_start_seconds: Option<Interval>,
    /// Reason if the cold start is unknown.
    pub cold_start_reason: Option<String>,
    /// Number of steps in the fit.
    pub points: Option<usize>,
    /// Number of steps excluded from the fit, by reason.
    pub left_out: Option<StepsLeftOut>,
    /// Median relative error of the fit.
    pub error: Option<f64>,
}

/// Memory of one pod as a linear function of its requests per second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LearnedMemory {
    /// Memory without requests, in bytes.
    pub base_bytes: f64,
    /// Additional bytes per request per second.
    pub bytes_per_request_per_second: f64,
}

/// Number of steps excluded from a fit, by reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StepsLeftOut {
    /// A metric is missing.
    pub incomplete: usize,
    /// CPU limits throttled the pods.
    pub throttled: usize,
    /// The pods were saturated.
    pub saturated: usize,
    /// The CPU usage exceeds the capacity of the nodes.
    pub implausible: usize,
    /// The step is before the latest deployment.
    pub before_a_deploy: usize,
    /// The number of pods changed.
    pub scaling: usize,
    /// CPU usage follows a schedule instead of requests.
    pub scheduled: usize,
    /// Outlier.
    pub far_off: usize,
}

/// Recommended action, by the five steps of the article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Advice {
    /// Action: `keep`, `right-size`, `rewrite` or `ask`.
    pub action: String,
    /// The deciding step: `machine-learning`, `throughput`, `data-processing`, `infrastructure` or `team`.
    pub step: String,
    /// Number of the step in the article.
    pub step_number: u8,
    /// Reason as a sentence.
    pub because: String,
    /// Saving of a rewrite beyond right-sizing and the other architecture.
    pub saving_per_month: Option<MoneyInterval>,
    /// Months until a rewrite pays off; `null` without `--rewrite-cost`.
    pub payback_months: Option<DecimalText>,
}

/// The 5th, 50th and 95th percentile of an amount of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MoneyInterval {
    /// 5th percentile.
    pub low: DecimalText,
    /// 50th percentile.
    pub mid: DecimalText,
    /// 95th percentile.
    pub high: DecimalText,
}
