use std::collections::BTreeMap;

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

impl WorkloadUsage {
    /// Used of requested core-hours; `None` where none were requested.
    pub fn cpu_efficiency(&self) -> Option<f64> {
        ratio(self.summary.core_hours, self.summary.requested_core_hours)
    }

    /// Used of requested byte-hours; `None` where none were requested.
    pub fn memory_efficiency(&self) -> Option<f64> {
        ratio(self.summary.memory_byte_hours, self.summary.requested_byte_hours)
    }
}

fn ratio(used: f64, requested: f64) -> Option<f64> {
    (requested > 0.0).then(|| used / requested)
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
