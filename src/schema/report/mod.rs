//! `capmodel/report/v1`: cost of a cluster, idle cost and possible savings.

mod costs;
mod forecast;
mod next_steps;
mod recommended;
mod reconciliation;
mod running;
mod styles;
mod usage;
mod workload;

pub use costs::{
    BilledService, Consolidation, Costs, Idle, IdleCpu, IdleGpu, IdleMemory, NodeGroup, NodeKind, Row, Shape,
    WithChange,
};
pub use forecast::{
    BackTest, BackTestNodes, BackTestScore, Forecast, NamespaceForecast, NamespacePrediction, OtherArchitecture,
    PodInterval, Predicted, ServiceForecast,
};
pub use next_steps::NextStep;
pub use recommended::{Autoscaler, AutoscalerTarget, Limits, Recommended, Request, Rightsizing};
pub use reconciliation::{BillFile, ReconciledNodes, ReconciledRow, Reconciliation};
pub use running::{
    Advice, DemandRates, DetectedRuntime, LearnedMemory, LearnedProfile, MoneyInterval, RunningService,
    RuntimeEvidence, StepsLeftOut,
};
pub use styles::{AtDemand, NotSized, SizedStyle, Style, StyleDemands, Styles};
pub use usage::{Runtime, Scraped, Usage, UsageSpread};
pub use workload::{Efficiency, Requested, Used, Workload};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::currency::ExchangeRate;
use super::finding::Finding;
use super::number::DecimalText;

/// Name and version of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ReportSchema {
    /// Version 1.
    #[serde(rename = "capmodel/report/v1")]
    V1,
}

/// Cost of a cluster in a period by node, namespace and workload, with idle cost and possible savings. Money is a
/// decimal string in `basis.currency`; a value that cannot be computed is `null`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "capmodel report")]
pub struct Report {
    /// Name and version of this document.
    pub schema: ReportSchema,
    /// The reported cluster.
    pub cluster: Cluster,
    /// Period of the report.
    pub period: Period,
    /// Currency and time base of all amounts.
    #[serde(default)]
    pub basis: Basis,
    /// Whether a price is missing, so that the cost is incomplete.
    #[serde(default)]
    pub partial: bool,
    /// Share of the node-hours that have a price, 0 to 1; `null` if no node was read.
    pub priced_node_hours_share: Option<f64>,
    /// Cost of the whole cluster; `null` if nothing has a price.
    pub cost: Option<DecimalText>,
    /// Nodes grouped by instance type, purchase option and price.
    #[serde(default)]
    pub nodes: Vec<NodeGroup>,
    /// Bill lines other than nodes: control plane, disks, load balancers, addresses, traffic. The services that run
    /// on the cluster are in `running_services`.
    #[serde(default)]
    pub services: Vec<BilledService>,
    /// Grouping of `groups`: `namespace`, `workload`, `owner`, or the key of a label or annotation.
    #[serde(default)]
    pub grouping: String,
    /// Allocation of shared cost to the groups: `even`, `proportional`, `weighted` or `none`.
    #[serde(default)]
    pub split_shared: String,
    /// Allocation of idle cost to the groups: `even`, `proportional`, `weighted` or `none`.
    #[serde(default)]
    pub split_idle: String,
    /// Cost by group.
    #[serde(default)]
    pub groups: Vec<Row>,
    /// Cost by namespace.
    #[serde(default)]
    pub namespaces: Vec<Row>,
    /// Cost by workload, with requests and usage.
    #[serde(default)]
    pub workloads: Vec<Workload>,
    /// Idle cost, which no workload requested; `null` if no node with a price was read.
    pub idle: Option<Idle>,
    /// The current pods on fewer or cheaper nodes; `null` if unknown.
    pub consolidation: Option<Consolidation>,
    /// Predicted cost of the next month.
    pub forecast: Option<Forecast>,
    /// The prediction for this month alongside its modelled cost.
    pub predicted: Option<Predicted>,
    /// Modelled cost compared with a bill (`--bill`); `null` if the report is not reconciled.
    #[serde(default)]
    pub reconciliation: Option<Reconciliation>,
    /// Saving from changing the requests of all workloads; `null` without history, or if nothing should change.
    pub rightsizing: Option<Rightsizing>,
    /// Set of profile values that the services in `running_services` are planned with in another language: `article`
    /// or `measured`; `null` if no service was planned.
    #[serde(default)]
    pub evidence: Option<String>,
    /// Every service that runs on the cluster: as it is, right-sized, Python-style and Go-style; empty without
    /// history.
    #[serde(default)]
    pub running_services: Vec<RunningService>,
    /// Back-test: how well the first part of the window predicts the rest; `null` without history.
    pub backtest: Option<BackTest>,
    /// What can be done, the largest saving first and unknown savings last.
    #[serde(default)]
    pub next_steps: Vec<NextStep>,
    /// Findings about the data and the results.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

/// Identity of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cluster {
    /// Name of the cluster.
    pub name: String,
    /// UID of the namespace `kube-system`, which identifies the cluster.
    pub uid: Option<String>,
    /// Version of its API server.
    pub server_version: Option<String>,
}

/// Period of a report, and how much of it has data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Period {
    /// Source of the data: `present` (the cluster as it is now), `snapshots` (several moments) or `history` (metrics
    /// over the whole period).
    #[serde(default)]
    pub kind: String,
    /// The reported calendar month, as `2026-10`; `null` for any other period, and if the current state represents a
    /// month.
    pub month: Option<String>,
    /// The calendar month whose number of hours is priced, as `2026-10`.
    pub priced_for_month: Option<String>,
    /// Description of the period.
    #[serde(default)]
    pub label: String,
    /// Start of the period (RFC 3339).
    pub start: Option<String>,
    /// End of the period (RFC 3339).
    pub end: Option<String>,
    /// Length of the period in hours.
    #[serde(default)]
    pub hours: DecimalText,
    /// Hours that have data; nothing is counted in the other hours.
    #[serde(default)]
    pub hours_with_data: DecimalText,
    /// Share of the hours that have data, 0 to 1.
    #[serde(default)]
    pub coverage: f64,
    /// Times of the snapshots (RFC 3339).
    #[serde(default)]
    pub taken_at: Vec<String>,
}

/// Currency and time base of all amounts of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Basis {
    /// Currency of all amounts.
    pub currency: String,
    /// Rate by which the prices, which are published in US dollars, were converted; absent for US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange_rate: Option<ExchangeRate>,
    /// Hours of the month; `null` if the period is not a month.
    pub hours_per_month: Option<DecimalText>,
    /// Time base of all amounts: `per month` of `hours_per_month`, or for example `for 72 h`.
    pub amounts_are: String,
    /// Version of capmodel.
    pub tool_version: String,
}
