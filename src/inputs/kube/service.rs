use serde::Deserialize;
use serde::de::IgnoredAny;

use super::meta::{Keep, Meta};
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

/// Annotations that say what kind of balancer it is and whether it faces the internet.
const PRICED: [&str; 7] = [
    "service.beta.kubernetes.io/aws-load-balancer-type",
    "service.beta.kubernetes.io/aws-load-balancer-scheme",
    "service.beta.kubernetes.io/aws-load-balancer-internal",
    "networking.gke.io/load-balancer-type",
    "cloud.google.com/load-balancer-type",
    "cloud.google.com/l4-rbs",
    "service.beta.kubernetes.io/azure-load-balancer-internal",
];

/// `None` for a Service without a balancer.
pub(super) fn extract_load_balancer(raw: RawService, keep: &Keep) -> Option<LoadBalancer> {
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
