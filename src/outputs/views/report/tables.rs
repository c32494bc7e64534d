//! The tables of a report.

use rust_decimal::Decimal;

use super::services::services;
use super::{ReportDetail, RowOrder, forecast, reconciliation, service_forecast};
use crate::model::cluster::NodeKind;
use crate::model::pricing::Negotiated;
use crate::model::report::{Costs, DataSource, Grouping, NodeLine, Recommended, Report, Unpriced, WorkloadRow};
use crate::model::rightsizing::{PodLimits, Recommendation, TargetRecommendation};
use crate::outputs::document::Table;
use crate::outputs::number::{bytes, count, cpu, money, significant, unit_price, unknown};
use crate::units::{Money, MoneyPerHour};

/// All tables that are not empty.
pub(super) fn tables(report: &Report, detail: ReportDetail) -> impl Iterator<Item = Table> {
    let verbose = detail.verbose;
    [
        bill(report, detail),
        groups(report, detail),
        services(report, detail),
        service_forecast::forecasts(report, detail),
        (verbose || report.grouping == Grouping::Workload).then(|| workloads(report, detail)),
        if verbose { requests(report, detail) } else { None },
        report.predicted.as_ref().map(|predicted| forecast::predicted(predicted, detail, report.currency)),
        report.reconciliation.as_ref().map(|found| reconciliation::table(found, report.currency)),
    ]
    .into_iter()
    .flatten()
}

/// Sorts rows in the requested order: `cost` is the cost or saving of a row, largest first, and unknown ones last.
pub(super) fn ordered<T>(
    mut rows: Vec<T>,
    order: RowOrder,
    name: impl Fn(&T) -> String,
    cost: impl Fn(&T) -> Option<Money>,
) -> Vec<T> {
    match order {
        RowOrder::Cost => rows.sort_by_cached_key(|row| (std::cmp::Reverse(cost(row)), name(row))),
        RowOrder::Name => rows.sort_by_cached_key(name),
    }
    rows
}

/// `43 more`, the label of the sum of the remaining rows.
pub(super) fn more(rows: usize) -> String {
    format!("{} more", count(u64::try_from(rows).unwrap_or(u64::MAX)))
}

/// The rows that are shown, and the remaining ones; a single remaining row is shown instead of a sum.
pub(super) fn shown<T>(rows: &[T], detail: ReportDetail) -> (&[T], &[T]) {
    let at = if rows.len() == detail.rows.saturating_add(1) { rows.len() } else { rows.len().min(detail.rows) };
    rows.split_at(at)
}

/// The head of a money column: currency and period.
fn money_of(report: &Report) -> String {
    format!("{} {}", report.currency, report.span.per())
}

/// Table of nodes and other bill lines.
fn bill(report: &Report, detail: ReportDetail) -> Option<Table> {
    // The rules are sentences below the tables.
    let has_list = detail.verbose && report.has_negotiated_prices();
    let money_head = money_of(report);
    let heads = ["item", "quantity", "unit", "unit price", &money_head].into_iter();
    let heads = heads.chain(has_list.then_some("list price"));
    let dropped: &[usize] = if has_list { &[2, 1, 5, 3] } else { &[3, 2, 1] };
    let mut table = Table::new(heads).with_text(&[2]).with_dropped(dropped);
    let keys = ["name", "quantity", "unit", "unit_price", "cost", "list_unit_price"];
    table = table.titled("Bill").with_keys(keys).sortable();
    let nodes = report.nodes.iter().enumerate().map(|(index, line)| {
        let paid = line.price_per_hour.map(MoneyPerHour::amount);
        let each = paid.map_or_else(unknown, unit_price);
        let list = list_price(line.negotiated.as_ref(), paid);
        (line.cost, [node_name(line), decimal(line.nodes), "node".to_owned(), each], list, format!("$.nodes[{index}]"))
    });
    let services = report.services.iter().enumerate().map(|(index, line)| {
        let each = line.unit_price.map_or_else(unknown, unit_price);
        let cells = [line.name.clone(), decimal(line.quantity), line.unit.to_owned(), each];
        (line.cost, cells, list_price(line.negotiated.as_ref(), line.unit_price), format!("$.services[{index}]"))
    });
    let lines = ordered(nodes.chain(services).collect(), detail.order, |line| line.1[0].clone(), |line| line.0);
    let (first, rest) = shown(&lines, detail);
    for (cost, cells, list, path) in first {
        let cost = cost.map_or_else(|| "no price".to_owned(), money);
        table.row_at(path.clone(), cells.iter().chain([&cost]).chain(has_list.then_some(list)).cloned());
    }
    let row_of = |label: String, cost: String| {
        let row = [label, String::new(), String::new(), String::new(), cost];
        row.into_iter().chain(has_list.then(String::new))
    };
    if !rest.is_empty() {
        let sum = rest.iter().filter_map(|(cost, ..)| *cost).reduce(|sum, cost| sum + cost);
        table.sum(row_of(more(rest.len()), sum.map_or_else(|| "no price".to_owned(), money)));
    }
    table.sum(row_of("total".to_owned(), report.known_total().map_or_else(unknown, money)));
    Some(table)
}

/// The list price of a unit for which `paid` is paid.
fn list_price(negotiated: Option<&Negotiated>, paid: Option<Decimal>) -> String {
    let list = paid.and_then(|paid| negotiated.map_or(Some(paid), |negotiated| negotiated.list_price(paid)));
    list.map_or_else(unknown, unit_price)
}

pub(super) fn node_name(line: &NodeLine) -> String {
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
        if let Some(part) = part.filter(|_| line.kind.is_machine()) {
            name.push_str(", ");
            name.push_str(part);
        }
    }
    match line.lacks {
        Some("spot") => name.push_str(" at the on-demand price"),
        Some(lacks) => name.push_str(&format!(", without {lacks}")),
        None => {}
    }
    name
}

fn decimal(number: Decimal) -> String {
    number.round_dp(2).normalize().to_string()
}

fn groups(report: &Report, detail: ReportDetail) -> Option<Table> {
    let head = match &report.grouping {
        // Workloads have a table of their own.
        Grouping::Workload => return None,
        grouping => grouping.name(),
    };
    let mut table = Table::new([head.as_str(), "direct", "shared", "idle", &money_of(report)]).with_dropped(&[3, 2, 1]);
    let keys = ["name", "cost.direct", "cost.shared", "cost.idle", "cost.total"];
    table = table.titled(&format!("Cost by {head}")).with_keys(keys).sortable();
    let rows: Vec<_> = report.groups.iter().enumerate().collect();
    let rows = ordered(rows, detail.order, |(_, row)| row.name.clone(), |(_, row)| row.costs.known(row.unpriced).total);
    let (first, rest) = shown(&rows, detail);
    for (index, row) in first {
        table.row_at(format!("$.groups[{index}]"), [vec![row.name.clone()], costs(&row.costs, row.unpriced)].concat());
    }
    if !rest.is_empty() {
        let (sum, unpriced) = sum(rest.iter().map(|(_, row)| (&row.costs, row.unpriced)));
        table.sum([vec![more(rest.len())], costs(&sum, unpriced)].concat());
    }
    let (sum, unpriced) = sum(report.groups.iter().map(|row| (&row.costs, row.unpriced)));
    table.sum([vec!["total".to_owned()], costs(&sum, unpriced)].concat());
    Some(table)
}

/// Direct, shared, idle and total cost; `≥` if a part has no price, and `–` if nothing has one.
fn costs(costs: &Costs, unpriced: Unpriced) -> Vec<String> {
    let known = costs.known(unpriced);
    let text = |amount: Option<Money>| match amount {
        Some(amount) if unpriced.any() => format!("≥ {}", money(amount)),
        amount => amount.map_or_else(unknown, money),
    };
    // If nothing in a row has a price, its part of the costs that are split by price is unknown too.
    let given = |amount: Money| if known.total.is_some() { money(amount) } else { unknown() };
    vec![text(known.direct), given(costs.shared), given(costs.idle), text(known.total)]
}

fn sum<'a>(rows: impl Iterator<Item = (&'a Costs, Unpriced)>) -> (Costs, Unpriced) {
    rows.fold((Costs::default(), Unpriced::default()), |(sum, lacks), (costs, unpriced)| {
        (sum.plus(costs), lacks.or(unpriced))
    })
}

fn workloads(report: &Report, detail: ReportDetail) -> Table {
    let paying: Vec<(usize, &WorkloadRow)> = report
        .workloads
        .iter()
        .enumerate()
        .filter(|(_, row)| row.has_pods() || row.unpriced.any() || row.costs.total() > Default::default())
        .collect();
    let cost = |(_, row): &(usize, &WorkloadRow)| row.costs.known(row.unpriced).total;
    let paying = ordered(paying, detail.order, |(_, row)| row.key.to_string(), cost);
    let heads = [
        "workload",
        "pods",
        "CPU requested",
        "used",
        "memory requested",
        "used",
        "direct",
        "shared",
        "idle",
        &money_of(report),
    ];
    let keys =
        ["name", "pods", "requested.cpu_millis", "efficiency.cpu", "requested.memory_bytes", "efficiency.memory"];
    let keys = keys.into_iter().chain(["cost.direct", "cost.shared", "cost.idle", "cost.total"]);
    let mut table =
        Table::new(heads).with_dropped(&[7, 8, 6, 5, 3, 4, 2, 1]).titled("Workloads").with_keys(keys).sortable();
    let (first, rest) = shown(&paying, detail);
    for (index, row) in first {
        let costs = costs(&row.costs, row.unpriced);
        table.row_at(
            format!("$.workloads[{index}]"),
            [vec![row.key.to_string()], demand(row, report.span.source).to_vec(), costs].concat(),
        );
    }
    if !rest.is_empty() {
        let (sum, unpriced) = sum(rest.iter().map(|(_, row)| (&row.costs, row.unpriced)));
        let empty = std::iter::repeat_n(String::new(), 5);
        table.sum([more(rest.len())].into_iter().chain(empty).chain(costs(&sum, unpriced)));
    }
    table
}

/// Table of recommended requests, largest saving first.
fn requests(report: &Report, detail: ReportDetail) -> Option<Table> {
    let rows: Vec<(&WorkloadRow, &Recommended, &Recommendation, usize)> = report
        .workloads
        .iter()
        .enumerate()
        .filter_map(|(index, row)| {
            let recommended = row.recommended.as_ref()?;
            Some((row, recommended, recommended.outcome.as_ref().ok()?, index))
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    let rows = ordered(rows, detail.order, |row| row.0.key.to_string(), |row| row.1.saving);
    let saving = format!("saving, {}", money_of(report));
    let heads = ["pod requests", "CPU now", "recommended", "memory now", "recommended", "also change", &saving];
    let mut table =
        Table::new(heads).with_text(&[5]).with_dropped(&[5, 1, 3]).titled("Recommended requests").sortable();
    let (first, rest) = shown(&rows, detail);
    for (row, recommended, recommendation, index) in first {
        table.row_at(
            format!("$.workloads[{index}].recommended"),
            [
                row.key.to_string(),
                cpu(recommendation.now.cpu),
                cpu(recommendation.request.cpu),
                bytes(recommendation.now.memory),
                bytes(recommendation.request.memory),
                with_it(recommendation),
                recommended.saving.map_or_else(unknown, money),
            ],
        );
    }
    if !rest.is_empty() {
        let sum: Money = rest.iter().filter_map(|row| row.1.saving).sum();
        let empty = std::iter::repeat_n(String::new(), 5);
        table.sum([more(rest.len())].into_iter().chain(empty).chain([money(sum)]));
    }
    Some(table)
}

/// Limits and targets that change together with the requests.
fn with_it(recommendation: &Recommendation) -> String {
    let PodLimits { cpu: of_cpu, memory } = recommendation.limits;
    let mut parts = Vec::new();
    parts.extend(of_cpu.map(|limit| format!("CPU limit {}", cpu(limit))));
    parts.extend(memory.map(|limit| format!("memory limit {}", bytes(limit))));
    if let Some(autoscaler) = &recommendation.autoscaler {
        let target = |t: &TargetRecommendation| format!("HPA {} target {}% → {}%", t.resource, t.now, t.target);
        parts.extend(autoscaler.targets.iter().map(target));
        parts.push(format!("replicas {}–{} unchanged", autoscaler.min_replicas, autoscaler.max_replicas));
    }
    parts.join(", ")
}

/// Pods, requests and their used share: means of the period if there are metrics, otherwise current values.
fn demand(row: &WorkloadRow, source: DataSource) -> [String; 5] {
    let none = unknown;
    let share = |share: Option<f64>| share.map_or_else(none, |share| format!("{}%", significant(share * 100.0, 2)));
    if let Some(usage) = &row.usage {
        return [
            significant(usage.pods, 3),
            cpu(usage.cpu_request),
            share(usage.summary.cpu_efficiency),
            bytes(usage.memory_request),
            share(usage.summary.memory_efficiency),
        ];
    }
    let Some(demand) = row.demand.as_ref().filter(|_| source != DataSource::History) else {
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
