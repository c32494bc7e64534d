//! What is packed, and into what.

use std::collections::{BTreeMap, BTreeSet};

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
    /// Keys of the taints that it tolerates.
    pub tolerations: BTreeSet<String>,
    /// The most that the zone with the most of its pods may have beyond the zone with the fewest
    /// (`topologySpreadConstraints` over the zone, `DoNotSchedule`); 0 is taken as 1, as Kubernetes refuses it.
    pub max_zone_skew: Option<u64>,
    /// The most of its pods that one node may run: 1 for anti-affinity between them; 0 is taken as 1.
    pub max_per_node: Option<u64>,
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
    /// Keys of its taints that keep pods off (`NoSchedule`, `NoExecute`).
    pub taints: BTreeSet<String>,
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
        let gpus = (instance.gpu_count > 0).then(|| ("nvidia.com/gpu".to_owned(), u64::from(instance.gpu_count)));
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
        workload.arch.is_none_or(|arch| arch == self.arch)
            && workload
                .selector
                .iter()
                .filter(|(key, _)| *key != ZONE_LABEL)
                .all(|(key, value)| self.labels.get(key) == Some(value))
            && self.taints.is_subset(&workload.tolerations)
    }
}

impl PackWorkload {
    /// The zone it must run in.
    pub(super) fn pinned_zone(&self) -> Option<&String> {
        self.selector.get(ZONE_LABEL)
    }

    /// Skew with Kubernetes' least value.
    pub(super) fn skew(&self) -> Option<u64> {
        self.max_zone_skew.map(|skew| skew.max(1))
    }
}
