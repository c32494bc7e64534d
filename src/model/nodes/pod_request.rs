//! Resource requests of pods, and of the DaemonSets on every node.

use crate::units::{Bytes, CpuMillis};

/// Resources of every node that DaemonSets take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaemonSetOverhead {
    /// Sum of the CPU requests of the DaemonSets on one node.
    pub cpu: CpuMillis,
    /// Sum of their memory requests in bytes.
    pub memory: Bytes,
    /// Number of their pods.
    pub pods: u32,
}

/// Resource request of one pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PodRequest {
    /// CPU request in millicores.
    pub cpu: CpuMillis,
    /// Memory request in bytes.
    pub memory: Bytes,
}
