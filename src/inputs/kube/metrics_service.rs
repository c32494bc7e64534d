//! The Services of a cluster that answer PromQL, recognized by the labels that their charts and operators set.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::client::Api;
use super::error::KubeError;
use super::list::list;
use super::meta::Meta;
use super::page::{or_default, parsed};
use super::resource::SERVICES;

/// A Service that answers PromQL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricsService {
    rank: usize,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    port: u16,
}

/// Labels that all have to be there, the product that they stand for, its port where no port is named like a web
/// server's, and the path below which it answers as Prometheus does.
struct Known {
    labels: &'static [(&'static str, &'static str)],
    product: &'static str,
    port: u16,
    path: &'static str,
}

const NAME: &str = "app.kubernetes.io/name";
const COMPONENT: &str = "app.kubernetes.io/component";

const fn known(
    labels: &'static [(&'static str, &'static str)],
    product: &'static str,
    port: u16,
    path: &'static str,
) -> Known {
    Known { labels, product, port, path }
}

/// What has the longest history comes first: what is stored for many clusters before a single Prometheus. The labels
/// are those of the charts of prometheus-community (`prometheus`, `kube-prometheus-stack`), kube-prometheus, Bitnami
/// and kube-thanos, Grafana (`mimir-distributed`) and of VictoriaMetrics with its operator.
const KNOWN: &[Known] = &[
    known(&[(NAME, "thanos"), (COMPONENT, "query-frontend")], "Thanos", 9090, ""),
    known(&[(NAME, "thanos"), (COMPONENT, "query")], "Thanos", 9090, ""),
    known(&[(NAME, "thanos-query-frontend")], "Thanos", 9090, ""),
    known(&[(NAME, "thanos-query")], "Thanos", 9090, ""),
    known(&[(NAME, "mimir"), (COMPONENT, "gateway")], "Mimir", 80, "/prometheus"),
    known(&[(NAME, "mimir"), (COMPONENT, "nginx")], "Mimir", 80, "/prometheus"),
    known(&[(NAME, "mimir"), (COMPONENT, "query-frontend")], "Mimir", 8080, "/prometheus"),
    known(&[(NAME, "vmselect")], "VictoriaMetrics", 8481, "/select/0/prometheus"),
    known(&[(NAME, "victoria-metrics-cluster"), ("app", "vmselect")], "VictoriaMetrics", 8481, "/select/0/prometheus"),
    known(&[(NAME, "vmsingle")], "VictoriaMetrics", 8428, ""),
    known(&[(NAME, "victoria-metrics-single")], "VictoriaMetrics", 8428, ""),
    known(&[(NAME, "prometheus"), (COMPONENT, "server")], "Prometheus", 80, ""),
    known(&[(NAME, "prometheus"), (COMPONENT, "prometheus")], "Prometheus", 9090, ""),
    known(&[("app", "kube-prometheus-stack-prometheus"), ("self-monitor", "true")], "Prometheus", 9090, ""),
    known(&[("app", "prometheus"), ("component", "server")], "Prometheus", 80, ""),
    known(&[("operated-prometheus", "true")], "Prometheus", 9090, ""),
];

/// The names of the ports that queries go to.
const WEB: [&str; 4] = ["http", "http-web", "web", "http-metrics"];

#[derive(Deserialize)]
struct RawService {
    metadata: Meta,
    #[serde(default)]
    spec: RawSpec,
}

#[derive(Default, Deserialize)]
struct RawSpec {
    #[serde(default, deserialize_with = "or_default")]
    ports: Vec<RawPort>,
}

#[derive(Deserialize)]
struct RawPort {
    #[serde(default)]
    name: String,
    port: u16,
}

impl MetricsService {
    /// The product, the Service, and the command that reaches it with the address to give then.
    pub fn how_to_reach(&self) -> String {
        let Self { rank, namespace, name, .. } = self;
        format!(
            "found {} as {namespace}/{name}: {}, then --prometheus {}",
            KNOWN[*rank].product,
            self.port_forward(),
            self.address()
        )
    }

    /// The command that makes it reachable from this machine.
    pub fn port_forward(&self) -> String {
        let Self { namespace, name, port, .. } = self;
        format!("kubectl -n {namespace} port-forward svc/{name} 9090:{port}")
    }

    /// Its address after that command.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:9090{}", KNOWN[self.rank].path)
    }
}

/// The Services that answer PromQL, the most useful first; none of them is connected to.
///
/// # Errors
/// Where Services cannot be listed.
pub async fn list_metrics_services(api: &Api, namespaces: &[String]) -> Result<Vec<MetricsService>, KubeError> {
    let mut places: Vec<Option<&str>> = namespaces.iter().map(|name| Some(name.as_str())).collect();
    if places.is_empty() {
        places = vec![None];
    }
    let mut found = Vec::new();
    for place in places {
        found.extend(list(api, &SERVICES, place, &|_| {}, |body| parsed(body, &extract_metrics_service)).await?.items);
    }
    found.sort();
    Ok(found)
}

/// `None` of a Service that is none of these.
fn extract_metrics_service(raw: RawService) -> Option<MetricsService> {
    let labels: BTreeMap<String, String> = raw.metadata.labels();
    let has = |(key, value): &(&str, &str)| labels.get(*key).is_some_and(|found| found == value);
    let rank = KNOWN.iter().position(|known| known.labels.iter().all(has))?;
    let usual = KNOWN[rank].port;
    let ports = &raw.spec.ports;
    let named = |name: &&str| ports.iter().find(|port| port.name == *name);
    let port = ports.iter().find(|port| port.port == usual).or_else(|| WEB.iter().find_map(named));
    let port = port.map_or(usual, |port| port.port);
    Some(MetricsService { rank, namespace: raw.metadata.namespace, name: raw.metadata.name, port })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn extract(labels: &serde_json::Value, ports: &serde_json::Value) -> Option<String> {
        let raw =
            json!({"metadata": {"namespace": "monitoring", "name": "x", "labels": labels}, "spec": {"ports": ports}});
        Some(extract_metrics_service(serde_json::from_value(raw).unwrap())?.how_to_reach())
    }

    #[test]
    fn the_services_of_usual_charts_are_recognized() {
        let (name, component) = ("app.kubernetes.io/name", "app.kubernetes.io/component");
        for (labels, ports, said) in [
            (
                json!({name: "prometheus", component: "server"}),
                json!([{"name": "http", "port": 80}]),
                "found Prometheus as monitoring/x: kubectl -n monitoring port-forward svc/x 9090:80, then --prometheus http://127.0.0.1:9090",
            ),
            (
                json!({"app": "kube-prometheus-stack-prometheus", "self-monitor": "true"}),
                json!([{"name": "http-web", "port": 9090}, {"name": "reloader-web", "port": 8080}]),
                "svc/x 9090:9090,",
            ),
            (
                json!({name: "prometheus", component: "prometheus"}),
                json!([{"name": "reloader-web", "port": 8080}, {"name": "web", "port": 9091}]),
                "svc/x 9090:9091,",
            ),
            (
                json!({name: "thanos", component: "query"}),
                json!([{"name": "http", "port": 10902}]),
                "found Thanos as monitoring/x: kubectl -n monitoring port-forward svc/x 9090:10902,",
            ),
            (
                json!({name: "mimir", component: "query-frontend"}),
                json!([{"name": "grpc", "port": 9095}, {"name": "http-metrics", "port": 8080}]),
                "9090:8080, then --prometheus http://127.0.0.1:9090/prometheus",
            ),
            (
                json!({name: "vmselect"}),
                json!([{"name": "http", "port": 8481}]),
                "http://127.0.0.1:9090/select/0/prometheus",
            ),
            (json!({name: "victoria-metrics-single"}), json!([{"name": "http", "port": 8428}]), "9090:8428,"),
        ] {
            let found = extract(&labels, &ports).unwrap();
            assert!(found.contains(said), "{found}");
        }
        for labels in [
            json!({name: "prometheus", component: "alertmanager"}),
            json!({name: "thanos", component: "storegateway"}),
            json!({}),
            json!(null),
        ] {
            assert_eq!(extract(&labels, &json!([{"port": 9090}])), None, "{labels}");
        }
    }
}
