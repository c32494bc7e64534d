//! Sidecars that are known by their names.

/// Containers that stand beside a service in its pod under names of their own: proxies of meshes
/// (<https://istio.io/latest/docs/ops/deployment/architecture/>, <https://linkerd.io/2/reference/architecture/>,
/// <https://developer.hashicorp.com/consul/docs/connect/dataplane>, <https://docs.dapr.io/concepts/dapr-services/sidecar/>,
/// <https://github.com/knative/serving>) and what fetches secrets, reaches databases and ships logs.
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

/// Whether a container is one of them.
pub fn is_known_sidecar(container: &str) -> bool {
    SIDECARS.contains(&container)
}
