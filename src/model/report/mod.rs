//! What a cluster costs, and who it is spent on, by the rules of OpenCost
//! (<https://github.com/opencost/opencost/blob/develop/spec/opencost-specv01.md>).
//!
//! A workload pays for the larger of what it requests and what it uses, resource by resource, at the price of the node that
//! it is on; a node's price is split between cores and memory by its price group, and the rest of the node is idle.
//! Nothing is lost: the rows add up to what the cluster costs, to the cent, however they are grouped.

mod beside;
mod by_size;
mod cents;
mod consolidation;
mod control_plane;
mod efficiency;
mod forecast;
mod grouping;
mod idle;
mod ledger;
mod nodes;
mod past;
mod pool;
mod price;
mod reporter;
mod rightsizing;
mod scraped;
mod span;
mod start;
mod usage;
mod volumes;

pub use beside::ServiceLine;
pub use consolidation::{Change, Consolidation, KindCount, WithChange};
pub use efficiency::{Demand, Measured};
pub use forecast::{Forecast, NamespaceCost, Predicted, PredictedRow, forecast, predicted};
pub use grouping::{Grouping, OwnerRule, UNOWNED};
pub use idle::{IdleCost, IdleRoom};
pub use ledger::{Costs, KnownCosts, Split, Unpriced};
pub use nodes::NodeLine;
pub use past::machines_of_history;
pub use price::{MachineKey, MachinePrice, MachinePrices, Shape, machines_of};
pub use reporter::Reporter;
pub use rightsizing::{Recommended, Rightsizing};
pub use scraped::ScrapeTarget;
pub use span::{Span, ToldBy, equal_parts, within};
pub use usage::WorkloadUsage;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::cluster::ClusterId;
use crate::model::usage::{Period, ProcessUsage, WorkloadId};
use crate::model::{Finding, PodPrice, Provider, ServicePrices};
use crate::units::{Date, Hours, Money};

/// The question.
#[derive(Clone, Debug)]
pub struct ReportInput {
    /// Prices of what is no machine.
    pub services: BTreeMap<Provider, ServicePrices>,
    /// What pods are priced at where no node could be read; `None` where there is no price.
    pub without_nodes: Option<PodPrice>,
    /// The time that is reported; `None` for a month of average length.
    pub period: Option<Period>,
    /// The first day of that time, where it is a calendar month.
    pub month: Option<Date>,
    /// Hours of that time.
    pub hours: Hours,
    /// What makes a row.
    pub grouping: Grouping,
    /// Namespaces that everyone pays for.
    pub shared_namespaces: BTreeSet<String>,
    /// How these, and the control plane, are given to rows.
    pub split_shared: Split,
    /// How idle is given to rows.
    pub split_idle: Split,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Report {
    /// Whose cluster.
    pub cluster: ClusterId,
    /// Over which time, and how much of it is known.
    pub span: Span,
    /// Everything, to the cent.
    pub total: Money,
    /// Of the hours of all nodes those that have a price; `None` where no node was read.
    pub priced_share: Option<f64>,
    /// Nodes by type.
    pub nodes: Vec<NodeLine>,
    /// What is no node.
    pub services: Vec<ServiceLine>,
    /// What makes a row of `groups`.
    pub grouping: Grouping,
    /// How shared and idle were given to rows.
    pub splits: (Split, Split),
    /// Rows by the grouping, dearest first.
    pub groups: Vec<Row>,
    /// Rows by namespace, dearest first.
    pub namespaces: Vec<Row>,
    /// Rows by workload, dearest first.
    pub workloads: Vec<WorkloadRow>,
    /// What nobody asked for, by resource, whoever pays for it; `None` where no node with a price was read.
    pub idle: Option<IdleCost>,
    /// The fewest nodes for what runs now; `None` where it cannot be said.
    pub consolidation: Option<Consolidation>,
    /// What the next month is predicted to cost; whoever knows which month that is asks for it.
    pub forecast: Option<Forecast>,
    /// What was predicted for this month, beside what it costs; `None` where no prediction was kept.
    pub predicted: Option<Predicted>,
    /// What better requests would save; `None` without history, or where nothing should change.
    pub rightsizing: Option<Rightsizing>,
    /// What a reader must know.
    pub findings: Vec<Finding>,
}

/// Less than this of the hours known, and the whole is called partial.
pub const PARTIAL_BELOW: f64 = 0.95;

impl Report {
    /// Whether anything has no price of its own, or so much no data, that the total is not the cluster's.
    pub fn is_partial(&self) -> bool {
        self.priced_share.is_none_or(|share| share < 1.0)
            || self.nodes.iter().any(|line| line.lacks.is_some())
            || self.services.iter().any(|line| line.cost.is_none())
            || self.span.coverage() < PARTIAL_BELOW
    }

    /// Everything that has a price; `None` where nothing has one, which is not the same as nothing to pay.
    pub fn known_total(&self) -> Option<Money> {
        (self.total > Money::default() || !self.is_partial()).then_some(self.total)
    }
}

/// A row of a group of workloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is called.
    pub name: String,
    /// What it pays, as far as prices are known.
    pub costs: Costs,
    /// What of it has no price.
    pub unpriced: Unpriced,
}

/// A row of one workload.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadRow {
    /// Which; without a namespace where it belongs to the cluster as a whole.
    pub id: WorkloadId,
    /// Its row in the grouping.
    pub group: String,
    /// What it pays, as far as prices are known.
    pub costs: Costs,
    /// What of it has no price.
    pub unpriced: Unpriced,
    /// What it asks for and uses now; `None` for what has no pods.
    pub demand: Option<Demand>,
    /// What it asked for and used in the period; `None` without history.
    pub usage: Option<WorkloadUsage>,
    /// What its pods should request; `None` without history, or where it has no pods now.
    pub recommended: Option<Recommended>,
    /// What its processes said of themselves, where any was scraped.
    pub scraped: Vec<ProcessUsage>,
}

impl WorkloadRow {
    /// Whether it is more than a volume or a load balancer.
    pub const fn has_pods(&self) -> bool {
        self.demand.is_some() || self.usage.is_some()
    }
}

/// A row of anything.
fn beside(namespace: &str, kind: &str, name: &str) -> WorkloadId {
    WorkloadId { namespace: namespace.to_owned(), kind: kind.to_owned(), name: name.to_owned() }
}
