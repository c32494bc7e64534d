//! `capmodel/workload/v1`: several services packed together.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::currency::ExchangeRate;
use super::estimate::Nodes;
use super::finding::Finding;
use super::number::DecimalText;

/// Name and version of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum WorkloadSchema {
    /// Version 1.
    #[serde(rename = "capmodel/workload/v1")]
    V1,
}

/// Several services, sized separately and packed together onto the cheapest nodes found. Money is a decimal string in
/// `currency`; a value that cannot be computed is `null`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "capmodel estimate --workload")]
pub struct Workload {
    /// Name and version of this document.
    pub schema: WorkloadSchema,
    /// Whether every service has a plan and every pod has a node.
    pub feasible: bool,
    /// Currency of all amounts.
    pub currency: String,
    /// Rate by which the prices, which are published in US dollars, were converted; absent for US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange_rate: Option<ExchangeRate>,
    /// Number of hours in a month.
    pub hours_per_month: DecimalText,
    /// The services in the order of the file.
    pub services: Vec<Service>,
    /// Number of nodes by instance type.
    pub nodes: Vec<Nodes>,
    /// Nodes with the same pods, as groups.
    pub groups: Vec<NodesAlike>,
    /// Pods on the free capacity of the given cluster; absent without a cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_cluster: Option<OnCluster>,
    /// Pods without a node.
    pub unplaced: Vec<Unplaced>,
    /// Cost of the nodes per month.
    pub node_cost_per_month: DecimalText,
    /// Part of the node cost that no pod requested.
    pub idle_cost_per_month: DecimalText,
    /// Cost of the requests per month in a shared cluster.
    pub share_cost_per_month: DecimalText,
    /// Lower bound of the node cost per month of any set of nodes that holds these pods.
    pub lower_bound_per_month: DecimalText,
    /// Node cost per month with first-fit-decreasing packing.
    pub first_fit_decreasing_cost_per_month: DecimalText,
    /// Findings about the plan.
    pub findings: Vec<Finding>,
}

/// Pods on the free capacity of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OnCluster {
    /// Name of the cluster.
    pub cluster: String,
    /// Number of pods placed on its existing nodes.
    pub pods: u64,
    /// Number of existing nodes that receive pods.
    pub nodes: u64,
}

/// One service; every number is `null` if it has no plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Service {
    /// Name of the service.
    pub name: String,
    /// Name of the runtime profile.
    pub profile: String,
    /// Name of the sizing policy.
    pub policy: String,
    /// Whether some number of pods meets the policy.
    pub feasible: bool,
    /// Number of pods in its busy period.
    pub pods: Option<u64>,
    /// 5th percentile of the number of pods; `null` without samples.
    pub pods_p05: Option<u64>,
    /// 95th percentile of the number of pods; `null` without samples.
    pub pods_p95: Option<u64>,
    /// The constraint that determined the number of pods.
    pub binding: Option<String>,
    /// CPU requests of all pods in millicores.
    pub cpu_millis: Option<u64>,
    /// Memory requests of all pods in bytes.
    pub memory_bytes: Option<u64>,
    /// Cost of the requests per month in a shared cluster.
    pub share_cost_per_month: Option<DecimalText>,
}

/// Nodes of one type with the same pods on each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NodesAlike {
    /// Instance type.
    pub instance_type: String,
    /// Zone of the nodes; `null` for any zone.
    pub zone: Option<String>,
    /// Number of nodes.
    pub nodes: u64,
    /// Pods on each node, by service.
    pub pods_on_each: Vec<PodsOnNode>,
}

/// Pods of one service on a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PodsOnNode {
    /// Name of the service.
    pub service: String,
    /// Number of pods.
    pub pods: u64,
}

/// Pods without a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Unplaced {
    /// Name of the service.
    pub service: String,
    /// Number of pods.
    pub pods: u64,
    /// Constraint: `nodes`, `arch`, `label`, `taint`, `pods-per-node`, `zone-skew` or the name of a resource.
    pub constraint: String,
    /// Reason as a sentence.
    pub message: String,
}
