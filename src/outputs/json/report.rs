//! A report as `capmodel/report/v1`.

use rust_decimal::Decimal;

use super::convert::{all, cents, exact, exchange_rate};
use super::{forecast, recommended, reconciliation, running, scraped, service_forecast, usage};
use crate::model::cluster::NodeKind;
use crate::model::pricing::BillLine;
use crate::model::report::{self, Report};
use crate::outputs::views::report::measure;
use crate::schema::number::DecimalText;
use crate::schema::report as wire;

/// The wire document of a report.
pub(in crate::outputs) fn document(report: &Report) -> wire::Report {
    let cluster = report.cluster.clone();
    wire::Report {
        schema: wire::ReportSchema::V1,
        cluster: wire::Cluster { name: cluster.name, uid: cluster.uid, server_version: cluster.server_version },
        period: period(&report.span),
        basis: wire::Basis {
            currency: report.currency.to_string(),
            exchange_rate: exchange_rate(report.currency),
            hours_per_month: is_a_month(&report.span).then(|| number(report.span.hours.amount())),
            amounts_are: report.span.per(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        partial: report.is_partial(),
        priced_node_hours_share: report.priced_share,
        cost: report.known_total().map(cents),
        nodes: report.nodes.iter().map(node).collect(),
        services: report.services.iter().map(service).collect(),
        grouping: report.grouping.name(),
        split_shared: report.splits.0.name().to_owned(),
        split_idle: report.splits.1.name().to_owned(),
        groups: report.groups.iter().map(row).collect(),
        namespaces: report.namespaces.iter().map(row).collect(),
        workloads: report.workloads.iter().map(workload).collect(),
        idle: report.idle.as_ref().map(idle),
        consolidation: report.consolidation.as_ref().map(consolidation),
        forecast: report.forecast.as_ref().map(forecast::forecast),
        predicted: report.predicted.as_ref().map(forecast::predicted),
        reconciliation: report.reconciliation.as_ref().map(reconciliation::reconciliation),
        rightsizing: report.rightsizing.as_ref().map(recommended::rightsizing),
        evidence: report.evidence.map(|evidence| evidence.name().to_owned()),
        running_services: report.running_services.iter().map(running::running).collect(),
        backtest: report.back_test.as_ref().map(service_forecast::back_test),
        next_steps: report.next_steps.iter().map(next_step).collect(),
        findings: all(&report.findings),
    }
}

fn next_step(step: &report::NextStep) -> wire::NextStep {
    wire::NextStep {
        action: step.measure.name().to_owned(),
        text: measure(&step.measure),
        saving_per_month: step.saving.map(cents),
        command: step.command.clone(),
    }
}

fn is_a_month(span: &report::Span) -> bool {
    span.period.is_none() || span.month.is_some()
}

fn period(span: &report::Span) -> wire::Period {
    let month = span.month.map(|day| day.strftime("%Y-%m").to_string());
    wire::Period {
        kind: span.source.name().to_owned(),
        month: month.clone().filter(|_| span.covers_period()),
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

fn node(line: &report::NodeLine) -> wire::NodeGroup {
    wire::NodeGroup {
        instance_type: line.instance_type.clone(),
        shape: line.shape.map(|shape| wire::Shape { cpu_millis: shape.cpu.millis(), memory_gib: shape.memory_gib }),
        region: line.region.clone(),
        capacity_type: line.capacity_type.name().to_owned(),
        billed_as: match line.kind {
            NodeKind::Machine => "machine",
            NodeKind::EksAutoMode => "eks-auto-mode",
            NodeKind::Fargate => "fargate",
            NodeKind::Autopilot => "autopilot",
            NodeKind::Virtual => "virtual",
        }
        .to_owned(),
        count: number(line.nodes),
        node_hours: number(line.node_hours),
        price_per_hour: line.price_per_hour.map(|price| number(price.amount())),
        cost: line.cost.map(cents),
        price_rule: line.price_rule.name().to_owned(),
        list_price_per_hour: line
            .negotiated
            .as_ref()
            .zip(line.price_per_hour)
            .and_then(|(rule, paid)| rule.list_price(paid.amount()).map(number)),
        pricing_rule: line.negotiated.as_ref().map(|negotiated| negotiated.rule.to_string()),
        price_lacks: line.lacks.map(str::to_owned),
        price_date: line.price_date.map(|date| date.to_string()),
        source: line.source.clone(),
    }
}

fn service(line: &BillLine) -> wire::BilledService {
    wire::BilledService {
        name: line.name.clone(),
        unit: line.unit.to_owned(),
        quantity: number(line.quantity),
        unit_price: line.unit_price.map(number),
        cost: line.cost.map(cents),
        price_rule: line.price_rule.name().to_owned(),
        list_unit_price: line
            .negotiated
            .as_ref()
            .zip(line.unit_price)
            .and_then(|(rule, paid)| rule.list_price(paid).map(number)),
        pricing_rule: line.negotiated.as_ref().map(|negotiated| negotiated.rule.to_string()),
        price_date: line.price_date.map(|date| date.to_string()),
        source: line.source.clone(),
    }
}

fn row(row: &report::Row) -> wire::Row {
    wire::Row { name: row.name.clone(), cost: costs(&row.costs, row.unpriced), priced: !row.unpriced.any() }
}

fn costs(costs: &report::Costs, unpriced: report::Unpriced) -> wire::Costs {
    let known = costs.known(unpriced);
    wire::Costs {
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

fn idle(idle: &report::IdleCost) -> wire::Idle {
    let amount = |room: &report::IdleResource| number(room.amount.round_dp(3));
    let report::IdleCost { cost, cpu, memory, gpu } = idle;
    wire::Idle {
        cost: cents(*cost),
        cpu: wire::IdleCpu { cores: amount(cpu), share: cpu.share, cost: cents(cpu.cost) },
        memory: wire::IdleMemory { gib: amount(memory), share: memory.share, cost: cents(memory.cost) },
        gpu: gpu.as_ref().map(|gpu| wire::IdleGpu {
            accelerators: amount(gpu),
            share: gpu.share,
            cost: cents(gpu.cost),
        }),
    }
}

fn workload(row: &report::WorkloadRow) -> wire::Workload {
    let demand = row.demand.as_ref();
    let measured = demand.and_then(|demand| demand.measured);
    // For the period if known, otherwise for the current moment.
    let efficiency = match (&row.usage, measured) {
        (Some(usage), _) => Some((usage.summary.cpu_efficiency, usage.summary.memory_efficiency)),
        (None, Some(now)) => Some((now.cpu_efficiency(), now.memory_efficiency())),
        (None, None) => None,
    };
    wire::Workload {
        namespace: row.key.workload().map(|id| id.namespace.clone()),
        kind: row.key.kind().to_owned(),
        name: row.key.name().to_owned(),
        group: row.group.clone(),
        cost: costs(&row.costs, row.unpriced),
        priced: !row.unpriced.any(),
        pods: demand.map(|d| d.pods),
        requested: demand
            .map(|d| wire::Requested { cpu_millis: d.cpu_request.millis(), memory_bytes: d.memory_request.bytes() }),
        used: measured.map(|m| wire::Used {
            pods: m.pods,
            cpu_millis: m.cpu_used.millis(),
            memory_bytes: m.memory_used.bytes(),
        }),
        efficiency: efficiency.map(|(cpu, memory)| wire::Efficiency { cpu, memory }),
        usage: row.usage.as_ref().map(usage::usage),
        recommended: row.recommended.as_ref().map(recommended::recommended),
        scraped: row.scraped.iter().map(scraped::scraped).collect(),
    }
}

pub(super) fn consolidation(found: &report::Consolidation) -> wire::Consolidation {
    wire::Consolidation {
        nodes_now: found.nodes_now,
        cost_now: cents(found.cost_now),
        nodes: kinds(&found.nodes),
        cost: cents(found.cost),
        lower_bound: cents(found.lower_bound),
        saving: cents(found.saving()),
        with_changes: found.with_changes.iter().map(|change| with_change(change, found)).collect(),
    }
}

fn with_change(change: &report::WithChange, found: &report::Consolidation) -> wire::WithChange {
    wire::WithChange {
        change: change.change.name().to_owned(),
        condition: change.change.condition().to_owned(),
        nodes: kinds(&change.nodes),
        cost: cents(change.cost),
        further_saving: cents(found.cost - change.cost),
    }
}

fn kinds(nodes: &[report::KindCount]) -> Vec<wire::NodeKind> {
    let one = |kind: &report::KindCount| wire::NodeKind {
        name: kind.name.clone(),
        count: kind.count,
        price_per_hour: number(kind.price_per_hour.amount()),
    };
    nodes.iter().map(one).collect()
}

/// Rounded to nine decimals, more than any price has.
pub(super) fn number(amount: Decimal) -> DecimalText {
    exact(amount.round_dp(9))
}
