//! Costs in `capmodel/report/v1`: nodes, bill lines, groups, idle cost and consolidation.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema::number::DecimalText;

/// Nodes of one type with the same price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NodeGroup {
    /// Name of the instance type; `null` if unknown.
    pub instance_type: Option<String>,
    /// Size of deleted nodes whose type is unknown.
    pub shape: Option<Shape>,
    /// Region of the nodes; `null` if unknown.
    pub region: Option<String>,
    /// Purchase option: `on-demand` or `spot`.
    pub capacity_type: String,
    /// How the nodes are billed: `machine`, `eks-auto-mode`, `fargate`, `autopilot` or `virtual`.
    pub billed_as: String,
    /// Number of nodes; the mean over a period.
    pub count: DecimalText,
    /// Node-hours in the period.
    pub node_hours: DecimalText,
    /// Price of one node per hour; `null` if unknown.
    pub price_per_hour: Option<DecimalText>,
    /// Cost of all these nodes.
    pub cost: Option<DecimalText>,
    /// How the price was determined: `list`, `indicative`, `own-table`, `unconfirmed`, `pricing-file`, `by-shape` or `unpriced`.
    pub price_rule: String,
    /// List price of one node per hour, if a pricing file replaced it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_price_per_hour: Option<DecimalText>,
    /// The rule of the pricing file that set the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing_rule: Option<String>,
    /// What the nodes have but the price does not include: `accelerators`, or `spot` if the on-demand price replaces an
    /// unknown spot price.
    pub price_lacks: Option<String>,
    /// Date of the price.
    pub price_date: Option<String>,
    /// Source of the price, for example a URL.
    pub source: String,
}

/// Size of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shape {
    /// CPU capacity in millicores.
    pub cpu_millis: u64,
    /// Memory capacity in GiB.
    pub memory_gib: u64,
}

/// A bill line other than the nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BilledService {
    /// Name of the billed item.
    pub name: String,
    /// Unit of the quantity.
    pub unit: String,
    /// Quantity in the period.
    pub quantity: DecimalText,
    /// Price of one unit; `null` if unknown.
    pub unit_price: Option<DecimalText>,
    /// Cost of the quantity; `null` if unknown.
    pub cost: Option<DecimalText>,
    /// How the price was determined: `list`, `indicative`, `own-table`, `unconfirmed`, `pricing-file`, `by-shape` or `unpriced`.
    pub price_rule: String,
    /// List price of one unit, where a pricing file replaced it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list_unit_price: Option<DecimalText>,
    /// The rule of the pricing file that set the price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pricing_rule: Option<String>,
    /// Date of the price.
    pub price_date: Option<String>,
    /// Source of the price, for example a URL.
    pub source: String,
}

/// Idle cost, which no workload requested, before any allocation to rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Idle {
    /// Total idle cost.
    pub cost: DecimalText,
    /// Idle cost of CPU.
    pub cpu: IdleCpu,
    /// Idle cost of memory.
    pub memory: IdleMemory,
    /// Idle cost of accelerators; `null` if no node has any.
    pub gpu: Option<IdleGpu>,
}

/// CPU that no workload requested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IdleCpu {
    /// Number of idle cores.
    pub cores: DecimalText,
    /// Share of all cores.
    pub share: f64,
    /// Cost of these cores.
    pub cost: DecimalText,
}

/// Memory that no workload requested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IdleMemory {
    /// Amount of idle memory in GiB.
    pub gib: DecimalText,
    /// Share of all memory.
    pub share: f64,
    /// Cost of this memory.
    pub cost: DecimalText,
}

/// Accelerators that no workload requested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IdleGpu {
    /// Number of idle accelerators.
    pub accelerators: DecimalText,
    /// Share of all accelerators.
    pub share: f64,
    /// Cost of these accelerators.
    pub cost: DecimalText,
}

/// Cost by resource; `null` if no part of it has a price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Costs {
    /// Cost of CPU.
    pub cpu: Option<DecimalText>,
    /// Cost of memory.
    pub memory: Option<DecimalText>,
    /// Cost of accelerators.
    pub gpu: Option<DecimalText>,
    /// Cost of volumes.
    pub storage: Option<DecimalText>,
    /// Cost of load balancers.
    pub load_balancers: Option<DecimalText>,
    /// Sum of CPU, memory, accelerators, storage and load balancers.
    pub direct: Option<DecimalText>,
    /// Allocated part of the shared cost.
    pub shared: DecimalText,
    /// Allocated part of the idle cost.
    pub idle: DecimalText,
    /// Sum of direct, shared and idle cost.
    pub total: Option<DecimalText>,
}

/// Cost of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// Name of the group.
    pub name: String,
    /// Cost of the group.
    pub cost: Costs,
    /// Whether everything in the group has a price; otherwise the cost is incomplete.
    pub priced: bool,
}

/// The same pods on fewer or cheaper nodes of the same capacity type and architecture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Consolidation {
    /// Current number of nodes.
    pub nodes_now: u64,
    /// Current cost of the nodes.
    pub cost_now: DecimalText,
    /// The cheapest set of nodes found.
    pub nodes: Vec<NodeKind>,
    /// Cost of that set.
    pub cost: DecimalText,
    /// Lower bound of the cost of any set of nodes that holds the pods.
    pub lower_bound: DecimalText,
    /// Current cost less the cost of that set.
    pub saving: DecimalText,
    /// Cheaper sets of nodes, each with its condition.
    pub with_changes: Vec<WithChange>,
}

/// Nodes that cost even less under a condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WithChange {
    /// What changes: `capacity-type` or `architecture`.
    pub change: String,
    /// Condition of the change as a sentence.
    pub condition: String,
    /// The cheapest set of nodes found with the change.
    pub nodes: Vec<NodeKind>,
    /// Cost of that set.
    pub cost: DecimalText,
    /// Saving beyond the saving without the change.
    pub further_saving: DecimalText,
}

/// Nodes of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NodeKind {
    /// Name of the kind: the instance type, and `, spot` for spot nodes.
    pub name: String,
    /// Number of nodes.
    pub count: u64,
    /// Price of one node per hour.
    pub price_per_hour: DecimalText,
}
