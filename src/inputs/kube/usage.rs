//! Extracts namespaces, and the usage of nodes and pods from the metrics API.

use serde::Deserialize;

use super::meta::{KeptMetadata, Meta};
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

/// A namespace, of which only name, age and the named labels are read; the UID of `kube-system` identifies the
/// cluster.
#[derive(Debug, Deserialize)]
pub(super) struct RawNamespace {
    pub(super) metadata: Meta,
}

pub(super) fn extract_namespace(raw: RawNamespace, keep: &KeptMetadata) -> Namespace {
    let tags = keep.tags(&raw.metadata);
    Namespace { name: raw.metadata.name, created: raw.metadata.creation_timestamp, tags }
}
