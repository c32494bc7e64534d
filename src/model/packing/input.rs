//! Input of the packing: workloads, node kinds and existing nodes.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::cluster::{
    ARCH_LABELS, KARPENTER_CAPACITY_TYPE_LABEL, OS_LABELS, TYPE_LABELS, Taint, Toleration, ZONE_LABELS,
};
use crate::model::nodes::{Arch, CapacityType, DaemonSetOverhead};
use crate::model::pricing::Candidate;
use crate::units::{Bytes, CpuMillis, MoneyPerHour};

/// The zone label of nodes; a selector on it is matched against the zones of a node.
pub(super) const ZONE_LABEL: &str = ZONE_LABELS[0];

/// Amounts of resources: the request of a pod, or the free capacity of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Amount of CPU in millicores.
    pub cpu: CpuMillis,
    /// Amount of memory in bytes.
    pub memory: Bytes,
    /// Extended resources in whole units, by Kubernetes name: `nvidia.com/gpu`, `hugepages-2Mi`.
    pub extended: BTreeMap<String, u64>,
}

/// A number of identical pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackWorkload {
    /// Name of the workload; breaks ties.
    pub name: String,
    /// Number of pods to place.
    pub pods: u64,
    /// Resource request of each pod.
    pub request: Resources,
    /// The only CPU architecture that its image is built for; `None` if it runs on any.
    pub arch: Option<Arch>,
    /// Labels that a node must have (`nodeSelector`).
    pub selector: BTreeMap<String, String>,
    /// Taints that its pods tolerate.
    pub tolerations: Vec<Toleration>,
    /// Required spread of its pods over zones.
    pub zone_spread: Option<ZoneSpread>,
    /// Maximum number of its pods per node: 1 for anti-affinity between them; 0 is treated as 1.
    pub max_per_node: Option<u64>,
}

/// A strict spread of a workload's own pods over zones (`topologySpreadConstraints`, `DoNotSchedule`).
///
/// The rules are those of
/// <https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/scheduler/framework/plugins/podtopologyspread/filtering.go>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZoneSpread {
    /// Maximum difference to the zone with the fewest pods; 0 is treated as 1, because Kubernetes rejects 0.
    pub max_skew: u64,
    /// With fewer zones than this, the minimum over the zones counts as zero pods.
    pub min_domains: u64,
    /// Whether only zones with a node that matches the node selector and affinity of the workload count.
    pub honors_affinity: bool,
    /// Whether only zones with a node whose taints the workload tolerates count.
    pub honors_taints: bool,
}

/// Free capacity and scheduling properties of a node, existing or new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeOffer {
    /// CPU architecture of the node.
    pub arch: Arch,
    /// Free capacity: allocatable less DaemonSets less running pods.
    pub free: Resources,
    /// Number of further pods that it may run.
    pub free_pods: u64,
    /// Labels of the node without the zone label.
    pub labels: BTreeMap<String, String>,
    /// Taints that exclude pods (`NoSchedule`, `NoExecute`).
    pub taints: BTreeSet<Taint>,
}

/// A type of node of which any number can be bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeKind {
    /// Name of the kind; breaks ties.
    pub name: String,
    /// Index of its instance type in the candidates of the basis.
    pub candidate: usize,
    /// Free capacity and properties of an empty node.
    pub offer: NodeOffer,
    /// Zones in which it can be bought at the same price; empty if the cluster has no zones.
    pub zones: Vec<String>,
    /// Price per node and hour; above zero.
    pub price: MoneyPerHour,
}

/// A node that already exists and is paid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExistingNode {
    /// Name of the node.
    pub name: String,
    /// Free capacity and properties of the node.
    pub offer: NodeOffer,
    /// Zone of the node.
    pub zone: Option<String>,
}

impl NodeKind {
    /// The kind of a candidate of the basis: its allocatable less DaemonSets, with the labels that every cluster
    /// sets.
    pub fn of_candidate(
        position: usize,
        candidate: &Candidate,
        capacity_type: CapacityType,
        daemonsets: &DaemonSetOverhead,
        zones: &[String],
    ) -> Self {
        let (instance, node) = (&candidate.instance, &candidate.allocatable);
        let gpus = instance.accelerator_resource().map(|name| (name.to_owned(), u64::from(instance.gpu_count)));
        let labels = [
            (ARCH_LABELS[0], instance.arch.to_string()),
            (OS_LABELS[0], "linux".to_owned()),
            (TYPE_LABELS[0], instance.name.clone()),
            // There is no standard label for the capacity type; Karpenter's is the most common one.
            (KARPENTER_CAPACITY_TYPE_LABEL, capacity_type.name().to_owned()),
        ];
        Self {
            name: instance.name.clone(),
            candidate: position,
            offer: NodeOffer {
                arch: instance.arch,
                free: Resources {
                    cpu: node.cpu.saturating_sub(daemonsets.cpu),
                    memory: node.memory.saturating_sub(daemonsets.memory),
                    extended: gpus.into_iter().collect(),
                },
                free_pods: u64::from(node.max_pods.saturating_sub(daemonsets.pods)),
                labels: labels.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
                taints: BTreeSet::new(),
            },
            zones: zones.to_vec(),
            price: candidate.price,
        }
    }
}

impl NodeOffer {
    /// Whether architecture, labels and taints admit a workload, regardless of its zone and size.
    pub(super) fn admits(&self, workload: &PackWorkload) -> bool {
        self.is_chosen_by(workload) && self.keeping_off(workload).next().is_none()
    }

    /// Whether it has the architecture and the labels, except the zone, that a workload requires.
    pub(super) fn is_chosen_by(&self, workload: &PackWorkload) -> bool {
        workload.arch.is_none_or(|arch| arch == self.arch)
            && workload
                .selector
                .iter()
                .filter(|(key, _)| *key != ZONE_LABEL)
                .all(|(key, value)| self.labels.get(key) == Some(value))
    }

    /// Its taints that the workload does not tolerate.
    pub(super) fn keeping_off(&self, workload: &PackWorkload) -> impl Iterator<Item = &Taint> {
        self.taints.iter().filter(|taint| !workload.tolerations.iter().any(|own| own.tolerates(taint)))
    }
}

impl PackWorkload {
    /// The zone that its node selector requires.
    pub(super) fn pinned_zone(&self) -> Option<&String> {
        self.selector.get(ZONE_LABEL)
    }
}

impl ZoneSpread {
    /// A spread with this skew and Kubernetes' defaults for everything else.
    pub const fn of_skew(max_skew: u64) -> Self {
        Self { max_skew, min_domains: 1, honors_affinity: true, honors_taints: false }
    }

    /// The maximum skew, at least 1.
    pub(super) fn skew(self) -> u64 {
        self.max_skew.max(1)
    }
}
