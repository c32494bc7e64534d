//! The capacity and cost model: values in, values out.
//!
//! Nothing here reads a clock, a file, the network or the environment; nothing logs, waits or keeps state. A fact that is
//! missing becomes a [`Finding`], never a guess. Inside, rates are requests a second, times are seconds, CPU is cores and
//! memory is bytes as `f64`; CPU and memory requests and money enter and leave as the exact types of [`crate::units`].

mod allocatable;
mod article;
mod autoscaler;
mod basis;
pub mod cluster;
mod distribution;
mod draw;
mod estimate;
mod family;
mod finding;
mod instance;
mod interval;
mod lines;
mod load;
mod memory_capacity;
mod node_plan;
pub mod packing;
mod pod;
mod policy;
mod price_change;
mod price_group;
mod price_origin;
mod profile;
pub mod queueing;
mod replica;
pub mod report;
mod requirement;
pub mod rightsizing;
pub mod room;
mod sampling;
mod sensitivity;
mod services;
mod share_price;
mod sidecar;
mod sizing;
pub mod usage;
mod work;
mod workload;

pub use allocatable::{Allocatable, Kubelet, MaxPods, Reserved, allocatable, eni_max_pods};
pub use article::{Bench, Check, Claim, Figure, Judged, UnknownReference, Verdict, judge};
pub use autoscaler::{Controller, Seen, Target, settle};
pub use basis::{Basis, Candidate, LeftOut};
pub use distribution::Distribution;
pub use draw::{Draw, Input, UncertainInputs};
pub use estimate::{
    Answer, Autoscaler, ClusterFit, ClusterRoom, Comparison, Estimate, Excuse, FixedMonth, Frontier, FrontierPoint,
    Lack, LargerRequest, OtherLimit, OwnNodes, Plan, Question, RatioInterval, RatioIntervals, Ratios, Round, Service,
    Settled, Spike, Spread, estimate,
};
pub use finding::{Finding, Severity};
pub use instance::{Arch, CapacityType, InstanceType, Offering, Provider};
pub use interval::Interval;
pub use lines::{CostLine, cost_lines};
pub use load::LoadCurve;
pub use memory_capacity::{MemoryCapacity, memory_capacity};
pub use node_plan::{DaemonSetOverhead, NodeChoices, NodePlan, NodeResource, PodRequest, nodes_for, pods_per_node};
pub use pod::{ASSUMED_NODE_CORES, PodShape, SidecarShape};
pub use policy::{Policy, PolicySources, Ramp, Scaling, Zones};
pub use price_change::superseded;
pub use price_group::{GroupPrice, PriceGroup, PriceGroups};
pub use price_origin::{PriceDates, PriceOrigin, PriceTable, SpotBasis};
pub use profile::{Benchmark, Evidence, Kind, PodResources, RuntimeProfile, Sourced, ThreadRule, ValueSet, Workers};
pub use replica::Replica;
pub use requirement::{Availability, Requirement};
pub use sensitivity::{Sensitivity, sensitivity};
pub use services::{
    AutoModeFee, BootDisk, ControlPlane, CrossZone, DiskPrice, Egress, EgressTier, LoadBalancer, MinorVersion,
    PerformancePrice, PodPrice, PriceNote, ServicePrices, SupportDates, VolumePrice,
};
pub use share_price::{NoFit, PricedShape, SharePrice, ShareRule, opencost_default};
pub use sidecar::Sidecar;
pub use sizing::{Constraint, Infeasible, Sizer, Sizing, Stress};
pub use work::{CpuFactors, HandlerCpu, Work};
pub use workload::{SizedService, WorkloadPlan, plan_workload};
