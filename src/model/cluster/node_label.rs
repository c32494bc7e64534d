//! The keys of node labels and taints, each in one place: what a node is read by, what metrics are asked for, and what planned nodes
//! have.

use super::purchase::{is_of_spot, purchase_labels};

/// Labels for the instance type, the newer one first.
pub const TYPE_LABELS: [&str; 2] = ["node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type"];

/// Labels for the region, the newer one first.
pub const REGION_LABELS: [&str; 2] = ["topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"];

/// Labels for the zone, the newer one first.
pub const ZONE_LABELS: [&str; 2] = ["topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"];

/// Labels for the instruction set, the newer one first.
pub const ARCH_LABELS: [&str; 2] = ["kubernetes.io/arch", "beta.kubernetes.io/arch"];

/// Labels for the operating system, the newer one first.
pub const OS_LABELS: [&str; 2] = ["kubernetes.io/os", "beta.kubernetes.io/os"];

/// Labels that Kubernetes defines and that some providers still set under their older names.
const STANDARD_LABELS: [[&str; 2]; 5] = [TYPE_LABELS, REGION_LABELS, ZONE_LABELS, ARCH_LABELS, OS_LABELS];

/// The label that holds a node's own name.
pub const HOSTNAME_LABEL: &str = "kubernetes.io/hostname";

/// Labels and taints of control-plane nodes, the newer one first.
pub(super) const CONTROL_PLANE_LABELS: [&str; 2] =
    ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

/// Labels for the model of the GPUs.
pub(super) const GPU_LABELS: [&str; 4] = [
    "nvidia.com/gpu.product",
    "cloud.google.com/gke-accelerator",
    "karpenter.k8s.aws/instance-gpu-name",
    "k8s.amazonaws.com/accelerator",
];

/// The label by which EKS tells Fargate, Auto Mode and hybrid nodes apart.
pub(super) const EKS_COMPUTE_TYPE_LABEL: &str = "eks.amazonaws.com/compute-type";

const EKS_NODEGROUP_LABEL: &str = "eks.amazonaws.com/nodegroup";
const GKE_NODEPOOL_LABEL: &str = "cloud.google.com/gke-nodepool";
const AKS_AGENTPOOL_LABEL: &str = "kubernetes.azure.com/agentpool";

/// Labels that only EKS sets; each of its nodes has one of them.
pub(super) const EKS_LABELS: [&str; 2] = [EKS_NODEGROUP_LABEL, EKS_COMPUTE_TYPE_LABEL];

/// Labels that only GKE sets, and sets on every node.
pub(super) const GKE_LABELS: [&str; 2] = [GKE_NODEPOOL_LABEL, "cloud.google.com/gke-os-distribution"];

/// Labels that only AKS sets, and sets on every node.
pub(super) const AKS_LABELS: [&str; 2] = ["kubernetes.azure.com/cluster", AKS_AGENTPOOL_LABEL];

/// Labels that name the group of a node: EKS, Karpenter, GKE, AKS (new and old), eksctl, kops.
pub(super) const POOL_LABELS: [&str; 8] = [
    EKS_NODEGROUP_LABEL,
    "karpenter.sh/nodepool",
    "karpenter.sh/provisioner-name",
    GKE_NODEPOOL_LABEL,
    AKS_AGENTPOOL_LABEL,
    "agentpool",
    "alpha.eksctl.io/nodegroup-name",
    "kops.k8s.io/instancegroup",
];

/// The label of AKS virtual nodes and every other virtual-kubelet.
pub(super) const VIRTUAL_KUBELET_LABEL: &str = "type";

/// Karpenter's label for the purchase option, the most common one: Kubernetes defines none.
pub const KARPENTER_CAPACITY_TYPE_LABEL: &str = "karpenter.sh/capacity-type";

/// The label of Spot VMs and Spot Pods on GKE.
pub const GKE_SPOT_LABEL: &str = "cloud.google.com/gke-spot";

/// The label by which several tools mark spot machines.
pub const LIFECYCLE_LABEL: &str = "node.kubernetes.io/lifecycle";

/// The taint of a cordoned node.
pub const UNSCHEDULABLE_TAINT: &str = "node.kubernetes.io/unschedulable";

/// The taint of a node that is not ready.
pub const NOT_READY_TAINT: &str = "node.kubernetes.io/not-ready";

/// Other labels whose values are set by providers or by Kubernetes.
fn labels_of_providers() -> impl Iterator<Item = &'static str> {
    GPU_LABELS.into_iter().chain(CONTROL_PLANE_LABELS).chain([EKS_COMPUTE_TYPE_LABEL])
}

/// Every label that [`identify`](super::identify) reads, for current and for deleted nodes.
pub fn identity_labels() -> impl Iterator<Item = &'static str> {
    let named = labels_of_providers().chain(POOL_LABELS).chain([VIRTUAL_KUBELET_LABEL]);
    STANDARD_LABELS.into_iter().flatten().chain(named).chain(purchase_labels())
}

/// Whether the values of a label are set by a provider or by Kubernetes, and the label is not an older name.
pub fn is_well_known(key: &str) -> bool {
    let mut known = STANDARD_LABELS.into_iter().map(|[newer, _]| newer).chain(labels_of_providers());
    known.any(|known| known == key) || is_of_spot(key)
}
