//! The common conventions for counting requests and latencies, recognised by the names of their metrics. One list is
//! used both for Prometheus and for what services expose.

/// What the series of a convention describe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// The pod that served, identified by these labels.
    Pod { namespace: &'static str, pod: &'static str },
    /// The pod that served, identified by attributes of an OpenTelemetry resource: by these labels, or by those of
    /// its `target_info`.
    Resource { namespace: &'static str, pod: &'static str },
    /// A workload or Service, identified by these labels.
    Named { namespace: &'static str, name: &'static str },
    /// Namespace and name of a Service, joined in one label.
    Joined(&'static str),
}

/// Labels and values that a series must have.
pub(super) type Selection = &'static [(&'static str, &'static str)];

/// One convention for counting requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Convention {
    /// Name of the convention in reports.
    pub name: &'static str,
    /// Name of the request counter.
    pub rate: &'static str,
    /// The latency histogram, and the number of its units per second.
    pub bucket: Option<(&'static str, f64)>,
    /// Which series to use: requests that are counted twice, as by both ends of a mesh, are used once. If the first
    /// selection matches nothing for a subject, the next one is used.
    pub selections: &'static [Selection],
    pub subject: Subject,
}

const PODS: Subject = Subject::Pod { namespace: "namespace", pod: "pod" };
const ALL: &[Selection] = &[&[]];

/// A library in the service itself, with a histogram in seconds.
const fn library(name: &'static str, rate: &'static str, bucket: &'static str) -> Convention {
    Convention { name, rate, bucket: Some((bucket, 1.0)), selections: ALL, subject: PODS }
}

/// OpenTelemetry, with the two ways in which exporters write the attributes of a resource: with underscores, or
/// unchanged.
const fn otel(name: &'static str, rate: &'static str, bucket: &'static str, per_second: f64, dots: bool) -> Convention {
    let subject = if dots {
        Subject::Resource { namespace: "k8s.namespace.name", pod: "k8s.pod.name" }
    } else {
        Subject::Resource { namespace: "k8s_namespace_name", pod: "k8s_pod_name" }
    };
    Convention { name, rate, bucket: Some((bucket, per_second)), selections: ALL, subject }
}

/// All known conventions: a service's own counters before those of proxies, a sidecar proxy before an ingress, HTTP
/// before gRPC. Names and labels are those of the documentation or the source code:
/// - <https://prometheus.io/docs/practices/naming/>, and for `http_request_duration_seconds` also
///   <https://github.com/trallnag/prometheus-fastapi-instrumentator> and <https://github.com/ansrivas/fiberprometheus>
/// - <https://github.com/prometheus-net/prometheus-net#aspnet-core-http-request-metrics>
/// - <https://github.com/prometheus/client_ruby> (`Middleware::Collector`),
///   <https://github.com/yabeda-rb/yabeda-rails>,
///   <https://github.com/discourse/prometheus_exporter>
/// - <https://docs.micrometer.io/micrometer/reference/>, <https://ktor.io/docs/server-metrics-micrometer.html>
/// - <https://github.com/zsais/go-gin-prometheus>, <https://github.com/penglongli/gin-metrics>,
///   <https://echo.labstack.com/docs/middleware/prometheus>
/// - <https://github.com/stephenhillier/starlette_exporter>, <https://github.com/rycus86/prometheus_flask_exporter>,
///   <https://github.com/korfuri/django-prometheus>, <https://github.com/blueswen/fastapi-observability>,
///   <https://docs.litestar.dev/latest/usage/metrics/prometheus.html>
/// - <https://docs.rs/axum-prometheus>, <https://docs.rs/rocket_prometheus>
/// - <https://opentelemetry.io/docs/specs/semconv/http/http-metrics/>, and before its version 1.21
///   `http.server.duration` in milliseconds; names with dots are those of Prometheus 3
///   (<https://prometheus.io/docs/guides/utf8/>)
/// - <https://github.com/grpc-ecosystem/go-grpc-middleware>,
///   <https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/>
/// - <https://istio.io/latest/docs/reference/config/metrics/>; a waypoint reports for workloads without a sidecar
///   (<https://github.com/istio/istio/issues/50225>)
/// - <https://linkerd.io/2/reference/proxy-metrics/>
/// - <https://kubernetes.github.io/ingress-nginx/user-guide/monitoring/>, <https://doc.traefik.io/traefik/>,
///   <https://developer.konghq.com/plugins/prometheus/>, <https://haproxy-ingress.github.io/docs/configuration/keys/>,
///   <https://www.envoyproxy.io/docs/envoy/latest/configuration/upstream/cluster_manager/cluster_stats>
pub(super) const CONVENTIONS: [Convention; 32] = [
    library("client library (http_requests_total)", "http_requests_total", "http_request_duration_seconds_bucket"),
    library("prometheus-net", "http_requests_received_total", "http_request_duration_seconds_bucket"),
    library(
        "client library (http_request_duration_seconds)",
        "http_request_duration_seconds_count",
        "http_request_duration_seconds_bucket",
    ),
    library("Ruby client", "http_server_requests_total", "http_server_request_duration_seconds_bucket"),
    library("Micrometer", "http_server_requests_seconds_count", "http_server_requests_seconds_bucket"),
    library("Ktor", "ktor_http_server_requests_seconds_count", "ktor_http_server_requests_seconds_bucket"),
    library("go-gin-prometheus", "gin_requests_total", "gin_request_duration_seconds_bucket"),
    library("gin-metrics", "gin_request_total", "gin_request_duration_bucket"),
    library("Echo", "echo_requests_total", "echo_request_duration_seconds_bucket"),
    library("starlette_exporter", "starlette_requests_total", "starlette_request_duration_seconds_bucket"),
    library("fastapi-observability", "fastapi_requests_total", "fastapi_requests_duration_seconds_bucket"),
    library("prometheus_flask_exporter", "flask_http_request_total", "flask_http_request_duration_seconds_bucket"),
    library(
        "django-prometheus",
        "django_http_requests_before_middlewares_total",
        "django_http_requests_latency_including_middlewares_seconds_bucket",
    ),
    library("Litestar", "litestar_requests_total", "litestar_request_duration_seconds_bucket"),
    library("axum-prometheus", "axum_http_requests_total", "axum_http_requests_duration_seconds_bucket"),
    library("rocket_prometheus", "rocket_http_requests_total", "rocket_http_requests_duration_seconds_bucket"),
    library("yabeda-rails", "rails_requests_total", "rails_request_duration_seconds_bucket"),
    library("prometheus_exporter", "ruby_http_requests_total", "ruby_http_request_duration_seconds_bucket"),
    otel(
        "OpenTelemetry",
        "http_server_request_duration_seconds_count",
        "http_server_request_duration_seconds_bucket",
        1.0,
        false,
    ),
    otel(
        "OpenTelemetry (http.server.duration)",
        "http_server_duration_milliseconds_count",
        "http_server_duration_milliseconds_bucket",
        1000.0,
        false,
    ),
    otel(
        "OpenTelemetry (names with dots)",
        "http.server.request.duration_count",
        "http.server.request.duration_bucket",
        1.0,
        true,
    ),
    otel(
        "OpenTelemetry (names with dots and units)",
        "http.server.request.duration_seconds_count",
        "http.server.request.duration_seconds_bucket",
        1.0,
        true,
    ),
    library("gRPC", "grpc_server_handled_total", "grpc_server_handling_seconds_bucket"),
    otel(
        "OpenTelemetry (RPC)",
        "rpc_server_duration_milliseconds_count",
        "rpc_server_duration_milliseconds_bucket",
        1000.0,
        false,
    ),
    otel(
        "OpenTelemetry (RPC in seconds)",
        "rpc_server_call_duration_seconds_count",
        "rpc_server_call_duration_seconds_bucket",
        1.0,
        false,
    ),
    Convention {
        name: "Istio",
        rate: "istio_requests_total",
        bucket: Some(("istio_request_duration_milliseconds_bucket", 1000.0)),
        selections: &[&[("reporter", "destination")], &[("reporter", "waypoint")]],
        subject: Subject::Named { namespace: "destination_workload_namespace", name: "destination_workload" },
    },
    Convention {
        name: "Linkerd",
        rate: "request_total",
        bucket: Some(("response_latency_ms_bucket", 1000.0)),
        selections: &[&[("direction", "inbound")]],
        subject: PODS,
    },
    Convention {
        name: "NGINX ingress",
        rate: "nginx_ingress_controller_requests",
        bucket: Some(("nginx_ingress_controller_request_duration_seconds_bucket", 1.0)),
        selections: ALL,
        subject: Subject::Named { namespace: "exported_namespace", name: "exported_service" },
    },
    Convention {
        name: "Traefik",
        rate: "traefik_service_requests_total",
        bucket: Some(("traefik_service_request_duration_seconds_bucket", 1.0)),
        selections: ALL,
        subject: Subject::Joined("exported_service"),
    },
    Convention {
        name: "Kong",
        rate: "kong_http_requests_total",
        bucket: Some(("kong_request_latency_ms_bucket", 1000.0)),
        selections: ALL,
        subject: Subject::Joined("exported_service"),
    },
    Convention {
        name: "HAProxy",
        rate: "haproxy_backend_http_requests_total",
        bucket: None,
        selections: ALL,
        subject: Subject::Joined("proxy"),
    },
    Convention {
        name: "Envoy",
        rate: "envoy_cluster_upstream_rq_total",
        bucket: Some(("envoy_cluster_upstream_rq_time_bucket", 1000.0)),
        selections: ALL,
        subject: Subject::Joined("envoy_cluster_name"),
    },
];

impl Convention {
    /// The labels that a series must have, as text; `None` if there is no condition.
    pub(super) fn wants(&self) -> Option<String> {
        let one = |selection: &Selection| -> String {
            let labels = selection.iter().map(|(label, value)| format!("{label}=\"{value}\""));
            labels.collect::<Vec<_>>().join(" and ")
        };
        let all: Vec<String> = self.selections.iter().map(one).filter(|text| !text.is_empty()).collect();
        (!all.is_empty()).then(|| all.join(" or "))
    }
}

/// Names of all request counters, for the discovery query.
pub(super) const RATE_METRICS: [&str; CONVENTIONS.len()] = {
    let mut all = [""; CONVENTIONS.len()];
    let mut index = 0;
    while index < all.len() {
        all[index] = CONVENTIONS[index].rate;
        index += 1;
    }
    all
};

/// The latency histograms without duplicates, for the discovery query.
pub(super) const BUCKET_METRICS: [&str; HISTOGRAMS] = {
    let mut all = [""; HISTOGRAMS];
    let (mut index, mut count) = (0, 0);
    while index < CONVENTIONS.len() {
        if let Some((bucket, _)) = CONVENTIONS[index].bucket
            && is_first(bucket, index)
        {
            all[count] = bucket;
            count += 1;
        }
        index += 1;
    }
    all
};

const HISTOGRAMS: usize = {
    let (mut index, mut count) = (0, 0);
    while index < CONVENTIONS.len() {
        if let Some((bucket, _)) = CONVENTIONS[index].bucket
            && is_first(bucket, index)
        {
            count += 1;
        }
        index += 1;
    }
    count
};

/// Whether no earlier convention has the same histogram.
const fn is_first(bucket: &str, before: usize) -> bool {
    let mut index = 0;
    while index < before {
        if let Some((other, _)) = CONVENTIONS[index].bucket
            && is_same(other, bucket)
        {
            return false;
        }
        index += 1;
    }
    true
}

const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_convention_has_its_own_name_and_counter() {
        let names: BTreeSet<&str> = CONVENTIONS.iter().map(|c| c.name).collect();
        let rates: BTreeSet<&str> = RATE_METRICS.into_iter().collect();
        let buckets: BTreeSet<&str> = CONVENTIONS.iter().filter_map(|c| c.bucket).map(|(bucket, _)| bucket).collect();
        assert_eq!((names.len(), rates.len()), (CONVENTIONS.len(), CONVENTIONS.len()));
        assert_eq!(BUCKET_METRICS.into_iter().collect::<BTreeSet<_>>(), buckets);
        assert!(CONVENTIONS.iter().all(|c| !c.selections.is_empty()));
    }
}
