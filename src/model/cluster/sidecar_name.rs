//! Sidecars that are recognised by their names.

/// Containers that run alongside a service in its pod under well-known names: service-mesh proxies
/// (<https://istio.io/latest/docs/ops/deployment/architecture/>, <https://linkerd.io/2/reference/architecture/>,
/// <https://developer.hashicorp.com/consul/docs/connect/dataplane>, <https://docs.dapr.io/concepts/dapr-services/sidecar/>,
/// <https://github.com/knative/serving>) and containers that fetch secrets, proxy databases and ship logs.
pub const SIDECARS: [&str; 20] = [
    "aws-otel-collector",
    "cloud-sql-proxy",
    "cloudsql-proxy",
    "config-reloader",
    "consul-dataplane",
    "daprd",
    "datadog-agent",
    "envoy",
    "envoy-sidecar",
    "filebeat",
    "fluent-bit",
    "fluentd",
    "istio-proxy",
    "linkerd-proxy",
    "oauth2-proxy",
    "opa-istio",
    "otc-container",
    "queue-proxy",
    "vault-agent",
    "xray-daemon",
];

/// Whether a container is a known sidecar.
pub fn is_known_sidecar(container: &str) -> bool {
    SIDECARS.contains(&container)
}
