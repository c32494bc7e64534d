//! What is packed, and into what.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::cluster::{Taint, Toleration};
use crate::model::{Arch, Candidate, CapacityType, DaemonSetOverhead};
use crate::units::{Bytes, CpuMillis, MoneyPerHour};

/// The label that says in which zone a node is; a selector for it is matched against the zones of a node.
pub(super) const ZONE_LABEL: &str = "topology.kubernetes.io/zone";

/// Amounts of resources: what a pod requests, or what a node has left for pods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// CPU.
    pub cpu: CpuMillis,
    /// Memory.
    pub memory: Bytes,
    /// Anything else that nodes count in whole units, by its Kubernetes name: `nvidia.com/gpu`, `hugepages-2Mi`.
    pub extended: BTreeMap<String, u64>,
}

/// So many pods that are all alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackWorkload {
    /// Its name; it breaks ties.
    pub name: String,
    /// How many pods.
    pub pods: u64,
    /// What each of them requests.
    pub request: Resources,
    /// The only instruction set its image is built for.
    pub arch: Option<Arch>,
    /// Labels that a node must have (`nodeSelector`).
    pub selector: BTreeMap<String, String>,
    /// Taints that it bears.
    pub tolerations: Vec<Toleration>,
    /// How evenly its pods must be spread over zones.
    pub zone_spread: Option<ZoneSpread>,
    /// The most of its pods that one node may run: 1 for anti-affinity between them; 0 is taken as 1.
    pub max_per_node: Option<u64>,
}

/// A strict spread of a workload's own pods over zones (`topologySpreadConstraints`, `DoNotSchedule`).
///
/// The rules are those of <https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/scheduler/framework/plugins/podtopologyspread/filtering.go>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZoneSpread {
    /// The most that a zone may have beyond the zone with the fewest; 0 is taken as 1, as Kubernetes refuses it.
    pub max_skew: u64,
    /// With fewer zones than this, the fewest counts as none.
    pub min_domains: u64,
    /// Whether zones count only where a node has the labels that the workload asks for.
    pub honors_affinity: bool,
    /// Whether zones count only where a node has no taint that keeps the workload off.
    pub honors_taints: bool,
}

/// What a node has to give, whether it runs already or could be bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeOffer {
    /// Its instruction set.
    pub arch: Arch,
    /// Room for pods: allocatable, minus DaemonSets, minus what runs there.
    pub free: Resources,
    /// How many more pods it may run.
    pub free_pods: u64,
    /// Its labels, the zone's left out.
    pub labels: BTreeMap<String, String>,
    /// Its taints that keep pods off (`NoSchedule`, `NoExecute`).
    pub taints: BTreeSet<Taint>,
}

/// A node that can be bought any number of times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeKind {
    /// Its name; it breaks ties.
    pub name: String,
    /// Position of its instance type among the candidates of the basis.
    pub candidate: usize,
    /// What it offers while empty.
    pub offer: NodeOffer,
    /// Zones in which it can be bought, at the same price; none where the cluster has no zones.
    pub zones: Vec<String>,
    /// Price of one for an hour; above zero.
    pub price: MoneyPerHour,
}

/// A node that runs already and is paid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExistingNode {
    /// Its name.
    pub name: String,
    /// What it still offers.
    pub offer: NodeOffer,
    /// Where it is.
    pub zone: Option<String>,
}

impl NodeKind {
    /// A candidate of the basis, less what DaemonSets take, with the labels that every cluster gives its nodes.
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
            ("kubernetes.io/arch", instance.arch.to_string()),
            ("kubernetes.io/os", "linux".to_owned()),
            ("node.kubernetes.io/instance-type", instance.name.clone()),
            // Karpenter's name for it is the nearest there is to a common one.
            ("karpenter.sh/capacity-type", capacity_type.name().to_owned()),
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
    /// Whether instruction set, labels and taints admit a workload, its zone and its size apart.
    pub(super) fn admits(&self, workload: &PackWorkload) -> bool {
        self.is_chosen_by(workload) && self.keeping_off(workload).next().is_none()
    }

    /// Whether it has the instruction set and the labels, the zone apart, that a workload asks for.
    pub(super) fn is_chosen_by(&self, workload: &PackWorkload) -> bool {
        workload.arch.is_none_or(|arch| arch == self.arch)
            && workload
                .selector
                .iter()
                .filter(|(key, _)| *key != ZONE_LABEL)
                .all(|(key, value)| self.labels.get(key) == Some(value))
    }

    /// Its taints that keep a workload off.
    pub(super) fn keeping_off(&self, workload: &PackWorkload) -> impl Iterator<Item = &Taint> {
        self.taints.iter().filter(|taint| !workload.tolerations.iter().any(|own| own.tolerates(taint)))
    }
}

impl PackWorkload {
    /// The zone it must run in.
    pub(super) fn pinned_zone(&self) -> Option<&String> {
        self.selector.get(ZONE_LABEL)
    }
}

impl ZoneSpread {
    /// With Kubernetes' defaults for all but the skew.
    pub const fn of_skew(max_skew: u64) -> Self {
        Self { max_skew, min_domains: 1, honors_affinity: true, honors_taints: false }
    }

    /// Skew with Kubernetes' least value.
    pub(super) fn skew(self) -> u64 {
        self.max_skew.max(1)
    }
}
