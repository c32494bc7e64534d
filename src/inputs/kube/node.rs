//! Extracts nodes from the JSON of the Kubernetes API.

use serde::Deserialize;

use super::image::{NodeImages, RawImages, WantedImages, extract_images};
use super::meta::{KeptMetadata, Meta};
use super::page::or_default;
use crate::model::cluster::{
    Identified, Node, Resources, Taint, TaintEffect, UNSCHEDULABLE_TAINT, identify, is_well_known,
};
use crate::model::finding::Finding;

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
    images: RawImages,
}

#[derive(Debug, Deserialize)]
struct RawCondition {
    #[serde(rename = "type")]
    kind: ConditionKind,
    #[serde(default)]
    status: Word,
}

/// The conditions that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum ConditionKind {
    Ready,
    ContainersReady,
    PodResizePending,
    #[serde(other)]
    Other,
}

/// The states and reasons that are used.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
pub(super) enum Word {
    True,
    Infeasible,
    #[default]
    #[serde(other)]
    Other,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawNodeInfo {
    kubelet_version: String,
    container_runtime_version: String,
}

impl RawNode {
    /// The sizes in its image list of the images that pods name.
    pub(super) fn take_images(&mut self, wanted: &WantedImages) -> NodeImages {
        let raw = std::mem::take(&mut self.status.images);
        extract_images(&raw, &self.status.node_info.container_runtime_version, wanted)
    }
}

/// `chosen_by` are the label keys by which the cluster's pods select nodes.
pub(super) fn extract_node(
    raw: RawNode,
    keep: &KeptMetadata,
    chosen_by: &std::collections::BTreeSet<String>,
    findings: &mut Vec<Finding>,
) -> Node {
    let RawNode { metadata, spec, status } = raw;
    let taints: Vec<Taint> = spec
        .taints
        .into_iter()
        // Cordoning sets this taint as well as `unschedulable`; the flag is sufficient.
        .filter(|taint| taint.key != UNSCHEDULABLE_TAINT)
        .filter_map(|t| Some(Taint { effect: TaintEffect::from_name(&t.effect)?, key: t.key, value: t.value }))
        .collect();
    // The API server fills `allocatable` from `capacity` if the kubelet sets none; so does this function.
    let labels = metadata.labels();
    let allocatable = if status.allocatable.is_empty() { status.capacity.clone() } else { status.allocatable };
    let Identified { machine, findings: of_node } =
        identify(&metadata.name, &labels, &taints, spec.provider_id.as_deref(), &allocatable);
    findings.extend(of_node);
    let tags = keep.tags(&metadata);
    let wanted = |key: &str| is_well_known(key) || chosen_by.contains(key);
    Node {
        machine,
        created: metadata.creation_timestamp,
        scheduling_labels: labels.into_iter().filter(|(key, _)| wanted(key)).collect(),
        name: metadata.name,
        provider_id: spec.provider_id,
        kubelet_version: Some(status.node_info.kubelet_version).filter(|v| !v.is_empty()),
        allocatable,
        capacity: status.capacity,
        taints,
        unschedulable: spec.unschedulable,
        ready: status.conditions.iter().any(|c| c.kind == ConditionKind::Ready && c.status == Word::True),
        tags,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::page::Page;
    use super::*;
    use crate::model::cluster::NodeKind;

    /// Nodes with the labels of each provider.
    fn nodes() -> (Vec<Node>, Vec<Finding>) {
        let text = include_str!("../../../fixtures/kube/nodes.json");
        let page: Page<RawNode> = serde_json::from_str(text).unwrap();
        let (mut findings, chosen_by) = (Vec::new(), BTreeSet::from(["type".to_owned()]));
        let keep = KeptMetadata::default();
        let nodes = page.items.into_iter().map(|raw| extract_node(raw, &keep, &chosen_by, &mut findings)).collect();
        (nodes, findings)
    }

    #[test]
    fn nodes_of_every_provider_are_read() {
        let (nodes, _) = nodes();
        let row = |node: &Node| {
            let m = &node.machine;
            let text = |o: &Option<String>| o.clone().unwrap_or_else(|| "-".to_owned());
            let provider = m.provider.map_or("-", |p| p.name());
            let arch = m.arch.map_or("-".to_owned(), |a| a.to_string());
            let bought = m.capacity_type.map_or("-", |c| c.name());
            let words = [text(&m.instance_type), text(&m.zone), arch, bought.to_owned(), text(&m.pool), text(&m.gpu)];
            format!("{provider} {:?} {}", m.kind, words.join(" "))
        };
        let rows: Vec<String> = nodes.iter().map(row).collect();
        assert_eq!(
            rows,
            [
                "aws Machine m6i.xlarge us-east-1a amd64 on-demand general -",
                "aws Machine m7g.xlarge us-east-1b arm64 spot spot-arm -",
                "aws EksAutoMode c6g.large us-west-2a arm64 on-demand general-purpose -",
                "aws Fargate - us-east-1c amd64 - - -",
                "gcp Machine n2-standard-4 us-central1-a amd64 on-demand pool-1 -",
                "gcp Machine g2-standard-4 us-central1-a amd64 spot gpu nvidia-l4",
                "gcp Autopilot e2-standard-4 europe-west1-b amd64 on-demand pool-2 -",
                "azure Machine Standard_D4s_v5 eastus-1 amd64 spot nodepool1 -",
                "azure Machine Standard_D4s_v5 eastus-2 amd64 on-demand win -",
                "azure Virtual - - amd64 on-demand - -",
                "- Machine - hall-2 amd64 - - -",
            ]
        );
        assert_eq!((nodes[5].allocatable.gpus(), nodes[0].allocatable.cpu().millis()), (1, 3920));
        assert_eq!(nodes[3].machine.kind, NodeKind::Fargate);
    }

    #[test]
    fn unusual_nodes_have_findings_and_irrelevant_labels_are_dropped() {
        let (nodes, findings) = nodes();
        let found: Vec<_> = findings.iter().map(|f| (f.code.as_str(), f.subject.as_str())).collect();
        let want = [
            ("node-windows", "akswin000000"),
            ("node-virtual", "virtual-node-aci-linux"),
            ("node-type-unknown", "rack-7"),
        ];
        assert_eq!(found, want);
        // Cordoned, which is listed once; and a label that no pod selects by is dropped.
        assert!(nodes[10].unschedulable && nodes[10].taints.is_empty());
        assert!(!nodes[0].scheduling_labels.contains_key("team"));
        assert_eq!(nodes[9].scheduling_labels["type"], "virtual-kubelet");
    }
}
