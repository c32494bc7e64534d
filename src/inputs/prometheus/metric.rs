//! Names of the metrics of kube-state-metrics and cAdvisor that a report reads
//! (<https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics>): queries, the check and the list of what is read take
//! them from here.

pub(super) use crate::model::usage::{CONTAINER_CPU, CONTAINER_MEMORY};

pub(super) const CONTAINER_CFS_PERIODS: &str = "container_cpu_cfs_periods_total";
pub(super) const CONTAINER_CFS_THROTTLED_PERIODS: &str = "container_cpu_cfs_throttled_periods_total";

pub(super) const NODE_INFO: &str = "kube_node_info";
pub(super) const NODE_LABELS: &str = "kube_node_labels";
pub(super) const NODE_CAPACITY: &str = "kube_node_status_capacity";

pub(super) const REPLICASET_OWNER: &str = "kube_replicaset_owner";
pub(super) const JOB_OWNER: &str = "kube_job_owner";

pub(super) const POD_OWNER: &str = "kube_pod_owner";
pub(super) const POD_INFO: &str = "kube_pod_info";
pub(super) const POD_PHASE: &str = "kube_pod_status_phase";
pub(super) const POD_REQUESTS: &str = "kube_pod_container_resource_requests";
pub(super) const POD_INIT_REQUESTS: &str = "kube_pod_init_container_resource_requests";
pub(super) const POD_INIT_INFO: &str = "kube_pod_init_container_info";
pub(super) const POD_OVERHEAD_CPU: &str = "kube_pod_overhead_cpu_cores";
pub(super) const POD_OVERHEAD_MEMORY: &str = "kube_pod_overhead_memory_bytes";

/// Without these metrics, neither the nodes nor the pods of a period are known.
pub const VITAL_METRICS: [&str; 2] = [NODE_INFO, POD_PHASE];

/// Metrics that are used if present, and what a report loses without each.
pub(super) const OPTIONAL_METRICS: [(&str, &str); 7] = [
    (JOB_OWNER, "the CronJobs that Jobs belong to (guessed from names instead)"),
    (
        POD_INFO,
        "the nodes of pods (read from their requests if these name the node; otherwise the average price is used)",
    ),
    (POD_INIT_INFO, "the requests of native sidecar containers in a past month"),
    (POD_INIT_REQUESTS, "the requests of init containers in a past month"),
    (POD_OVERHEAD_CPU, "the overhead of pods with a RuntimeClass in a past month"),
    (POD_OVERHEAD_MEMORY, "the overhead of pods with a RuntimeClass in a past month"),
    (POD_OWNER, "usage of deleted pods by workload"),
];
