//! A cluster as plain values: its objects, what its nodes offer, and what its pods request and use.
//!
//! A [`Snapshot`] is what `capmodel snapshot` writes and what every other command about a cluster starts from, live
//! or from a file. It contains only what cost and placement depend on: no Secrets, no ConfigMaps, no environment
//! variables. Of commands, it contains only the names of programs that are in a fixed list; of labels and
//! annotations, only those that the user names, those that identify a machine, and those by which pods select nodes.

mod image;
mod machine;
mod management;
mod node;
mod node_label;
mod own_price;
mod owners;
mod placement;
mod pod;
mod pod_requests;
mod purchase;
mod redact;
mod resources;
mod selector;
mod sidecar_name;
mod snapshot;
mod storage;
mod stored_findings;
mod stored_series;
mod stored_usage;
mod typical_pod;
mod usage;
mod workload;
mod workload_id;

pub use image::{ImageFacts, ImageForm, ImageSize};
pub use machine::{Identified, Machine, NodeKind, OperatingSystem, identify};
pub use node::{Node, Taint, TaintEffect};
pub use node_label::{
    ARCH_LABELS, GKE_SPOT_LABEL, HOSTNAME_LABEL, KARPENTER_CAPACITY_TYPE_LABEL, LIFECYCLE_LABEL, NOT_READY_TAINT,
    OS_LABELS, REGION_LABELS, TYPE_LABELS, UNSCHEDULABLE_TAINT, ZONE_LABELS, identity_labels, is_well_known,
};
pub use owners::Owners;
pub use placement::{NodeTerm, Operator, Placement, PodTerm, Requirement, Spread, Toleration};
pub use pod::{Container, ContainerRole, Granted, Pod, PodPhase, Probe, Sizes, StartSeconds};
pub use pod_requests::{pod_limits, pod_requests};
pub use purchase::{SpotLabel, mark_spot, purchase_labels};
pub use redact::{Names, RedactionKey, redact};
pub use resources::{Resources, gpu_sevenths};
pub use selector::{LabelSelector, SelectorRequirement};
pub use sidecar_name::{SIDECARS, is_known_sidecar};
pub use snapshot::{ClusterId, Namespace, SNAPSHOT_SCHEMA, Snapshot, Tags};
pub use storage::{Claim, LoadBalancer, StorageClass, Volume};
pub use stored_series::StoredSeries;
pub use stored_usage::{StoredNode, StoredOccupancy, StoredSign, StoredUsage, StoredWorkload};
pub use typical_pod::typical_pod;
pub use usage::{ContainerUsage, NodeUsage, PodUsage};
pub use workload::{Autoscaler, JobState, MetricKind, MetricTarget, Owner, ScaleMetric, Workload, WorkloadKind};
pub use workload_id::{WorkloadId, matches};
