//! `capmodel/estimate/v1`: pods, nodes and cost of one demand in several runtimes.

mod plan;

pub use plan::{
    AutoscalerPlan, BillLine, BilledPods, ClusterFit, Estimate, FrontierPoint, Infeasibility, InfeasibilityAmount,
    Month, Nodes, Pod, Requests, Round, Sensitivity, SettlesAt, Spike,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::currency::ExchangeRate;
use super::finding::Finding;
use super::number::{DecimalText, Interval, PercentileInterval};

/// Name and version of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum EstimatesSchema {
    /// Version 1.
    #[serde(rename = "capmodel/estimate/v1")]
    V1,
}

/// Pods, nodes and cost per month for one demand, for each runtime profile and sizing policy. Money is a decimal
/// string in `basis.currency`; a value that cannot be computed is `null`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "capmodel estimate")]
pub struct Estimates {
    /// Name and version of this document.
    pub schema: EstimatesSchema,
    /// The estimated demand.
    pub demand: Demand,
    /// Prices, nodes and sampling of the estimates.
    pub basis: Basis,
    /// One estimate per profile and policy.
    pub estimates: Vec<Estimate>,
    /// Ratios of pairs of estimates under one policy.
    pub comparisons: Vec<Comparison>,
    /// Findings about all estimates.
    pub findings: Vec<Finding>,
    /// Plans over a range of demand; absent unless requested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sweep: Vec<SweepRow>,
}

/// One profile under one policy at one demand, at the mid value of every input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SweepRow {
    /// Demand in the busy period, in requests per second.
    pub requests_per_second: f64,
    /// Name of the runtime profile.
    pub profile: String,
    /// Name of the sizing policy.
    pub policy: String,
    /// Number of pods; `null` if no number of pods meets the policy.
    pub pods: Option<u64>,
    /// Monthly cost of the requests in a shared cluster.
    pub share_cost_per_month: Option<DecimalText>,
    /// Monthly cost of dedicated nodes.
    pub node_cost_per_month: Option<DecimalText>,
}

/// The demand and its variation over the month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Demand {
    /// Requests per second in the busy period.
    pub requests_per_second: Interval,
    /// Name of the load curve: `flat`, `diurnal`, `weekly` or a file.
    pub load: String,
    /// Mean demand of the month ÷ demand in the busy period.
    pub mean_share_of_busy_period: f64,
}

/// Prices, nodes and sampling of an estimate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Basis {
    /// Provider of the nodes: `aws`, `gcp`, `azure` or `on-prem`.
    pub provider: String,
    /// Region of the prices.
    pub region: String,
    /// Purchase option: `on-demand` or `spot`.
    pub capacity_type: String,
    /// Distribution whose kubelet reservations are used, for example `eks`.
    pub distribution: String,
    /// Currency of all amounts.
    pub currency: String,
    /// Rate by which the prices, which are published in US dollars, were converted; absent for US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange_rate: Option<ExchangeRate>,
    /// Number of hours in a month.
    pub hours_per_month: DecimalText,
    /// Description of the price table.
    pub catalogue: String,
    /// Version of capmodel.
    pub tool_version: String,
    /// Number of samples for the percentiles; 0 for none.
    pub samples: u32,
    /// Seed of the random samples.
    pub seed: u64,
    /// Prices of a core and a GiB of a shared cluster.
    pub share_price: SharePrice,
    /// Number of instance types that nodes were selected from.
    pub instance_types_considered: usize,
    /// Number of excluded instance types, by reason.
    pub instance_types_left_out: InstanceTypesLeftOut,
    /// Whether a requested or billed item has no price here.
    pub partial: bool,
}

/// Prices of a core and a GiB of a shared cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SharePrice {
    /// The price group that the prices were fitted to.
    pub group: String,
    /// Price of one core per hour.
    pub core_hour: DecimalText,
    /// Price of one GiB of memory per hour.
    pub gib_hour: DecimalText,
    /// Largest relative difference between the fit and a price of the group.
    pub max_residual: f64,
    /// Method: `fitted`, or `borrowed` from another group's ratio.
    pub rule: String,
}

/// Number of excluded instance types, by reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InstanceTypesLeftOut {
    /// Another CPU architecture.
    pub arch: usize,
    /// Burstable CPU.
    pub burstable: usize,
    /// Previous generation.
    pub previous_generation: usize,
    /// No room for a pod.
    pub too_small: usize,
    /// Has accelerators.
    pub gpu: usize,
    /// No price in this region and capacity type.
    pub unpriced: usize,
}

/// Ratios of two estimates under the same policy, numerator ÷ denominator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// Sizing policy of both.
    pub policy: String,
    /// Profile in the numerator.
    pub numerator: String,
    /// Profile in the denominator.
    pub denominator: String,
    /// Ratio of the numbers of pods.
    pub pods_ratio: Option<f64>,
    /// Ratio of the pods before rounding to whole pods.
    pub pods_before_rounding_ratio: Option<f64>,
    /// Ratio of the requested CPU.
    pub cpu_ratio: Option<f64>,
    /// Ratio of the requested memory.
    pub memory_ratio: Option<f64>,
    /// Ratio of the costs in a shared cluster.
    pub share_cost_ratio: Option<f64>,
    /// Ratio of the costs of dedicated nodes.
    pub node_cost_ratio: Option<f64>,
    /// Ratio of the total costs: dedicated nodes and all other bill lines.
    pub total_cost_ratio: Option<f64>,
    /// Ratio of the cost of the pods on the platform of `--on`; absent without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billed_pod_cost_ratio: Option<f64>,
    /// Ratio of the CPU seconds per request.
    pub cpu_per_request_ratio: Option<f64>,
    /// Interval of `pods_ratio`.
    pub pods_ratio_interval: Option<PercentileInterval>,
    /// Interval of `cpu_ratio`.
    pub cpu_ratio_interval: Option<PercentileInterval>,
    /// Interval of `memory_ratio`.
    pub memory_ratio_interval: Option<PercentileInterval>,
    /// Interval of `share_cost_ratio`.
    pub share_cost_ratio_interval: Option<PercentileInterval>,
    /// Interval of `node_cost_ratio`.
    pub node_cost_ratio_interval: Option<PercentileInterval>,
    /// Interval of `total_cost_ratio`.
    pub total_cost_ratio_interval: Option<PercentileInterval>,
    /// Interval of `billed_pod_cost_ratio`; absent without a platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billed_pod_cost_ratio_interval: Option<PercentileInterval>,
    /// Interval of `cpu_per_request_ratio`.
    pub cpu_per_request_ratio_interval: Option<PercentileInterval>,
    /// Ratio of the working sets of one pod at the planned rate.
    pub working_set_ratio: Option<f64>,
    /// Interval of `working_set_ratio`.
    pub working_set_ratio_interval: Option<PercentileInterval>,
    /// Findings about this pair.
    pub findings: Vec<Finding>,
}
