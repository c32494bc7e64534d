//! The text of each query.
//!
//! `$matchers` stands in every selector for what `--prometheus-matcher` adds, `$window` for the length of a step, `$labels`
//! for the labels that say what a node is.
//! Replicas of Prometheus, and jobs that scrape one target twice, are told apart by no label that is known here: usage
//! is taken as the largest of what has the same pod and container, and existence is a ratio of counts. Counts of pods are
//! taken from the targets that count nodes too, as OpenCost and Kubecost export copies of the pods' metrics alone
//! (<https://github.com/opencost/opencost/issues/1465>).

use super::discovery::Present;
use super::matcher::Matcher;
use super::queries::{Query, QueryId, all_metrics, node_labels};
use super::requests;
use crate::model::cluster::SpotLabel;
use crate::model::usage::RUNTIME_METRICS;

impl Query {
    /// Its PromQL, for what is there.
    pub fn promql(
        &self,
        present: &Present,
        own_requests: Option<&str>,
        spot: &[SpotLabel],
        matchers: &[Matcher],
        window: &str,
    ) -> String {
        let template = self.template(present, own_requests);
        let matchers = matchers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let labels = node_labels(spot).join(",");
        template.replace("$labels", &labels).replace("$window", window).replace("$matchers", &matchers)
    }

    fn template(&self, present: &Present, own_requests: Option<&str>) -> String {
        let by_owner = |pods: &str| format!("sum by ({OWNER_LABELS}) ({})", joined(pods, present));
        match self.id {
            // With it, whether the pods of kube-state-metrics' series were moved aside by its own pod's labels.
            QueryId::Discovery => format!(
                "group by (__name__) ({{__name__=~\"{}\",$matchers}}) or \
                 label_replace(group(kube_pod_owner{{exported_pod!=\"\",$matchers}}),\"exported\",\"pod\",\"\",\"\")",
                all_metrics().join("|")
            ),
            QueryId::Identity => "kube_node_info{$matchers}".to_owned(),
            QueryId::Covered => "count_over_time((count(kube_node_info{$matchers}))[$window:5m])".to_owned(),
            QueryId::Nodes => "sum by (node,provider_id) (count_over_time(kube_node_info{$matchers}[$window]))".to_owned(),
            QueryId::NodeLabels => {
                format!("group by (node,$labels) (last_over_time(kube_node_labels{{$matchers}}[$window])) {MACHINES}")
            }
            QueryId::NodeCapacity => format!(
                "max by (node,resource) (max_over_time(kube_node_status_capacity{{resource=~\"{RESOURCES}\",$matchers}}[$window])) {MACHINES}"
            ),
            QueryId::Owners => "group by (namespace,replicaset,job_name,owner_kind,owner_name) (present_over_time(\
                 {__name__=~\"kube_replicaset_owner|kube_job_owner\",owner_is_controller!=\"false\",$matchers}[$window]))"
                .to_owned(),
            QueryId::Pods => {
                let pods = joined(RUNNING, present);
                format!(
                    "sum by ({OWNER_LABELS}) ({pods}) or \
                     label_replace(max by ({OWNER_LABELS}) ({pods}),\"part\",\"longest\",\"\",\"\")"
                )
            }
            QueryId::Requested => format!(
                "sum by ({OWNER_LABELS},resource) ({})",
                joined(&format!("({} * on (namespace,pod) group_left () {RUNNING})", pod_requests(present)), present)
            ),
            QueryId::Cpu => {
                let pods = joined(&container_rate("container_cpu_usage_seconds_total"), present);
                format!(
                    "sum by ({OWNER_LABELS}) ({pods}) or \
                     label_replace(max by ({OWNER_LABELS}) ({pods}),\"part\",\"busiest\",\"\",\"\")"
                )
            }
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
                let kept = "namespace,pod,container,metric,version,telemetry_sdk_language,process_runtime_version";
                let names = RUNTIME_METRICS.join("|");
                let plain = format!(
                    "{{__name__=~\"{names}\",k8s_pod_name=\"\",namespace!=\"\",pod!=\"\",$matchers}}"
                );
                // What OpenTelemetry's collector passes on has the labels of the collector's own pod besides.
                let mut passed_on = format!("{{__name__=~\"{names}\",k8s_pod_name!=\"\",$matchers}}");
                for (label, from) in [
                    ("namespace", "k8s_namespace_name"),
                    ("pod", "k8s_pod_name"),
                    ("container", "k8s_container_name"),
                ] {
                    passed_on = format!("label_replace({passed_on},\"{label}\",\"$1\",\"{from}\",\"(.*)\")");
                }
                let pods = format!(
                    "max by ({kept}) (label_replace({plain} or {passed_on},\"metric\",\"$1\",\"__name__\",\"(.+)\"))"
                );
                let of_workloads = kept.replace("namespace,pod", OWNER_LABELS);
                format!("group by ({of_workloads}) ({})", joined(&pods, present))
            }
        }
    }
}

/// Facts of a node with the machine that had its name last in the step: a name may come back.
const MACHINES: &str = "* on (node) group_left (provider_id) topk by (node) (1, \
    group by (node,provider_id) (last_over_time(kube_node_info{$matchers}[$window])))";

/// Labels that say whose a pod is.
pub(super) const OWNER_LABELS: &str = "namespace,owner_kind,owner_name";

/// Cores, memory, and accelerators and their slices.
const RESOURCES: &str = "cpu|memory|nvidia_com_gpu|nvidia_com_gpu_shared|nvidia_com_mig_.+|amd_com_gpu|gpu_intel_com_.+|\
    aws_amazon_com_neuron|google_com_tpu|habana_ai_gaudi";

/// The rows of real containers: not a pod's total, not the container that holds its network.
const CONTAINERS: &str = "container!=\"\",container!=\"POD\",$matchers";

/// Samples at which a pod was running; a pod that has finished and still exists counts no more. A target that counts nodes
/// speaks before those that do not; of these, the one with the most samples does.
const RUNNING: &str = "(sum by (namespace,pod) (sum by (namespace,pod,job,instance) (sum_over_time(\
    kube_pod_status_phase{phase=\"Running\",$matchers}[$window])) and on (job,instance) \
    group by (job,instance) (count_over_time(kube_node_info{$matchers}[$window]))) or max by (namespace,pod) (\
    sum by (namespace,pod,job,instance) (sum_over_time(kube_pod_status_phase{phase=\"Running\",$matchers}[$window]))))";

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

/// One container may be there under two control groups, as on nodes that are containers themselves
/// (<https://github.com/kubernetes/kubernetes/issues/129253>): the last 64 hexadecimal digits of a path name the container,
/// which has new ones after a restart.
fn container_rate(metric: &str) -> String {
    format!(
        "sum by (namespace,pod) (max by (namespace,pod,container,started,cpu) (label_replace(label_replace(\
         rate({metric}{{{CONTAINERS}}}[$window]),\"started\",\"$1\",\"id\",\"(.+)\"),\
         \"started\",\"$1\",\"id\",\".*([0-9a-f]{{64}}).*\")))"
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
    use crate::inputs::prometheus::QUERIES;

    #[test]
    fn matchers_are_in_every_selector() {
        let matcher: Matcher = r#"cluster="prod-1""#.parse().unwrap();
        for present in [Present::all(), Present::of(&["kube_node_info"])] {
            for query in QUERIES {
                let template = query.template(&present, None);
                let text = query.promql(&present, None, &[], std::slice::from_ref(&matcher), "1h");
                let selectors = |text: &str| text.matches('{').count() - text.matches("]{64}").count();
                assert_eq!(selectors(&template), template.matches("$matchers}").count(), "{}", query.name);
                assert_eq!(selectors(&text), text.matches(r#"cluster="prod-1"}"#).count(), "{}", query.name);
                assert!(!text.contains("$m") && !text.contains("$w"), "{text}");
            }
        }
    }
}
