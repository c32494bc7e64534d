//! A cluster's month: headline, nodes, who pays, what could be saved.

use rust_decimal::Decimal;
use serde::Serialize;

use super::forecast;
use super::layout::Layout;
use super::number::{bytes, count, cpu, money, plural, significant, trimmed, unit_price};
use super::scraped;
use super::text::wrap;
use crate::model::cluster::NodeKind;
use crate::model::report::{
    Consolidation, Costs, Grouping, NodeLine, Recommended, Report, Rightsizing, Row, Span, Split, ToldBy, WorkloadRow,
};
use crate::model::rightsizing::{Advice, TargetAdvice};
use crate::model::{Finding, Severity};
use crate::units::Timestamp;

pub(super) fn plain(report: &Report, width: usize) -> String {
    let mut out = wrap(&headline(report), width, 2);
    for table in tables(report) {
        out.push('\n');
        out.push_str(&table.plain());
    }
    out.push('\n');
    for line in notes(report) {
        out.push_str(&wrap(&line, width, 2));
    }
    for (severity, subject, message) in said_once(&report.findings) {
        let mark = if severity == Severity::Warning { "warning" } else { "note" };
        out.push_str(&wrap(&format!("{mark}: {subject}: {message}"), width, 2));
    }
    out
}

pub(super) fn markdown(report: &Report) -> String {
    let mut out = format!("**{}**\n", headline(report));
    for table in tables(report) {
        out.push('\n');
        out.push_str(&table.markdown());
    }
    out.push('\n');
    for line in notes(report) {
        out.push_str(&format!("{line}\n\n"));
    }
    for (severity, subject, message) in said_once(&report.findings) {
        let mark = if severity == Severity::Warning { "**warning**" } else { "note" };
        out.push_str(&format!("- {mark}: {subject}: {message}\n"));
    }
    out
}

/// Every table that has something to say.
fn tables(report: &Report) -> impl Iterator<Item = Layout> {
    let predicted = report.predicted.as_ref().map(forecast::predicted);
    [bill(report), groups(report), workloads(report), requests(report), predicted].into_iter().flatten()
}

fn headline(report: &Report) -> String {
    let span = &report.span;
    let partial = if report.is_partial() { " · partial" } else { "" };
    let known = match span.told_by {
        ToldBy::Present => String::new(),
        ToldBy::Snapshots | ToldBy::History => format!(" · {} % of the hours have data", percent(span.coverage())),
    };
    let nodes = match report.priced_share {
        Some(share) => format!("{} % of node-hours priced", percent(share)),
        None => "no node read".to_owned(),
    };
    format!(
        "{} · {} USD {}{partial} · {nodes}{known} · {} h · modelled from list prices",
        report.cluster.name,
        money(report.total),
        when(span),
        span.hours.amount().normalize(),
    )
}

fn when(span: &Span) -> String {
    match (span.told_by, span.month, span.period) {
        (ToldBy::Present, ..) | (_, None, None) => "a month".to_owned(),
        (_, Some(month), _) => format!("in {}", month.strftime("%Y-%m")),
        (_, None, Some(period)) => {
            let minute = |moment: Timestamp| moment.strftime("%Y-%m-%d %H:%M").to_string();
            format!("from {} to {} UTC", minute(period.start()), minute(period.end()))
        }
    }
}

/// Never `100` for less than all.
pub(super) fn percent(share: f64) -> String {
    let text = trimmed(share * 100.0, 3);
    if text == "100" && share < 1.0 { "99.9".to_owned() } else { text }
}

/// Nodes and everything else that is paid for.
fn bill(report: &Report) -> Option<Layout> {
    let mut table = Layout::new(["paid for", "quantity", "unit", "USD each", "USD a month"]);
    table.text_columns = vec![2];
    for line in &report.nodes {
        let each = line.price_per_hour.map_or_else(|| "–".to_owned(), |price| unit_price(price.amount()));
        table.row([
            node_name(line),
            decimal(line.nodes),
            "node".to_owned(),
            each,
            line.cost.map_or_else(|| "no price".to_owned(), money),
        ]);
    }
    for line in &report.services {
        table.row([
            line.name.clone(),
            decimal(line.quantity),
            line.unit.to_owned(),
            line.unit_price.map_or_else(|| "–".to_owned(), unit_price),
            line.cost.map_or_else(|| "no price".to_owned(), money),
        ]);
    }
    table.row(["total".to_owned(), String::new(), String::new(), String::new(), money(report.total)]);
    Some(table)
}

fn node_name(line: &NodeLine) -> String {
    let what = match line.kind {
        NodeKind::Machine | NodeKind::EksAutoMode => "nodes",
        NodeKind::Fargate => "Fargate pods",
        NodeKind::Autopilot => "Autopilot pods",
        NodeKind::Virtual => "virtual nodes",
    };
    let mut name = what.to_owned();
    let shape = line.shape.map(|shape| format!("type unknown ({} and {} GiB)", cpu(shape.cpu), shape.memory_gib));
    for part in
        [line.instance_type.as_deref().or(shape.as_deref()), line.region.as_deref(), Some(line.capacity_type.name())]
    {
        if let Some(part) = part.filter(|_| matches!(line.kind, NodeKind::Machine | NodeKind::EksAutoMode)) {
            name.push_str(", ");
            name.push_str(part);
        }
    }
    name
}

fn decimal(number: Decimal) -> String {
    number.round_dp(2).normalize().to_string()
}

fn groups(report: &Report) -> Option<Layout> {
    let head = match &report.grouping {
        // Workloads have a table of their own.
        Grouping::Workload => return None,
        grouping => grouping.name(),
    };
    let mut table = Layout::new([head.as_str(), "direct", "shared", "idle", "USD a month"]);
    for row in &report.groups {
        table.row([vec![row.name.clone()], costs(&row.costs)].concat());
    }
    table.row([vec!["total".to_owned()], costs(&sum(&report.groups))].concat());
    Some(table)
}

fn costs(costs: &Costs) -> Vec<String> {
    [costs.direct(), costs.shared, costs.idle, costs.total()].into_iter().map(money).collect()
}

fn sum(rows: &[Row]) -> Costs {
    rows.iter().fold(Costs::default(), |sum, row| sum.plus(&row.costs))
}

/// Rows of the table of workloads; the JSON has all.
const MOST_WORKLOADS: usize = 20;

fn workloads(report: &Report) -> Option<Layout> {
    let paying: Vec<&WorkloadRow> =
        report.workloads.iter().filter(|row| row.costs.total() > Default::default()).collect();
    let most = if report.grouping == Grouping::Workload { usize::MAX } else { MOST_WORKLOADS };
    let mut table = Layout::new([
        "workload",
        "pods",
        "CPU asked",
        "used",
        "memory asked",
        "used",
        "direct",
        "shared",
        "idle",
        "USD a month",
    ]);
    for row in paying.iter().take(most) {
        table.row([vec![row.id.to_string()], demand(row, report.span.told_by).to_vec(), costs(&row.costs)].concat());
    }
    if paying.len() > most {
        let rest = paying.iter().skip(most).fold(Costs::default(), |sum, row| sum.plus(&row.costs));
        let mut cells = vec![format!("{} more", count(u64::try_from(paying.len() - most).unwrap_or(u64::MAX)))];
        cells.extend(std::iter::repeat_n(String::new(), 5));
        cells.extend(costs(&rest));
        table.row(cells);
    }
    Some(table)
}

/// What pods should request, those first that would save most of what they pay for.
fn requests(report: &Report) -> Option<Layout> {
    let mut rows: Vec<(&WorkloadRow, &Recommended, &Advice)> = report
        .workloads
        .iter()
        .filter_map(|row| {
            let recommended = row.recommended.as_ref()?;
            Some((row, recommended, recommended.advice.as_ref().ok()?))
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    rows.sort_by(|a, b| b.1.saving.cmp(&a.1.saving).then_with(|| a.0.id.cmp(&b.0.id)));
    let mut table =
        Layout::new(["requests of a pod", "CPU now", "better", "memory now", "better", "autoscaler", "USD of shares"]);
    table.text_columns = vec![5];
    for (row, recommended, advice) in rows.iter().take(MOST_WORKLOADS) {
        let target = |t: &TargetAdvice| format!("{} target {} % → {} %", t.resource, t.now, t.target);
        table.row([
            row.id.to_string(),
            cpu(advice.now.cpu),
            cpu(advice.request.cpu),
            bytes(advice.now.memory),
            bytes(advice.request.memory),
            advice.targets.iter().map(target).collect::<Vec<_>>().join(", "),
            money(recommended.saving),
        ]);
    }
    if rows.len() > MOST_WORKLOADS {
        let rest = u64::try_from(rows.len() - MOST_WORKLOADS).unwrap_or(u64::MAX);
        let mut cells = vec![format!("{} more", count(rest))];
        cells.extend(std::iter::repeat_n(String::new(), 6));
        table.row(cells);
    }
    Some(table)
}

/// Pods, requests and the used part of them: averages of the period where metrics tell it, else as they are now.
fn demand(row: &WorkloadRow, told_by: ToldBy) -> [String; 5] {
    let none = || "–".to_owned();
    let share = |share: Option<f64>| share.map_or_else(none, |share| format!("{} %", significant(share * 100.0, 2)));
    if let Some(usage) = &row.usage {
        return [
            significant(usage.pods, 3),
            cpu(usage.cpu_request),
            share(usage.cpu_efficiency()),
            bytes(usage.memory_request),
            share(usage.memory_efficiency()),
        ];
    }
    let Some(demand) = row.demand.as_ref().filter(|_| told_by != ToldBy::History) else {
        return [none(), none(), none(), none(), none()];
    };
    let measured = demand.measured;
    [
        count(demand.pods),
        cpu(demand.cpu_request),
        share(measured.and_then(|m| m.cpu_efficiency())),
        bytes(demand.memory_request),
        share(measured.and_then(|m| m.memory_efficiency())),
    ]
}

fn notes(report: &Report) -> Vec<String> {
    let (shared, idle) = report.splits;
    let given = |split: Split| match split {
        Split::Even => "the same to every row",
        Split::Proportional => "by what each row pays for cores and memory",
        Split::Weighted => "by the weights of the owners",
        Split::None => "a row of its own",
    };
    let mut notes =
        vec![format!("Shared (control plane and shared namespaces): {}; idle: {}.", given(shared), given(idle))];
    notes.extend(report.consolidation.as_ref().map(consolidation));
    notes.extend(report.rightsizing.as_ref().map(|found| rightsizing(found, report.consolidation.as_ref())));
    notes.extend(scraped::lines(report));
    notes.extend(report.predicted.as_ref().map(forecast::about_predicted));
    notes.extend(report.forecast.as_ref().map(forecast::about_forecast));
    notes
}

fn consolidation(found: &Consolidation) -> String {
    if found.cost >= found.cost_now {
        return format!(
            "Consolidation: no cheaper set of the cluster's own types was found than the {} there now; none can cost less than \
             {} USD a month.",
            plural(found.nodes_now, "node", "nodes"),
            money(found.lower_bound)
        );
    }
    let kinds: Vec<String> = found.nodes.iter().map(|kind| format!("{} × {}", count(kind.count), kind.name)).collect();
    format!(
        "Consolidation: what runs now fits on {} instead of {} ({}): {} instead of {} USD a month, {} less; no spare room \
         for peaks or failures is kept.",
        plural(found.nodes_then(), "node", "nodes"),
        count(found.nodes_now),
        kinds.join(", "),
        money(found.cost),
        money(found.cost_now),
        money(found.saving())
    )
}

fn rightsizing(found: &Rightsizing, as_they_are: Option<&Consolidation>) -> String {
    let mut text = format!(
        "Requests: {} should change (CPU: 95th percentile and 15 %; memory: peak and 15 %; an autoscaler's target with its \
         request): {} USD of shares, which nobody saves as long as the nodes are there.",
        plural(found.workloads, "workload", "workloads"),
        money(found.share_saving)
    );
    if let Some((then, now)) = found.nodes.as_ref().zip(as_they_are) {
        text.push_str(&format!(
            " In whole nodes: what runs now fits on {} for {} USD with the requests that it has, and on {} for {} USD with these.",
            plural(now.nodes_then(), "node", "nodes"),
            money(now.cost),
            plural(then.nodes_then(), "node", "nodes"),
            money(then.cost)
        ));
    }
    text
}

/// Warnings first; what is said of several things is said once, of the first and how many more.
pub(super) fn said_once(findings: &[Finding]) -> Vec<(Severity, String, String)> {
    let mut all: Vec<&Finding> = findings.iter().collect();
    all.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.cmp(b)));
    let mut merged: Vec<(Severity, &str, &str, usize)> = Vec::new();
    for finding in all {
        match merged
            .iter_mut()
            .find(|(severity, _, message, _)| *severity == finding.severity && *message == finding.message)
        {
            Some((_, subject, _, _)) if *subject == finding.subject => {}
            Some((_, _, _, more)) => *more += 1,
            None => merged.push((finding.severity, &finding.subject, &finding.message, 0)),
        }
    }
    merged
        .into_iter()
        .map(|(severity, subject, message, more)| {
            let others = if more == 0 { String::new() } else { format!(" and {more} more") };
            (severity, format!("{subject}{others}"), message.to_owned())
        })
        .collect()
}

/// One workload in a spreadsheet.
#[derive(Serialize)]
pub(super) struct CsvRow {
    group: String,
    namespace: String,
    kind: String,
    name: String,
    pods: Option<u64>,
    cpu_request_millis: Option<u64>,
    memory_request_bytes: Option<u64>,
    cpu_cost: String,
    memory_cost: String,
    gpu_cost: String,
    storage_cost: String,
    load_balancer_cost: String,
    direct_cost: String,
    shared_cost: String,
    idle_cost: String,
    total_cost: String,
}

pub(super) fn csv_rows(report: &Report) -> impl Iterator<Item = CsvRow> + '_ {
    let cents = |amount: crate::units::Money| format!("{:.2}", amount.amount());
    report.workloads.iter().map(move |row| CsvRow {
        group: row.group.clone(),
        namespace: row.id.namespace.clone(),
        kind: row.id.kind.clone(),
        name: row.id.name.clone(),
        pods: row.demand.as_ref().map(|d| d.pods),
        cpu_request_millis: row.demand.as_ref().map(|d| d.cpu_request.millis()),
        memory_request_bytes: row.demand.as_ref().map(|d| d.memory_request.bytes()),
        cpu_cost: cents(row.costs.cpu),
        memory_cost: cents(row.costs.memory),
        gpu_cost: cents(row.costs.gpu),
        storage_cost: cents(row.costs.storage),
        load_balancer_cost: cents(row.costs.load_balancers),
        direct_cost: cents(row.costs.direct()),
        shared_cost: cents(row.costs.shared),
        idle_cost: cents(row.costs.idle),
        total_cost: cents(row.costs.total()),
    })
}
