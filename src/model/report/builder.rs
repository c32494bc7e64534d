//! Builds a report from moments of a cluster or from the history of a period.

use std::collections::BTreeMap;

use super::books::Books;
use super::ledger::Account;
use super::rounding::{cent, round_to};
use super::span::Moment;
use super::{
    Costs, Grouping, IdleCost, NodeLine, Recommended, Report, ReportInput, Row, RowKey, Span, Unpriced, WorkloadRow,
    WorkloadUsage, consolidation, control_plane, efficiency, grouping, history, node_fill, nodes, rightsizing, scraped,
    services, start, usage, volumes,
};
use crate::model::billed::ResourceId;
use crate::model::cluster::{Snapshot, WorkloadId};
use crate::model::finding::{Code, Finding};
use crate::model::pricing::{BillLine, MachinePrices};
use crate::model::usage::{Coverage, History};
use crate::units::{Hours, Money, Timestamp};

/// Results of the metrics history after it has been added to the ledger.
struct Past {
    usages: BTreeMap<WorkloadId, WorkloadUsage>,
    recommended: BTreeMap<WorkloadId, Recommended>,
    coverage: Coverage,
}

/// A report under construction: moments of a cluster are added one by one, so that only one of them is in memory; the
/// last one completes the report.
pub struct ReportBuilder<'a> {
    input: &'a ReportInput,
    books: Books,
    labels: Option<grouping::Labels>,
    seen: Vec<(Timestamp, Hours)>,
    past: Option<Past>,
}

impl<'a> ReportBuilder<'a> {
    /// A builder without any data.
    pub fn new(input: &'a ReportInput) -> Self {
        let labels = match &input.grouping {
            Grouping::Label(key) => Some(grouping::Labels::new(key)),
            _ => None,
        };
        Self { input, books: Books::default(), labels, seen: Vec::new(), past: None }
    }

    /// Adds the cluster at one moment, which represents `hours` hours.
    pub fn add(&mut self, snapshot: &Snapshot, hours: Hours, machines: &MachinePrices) {
        let moment = Moment { snapshot, hours, before: None };
        if snapshot.nodes.is_empty() {
            services::pods_without_nodes(self.input, &moment, &mut self.books);
        } else {
            nodes::add_nodes(self.input, &moment, machines, &mut self.books);
        }
        self.add_services(&moment);
        self.seen.push((snapshot.taken_at, hours));
    }

    /// Adds a period from metrics; the current cluster supplies what the metrics lack.
    pub fn add_history(&mut self, history: &History, snapshot: &Snapshot, machines: &MachinePrices) {
        let Self { input, books, .. } = self;
        match &snapshot.only_namespaces {
            Some(only) => history::add_namespaces(input, history, only, books),
            None => history::add_history(input, history, snapshot, machines, books),
        }
        let hours = Hours::of(history::decimal(history.coverage.known_hours()));
        self.add_services(&Moment { snapshot, hours, before: Some(history.grid.period()) });
        self.seen.push((snapshot.taken_at, hours));
        let usages = usage::usages(history);
        self.books.findings.extend(usage::not_measured(&usages));
        // Computed before shared costs are removed from the rows.
        let recommended = rightsizing::recommendations(history, snapshot, &usages, &self.books.ledger);
        self.past = Some(Past { usages, recommended, coverage: history.coverage });
        self.books.findings.extend(history.findings.iter().cloned());
    }

    /// Adds what is bought in advance and not used to the shared cost, as lines of their own.
    pub fn add_unused(&mut self, lines: Vec<BillLine>) {
        for line in lines {
            self.books.ledger.shared = self.books.ledger.shared + line.cost.unwrap_or_default();
            match self.books.lines.get_mut(&line.name) {
                Some(sum) => sum.merge(&line),
                None => drop(self.books.lines.insert(line.name.clone(), line)),
            }
        }
    }

    fn add_services(&mut self, moment: &Moment<'_>) {
        let Self { input, books, .. } = self;
        control_plane::control_plane(input, moment, books);
        volumes::volumes(input, moment, books);
        services::load_balancers(input, moment, books);
        books.findings.extend(moment.snapshot.findings.iter().cloned());
        books.findings.extend(start::held_for_the_start(moment.snapshot));
        if let Some(labels) = &mut self.labels {
            labels.add(moment.snapshot);
        }
    }

    /// Completes the report; `last` is the last snapshot of the cluster, and `machines` prices its machines.
    pub fn finish(self, last: &Snapshot, machines: &MachinePrices) -> Report {
        let Self { input, books, labels, seen, past } = self;
        let Books { mut ledger, nodes, lines, support_surcharge, mut billable, mut findings } = books;
        billable.disks =
            last.volumes.iter().filter_map(|volume| ResourceId::of_bill(volume.handle.as_deref()?, None)).collect();
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
        let mut services: Vec<BillLine> = lines.into_values().collect();
        let total: Money = nodes.iter().filter_map(|l| l.cost).chain(services.iter().filter_map(|l| l.cost)).sum();
        round_lines(&mut nodes, &mut services, total);

        if let (Grouping::Label(key), Some(true)) = (&input.grouping, labels.as_ref().map(grouping::Labels::is_empty)) {
            let message = "no object in the snapshot has this label; snapshots only keep labels given with --label";
            findings.insert(Finding::warning(Code::LabelUnknown, key, message));
        }
        let group = |key: &RowKey| match key.workload() {
            Some(id) => grouping::group(&input.grouping, labels.as_ref(), id),
            None => key.to_string(),
        };
        let (mut usages, mut recommended) = past.map(|past| (past.usages, past.recommended)).unwrap_or_default();
        ledger.share_namespaces(&input.shared_namespaces);
        for name in &input.shared_namespaces {
            if !ledger.rows.keys().filter_map(RowKey::workload).any(|id| id.namespace == *name) {
                findings.insert(Finding::warning(
                    Code::SharedNamespaceUnknown,
                    name,
                    "there are no pods in this namespace",
                ));
            }
        }
        let takes = |key: &RowKey| key.workload().is_some_and(|id| !input.shared_namespaces.contains(&id.namespace));
        ledger.give((input.split_shared, input.split_idle), takes, group, &input.grouping.weights());
        ledger.round(total);

        let node_fills = node_fill::node_fills(last, &usages);
        let mut demands = efficiency::demands(last);
        let mut workloads: Vec<WorkloadRow> = ledger
            .rows
            .into_iter()
            .map(|(key, Account { costs, unpriced })| WorkloadRow {
                group: group(&key),
                demand: key.workload().and_then(|id| demands.remove(id)),
                usage: key.workload().and_then(|id| usages.remove(id)),
                recommended: key.workload().and_then(|id| recommended.remove(id)),
                scraped: Vec::new(),
                key,
                costs,
                unpriced,
            })
            .collect();
        workloads.sort_by(|a, b| b.costs.total().cmp(&a.costs.total()).then_with(|| a.key.cmp(&b.key)));
        let paid_for_idle = workloads.iter().map(|row| row.costs.idle).sum();
        let idle = IdleCost::of(&idle, room, span.hours_with_data, paid_for_idle);
        let by_namespace = |row: &WorkloadRow| match row.key.workload() {
            Some(id) => grouping::escape_reserved_name(&id.namespace),
            None => row.key.to_string(),
        };
        let recommended = workloads.iter().filter_map(|row| Some((row.key.workload()?, row.recommended.as_ref()?)));
        let rightsizing = rightsizing::rightsizing(recommended, last, input.hours, machines);
        Report {
            rightsizing,
            cluster: last.cluster.clone(),
            provider: services::provider(last),
            span,
            currency: input.currency,
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
            billable,
            reconciliation: None,
            node_fills,
            running_services: Vec::new(),
            evidence: None,
            fits: Vec::new(),
            back_test: None,
            support_surcharge,
            next_steps: Vec::new(),
            findings: findings.into_iter().collect(),
        }
    }
}

/// Merges workloads with the same row name, most expensive first; rows with a known cost of zero are left out.
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

fn round_lines(nodes: &mut [NodeLine], services: &mut [BillLine], total: Money) {
    let costs = || nodes.iter().map(|l| l.cost).chain(services.iter().map(|l| l.cost));
    let mut amounts: Vec<Money> = costs().flatten().collect();
    round_to(&mut amounts, cent(total));
    let slots =
        nodes.iter_mut().filter_map(|l| l.cost.as_mut()).chain(services.iter_mut().filter_map(|l| l.cost.as_mut()));
    for (slot, amount) in slots.zip(amounts) {
        *slot = amount;
    }
}
