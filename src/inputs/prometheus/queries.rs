//! The fixed set of queries, the same number for ten workloads as for ten thousand: the purpose of each, the metrics
//! that it needs, and what a report loses without it.

use std::collections::BTreeSet;

use super::conventions::{BUCKET_METRICS, RATE_METRICS};
use super::discovery::AvailableMetrics;
use super::metric::{
    CONTAINER_CFS_PERIODS, CONTAINER_CFS_THROTTLED_PERIODS, CONTAINER_CPU, CONTAINER_MEMORY, NODE_CAPACITY, NODE_INFO,
    NODE_LABELS, OPTIONAL_METRICS, POD_PHASE, POD_REQUESTS, REPLICASET_OWNER,
};
use crate::model::cluster::identity_labels;
use crate::model::software::SOFTWARE_METRICS;
use crate::model::usage::{RUNTIME_METRICS, exported_label};

/// When a query is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Once, as an instant query at the present time.
    Now,
    /// At nine moments of the period.
    Moments,
    /// For every step of the period.
    Steps,
    /// Every six hours, for facts that change rarely and for quantities that add up over any time span.
    Facts,
}

/// Identifies a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the catalogue below says what each is for")]
pub enum QueryId {
    Discovery,
    Identity,
    Covered,
    Nodes,
    NodeLabels,
    NodeCapacity,
    Owners,
    Pods,
    Requested,
    Cpu,
    Throttling,
    Memory,
    MemoryPeak,
    Requests,
    Latency,
    Runtimes,
}

/// A query and what it is needed for.
#[derive(Clone, Copy, Debug)]
pub struct Query {
    /// Identifier of the query.
    pub id: QueryId,
    /// Name of the query in messages.
    pub name: &'static str,
    /// Purpose of the result.
    pub purpose: &'static str,
    /// What the report loses without it.
    pub without: &'static str,
    /// The metrics that must be present for the query; for request metrics, any one of them is enough.
    pub needs: &'static [&'static str],
    /// Exporter of the metrics.
    pub from: &'static str,
    /// Whether the report would be wrong rather than only incomplete if a metric is present and its query fails.
    pub essential: bool,
    /// Time resolution of the query.
    pub resolution: Resolution,
}

const KSM: &str = "kube-state-metrics";
const CADVISOR: &str = "cAdvisor (kubelet)";

/// All queries, in order.
pub const QUERIES: [Query; 16] = [
    Query {
        id: QueryId::Discovery,
        name: "discovery",
        purpose: "the metrics that are present",
        without: "everything from Prometheus",
        needs: &[],
        from: "Prometheus",
        essential: true,
        resolution: Resolution::Moments,
    },
    Query {
        id: QueryId::Identity,
        name: "identity",
        purpose: "the cluster that the nodes belong to",
        without: "the check that Prometheus and cluster belong together",
        needs: &[NODE_INFO],
        from: KSM,
        essential: true,
        resolution: Resolution::Now,
    },
    Query {
        id: QueryId::Covered,
        name: "covered",
        purpose: "hours that have data",
        without: "the count of hours without data",
        needs: &[NODE_INFO],
        from: KSM,
        essential: true,
        resolution: Resolution::Steps,
    },
    Query {
        id: QueryId::Nodes,
        name: "nodes",
        purpose: "node-hours that existed, deleted nodes included",
        without: "the cost of a past month",
        needs: &[NODE_INFO],
        from: KSM,
        essential: true,
        resolution: Resolution::Steps,
    },
    Query {
        id: QueryId::NodeLabels,
        name: "node-labels",
        purpose: "type, region, zone and capacity type of deleted nodes",
        without: "the instance type of deleted nodes (priced by size instead)",
        needs: &[NODE_LABELS, NODE_INFO],
        from: KSM,
        essential: false,
        resolution: Resolution::Facts,
    },
    Query {
        id: QueryId::NodeCapacity,
        name: "node-capacity",
        purpose: "cores, memory and accelerators of deleted nodes",
        without: "the size of deleted nodes",
        needs: &[NODE_CAPACITY, NODE_INFO],
        from: KSM,
        essential: false,
        resolution: Resolution::Facts,
    },
    Query {
        id: QueryId::Owners,
        name: "owners",
        purpose: "Deployments of ReplicaSets and CronJobs of Jobs",
        without: "owners of ReplicaSets and Jobs (guessed from names instead)",
        needs: &[REPLICASET_OWNER],
        from: KSM,
        essential: false,
        resolution: Resolution::Facts,
    },
    Query {
        id: QueryId::Pods,
        name: "pods",
        purpose: "pod-hours by workload and node, finished Jobs included",
        without: "pod-hours and usage per pod",
        needs: &[POD_PHASE],
        from: KSM,
        essential: true,
        resolution: Resolution::Steps,
    },
    Query {
        id: QueryId::Requested,
        name: "requested",
        purpose: "requested CPU, memory and accelerators by workload and node",
        without: "cost by workload of a past month, idle and efficiency",
        needs: &[POD_REQUESTS, POD_PHASE],
        from: KSM,
        essential: true,
        resolution: Resolution::Steps,
    },
    Query {
        id: QueryId::Cpu,
        name: "cpu",
        purpose: "CPU usage by workload, and usage above the request",
        without: "CPU usage, efficiency, recommended CPU requests and the calibrated profile",
        needs: &[CONTAINER_CPU],
        from: CADVISOR,
        essential: true,
        resolution: Resolution::Steps,
    },
    Query {
        id: QueryId::Throttling,
        name: "throttling",
        purpose: "share of CPU quota periods in which containers were throttled",
        without: "throttling by workload",
        needs: &[CONTAINER_CFS_THROTTLED_PERIODS, CONTAINER_CFS_PERIODS],
        from: CADVISOR,
        essential: false,
        resolution: Resolution::Steps,
    },
    Query {
        id: QueryId::Memory,
        name: "memory",
        purpose: "average working set by workload, and usage above the request",
        without: "memory usage and efficiency",
        needs: &[CONTAINER_MEMORY, POD_PHASE],
        from: CADVISOR,
        essential: true,
        resolution: Resolution::Steps,
    },
    Query {
        id: QueryId::MemoryPeak,
        name: "memory-peak",
        purpose: "peak working set of a pod by workload",
        without: "recommended memory requests",
        needs: &[CONTAINER_MEMORY],
        from: CADVISOR,
        essential: false,
        resolution: Resolution::Steps,
    },
    Query {
        id: QueryId::Requests,
        name: "requests",
        purpose: "requests per second by workload",
        without: "demand, CPU per request, the calibrated profile and the comparison with other runtimes",
        needs: &RATE_METRICS,
        from: "the services or their proxies",
        essential: false,
        resolution: Resolution::Steps,
    },
    Query {
        id: QueryId::Latency,
        name: "latency",
        purpose: "median and p99 response time",
        without: "observed latency by workload",
        needs: &BUCKET_METRICS,
        from: "the services or their proxies",
        essential: false,
        resolution: Resolution::Facts,
    },
    Query {
        id: QueryId::Runtimes,
        name: "runtimes",
        purpose: "runtimes and frameworks that name themselves",
        without: "runtime detection from metrics (image and command are still used)",
        needs: &RUNTIME_METRICS,
        from: "the services",
        essential: false,
        resolution: Resolution::Facts,
    },
];

/// The labels that identify a node, as kube-state-metrics names them: the same ones that are read from current nodes,
/// and those with further keys.
pub(super) fn node_labels(also: &BTreeSet<String>) -> Vec<String> {
    let known = identity_labels().map(exported_label);
    let all: BTreeSet<String> = known.chain(also.iter().map(|key| exported_label(key))).collect();
    all.into_iter().collect()
}

impl Query {
    /// Whether the metrics that it needs are present.
    pub fn can_be_asked(&self, present: &AvailableMetrics) -> bool {
        let any = matches!(self.id, QueryId::Requests | QueryId::Latency | QueryId::Runtimes);
        let has = |metric: &&str| present.has(metric);
        let software = self.id == QueryId::Runtimes && SOFTWARE_METRICS.iter().any(has);
        if any { software || self.needs.iter().any(has) } else { self.needs.iter().all(has) }
    }
}

/// All metrics that any query reads, sorted and without duplicates.
pub(super) fn all_metrics() -> Vec<&'static str> {
    let needed = QUERIES.iter().flat_map(|q| q.needs).copied();
    let mut all: Vec<&str> = needed.chain(OPTIONAL_METRICS.map(|(metric, _)| metric)).chain(SOFTWARE_METRICS).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_sixteen_queries_and_each_states_its_purpose() {
        let mut names: Vec<&str> = QUERIES.iter().map(|q| q.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 16);
        assert!(QUERIES.iter().all(|q| !q.purpose.is_empty() && !q.without.is_empty()));
        assert!(QUERIES.windows(2).all(|w| w[0].id < w[1].id));
    }
}
