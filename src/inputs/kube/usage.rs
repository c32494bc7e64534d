//! Extracts the metrics API's usage of nodes and pods, and namespaces.

use serde::Deserialize;

use super::meta::{Keep, Meta};
use super::page::or_default;
use crate::model::cluster::{ContainerUsage, Namespace, NodeUsage, PodUsage, Resources};
use crate::units::Timestamp;

/// A `NodeMetrics` or `PodMetrics` object of the metrics API.
#[derive(Debug, Deserialize)]
pub(super) struct RawUsage {
    metadata: Meta,
    #[serde(default)]
    timestamp: Option<Timestamp>,
    #[serde(default)]
    usage: Resources,
    #[serde(default, deserialize_with = "or_default")]
    containers: Vec<RawContainer>,
}

#[derive(Debug, Deserialize)]
struct RawContainer {
    name: String,
    #[serde(default)]
    usage: Resources,
}

pub(super) fn extract_node_usage(raw: RawUsage) -> NodeUsage {
    NodeUsage { node: raw.metadata.name, at: raw.timestamp, usage: raw.usage }
}

pub(super) fn extract_pod_usage(raw: RawUsage) -> PodUsage {
    PodUsage {
        namespace: raw.metadata.namespace,
        pod: raw.metadata.name,
        at: raw.timestamp,
        containers: raw.containers.into_iter().map(|c| ContainerUsage { name: c.name, usage: c.usage }).collect(),
    }
}

/// A namespace, and no more of it than its name, age and named labels; its UID is the cluster's where it is
/// `kube-system`.
#[derive(Debug, Deserialize)]
pub(super) struct RawNamespace {
    pub(super) metadata: Meta,
}

pub(super) fn extract_namespace(raw: RawNamespace, keep: &Keep) -> Namespace {
    let tags = keep.tags(&raw.metadata);
    Namespace { name: raw.metadata.name, created: raw.metadata.creation_timestamp, tags }
}
