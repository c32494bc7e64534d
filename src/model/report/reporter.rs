use std::collections::{BTreeMap, BTreeSet};

use super::cents::{cent, round_to};
use super::ledger::Ledger;
use super::nodes::Nodes;
use super::span::Moment;
use super::{
    Costs, Grouping, IdleCost, MachinePrices, NodeLine, Recommended, Report, ReportInput, Row, ServiceLine, Span,
    Unpriced, WorkloadRow, WorkloadUsage, beside, consolidation, control_plane, efficiency, grouping, nodes, past,
    rightsizing, scraped, start, usage, volumes,
};
use crate::model::Finding;
use crate::model::cluster::Snapshot;
use crate::model::usage::{Coverage, History, WorkloadId};
use crate::units::{Hours, Money, Timestamp};

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
        let usages = usage::usages(history);
        self.findings.extend(usage::not_measured(&usages));
        self.past =
            Some(Past { usages, suggestions: rightsizing::suggestions(history, snapshot), coverage: history.coverage });
        self.findings.extend(history.findings.iter().cloned());
    }

    fn add_beside(&mut self, moment: &Moment<'_>) {
        let Self { input, ledger, lines, findings, .. } = self;
        control_plane::control_plane(input, moment, (ledger, lines, findings));
        volumes::volumes(input, moment, (ledger, lines, findings));
        beside::load_balancers(input, moment, (ledger, lines, findings));
        findings.extend(moment.snapshot.findings.iter().cloned());
        findings.extend(start::held_for_the_start(moment.snapshot));
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
        let (idle, room) = (ledger.idle, nodes.room);
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
                let unpriced = ledger.unpriced.get(&id).copied().unwrap_or_default();
                (id, suggested.priced(&costs, unpriced))
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

        let unpriced = ledger.unpriced;
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
                unpriced: match unpriced.get(&id) {
                    // What they pay is in the row of what is shared.
                    Some(unpriced) if !input.shared_namespaces.contains(&id.namespace) => *unpriced,
                    _ => Unpriced::default(),
                },
                id,
                costs,
            })
            .collect();
        workloads.sort_by(|a, b| b.costs.total().cmp(&a.costs.total()).then_with(|| a.id.cmp(&b.id)));
        let paid_for_idle = workloads.iter().map(|row| row.costs.idle).sum();
        let idle = IdleCost::of(&idle, room, span.hours_with_data, paid_for_idle);
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
            idle,
            consolidation: consolidation::consolidation(last, input.hours, machines, &mut findings),
            forecast: None,
            predicted: None,
            findings: findings.into_iter().collect(),
        }
    }
}

/// Rows of those that have one name together, dearest first; what is known to pay nothing is left out.
fn rows(workloads: &[WorkloadRow], name: impl Fn(&WorkloadRow) -> String) -> Vec<Row> {
    let mut rows: BTreeMap<String, (Costs, Unpriced)> = BTreeMap::new();
    for workload in workloads {
        let (costs, unpriced) = rows.entry(name(workload)).or_default();
        (*costs, *unpriced) = (costs.plus(&workload.costs), unpriced.or(workload.unpriced));
    }
    let paying = rows.into_iter().filter(|(_, (costs, unpriced))| costs.total() > Money::default() || unpriced.any());
    let mut rows: Vec<Row> = paying.map(|(name, (costs, unpriced))| Row { name, costs, unpriced }).collect();
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
