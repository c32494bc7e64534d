use std::collections::BTreeMap;

use crate::model::Finding;
use crate::model::usage::{History, Latency, RuntimeSign, UsageSummary, WorkloadHistory, WorkloadId};
use crate::units::{Bytes, CpuMillis};

/// What a workload asked for and used in the period.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadUsage {
    /// Hours, averages and quantiles.
    pub summary: UsageSummary,
    /// Pods that there were on average.
    pub pods: f64,
    /// CPU that was requested on average.
    pub cpu_request: CpuMillis,
    /// Memory that was requested on average.
    pub memory_request: Bytes,
    /// Share of the CPU quota's periods that were used up; `None` where no container has a limit.
    pub throttled: Option<f64>,
    /// The convention that requests and latency were counted by.
    pub requests_from: Option<&'static str>,
    /// How long requests took.
    pub latency: Option<Latency>,
    /// Which runtimes its processes report.
    pub runtimes: Vec<RuntimeSign>,
}

pub(super) fn usages(history: &History) -> BTreeMap<WorkloadId, WorkloadUsage> {
    let known = history.coverage.known_hours();
    let average = |hourly: f64| if known > 0.0 { hourly / known } else { 0.0 };
    let usage = |workload: &WorkloadHistory| {
        let summary = workload.summary(history.grid);
        WorkloadUsage {
            pods: average(summary.pod_hours),
            cpu_request: CpuMillis::nearest(average(summary.requested_core_hours)),
            memory_request: Bytes::nearest(average(summary.requested_byte_hours)),
            summary,
            throttled: workload.throttled,
            requests_from: workload.requests_from,
            latency: workload.latency,
            runtimes: workload.runtimes.clone(),
        }
    };
    history.workloads.iter().map(|workload| (workload.id.clone(), usage(workload))).collect()
}

/// What a reader must know of workloads whose use the metrics do not tell.
pub(super) fn not_measured(usages: &BTreeMap<WorkloadId, WorkloadUsage>) -> Vec<Finding> {
    let running: Vec<_> = usages.iter().filter(|(_, usage)| usage.summary.pod_hours > 0.0).collect();
    let one = |what: &str, metric: &str, lacks: fn(&UsageSummary) -> bool| {
        let without: Vec<_> = running.iter().filter(|(_, usage)| lacks(&usage.summary)).collect();
        let (first, _) = without.first()?;
        let message = format!(
            "what {} of {} workloads used of {what} is not known (the first is {first}): {metric} has no series of theirs \
             with the label `container`, as where cri-dockerd reports pods alone, or their pods ended between two scrapes",
            without.len(),
            running.len()
        );
        Some(match without.len() == running.len() {
            true => Finding::warning("usage-unknown", what, message),
            false => Finding::info("usage-unknown", what, message),
        })
    };
    let cpu = one("CPU", "container_cpu_usage_seconds_total", |summary| summary.core_hours.is_none());
    let memory = one("memory", "container_memory_working_set_bytes", |summary| summary.memory_byte_hours.is_none());
    cpu.into_iter().chain(memory).collect()
}
