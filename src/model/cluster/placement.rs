//! The scheduling constraints of a pod.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Taint, TaintEffect};

/// Where a pod may run: required rules only. Preferences move pods but never leave one pending.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Placement {
    /// Required node labels and their values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub node_selector: BTreeMap<String, String>,
    /// Required node affinity: one of these terms must match; empty if there is no such rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub node_affinity: Vec<NodeTerm>,
    /// Tolerated taints, without those tolerations that Kubernetes gives every pod (for nodes that are not ready or
    /// unreachable).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tolerations: Vec<Toleration>,
    /// Required pod affinity: the pod runs where such pods run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub affinity: Vec<PodTerm>,
    /// Required pod anti-affinity: the pod runs where no such pods run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anti_affinity: Vec<PodTerm>,
    /// Required topology spread over zones, nodes or other domains (`DoNotSchedule`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spread: Vec<Spread>,
    /// Whether a container uses a host port, which only one pod per node can have.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub host_ports: bool,
}

impl Placement {
    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Keys of the node labels that these rules refer to.
    pub fn node_label_keys(&self) -> impl Iterator<Item = &str> {
        let terms = self.node_affinity.iter().flat_map(|term| &term.labels).map(|r| r.key.as_str());
        let topologies = self.affinity.iter().chain(&self.anti_affinity).map(|term| term.topology_key.as_str());
        let spread = self.spread.iter().map(|spread| spread.topology_key.as_str());
        self.node_selector.keys().map(String::as_str).chain(terms).chain(topologies).chain(spread)
    }
}

/// One alternative of a required node affinity: all of its conditions must match. An empty one matches nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NodeTerm {
    /// Conditions on the labels of a node; all must match.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Requirement>,
    /// Conditions on fields; Kubernetes only supports `metadata.name`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Requirement>,
}

/// A condition on a label or field of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Requirement {
    /// Key of the label, or name of the field.
    pub key: String,
    /// Comparison operator.
    pub operator: Operator,
    /// Values to compare with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// How a label is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Operator {
    /// The label has one of the values.
    In,
    /// The label has none of the values, or is absent.
    NotIn,
    /// The label is present.
    Exists,
    /// The label is absent.
    DoesNotExist,
    /// The label is an integer greater than the value.
    Gt,
    /// The label is an integer less than the value.
    Lt,
}

impl Operator {
    /// Parses the name that Kubernetes uses.
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "In" => Self::In,
            "NotIn" => Self::NotIn,
            "Exists" => Self::Exists,
            "DoesNotExist" => Self::DoesNotExist,
            "Gt" => Self::Gt,
            "Lt" => Self::Lt,
            _ => return None,
        })
    }
}

/// A taint that a pod tolerates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Toleration {
    /// Key of the taint; `None` for all taints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Value of the taint; `None` for any value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Effect of the taint; `None` for all effects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<TaintEffect>,
}

impl Toleration {
    /// Tolerates every taint with this key.
    pub fn of_key(key: &str) -> Self {
        Self { key: Some(key.to_owned()), value: None, effect: None }
    }

    /// Whether a pod with this toleration tolerates the taint.
    pub fn tolerates(&self, taint: &Taint) -> bool {
        self.key.as_ref().is_none_or(|key| *key == taint.key)
            && self.value.as_ref().is_none_or(|value| *value == taint.value)
            && self.effect.is_none_or(|effect| effect == taint.effect)
    }
}

/// A rule about the pods that already run in a zone, on a node or in another topology domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PodTerm {
    /// Node label that defines the domain.
    pub topology_key: String,
    /// Whether the rule selects pods with this pod's own labels in its own namespace: its siblings. Whether it also
    /// selects other pods is not known here, because labels are not stored.
    pub selects_siblings: bool,
}

/// A rule that pods are spread evenly over topology domains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Spread {
    /// Node label that defines the domain.
    pub topology_key: String,
    /// How many more pods the fullest domain may have than the emptiest one.
    pub max_skew: u32,
    /// If there are fewer domains than this, the emptiest one counts as having no pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_domains: Option<u32>,
    /// Whether this pod's siblings are among the counted pods.
    pub selects_siblings: bool,
    /// Whether domains of nodes that the pod's selector and affinity exclude count as well (`nodeAffinityPolicy:
    /// Ignore`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ignores_affinity: bool,
    /// Whether domains of nodes with taints that the pod does not tolerate are excluded (`nodeTaintsPolicy: Honor`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub honors_taints: bool,
}
