//! One estimate of `capmodel/estimate/v1`: a profile under a policy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::finding::Finding;
use crate::schema::number::{DecimalText, Interval, PercentileInterval, Percentiles};

/// A profile under a policy; every number is `null` if the plan is not feasible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// Name of the runtime profile.
    pub profile: String,
    /// Name of the sizing policy.
    pub policy: String,
    /// Value set of the profile: `article` or `measured`.
    pub evidence: String,
    /// Name of the work that the handler does in addition to the framework.
    pub work: String,
    /// Whether some number of pods meets the policy and some instance type has room for a pod.
    pub feasible: bool,
    /// Why the plan is not feasible, and why instance types were rejected.
    pub excuses: Vec<Infeasibility>,
    /// Number of pods in the busy period.
    pub pods: Option<Percentiles<u64>>,
    /// The constraint that determined the number of pods.
    pub binding: Option<String>,
    /// Number of pods before rounding up to whole pods.
    pub pods_before_rounding: Option<f64>,
    /// Interval of `pods_before_rounding`.
    pub pods_before_rounding_interval: Option<PercentileInterval>,
    /// The demand from which one more pod is needed, in requests per second.
    pub next_pod_at_requests_per_second: Option<u64>,
    /// One pod in the busy period.
    pub pod: Option<Pod>,
    /// Total requests of all pods.
    pub requested: Option<Requests>,
    /// Recommended settings of a HorizontalPodAutoscaler.
    pub autoscaler: Option<AutoscalerPlan>,
    /// Monthly cost of the requests in a shared cluster.
    pub share_cost_per_month: Option<Percentiles<DecimalText>>,
    /// Dedicated nodes; `null` if no instance type has room for a pod.
    pub nodes: Option<Vec<Nodes>>,
    /// Monthly cost of the dedicated nodes.
    pub node_cost_per_month: Option<Percentiles<DecimalText>>,
    /// Part of the node cost that no pod requested.
    pub idle_cost_per_month: Option<DecimalText>,
    /// Placement of the pods on the given cluster; absent without a cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterFit>,
    /// Cost of the requests per million HTTP requests, to four significant digits.
    pub share_cost_per_million_requests: Option<DecimalText>,
    /// Node cost per million HTTP requests, to four significant digits.
    pub node_cost_per_million_requests: Option<DecimalText>,
    /// Monthly node cost plus all other bill lines.
    pub total_cost_per_month: Option<DecimalText>,
    /// Bill lines other than the nodes.
    pub lines: Vec<BillLine>,
    /// The pods on the platform of `--on`; absent without one, or if none of its sizes is large enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billed_pods: Option<BilledPods>,
    /// Whether the given number of replicas meets the policy's objectives; `null` if the number was not given.
    pub objective_holds: Option<bool>,
    /// The constraint that the given number of replicas violates.
    pub violated: Option<String>,
    /// Totals of the month, and its cost with a fixed number of pods.
    pub month: Option<Month>,
    /// Effect of a step of demand; `null` if the policy has no step.
    pub spike: Option<Spike>,
    /// Feasible objectives if the requested one is not, tightest first.
    pub frontier: Vec<FrontierPoint>,
    /// Inputs by their share of the variance of the cost, largest first.
    pub sensitivity: Vec<Sensitivity>,
    /// Findings about this estimate.
    pub findings: Vec<Finding>,
}

/// Totals of the month over its hours, and its cost with a fixed number of pods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Month {
    /// Pod-hours.
    pub pod_hours: DecimalText,
    /// Hours without any pod; absent if there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zero_pod_hours: Option<DecimalText>,
    /// Node-hours.
    pub node_hours: Option<DecimalText>,
    /// Cost of the requests in a shared cluster if the busy period's pods run in every hour.
    pub fixed_share_cost: DecimalText,
    /// Cost of the dedicated nodes if the busy period's pods run in every hour.
    pub fixed_node_cost: Option<DecimalText>,
}

/// Effect of a step of demand until the autoscaler has caught up. Times are relative to the step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spike {
    /// Number of pods before the step.
    pub pods_before: u64,
    /// Seconds until the first new pod serves requests.
    pub lag_seconds: f64,
    /// Largest number of waiting requests.
    pub backlog_requests: f64,
    /// Seconds from the first new pod until no request waits any more; `null` if that never happens.
    pub drain_seconds: Option<f64>,
    /// Autoscaler syncs that add pods.
    pub rounds: Vec<Round>,
}

/// An autoscaler sync that adds pods. Times are relative to the step of demand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Round {
    /// Time of the sync in seconds.
    pub seconds: f64,
    /// Number of replicas that it sets.
    pub replicas: u64,
    /// Time in seconds at which the added pods serve requests.
    pub serving_seconds: f64,
}

/// A feasible latency objective, and the pods and cost that it takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FrontierPoint {
    /// Objective for the p99 latency in milliseconds.
    pub objective_p99_ms: f64,
    /// Number of pods that meet it.
    pub pods: u64,
    /// Monthly cost of their requests in a shared cluster.
    pub share_cost_per_month: DecimalText,
}

/// Share of the uncertainty that one input explains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sensitivity {
    /// Name of the input.
    pub input: String,
    /// Share of the variance of the cost that it explains.
    pub share_of_variance: f64,
}

/// Why an instance type was rejected, or why no plan is feasible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Infeasibility {
    /// Name of the instance type; `null` if no instance type would help.
    pub instance_type: Option<String>,
    /// Name of the scarce resource or violated constraint; `cost` if the type is more expensive than the chosen one.
    pub constraint: String,
    /// Required amount; for `cost`, the monthly cost of this type.
    pub needed: InfeasibilityAmount,
    /// Available amount; for `cost`, the monthly cost of the chosen type.
    pub available: InfeasibilityAmount,
}

/// An amount in the unit of its constraint: millicores, bytes or pods of a node; cores, bytes or a ratio of a pod; or
/// money.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum InfeasibilityAmount {
    /// Millicores, bytes or a number of pods.
    Whole(u64),
    /// Cores, bytes or a ratio.
    Real(f64),
    /// Amount of money.
    Money(DecimalText),
}

/// Pods on a platform without nodes that bills each pod by its size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BilledPods {
    /// Name of the platform: `fargate` or `autopilot`.
    pub platform: String,
    /// Size that one pod is billed for.
    pub size: Requests,
    /// Monthly cost of the pods.
    pub cost_per_month: Percentiles<DecimalText>,
    /// Monthly cost of the pods plus all other bill lines.
    pub total_cost_per_month: DecimalText,
    /// All bill lines.
    pub lines: Vec<BillLine>,
}

/// One pod in the busy period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pod {
    /// CPU request in millicores.
    pub cpu_request_millis: u64,
    /// Memory request in bytes.
    pub memory_request_bytes: u64,
    /// CPU limit in millicores; `null` without one.
    pub cpu_limit_millis: Option<u64>,
    /// Memory limit in bytes; `null` without one.
    pub memory_limit_bytes: Option<u64>,
    /// Number of worker processes.
    pub workers: u32,
    /// Number of threads in all processes that can run at the same time.
    pub threads: u32,
    /// Speed of a core relative to the cores that the CPU costs were measured on.
    pub cpu_speed: Interval,
    /// Requests per second of the pod in the busy period.
    pub requests_per_second: f64,
    /// Largest rate, in requests per second, at which the pod meets the policy.
    pub safe_requests_per_second: f64,
    /// CPU seconds per request at the rate of the busy period.
    pub cpu_seconds_per_request: f64,
    /// Interval of `cpu_seconds_per_request`.
    pub cpu_seconds_per_request_interval: Option<PercentileInterval>,
    /// CPU usage ÷ CPU request.
    pub utilization: f64,
    /// Mean latency in milliseconds on a busy node; `null` if the queue grows without bound.
    pub latency_mean_ms: Option<f64>,
    /// p99 latency in milliseconds on a busy node.
    pub latency_p99_ms: Option<f64>,
    /// Mean latency in milliseconds if the rest of the node is idle.
    pub quiet_node_latency_mean_ms: Option<f64>,
    /// p99 latency in milliseconds if the rest of the node is idle.
    pub quiet_node_latency_p99_ms: Option<f64>,
    /// Share of CFS periods in which the CPU limit throttles the pod, 0 to 1.
    pub throttled_fraction: f64,
    /// Memory usage in bytes.
    pub memory_working_set_bytes: Option<f64>,
    /// Name of the included sidecar; `null` without one.
    pub sidecar: Option<String>,
}

/// Total requests of pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Requests {
    /// CPU requests in millicores.
    pub cpu_millis: u64,
    /// Memory requests in bytes.
    pub memory_bytes: u64,
}

/// Recommended settings of a HorizontalPodAutoscaler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AutoscalerPlan {
    /// Minimum number of replicas.
    pub min_replicas: u64,
    /// Maximum number of replicas.
    pub max_replicas: u64,
    /// Target CPU utilization in percent of the request; `null` if no target makes the autoscaler reach the plan.
    pub target_cpu_utilization_percent: Option<u32>,
    /// Number of replicas at which the controller settles.
    pub settles_at: Option<SettlesAt>,
}

/// Number of replicas at which the controller settles in the busy period, and the monthly cost under its control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SettlesAt {
    /// Number of replicas after a slow rise of demand.
    pub rising: u64,
    /// Number of replicas after scaling down from the maximum.
    pub falling: u64,
    /// Monthly cost of the requests in a shared cluster.
    pub share_cost_per_month: DecimalText,
    /// Monthly cost of the dedicated nodes.
    pub node_cost_per_month: Option<DecimalText>,
}

/// Nodes of one instance type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Nodes {
    /// Name of the instance type.
    pub instance_type: String,
    /// Number of nodes.
    pub count: u64,
    /// Price of one node per hour.
    pub price_per_hour: DecimalText,
}

/// Placement of the pods on the given cluster: on its free capacity first, then on new nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterFit {
    /// Number of pods that fit on existing nodes.
    pub pods_on_existing_nodes: u64,
    /// Number of existing nodes that receive pods.
    pub existing_nodes: u64,
    /// Number of pods that need new nodes.
    pub pods_on_new_nodes: u64,
    /// The new nodes.
    pub new_nodes: Vec<Nodes>,
    /// Monthly cost of the new nodes.
    pub new_node_cost_per_month: DecimalText,
    /// Number of pods that cannot be placed.
    pub unplaced_pods: u64,
    /// The constraint that prevents their placement.
    pub unplaced_constraint: Option<String>,
}

/// A bill line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BillLine {
    /// Name of the billed item.
    pub name: String,
    /// Unit of the quantity.
    pub unit: String,
    /// Quantity per month.
    pub quantity: DecimalText,
    /// List price of one unit; `null` if unknown.
    pub list_unit_price: Option<DecimalText>,
    /// Price paid for one unit.
    pub unit_price: Option<DecimalText>,
    /// Monthly cost.
    pub cost_per_month: Option<DecimalText>,
    /// Date of the price.
    pub price_date: Option<String>,
    /// How the price was determined: `list`, `indicative`, `own-table`, `unconfirmed`, `pricing-file`, `by-shape` or `unpriced`.
    pub price_rule: String,
    /// The rule of the pricing file that set the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing_rule: Option<String>,
    /// Source of the price, for example a URL.
    pub source: String,
}
