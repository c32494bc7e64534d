use std::collections::BTreeMap;

use super::nodes::Usage;
use crate::model::cluster::{Owners, Snapshot, pod_requests};
use crate::model::usage::WorkloadId;
use crate::units::{Bytes, CpuMillis};

/// What a workload's pods ask for and what those that were measured used, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// Pods that hold room on a node.
    pub pods: u64,
    /// CPU that they request.
    pub cpu_request: CpuMillis,
    /// Memory that they request.
    pub memory_request: Bytes,
    /// The same of those whose use was measured.
    pub measured: Option<Measured>,
}

/// Use and request of pods that were measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// How many pods.
    pub pods: u64,
    /// CPU that they used.
    pub cpu_used: CpuMillis,
    /// Memory that they used.
    pub memory_used: Bytes,
    /// CPU that they request.
    pub cpu_request: CpuMillis,
    /// Memory that they request.
    pub memory_request: Bytes,
}

impl Measured {
    /// Used of requested CPU; `None` where none is requested.
    pub fn cpu_efficiency(&self) -> Option<f64> {
        ratio(self.cpu_used.cores(), self.cpu_request.cores())
    }

    /// Used of requested memory; `None` where none is requested.
    pub fn memory_efficiency(&self) -> Option<f64> {
        ratio(self.memory_used.as_f64(), self.memory_request.as_f64())
    }
}

fn ratio(used: f64, requested: f64) -> Option<f64> {
    (requested > 0.0).then(|| used / requested)
}

/// Of the last snapshot.
pub(super) fn demands(snapshot: &Snapshot) -> BTreeMap<WorkloadId, Demand> {
    let owners = Owners::new(&snapshot.workloads);
    let usage = Usage::new(snapshot);
    let mut demands: BTreeMap<WorkloadId, Demand> = BTreeMap::new();
    for pod in snapshot.pods.iter().filter(|pod| !pod.is_over() && pod.node.is_some()) {
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
