//! Schema `capmodel/report/v1`. Money is a decimal string in `basis.currency`; a number that cannot be had is `null`.

use rust_decimal::Decimal;
use serde::Serialize;

use super::forecast::{Forecast, Predicted};
use super::{recommended, scraped, usage};
use crate::model::cluster::NodeKind;
use crate::model::report::{self, Report};
use crate::model::{self, Severity};
use crate::units::Money;

/// The whole document.
#[derive(Debug, Serialize)]
pub(in crate::outputs) struct Document {
    schema: &'static str,
    cluster: Cluster,
    period: Period,
    basis: Basis,
    partial: bool,
    /// `null` where no node was read.
    priced_node_hours_share: Option<f64>,
    /// `null` where nothing has a price.
    cost: Option<String>,
    nodes: Vec<Node>,
    services: Vec<Service>,
    grouping: String,
    split_shared: &'static str,
    split_idle: &'static str,
    groups: Vec<Row>,
    namespaces: Vec<Row>,
    workloads: Vec<Workload>,
    /// `null` where no node with a price was read.
    idle: Option<Idle>,
    consolidation: Option<Consolidation>,
    forecast: Option<Forecast>,
    predicted: Option<Predicted>,
    /// `null` without history, or where nothing should change.
    rightsizing: Option<recommended::Rightsizing>,
    findings: Vec<Finding>,
}

#[derive(Debug, Serialize)]
struct Cluster {
    name: String,
    uid: Option<String>,
    server_version: Option<String>,
}

#[derive(Debug, Serialize)]
struct Period {
    /// `present`: the cluster as it is; `snapshots`: at several moments; `history`: metrics over the whole period.
    kind: &'static str,
    /// The calendar month that is told; `null` where it is another time that tells of it, as the present of a past month.
    month: Option<String>,
    /// The calendar month whose hours are priced.
    priced_for_month: Option<String>,
    /// In words.
    label: String,
    start: Option<String>,
    end: Option<String>,
    hours: String,
    /// Nothing is counted in the others.
    hours_with_data: String,
    coverage: f64,
    taken_at: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Basis {
    currency: &'static str,
    /// `null` for a period that is no month.
    hours_per_month: Option<String>,
    /// What every amount of money is over: `per month` of `hours_per_month`, or `for 72 h`.
    amounts_are: String,
    tool_version: &'static str,
}

#[derive(Debug, Serialize)]
struct Node {
    instance_type: Option<String>,
    /// Of nodes that are gone and whose type no label said.
    shape: Option<Shape>,
    region: Option<String>,
    capacity_type: &'static str,
    billed_as: &'static str,
    count: String,
    node_hours: String,
    price_per_hour: Option<String>,
    cost: Option<String>,
    price_rule: &'static str,
    /// What the price is not of, though the machines have it: `accelerators`; `spot` where the on-demand price stands for it.
    price_lacks: Option<&'static str>,
    price_date: Option<String>,
    source: String,
}

#[derive(Debug, Serialize)]
struct Shape {
    cpu_millis: u64,
    memory_gib: u64,
}

#[derive(Debug, Serialize)]
struct Service {
    name: String,
    unit: &'static str,
    quantity: String,
    unit_price: Option<String>,
    cost: Option<String>,
    price_rule: &'static str,
    price_date: Option<String>,
    source: String,
}

/// What nobody asked for, whoever pays for it.
#[derive(Debug, Serialize)]
struct Idle {
    cost: String,
    cpu: IdleCpu,
    memory: IdleMemory,
    /// `null` where no node has accelerators.
    gpu: Option<IdleGpu>,
}

#[derive(Debug, Serialize)]
struct IdleCpu {
    cores: String,
    share: f64,
    cost: String,
}

#[derive(Debug, Serialize)]
struct IdleMemory {
    gib: String,
    share: f64,
    cost: String,
}

#[derive(Debug, Serialize)]
struct IdleGpu {
    accelerators: String,
    share: f64,
    cost: String,
}

/// `null` where nothing of it has a price.
#[derive(Debug, Serialize)]
struct Costs {
    cpu: Option<String>,
    memory: Option<String>,
    gpu: Option<String>,
    storage: Option<String>,
    load_balancers: Option<String>,
    direct: Option<String>,
    shared: String,
    idle: String,
    total: Option<String>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    cost: Costs,
    /// Whether everything of it has a price; the cost is what is known of it.
    priced: bool,
}

#[derive(Debug, Serialize)]
struct Workload {
    namespace: Option<String>,
    kind: String,
    name: String,
    group: String,
    cost: Costs,
    /// Whether everything of it has a price; the cost is what is known of it.
    priced: bool,
    pods: Option<u64>,
    requested: Option<Amounts>,
    used: Option<Used>,
    efficiency: Option<Efficiency>,
    /// Of the period; `null` without history.
    usage: Option<usage::Usage>,
    /// `null` without history, or where it has no pods now.
    recommended: Option<recommended::Recommended>,
    /// Its processes that were scraped, each by its own word.
    scraped: Vec<scraped::Scraped>,
}

#[derive(Debug, Serialize)]
struct Amounts {
    cpu_millis: u64,
    memory_bytes: u64,
}

#[derive(Debug, Serialize)]
struct Used {
    pods: u64,
    cpu_millis: u64,
    memory_bytes: u64,
}

#[derive(Debug, Serialize)]
struct Efficiency {
    cpu: Option<f64>,
    memory: Option<f64>,
}

#[derive(Debug, Serialize)]
pub(super) struct Consolidation {
    nodes_now: u64,
    cost_now: String,
    nodes: Vec<KindCount>,
    cost: String,
    lower_bound: String,
    saving: String,
    /// What would cost less still, each with what has to hold for it.
    with_changes: Vec<WithChange>,
}

#[derive(Debug, Serialize)]
struct WithChange {
    /// `capacity-type` or `architecture`.
    change: &'static str,
    /// What has to hold.
    condition: &'static str,
    nodes: Vec<KindCount>,
    cost: String,
    /// Beyond the saving without a change.
    further_saving: String,
}

#[derive(Debug, Serialize)]
struct KindCount {
    name: String,
    count: u64,
    price_per_hour: String,
}

#[derive(Debug, Serialize)]
struct Finding {
    code: String,
    severity: &'static str,
    subject: String,
    message: String,
}

/// The report as its schema has it.
pub(in crate::outputs) fn document(report: &Report) -> Document {
    let cluster = report.cluster.clone();
    Document {
        schema: "capmodel/report/v1",
        cluster: Cluster { name: cluster.name, uid: cluster.uid, server_version: cluster.server_version },
        period: period(&report.span),
        basis: Basis {
            currency: "USD",
            hours_per_month: is_a_month(&report.span).then(|| number(report.span.hours.amount())),
            amounts_are: report.span.per(),
            tool_version: env!("CARGO_PKG_VERSION"),
        },
        partial: report.is_partial(),
        priced_node_hours_share: report.priced_share,
        cost: report.known_total().map(cents),
        nodes: report.nodes.iter().map(node).collect(),
        services: report.services.iter().map(service).collect(),
        grouping: report.grouping.name(),
        split_shared: report.splits.0.name(),
        split_idle: report.splits.1.name(),
        groups: report.groups.iter().map(row).collect(),
        namespaces: report.namespaces.iter().map(row).collect(),
        workloads: report.workloads.iter().map(workload).collect(),
        idle: report.idle.as_ref().map(idle),
        consolidation: report.consolidation.as_ref().map(consolidation),
        forecast: report.forecast.as_ref().map(Forecast::of),
        predicted: report.predicted.as_ref().map(Predicted::of),
        rightsizing: report.rightsizing.as_ref().map(recommended::rightsizing),
        findings: report.findings.iter().map(finding).collect(),
    }
}

fn is_a_month(span: &report::Span) -> bool {
    span.period.is_none() || span.month.is_some()
}

fn period(span: &report::Span) -> Period {
    let month = span.month.map(|day| day.strftime("%Y-%m").to_string());
    Period {
        kind: span.told_by.name(),
        month: month.clone().filter(|_| span.tells_its_time()),
        priced_for_month: month,
        label: span.when(),
        start: span.period.map(|period| period.start().to_string()),
        end: span.period.map(|period| period.end().to_string()),
        hours: number(span.hours.amount()),
        hours_with_data: number(span.hours_with_data.amount()),
        coverage: span.coverage(),
        taken_at: span.taken_at.iter().map(ToString::to_string).collect(),
    }
}

fn node(line: &report::NodeLine) -> Node {
    Node {
        instance_type: line.instance_type.clone(),
        shape: line.shape.map(|shape| Shape { cpu_millis: shape.cpu.millis(), memory_gib: shape.memory_gib }),
        region: line.region.clone(),
        capacity_type: line.capacity_type.name(),
        billed_as: match line.kind {
            NodeKind::Machine => "machine",
            NodeKind::EksAutoMode => "eks-auto-mode",
            NodeKind::Fargate => "fargate",
            NodeKind::Autopilot => "autopilot",
            NodeKind::Virtual => "virtual",
        },
        count: number(line.nodes),
        node_hours: number(line.node_hours),
        price_per_hour: line.price_per_hour.map(|price| number(price.amount())),
        cost: line.cost.map(cents),
        price_rule: line.price_rule,
        price_lacks: line.lacks,
        price_date: line.price_date.map(|date| date.to_string()),
        source: line.source.clone(),
    }
}

fn service(line: &report::ServiceLine) -> Service {
    Service {
        name: line.name.clone(),
        unit: line.unit,
        quantity: number(line.quantity),
        unit_price: line.unit_price.map(number),
        cost: line.cost.map(cents),
        price_rule: line.price_rule,
        price_date: line.price_date.map(|date| date.to_string()),
        source: line.source.clone(),
    }
}

fn row(row: &report::Row) -> Row {
    Row { name: row.name.clone(), cost: costs(&row.costs, row.unpriced), priced: !row.unpriced.any() }
}

fn costs(costs: &report::Costs, unpriced: report::Unpriced) -> Costs {
    let known = costs.known(unpriced);
    Costs {
        cpu: known.cpu.map(cents),
        memory: known.memory.map(cents),
        gpu: known.gpu.map(cents),
        storage: known.storage.map(cents),
        load_balancers: known.load_balancers.map(cents),
        direct: known.direct.map(cents),
        shared: cents(costs.shared),
        idle: cents(costs.idle),
        total: known.total.map(cents),
    }
}

fn idle(idle: &report::IdleCost) -> Idle {
    let amount = |room: &report::IdleRoom| number(room.amount.round_dp(3));
    let report::IdleCost { cost, cpu, memory, gpu } = idle;
    Idle {
        cost: cents(*cost),
        cpu: IdleCpu { cores: amount(cpu), share: cpu.share, cost: cents(cpu.cost) },
        memory: IdleMemory { gib: amount(memory), share: memory.share, cost: cents(memory.cost) },
        gpu: gpu.as_ref().map(|gpu| IdleGpu { accelerators: amount(gpu), share: gpu.share, cost: cents(gpu.cost) }),
    }
}

fn workload(row: &report::WorkloadRow) -> Workload {
    let demand = row.demand.as_ref();
    let measured = demand.and_then(|demand| demand.measured);
    // Over the period where it is known, else of the moment.
    let efficiency = match (&row.usage, measured) {
        (Some(usage), _) => Some((usage.summary.cpu_efficiency, usage.summary.memory_efficiency)),
        (None, Some(now)) => Some((now.cpu_efficiency(), now.memory_efficiency())),
        (None, None) => None,
    };
    Workload {
        namespace: (!row.id.namespace.is_empty()).then(|| row.id.namespace.clone()),
        kind: row.id.kind.clone(),
        name: row.id.name.clone(),
        group: row.group.clone(),
        cost: costs(&row.costs, row.unpriced),
        priced: !row.unpriced.any(),
        pods: demand.map(|d| d.pods),
        requested: demand
            .map(|d| Amounts { cpu_millis: d.cpu_request.millis(), memory_bytes: d.memory_request.bytes() }),
        used: measured.map(|m| Used {
            pods: m.pods,
            cpu_millis: m.cpu_used.millis(),
            memory_bytes: m.memory_used.bytes(),
        }),
        efficiency: efficiency.map(|(cpu, memory)| Efficiency { cpu, memory }),
        usage: row.usage.as_ref().map(usage::usage),
        recommended: row.recommended.as_ref().map(recommended::recommended),
        scraped: row.scraped.iter().map(scraped::scraped).collect(),
    }
}

pub(super) fn consolidation(found: &report::Consolidation) -> Consolidation {
    Consolidation {
        nodes_now: found.nodes_now,
        cost_now: cents(found.cost_now),
        nodes: kinds(&found.nodes),
        cost: cents(found.cost),
        lower_bound: cents(found.lower_bound),
        saving: cents(found.saving()),
        with_changes: found.with_changes.iter().map(|change| with_change(change, found)).collect(),
    }
}

fn with_change(change: &report::WithChange, found: &report::Consolidation) -> WithChange {
    WithChange {
        change: change.change.name(),
        condition: change.change.condition(),
        nodes: kinds(&change.nodes),
        cost: cents(change.cost),
        further_saving: cents(found.cost - change.cost),
    }
}

fn kinds(nodes: &[report::KindCount]) -> Vec<KindCount> {
    let one = |kind: &report::KindCount| KindCount {
        name: kind.name.clone(),
        count: kind.count,
        price_per_hour: number(kind.price_per_hour.amount()),
    };
    nodes.iter().map(one).collect()
}

fn finding(finding: &model::Finding) -> Finding {
    Finding {
        code: finding.code.clone(),
        severity: match finding.severity {
            Severity::Info => "info",
            Severity::Warning => "warning",
        },
        subject: finding.subject.clone(),
        message: finding.message.clone(),
    }
}

pub(super) fn cents(amount: Money) -> String {
    format!("{:.2}", amount.amount())
}

pub(super) fn number(amount: Decimal) -> String {
    amount.round_dp(9).normalize().to_string()
}
