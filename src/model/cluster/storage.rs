//! Persistent volumes, claims, storage classes and load balancers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Tags;
use crate::units::{Bytes, Timestamp};

/// A persistent volume: paid for whether or not a pod mounts it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Volume {
    /// Name of the object.
    pub name: String,
    /// Size in bytes.
    pub capacity: Bytes,
    /// Name of the storage class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The driver that provisioned it: the name of a CSI driver or of a built-in volume plugin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
    /// The identifier of the disk, as its CSI driver writes it, for example `vol-0123`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// The claim that it is bound to: namespace and name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<(String, String)>,
    /// Phase, as Kubernetes writes it: `Bound`, `Released` …
    pub phase: String,
    /// The zones in which it can be mounted; empty for any zone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<String>,
    /// Time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
}

/// A claim for a persistent volume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// Namespace of the object.
    pub namespace: String,
    /// Name of the object.
    pub name: String,
    /// Name of the storage class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Requested size in bytes.
    pub requested: Bytes,
    /// Capacity; zero until it is bound.
    #[serde(default)]
    pub capacity: Bytes,
    /// Name of the bound volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<String>,
    /// Phase, as Kubernetes writes it: `Bound`, `Pending` …
    pub phase: String,
    /// The labels and annotations that the user named.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// A storage class.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StorageClass {
    /// Name of the object.
    pub name: String,
    /// The driver that provisions its volumes.
    pub provisioner: String,
    /// The parameters that a price depends on: type, operations and throughput.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
}

/// A Service of type `LoadBalancer`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoadBalancer {
    /// Namespace of the object.
    pub namespace: String,
    /// Name of the object.
    pub name: String,
    /// The controller that provisions it, if it is not the provider's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The provider's annotations that a price depends on: kind of load balancer, internal or not.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Number of ports that it listens on.
    pub ports: u32,
    /// Whether it has an address: a load balancer without one is not billed.
    pub has_address: bool,
    /// Time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// The labels and annotations that the user named.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}
