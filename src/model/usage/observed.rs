//! The samples of a period, before they are resolved to workloads.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::software::SoftwareSign;

use super::{Buckets, Grid, NodeFacts, OwnerTable, RuntimeSign, Series};
use crate::model::cluster::WorkloadId;
use crate::units::{Bytes, CpuMillis};

/// The owner of a pod according to its metadata: a ReplicaSet, not yet its Deployment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// Namespace of the owner.
    pub namespace: String,
    /// Kind; empty if the owner is unknown.
    pub kind: String,
    /// Name of the owner.
    pub name: String,
}

/// One machine under a node name. Names are reused: on EKS, they are made from the IP address.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// Name of the node.
    pub name: String,
    /// The provider ID of the machine; empty if unknown.
    pub provider_id: String,
}

/// Data about the pods of one owner, step by step. Existence is counted in samples of the metrics that describe the
/// cluster, see [`Observed::node_samples`].
#[derive(Clone, Debug, Default)]
pub struct WorkloadSamples {
    /// What its pods requested and used, by the name of their node; the name is empty if unknown.
    pub held: BTreeMap<String, OccupancySamples>,
    /// The maximum number of samples with which one of its pods was running.
    pub running_longest: Series,
    /// Cores used, averaged over the step.
    pub cores: Series,
    /// Cores used by the busiest pod, averaged over the step.
    pub cores_of_busiest: Series,
    /// Cores used by known sidecar containers in the pods, averaged over the step.
    pub cores_of_sidecars: Series,
    /// Throttled periods of the CPU quota per second.
    pub throttled_periods: Series,
    /// Periods of the CPU quota per second.
    pub quota_periods: Series,
    /// Working set in bytes × samples.
    pub memory: Series,
    /// The largest working set of one pod, in bytes.
    pub memory_peak: Series,
    /// Which runtimes its processes report.
    pub runtimes: Vec<RuntimeSign>,
    /// Which metrics of frameworks and well-known software they have.
    pub software: Vec<SoftwareSign>,
}

/// What the pods of one owner requested and used on one node, step by step.
#[derive(Clone, Debug, Default)]
pub struct OccupancySamples {
    /// Number of samples at which they were running.
    pub running: Series,
    /// Sum of the requested cores over the samples of a step.
    pub requested_cpu: Series,
    /// Sum of the requested bytes over the samples of a step.
    pub requested_memory: Series,
    /// Sum of the requested accelerators over the samples of a step.
    pub requested_gpu: Series,
    /// Core-hours that containers used beyond their requests.
    pub excess_core_hours: Series,
    /// Byte-hours that containers used beyond their requests.
    pub excess_byte_hours: Series,
}

/// The subject of a request metric.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestSubject {
    /// The owner of the pods that served the requests.
    Owner(Owner),
    /// A workload by namespace and name; the metric does not report its kind.
    Named {
        /// Namespace of the owner.
        namespace: String,
        /// Name of the owner.
        name: String,
    },
    /// A text that begins with the namespace and name of a Service, joined and followed by something else.
    Joined(String),
}

impl RequestSubject {
    /// Whether the series has no label that identifies a subject.
    pub fn is_unidentified(&self) -> bool {
        matches!(self, Self::Owner(owner) if owner.namespace.is_empty() && owner.name.is_empty())
    }
}

impl std::fmt::Display for RequestSubject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Owner(owner) => write!(f, "{}/{}", owner.namespace, owner.name),
            Self::Named { namespace, name } => write!(f, "{namespace}/{name}"),
            Self::Joined(text) => f.write_str(text),
        }
    }
}

/// Requests and latencies of one convention. A lower rank takes precedence: the service's own count over a proxy's.
#[derive(Clone, Debug, Default)]
pub struct RequestSource {
    /// Requests per second by subject.
    pub rates: BTreeMap<RequestSubject, Series>,
    /// Number of samples behind the rates, by subject: for pods, that of the series with the most samples of each
    /// pod, added up over the pods; for proxies, that of the series with the most samples.
    pub samples: BTreeMap<RequestSubject, Series>,
    /// Latencies by subject, over the whole period.
    pub latencies: BTreeMap<RequestSubject, Buckets>,
}

/// Everything that was read about a period, before workloads are resolved and samples become hours.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The steps of the period.
    pub grid: Grid,
    /// The share of each step that is covered by the metrics that describe the cluster.
    pub covered: Series,
    /// Number of samples of each node. The node with the most samples in a step existed throughout the covered part
    /// of it.
    pub node_samples: BTreeMap<NodeId, Series>,
    /// Shape and labels of each node.
    pub node_facts: BTreeMap<NodeId, NodeFacts>,
    /// Samples of pods by owner.
    pub workloads: BTreeMap<Owner, WorkloadSamples>,
    /// The owners of the owners, such as the Deployment of a ReplicaSet.
    pub owners: OwnerTable,
    /// Request metrics by the rank and name of their convention.
    pub requests: BTreeMap<(usize, &'static str), RequestSource>,
    /// Cores and memory of each current node.
    pub present_nodes: Vec<(CpuMillis, Bytes)>,
    /// The containers that run together in the pods of each current workload, in the order of the pod spec.
    pub containers: BTreeMap<WorkloadId, Vec<String>>,
    /// The workloads that each Service of another name selects, by namespace and name of the Service.
    pub services: BTreeMap<(String, String), BTreeSet<WorkloadId>>,
}

impl Observed {
    /// An empty set of samples.
    pub fn new(grid: Grid) -> Self {
        Self {
            grid,
            covered: Series::default(),
            node_samples: BTreeMap::new(),
            node_facts: BTreeMap::new(),
            workloads: BTreeMap::new(),
            owners: OwnerTable::default(),
            requests: BTreeMap::new(),
            present_nodes: Vec::new(),
            containers: BTreeMap::new(),
            services: BTreeMap::new(),
        }
    }

    /// An empty set of samples for the same period.
    #[must_use]
    pub fn of_same_period(&self) -> Self {
        Self::new(self.grid)
    }

    /// Merges the result of another query.
    pub fn absorb(&mut self, other: Self) {
        let Self { covered, node_samples, node_facts, workloads, owners, requests, .. } = other;
        if covered.count() > 0 {
            self.covered = covered;
        }
        self.node_samples.extend(node_samples);
        for (node, facts) in node_facts {
            self.node_facts.entry(node).or_default().absorb(facts);
        }
        for (owner, samples) in workloads {
            self.workloads.entry(owner).or_default().absorb(samples);
        }
        self.owners.absorb(owners);
        for (convention, source) in requests {
            let own = self.requests.entry(convention).or_default();
            own.rates.extend(source.rates);
            own.samples.extend(source.samples);
            own.latencies.extend(source.latencies);
        }
    }
}

impl WorkloadSamples {
    /// Number of samples at which its pods were running, on all nodes.
    pub fn running(&self) -> Series {
        let mut all = Series::default();
        self.held.values().flat_map(|held| held.running.iter()).for_each(|(step, samples)| all.add(step, samples));
        all
    }

    /// Adds a sign of software, unless it is already known.
    pub fn add_software(&mut self, sign: SoftwareSign) {
        if !self.software.contains(&sign) {
            self.software.push(sign);
        }
    }

    /// Each query fills different fields.
    fn absorb(&mut self, other: Self) {
        let Self {
            held,
            running_longest,
            cores,
            cores_of_busiest,
            cores_of_sidecars,
            throttled_periods,
            quota_periods,
            memory,
            memory_peak,
            runtimes,
            software,
        } = other;
        for (node, held) in held {
            self.held.entry(node).or_default().absorb(held);
        }
        for (mine, theirs) in [
            (&mut self.running_longest, running_longest),
            (&mut self.cores, cores),
            (&mut self.cores_of_busiest, cores_of_busiest),
            (&mut self.cores_of_sidecars, cores_of_sidecars),
            (&mut self.throttled_periods, throttled_periods),
            (&mut self.quota_periods, quota_periods),
            (&mut self.memory, memory),
            (&mut self.memory_peak, memory_peak),
        ] {
            if theirs.count() > 0 {
                *mine = theirs;
            }
        }
        self.runtimes.extend(runtimes);
        software.into_iter().for_each(|sign| self.add_software(sign));
    }
}

impl OccupancySamples {
    fn absorb(&mut self, other: Self) {
        let Self { running, requested_cpu, requested_memory, requested_gpu, excess_core_hours, excess_byte_hours } =
            other;
        for (mine, theirs) in [
            (&mut self.running, running),
            (&mut self.requested_cpu, requested_cpu),
            (&mut self.requested_memory, requested_memory),
            (&mut self.requested_gpu, requested_gpu),
            (&mut self.excess_core_hours, excess_core_hours),
            (&mut self.excess_byte_hours, excess_byte_hours),
        ] {
            if theirs.count() > 0 {
                *mine = theirs;
            }
        }
    }
}
