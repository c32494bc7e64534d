//! How full each node is: what its pods request, and what they use.

use std::collections::BTreeMap;

use super::WorkloadUsage;
use super::nodes::Usage;
use crate::model::cluster::{Owners, Pod, Snapshot, WorkloadId, pod_requests};
use crate::units::{Bytes, CpuMillis};

/// One node of the last snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeFill {
    /// Name of the node.
    pub name: String,
    /// The provider's name for its machine type.
    pub instance_type: Option<String>,
    /// What it offers to pods.
    pub allocatable: NodeAmount,
    /// What its pods request.
    pub requested: NodeAmount,
    /// What its pods use: as measured at the moment of the snapshot, or else as the average pod of their workload uses
    /// over the period; `None` where that is unknown of one of them.
    pub used: Option<NodeAmount>,
}

/// CPU and memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeAmount {
    /// CPU.
    pub cpu: CpuMillis,
    /// Memory.
    pub memory: Bytes,
}

impl NodeAmount {
    fn plus(self, other: Self) -> Self {
        Self { cpu: self.cpu + other.cpu, memory: self.memory + other.memory }
    }
}

/// Every machine of the snapshot, by name.
pub(super) fn node_fills(snapshot: &Snapshot, usages: &BTreeMap<WorkloadId, WorkloadUsage>) -> Vec<NodeFill> {
    let owners = Owners::new(&snapshot.workloads);
    let now = Usage::new(snapshot);
    let average = |pod: &Pod| {
        let summary = &usages.get(&owners.workload(pod))?.summary;
        let (cores, bytes) = summary.pod_cores.mean.zip(summary.pod_memory_mean)?;
        Some(NodeAmount { cpu: CpuMillis::nearest(cores), memory: Bytes::nearest(bytes) })
    };
    // A node without pods uses nothing for them.
    let empty = (NodeAmount::default(), Some(NodeAmount::default()));
    let mut pods: BTreeMap<&str, (NodeAmount, Option<NodeAmount>)> = BTreeMap::new();
    for pod in snapshot.pods.iter().filter(|pod| !pod.is_terminated()) {
        let Some(node) = pod.node.as_deref() else { continue };
        let (requested, used) = pods.entry(node).or_insert(empty);
        let requests = pod_requests(pod);
        *requested = requested.plus(NodeAmount { cpu: requests.cpu(), memory: requests.memory() });
        let more = now.used(pod).map(|(cpu, memory)| NodeAmount { cpu, memory }).or_else(|| average(pod));
        *used = used.zip(more).map(|(used, more)| used.plus(more));
    }
    let mut fills: Vec<NodeFill> = snapshot
        .nodes
        .iter()
        .filter(|node| node.machine.kind.is_machine())
        .map(|node| {
            let allocatable = NodeAmount { cpu: node.allocatable.cpu(), memory: node.allocatable.memory() };
            let (requested, used) = pods.get(node.name.as_str()).copied().unwrap_or(empty);
            let instance_type = node.machine.instance_type.clone();
            NodeFill { name: node.name.clone(), instance_type, allocatable, requested, used }
        })
        .collect();
    fills.sort_by(|a, b| a.name.cmp(&b.name));
    fills
}
