use serde::Serialize;

use crate::model::report::{Report, WorkloadRow};
use crate::outputs::number::significant;
use crate::units::{Bytes, CpuMillis};

/// One workload in a spreadsheet.
#[derive(Serialize)]
pub(in crate::outputs) struct CsvRow {
    group: String,
    namespace: String,
    kind: String,
    name: String,
    /// Of now, and averages of the period where metrics tell it; so are the requests.
    pods: Option<String>,
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
    /// Whether the price of every node that its pods run on is known; costs are what is known.
    priced: bool,
}

pub(in crate::outputs) fn csv_rows(report: &Report) -> impl Iterator<Item = CsvRow> + '_ {
    let cents = |amount: crate::units::Money| format!("{:.2}", amount.amount());
    report.workloads.iter().map(move |row| CsvRow {
        group: row.group.clone(),
        namespace: row.id.namespace.clone(),
        kind: row.id.kind.clone(),
        name: row.id.name.clone(),
        pods: match &row.usage {
            Some(usage) => Some(significant(usage.pods, 3)),
            None => row.demand.as_ref().map(|demand| demand.pods.to_string()),
        },
        cpu_request_millis: requested(row).map(|(cpu, _)| cpu.millis()),
        memory_request_bytes: requested(row).map(|(_, memory)| memory.bytes()),
        cpu_cost: cents(row.costs.cpu),
        memory_cost: cents(row.costs.memory),
        gpu_cost: cents(row.costs.gpu),
        storage_cost: cents(row.costs.storage),
        load_balancer_cost: cents(row.costs.load_balancers),
        direct_cost: cents(row.costs.direct()),
        shared_cost: cents(row.costs.shared),
        idle_cost: cents(row.costs.idle),
        total_cost: cents(row.costs.total()),
        priced: row.priced,
    })
}

fn requested(row: &WorkloadRow) -> Option<(CpuMillis, Bytes)> {
    match &row.usage {
        Some(usage) => Some((usage.cpu_request, usage.memory_request)),
        None => row.demand.as_ref().map(|demand| (demand.cpu_request, demand.memory_request)),
    }
}
