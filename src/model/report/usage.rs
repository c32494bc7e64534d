//! Requests and usage of each workload in the reported period.

use std::collections::BTreeMap;

use crate::model::cluster::WorkloadId;
use crate::model::finding::{Code, Finding};
use crate::model::usage::{
    CONTAINER_CPU, CONTAINER_MEMORY, History, Latency, RuntimeSign, UsageSummary, WorkloadHistory,
};
use crate::units::{Bytes, CpuMillis, grouped};

/// Requests and usage of a workload in the period.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadUsage {
    /// Hours with data, averages and quantiles.
    pub summary: UsageSummary,
    /// Average number of pods.
    pub pods: f64,
    /// Average CPU request of all pods.
    pub cpu_request: CpuMillis,
    /// Average memory request of all pods.
    pub memory_request: Bytes,
    /// Share of CFS periods in which the CPU was throttled, 0 to 1; `None` if no container has a CPU limit.
    pub throttled: Option<f64>,
    /// Metric convention that requests and latency were read from.
    pub requests_from: Option<&'static str>,
    /// Response time quantiles.
    pub latency: Option<Latency>,
    /// Runtimes that its processes report.
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

/// Findings about workloads without usage metrics.
pub(super) fn not_measured(usages: &BTreeMap<WorkloadId, WorkloadUsage>) -> Vec<Finding> {
    let running: Vec<_> = usages.iter().filter(|(_, usage)| usage.summary.pod_hours > 0.0).collect();
    let one = |what: &str, metric: &str, lacks: fn(&UsageSummary) -> bool| {
        let without: Vec<_> = running.iter().filter(|(_, usage)| lacks(&usage.summary)).collect();
        let (first, _) = without.first()?;
        let message = format!(
            "the {what} usage of {} of {} workloads is unknown (the first is {first}): {metric} has no series with the label `container` for them, \
             as with cri-dockerd, which only reports pods, or their pods ended between two scrapes",
            grouped(without.len()),
            grouped(running.len())
        );
        Some(match without.len() == running.len() {
            true => Finding::warning(Code::UsageUnknown, what, message),
            false => Finding::info(Code::UsageUnknown, what, message),
        })
    };
    let cpu = one("CPU", CONTAINER_CPU, |summary| summary.core_hours.is_none());
    let memory = one("memory", CONTAINER_MEMORY, |summary| summary.memory_byte_hours.is_none());
    cpu.into_iter().chain(memory).collect()
}
