use serde::Deserialize;

use super::meta::{Keep, Meta};
use super::page::or_default;
use crate::model::Finding;
use crate::model::cluster::{Identified, Node, Resources, Taint, TaintEffect, WELL_KNOWN_LABELS, identify};

#[derive(Debug, Deserialize)]
pub(super) struct RawNode {
    metadata: Meta,
    #[serde(default)]
    spec: RawSpec,
    #[serde(default)]
    status: RawStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawSpec {
    #[serde(rename = "providerID")]
    provider_id: Option<String>,
    unschedulable: bool,
    taints: Vec<RawTaint>,
}

#[derive(Debug, Deserialize)]
struct RawTaint {
    key: String,
    #[serde(default)]
    value: String,
    effect: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawStatus {
    allocatable: Resources,
    capacity: Resources,
    #[serde(deserialize_with = "or_default")]
    conditions: Vec<RawCondition>,
    node_info: RawNodeInfo,
}

#[derive(Debug, Deserialize)]
pub(super) struct RawCondition {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) status: String,
    #[serde(default)]
    pub(super) reason: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawNodeInfo {
    kubelet_version: String,
}

/// Cordoning writes this taint beside `unschedulable`; the flag says it.
const CORDON: &str = "node.kubernetes.io/unschedulable";

/// `chosen_by` are the label keys by which the cluster's pods choose nodes.
pub(super) fn extract_node(
    raw: RawNode,
    keep: &Keep,
    chosen_by: &std::collections::BTreeSet<String>,
    findings: &mut Vec<Finding>,
) -> Node {
    let RawNode { metadata, spec, status } = raw;
    let taints: Vec<Taint> = spec
        .taints
        .into_iter()
        .filter(|taint| taint.key != CORDON)
        .filter_map(|t| Some(Taint { effect: TaintEffect::from_name(&t.effect)?, key: t.key, value: t.value }))
        .collect();
    // The API server fills `allocatable` from `capacity` where a kubelet says nothing; so do we.
    let allocatable = if status.allocatable.is_empty() { status.capacity.clone() } else { status.allocatable };
    let Identified { machine, findings: of_node } =
        identify(&metadata.name, &metadata.labels, &taints, spec.provider_id.as_deref(), &allocatable);
    findings.extend(of_node);
    let tags = keep.tags(&metadata);
    let wanted = |key: &str| WELL_KNOWN_LABELS.contains(&key) || chosen_by.contains(key);
    Node {
        machine,
        created: metadata.creation_timestamp,
        scheduling_labels: metadata.labels.into_iter().filter(|(key, _)| wanted(key)).collect(),
        name: metadata.name,
        provider_id: spec.provider_id,
        kubelet_version: Some(status.node_info.kubelet_version).filter(|v| !v.is_empty()),
        allocatable,
        capacity: status.capacity,
        taints,
        unschedulable: spec.unschedulable,
        ready: status.conditions.iter().any(|c| c.kind == "Ready" && c.status == "True"),
        tags,
    }
}
