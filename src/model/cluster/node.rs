//! Nodes and their taints.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Machine, Resources, Tags};
use crate::units::Timestamp;

/// A node: a machine, or something that behaves as one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Node {
    /// Name of the Node object.
    pub name: String,
    /// Time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// The provider ID of the machine, for example `aws:///us-east-1a/i-0123`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// Its identity, read from its labels.
    pub machine: Machine,
    /// Version of the kubelet, for example `v1.34.2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubelet_version: Option<String>,
    /// Resources that it offers to pods.
    pub allocatable: Resources,
    /// Resources of the machine.
    pub capacity: Resources,
    /// Taints of the node.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taints: Vec<Taint>,
    /// Whether the node is cordoned.
    #[serde(default, skip_serializing_if = "is_false")]
    pub unschedulable: bool,
    /// Whether its kubelet reports it as ready.
    pub ready: bool,
    /// Labels that identify it, and labels by which pods select nodes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scheduling_labels: BTreeMap<String, String>,
    /// The labels and annotations that the user named.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// Keeps pods that do not tolerate it away from a node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Taint {
    /// Key of the taint.
    pub key: String,
    /// Value of the taint, often empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub value: String,
    /// Effect of the taint.
    pub effect: TaintEffect,
}

impl Taint {
    /// Whether it keeps new pods away rather than only discouraging them.
    pub fn is_strict(&self) -> bool {
        self.effect != TaintEffect::PreferNoSchedule
    }
}

/// Written as `kubectl` does: `key=value:effect`.
impl fmt::Display for Taint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let equals = if self.value.is_empty() { "" } else { "=" };
        write!(f, "{}{equals}{}:{:?}", self.key, self.value, self.effect)
    }
}

/// How strictly a taint keeps pods away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum TaintEffect {
    /// New pods without the toleration are not scheduled.
    NoSchedule,
    /// The scheduler avoids the node for pods without the toleration.
    PreferNoSchedule,
    /// New pods without the toleration are not scheduled, and running ones are evicted.
    NoExecute,
}

impl TaintEffect {
    /// Parses the name that Kubernetes uses.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "NoSchedule" => Some(Self::NoSchedule),
            "PreferNoSchedule" => Some(Self::PreferNoSchedule),
            "NoExecute" => Some(Self::NoExecute),
            _ => None,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field by reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}
