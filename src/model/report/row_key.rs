//! What a row of a report represents.

use std::fmt;

use crate::model::cluster::WorkloadId;

/// What a row stands for: a workload, or a cost of the cluster that belongs to no workload.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKey {
    /// Capacity that no pod requested or used.
    Idle,
    /// Shared cost: the control plane and the shared namespaces.
    Shared,
    /// Volumes that no claim is bound to.
    Unclaimed,
    /// A workload, or a claim or Service that no workload of the cluster uses.
    Workload(WorkloadId),
}

impl RowKey {
    /// The workload; `None` for a row of the cluster.
    pub const fn workload(&self) -> Option<&WorkloadId> {
        match self {
            Self::Workload(id) => Some(id),
            Self::Idle | Self::Shared | Self::Unclaimed => None,
        }
    }

    /// The kind of the workload; `Cluster` for a row of the cluster.
    pub fn kind(&self) -> &str {
        self.workload().map_or("Cluster", |id| &id.kind)
    }

    /// The name without namespace and kind.
    pub fn name(&self) -> &str {
        match self {
            Self::Idle => "idle",
            Self::Shared => "shared",
            Self::Unclaimed => "volumes without a claim",
            Self::Workload(id) => &id.name,
        }
    }
}

impl From<WorkloadId> for RowKey {
    fn from(id: WorkloadId) -> Self {
        Self::Workload(id)
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.workload() {
            Some(id) => id.fmt(f),
            None => f.write_str(self.name()),
        }
    }
}
