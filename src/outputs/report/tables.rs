use rust_decimal::Decimal;

use super::{forecast, unknown};
use crate::model::cluster::NodeKind;
use crate::model::report::{Costs, Grouping, NodeLine, Recommended, Report, ToldBy, Unpriced, WorkloadRow};
use crate::model::rightsizing::{Advice, PodLimits, TargetAdvice};
use crate::outputs::layout::Layout;
use crate::outputs::number::{bytes, count, cpu, money, significant, unit_price};
use crate::units::Money;

/// Every table that has something to say.
pub(super) fn tables(report: &Report) -> impl Iterator<Item = Layout> {
    let predicted = report.predicted.as_ref().map(forecast::predicted);
    [bill(report), groups(report), workloads(report), requests(report), predicted].into_iter().flatten()
}

/// The head of a column of money: what it is over how much time.
fn money_of(report: &Report) -> String {
    format!("USD {}", report.span.per())
}

/// Nodes and everything else that is paid for.
fn bill(report: &Report) -> Option<Layout> {
    let mut table = Layout::new(["paid for", "quantity", "unit", "USD each", &money_of(report)]);
    table.text_columns = vec![2];
    for line in &report.nodes {
        let each = line.price_per_hour.map_or_else(unknown, |price| unit_price(price.amount()));
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
            line.unit_price.map_or_else(unknown, unit_price),
            line.cost.map_or_else(|| "no price".to_owned(), money),
        ]);
    }
    table.row([
        "total".to_owned(),
        String::new(),
        String::new(),
        String::new(),
        report.known_total().map_or_else(unknown, money),
    ]);
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

fn groups(report: &Report) -> Option<Layout> {
    let head = match &report.grouping {
        // Workloads have a table of their own.
        Grouping::Workload => return None,
        grouping => grouping.name(),
    };
    let mut table = Layout::new([head.as_str(), "direct", "shared", "idle", &money_of(report)]);
    for row in &report.groups {
        table.row([vec![row.name.clone()], costs(&row.costs, row.unpriced)].concat());
    }
    let (sum, unpriced) = sum(report.groups.iter().map(|row| (&row.costs, row.unpriced)));
    table.row([vec!["total".to_owned()], costs(&sum, unpriced)].concat());
    Some(table)
}

/// Direct, shared, idle and all; `≥` where something of it has no price, `–` where nothing of it has one.
fn costs(costs: &Costs, unpriced: Unpriced) -> Vec<String> {
    let known = costs.known(unpriced);
    let text = |amount: Option<Money>| match amount {
        Some(amount) if unpriced.any() => format!("≥ {}", money(amount)),
        amount => amount.map_or_else(unknown, money),
    };
    // Where nothing of a row has a price it has no part of what is given by price either.
    let given = |amount: Money| if known.total.is_some() { money(amount) } else { unknown() };
    vec![text(known.direct), given(costs.shared), given(costs.idle), text(known.total)]
}

fn sum<'a>(rows: impl Iterator<Item = (&'a Costs, Unpriced)>) -> (Costs, Unpriced) {
    rows.fold((Costs::default(), Unpriced::default()), |(sum, lacks), (costs, unpriced)| {
        (sum.plus(costs), lacks.or(unpriced))
    })
}

/// Rows of the table of workloads; the JSON has all.
const MOST_WORKLOADS: usize = 20;

fn workloads(report: &Report) -> Option<Layout> {
    let paying: Vec<&WorkloadRow> = report
        .workloads
        .iter()
        .filter(|row| row.has_pods() || row.unpriced.any() || row.costs.total() > Default::default())
        .collect();
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
        &money_of(report),
    ]);
    for row in paying.iter().take(most) {
        let costs = costs(&row.costs, row.unpriced);
        table.row([vec![row.id.to_string()], demand(row, report.span.told_by).to_vec(), costs].concat());
    }
    if paying.len() > most {
        let (rest, unpriced) = sum(paying.iter().skip(most).map(|row| (&row.costs, row.unpriced)));
        let mut cells = vec![format!("{} more", count(u64::try_from(paying.len() - most).unwrap_or(u64::MAX)))];
        cells.extend(std::iter::repeat_n(String::new(), 5));
        cells.extend(costs(&rest, unpriced));
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
    let shares = format!("USD of shares {}", report.span.per());
    let mut table = Layout::new(["requests of a pod", "CPU now", "better", "memory now", "better", "with it", &shares]);
    table.text_columns = vec![5];
    for (row, recommended, advice) in rows.iter().take(MOST_WORKLOADS) {
        table.row([
            row.id.to_string(),
            cpu(advice.now.cpu),
            cpu(advice.request.cpu),
            bytes(advice.now.memory),
            bytes(advice.request.memory),
            with_it(advice),
            recommended.saving.map_or_else(unknown, money),
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

/// Limits and targets that change with the requests.
fn with_it(advice: &Advice) -> String {
    let PodLimits { cpu: of_cpu, memory } = advice.limits;
    let mut parts = Vec::new();
    parts.extend(of_cpu.map(|limit| format!("CPU limit {}", cpu(limit))));
    parts.extend(memory.map(|limit| format!("memory limit {}", bytes(limit))));
    if let Some(autoscaler) = &advice.autoscaler {
        let target = |t: &TargetAdvice| format!("{} target {} % → {} %", t.resource, t.now, t.target);
        parts.extend(autoscaler.targets.iter().map(target));
        parts.push(format!("replicas {}–{} as they are", autoscaler.min_replicas, autoscaler.max_replicas));
    }
    parts.join(", ")
}

/// Pods, requests and the used part of them: averages of the period where metrics tell it, else as they are now.
fn demand(row: &WorkloadRow, told_by: ToldBy) -> [String; 5] {
    let none = unknown;
    let share = |share: Option<f64>| share.map_or_else(none, |share| format!("{} %", significant(share * 100.0, 2)));
    if let Some(usage) = &row.usage {
        return [
            significant(usage.pods, 3),
            cpu(usage.cpu_request),
            share(usage.summary.cpu_efficiency),
            bytes(usage.memory_request),
            share(usage.summary.memory_efficiency),
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
