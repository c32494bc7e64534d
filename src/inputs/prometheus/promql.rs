//! The PromQL text of each query.
//!
//! `$matchers` stands in every selector for what `--prometheus-matcher` adds, `$window` for the length of a step, and
//! `$labels` for the labels that identify a node; the other placeholders are derived from the step and the scrape
//! interval, see [`Windows`]. No known label distinguishes replicas of Prometheus, or jobs that scrape the same
//! target: usage is the maximum over series with the same pod and container, and existence is a ratio of counts. Pods
//! are counted from the targets that also count nodes, because OpenCost and Kubecost only export copies of the pods'
//! metrics (<https://github.com/opencost/opencost/issues/1465>).

use std::collections::BTreeSet;

use super::discovery::AvailableMetrics;
use super::matcher::Matcher;
use super::metric::{
    CONTAINER_CFS_PERIODS, CONTAINER_CFS_THROTTLED_PERIODS, CONTAINER_CPU, CONTAINER_MEMORY, JOB_OWNER, NODE_CAPACITY,
    NODE_INFO, NODE_LABELS, POD_INFO, POD_INIT_INFO, POD_INIT_REQUESTS, POD_OVERHEAD_CPU, POD_OVERHEAD_MEMORY,
    POD_OWNER, POD_PHASE, POD_REQUESTS, REPLICASET_OWNER,
};
use super::queries::{Query, QueryId, all_metrics, node_labels};
use super::service_requests;
use crate::model::cluster::SIDECARS;
use crate::model::software::SOFTWARE_METRICS;
use crate::model::usage::RUNTIME_METRICS;

/// The detail in which the larger of request and usage is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// For each scrape, in a subquery.
    Scrape,
    /// For each step, if Prometheus refuses the subquery.
    Step,
}

/// The durations in a query.
#[derive(Clone, Copy, Debug)]
struct Windows {
    /// Length of a step in seconds.
    step: i64,
    /// Scrape interval of usage metrics in seconds.
    scrape: i64,
}

impl Windows {
    fn fill(self, template: &str) -> String {
        let Self { step, scrape } = self;
        let seconds = |length: i64| format!("{length}s");
        #[expect(clippy::cast_precision_loss, reason = "seconds of a step and of a scrape are small")]
        let hours = |length: i64| (length as f64 / 3600.0).to_string();
        let values = [
            ("$window", seconds(step)),
            // From the last scrape before the step to the last one in it, so that adjacent steps share a sample but
            // no interval.
            ("$counted", seconds(step + scrape)),
            ("$scrape", seconds(scrape)),
            ("$sampled", seconds(sampled(step))),
            ("$look", seconds(look(step))),
            // cAdvisor reports a container for some minutes after its pod has gone.
            ("$around", seconds(step + 600)),
            ("$fine", seconds(Self::fine(scrape).min(step))),
            // The last two scrapes, and the last one, at any moment, with a tolerance for irregular scrapes.
            ("$slope", seconds(scrape * 5 / 2)),
            ("$latest", seconds(scrape * 3 / 2)),
            ("$hours_of_step", hours(step)),
            ("$hours_of_scrape", hours(scrape)),
        ];
        values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{name}#"), value))
    }

    /// Seconds between two moments at which usage is compared with the request: every scrape, but at most once per
    /// minute. If the scrape interval is shorter, the moment drifts through the minute, so that whatever happens in
    /// the same second of each minute is weighted correctly.
    const fn fine(scrape: i64) -> i64 {
        if scrape < 60 { 61 } else { scrape }
    }
}

/// The number of seconds over which samples of usage are counted to find the scrape interval: an hour, or less if
/// steps are shorter than five minutes, because the whole period may then be shorter than an hour.
pub(super) fn sampled(step: i64) -> i64 {
    (12 * step).min(3600)
}

/// Seconds between two checks whether there is data about nodes.
pub(super) fn look(step: i64) -> i64 {
    step.min(300)
}

impl Query {
    /// The PromQL text for the metrics that are present, over steps of this many seconds.
    pub fn promql(
        &self,
        present: &AvailableMetrics,
        own_requests: Option<&str>,
        also: &BTreeSet<String>,
        matchers: &[Matcher],
        step: i64,
        detail: Detail,
    ) -> String {
        let windows = Windows { step, scrape: present.seconds_between_scrapes() };
        let template = windows.fill(&self.template(present, own_requests, detail));
        let matchers = matchers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let labels = node_labels(also).join(",");
        // A plain `$window` is for the user's own query.
        template.replace("$labels", &labels).replace("$window", &format!("{step}s")).replace("$matchers", &matchers)
    }

    /// Whether it compares usage with the request; such queries are repeated with less detail if Prometheus refuses
    /// them.
    #[cfg(feature = "live")]
    pub(super) fn has_detail(&self) -> bool {
        matches!(self.id, QueryId::Cpu | QueryId::Memory)
    }

    fn template(&self, present: &AvailableMetrics, own_requests: Option<&str>, detail: Detail) -> String {
        match self.id {
            // Also reads which labels and how many samples the series of pods have: whether the pod labels of
            // kube-state-metrics' series were renamed in favour of its own pod, whether requests have the label of
            // the node, and how often usage is scraped.
            QueryId::Discovery => format!(
                "group by (__name__) ({{__name__=~\"{}\",$matchers}}) or \
                 label_replace(group({POD_OWNER}{{exported_pod!=\"\",$matchers}}),\"exported\",\"pod\",\"\",\"\") or \
                 label_replace(group({POD_REQUESTS}{{node!=\"\",$matchers}}),\"exported\",\"node\",\"\",\"\") or \
                 label_replace(quantile(0.5,count_over_time({CONTAINER_CPU}{{{CONTAINERS}}}[$sampled#])),\"exported\",\"usage\",\"\",\"\")",
                all_metrics().join("|")
            ),
            QueryId::Identity => format!("{NODE_INFO}{{$matchers}}"),
            QueryId::Covered => format!("count_over_time((count({NODE_INFO}{{$matchers}}))[$window#:$look#])"),
            QueryId::Nodes => {
                format!("sum by (node,provider_id) (count_over_time({NODE_INFO}{{$matchers}}[$window#]))")
            }
            QueryId::NodeLabels => {
                format!("group by (node,$labels) (last_over_time({NODE_LABELS}{{$matchers}}[$window#])) {}", machines())
            }
            QueryId::NodeCapacity => format!(
                "max by (node,resource) (max_over_time({NODE_CAPACITY}{{resource=~\"{RESOURCES}\",$matchers}}[$window#])) {}",
                machines()
            ),
            QueryId::Owners => format!(
                "group by (namespace,replicaset,job_name,owner_kind,owner_name) (present_over_time(\
                 {{__name__=~\"{REPLICASET_OWNER}|{JOB_OWNER}\",owner_is_controller!=\"false\",$matchers}}[$window#]))"
            ),
            QueryId::Pods => {
                let running = samples_in("Running");
                let phases = running_pods();
                let longest = owned(&running, &phases, present);
                let pods = match placed(present) {
                    Some(placed) => {
                        format!(
                            "({placed} * on (namespace,pod) group_left () {running} or on (namespace,pod) {running})"
                        )
                    }
                    None => running,
                };
                format!(
                    "sum by ({OWNER_LABELS},node) ({}) or \
                     label_replace(max by ({OWNER_LABELS}) ({longest}),\"part\",\"longest\",\"\",\"\")",
                    owned(&pods, &phases, present)
                )
            }
            QueryId::Requested => {
                format!(
                    "sum by ({OWNER_LABELS},node,resource) ({})",
                    owned(&held_requests(present), &running_pods(), present)
                )
            }
            QueryId::Cpu => {
                let pods = owned(&per_pod(&CPU_USE.rate()), &CPU_USE.selector(), present);
                // This is cheap, because few containers have such a name, and only their series are read.
                let beside = format!("{CONTAINER_CPU}{{container=~\"{}\",$matchers}}", SIDECARS.join("|"));
                let sidecars = owned(&per_pod(&by_start(",cpu", &grown(&beside))), &beside, present);
                format!(
                    "sum by ({OWNER_LABELS}) ({pods}) or \
                     label_replace(max by ({OWNER_LABELS}) ({pods}),\"part\",\"busiest\",\"\",\"\") or \
                     label_replace(sum by ({OWNER_LABELS}) ({sidecars}),\"part\",\"sidecars\",\"\",\"\") or {}",
                    CPU_USE.excess(present, detail)
                )
            }
            QueryId::Throttling => {
                let part = |name: &str, metric: &str| {
                    let pods = owned(&per_pod(&container_rate(metric)), &format!("{metric}{{{CONTAINERS}}}"), present);
                    format!("label_replace(sum by ({OWNER_LABELS}) ({pods}),\"part\",\"{name}\",\"\",\"\")")
                };
                let used_up = part("used up", CONTAINER_CFS_THROTTLED_PERIODS);
                format!("{used_up} or {}", part("all", CONTAINER_CFS_PERIODS))
            }
            QueryId::Memory => {
                let running = samples_in("Running");
                let pods = format!("({} * on (namespace,pod) {running})", per_pod(&container_memory("avg")));
                format!(
                    "sum by ({OWNER_LABELS}) ({}) or {}",
                    owned(&pods, &MEMORY_USE.selector(), present),
                    MEMORY_USE.excess(present, detail)
                )
            }
            QueryId::MemoryPeak => {
                format!(
                    "max by ({OWNER_LABELS}) ({})",
                    owned(&per_pod(&container_memory("max")), &MEMORY_USE.selector(), present)
                )
            }
            QueryId::Requests => service_requests::rates(present, own_requests),
            QueryId::Latency => service_requests::buckets(present),
            QueryId::Runtimes => {
                let kept = "namespace,pod,container,metric,version,telemetry_sdk_language,process_runtime_version";
                let names = [RUNTIME_METRICS.join("|"), SOFTWARE_METRICS.join("|")].join("|");
                let plain = format!("{{__name__=~\"{names}\",k8s_pod_name=\"\",namespace!=\"\",pod!=\"\",$matchers}}");
                // Metrics that an OpenTelemetry collector forwards also have the labels of the collector's own pod.
                let mut passed_on = format!("{{__name__=~\"{names}\",k8s_pod_name!=\"\",$matchers}}");
                for (label, from) in
                    [("namespace", "k8s_namespace_name"), ("pod", "k8s_pod_name"), ("container", "k8s_container_name")]
                {
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

/// Joins facts of a node with the machine that had its name last in the step, because names are reused.
fn machines() -> String {
    format!(
        "* on (node) group_left (provider_id) topk by (node) (1, \
         group by (node,provider_id) (last_over_time({NODE_INFO}{{$matchers}}[$window#])))"
    )
}

/// Labels that identify the owner of a pod.
pub(super) const OWNER_LABELS: &str = "namespace,owner_kind,owner_name";

/// Cores, memory, and accelerators and their slices.
const RESOURCES: &str = "cpu|memory|nvidia_com_gpu|nvidia_com_gpu_shared|nvidia_com_mig_.+|amd_com_gpu|gpu_intel_com_.+|\
    aws_amazon_com_neuron|google_com_tpu|habana_ai_gaudi";

/// The series of real containers, excluding the total of a pod and its pause container.
const CONTAINERS: &str = "container!=\"\",container!=\"POD\",$matchers";

/// One series for each pod that kube-state-metrics reports.
fn running_pods() -> String {
    format!("{POD_PHASE}{{phase=\"Running\",$matchers}}")
}

/// Labels that identify a container.
const CONTAINER: &str = "namespace,pod,container";

/// Number of samples at which a pod was in one of these phases; a terminated pod that still exists is in none that
/// counts. A target that also counts nodes is preferred; among the others, the one with the most samples is used.
fn samples_in(phases: &str) -> String {
    let counted = format!(
        "sum by (namespace,pod,job,instance) (sum_over_time(\
         {POD_PHASE}{{phase=~\"{phases}\",$matchers}}[$window#]))"
    );
    format!(
        "(sum by (namespace,pod) ({counted} and on (job,instance) group by (job,instance) (\
         count_over_time({NODE_INFO}{{$matchers}}[$window#]))) or max by (namespace,pod) ({counted}))"
    )
}

/// The owner of each pod at any moment of the step, one result per pod; a pod without an owner is its own owner.
fn owners() -> String {
    format!(
        "topk by (namespace,pod) (1, max by (namespace,pod,owner_kind,owner_name) (label_replace(\
         label_replace(label_join(max_over_time({POD_OWNER}{{owner_is_controller!=\"false\",$matchers}}[$around#]),\
         \"owner\",\"/\",\"owner_kind\",\"owner_name\",\"pod\"),\
         \"owner_name\",\"$3\",\"owner\",\"(<none>)?/(<none>)?/(.*)\"),\"owner_kind\",\"Pod\",\"owner_kind\",\"(<none>)?\")))"
    )
}

/// Joins pods with their owners; pods whose owner is unknown are kept without one. If no owner is known at all, each
/// pod is its own owner, and the cluster itself can resolve it.
pub(super) fn joined(pods: &str, present: &AvailableMetrics) -> String {
    if present.has(POD_OWNER) {
        format!(
            "(({pods} * on (namespace,pod) group_left (owner_kind,owner_name) {}) or on (namespace,pod) {pods})",
            owners()
        )
    } else {
        format!(
            "label_replace(label_replace({pods},\"owner_name\",\"$1\",\"pod\",\"(.*)\"),\"owner_kind\",\"Pod\",\"\",\"\")"
        )
    }
}

/// Like [`joined`], for expressions that use the series of only one metric and are too expensive to be evaluated
/// twice.
fn owned(pods: &str, selector: &str, present: &AvailableMetrics) -> String {
    if !present.has(POD_OWNER) {
        return joined(pods, present);
    }
    let all = format!("group by (namespace,pod) (present_over_time({selector}[$counted#]))");
    format!(
        "({pods} * on (namespace,pod) group_left (owner_kind,owner_name) ({} or on (namespace,pod) {all}))",
        owners()
    )
}

fn per_pod(containers: &str) -> String {
    format!("sum by (namespace,pod) ({containers})")
}

/// The rate at which a counter grew in the step. `rate` over adjacent windows misses what happened between the last
/// scrape of one and the first scrape of the next. If a series continues at both ends, the window therefore includes
/// the last scrape before the step; if it begins or ends within the step, `rate` extrapolates by half an interval.
pub(super) fn grown(selector: &str) -> String {
    format!(
        "(rate({selector}[$counted#]) and present_over_time({selector}[$scrape#] offset $window#) \
         and present_over_time({selector}[$scrape#]) or rate({selector}[$window#]))"
    )
}

/// One container may have series of two control groups, as on nodes that are containers themselves
/// (<https://github.com/kubernetes/kubernetes/issues/129253>): the last 64 hexadecimal digits of a path identify the
/// container, and change with a restart.
fn by_start(also: &str, text: &str) -> String {
    format!(
        "max by ({CONTAINER},started{also}) (label_replace(label_replace(\
         {text},\"started\",\"$1\",\"id\",\"(.+)\"),\"started\",\"$1\",\"id\",\".*([0-9a-f]{{64}}).*\"))"
    )
}

fn container_rate(metric: &str) -> String {
    by_start(",cpu", &grown(&format!("{metric}{{{CONTAINERS}}}")))
}

fn container_memory(over_time: &str) -> String {
    format!("max by ({CONTAINER}) ({over_time}_over_time({CONTAINER_MEMORY}{{{CONTAINERS}}}[$window#]))")
}

/// The metric that reports the node of a pod; `None` if there is none.
fn says_node(present: &AvailableMetrics) -> Option<&'static str> {
    if present.has(POD_INFO) {
        return Some(POD_INFO);
    }
    present.requests_name_nodes().then_some(POD_REQUESTS)
}

/// The share of its time in the step that each pod spent on each node: a pod of a StatefulSet keeps its name when it
/// moves.
fn placed(present: &AvailableMetrics) -> Option<String> {
    let samples = format!("count_over_time({}{{node!=\"\",$matchers}}[$window#])", says_node(present)?);
    Some(format!(
        "(sum by (namespace,pod,node) ({samples}) / on (namespace,pod) group_left () sum by (namespace,pod) ({samples}))"
    ))
}

/// Requests of pods while they were reserved, by pod, resource and node: from the moment that a pod is bound to a
/// node until it terminates. If requests lack the label of the node, from the moment that it runs.
fn held_requests(present: &AvailableMetrics) -> String {
    let pods = pod_requests(present);
    if present.requests_name_nodes() {
        return format!("({pods} * on (namespace,pod) group_left () {})", samples_in("Pending|Running|Unknown"));
    }
    let held = format!("({pods} * on (namespace,pod) group_left () {})", samples_in("Running"));
    match placed(present) {
        Some(placed) => {
            let most = format!("(topk by (namespace,pod) (1, {placed}) > bool 0)");
            format!("({held} * on (namespace,pod) group_left (node) {most})")
        }
        None => held,
    }
}

/// The requests of a pod, as the scheduler counts them: the sum over its containers and native sidecars, or its
/// largest other init container if that is more
/// (<https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers>), plus
/// the overhead of its runtime class. If requests have the label of the node, by node, each weighted by its share of
/// the step.
fn pod_requests(present: &AvailableMetrics) -> String {
    let by_node = present.requests_name_nodes();
    let node = if by_node { ",node" } else { "" };
    let of = |metric: &str| {
        let selector = |also: &str| format!("{metric}{{resource=~\"{RESOURCES}\",{also}$matchers}}[$window#]");
        if by_node {
            format!(
                "(sum by ({CONTAINER},resource,node) (sum_over_time({})) / on ({CONTAINER},resource) group_left () \
                 sum by ({CONTAINER},resource) (count_over_time({})))",
                selector("node!=\"\","),
                selector("")
            )
        } else {
            format!("max by ({CONTAINER},resource) (avg_over_time({}))", selector(""))
        }
    };
    let sum = |text: &str| format!("sum by (namespace,pod{node},resource) ({text})");
    let part = |name: &str, text: &str| format!("label_replace({text},\"part\",\"{name}\",\"\",\"\")");
    let main = of(POD_REQUESTS);
    let containers = if present.has(POD_INIT_REQUESTS) {
        let init = of(POD_INIT_REQUESTS);
        let running = if present.has(POD_INIT_INFO) {
            let sidecars = format!(
                "max by ({CONTAINER}) (max_over_time({POD_INIT_INFO}{{\
                 restart_policy=\"Always\",$matchers}}[$window#]))"
            );
            format!("({main} or ({init} * on ({CONTAINER}) group_left () {sidecars}))")
        } else {
            main
        };
        let largest = format!("max by (namespace,pod{node},resource) ({init})");
        format!(
            "max by (namespace,pod{node},resource) ({} or {})",
            part("together", &sum(&running)),
            part("at the start", &largest)
        )
    } else {
        sum(&main)
    };
    let overhead = OVERHEAD.iter().filter(|(metric, _)| present.has(metric)).map(|(metric, resource)| {
        let each = format!("max by (namespace,pod) (avg_over_time({metric}{{$matchers}}[$window#]))");
        let each = match placed(present).filter(|_| by_node) {
            Some(placed) => format!("({placed} * on (namespace,pod) group_left () {each})"),
            None => each,
        };
        part("overhead", &format!("label_replace({each},\"resource\",\"{resource}\",\"\",\"\")"))
    });
    let overhead: Vec<String> = overhead.collect();
    if overhead.is_empty() { containers } else { sum(&format!("{containers} or {}", overhead.join(" or "))) }
}

/// The overhead that a runtime class adds to a pod
/// (<https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/pod-metrics.md>).
const OVERHEAD: [(&str, &str); 2] = [(POD_OVERHEAD_CPU, "cpu"), (POD_OVERHEAD_MEMORY, "memory")];

/// A resource whose usage is measured.
struct Use {
    metric: &'static str,
    resource: &'static str,
}

const CPU_USE: Use = Use { metric: CONTAINER_CPU, resource: "cpu" };
const MEMORY_USE: Use = Use { metric: CONTAINER_MEMORY, resource: "memory" };

impl Use {
    fn selector(&self) -> String {
        format!("{}{{{CONTAINERS}}}", self.metric)
    }

    fn rate(&self) -> String {
        container_rate(self.metric)
    }

    /// By owner and node: the usage of containers beyond their requests, in units × hours, and the usage of
    /// containers without requests.
    fn excess(&self, present: &AvailableMetrics, detail: Detail) -> String {
        let known = || format!("group by (namespace,pod) (present_over_time({POD_PHASE}{{$matchers}}[$window#]))");
        let pods = joined(&placed(present).unwrap_or_else(known), present);
        let excess = per_pod(&self.excess_of_containers(present, detail));
        format!(
            "label_replace(sum by ({OWNER_LABELS},node) ({pods} * on (namespace,pod) group_left () {excess}) > 0,\
             \"part\",\"excess\",\"\",\"\")"
        )
    }

    fn excess_of_containers(&self, present: &AvailableMetrics, detail: Detail) -> String {
        let selector = self.selector();
        // Hours that a container ran: each scrape that saw it stands for the time until the next one.
        let ran = format!(
            "clamp_max(sum by ({CONTAINER}) ({}) * $hours_of_scrape#, $hours_of_step#)",
            by_start("", &format!("count_over_time({selector}[$window#])"))
        );
        let used = match self.resource {
            "cpu" => format!("sum by ({CONTAINER}) ({}) * $hours_of_step#", self.rate()),
            _ => format!("{} * on ({CONTAINER}) {ran}", container_memory("avg")),
        };
        if !present.has(POD_REQUESTS) {
            return used;
        }
        let asked = if present.has(POD_INIT_REQUESTS) {
            format!("{{__name__=~\"{POD_REQUESTS}|{POD_INIT_REQUESTS}\",resource=\"{}\",$matchers}}", self.resource)
        } else {
            format!("{POD_REQUESTS}{{resource=\"{}\",$matchers}}", self.resource)
        };
        let asked_in_step = format!("max by ({CONTAINER}) (avg_over_time({asked}[$window#]))");
        let beyond = match detail {
            Detail::Scrape => {
                let now = match self.resource {
                    "cpu" => format!("irate({selector}[$slope#])"),
                    _ => format!("last_over_time({selector}[$latest#])"),
                };
                format!(
                    "avg_over_time(clamp_min(max by ({CONTAINER}) ({now}) - on ({CONTAINER}) \
                     max by ({CONTAINER}) ({asked}), 0)[$window#:$fine#]) * on ({CONTAINER}) {ran}"
                )
            }
            Detail::Step => {
                format!("clamp_min({used} - on ({CONTAINER}) ({asked_in_step} * on ({CONTAINER}) {ran}), 0)")
            }
        };
        format!("({beyond} or ({used} unless on ({CONTAINER}) {asked_in_step}))")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::prometheus::QUERIES;

    #[test]
    fn matchers_are_in_every_selector() {
        let matcher: Matcher = r#"cluster="prod-1""#.parse().unwrap();
        for present in [AvailableMetrics::all(), AvailableMetrics::of(&[NODE_INFO])] {
            for query in QUERIES {
                let template = query.template(&present, None, Detail::Scrape);
                let text = query.promql(
                    &present,
                    None,
                    &BTreeSet::new(),
                    std::slice::from_ref(&matcher),
                    3600,
                    Detail::Scrape,
                );
                let selectors = |text: &str| text.matches('{').count() - text.matches("]{64}").count();
                assert_eq!(selectors(&template), template.matches("$matchers}").count(), "{}", query.name);
                assert_eq!(selectors(&text), text.matches(r#"cluster="prod-1"}"#).count(), "{}", query.name);
                assert!(!text.replace("\"$1\"", "").replace("\"$3\"", "").contains(['$', '#']), "{text}");
            }
        }
    }
}
