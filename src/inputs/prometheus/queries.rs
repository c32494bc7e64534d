//! The fixed set of queries, as many for ten workloads as for ten thousand.
//!
//! `$matchers` stands in every selector for what `--prometheus-matcher` adds, `$window` for the length of a step.
//! Replicas of Prometheus, and jobs that scrape one target twice, are told apart by no label that is known here: usage
//! is taken as the largest of what has the same pod, container and control group, and existence is a ratio of counts.

use super::discovery::Present;
use super::matcher::Matcher;
use super::requests;

/// How a query is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// Once, for now.
    Now,
    /// At nine moments of the period.
    Moments,
    /// For every step of the period.
    Steps,
    /// Every six hours: for what changes rarely, and for what adds up over any span.
    Facts,
}

/// Which query.
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

/// One of the queries.
#[derive(Clone, Copy, Debug)]
pub struct Query {
    /// Which.
    pub id: QueryId,
    /// Its name in messages.
    pub name: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// What the report loses without it.
    pub without: &'static str,
    /// The metrics that must be there for it to be asked; of request metrics any one is enough.
    pub needs: &'static [&'static str],
    /// Who exports them.
    pub from: &'static str,
    /// Whether the report would be wrong, and not only shorter, if a metric is there and its query fails.
    pub essential: bool,
    /// How it is asked.
    pub resolution: Resolution,
}

const KSM: &str = "kube-state-metrics";
const CADVISOR: &str = "cAdvisor (kubelet)";

/// All of them, in the order they are asked.
pub const QUERIES: [Query; 16] = [
    Query {
        id: QueryId::Discovery,
        name: "discovery",
        purpose: "which metrics there are",
        without: "everything from Prometheus",
        needs: &[],
        from: "Prometheus",
        essential: true,
        resolution: Resolution::Moments,
    },
    Query {
        id: QueryId::Identity,
        name: "identity",
        purpose: "whose nodes these are",
        without: "the check that Prometheus and cluster belong together",
        needs: &["kube_node_info"],
        from: KSM,
        essential: true,
        resolution: Resolution::Now,
    },
    Query {
        id: QueryId::Covered,
        name: "covered",
        purpose: "hours that have data",
        without: "the count of hours without data",
        needs: &["kube_node_info"],
        from: KSM,
        essential: true,
        resolution: Resolution::Steps,
    },
    Query {
        id: QueryId::Nodes,
        name: "nodes",
        purpose: "node-hours that existed, deleted nodes included",
        without: "the cost of a past month: only what runs now is priced",
        needs: &["kube_node_info"],
        from: KSM,
        essential: true,
        resolution: Resolution::Steps,
    },
    Query {
        id: QueryId::NodeLabels,
        name: "node-labels",
        purpose: "type, region, zone and capacity type of deleted nodes",
        without: "the price of deleted nodes by type: their shape stands for it",
        needs: &["kube_node_labels"],
        from: KSM,
        essential: false,
        resolution: Resolution::Facts,
    },
    Query {
        id: QueryId::NodeCapacity,
        name: "node-capacity",
        purpose: "cores, memory and accelerators of deleted nodes",
        without: "the shape of deleted nodes",
        needs: &["kube_node_status_capacity"],
        from: KSM,
        essential: false,
        resolution: Resolution::Facts,
    },
    Query {
        id: QueryId::Owners,
        name: "owners",
        purpose: "Deployments of ReplicaSets and CronJobs of Jobs",
        without: "certainty about them: they are taken from names",
        needs: &["kube_replicaset_owner"],
        from: KSM,
        essential: false,
        resolution: Resolution::Facts,
    },
    Query {
        id: QueryId::Pods,
        name: "pods",
        purpose: "pod-hours by workload, finished Jobs included",
        without: "pod-hours and usage of one pod",
        needs: &["kube_pod_status_phase"],
        from: KSM,
        essential: true,
        resolution: Resolution::Steps,
    },
    Query {
        id: QueryId::Requested,
        name: "requested",
        purpose: "requested CPU, memory and accelerators by workload",
        without: "cost by workload of a past month, idle and efficiency",
        needs: &["kube_pod_container_resource_requests", "kube_pod_status_phase"],
        from: KSM,
        essential: true,
        resolution: Resolution::Steps,
    },
    Query {
        id: QueryId::Cpu,
        name: "cpu",
        purpose: "CPU usage by workload",
        without: "CPU usage, efficiency, recommended CPU requests and the calibrated profile",
        needs: &["container_cpu_usage_seconds_total"],
        from: CADVISOR,
        essential: true,
        resolution: Resolution::Steps,
    },
    Query {
        id: QueryId::Throttling,
        name: "throttling",
        purpose: "share of the CPU quota's periods that were used up",
        without: "throttling by workload",
        needs: &["container_cpu_cfs_throttled_periods_total", "container_cpu_cfs_periods_total"],
        from: CADVISOR,
        essential: false,
        resolution: Resolution::Steps,
    },
    Query {
        id: QueryId::Memory,
        name: "memory",
        purpose: "average working set by workload",
        without: "memory usage and efficiency",
        needs: &["container_memory_working_set_bytes", "kube_pod_status_phase"],
        from: CADVISOR,
        essential: true,
        resolution: Resolution::Steps,
    },
    Query {
        id: QueryId::MemoryPeak,
        name: "memory-peak",
        purpose: "largest working set of a pod by workload",
        without: "recommended memory requests",
        needs: &["container_memory_working_set_bytes"],
        from: CADVISOR,
        essential: false,
        resolution: Resolution::Steps,
    },
    Query {
        id: QueryId::Requests,
        name: "requests",
        purpose: "requests a second by workload",
        without: "demand, CPU per request, the calibrated profile and the other runtime",
        needs: &requests::RATE_METRICS,
        from: "the services or their proxies",
        essential: false,
        resolution: Resolution::Steps,
    },
    Query {
        id: QueryId::Latency,
        name: "latency",
        purpose: "median and 99th percentile of the time a request takes",
        without: "observed latency by workload",
        needs: &requests::BUCKET_METRICS,
        from: "the services or their proxies",
        essential: false,
        resolution: Resolution::Facts,
    },
    Query {
        id: QueryId::Runtimes,
        name: "runtimes",
        purpose: "runtimes that name themselves",
        without: "this evidence for a workload's runtime: image and command remain",
        needs: &RUNTIME_METRICS,
        from: "the services",
        essential: false,
        resolution: Resolution::Facts,
    },
];

/// Metrics in which client libraries name their runtime.
pub(super) const RUNTIME_METRICS: [&str; 5] =
    ["go_info", "jvm_info", "jvm_runtime_info", "nodejs_version_info", "python_info"];

/// Metrics that are used where they are there and cost nothing where they are not.
pub(super) const HELPFUL_METRICS: [&str; 4] =
    ["kube_job_owner", "kube_pod_init_container_info", "kube_pod_init_container_resource_requests", "kube_pod_owner"];

/// The labels of nodes that prices depend on, as kube-state-metrics names them.
pub(super) const NODE_LABELS: [&str; 14] = [
    "label_beta_kubernetes_io_instance_type",
    "label_cloud_google_com_gke_nodepool",
    "label_cloud_google_com_gke_preemptible",
    "label_cloud_google_com_gke_spot",
    "label_eks_amazonaws_com_capacity_type",
    "label_failure_domain_beta_kubernetes_io_region",
    "label_failure_domain_beta_kubernetes_io_zone",
    "label_karpenter_sh_capacity_type",
    "label_kubernetes_azure_com_agentpool",
    "label_kubernetes_azure_com_scalesetpriority",
    "label_kubernetes_io_arch",
    "label_node_kubernetes_io_instance_type",
    "label_topology_kubernetes_io_region",
    "label_topology_kubernetes_io_zone",
];

impl Query {
    /// Whether what it needs is there.
    pub fn can_be_asked(&self, present: &Present) -> bool {
        let any = matches!(self.id, QueryId::Requests | QueryId::Latency | QueryId::Runtimes);
        let has = |metric: &&str| present.has(metric);
        if any { self.needs.iter().any(has) } else { self.needs.iter().all(has) }
    }

    /// Its PromQL, for what is there.
    pub fn promql(&self, present: &Present, own_requests: Option<&str>, matchers: &[Matcher], window: &str) -> String {
        let template = self.template(present, own_requests);
        let matchers = matchers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        template.replace("$window", window).replace("$matchers", &matchers)
    }

    fn template(&self, present: &Present, own_requests: Option<&str>) -> String {
        let by_owner = |pods: &str| format!("sum by ({OWNER_LABELS}) ({})", joined(pods, present));
        match self.id {
            QueryId::Discovery => format!("group by (__name__) ({{__name__=~\"{}\",$matchers}})", all_metrics().join("|")),
            QueryId::Identity => "kube_node_info{$matchers}".to_owned(),
            QueryId::Covered => "count_over_time((count(kube_node_info{$matchers}))[$window:5m])".to_owned(),
            QueryId::Nodes => "sum by (node,provider_id) (count_over_time(kube_node_info{$matchers}[$window]))".to_owned(),
            QueryId::NodeLabels => format!(
                "group by (node,{}) (last_over_time(kube_node_labels{{$matchers}}[$window]))",
                NODE_LABELS.join(",")
            ),
            QueryId::NodeCapacity => format!(
                "max by (node,resource) (max_over_time(kube_node_status_capacity{{resource=~\"{RESOURCES}\",$matchers}}[$window]))"
            ),
            QueryId::Owners => "group by (namespace,replicaset,job_name,owner_kind,owner_name) (present_over_time(\
                 {__name__=~\"kube_replicaset_owner|kube_job_owner\",owner_is_controller!=\"false\",$matchers}[$window]))"
                .to_owned(),
            QueryId::Pods => by_owner(RUNNING),
            QueryId::Requested => format!(
                "sum by ({OWNER_LABELS},resource) ({})",
                joined(&format!("({} * on (namespace,pod) group_left () {RUNNING})", pod_requests(present)), present)
            ),
            QueryId::Cpu => by_owner(&container_rate("container_cpu_usage_seconds_total")),
            QueryId::Throttling => {
                let part = |name: &str, metric: &str| {
                    format!("label_replace({},\"part\",\"{name}\",\"\",\"\")", by_owner(&container_rate(metric)))
                };
                let used_up = part("used up", "container_cpu_cfs_throttled_periods_total");
                format!("{used_up} or {}", part("all", "container_cpu_cfs_periods_total"))
            }
            QueryId::Memory => by_owner(&format!("({} * on (namespace,pod) {RUNNING})", container_memory("avg"))),
            QueryId::MemoryPeak => {
                format!("max by ({OWNER_LABELS}) ({})", joined(&container_memory("max"), present))
            }
            QueryId::Requests => requests::rates(present, own_requests),
            QueryId::Latency => requests::buckets(present),
            QueryId::Runtimes => {
                let pods = format!(
                    "max by (namespace,pod,metric,version) (label_replace({{__name__=~\"{}\",namespace!=\"\",pod!=\"\",\
                     $matchers}},\"metric\",\"$1\",\"__name__\",\"(.+)\"))",
                    RUNTIME_METRICS.join("|")
                );
                format!("group by ({OWNER_LABELS},metric,version) ({})", joined(&pods, present))
            }
        }
    }
}

/// Every metric that any query reads, each once, in order.
pub(super) fn all_metrics() -> Vec<&'static str> {
    let mut all: Vec<&str> = QUERIES.iter().flat_map(|q| q.needs).copied().chain(HELPFUL_METRICS).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Labels that say whose a pod is.
pub(super) const OWNER_LABELS: &str = "namespace,owner_kind,owner_name";

const RESOURCES: &str = "cpu|memory|nvidia_com_gpu|amd_com_gpu";

/// The rows of real containers: not a pod's total, not the container that holds its network.
const CONTAINERS: &str = "container!=\"\",container!=\"POD\",$matchers";

/// Samples at which a pod was running; a pod that has finished and still exists counts no more.
const RUNNING: &str =
    "sum by (namespace,pod) (sum_over_time(kube_pod_status_phase{phase=\"Running\",$matchers}[$window]))";

/// Whose each pod was at any moment of the step, one answer a pod; a pod without an owner is its own.
const OWNERS: &str = "topk by (namespace,pod) (1, max by (namespace,pod,owner_kind,owner_name) (label_replace(\
    label_replace(label_join(max_over_time(kube_pod_owner{owner_is_controller!=\"false\",$matchers}[$window]),\
    \"owner\",\"/\",\"owner_kind\",\"owner_name\",\"pod\"),\
    \"owner_name\",\"$3\",\"owner\",\"(<none>)?/(<none>)?/(.*)\"),\"owner_kind\",\"Pod\",\"owner_kind\",\"(<none>)?\")))";

/// Pods with their owners; pods whose owner is not known stay, without one. Where no owner is known at all each pod is
/// its own, and whoever knows the cluster can tell.
pub(super) fn joined(pods: &str, present: &Present) -> String {
    if present.has("kube_pod_owner") {
        format!(
            "(({pods} * on (namespace,pod) group_left (owner_kind,owner_name) {OWNERS}) or on (namespace,pod) {pods})"
        )
    } else {
        format!(
            "label_replace(label_replace({pods},\"owner_name\",\"$1\",\"pod\",\"(.*)\"),\"owner_kind\",\"Pod\",\"\",\"\")"
        )
    }
}

fn container_rate(metric: &str) -> String {
    format!(
        "sum by (namespace,pod) (max by (namespace,pod,container,id,cpu) (rate({metric}{{{CONTAINERS}}}[$window])))"
    )
}

fn container_memory(over_time: &str) -> String {
    format!(
        "sum by (namespace,pod) (max by (namespace,pod,container) \
         ({over_time}_over_time(container_memory_working_set_bytes{{{CONTAINERS}}}[$window])))"
    )
}

/// What a pod asks for, as the scheduler counts it: the sum over its containers and native sidecars, or its largest
/// other init container if that is more (<https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers>).
fn pod_requests(present: &Present) -> String {
    let of = |metric: &str| {
        format!(
            "max by (namespace,pod,container,resource) (avg_over_time({metric}{{resource=~\"{RESOURCES}\",$matchers}}[$window]))"
        )
    };
    let main = of("kube_pod_container_resource_requests");
    if !present.has("kube_pod_init_container_resource_requests") {
        return format!("sum by (namespace,pod,resource) ({main})");
    }
    let init = of("kube_pod_init_container_resource_requests");
    let running = if present.has("kube_pod_init_container_info") {
        let sidecars = "max by (namespace,pod,container) (max_over_time(kube_pod_init_container_info{\
             restart_policy=\"Always\",$matchers}[$window]))";
        format!("({main} or ({init} * on (namespace,pod,container) group_left () {sidecars}))")
    } else {
        main
    };
    let part = |name: &str, text: &str| {
        format!("label_replace({name} by (namespace,pod,resource) ({text}),\"part\",\"{name}\",\"\",\"\")")
    };
    format!("max by (namespace,pod,resource) ({} or {})", part("sum", &running), part("max", &init))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers_are_in_every_selector() {
        let matcher: Matcher = r#"cluster="prod-1""#.parse().unwrap();
        for present in [Present::all(), Present::of(&["kube_node_info"])] {
            for query in QUERIES {
                let template = query.template(&present, None);
                let text = query.promql(&present, None, std::slice::from_ref(&matcher), "1h");
                assert_eq!(template.matches('{').count(), template.matches("$matchers}").count(), "{}", query.name);
                assert_eq!(text.matches('{').count(), text.matches(r#"cluster="prod-1"}"#).count(), "{}", query.name);
                assert!(!text.contains("$m") && !text.contains("$w"), "{text}");
            }
        }
    }

    #[test]
    fn sixteen_and_each_says_what_it_is_for() {
        let mut names: Vec<&str> = QUERIES.iter().map(|q| q.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 16);
        assert!(QUERIES.iter().all(|q| !q.purpose.is_empty() && !q.without.is_empty()));
        assert!(QUERIES.windows(2).all(|w| w[0].id < w[1].id));
    }
}
