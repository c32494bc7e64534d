//! Every convention for counting requests, every kind of owner, and init containers, read from a real Prometheus.

use std::collections::BTreeMap;

use capmodel::inputs::prometheus::HistoryQuestion;
use capmodel::model::usage::{Grid, History, Period, StepSeconds, WorkloadHistory, history};
use jiff::Timestamp;

use super::Server;
use super::openmetrics::OpenMetrics;
use crate::support::prometheus::{endpoint, off, read};

const HOUR: i64 = 3600;

fn end() -> i64 {
    "2026-10-01T00:00:00Z".parse::<Timestamp>().unwrap().as_second()
}

/// Workloads with their requests per second, and the form of their series.
const COUNTED: [(&str, f64, &str, &str); 15] = [
    ("web", 10.0, "http_requests_total", "namespace=\"a\",pod=\"web-0\",code=\"200\""),
    ("spring", 15.0, "http_server_requests_seconds_count", "namespace=\"a\",pod=\"spring-0\",uri=\"/x\""),
    (
        "otel",
        20.0,
        "http_server_request_duration_seconds_count",
        "namespace=\"o11y\",pod=\"collector-0\",k8s_namespace_name=\"a\",k8s_pod_name=\"otel-0\"",
    ),
    (
        "mesh",
        30.0,
        "istio_requests_total",
        "reporter=\"destination\",destination_workload_namespace=\"a\",destination_workload=\"mesh\",namespace=\"x\",pod=\"y\"",
    ),
    ("linked", 40.0, "request_total", "direction=\"inbound\",namespace=\"a\",pod=\"linked-0\""),
    (
        "front",
        50.0,
        "nginx_ingress_controller_requests",
        "namespace=\"ingress\",service=\"nginx\",exported_namespace=\"a\",exported_service=\"front\"",
    ),
    ("honoured", 55.0, "nginx_ingress_controller_requests", "namespace=\"a\",service=\"honoured\""),
    ("shop", 60.0, "traefik_service_requests_total", "exported_service=\"a-shop-80@kubernetes\",service=\"traefik\""),
    ("gin", 11.0, "gin_requests_total", "namespace=\"a\",pod=\"gin-0\",code=\"200\",url=\"/\""),
    ("net", 12.0, "http_requests_received_total", "namespace=\"a\",pod=\"net-0\",code=\"200\",controller=\"A\""),
    // Only `target_info` has the pod of this series.
    ("direct", 13.0, "http_server_request_duration_seconds_count", "job=\"a/direct\",instance=\"i-1\""),
    // Prometheus 3 keeps the names and labels of OpenTelemetry.
    (
        "dotted",
        14.0,
        "http.server.request.duration_count",
        "\"k8s.namespace.name\"=\"a\",\"k8s.pod.name\"=\"dotted-0\"",
    ),
    // A mesh without sidecars counts at its waypoint proxies.
    (
        "ambient",
        35.0,
        "istio_requests_total",
        "reporter=\"waypoint\",destination_workload_namespace=\"a\",destination_workload=\"ambient\",namespace=\"a\",pod=\"waypoint\"",
    ),
    ("kong", 65.0, "kong_http_requests_total", "exported_service=\"a.kong.80\",service=\"kong-proxy\""),
    ("mail", 70.0, "envoy_cluster_upstream_rq_total", "envoy_cluster_name=\"a/mail/80\""),
];

/// Requests that must not be counted: the other end of a mesh, outgoing requests, a proxy before a service that counts
/// its own.
const NOT_COUNTED: [(&str, &str); 4] = [
    (
        "istio_requests_total",
        "reporter=\"waypoint\",destination_workload_namespace=\"a\",destination_workload=\"mesh\"",
    ),
    ("istio_requests_total", "reporter=\"source\",destination_workload_namespace=\"a\",destination_workload=\"mesh\""),
    ("request_total", "direction=\"outbound\",namespace=\"a\",pod=\"linked-0\""),
    ("traefik_service_requests_total", "exported_service=\"a-web-80@kubernetes\",service=\"traefik\""),
];

fn generate(out: &mut OpenMetrics) {
    let life = (end() - 3 * HOUR, end(), 30);
    #[expect(clippy::cast_precision_loss, reason = "seconds of a day are exact in an f64")]
    let since = |t: i64| (t - end() + 3 * HOUR) as f64;
    let mut families: BTreeMap<&str, Vec<(&str, f64)>> = BTreeMap::new();
    for (_, rate, metric, labels) in COUNTED {
        families.entry(metric).or_default().push((labels, rate));
    }
    for (metric, labels) in NOT_COUNTED {
        families.entry(metric).or_default().push((labels, 99.0));
    }
    for (metric, series) in families {
        for (labels, rate) in series {
            out.series(metric, labels, life, |t| rate * since(t));
        }
    }
    let resource = "job=\"a/direct\",instance=\"i-1\",k8s_namespace_name=\"a\",k8s_pod_name=\"direct-0\"";
    let sdk = "telemetry_sdk_language=\"python\",process_runtime_version=\"3.12.1\"";
    out.series("target_info", &format!("{resource},{sdk}"), life, |_| 1.0);
    out.series("python_info", "namespace=\"a\",pod=\"web-0\",container=\"main\",version=\"3.12.4\"", life, |_| 1.0);
    out.series("go_info", "namespace=\"a\",pod=\"web-0\",container=\"istio-proxy\",version=\"go1.25\"", life, |_| 1.0);
    for (bound, share) in [("10", 0.5), ("100", 1.0), ("+Inf", 1.0)] {
        let labels = format!("envoy_cluster_name=\"a/mail/80\",le=\"{bound}\"");
        out.series("envoy_cluster_upstream_rq_time_bucket", &labels, life, |t| share * 70.0 * since(t));
    }
    let pods: Vec<(String, String)> = COUNTED
        .iter()
        .map(|(name, ..)| {
            let owner = format!("owner_kind=\"StatefulSet\",owner_name=\"{name}\",owner_is_controller=\"true\"");
            (format!("namespace=\"a\",pod=\"{name}-0\""), owner)
        })
        .chain([
            ("namespace=\"a\",pod=\"naked\"".to_owned(), "owner_kind=\"<none>\",owner_name=\"<none>\"".to_owned()),
            ("namespace=\"a\",pod=\"bare\"".to_owned(), "owner_kind=\"\",owner_name=\"\"".to_owned()),
        ])
        .collect();
    for (pod, owner) in &pods {
        out.series("kube_pod_owner", &format!("{pod},{owner}"), life, |_| 1.0);
    }
    // A pod may have owners that are not its controller.
    let other = "namespace=\"a\",pod=\"web-0\",owner_kind=\"Backup\",owner_name=\"b\",owner_is_controller=\"false\"";
    out.series("kube_pod_owner", other, life, |_| 1.0);
    let stray = "namespace=\"a\",pod=\"stray\"".to_owned();
    for pod in pods.iter().map(|(pod, _)| pod).chain([&stray]) {
        out.series("container_cpu_usage_seconds_total", &format!("{pod},container=\"main\""), life, |t| {
            0.25 * since(t)
        });
    }
    for pod in pods.iter().map(|(pod, _)| pod) {
        out.series("kube_pod_status_phase", &format!("{pod},phase=\"Running\""), life, |_| 1.0);
    }
    let mut asked = |metric: &str, pod: &str, container: &str, cores: f64| {
        let labels = format!("namespace=\"a\",pod=\"{pod}-0\",container=\"{container}\",resource=\"cpu\"");
        out.series(metric, &labels, life, |_| cores);
    };
    let (main, init) = ("kube_pod_container_resource_requests", "kube_pod_init_container_resource_requests");
    for (pod, container, cores) in
        [("web", "main", 0.2), ("web", "second", 0.3), ("mesh", "main", 0.5), ("mail", "main", 0.4)]
    {
        asked(main, pod, container, cores);
    }
    for (pod, container, cores) in
        [("web", "migrate", 1.0), ("web", "proxy", 0.1), ("mesh", "proxy", 0.1), ("mesh", "wait", 0.2)]
    {
        asked(init, pod, container, cores);
    }
    for pod in ["web", "mesh"] {
        let labels = format!("namespace=\"a\",pod=\"{pod}-0\",container=\"proxy\",restart_policy=\"Always\"");
        out.series("kube_pod_init_container_info", &labels, life, |_| 1.0);
    }
    out.series("kube_node_info", "node=\"n\"", life, |_| 1.0);
}

#[test]
fn requests_owners_and_init_containers_are_read() {
    let server = Server::start("5m", generate);
    let at = |s| Timestamp::from_second(s).unwrap();
    let question = HistoryQuestion {
        grid: Grid::new(Period::new(at(end() - 2 * HOUR), at(end())).unwrap(), StepSeconds::FIVE_MINUTES),
        matchers: Vec::new(),
        requests_query: None,
        node_labels: std::collections::BTreeSet::new(),
        nodes: ["n".to_owned()].into(),
        now: end() * 1000 - 1,
    };
    let h = history(read(&endpoint(&server.url), &question).unwrap().observed);
    for (name, rate, ..) in COUNTED {
        let measured = workload(&h, "StatefulSet", name).summary(h.grid).requests_per_second.mean;
        assert!(measured.is_some_and(|m| off(m, rate) < 0.01), "{name}: {measured:?} for {rate}");
    }
    for (name, language, version) in [("direct", "python", "3.12.1"), ("web", "python", "3.12.4")] {
        let runtimes = &workload(&h, "StatefulSet", name).runtimes;
        let found: Vec<(&str, &str)> = runtimes.iter().map(|sign| (sign.language, sign.version.as_str())).collect();
        assert_eq!(found, [(language, version)], "{name}");
    }
    let latency = workload(&h, "StatefulSet", "mail").latency.unwrap();
    assert!((latency.p50.millis() - 10.0).abs() < 1e-6 && (latency.p99.millis() - 98.2).abs() < 1e-6, "{latency:?}");

    for (kind, name) in [("Pod", "naked"), ("Pod", "bare"), ("StatefulSet", "web")] {
        let used = workload(&h, kind, name).summary(h.grid).core_hours.unwrap();
        assert!(off(used, 0.5) < 0.01, "{kind}/{name}: {used}");
    }
    // A pod that only cAdvisor reports has no row.
    assert_eq!(h.workloads.len(), COUNTED.len() + 2);
    assert!(h.findings.iter().any(|f| f.code.as_str() == "owner-unknown" && f.message.starts_with("0.5 core-hours")));

    // The sum of containers and native sidecars, or the largest init container.
    for (name, cores) in [("web", 1.0), ("mesh", 0.6), ("mail", 0.4)] {
        let asked = workload(&h, "StatefulSet", name).summary(h.grid).requested_core_hours / 2.0;
        assert!(off(asked, cores) < 0.01, "{name}: {asked} for {cores}");
    }
}

fn workload<'a>(h: &'a History, kind: &str, name: &str) -> &'a WorkloadHistory {
    let found = h.workloads.iter().find(|w| w.id.kind == kind && w.id.name == name);
    found.unwrap_or_else(|| panic!("no {kind}/{name} in {:?}", h.workloads.iter().map(|w| &w.id).collect::<Vec<_>>()))
}
