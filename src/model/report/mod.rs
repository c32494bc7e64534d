//! What a cluster costs, and who it is spent on, by the rules of OpenCost
//! (<https://github.com/opencost/opencost/blob/develop/spec/opencost-specv01.md>).
//!
//! A workload pays for the larger of what it requests and what it uses, resource by resource, at the price of the node that
//! it is on; a node's price is split between cores and memory by its price group, and the rest of the node is idle.
//! Nothing is lost: the rows add up to what the cluster costs, to the cent, however they are grouped.

mod beside;
mod cents;
mod consolidation;
mod efficiency;
mod forecast;
mod grouping;
mod ledger;
mod nodes;
mod pool;
mod price;

pub use beside::ServiceLine;
pub use consolidation::{Consolidation, KindCount};
pub use efficiency::{Demand, Measured};
pub use forecast::{Forecast, NamespaceCost, Predicted, PredictedRow, forecast, predicted};
pub use grouping::{Grouping, OwnerRule, UNOWNED};
pub use ledger::{Costs, Split};
pub use nodes::NodeLine;
pub use price::{MachineKey, MachinePrice, MachinePrices};

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::model::cluster::{ClusterId, Owners, Pod, Snapshot};
use crate::model::usage::WorkloadId;
use crate::model::{Finding, Provider, ServicePrices};
use crate::units::{Hours, Money, Timestamp};
use cents::{cent, round_to};
use ledger::Ledger;
use nodes::Nodes;

/// The question.
#[derive(Clone, Debug)]
pub struct ReportInput<'a> {
    /// One cluster at one or several moments, each of which stands for an equal part of the hours; by time.
    pub snapshots: &'a [Snapshot],
    /// Prices of its machines.
    pub machines: &'a MachinePrices,
    /// Prices of what is no machine.
    pub services: &'a BTreeMap<Provider, ServicePrices>,
    /// Hours that are priced.
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
    /// When it was looked at.
    pub taken_at: Vec<Timestamp>,
    /// Hours that are priced.
    pub hours: Hours,
    /// Everything, to the cent.
    pub total: Money,
    /// Of the hours of all nodes those that have a price.
    pub priced_share: f64,
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
    /// The fewest nodes for what runs now; `None` where it cannot be said.
    pub consolidation: Option<Consolidation>,
    /// What the next month is predicted to cost; whoever knows which month that is asks for it.
    pub forecast: Option<Forecast>,
    /// What was predicted for this month, beside what it costs; `None` where no prediction was kept.
    pub predicted: Option<Predicted>,
    /// What a reader must know.
    pub findings: Vec<Finding>,
}

/// Less than this of the node-hours priced, and the whole is called partial.
pub const PARTIAL_BELOW: f64 = 0.95;

impl Report {
    /// Whether so much has no price that the total is not the cluster's.
    pub fn is_partial(&self) -> bool {
        self.priced_share < PARTIAL_BELOW
    }

    /// What nobody asked for, whoever pays for it.
    pub fn idle(&self) -> Money {
        self.namespaces.iter().map(|row| row.costs.idle).sum()
    }
}

/// A row of a group of workloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is called.
    pub name: String,
    /// What it pays.
    pub costs: Costs,
}

/// A row of one workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkloadRow {
    /// Which; without a namespace where it belongs to the cluster as a whole.
    pub id: WorkloadId,
    /// Its row in the grouping.
    pub group: String,
    /// What it pays.
    pub costs: Costs,
    /// What it asks for and uses; `None` for what has no pods.
    pub demand: Option<Demand>,
}

/// Prices a cluster and says who pays.
pub fn report(input: &ReportInput<'_>) -> Report {
    let mut ledger = Ledger::default();
    let mut nodes = Nodes::default();
    let mut lines = BTreeMap::new();
    let mut findings: BTreeSet<Finding> = input.snapshots.iter().flat_map(|s| s.findings.iter().cloned()).collect();
    let parts = u64::try_from(input.snapshots.len()).unwrap_or(u64::MAX).max(1);
    let hours = Hours::of(input.hours.amount() / Decimal::from(parts));
    for snapshot in input.snapshots {
        nodes::add_nodes(input, snapshot, hours, (&mut ledger, &mut nodes, &mut findings));
        beside::control_plane(input, snapshot, hours, (&mut ledger, &mut lines, &mut findings));
        beside::volumes(input, snapshot, hours, (&mut ledger, &mut lines, &mut findings));
        beside::load_balancers(input, snapshot, hours, (&mut ledger, &mut lines, &mut findings));
    }
    findings.extend(about_time(input));
    let priced_share = nodes.priced_share();
    let mut nodes = nodes.into_lines();
    for line in &mut nodes {
        line.nodes = line.node_hours.checked_div(input.hours.amount()).unwrap_or_default();
    }
    let mut services: Vec<ServiceLine> = lines.into_values().collect();
    let total: Money = nodes.iter().filter_map(|l| l.cost).chain(services.iter().filter_map(|l| l.cost)).sum();
    round_lines(&mut nodes, &mut services, total);

    let labels = match &input.grouping {
        Grouping::Label(key) => Some(grouping::Labels::new(key, input.snapshots)),
        _ => None,
    };
    if let (Grouping::Label(key), Some(true)) = (&input.grouping, labels.as_ref().map(grouping::Labels::is_empty)) {
        let message = "nothing in the snapshot has this label; snapshots keep the labels that --label names";
        findings.insert(Finding::warning("label-unknown", key, message));
    }
    let group = |id: &WorkloadId| match id.namespace.as_str() {
        "" => id.name.clone(),
        _ => grouping::group(&input.grouping, labels.as_ref(), id),
    };
    ledger.share_namespaces(&input.shared_namespaces);
    for name in &input.shared_namespaces {
        if !ledger.rows.keys().any(|id| id.namespace == *name) {
            findings.insert(Finding::warning("shared-namespace-unknown", name, "nothing runs in this namespace"));
        }
    }
    let takes = |id: &WorkloadId| !id.namespace.is_empty() && !input.shared_namespaces.contains(&id.namespace);
    let shared = (input.split_shared, nodes::shared_row());
    ledger.give(shared, (input.split_idle, nodes::idle_row()), takes, group);
    ledger.round(total);

    let last = input.snapshots.last();
    let mut demands = last.map(efficiency::demands).unwrap_or_default();
    let mut workloads: Vec<WorkloadRow> = ledger
        .rows
        .into_iter()
        .map(|(id, costs)| WorkloadRow { group: group(&id), demand: demands.remove(&id), id, costs })
        .collect();
    workloads.sort_by(|a, b| b.costs.total().cmp(&a.costs.total()).then_with(|| a.id.cmp(&b.id)));
    let by_namespace = |row: &WorkloadRow| match row.id.namespace.as_str() {
        "" => row.id.name.clone(),
        namespace => namespace.to_owned(),
    };
    Report {
        cluster: last.map(|s| s.cluster.clone()).unwrap_or_default(),
        taken_at: input.snapshots.iter().map(|s| s.taken_at).collect(),
        hours: input.hours,
        total: cent(total),
        priced_share,
        nodes,
        services,
        grouping: input.grouping.clone(),
        splits: (input.split_shared, input.split_idle),
        groups: rows(&workloads, |row| row.group.clone()),
        namespaces: rows(&workloads, by_namespace),
        workloads,
        consolidation: last.and_then(|snapshot| consolidation::consolidation(snapshot, input, &mut findings)),
        forecast: None,
        predicted: None,
        findings: findings.into_iter().collect(),
    }
}

/// Rows of those that have one name together, dearest first; what pays nothing is left out.
fn rows(workloads: &[WorkloadRow], name: impl Fn(&WorkloadRow) -> String) -> Vec<Row> {
    let mut rows: BTreeMap<String, Costs> = BTreeMap::new();
    for workload in workloads {
        let row = rows.entry(name(workload)).or_default();
        *row = row.plus(&workload.costs);
    }
    let paying = rows.into_iter().filter(|(_, costs)| costs.total() > Money::default());
    let mut rows: Vec<Row> = paying.map(|(name, costs)| Row { name, costs }).collect();
    rows.sort_by(|a, b| b.costs.total().cmp(&a.costs.total()).then_with(|| a.name.cmp(&b.name)));
    rows
}

fn round_lines(nodes: &mut [NodeLine], services: &mut [ServiceLine], total: Money) {
    let costs = || nodes.iter().map(|l| l.cost).chain(services.iter().map(|l| l.cost));
    let mut amounts: Vec<Money> = costs().flatten().collect();
    round_to(&mut amounts, cent(total));
    let slots =
        nodes.iter_mut().filter_map(|l| l.cost.as_mut()).chain(services.iter_mut().filter_map(|l| l.cost.as_mut()));
    for (slot, amount) in slots.zip(amounts) {
        *slot = amount;
    }
}

fn about_time(input: &ReportInput<'_>) -> Option<Finding> {
    let hours = input.hours.amount();
    let message = match input.snapshots {
        [] => return None,
        [one] => format!(
            "no history: this is the cluster as it is at {}, priced for {hours} hours; what came and went is not in it",
            one.taken_at
        ),
        several => format!(
            "no history: {} snapshots stand for {hours} hours, an equal part each; what came and went between them is not in it",
            several.len()
        ),
    };
    Some(Finding::info("no-history", "period", message))
}

/// The workload of a pod: the end of its owners, or itself.
fn workload_of(owners: &Owners<'_>, pod: &Pod) -> WorkloadId {
    match owners.top(pod) {
        Some(owner) => beside(&pod.namespace, &owner.kind, &owner.name),
        None => beside(&pod.namespace, "Pod", &pod.name),
    }
}

/// A row of anything.
fn beside(namespace: &str, kind: &str, name: &str) -> WorkloadId {
    WorkloadId { namespace: namespace.to_owned(), kind: kind.to_owned(), name: name.to_owned() }
}

/// A workload as a row names it.
fn title(id: &WorkloadId) -> String {
    if id.namespace.is_empty() { id.name.clone() } else { format!("{}/{}/{}", id.namespace, id.kind, id.name) }
}
