//! Current usage as reported by the metrics API.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Resources;
use crate::units::Timestamp;

/// Usage of a node at one moment, from the metrics API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NodeUsage {
    /// Name of the node.
    pub node: String,
    /// Time of the sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// CPU and memory usage.
    pub usage: Resources,
}

/// Usage of a pod's containers at one moment, from the metrics API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PodUsage {
    /// Namespace of the pod.
    pub namespace: String,
    /// Name of the pod.
    pub pod: String,
    /// Time of the sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Usage of each container.
    pub containers: Vec<ContainerUsage>,
}

/// Usage of one container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContainerUsage {
    /// Name of the container.
    pub name: String,
    /// CPU and memory usage.
    pub usage: Resources,
}
