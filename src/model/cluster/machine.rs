//! The identity of a node, read from its labels.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::node_label::{
    AKS_LABELS, ARCH_LABELS, EKS_COMPUTE_TYPE_LABEL, EKS_LABELS, GKE_LABELS, GPU_LABELS, OS_LABELS, POOL_LABELS,
    REGION_LABELS, TYPE_LABELS, VIRTUAL_KUBELET_LABEL, ZONE_LABELS,
};
use super::purchase::capacity_type;
use super::{Resources, Taint};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::{Arch, CapacityType, Distribution, Provider};
use crate::model::pricing::FixedPrice;

/// The identity of a node, read from its labels and used to look up its price.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Machine {
    /// Kind of node; it determines how the node is billed.
    pub kind: NodeKind,
    /// Provider of the machine; `None` if unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    /// The provider's name of the type, for example `m6i.large`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// Cloud region, for example `eu-west-1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Availability zone, for example `eu-west-1a`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Instruction set; `None` for one without prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arch: Option<Arch>,
    /// Operating system of the node.
    #[serde(default)]
    pub os: OperatingSystem,
    /// The managed Kubernetes distribution that runs the node, if a label says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution: Option<Distribution>,
    /// Purchase option; `None` if no label states it, which nearly always means on-demand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity_type: Option<CapacityType>,
    /// The node group it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// Model name of its GPUs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<String>,
    /// The price that a pricing file states for this node; see [`Snapshot::mark_prices`](super::Snapshot::mark_prices).
    #[serde(skip)]
    pub own_price: Option<Arc<FixedPrice>>,
}

/// Kind of node; it determines how the node is billed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NodeKind {
    /// A machine billed by the hour.
    #[default]
    Machine,
    /// A machine billed by the hour, plus the fee of EKS Auto Mode.
    EksAutoMode,
    /// EKS Fargate: one pod, billed by its provisioned size.
    Fargate,
    /// GKE Autopilot: billed by the pods' requests.
    Autopilot,
    /// Not a machine: pods run elsewhere (AKS virtual nodes, virtual-kubelet).
    Virtual,
}

impl NodeKind {
    /// Whether it is a machine billed by the hour.
    pub const fn is_machine(self) -> bool {
        matches!(self, Self::Machine | Self::EksAutoMode)
    }
}

/// Operating system of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OperatingSystem {
    /// Any Linux distribution.
    #[default]
    Linux,
    /// Windows, whose licence is part of the price.
    Windows,
}

/// A node's identity, and anything unusual about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identified {
    /// Provider, instance type and location.
    pub machine: Machine,
    /// What a reader must know; the subject is the name of the node.
    pub findings: Vec<Finding>,
}

/// Identifies a node.
pub fn identify(
    name: &str,
    labels: &BTreeMap<String, String>,
    taints: &[Taint],
    provider_id: Option<&str>,
    allocatable: &Resources,
) -> Identified {
    let label = |keys: &[&str]| keys.iter().find_map(|key| labels.get(*key)).filter(|v| !v.is_empty());
    let text = |keys: &[&str]| label(keys).cloned();
    let mut findings = Vec::new();
    let kind = kind(name, labels, taints, provider_id);
    let arch_name = label(&ARCH_LABELS);
    let machine = Machine {
        kind,
        provider: provider(labels, provider_id),
        instance_type: text(&TYPE_LABELS),
        region: text(&REGION_LABELS),
        zone: text(&ZONE_LABELS),
        arch: arch_name.and_then(|arch| arch.parse().ok()),
        os: match label(&OS_LABELS).map(String::as_str) {
            Some("windows") => OperatingSystem::Windows,
            _ => OperatingSystem::Linux,
        },
        distribution: distribution(labels),
        capacity_type: capacity_type(labels),
        pool: text(&POOL_LABELS),
        gpu: text(&GPU_LABELS),
        own_price: None,
    };
    let mut warn = |code, message: &str| findings.push(Finding::warning(code, name, message));
    match kind {
        NodeKind::Virtual => warn(Code::NodeVirtual, "a virtual node has no instance type and no hourly price"),
        NodeKind::Machine | NodeKind::EksAutoMode => {
            if machine.instance_type.is_none() {
                warn(
                    Code::NodeTypeUnknown,
                    "the node has no instance-type label; price it with a row in --prices whose instance_type is the name of the node",
                );
            }
            if machine.os == OperatingSystem::Windows {
                warn(Code::NodeWindows, "a Windows node, for which Linux list prices do not apply");
            }
            if arch_name.is_some() && machine.arch.is_none() {
                warn(Code::NodeArchUnknown, "a CPU architecture without prices");
            }
        }
        NodeKind::Fargate | NodeKind::Autopilot => {}
    }
    if allocatable.is_empty() {
        warn(Code::NodeWithoutAllocatable, "the node has no allocatable resources in its status; zero is assumed");
    }
    Identified { machine, findings }
}

fn kind(name: &str, labels: &BTreeMap<String, String>, taints: &[Taint], provider_id: Option<&str>) -> NodeKind {
    let label = |key: &str| labels.get(key).map(String::as_str);
    // AKS virtual nodes and every other virtual-kubelet have this label or this taint.
    if label(VIRTUAL_KUBELET_LABEL) == Some("virtual-kubelet")
        || taints.iter().any(|t| t.key == "virtual-kubelet.io/provider")
    {
        return NodeKind::Virtual;
    }
    match label(EKS_COMPUTE_TYPE_LABEL) {
        Some("fargate") => return NodeKind::Fargate,
        Some("auto") => return NodeKind::EksAutoMode,
        _ => {}
    }
    // EKS and AKS use this naming scheme, and the name is all that is left of a deleted node without stored labels.
    if name.starts_with("fargate-") && provider_id.is_none_or(|id| id.starts_with("aws:")) {
        return NodeKind::Fargate;
    }
    if name.starts_with("virtual-node-aci-") {
        return NodeKind::Virtual;
    }
    // On GKE, only Autopilot nodes have names of this form; those of Standard begin with `gke-`.
    if name.starts_with("gk3-") && provider_id.is_none_or(|id| id.starts_with("gce:")) {
        return NodeKind::Autopilot;
    }
    NodeKind::Machine
}

/// Read from labels that only EKS, GKE or AKS sets, and sets on every node.
fn distribution(labels: &BTreeMap<String, String>) -> Option<Distribution> {
    let has = |keys: &[&str]| keys.iter().any(|key| labels.contains_key(*key));
    match () {
        () if has(&EKS_LABELS) => Some(Distribution::Eks),
        () if has(&GKE_LABELS) => Some(Distribution::Gke),
        () if has(&AKS_LABELS) => Some(Distribution::Aks),
        () => None,
    }
}

/// Read from the provider ID, which the cloud controller manager writes, or else from labels that only one provider
/// sets.
fn provider(labels: &BTreeMap<String, String>, provider_id: Option<&str>) -> Option<Provider> {
    // Customer-owned machines that EKS manages (hybrid nodes) do not belong to Amazon.
    if labels.get(EKS_COMPUTE_TYPE_LABEL).is_some_and(|t| t == "hybrid") {
        return Some(Provider::OnPrem);
    }
    match provider_id.and_then(|id| id.split_once(':')).map(|(scheme, _)| scheme) {
        Some("aws") => return Some(Provider::Aws),
        Some("gce") => return Some(Provider::Gcp),
        Some("azure") => return Some(Provider::Azure),
        Some(_) => return Some(Provider::OnPrem),
        None => {}
    }
    let has = |prefix: &str| labels.keys().any(|key| key.starts_with(prefix));
    if has("eks.amazonaws.com/") || has("karpenter.k8s.aws/") {
        Some(Provider::Aws)
    } else if has("cloud.google.com/gke-") {
        Some(Provider::Gcp)
    } else if has("kubernetes.azure.com/") {
        Some(Provider::Azure)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(name: &str, labels: &[(&str, &str)], provider_id: Option<&str>) -> Identified {
        let labels = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        identify(name, &labels, &[], provider_id, &Resources::new([("cpu", "1".parse().unwrap())]))
    }

    #[test]
    fn providers_are_recognized_by_provider_ids_and_labels() {
        for (id, want) in [
            ("aws:///us-east-1a/i-0123", Provider::Aws),
            ("gce://project/us-central1-a/n", Provider::Gcp),
            ("azure:///subscriptions/x", Provider::Azure),
            ("kind://docker/kind/n", Provider::OnPrem),
        ] {
            assert_eq!(machine("n", &[], Some(id)).machine.provider, Some(want), "{id}");
        }
        let hybrid = [("eks.amazonaws.com/compute-type", "hybrid")];
        assert_eq!(machine("n", &hybrid, Some("eks-hybrid:///x")).machine.provider, Some(Provider::OnPrem));
        assert_eq!(machine("n", &[], None).machine.provider, None);
    }

    #[test]
    fn a_node_that_cannot_be_priced_has_a_finding() {
        let codes = |labels: &[(&str, &str)]| -> Vec<&'static str> {
            machine("n", labels, None).findings.into_iter().map(|f| f.code.as_str()).collect()
        };
        let of_type = ("node.kubernetes.io/instance-type", "x");
        assert_eq!(codes(&[]), ["node-type-unknown"]);
        assert_eq!(codes(&[of_type, ("kubernetes.io/os", "windows")]), ["node-windows"]);
        assert_eq!(codes(&[of_type, ("kubernetes.io/arch", "s390x")]), ["node-arch-unknown"]);
        assert_eq!(codes(&[("type", "virtual-kubelet")]), ["node-virtual"]);
        assert_eq!(codes(&[("eks.amazonaws.com/compute-type", "fargate")]), [""; 0]);
        let empty = identify("n", &BTreeMap::new(), &[], None, &Resources::default());
        assert!(empty.findings.iter().any(|f| f.code == Code::NodeWithoutAllocatable));
    }
}
