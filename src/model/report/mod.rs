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
mod efficiency;
mod forecast;
mod grouping;
mod ledger;
mod nodes;
mod past;
mod pool;
mod price;
mod rightsizing;
mod scraped;
mod span;
mod usage;

pub use beside::ServiceLine;
pub use consolidation::{Consolidation, KindCount};
pub use efficiency::{Demand, Measured};
pub use forecast::{Forecast, NamespaceCost, Predicted, PredictedRow, forecast, predicted};
pub use grouping::{Grouping, OwnerRule, UNOWNED};
pub use ledger::{Costs, Split};
pub use nodes::NodeLine;
pub use past::machines_of_history;
pub use price::{MachineKey, MachinePrice, MachinePrices, Shape, machines_of};
pub use rightsizing::{Recommended, Rightsizing};
pub use scraped::ScrapeTarget;
pub use span::{Span, ToldBy, equal_parts, within};
pub use usage::WorkloadUsage;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::cluster::{ClusterId, Snapshot};
use crate::model::usage::{Coverage, History, Period, ProcessUsage, WorkloadId};
use crate::model::{Finding, PodPrice, Provider, ServicePrices};
use crate::units::{Date, Hours, Money, Timestamp};
use cents::{cent, round_to};
use ledger::Ledger;
use nodes::Nodes;
use span::Moment;

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

/// Less than this of the node-hours priced, or of the hours known, and the whole is called partial.
pub const PARTIAL_BELOW: f64 = 0.95;

impl Report {
    /// Whether so much has no price or no data that the total is not the cluster's.
    pub fn is_partial(&self) -> bool {
        self.priced_share.is_none_or(|share| share < PARTIAL_BELOW) || self.span.coverage() < PARTIAL_BELOW
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
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadRow {
    /// Which; without a namespace where it belongs to the cluster as a whole.
    pub id: WorkloadId,
    /// Its row in the grouping.
    pub group: String,
    /// What it pays.
    pub costs: Costs,
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

/// What metrics told, once it is in the ledger.
struct Past {
    usages: BTreeMap<WorkloadId, WorkloadUsage>,
    suggestions: BTreeMap<WorkloadId, rightsizing::Suggested>,
    coverage: Coverage,
}

/// A report in the making: moments of a cluster are added one after the other, so that no more than one of them has to be
/// kept; then it is finished with the last one.
pub struct Reporter<'a> {
    input: &'a ReportInput,
    ledger: Ledger,
    nodes: Nodes,
    lines: beside::Lines,
    labels: Option<grouping::Labels>,
    seen: Vec<(Timestamp, Hours)>,
    past: Option<Past>,
    findings: BTreeSet<Finding>,
}

impl<'a> Reporter<'a> {
    /// Nothing added yet.
    pub fn new(input: &'a ReportInput) -> Self {
        let labels = match &input.grouping {
            Grouping::Label(key) => Some(grouping::Labels::new(key)),
            _ => None,
        };
        Self {
            input,
            ledger: Ledger::default(),
            nodes: Nodes::default(),
            lines: beside::Lines::new(),
            labels,
            seen: Vec::new(),
            past: None,
            findings: BTreeSet::new(),
        }
    }

    /// Adds the cluster at one moment, which stands for so many hours.
    pub fn add(&mut self, snapshot: &Snapshot, hours: Hours, machines: &MachinePrices) {
        let moment = Moment { snapshot, hours, before: None };
        let Self { input, ledger, nodes, lines, findings, .. } = self;
        if snapshot.nodes.is_empty() {
            beside::pods_without_nodes(input, &moment, (ledger, lines, findings));
        } else {
            nodes::add_nodes(input, &moment, machines, (ledger, nodes, findings));
        }
        self.add_beside(&moment);
        self.seen.push((snapshot.taken_at, hours));
    }

    /// Adds a period that metrics tell; the cluster as it is now says what they do not.
    pub fn add_history(&mut self, history: &History, snapshot: &Snapshot, machines: &MachinePrices) {
        let Self { input, ledger, nodes, lines, findings, .. } = self;
        match &snapshot.only_namespaces {
            Some(only) => past::add_namespaces(input, history, only, (ledger, lines, findings)),
            None => past::add_history(input, history, snapshot, machines, (ledger, nodes, findings)),
        }
        let hours = Hours::of(past::decimal(history.coverage.known_hours()));
        self.add_beside(&Moment { snapshot, hours, before: Some(history.grid.period()) });
        self.seen.push((snapshot.taken_at, hours));
        self.past = Some(Past {
            usages: usage::usages(history),
            suggestions: rightsizing::suggestions(history, snapshot),
            coverage: history.coverage,
        });
        self.findings.extend(history.findings.iter().cloned());
    }

    fn add_beside(&mut self, moment: &Moment<'_>) {
        let Self { input, ledger, lines, findings, .. } = self;
        beside::control_plane(input, moment, (ledger, lines, findings));
        beside::volumes(input, moment, (ledger, lines, findings));
        beside::load_balancers(input, moment, (ledger, lines, findings));
        findings.extend(moment.snapshot.findings.iter().cloned());
        if let Some(labels) = &mut self.labels {
            labels.add(moment.snapshot);
        }
    }

    /// The report; `last` is the cluster as it was seen last, and `machines` prices the machines in it.
    pub fn finish(self, last: &Snapshot, machines: &MachinePrices) -> Report {
        let Self { input, mut ledger, nodes, lines, labels, seen, past, mut findings } = self;
        let span = Span::of(input, &seen, past.as_ref().map(|past| &past.coverage));
        findings.extend(span.findings());
        if past.is_none() {
            findings.extend(scraped::without_history(last));
        }
        let priced_share = nodes.priced_share();
        let mut nodes = nodes.into_lines();
        for line in &mut nodes {
            line.nodes = line.node_hours.checked_div(span.hours_with_data.amount()).unwrap_or_default();
        }
        let mut services: Vec<ServiceLine> = lines.into_values().collect();
        let total: Money = nodes.iter().filter_map(|l| l.cost).chain(services.iter().filter_map(|l| l.cost)).sum();
        round_lines(&mut nodes, &mut services, total);

        if let (Grouping::Label(key), Some(true)) = (&input.grouping, labels.as_ref().map(grouping::Labels::is_empty)) {
            let message = "nothing in the snapshot has this label; snapshots keep the labels that --label names";
            findings.insert(Finding::warning("label-unknown", key, message));
        }
        let group = |id: &WorkloadId| match id.namespace.as_str() {
            "" => id.name.clone(),
            _ => grouping::group(&input.grouping, labels.as_ref(), id),
        };
        let (mut usages, suggestions) = past.map(|past| (past.usages, past.suggestions)).unwrap_or_default();
        // Priced before what is shared is taken from its rows.
        let mut recommended: BTreeMap<WorkloadId, Recommended> = suggestions
            .into_iter()
            .map(|(id, suggested)| {
                let costs = ledger.rows.get(&id).copied().unwrap_or_default();
                (id, suggested.priced(&costs))
            })
            .collect();
        ledger.share_namespaces(&input.shared_namespaces);
        for name in &input.shared_namespaces {
            if !ledger.rows.keys().any(|id| id.namespace == *name) {
                findings.insert(Finding::warning("shared-namespace-unknown", name, "nothing runs in this namespace"));
            }
        }
        let takes = |id: &WorkloadId| !id.namespace.is_empty() && !input.shared_namespaces.contains(&id.namespace);
        let shared = (input.split_shared, nodes::shared_row());
        ledger.give(shared, (input.split_idle, nodes::idle_row()), takes, group, &input.grouping.weights());
        ledger.round(total);

        let mut demands = efficiency::demands(last);
        let mut workloads: Vec<WorkloadRow> = ledger
            .rows
            .into_iter()
            .map(|(id, costs)| WorkloadRow {
                group: group(&id),
                demand: demands.remove(&id),
                usage: usages.remove(&id),
                recommended: recommended.remove(&id),
                scraped: Vec::new(),
                id,
                costs,
            })
            .collect();
        workloads.sort_by(|a, b| b.costs.total().cmp(&a.costs.total()).then_with(|| a.id.cmp(&b.id)));
        let by_namespace = |row: &WorkloadRow| match row.id.namespace.as_str() {
            "" => row.id.name.clone(),
            namespace => grouping::not_the_clusters(namespace),
        };
        let recommended = workloads.iter().filter_map(|row| Some((&row.id, row.recommended.as_ref()?)));
        let rightsizing = rightsizing::rightsizing(recommended, last, input.hours, machines);
        Report {
            rightsizing,
            cluster: last.cluster.clone(),
            span,
            total: cent(total),
            priced_share,
            nodes,
            services,
            grouping: input.grouping.clone(),
            splits: (input.split_shared, input.split_idle),
            groups: rows(&workloads, |row| row.group.clone()),
            namespaces: rows(&workloads, by_namespace),
            workloads,
            consolidation: consolidation::consolidation(last, input.hours, machines, &mut findings),
            forecast: None,
            predicted: None,
            findings: findings.into_iter().collect(),
        }
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

/// A row of anything.
fn beside(namespace: &str, kind: &str, name: &str) -> WorkloadId {
    WorkloadId { namespace: namespace.to_owned(), kind: kind.to_owned(), name: name.to_owned() }
}
