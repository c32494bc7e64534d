//! Cost of a cluster and its allocation to workloads, by the rules of OpenCost
//! (<https://github.com/opencost/opencost/blob/develop/spec/opencost-specv01.md>).
//!
//! A workload pays for the larger of request and usage of each resource, at the price of its node. The price of a
//! node is split between cores and memory by its price group, and unclaimed capacity is idle. Every cost is in
//! exactly one row: under any grouping the rows add up to the cost of the cluster to the cent.

mod blended;
mod books;
mod builder;
mod committed;
mod consolidation;
mod control_plane;
mod efficiency;
mod forecast;
mod grouping;
mod history;
mod idle;
mod last_month;
mod ledger;
mod machines;
mod next_month;
mod next_steps;
mod node_fill;
mod nodes;
mod pool;
mod reconciliation;
mod rightsizing;
mod rounding;
mod row_key;
mod scraped;
mod serverless;
mod services;
mod span;
mod start;
mod usage;
mod volumes;

pub use blended::blended;
pub use builder::ReportBuilder;
pub use committed::{MachineHours, commit};
pub use consolidation::{Change, Consolidation, KindCount, WithChange};
pub use efficiency::{Demand, Measured};
pub use forecast::{Forecast, ForecastBasis, NamespaceCost, Predicted, PredictedRow, Prediction, forecast, predicted};
pub use grouping::{Grouping, OwnerRule, UNOWNED};
pub use history::machines_of_history;
pub use idle::{IdleCost, IdleResource};
pub use last_month::{LastMonth, NamespaceChange};
pub use ledger::{Costs, KnownCosts, Split, Unpriced};
pub use machines::machines_of;
pub use next_month::{Spending, forecast_from};
pub use next_steps::{Measure, NextStep, Services, next_steps};
pub use node_fill::{NodeAmount, NodeFill};
pub use nodes::NodeLine;
pub use reconciliation::{Billable, ReconciledRow, Reconciliation, reconcile};
pub use rightsizing::{Recommended, Rightsizing, recommended_request};
pub use row_key::RowKey;
pub use scraped::ScrapeTarget;
pub use span::{DataSource, Span, equal_parts, within};
pub use usage::WorkloadUsage;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::cluster::{ClusterId, WorkloadId};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::Provider;
use crate::model::pricing::{BillLine, PodPrice, ServicePrices};
use crate::model::runtime::Evidence;
use crate::model::styles::{BackTest, RunningService, ServiceFit};
use crate::model::usage::{Period, ProcessUsage};
use crate::units::{Currency, Date, Hours, Money};

/// Input of a report: prices, period, grouping and splits.
#[derive(Clone, Debug)]
pub struct ReportInput {
    /// The currency of every price.
    pub currency: Currency,
    /// Prices of everything that is not a machine, by provider.
    pub services: BTreeMap<Provider, ServicePrices>,
    /// Price of pods if no node could be read; `None` if unknown.
    pub without_nodes: Option<PodPrice>,
    /// The reported period; `None` for a month of average length.
    pub period: Option<Period>,
    /// The first day of the period if it is a calendar month.
    pub month: Option<Date>,
    /// Number of hours in the period.
    pub hours: Hours,
    /// What the rows are grouped by.
    pub grouping: Grouping,
    /// Namespaces whose cost is shared by all.
    pub shared_namespaces: BTreeSet<String>,
    /// How shared namespaces and the control plane are split between rows.
    pub split_shared: Split,
    /// How idle cost is split between rows.
    pub split_idle: Split,
}

/// Cost report of one cluster for one period.
#[derive(Clone, Debug)]
pub struct Report {
    /// Identity of the cluster.
    pub cluster: ClusterId,
    /// The provider of most nodes; `None` if no node states one.
    pub provider: Option<Provider>,
    /// Period of the report, and how much of it has data.
    pub span: Span,
    /// The currency of every amount.
    pub currency: Currency,
    /// Total cost, to the cent.
    pub total: Money,
    /// Share of all node-hours that have a price, 0 to 1; `None` if no node was read.
    pub priced_share: Option<f64>,
    /// Node cost by instance type.
    pub nodes: Vec<NodeLine>,
    /// Bill lines other than nodes.
    pub services: Vec<BillLine>,
    /// Grouping of the rows in `groups`.
    pub grouping: Grouping,
    /// How shared and idle cost were split between rows.
    pub splits: (Split, Split),
    /// Rows by the grouping, most expensive first.
    pub groups: Vec<Row>,
    /// Rows by namespace, most expensive first.
    pub namespaces: Vec<Row>,
    /// Rows by workload, most expensive first.
    pub workloads: Vec<WorkloadRow>,
    /// Idle cost by resource, regardless of which rows pay for it; `None` if no node with a price was read.
    pub idle: Option<IdleCost>,
    /// The cheapest set of nodes found for the current pods; `None` if they cannot be determined.
    pub consolidation: Option<Consolidation>,
    /// Cost forecast of the next month; set by the caller, which determines the month.
    pub forecast: Option<Forecast>,
    /// The stored prediction for this month next to its cost; `None` if no prediction was stored.
    pub predicted: Option<Predicted>,
    /// What a bill can be joined with.
    pub billable: Billable,
    /// Modelled cost compared with a bill; `None` without a bill.
    pub reconciliation: Option<Reconciliation>,
    /// Savings of better requests; `None` without history, or if nothing should change.
    pub rightsizing: Option<Rightsizing>,
    /// Every machine of the last snapshot with what is requested and used on it, by name.
    pub node_fills: Vec<NodeFill>,
    /// Every running service in every style; empty without history.
    pub running_services: Vec<RunningService>,
    /// Set of profile values that they are planned with in another language; `None` if they were not planned.
    pub evidence: Option<Evidence>,
    /// The calibrations of some services with what they were made of; set by the caller, where a reader sees them.
    pub fits: Vec<ServiceFit>,
    /// Back-test: how well the first part of the window predicts the rest; `None` without history.
    pub back_test: Option<BackTest>,
    /// What the control plane costs more per month because its version is past standard support; `None` if nothing.
    pub support_surcharge: Option<Money>,
    /// What can be done, the largest saving first; set by the caller, which knows the commands.
    pub next_steps: Vec<NextStep>,
    /// Findings about the data and the results.
    pub findings: Vec<Finding>,
}

/// A report is partial below this share of hours with data.
pub const PARTIAL_BELOW: f64 = 0.95;

impl Report {
    /// Whether missing prices or missing data make the total lower than the cost of the cluster.
    pub fn is_partial(&self) -> bool {
        self.priced_share.is_none_or(|share| share < 1.0)
            || self.nodes.iter().any(|line| line.lacks.is_some())
            || self.services.iter().any(|line| line.cost.is_none())
            || self.span.coverage() < PARTIAL_BELOW
    }

    /// Whether a pricing file replaced any list price.
    pub fn has_negotiated_prices(&self) -> bool {
        self.nodes.iter().any(|line| line.negotiated.is_some())
            || self.services.iter().any(|line| line.negotiated.is_some())
    }

    /// Whether pods are priced at catalogue prices, or not at all, because no node could be read.
    pub fn has_pods_without_nodes(&self) -> bool {
        self.findings.iter().any(|Finding { code, subject, .. }| {
            *code == Code::PodsAtCataloguePrices || (*code == Code::PodsWithoutNode && subject == "pods")
        })
    }

    /// Sum of everything that has a price; `None` if nothing has one, which differs from a cost of zero.
    pub fn known_total(&self) -> Option<Money> {
        (self.total > Money::default() || !self.is_partial()).then_some(self.total)
    }
}

/// A row of a group of workloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Name of the row.
    pub name: String,
    /// Costs, as far as prices are known.
    pub costs: Costs,
    /// Which of its costs have no price.
    pub unpriced: Unpriced,
}

/// A row of one workload, or of a cost that belongs to the cluster as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadRow {
    /// Key of the row.
    pub key: RowKey,
    /// Name of its row in the grouping.
    pub group: String,
    /// Costs, as far as prices are known.
    pub costs: Costs,
    /// Which of its costs have no price.
    pub unpriced: Unpriced,
    /// Current requests and usage; `None` if it has no pods.
    pub demand: Option<Demand>,
    /// Requests and usage in the period; `None` without history.
    pub usage: Option<WorkloadUsage>,
    /// Recommended requests of its pods; `None` without history, or if it has no pods now.
    pub recommended: Option<Recommended>,
    /// Usage reported by its scraped processes.
    pub scraped: Vec<ProcessUsage>,
}

impl WorkloadRow {
    /// Whether it has pods, unlike a volume or a load balancer.
    pub const fn has_pods(&self) -> bool {
        self.demand.is_some() || self.usage.is_some()
    }
}

/// The id of an object that has a row like a workload, such as a claim or a Service.
fn workload_id(namespace: &str, kind: &str, name: &str) -> WorkloadId {
    WorkloadId { namespace: namespace.to_owned(), kind: kind.to_owned(), name: name.to_owned() }
}
