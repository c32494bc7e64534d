//! Instance types and the capacity that their nodes offer to pods.

mod allocatable;
mod distribution;
mod family;
mod instance_type;
mod memory_capacity;
mod pod_request;

pub use allocatable::{Allocatable, Kubelet, MaxPods, Reserved, allocatable, eni_max_pods};
pub use distribution::Distribution;
pub use instance_type::{Arch, CapacityType, InstanceType, Provider};
pub use memory_capacity::{MemoryCapacity, memory_capacity};
pub use pod_request::{DaemonSetOverhead, PodRequest};
