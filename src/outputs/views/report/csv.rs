//! The CSV form of a report: one row for each workload.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::cluster::WorkloadId;
use crate::model::report::{IdleCost, IdleResource, Report, WorkloadRow};
use crate::model::styles::{RunningService, Style};
use crate::outputs::number::significant;
use crate::units::{Bytes, CpuMillis, Money};

/// One row of a spreadsheet: a workload.
#[derive(Serialize)]
pub(in crate::outputs) struct CsvRow {
    group: String,
    namespace: String,
    kind: String,
    name: String,
    /// Current number, or the mean of the period if there are metrics; the same applies to the requests.
    pods: Option<String>,
    cpu_request_millis: Option<u64>,
    memory_request_bytes: Option<u64>,
    /// Costs are empty if nothing they consist of has a price.
    cpu_cost: Option<String>,
    memory_cost: Option<String>,
    gpu_cost: Option<String>,
    storage_cost: Option<String>,
    load_balancer_cost: Option<String>,
    direct_cost: Option<String>,
    shared_cost: String,
    idle_cost: String,
    total_cost: Option<String>,
    /// Whether everything has a price; otherwise, costs only include what has one.
    priced: bool,
    /// Its part of the idle cost by resource; the sum is `idle_cost`.
    idle_cpu_cost: Option<String>,
    idle_memory_cost: Option<String>,
    idle_gpu_cost: Option<String>,
    /// The idle capacity that this part pays for.
    idle_cores: Option<String>,
    idle_gib: Option<String>,
    /// The period of the costs, and its hours.
    period: String,
    hours: String,
    /// For a running service: its runtime, requests per second in the busy period, monthly cost of each style at the
    /// cluster's own prices, and the recommended action. Empty if unknown.
    runtime: Option<&'static str>,
    busy_rps: Option<String>,
    as_is_cost_per_month: Option<String>,
    right_sized_cost_per_month: Option<String>,
    python_cost_per_month: Option<String>,
    go_cost_per_month: Option<String>,
    advice: Option<&'static str>,
    advice_step: Option<u8>,
    /// Expected cost of its pods in the next month, with the 5th and 95th percentile.
    forecast_month: Option<String>,
    forecast_cost: Option<String>,
    forecast_cost_low: Option<String>,
    forecast_cost_high: Option<String>,
}

pub(in crate::outputs) fn csv_rows(report: &Report) -> impl Iterator<Item = CsvRow> + '_ {
    let cents = |amount: Money| format!("{:.2}", amount.amount());
    let (period, hours) = (report.span.when(), report.span.hours.amount().normalize().to_string());
    let services: BTreeMap<&WorkloadId, &RunningService> =
        report.running_services.iter().map(|service| (&service.id, service)).collect();
    report.workloads.iter().map(move |row| {
        let service = row.key.workload().and_then(|id| services.get(id)).copied();
        let style = |style: fn(&RunningService) -> &Style| {
            let sized = style(service?)[0].as_ref().ok()?;
            Some(cents(sized.share_cost.plan))
        };
        let ahead = service.and_then(|service| service.forecast.as_ref().ok());
        let expected = ahead.and_then(|ahead| ahead.cost);
        let known = row.costs.known(row.unpriced);
        let idle = report.idle.as_ref().filter(|_| row.costs.idle > Money::default());
        let idle_costs = idle.map(|idle| idle.split(row.costs.idle));
        let part = |idle: &IdleCost, room: &IdleResource| {
            let part = row.costs.idle.amount().checked_div(idle.cost.amount()).unwrap_or_default();
            room.amount.saturating_mul(part).round_dp(3).normalize().to_string()
        };
        CsvRow {
            group: row.group.clone(),
            namespace: row.key.workload().map_or_else(String::new, |id| id.namespace.clone()),
            kind: row.key.kind().to_owned(),
            name: row.key.name().to_owned(),
            pods: match &row.usage {
                Some(usage) => Some(significant(usage.pods, 3)),
                None => row.demand.as_ref().map(|demand| demand.pods.to_string()),
            },
            cpu_request_millis: requested(row).map(|(cpu, _)| cpu.millis()),
            memory_request_bytes: requested(row).map(|(_, memory)| memory.bytes()),
            cpu_cost: known.cpu.map(cents),
            memory_cost: known.memory.map(cents),
            gpu_cost: known.gpu.map(cents),
            storage_cost: known.storage.map(cents),
            load_balancer_cost: known.load_balancers.map(cents),
            direct_cost: known.direct.map(cents),
            shared_cost: cents(row.costs.shared),
            idle_cost: cents(row.costs.idle),
            total_cost: known.total.map(cents),
            priced: !row.unpriced.any(),
            idle_cpu_cost: idle_costs.map(|[cpu, ..]| cents(cpu)),
            idle_memory_cost: idle_costs.map(|[_, memory, _]| cents(memory)),
            idle_gpu_cost: idle_costs.map(|[.., gpu]| cents(gpu)),
            idle_cores: idle.map(|idle| part(idle, &idle.cpu)),
            idle_gib: idle.map(|idle| part(idle, &idle.memory)),
            period: period.clone(),
            hours: hours.clone(),
            runtime: service.and_then(|service| service.known.runtime.language),
            busy_rps: service.and_then(|s| Some(significant(s.demand.as_ref().ok()?.busy.mid(), 4))),
            as_is_cost_per_month: style(|service| &service.as_is),
            right_sized_cost_per_month: style(|service| &service.right_sized),
            python_cost_per_month: style(|service| &service.python),
            go_cost_per_month: style(|service| &service.go),
            advice: service.map(|service| service.advice.action.name()),
            advice_step: service.map(|service| service.advice.step.number()),
            forecast_month: ahead.map(|ahead| ahead.month.to_string()),
            forecast_cost: expected.map(|cost| cents(cost.mid)),
            forecast_cost_low: expected.map(|cost| cents(cost.low)),
            forecast_cost_high: expected.map(|cost| cents(cost.high)),
        }
    })
}

fn requested(row: &WorkloadRow) -> Option<(CpuMillis, Bytes)> {
    match &row.usage {
        Some(usage) => Some((usage.cpu_request, usage.memory_request)),
        None => row.demand.as_ref().map(|demand| (demand.cpu_request, demand.memory_request)),
    }
}
