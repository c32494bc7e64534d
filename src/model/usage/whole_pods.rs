//! Adds the requests that container metrics do not contain: init containers and pod overhead.

use std::collections::BTreeMap;

use super::History;
use crate::model::cluster::WorkloadId;
use crate::model::cluster::{Owners, Pod, Resources, Snapshot, pod_requests};
use crate::model::finding::{Code, Finding};
use crate::units::grouped;

/// What one pod of a workload requests beyond its containers.
#[derive(Clone, Copy, Default)]
struct Beyond {
    cores: f64,
    bytes: f64,
    pods: f64,
}

impl History {
    /// Adds pod-level and runtime-class requests, which the metrics lack: kube-state-metrics only exports container
    /// requests. The values of the current pods are used for the whole period.
    pub fn add_whole_pods(&mut self, snapshot: &Snapshot, overhead_is_counted: bool) {
        let owners = Owners::new(&snapshot.workloads);
        let mut all: BTreeMap<WorkloadId, Beyond> = BTreeMap::new();
        for pod in snapshot.pods.iter().filter(|pod| !pod.is_terminated() && pod.node.is_some()) {
            let (cores, bytes) = beyond_containers(pod, overhead_is_counted);
            let beyond = all.entry(owners.workload(pod)).or_default();
            beyond.cores += cores;
            beyond.bytes += bytes;
            beyond.pods += 1.0;
        }
        all.retain(|_, beyond| beyond.cores > 0.0 || beyond.bytes > 0.0);
        if all.is_empty() {
            return;
        }
        let message = format!(
            "{} workloads have pod-level or runtime-class requests, which the metrics do not contain: those of their current pods are used for \
             the whole period, and those of deleted workloads are not included",
            grouped(all.len())
        );
        self.findings.push(Finding::info(Code::PodLevelRequestsAssumed, "history", message));
        for workload in &mut self.workloads {
            let Some(Beyond { cores, bytes, pods }) = all.get(&workload.id).copied() else { continue };
            let (cores, bytes) = (cores / pods, bytes / pods);
            for (step, hours) in workload.pod_hours.iter() {
                workload.requested_core_hours.add(step, cores * hours);
                workload.requested_byte_hours.add(step, bytes * hours);
            }
            for held in workload.held.values_mut() {
                let (core_hours, byte_hours) = (cores * held.pod_hours, bytes * held.pod_hours);
                held.requested_core_hours += core_hours;
                held.requested_byte_hours += byte_hours;
                // Usage beyond a container's own request may be within that of the pod.
                held.excess_core_hours = (held.excess_core_hours - core_hours).max(0.0);
                held.excess_byte_hours = (held.excess_byte_hours - byte_hours).max(0.0);
            }
        }
    }
}

fn beyond_containers(pod: &Pod, overhead_is_counted: bool) -> (f64, f64) {
    if pod.whole.is_none() && (overhead_is_counted || pod.overhead.is_empty()) {
        return (0.0, 0.0);
    }
    let mut counted = Pod { whole: None, ..pod.clone() };
    if !overhead_is_counted {
        counted.overhead = Resources::default();
    }
    let (asked, counted) = (pod_requests(pod), pod_requests(&counted));
    let beyond = |of: fn(&Resources) -> f64| (of(&asked) - of(&counted)).max(0.0);
    (beyond(|r| r.cpu().cores()), beyond(|r| r.memory().as_f64()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cluster::{ClusterId, PodPhase, Sizes};
    use crate::model::usage::{
        Grid, Observed, OccupancySamples, Owner, Period, Series, StepSeconds, WorkloadSamples, history,
    };
    use crate::model::usage::{NodeId, Occupancy};

    fn resources(cpu: &str, memory: &str) -> Resources {
        serde_json::from_value(serde_json::json!({ "cpu": cpu, "memory": memory })).unwrap()
    }

    /// Two pods for ten hours, whose requests are not in the metrics: each requests 2 cores at pod level and uses 3.
    #[test]
    fn pod_level_requests_are_added() {
        let at = |s| jiff::Timestamp::from_second(s).unwrap();
        let mut observed = Observed::new(Grid::new(Period::new(at(0), at(36_000)).unwrap(), StepSeconds::HOUR));
        let series = |value: f64| {
            let mut series = Series::default();
            (0..10).for_each(|step| series.add(step, value));
            series
        };
        let node = NodeId { name: "n".to_owned(), provider_id: String::new() };
        observed.node_samples.insert(node, series(60.0));
        let held =
            OccupancySamples { running: series(120.0), excess_core_hours: series(6.0), ..OccupancySamples::default() };
        let owner = Owner { namespace: "prod".to_owned(), kind: "StatefulSet".to_owned(), name: "web".to_owned() };
        let samples = WorkloadSamples { held: [("n".to_owned(), held)].into(), ..WorkloadSamples::default() };
        observed.workloads.insert(owner, samples);
        let pod = |name: &str| Pod {
            namespace: "prod".to_owned(),
            name: name.to_owned(),
            node: Some("n".to_owned()),
            phase: PodPhase::Running,
            owner: Some(serde_json::from_value(serde_json::json!({ "kind": "StatefulSet", "name": "web" })).unwrap()),
            whole: Some(Box::new(Sizes { requests: resources("2", "4Gi"), ..Sizes::default() })),
            overhead: resources("500m", "1Gi"),
            ..Pod::default()
        };
        let mut snapshot = Snapshot::new("2026-11-24T08:00:00Z".parse().unwrap(), ClusterId::default());
        snapshot.pods = vec![pod("web-0"), pod("web-1")];
        let held = |overhead_is_counted| {
            let mut history = history(observed.clone());
            history.add_whole_pods(&snapshot, overhead_is_counted);
            assert!(history.findings.iter().any(|finding| finding.code == Code::PodLevelRequestsAssumed));
            history.workloads[0].held[&Some(0)]
        };
        let gib = f64::from(1_u32 << 30);
        let expected = Occupancy {
            pod_hours: 20.0,
            requested_core_hours: 40.0,
            requested_byte_hours: 80.0 * gib,
            excess_core_hours: 20.0,
            ..Occupancy::default()
        };
        assert_eq!(held(true), expected);
        let expected = Occupancy {
            requested_core_hours: 50.0,
            requested_byte_hours: 100.0 * gib,
            excess_core_hours: 10.0,
            ..expected
        };
        assert_eq!(held(false), expected);
    }
}
