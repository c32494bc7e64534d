//! The purchase option of a machine, read from the labels of its node.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::node_label::{AKS_LABELS, GKE_LABELS, GKE_SPOT_LABEL, KARPENTER_CAPACITY_TYPE_LABEL, LIFECYCLE_LABEL};
use super::{Node, Snapshot};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::CapacityType;

/// A label of spot machines and the values that mark them, in any case; an empty list means any value.
///
/// EKS (<https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html>), Karpenter
/// (<https://karpenter.sh/docs/concepts/nodepools/>), GKE
/// (<https://docs.cloud.google.com/kubernetes-engine/docs/concepts/spot-vms>), AKS
/// (<https://learn.microsoft.com/azure/aks/spot-node-pool>), OKE
/// (<https://docs.oracle.com/iaas/Content/ContEng/Tasks/contengusingpreemptiblecapacity.htm>), OpenShift
///
/// (<https://docs.openshift.com/container-platform/latest/machine_management/creating_machinesets/creating-machineset-aws.html>),
/// Cluster API (<https://cluster-api.sigs.k8s.io/reference/api/labels-and-annotations>), Spot Ocean
/// (<https://docs.spot.io/ocean/features/labels-and-taints>), CAST AI
/// (<https://docs.cast.ai/docs/autoscaler-reference-node-labels-and-taints>); and what eksctl's examples, kops and
/// AWS's own workshops write (<https://github.com/eksctl-io/eksctl/tree/main/examples>,
/// <https://github.com/awslabs/ec2-spot-labs>, <https://github.com/pusher/k8s-spot-rescheduler>).
const SPOT: [SpotRule; 18] = [
    SpotRule::exhaustive("eks.amazonaws.com/capacityType", &["spot"]),
    SpotRule::exhaustive(KARPENTER_CAPACITY_TYPE_LABEL, &["spot"]),
    SpotRule::new(GKE_SPOT_LABEL, &["true"]),
    SpotRule::new("cloud.google.com/gke-preemptible", &["true"]),
    SpotRule::new("cloud.google.com/gke-provisioning", &["spot", "preemptible"]),
    SpotRule::exhaustive("kubernetes.azure.com/scalesetpriority", &["spot"]),
    SpotRule::new("oci.oraclecloud.com/oke-is-preemptible", &["true"]),
    SpotRule::new("machine.openshift.io/interruptible-instance", &[]),
    SpotRule::new("cluster.x-k8s.io/interruptible", &[]),
    SpotRule::exhaustive("spotinst.io/node-lifecycle", &["spot"]),
    SpotRule::new("scheduling.cast.ai/spot", &["true"]),
    SpotRule::new(LIFECYCLE_LABEL, &LIFECYCLE),
    SpotRule::new("kubernetes.io/lifecycle", &LIFECYCLE),
    SpotRule::new("lifecycle", &LIFECYCLE),
    SpotRule::new("Lifecycle", &LIFECYCLE),
    SpotRule::new("LifeCycle", &LIFECYCLE),
    SpotRule::new("node-role.kubernetes.io/spot-worker", &[]),
    SpotRule::new("aws.amazon.com/spot", &["true"]),
];

const LIFECYCLE: [&str; 2] = ["spot", "ec2spot"];

/// How a label marks spot machines.
struct SpotRule {
    key: &'static str,
    values: &'static [&'static str],
    /// Whether the label states the purchase option of every machine that has it, whatever its value is.
    is_exhaustive: bool,
}

impl SpotRule {
    const fn new(key: &'static str, values: &'static [&'static str]) -> Self {
        Self { key, values, is_exhaustive: false }
    }

    const fn exhaustive(key: &'static str, values: &'static [&'static str]) -> Self {
        Self { key, values, is_exhaustive: true }
    }

    fn marks(&self, labels: &BTreeMap<String, String>) -> bool {
        labels.get(self.key).is_some_and(|value| match self.values {
            [] => !value.eq_ignore_ascii_case("false"),
            values => values.iter().any(|spot| value.eq_ignore_ascii_case(spot)),
        })
    }
}

/// CAST AI adds this label to its spot label on a machine that it bought on demand because no spot machine was
/// available.
const FALLBACK: &str = "scheduling.cast.ai/spot-fallback";

/// Labels that AKS and GKE set on all of their nodes; since they label only spot machines as such, the others are
/// on-demand.
fn labels_of_all() -> impl Iterator<Item = &'static str> {
    GKE_LABELS.into_iter().chain(AKS_LABELS)
}

/// All labels that show the purchase option of a machine.
pub fn purchase_labels() -> impl Iterator<Item = &'static str> {
    SPOT.iter().map(|rule| rule.key).chain([FALLBACK]).chain(labels_of_all())
}

/// Whether a provider or a tool sets this label on spot machines, as opposed to one that people name freely.
pub(super) fn is_of_spot(key: &str) -> bool {
    key.contains('/') && SPOT.iter().any(|rule| rule.key == key)
}

/// The purchase option of a machine with these labels; `None` if no label states it.
pub(super) fn capacity_type(labels: &BTreeMap<String, String>) -> Option<CapacityType> {
    let fallback = labels.get(FALLBACK).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if fallback {
        return Some(CapacityType::OnDemand);
    }
    if SPOT.iter().any(|rule| rule.marks(labels)) {
        return Some(CapacityType::Spot);
    }
    // A reservation or a capacity block (`reserved`, `CAPACITY_BLOCK`) has its own price and is listed as on-demand.
    let mut stating = SPOT.iter().filter(|rule| rule.is_exhaustive).map(|rule| rule.key).chain(labels_of_all());
    let known = stating.any(|key| labels.contains_key(key));
    known.then_some(CapacityType::OnDemand)
}

/// A user-defined label of spot machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpotLabel {
    /// Key of the label.
    pub key: String,
    /// Value of the label.
    pub value: String,
}

impl SpotLabel {
    /// Whether it is one of these labels.
    pub fn is_in(&self, labels: &BTreeMap<String, String>) -> bool {
        labels.get(&self.key) == Some(&self.value)
    }
}

impl fmt::Display for SpotLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}

impl FromStr for SpotLabel {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((key, value)) if !key.trim().is_empty() => {
                Ok(Self { key: key.trim().to_owned(), value: value.trim().to_owned() })
            }
            _ => Err("expected KEY=VALUE, for example node-lifecycle=spot".to_owned()),
        }
    }
}

impl Snapshot {
    /// Marks the machines that have one of these labels as spot machines, whatever their other labels say.
    pub fn mark_spot(&mut self, spot: &[SpotLabel]) {
        self.findings.extend(mark_spot(&mut self.nodes, spot));
        self.findings.sort();
        self.findings.dedup();
    }
}

/// The same for a list of nodes; returns findings about the labels.
pub fn mark_spot(nodes: &mut [Node], spot: &[SpotLabel]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for label in spot {
        let mut found = false;
        for node in nodes.iter_mut() {
            if label.is_in(&node.scheduling_labels) || label.is_in(&node.tags.labels) {
                node.machine.capacity_type = Some(CapacityType::Spot);
                found = true;
            }
        }
        if !found {
            let message = "no node has this label, which --spot-label names as a mark of spot nodes; a snapshot keeps the label \
                           only if it was taken with the same --spot-label";
            findings.push(Finding::warning(Code::SpotLabelUnknown, label.to_string(), message));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cluster::ClusterId;
    use crate::units::Timestamp;

    fn of(labels: &[(&str, &str)]) -> Option<CapacityType> {
        capacity_type(&labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn every_known_label_is_recognised() {
        use CapacityType::{OnDemand, Spot};
        for (key, value, want) in [
            ("eks.amazonaws.com/capacityType", "SPOT", Some(Spot)),
            ("eks.amazonaws.com/capacityType", "ON_DEMAND", Some(OnDemand)),
            ("eks.amazonaws.com/capacityType", "CAPACITY_BLOCK", Some(OnDemand)),
            ("karpenter.sh/capacity-type", "spot", Some(Spot)),
            ("karpenter.sh/capacity-type", "reserved", Some(OnDemand)),
            ("cloud.google.com/gke-spot", "true", Some(Spot)),
            ("cloud.google.com/gke-preemptible", "true", Some(Spot)),
            ("cloud.google.com/gke-provisioning", "spot", Some(Spot)),
            ("cloud.google.com/gke-nodepool", "x", Some(OnDemand)),
            ("kubernetes.azure.com/scalesetpriority", "spot", Some(Spot)),
            ("kubernetes.azure.com/scalesetpriority", "regular", Some(OnDemand)),
            ("kubernetes.azure.com/cluster", "x", Some(OnDemand)),
            ("oci.oraclecloud.com/oke-is-preemptible", "true", Some(Spot)),
            ("machine.openshift.io/interruptible-instance", "", Some(Spot)),
            ("cluster.x-k8s.io/interruptible", "", Some(Spot)),
            ("spotinst.io/node-lifecycle", "spot", Some(Spot)),
            ("spotinst.io/node-lifecycle", "od", Some(OnDemand)),
            ("scheduling.cast.ai/spot", "true", Some(Spot)),
            ("node.kubernetes.io/lifecycle", "spot", Some(Spot)),
            ("lifecycle", "Ec2Spot", Some(Spot)),
            ("LifeCycle", "Ec2Spot", Some(Spot)),
            ("lifecycle", "OnDemand", None),
            ("lifecycle", "spotless", None),
            ("node-role.kubernetes.io/spot-worker", "true", Some(Spot)),
            ("node-role.kubernetes.io/spot-worker", "", Some(Spot)),
            ("aws.amazon.com/spot", "true", Some(Spot)),
            ("aws.amazon.com/spot", "false", None),
            ("kubernetes.io/os", "linux", None),
        ] {
            assert_eq!(of(&[(key, value)]), want, "{key}={value}");
        }
        assert_eq!(of(&[("scheduling.cast.ai/spot", "true"), (FALLBACK, "true")]), Some(OnDemand));
    }

    #[test]
    fn a_user_defined_spot_label_is_recognised() {
        let mut snapshot = Snapshot::new(Timestamp::UNIX_EPOCH, ClusterId::default());
        let mut node = Node::default();
        node.scheduling_labels.insert("pool".to_owned(), "cheap".to_owned());
        snapshot.nodes = vec![node, Node::default()];
        snapshot.mark_spot(&["pool=cheap".parse().unwrap(), "pool=dear".parse().unwrap()]);
        let bought: Vec<_> = snapshot.nodes.iter().map(|node| node.machine.capacity_type).collect();
        assert_eq!(bought, [Some(CapacityType::Spot), None]);
        let found: Vec<_> = snapshot.findings.iter().map(|f| (f.code.as_str(), f.subject.as_str())).collect();
        assert_eq!(found, [("spot-label-unknown", "pool=dear")]);
        for text in ["", "spot", "=spot"] {
            assert!(text.parse::<SpotLabel>().is_err(), "{text}");
        }
    }
}
