//! The usage that scraped processes report, one line each.

use crate::model::report::{Report, WorkloadRow};
use crate::model::usage::ProcessUsage;
use crate::outputs::number::{bytes, significant};

pub(super) fn lines(report: &Report) -> impl Iterator<Item = String> + '_ {
    report.workloads.iter().flat_map(|row| row.scraped.iter().map(move |process| line(row, process)))
}

fn line(row: &WorkloadRow, process: &ProcessUsage) -> String {
    let since = match (process.from, process.is_since_start) {
        (Some(from), true) => format!("from its start at {from} to {}", process.until),
        (Some(from), false) => format!("from {from} to {}", process.until),
        (None, _) => format!("at {}", process.until),
    };
    let mut said: Vec<String> = Vec::new();
    said.extend(process.requests_per_second.map(|rate| format!("{} requests per second", significant(rate, 3))));
    said.extend(process.cores.map(|cores| format!("{} cores", significant(cores, 3))));
    said.extend(
        process.cpu_seconds_per_request.map(|cpu| format!("{} ms CPU per request", significant(cpu * 1000.0, 3))),
    );
    said.extend(process.resident.map(bytes));
    said.extend(
        process.runtimes.iter().map(|sign| format!("{} {}", sign.language, sign.version).trim_end().to_owned()),
    );
    if said.is_empty() {
        said.push("no known metrics".to_owned());
    }
    format!("Scraped: one process of {}, {since}: {}.", row.key, said.join(", "))
}
