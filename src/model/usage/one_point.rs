//! Builds a history of one step from a single moment, for clusters without stored metrics: from the `/metrics` of
//! processes and the readings of the metrics API.

use std::collections::BTreeMap;

use super::{Coverage, Grid, History, Period, ProcessUsage, StepSeconds, WorkloadHistory};
use crate::model::cluster::{Owners, Pod, PodUsage, Snapshot, WorkloadId};

/// Length of the step that stands for the moment. It does not affect any rate.
const STEP: u32 = 60;

impl History {
    /// Applies what scraped processes report to all pods of their workloads. CPU usage is what the processes count
    /// themselves, over the same time as their requests, or else the current reading of the metrics API; memory is
    /// the reading of the metrics API, or else what the processes report. `None` at the beginning of the calendar.
    pub fn of_one_point(snapshot: &Snapshot, scraped: &BTreeMap<WorkloadId, Vec<ProcessUsage>>) -> Option<Self> {
        let step = StepSeconds::new(STEP)?;
        let until = snapshot.taken_at;
        let from = until.checked_sub(jiff::SignedDuration::from_secs(step.seconds())).ok()?;
        let grid = Grid::new(Period::new(from, until)?, step);
        let owners = Owners::new(&snapshot.workloads);
        let used: BTreeMap<(&str, &str), &PodUsage> =
            snapshot.pod_usage.iter().map(|used| ((used.namespace.as_str(), used.pod.as_str()), used)).collect();
        let one = |(id, processes): (&WorkloadId, &Vec<ProcessUsage>)| {
            let pods: Vec<&Pod> =
                snapshot.pods.iter().filter(|pod| !pod.is_terminated() && owners.workload(pod) == *id).collect();
            workload(id, processes, &pods, &used)
        };
        Some(Self {
            grid,
            nodes: Vec::new(),
            workloads: scraped.iter().map(one).collect(),
            coverage: Coverage { hours: step.hours(), hours_without_cluster: 0.0, hours_without_usage: 0.0 },
            findings: Vec::new(),
        })
    }
}

fn workload(
    id: &WorkloadId,
    processes: &[ProcessUsage],
    pods: &[&Pod],
    used: &BTreeMap<(&str, &str), &PodUsage>,
) -> WorkloadHistory {
    let mut workload = WorkloadHistory::new(id.clone());
    let by_api = |amount: fn(&crate::model::cluster::Resources) -> f64| {
        let of_pod = |pod: &&Pod| {
            let own = pod.service_container()?.name.as_str();
            let used = used.get(&(pod.namespace.as_str(), pod.name.as_str()))?;
            used.containers.iter().find(|container| container.name == own).map(|container| amount(&container.usage))
        };
        mean(pods.iter().filter_map(of_pod))
    };
    #[expect(clippy::cast_precision_loss, reason = "pods of one workload")]
    let count = pods.len() as f64;
    let step = f64::from(STEP) / 3600.0;
    workload.pod_hours.add(0, count * step);
    if let Some(rate) = mean(processes.iter().filter_map(|process| process.requests_per_second)) {
        workload.requests_per_second.add(0, rate * count);
        workload.requests_from = processes.iter().find_map(|process| process.requests_from);
    }
    let cores = mean(processes.iter().filter_map(|process| process.cores));
    if let Some(cores) = cores.or_else(|| by_api(|usage| usage.cpu().cores())) {
        workload.cores.add(0, cores * count);
        workload.cores_of_busiest.add(0, cores);
    }
    let resident = || mean(processes.iter().filter_map(|process| Some(process.resident?.as_f64())));
    if let Some(bytes) = by_api(|usage| usage.memory().as_f64()).or_else(resident) {
        workload.memory_byte_hours.add(0, bytes * count * step);
        workload.memory_peak.add(0, bytes);
    }
    workload.runtimes = processes.iter().flat_map(|process| process.runtimes.clone()).collect();
    workload.software = processes.iter().flat_map(|process| process.software.clone()).collect();
    workload.software.sort();
    workload.software.dedup();
    workload
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value;
        count += 1.0;
    }
    (count > 0.0).then(|| sum / count)
}
