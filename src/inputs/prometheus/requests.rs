//! Where requests and latencies are counted: the usual conventions, found by the names of their metrics.

use super::discovery::Present;
use super::promql::{OWNER_LABELS, joined};
use crate::model::usage::{Owner, RequestSubject};

use super::answer::AnswerSeries;

/// Whom the series of a convention speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    /// The pod that served, in these labels.
    Pod { namespace: &'static str, pod: &'static str },
    /// A workload or Service, in these labels.
    Named { namespace: &'static str, name: &'static str },
    /// Namespace and name of a Service joined in one label.
    Joined(&'static str),
}

/// One way of counting requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Convention {
    /// Its name in reports.
    pub name: &'static str,
    /// The counter of requests.
    rate: &'static str,
    /// The histogram of how long they took, and how many of its units are a second.
    bucket: &'static str,
    units_per_second: f64,
    /// What of them to take: requests seen twice, as by both ends of a mesh, are taken once.
    selector: &'static str,
    subject: Subject,
}

const PODS: Subject = Subject::Pod { namespace: "namespace", pod: "pod" };

/// Those that are known, the service's own count before a proxy's, a proxy beside it before one at the door.
/// Names and labels: Prometheus' client libraries, Micrometer, OpenTelemetry's semantic conventions for HTTP metrics,
/// and the metrics pages of Istio, Linkerd, ingress-nginx, Traefik and Envoy.
pub(super) const CONVENTIONS: [Convention; 9] = [
    Convention {
        name: "client library (http_requests_total)",
        rate: "http_requests_total",
        bucket: "http_request_duration_seconds_bucket",
        units_per_second: 1.0,
        selector: "",
        subject: PODS,
    },
    Convention {
        name: "client library (http_request_duration_seconds)",
        rate: "http_request_duration_seconds_count",
        bucket: "http_request_duration_seconds_bucket",
        units_per_second: 1.0,
        selector: "",
        subject: PODS,
    },
    Convention {
        name: "Micrometer",
        rate: "http_server_requests_seconds_count",
        bucket: "http_server_requests_seconds_bucket",
        units_per_second: 1.0,
        selector: "",
        subject: PODS,
    },
    Convention {
        name: "OpenTelemetry",
        rate: "http_server_request_duration_seconds_count",
        bucket: "http_server_request_duration_seconds_bucket",
        units_per_second: 1.0,
        selector: "",
        subject: Subject::Pod { namespace: "k8s_namespace_name", pod: "k8s_pod_name" },
    },
    Convention {
        name: "Istio",
        rate: "istio_requests_total",
        bucket: "istio_request_duration_milliseconds_bucket",
        units_per_second: 1000.0,
        selector: "reporter=\"destination\",",
        subject: Subject::Named { namespace: "destination_workload_namespace", name: "destination_workload" },
    },
    Convention {
        name: "Linkerd",
        rate: "request_total",
        bucket: "response_latency_ms_bucket",
        units_per_second: 1000.0,
        selector: "direction=\"inbound\",",
        subject: PODS,
    },
    Convention {
        name: "NGINX ingress",
        rate: "nginx_ingress_controller_requests",
        bucket: "nginx_ingress_controller_request_duration_seconds_bucket",
        units_per_second: 1.0,
        selector: "",
        subject: Subject::Named { namespace: "exported_namespace", name: "exported_service" },
    },
    Convention {
        name: "Traefik",
        rate: "traefik_service_requests_total",
        bucket: "traefik_service_request_duration_seconds_bucket",
        units_per_second: 1.0,
        selector: "",
        subject: Subject::Joined("exported_service"),
    },
    Convention {
        name: "Envoy",
        rate: "envoy_cluster_upstream_rq_total",
        bucket: "envoy_cluster_upstream_rq_time_bucket",
        units_per_second: 1000.0,
        selector: "",
        subject: Subject::Joined("envoy_cluster_name"),
    },
];

/// The counters, for discovery.
pub(super) const RATE_METRICS: [&str; 9] = [
    "http_requests_total",
    "http_request_duration_seconds_count",
    "http_server_requests_seconds_count",
    "http_server_request_duration_seconds_count",
    "istio_requests_total",
    "request_total",
    "nginx_ingress_controller_requests",
    "traefik_service_requests_total",
    "envoy_cluster_upstream_rq_total",
];

/// The histograms, for discovery.
pub(super) const BUCKET_METRICS: [&str; 8] = [
    "http_request_duration_seconds_bucket",
    "http_server_requests_seconds_bucket",
    "http_server_request_duration_seconds_bucket",
    "istio_request_duration_milliseconds_bucket",
    "response_latency_ms_bucket",
    "nginx_ingress_controller_request_duration_seconds_bucket",
    "traefik_service_request_duration_seconds_bucket",
    "envoy_cluster_upstream_rq_time_bucket",
];

/// The name under which `--requests-query` counts.
pub(super) const OWN: &str = "--requests-query";

/// Labels by which replicas of Prometheus are told apart where nothing removed them.
const REPLICAS: &str = "replica,prometheus_replica,__replica__,prometheus";

/// Requests a second of every convention that is there, and of one's own query.
///
/// The own query gives labels `namespace` and `pod`, or `namespace` and `workload`.
pub(super) fn rates(present: &Present, own: Option<&str>) -> String {
    let own = own.map(|text| {
        let served = joined(&format!("sum by (namespace,pod,workload) (({text}))"), present);
        let named = format!("label_replace({served},\"name\",\"$1\",\"workload\",\"(.+)\")");
        tagged(&format!("sum by ({OWNER_LABELS},name) ({named})"), OWN)
    });
    let known = CONVENTIONS.iter().filter(|c| present.has(c.rate)).map(|c| c.text(c.rate, "", present));
    own.into_iter().chain(known).collect::<Vec<_>>().join(" or ")
}

/// Observations a second in each bucket of every convention that is there.
pub(super) fn buckets(present: &Present) -> String {
    let mut seen = Vec::new();
    let known = CONVENTIONS.iter().filter(|c| {
        let new = present.has(c.bucket) && !seen.contains(&c.bucket);
        seen.push(c.bucket);
        new
    });
    known.map(|c| c.text(c.bucket, ",le", present)).collect::<Vec<_>>().join(" or ")
}

fn tagged(text: &str, convention: &str) -> String {
    format!("label_replace({text},\"convention\",\"{convention}\",\"\",\"\")")
}

impl Convention {
    fn text(&self, metric: &str, also: &str, present: &Present) -> String {
        let rate = format!("max without ({REPLICAS}) (rate({metric}{{{}$matchers}}[$window]))", self.selector);
        let copied = |text: String, label: &str, from: &str| {
            if label == from { text } else { format!("label_replace({text},\"{label}\",\"$1\",\"{from}\",\"(.+)\")") }
        };
        let text = match self.subject {
            Subject::Pod { namespace, pod } => {
                let labelled = copied(copied(rate, "namespace", namespace), "pod", pod);
                let pods = format!("sum by (namespace,pod{also}) ({labelled})");
                format!("sum by ({OWNER_LABELS}{also}) ({})", joined(&pods, present))
            }
            // An ingress is scraped with its own namespace and service in the plain labels, or with honour to those in
            // the metric; where the exported ones are there they are meant.
            Subject::Named { namespace, name } => {
                let labelled = copied(copied(rate, "namespace", namespace), "name", "service");
                let labelled = if name == "service" { labelled } else { copied(labelled, "name", name) };
                format!("sum by (namespace,name{also}) ({labelled})")
            }
            Subject::Joined(label) => {
                let labelled = copied(copied(rate, "joined", "service"), "joined", label);
                format!("sum by (joined{also}) ({labelled})")
            }
        };
        tagged(&text, self.name)
    }
}

/// The convention of a series: its rank, its name, and how many of its units are a second.
pub(super) fn convention_of(series: &AnswerSeries) -> Option<(usize, &'static str, f64)> {
    let name = series.label("convention");
    if name == OWN {
        return Some((0, OWN, 1.0));
    }
    let rank = CONVENTIONS.iter().position(|c| c.name == name)?;
    Some((rank + 1, CONVENTIONS[rank].name, CONVENTIONS[rank].units_per_second))
}

/// Whom a series speaks of.
pub(super) fn subject_of(series: &AnswerSeries) -> RequestSubject {
    let text = |label| series.label(label).to_owned();
    if !series.label("joined").is_empty() {
        return RequestSubject::Joined(text("joined"));
    }
    if !series.label("name").is_empty() {
        return RequestSubject::Named { namespace: text("namespace"), name: text("name") };
    }
    RequestSubject::Owner(Owner { namespace: text("namespace"), kind: text("owner_kind"), name: text("owner_name") })
}
