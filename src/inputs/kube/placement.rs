//! Extracts the scheduling constraints of a pod from its spec.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::page::collect_exactly;
use crate::model::cluster::{
    LabelSelector, NOT_READY_TAINT, NodeTerm, Operator, Placement, PodTerm, Requirement, SelectorRequirement, Spread,
    TaintEffect, Toleration,
};

/// The fields of a pod's spec that determine where it may run.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawAffinity {
    node_affinity: RawNodeAffinity,
    pod_affinity: RawPodAffinity,
    pod_anti_affinity: RawPodAffinity,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawNodeAffinity {
    #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    required: Option<RawNodeSelector>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawNodeSelector {
    node_selector_terms: Vec<RawNodeTerm>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawNodeTerm {
    match_expressions: Vec<RawRequirement>,
    match_fields: Vec<RawRequirement>,
}

#[derive(Debug, Deserialize)]
struct RawRequirement {
    key: String,
    operator: String,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawPodAffinity {
    #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    required: Vec<RawPodTerm>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawPodTerm {
    label_selector: Option<RawSelector>,
    namespaces: Vec<String>,
    namespace_selector: Option<RawSelector>,
    topology_key: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawSelector {
    match_labels: BTreeMap<String, String>,
    match_expressions: Vec<RawRequirement>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawSpread {
    topology_key: String,
    max_skew: u32,
    min_domains: Option<u32>,
    when_unsatisfiable: String,
    label_selector: Option<RawSelector>,
    node_affinity_policy: Option<String>,
    node_taints_policy: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawToleration {
    key: String,
    operator: String,
    value: String,
    effect: String,
}

/// Taints that Kubernetes makes every pod tolerate for a while, so that a short failure of a node does not move it.
const OF_EVERY_POD: [&str; 2] = [NOT_READY_TAINT, "node.kubernetes.io/unreachable"];

/// `None` if there is no rule.
pub(super) fn extract_placement(
    namespace: &str,
    labels: impl Fn() -> BTreeMap<String, String>,
    node_selector: BTreeMap<String, String>,
    affinity: RawAffinity,
    tolerations: Vec<RawToleration>,
    spread: Vec<RawSpread>,
    host_ports: bool,
) -> Option<Arc<Placement>> {
    let pods = !spread.is_empty()
        || !affinity.pod_affinity.required.is_empty()
        || !affinity.pod_anti_affinity.required.is_empty();
    let labels = &if pods { labels() } else { BTreeMap::new() };
    let term = |raw: RawPodTerm| {
        let in_namespace = (raw.namespaces.is_empty() && raw.namespace_selector.is_none())
            || raw.namespaces.iter().any(|own| own == namespace)
            || raw.namespace_selector.as_ref().is_some_and(RawSelector::is_empty);
        // A missing selector selects no pods; an empty one selects all.
        let selects = raw.label_selector.is_some_and(|selector| selector.selector().selects(labels));
        PodTerm { topology_key: raw.topology_key, selects_siblings: in_namespace && selects }
    };
    let placement = Placement {
        node_selector,
        node_affinity: collect_exactly(affinity.node_affinity.required.into_iter().flat_map(RawNodeSelector::terms)),
        tolerations: collect_exactly(
            tolerations.into_iter().filter(|t| !t.is_of_every_pod()).map(RawToleration::toleration),
        ),
        affinity: affinity.pod_affinity.required.into_iter().map(term).collect(),
        anti_affinity: affinity.pod_anti_affinity.required.into_iter().map(term).collect(),
        spread: spread
            .into_iter()
            .filter(|spread| spread.when_unsatisfiable == "DoNotSchedule")
            .map(|spread| Spread {
                topology_key: spread.topology_key,
                max_skew: spread.max_skew,
                min_domains: spread.min_domains,
                selects_siblings: spread.label_selector.is_some_and(|selector| selector.selector().selects(labels)),
                ignores_affinity: spread.node_affinity_policy.as_deref() == Some("Ignore"),
                honors_taints: spread.node_taints_policy.as_deref() == Some("Honor"),
            })
            .collect(),
        host_ports,
    };
    (!placement.is_empty()).then(|| Arc::new(placement))
}

impl RawNodeSelector {
    fn terms(self) -> impl Iterator<Item = NodeTerm> {
        self.node_selector_terms.into_iter().map(|term| NodeTerm {
            labels: collect_exactly(term.match_expressions.into_iter().filter_map(RawRequirement::requirement)),
            fields: collect_exactly(term.match_fields.into_iter().filter_map(RawRequirement::requirement)),
        })
    }
}

impl RawRequirement {
    /// The API server only accepts these operators.
    fn requirement(self) -> Option<Requirement> {
        let operator = Operator::from_name(&self.operator)?;
        Some(Requirement { operator, key: self.key, values: collect_exactly(self.values.into_iter()) })
    }
}

impl RawSelector {
    fn is_empty(&self) -> bool {
        self.match_labels.is_empty() && self.match_expressions.is_empty()
    }

    fn selector(self) -> LabelSelector {
        let requirement = |r: RawRequirement| SelectorRequirement {
            operator: Operator::from_name(&r.operator),
            key: r.key,
            values: r.values,
        };
        LabelSelector {
            match_labels: self.match_labels,
            match_expressions: self.match_expressions.into_iter().map(requirement).collect(),
        }
    }
}

impl RawToleration {
    fn is_of_every_pod(&self) -> bool {
        OF_EVERY_POD.contains(&self.key.as_str()) && self.effect == "NoExecute"
    }

    fn toleration(self) -> Toleration {
        let any_value = self.operator == "Exists";
        Toleration {
            key: Some(self.key).filter(|key| !key.is_empty()),
            value: (!any_value).then_some(self.value),
            effect: TaintEffect::from_name(&self.effect),
        }
    }
}
