//! Requests and usage of the pods of a workload at the time of the last snapshot.

use std::collections::BTreeMap;

use super::nodes::Usage;
use crate::model::cluster::{Owners, Snapshot, WorkloadId, pod_requests};
use crate::units::{Bytes, CpuMillis};

/// Requests of a workload's pods, and usage of the measured ones, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// Number of scheduled pods.
    pub pods: u64,
    /// Sum of their CPU requests.
    pub cpu_request: CpuMillis,
    /// Sum of their memory requests.
    pub memory_request: Bytes,
    /// Request and usage of the pods whose usage was measured.
    pub measured: Option<Measured>,
}

/// Usage and requests of the measured pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Number of measured pods.
    pub pods: u64,
    /// CPU usage of those pods.
    pub cpu_used: CpuMillis,
    /// Memory usage of those pods.
    pub memory_used: Bytes,
    /// Sum of their CPU requests.
    pub cpu_request: CpuMillis,
    /// Sum of their memory requests.
    pub memory_request: Bytes,
}

impl Measured {
    /// CPU usage ÷ CPU request; `None` if nothing is requested.
    pub fn cpu_efficiency(&self) -> Option<f64> {
        ratio(self.cpu_used.cores(), self.cpu_request.cores())
    }

    /// Memory usage ÷ memory request; `None` if nothing is requested.
    pub fn memory_efficiency(&self) -> Option<f64> {
        ratio(self.memory_used.as_f64(), self.memory_request.as_f64())
    }
}

fn ratio(used: f64, requested: f64) -> Option<f64> {
    (requested > 0.0).then(|| used / requested)
}

/// Requests and usage by workload in the last snapshot.
pub(super) fn demands(snapshot: &Snapshot) -> BTreeMap<WorkloadId, Demand> {
    let owners = Owners::new(&snapshot.workloads);
    let usage = Usage::new(snapshot);
    let mut demands: BTreeMap<WorkloadId, Demand> = BTreeMap::new();
    for pod in snapshot.pods.iter().filter(|pod| !pod.is_terminated() && pod.node.is_some()) {
        let demand = demands.entry(owners.workload(pod)).or_default();
        let requests = pod_requests(pod);
        let (cpu, memory) = (requests.cpu(), requests.memory());
        demand.pods += 1;
        demand.cpu_request = demand.cpu_request + cpu;
        demand.memory_request = demand.memory_request + memory;
        if let Some((cpu_used, memory_used)) = usage.used(pod) {
            let measured = demand.measured.get_or_insert_with(Measured::default);
            measured.pods += 1;
            measured.cpu_used = measured.cpu_used + cpu_used;
            measured.memory_used = measured.memory_used + memory_used;
            measured.cpu_request = measured.cpu_request + cpu;
            measured.memory_request = measured.memory_request + memory;
        }
    }
    demands
}
