//! The scheduling constraints of a pod.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Taint, TaintEffect};

/// Where a pod may run: the strict rules only. Preferences move pods about but never make one wait.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Placement {
    /// Node labels that must be there with these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub node_selector: BTreeMap<String, String>,
    /// Required node affinity: one of these terms must hold; none for no such rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub node_affinity: Vec<NodeTerm>,
    /// Taints it bears. Those that Kubernetes gives every pod (a node that is not ready or not reachable) are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tolerations: Vec<Toleration>,
    /// Required pod affinity: where pods like these run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub affinity: Vec<PodTerm>,
    /// Required pod anti-affinity: where no pods like these run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anti_affinity: Vec<PodTerm>,
    /// Strict spread over zones, nodes or others (`DoNotSchedule`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spread: Vec<Spread>,
    /// Whether a container asks for a port of the node, which only one pod of a node can have.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub host_ports: bool,
}

impl Placement {
    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Keys of the node labels that these rules look at.
    pub fn node_label_keys(&self) -> impl Iterator<Item = &str> {
        let terms = self.node_affinity.iter().flat_map(|term| &term.labels).map(|r| r.key.as_str());
        let topologies = self.affinity.iter().chain(&self.anti_affinity).map(|term| term.topology_key.as_str());
        let spread = self.spread.iter().map(|spread| spread.topology_key.as_str());
        self.node_selector.keys().map(String::as_str).chain(terms).chain(topologies).chain(spread)
    }
}

/// One alternative of a required node affinity: everything in it must hold. An empty one holds nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NodeTerm {
    /// Conditions on the labels of a node; all must hold.
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
    /// None of the values, or not there.
    NotIn,
    /// The label is present.
    Exists,
    /// The label is absent.
    DoesNotExist,
    /// A whole number above the value.
    Gt,
    /// A whole number below the value.
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

/// A taint that a pod bears.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Toleration {
    /// Which taint; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Which value of it; `None` for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Which effect; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<TaintEffect>,
}

impl Toleration {
    /// Of every taint with this key.
    pub fn of_key(key: &str) -> Self {
        Self { key: Some(key.to_owned()), value: None, effect: None }
    }

    /// Whether a pod that has it bears this taint.
    pub fn tolerates(&self, taint: &Taint) -> bool {
        self.key.as_ref().is_none_or(|key| *key == taint.key)
            && self.value.as_ref().is_none_or(|value| *value == taint.value)
            && self.effect.is_none_or(|effect| effect == taint.effect)
    }
}

/// A rule about the pods that already run in a zone, on a node or in another domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PodTerm {
    /// Label of nodes that makes the domain.
    pub topology_key: String,
    /// Whether the rule is about pods with this pod's own labels, in its own namespace: its siblings. Whether it is about
    /// other pods too is not known here, as labels are not kept.
    pub selects_siblings: bool,
}

/// A rule that pods are spread evenly over domains.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Spread {
    /// Label of nodes that makes the domain.
    pub topology_key: String,
    /// How many more pods the fullest domain may have than the emptiest.
    pub max_skew: u32,
    /// With fewer domains than this, the emptiest counts as having none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_domains: Option<u32>,
    /// Whether this pod's siblings are among those that are counted.
    pub selects_siblings: bool,
    /// Domains of nodes that the pod's selector and affinity leave out count as well (`nodeAffinityPolicy: Ignore`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ignores_affinity: bool,
    /// Domains of nodes whose taints the pod does not bear do not count (`nodeTaintsPolicy: Honor`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub honors_taints: bool,
}
