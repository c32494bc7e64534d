//! One estimate of `capmodel/estimate/v1`: a profile under a policy.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::finding::Finding;
use crate::schema::number::{DecimalText, Interval, PercentileInterval, Percentiles};

/// A profile under a policy. Where it is not feasible, every number is `null`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// Runtime profile.
    pub profile: String,
    /// Sizing policy.
    pub policy: String,
    /// What the handler does besides the framework.
    pub work: String,
    /// Whether some number of pods meets the policy, and some node holds a pod.
    pub feasible: bool,
    /// Why it is not feasible, and why instance types were rejected.
    pub excuses: Vec<Infeasibility>,
    /// Pods at the busy period.
    pub pods: Option<Percentiles<u64>>,
    /// The constraint that set the number of pods.
    pub binding: Option<String>,
    /// Pods before rounding up to whole ones.
    pub pods_before_rounding: Option<f64>,
    /// Interval of `pods_before_rounding`.
    pub pods_before_rounding_interval: Option<PercentileInterval>,
    /// The demand from which one more pod is needed.
    pub next_pod_at_requests_per_second: Option<u64>,
    /// What one pod is and does at the busy period.
    pub pod: Option<Pod>,
    /// Requests of all pods.
    pub requested: Option<Requests>,
    /// The horizontal pod autoscaler that goes with the plan.
    pub autoscaler: Option<AutoscalerPlan>,
    /// Cost per month as a share of a cluster.
    pub share_cost_per_month: Option<Percentiles<DecimalText>>,
    /// Dedicated nodes; `null` where none holds a pod.
    pub nodes: Option<Vec<Nodes>>,
    /// Cost of the dedicated nodes per month.
    pub node_cost_per_month: Option<Percentiles<DecimalText>>,
    /// What of that cost no pod requested.
    pub idle_cost_per_month: Option<DecimalText>,
    /// The pods on the cluster that was given; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<ClusterFit>,
    /// Share cost per million requests, to four significant digits.
    pub share_cost_per_million_requests: Option<DecimalText>,
    /// Node cost per million requests, to four significant digits.
    pub node_cost_per_million_requests: Option<DecimalText>,
    /// Node cost and every other line of the bill.
    pub total_cost_per_month: Option<DecimalText>,
    /// Lines of the bill besides the nodes.
    pub lines: Vec<BillLine>,
    /// The pods on the platform of `--on`; absent without one, or if none of its sizes is large enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billed_pods: Option<BilledPods>,
    /// Whether the policy's objectives hold with the replicas that were fixed.
    pub objective_holds: Option<bool>,
    /// The constraint that does not hold.
    pub violated: Option<String>,
    /// The month hour by hour, and the same month at a fixed size.
    pub month: Option<Month>,
    /// What a step in demand does; `null` without one.
    pub spike: Option<Spike>,
    /// Objectives that hold where the one asked for does not, tightest first.
    pub frontier: Vec<FrontierPoint>,
    /// Inputs by their share of the variance of the cost, largest first.
    pub sensitivity: Vec<Sensitivity>,
    /// Findings that concern this estimate.
    pub findings: Vec<Finding>,
}

/// The month hour by hour, and the same month at a fixed size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Month {
    /// Hours of pods.
    pub pod_hours: DecimalText,
    /// Hours without a pod; absent where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zero_pod_hours: Option<DecimalText>,
    /// Hours of nodes.
    pub node_hours: Option<DecimalText>,
    /// Share cost of the same month with the pods of the busy period in every hour.
    pub fixed_share_cost: DecimalText,
    /// Node cost of the same.
    pub fixed_node_cost: Option<DecimalText>,
}

/// What a step in demand does until the autoscaler has caught up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Spike {
    /// Pods when the step comes.
    pub pods_before: u64,
    /// Time until the first new pod serves.
    pub lag_seconds: f64,
    /// Requests that wait at the worst moment.
    pub backlog_requests: f64,
    /// Time until nothing waits any more; `null` where that never happens.
    pub drain_seconds: Option<f64>,
    /// Rounds of the autoscaler that add pods.
    pub rounds: Vec<Round>,
}

/// A round of the autoscaler that adds pods; times are from the step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Round {
    /// When it decides.
    pub seconds: f64,
    /// Replicas that it asks for.
    pub replicas: u64,
    /// When they serve.
    pub serving_seconds: f64,
}

/// A latency objective that is possible, and what it takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FrontierPoint {
    /// 99th percentile of the latency.
    pub objective_p99_ms: f64,
    /// Pods that meet it.
    pub pods: u64,
    /// What they cost as a share of a cluster.
    pub share_cost_per_month: DecimalText,
}

/// How much of the uncertainty one input explains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sensitivity {
    /// The input.
    pub input: String,
    /// Its share of the variance of the cost.
    pub share_of_variance: f64,
}

/// Why an instance type was rejected, or why no plan is feasible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Infeasibility {
    /// The instance type; `null` where no instance type would help.
    pub instance_type: Option<String>,
    /// What is lacking: a resource, a constraint, or `cost` where the type is dearer than the chosen one.
    pub constraint: String,
    /// How much is needed; for `cost`, what this type would cost per month.
    pub needed: InfeasibilityAmount,
    /// How much there is; for `cost`, what the chosen type costs per month.
    pub available: InfeasibilityAmount,
}

/// Millicores, bytes or pods of a node; cores, bytes or a ratio of a pod; money as decimal text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum InfeasibilityAmount {
    /// Millicores, bytes or pods.
    Whole(u64),
    /// Cores, bytes or a ratio.
    Real(f64),
    /// Money.
    Money(DecimalText),
}

/// Pods on a platform that bills each by its own size, without nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BilledPods {
    /// The platform: `fargate` or `autopilot`.
    pub platform: String,
    /// The size that one pod is billed for.
    pub size: Requests,
    /// Cost of the pods.
    pub cost_per_month: Percentiles<DecimalText>,
    /// Cost of the pods and every other line of the bill.
    pub total_cost_per_month: DecimalText,
    /// Lines of the bill.
    pub lines: Vec<BillLine>,
}

/// What one pod is and does at the busy period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Pod {
    /// CPU request.
    pub cpu_request_millis: u64,
    /// Memory request.
    pub memory_request_bytes: u64,
    /// CPU limit; `null` without one.
    pub cpu_limit_millis: Option<u64>,
    /// Memory limit; `null` without one.
    pub memory_limit_bytes: Option<u64>,
    /// Processes.
    pub workers: u32,
    /// Threads that run at the same time, in all processes.
    pub threads: u32,
    /// Speed of a core relative to those that the CPU costs were measured on.
    pub cpu_speed: Interval,
    /// Requests per second at the busy period.
    pub requests_per_second: f64,
    /// Requests per second up to which the policy holds.
    pub safe_requests_per_second: f64,
    /// CPU per request at that rate.
    pub cpu_seconds_per_request: f64,
    /// Interval of `cpu_seconds_per_request`.
    pub cpu_seconds_per_request_interval: Option<PercentileInterval>,
    /// Share of the pod's CPU that is used.
    pub utilization: f64,
    /// Mean latency on a busy node; `null` where the queue grows without end.
    pub latency_mean_ms: Option<f64>,
    /// 99th percentile of the latency on a busy node.
    pub latency_p99_ms: Option<f64>,
    /// Mean latency where the rest of the node is idle.
    pub quiet_node_latency_mean_ms: Option<f64>,
    /// 99th percentile of the latency where the rest of the node is idle.
    pub quiet_node_latency_p99_ms: Option<f64>,
    /// Share of the periods in which the CPU limit throttles the pod.
    pub throttled_fraction: f64,
    /// Memory that the pod uses.
    pub memory_working_set_bytes: Option<f64>,
    /// The sidecar that is included.
    pub sidecar: Option<String>,
}

/// Requests of all pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Requests {
    /// CPU.
    pub cpu_millis: u64,
    /// Memory.
    pub memory_bytes: u64,
}

/// The horizontal pod autoscaler that goes with a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AutoscalerPlan {
    /// Fewest replicas.
    pub min_replicas: u64,
    /// Most replicas.
    pub max_replicas: u64,
    /// Target of the CPU, in percent of the request; `null` where no target reaches the plan.
    pub target_cpu_utilization_percent: Option<u32>,
    /// Where the controller comes to rest.
    pub settles_at: Option<SettlesAt>,
}

/// The replicas at which the controller comes to rest at the busy period, and the month that it makes of the load.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SettlesAt {
    /// Replicas, reached from below.
    pub rising: u64,
    /// Replicas, reached from above.
    pub falling: u64,
    /// Share cost of such a month.
    pub share_cost_per_month: DecimalText,
    /// Node cost of such a month.
    pub node_cost_per_month: Option<DecimalText>,
}

/// Nodes of one instance type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Nodes {
    /// Instance type.
    pub instance_type: String,
    /// How many.
    pub count: u64,
    /// Price of one for an hour.
    pub price_per_hour: DecimalText,
}

/// The pods on the cluster that was given: first its free room, then new nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterFit {
    /// Pods that fit on nodes which exist.
    pub pods_on_existing_nodes: u64,
    /// Nodes that take such pods.
    pub existing_nodes: u64,
    /// Pods for which nodes are added.
    pub pods_on_new_nodes: u64,
    /// The nodes that are added.
    pub new_nodes: Vec<Nodes>,
    /// What they cost per month.
    pub new_node_cost_per_month: DecimalText,
    /// Pods that fit nowhere.
    pub unplaced_pods: u64,
    /// Why not.
    pub unplaced_constraint: Option<String>,
}

/// A line of the bill besides the nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BillLine {
    /// What is paid for.
    pub name: String,
    /// Unit of the quantity.
    pub unit: String,
    /// How much of it per month.
    pub quantity: DecimalText,
    /// List price of one unit; `null` where it has no price.
    pub list_unit_price: Option<DecimalText>,
    /// Price of one unit as paid.
    pub unit_price: Option<DecimalText>,
    /// Cost per month.
    pub cost_per_month: Option<DecimalText>,
    /// Day of the price.
    pub price_date: Option<String>,
    /// How the price is known: `list`, `indicative`, `own-table`, `unconfirmed`, `by-shape` or `unpriced`.
    pub price_rule: String,
    /// The rule of the pricing file that set the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing_rule: Option<String>,
    /// Where the price is published.
    pub source: String,
}
