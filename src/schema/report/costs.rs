//! Costs in `capmodel/report/v1`: of nodes, lines of the bill, groups, and of what is idle.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::number::DecimalText;

/// Nodes that are priced alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NodeGroup {
    /// Instance type; `null` where it is not known.
    pub instance_type: Option<String>,
    /// Cores and memory of nodes whose type is not known and which no longer exist.
    pub shape: Option<Shape>,
    /// Region.
    pub region: Option<String>,
    /// `on-demand` or `spot`.
    pub capacity_type: String,
    /// `machine`, `eks-auto-mode`, `fargate`, `autopilot` or `virtual`.
    pub billed_as: String,
    /// How many nodes; over a period, on average.
    pub count: DecimalText,
    /// Hours of all of them.
    pub node_hours: DecimalText,
    /// Price of one for an hour; `null` where it has none.
    pub price_per_hour: Option<DecimalText>,
    /// Cost of all of them.
    pub cost: Option<DecimalText>,
    /// How the price is known: `list`, `indicative`, `own-table`, `unconfirmed`, `by-shape` or `unpriced`.
    pub price_rule: String,
    /// List price of one for an hour, where a pricing file replaced it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_price_per_hour: Option<DecimalText>,
    /// The rule of the pricing file that set the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing_rule: Option<String>,
    /// What the price does not include although the nodes have it: `accelerators`, or `spot` where the on-demand price stands for
    /// it.
    pub price_lacks: Option<String>,
    /// Day of the price.
    pub price_date: Option<String>,
    /// Where the price is published.
    pub source: String,
}

/// Cores and memory of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shape {
    /// CPU.
    pub cpu_millis: u64,
    /// Memory.
    pub memory_gib: u64,
}

/// A line of the bill besides the nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BilledService {
    /// What is paid for.
    pub name: String,
    /// Unit of the quantity.
    pub unit: String,
    /// How much of it.
    pub quantity: DecimalText,
    /// Price of one unit; `null` where it has none.
    pub unit_price: Option<DecimalText>,
    /// Cost.
    pub cost: Option<DecimalText>,
    /// How the price is known: `list`, `indicative`, `own-table`, `unconfirmed`, `by-shape` or `unpriced`.
    pub price_rule: String,
    /// List price of one unit, where a pricing file replaced it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_unit_price: Option<DecimalText>,
    /// The rule of the pricing file that set the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing_rule: Option<String>,
    /// Day of the price.
    pub price_date: Option<String>,
    /// Where the price is published.
    pub source: String,
}

/// Cost that no workload requested, whoever it is allocated to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Idle {
    /// All of it.
    pub cost: DecimalText,
    /// Of the CPU.
    pub cpu: IdleCpu,
    /// Of the memory.
    pub memory: IdleMemory,
    /// Of the accelerators; `null` where no node has any.
    pub gpu: Option<IdleGpu>,
}

/// CPU that no workload requested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IdleCpu {
    /// Cores.
    pub cores: DecimalText,
    /// Share of all cores.
    pub share: f64,
    /// Cost.
    pub cost: DecimalText,
}

/// Memory that no workload requested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IdleMemory {
    /// GiB.
    pub gib: DecimalText,
    /// Share of all memory.
    pub share: f64,
    /// Cost.
    pub cost: DecimalText,
}

/// Accelerators that no workload requested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IdleGpu {
    /// Accelerators.
    pub accelerators: DecimalText,
    /// Share of all accelerators.
    pub share: f64,
    /// Cost.
    pub cost: DecimalText,
}

/// Cost by what it is for; `null` where nothing of it has a price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Costs {
    /// CPU.
    pub cpu: Option<DecimalText>,
    /// Memory.
    pub memory: Option<DecimalText>,
    /// Accelerators.
    pub gpu: Option<DecimalText>,
    /// Volumes.
    pub storage: Option<DecimalText>,
    /// Load balancers.
    pub load_balancers: Option<DecimalText>,
    /// The sum of those before.
    pub direct: Option<DecimalText>,
    /// Allocated share of what all workloads share.
    pub shared: DecimalText,
    /// Allocated share of the idle cost.
    pub idle: DecimalText,
    /// The sum of direct, shared and idle cost.
    pub total: Option<DecimalText>,
}

/// Cost of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// The group.
    pub name: String,
    /// Its cost.
    pub cost: Costs,
    /// Whether everything of it has a price; otherwise the cost is what is known of it.
    pub priced: bool,
}

/// The same pods on fewer or cheaper nodes of the same capacity type and architecture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Consolidation {
    /// Nodes that there are.
    pub nodes_now: u64,
    /// What they cost.
    pub cost_now: DecimalText,
    /// Nodes that would do.
    pub nodes: Vec<NodeKind>,
    /// What those would cost.
    pub cost: DecimalText,
    /// No set of nodes costs less.
    pub lower_bound: DecimalText,
    /// What would be saved.
    pub saving: DecimalText,
    /// What would cost even less, each with the condition for it.
    pub with_changes: Vec<WithChange>,
}

/// Nodes that would cost even less under a condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WithChange {
    /// `capacity-type` or `architecture`.
    pub change: String,
    /// What has to hold.
    pub condition: String,
    /// Nodes that would do.
    pub nodes: Vec<NodeKind>,
    /// What those would cost.
    pub cost: DecimalText,
    /// What would be saved beyond the saving without the change.
    pub further_saving: DecimalText,
}

/// Nodes of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NodeKind {
    /// Instance type, and what else distinguishes it.
    pub name: String,
    /// How many.
    pub count: u64,
    /// Price of one for an hour.
    pub price_per_hour: DecimalText,
}
