//! The history of the demo cluster: every Prometheus query of a report is answered from a few series.
//!
//! Two nodes stay and a third is deleted; `web` follows the time of day; a nightly Job runs for one hour. The numbers
//! are easy to follow on a screen and use no transcendental functions, so that they are the same on every platform.

use serde_json::{Value, json};

use super::form::read;

/// Scrapes per hour: one per minute.
const SCRAPES: f64 = 60.0;
const HOUR: i64 = 3600;

/// 2026-11-20, 00:00 UTC: the time at which the third node is deleted.
const GONE: i64 = 1_795_132_800;

/// Requests per second of `web` by the hour of the day, in UTC.
const REQUESTS: [f64; 24] = [
    40.0, 30.0, 25.0, 20.0, 20.0, 30.0, 60.0, 110.0, 170.0, 210.0, 230.0, 240.0, 235.0, 240.0, 230.0, 215.0, 200.0,
    190.0, 185.0, 180.0, 160.0, 120.0, 80.0, 55.0,
];

/// A series: its labels, and its value at a moment, if it has one.
type Row = (Value, Box<dyn Fn(Moment) -> Option<f64>>);

/// The end of a step.
#[derive(Clone, Copy)]
struct Moment(i64);

impl Moment {
    fn hour(self) -> usize {
        usize::try_from((self.0 - 1).rem_euclid(24 * HOUR) / HOUR).unwrap()
    }

    fn requests(self) -> f64 {
        REQUESTS[self.hour()]
    }
}

fn always(value: f64) -> Box<dyn Fn(Moment) -> Option<f64>> {
    Box::new(move |_| Some(value))
}

fn following(value: impl Fn(Moment) -> f64 + 'static) -> Box<dyn Fn(Moment) -> Option<f64>> {
    Box::new(move |moment| Some(value(moment)))
}

/// The series of the node that was deleted.
fn until_gone(value: f64) -> Box<dyn Fn(Moment) -> Option<f64>> {
    Box::new(move |moment| (moment.0 <= GONE).then_some(value))
}

/// A Job from three to four in the morning.
fn at_night(value: f64) -> Box<dyn Fn(Moment) -> Option<f64>> {
    Box::new(move |moment| (moment.hour() == 3).then_some(value))
}

/// The response to a posted form.
pub(super) fn answer(body: &[u8]) -> Value {
    let form = read(body);
    let value = |name: &str| form.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let seconds = |name: &str| value(name).and_then(|text| text.parse::<f64>().ok());
    let query = value("query").unwrap_or_default();
    // Queries are evaluated at the last millisecond of a step.
    #[expect(clippy::cast_possible_truncation, reason = "seconds of this century")]
    let whole = |seconds: f64| seconds.ceil() as i64;
    let moments: Vec<i64> = match (seconds("start"), seconds("end"), seconds("step")) {
        (Some(start), Some(end), Some(step)) => {
            (whole(start)..=whole(end)).step_by(usize::try_from(whole(step)).unwrap()).collect()
        }
        _ => vec![whole(seconds("time").unwrap_or_default())],
    };
    let series = rows(query).into_iter().filter_map(|(labels, value)| {
        let told = moments.iter().filter_map(|at| Some((at, value(Moment(*at))?)));
        #[expect(clippy::cast_precision_loss, reason = "seconds of this century")]
        let values: Vec<Value> = told.map(|(at, value)| json!([*at as f64 - 0.001, value.to_string()])).collect();
        (!values.is_empty()).then(|| json!({ "metric": labels, "values": values }))
    });
    matrix(&series.collect::<Vec<_>>())
}

/// The response of a Prometheus without any metrics.
pub(super) fn nothing() -> Value {
    matrix(&[])
}

fn matrix(series: &[Value]) -> Value {
    json!({ "status": "success", "data": { "resultType": "matrix", "result": series } })
}

/// Recognizes each query by a fragment that no other query has.
fn rows(query: &str) -> Vec<Row> {
    let has = |text: &str| query.contains(text);
    if has("\"exported\",\"usage\"") {
        discovery()
    } else if has("group by (__name__)") {
        names()
    } else if query.starts_with("kube_node_info") {
        nodes(1.0)
    } else if query.starts_with("count_over_time((count(kube_node_info") {
        vec![(json!({}), always(12.0))]
    } else if query.starts_with("sum by (node,provider_id)") {
        nodes(SCRAPES)
    } else if has("kube_node_labels") {
        node_labels()
    } else if has("kube_node_status_capacity") {
        node_capacity()
    } else if has("kube_replicaset_owner") {
        owners()
    } else if has("\"part\",\"longest\"") {
        pods()
    } else if query.starts_with("sum by (namespace,owner_kind,owner_name,node,resource)") {
        requested()
    } else if has("\"part\",\"busiest\"") {
        cpu()
    } else if has("\"part\",\"used up\"") {
        throttling()
    } else if query.starts_with("max by (namespace,owner_kind,owner_name)") {
        of_each([2.0e8, 9.0e9, 4.0e8, 1.2e9])
    } else if has("python_info") {
        runtimes()
    } else if has("container_memory_working_set_bytes") {
        of_each([2.0 * 1.8e8 * SCRAPES, 8.5e9 * SCRAPES, 2.0 * 3.0e8 * SCRAPES, 1.0e9 * SCRAPES])
    } else if has(",le) (") {
        latency()
    } else if has("\"convention\"") {
        requests()
    } else {
        Vec::new()
    }
}

/// The exported metrics: everything a report reads from kube-state-metrics and cAdvisor, and one request convention.
const METRICS: [&str; 24] = [
    "container_cpu_cfs_periods_total",
    "container_cpu_cfs_throttled_periods_total",
    "container_cpu_usage_seconds_total",
    "container_memory_working_set_bytes",
    "http_request_duration_seconds_bucket",
    "http_requests_total",
    "kube_job_owner",
    "kube_node_info",
    "kube_node_labels",
    "kube_node_status_capacity",
    "kube_pod_container_resource_requests",
    "kube_pod_info",
    "kube_pod_init_container_info",
    "kube_pod_init_container_resource_requests",
    "kube_pod_overhead_cpu_cores",
    "kube_pod_overhead_memory_bytes",
    "kube_pod_owner",
    "kube_pod_status_phase",
    "kube_replicaset_owner",
    "go_info",
    "jvm_info",
    "nodejs_version_info",
    "process_runtime_cpython_cpu_time_seconds_total",
    "python_info",
];

fn names() -> Vec<Row> {
    METRICS.iter().map(|name| (json!({ "__name__": name }), always(1.0))).collect()
}

fn discovery() -> Vec<Row> {
    let mut rows = names();
    rows.push((json!({ "exported": "node" }), always(1.0)));
    rows.push((json!({ "exported": "usage" }), always(SCRAPES)));
    rows
}

fn nodes(value: f64) -> Vec<Row> {
    let node = |name: &str| json!({ "node": name, "provider_id": format!("aws:///local-1a/i-{name}") });
    vec![(node("a"), always(value)), (node("b"), always(value)), (node("c"), until_gone(value))]
}

fn node_labels() -> Vec<Row> {
    let node = |name: &str, kind: &str| {
        json!({
            "node": name, "provider_id": format!("aws:///local-1a/i-{name}"),
            "label_node_kubernetes_io_instance_type": kind, "label_topology_kubernetes_io_region": "local-1",
            "label_topology_kubernetes_io_zone": "local-1a", "label_kubernetes_io_arch": "amd64",
            "label_eks_amazonaws_com_capacity_type": "ON_DEMAND"
        })
    };
    vec![
        (node("a", "z9.small"), always(1.0)),
        (node("b", "z9.large"), always(1.0)),
        (node("c", "z9.small"), until_gone(1.0)),
    ]
}

fn node_capacity() -> Vec<Row> {
    let of = |name: &str, resource: &str| json!({ "node": name, "provider_id": format!("aws:///local-1a/i-{name}"), "resource": resource });
    vec![
        (of("a", "cpu"), always(2.0)),
        (of("a", "memory"), always(8_589_934_592.0)),
        (of("b", "cpu"), always(4.0)),
        (of("b", "memory"), always(34_359_738_368.0)),
        (of("c", "cpu"), until_gone(2.0)),
        (of("c", "memory"), until_gone(8_589_934_592.0)),
    ]
}

fn owners() -> Vec<Row> {
    vec![
        (
            json!({ "namespace": "shop", "replicaset": "web-7d9f", "owner_kind": "Deployment", "owner_name": "web" }),
            always(1.0),
        ),
        (
            json!({ "namespace": "shop", "job_name": "nightly-1", "owner_kind": "CronJob", "owner_name": "nightly" }),
            always(1.0),
        ),
    ]
}

const WEB: [&str; 3] = ["shop", "ReplicaSet", "web-7d9f"];
const DB: [&str; 3] = ["data", "StatefulSet", "db"];
const AGENT: [&str; 3] = ["kube-system", "DaemonSet", "agent"];
const NIGHTLY: [&str; 3] = ["shop", "Job", "nightly-1"];

/// The labels of an owner, and additional ones.
fn owner([namespace, kind, name]: [&str; 3], more: &[(&str, &str)]) -> Value {
    let mut labels = json!({ "namespace": namespace, "owner_kind": kind, "owner_name": name });
    for (label, value) in more {
        labels[*label] = (*value).into();
    }
    labels
}

/// A constant value for each of `web`, `db`, `agent` and the Job.
fn of_each([web, db, agent, nightly]: [f64; 4]) -> Vec<Row> {
    vec![
        (owner(WEB, &[]), always(web)),
        (owner(DB, &[]), always(db)),
        (owner(AGENT, &[]), always(agent)),
        (owner(NIGHTLY, &[]), at_night(nightly)),
    ]
}

/// Pod placement: the owner, the node, and the pod's requests in cores and bytes.
const PLACED: [([&str; 3], &str, f64, f64); 6] = [
    (WEB, "a", 0.5, 2_147_483_648.0),
    (WEB, "b", 0.5, 2_147_483_648.0),
    (DB, "b", 1.0, 8_589_934_592.0),
    (AGENT, "a", 0.1, 536_870_912.0),
    (AGENT, "b", 0.1, 536_870_912.0),
    (AGENT, "c", 0.1, 536_870_912.0),
];

fn while_on(node: &str, value: f64) -> Box<dyn Fn(Moment) -> Option<f64>> {
    if node == "c" { until_gone(value) } else { always(value) }
}

fn pods() -> Vec<Row> {
    let mut rows: Vec<Row> =
        PLACED.iter().map(|(who, node, ..)| (owner(*who, &[("node", node)]), while_on(node, SCRAPES))).collect();
    rows.push((owner(NIGHTLY, &[("node", "b")]), at_night(SCRAPES)));
    let longest = [("part", "longest")];
    rows.extend([WEB, DB, AGENT].map(|who| (owner(who, &longest), always(SCRAPES))));
    rows.push((owner(NIGHTLY, &longest), at_night(SCRAPES)));
    rows
}

fn requested() -> Vec<Row> {
    let mut rows = Vec::new();
    for (who, node, cores, bytes) in PLACED {
        for (resource, amount) in [("cpu", cores), ("memory", bytes)] {
            rows.push((owner(who, &[("node", node), ("resource", resource)]), while_on(node, amount * SCRAPES)));
        }
    }
    rows.push((owner(NIGHTLY, &[("node", "b"), ("resource", "cpu")]), at_night(SCRAPES)));
    rows.push((owner(NIGHTLY, &[("node", "b"), ("resource", "memory")]), at_night(1_073_741_824.0 * SCRAPES)));
    rows
}

/// `web` uses 2 ms per request on top of a small base; the Job uses half a core more than it requests.
fn cpu() -> Vec<Row> {
    let web = |moment: Moment| 0.02 + 0.002 * moment.requests();
    let busiest = [("part", "busiest")];
    vec![
        (owner(WEB, &[]), following(web)),
        (owner(DB, &[]), following(|moment| 0.2 + 0.001 * moment.requests())),
        (owner(AGENT, &[]), always(0.04)),
        (owner(NIGHTLY, &[]), at_night(1.5)),
        (owner(WEB, &busiest), following(move |moment| web(moment) * 0.55)),
        (owner(DB, &busiest), following(|moment| 0.2 + 0.001 * moment.requests())),
        (owner(AGENT, &busiest), always(0.02)),
        (owner(NIGHTLY, &busiest), at_night(1.5)),
        (owner(NIGHTLY, &[("part", "excess"), ("node", "b")]), at_night(0.5)),
    ]
}

/// `web` is throttled in one of fifty periods in its busiest hours.
fn throttling() -> Vec<Row> {
    let part = |name| owner(WEB, &[("part", name)]);
    vec![
        (part("used up"), following(|moment| if moment.requests() > 200.0 { 0.4 } else { 0.0 })),
        (part("all"), always(20.0)),
    ]
}

const CONVENTION: (&str, &str) = ("convention", "client library (http_requests_total)");

fn requests() -> Vec<Row> {
    vec![
        (owner(WEB, &[CONVENTION]), following(Moment::requests)),
        (owner(WEB, &[CONVENTION, ("part", "samples")]), always(2.0 * SCRAPES)),
    ]
}

/// Half of the requests take at most 10 ms, 98.5 % at most 50 ms.
fn latency() -> Vec<Row> {
    let bucket = |le: &'static str, share: f64| {
        (owner(WEB, &[CONVENTION, ("le", le)]), following(move |moment| moment.requests() * share))
    };
    vec![bucket("0.01", 0.5), bucket("0.025", 0.9), bucket("0.05", 0.985), bucket("0.1", 0.999), bucket("+Inf", 1.0)]
}

fn runtimes() -> Vec<Row> {
    let of_web = [("metric", "python_info"), ("version", "3.12.4"), ("container", "main")];
    let of_agent = [("metric", "go_info"), ("version", "go1.25.1"), ("container", "main")];
    vec![(owner(WEB, &of_web), always(1.0)), (owner(AGENT, &of_agent), always(1.0))]
}
