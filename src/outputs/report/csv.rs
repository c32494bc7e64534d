use serde::Serialize;

use crate::model::report::Report;

/// One workload in a spreadsheet.
#[derive(Serialize)]
pub(in crate::outputs) struct CsvRow {
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

pub(in crate::outputs) fn csv_rows(report: &Report) -> impl Iterator<Item = CsvRow> + '_ {
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
