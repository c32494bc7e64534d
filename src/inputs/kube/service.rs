//! Extracts Services from the JSON of the Kubernetes API.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::meta::{KeptMetadata, Meta};
use super::page::or_default;
use crate::model::cluster::LoadBalancer;

#[derive(Debug, Deserialize)]
pub(super) struct RawService {
    metadata: Meta,
    #[serde(default)]
    spec: RawSpec,
    #[serde(default)]
    status: RawStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawSpec {
    #[serde(rename = "type")]
    kind: String,
    load_balancer_class: Option<String>,
    #[serde(deserialize_with = "or_default")]
    selector: BTreeMap<String, String>,
    ports: Vec<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawStatus {
    load_balancer: RawAddresses,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawAddresses {
    ingress: Vec<IgnoredAny>,
}

/// Annotations that determine the kind of load balancer and whether it faces the internet.
const PRICED: [&str; 7] = [
    "service.beta.kubernetes.io/aws-load-balancer-type",
    "service.beta.kubernetes.io/aws-load-balancer-scheme",
    "service.beta.kubernetes.io/aws-load-balancer-internal",
    "networking.gke.io/load-balancer-type",
    "cloud.google.com/load-balancer-type",
    "cloud.google.com/l4-rbs",
    "service.beta.kubernetes.io/azure-load-balancer-internal",
];

/// The pods that a Service selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ServiceSelector {
    namespace: String,
    name: String,
    selector: BTreeMap<String, String>,
}

impl ServiceSelector {
    /// The Services that select pods with these labels, except one with the name of the pods' owner, whose name
    /// already identifies it.
    pub(super) fn of(all: &[Self], namespace: &str, made_by: &str, labels: &BTreeMap<String, String>) -> Vec<String> {
        let selects = |service: &&Self| {
            let in_place = service.namespace == namespace && service.name != made_by;
            in_place && service.selector.iter().all(|(key, value)| labels.get(key) == Some(value))
        };
        let mut names: Vec<String> = all.iter().filter(selects).map(|service| service.name.clone()).collect();
        names.sort();
        names
    }
}

/// The selector and the load balancer of a Service; a Service without a selector selects no pods.
pub(super) fn extract_service(raw: RawService, keep: &KeptMetadata) -> (Option<ServiceSelector>, Option<LoadBalancer>) {
    let selecting = (!raw.spec.selector.is_empty()).then(|| ServiceSelector {
        namespace: raw.metadata.namespace.clone(),
        name: raw.metadata.name.clone(),
        selector: raw.spec.selector.clone(),
    });
    (selecting, load_balancer(raw, keep))
}

/// `None` for a Service without a load balancer.
fn load_balancer(raw: RawService, keep: &KeptMetadata) -> Option<LoadBalancer> {
    let RawService { metadata, spec, status } = raw;
    if spec.kind != "LoadBalancer" {
        return None;
    }
    let annotation = |key: &&str| Some(((*key).to_owned(), metadata.annotation(key)?));
    Some(LoadBalancer {
        annotations: PRICED.iter().filter_map(annotation).collect(),
        tags: keep.tags(&metadata),
        created: metadata.creation_timestamp,
        namespace: metadata.namespace,
        name: metadata.name,
        class: spec.load_balancer_class,
        ports: u32::try_from(spec.ports.len()).unwrap_or(u32::MAX),
        has_address: !status.load_balancer.ingress.is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Labels are compared for equality, see
    /// <https://kubernetes.io/docs/concepts/services-networking/service/#services-in-kubernetes>.
    #[test]
    fn the_selector_of_a_service_is_read() {
        let service = |namespace: &str, name: &str, spec: serde_json::Value| {
            let raw = json!({"metadata": {"namespace": namespace, "name": name}, "spec": spec});
            extract_service(serde_json::from_value(raw).unwrap(), &KeptMetadata::default())
        };
        let of_app = json!({"selector": {"app": "storefront"}, "type": "LoadBalancer"});
        assert!(service("shop", "storefront-http", of_app.clone()).1.is_some());
        let all: Vec<ServiceSelector> = [
            service("shop", "storefront-http", of_app.clone()),
            service("shop", "storefront", of_app.clone()),
            service("test", "other-place", of_app),
            service("shop", "canary", json!({"selector": {"app": "storefront", "track": "canary"}})),
            service("shop", "external", json!({"selector": null})),
        ]
        .into_iter()
        .filter_map(|(selecting, _)| selecting)
        .collect();
        let labels = BTreeMap::from([("app".to_owned(), "storefront".to_owned()), ("x".to_owned(), "y".to_owned())]);
        assert_eq!(ServiceSelector::of(&all, "shop", "storefront", &labels), ["storefront-http"]);
    }
}
