//! Runtime profiles and the model of one pod.

mod pod_shape;
mod profile;
mod replica;
mod service;
mod sidecar;
mod work;

pub use pod_shape::{ASSUMED_NODE_CORES, PodShape, SidecarShape};
pub use profile::{Benchmark, Evidence, Kind, PodResources, RuntimeProfile, Sourced, ThreadRule, ValueSet, Workers};
pub use replica::Replica;
pub use service::Service;
pub use sidecar::Sidecar;
pub use work::{CpuFactors, HandlerCpu, HandlerTime, Work};
