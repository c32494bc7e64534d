//! Pods and their containers.

use std::num::NonZeroU16;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::sidecar_name::is_known_sidecar;
use super::{Owner, Placement, Resources, Tags};
use crate::units::Timestamp;

/// A pod, as far as its cost and placement depend on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pod {
    /// Namespace of the pod.
    pub namespace: String,
    /// Name of the object.
    pub name: String,
    /// The node it is bound to; `None` while it is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Phase of the pod.
    pub phase: PodPhase,
    /// Time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// When the last of its containers ended, for a terminated pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Timestamp>,
    /// Its controlling owner; `None` for a bare pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Arc<Owner>>,
    /// Scheduling priority.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: i32,
    /// Its containers: init containers in order, then the others. Pods of one workload share them.
    pub containers: Arc<Vec<Container>>,
    /// Overhead of its runtime class.
    #[serde(default, skip_serializing_if = "Resources::is_empty")]
    pub overhead: Resources,
    /// Pod-level requests, if it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<Box<Sizes>>,
    /// Whether the kubelet reported that a requested resize can never be done on this node.
    #[serde(default, skip_serializing_if = "is_false")]
    pub resize_infeasible: bool,
    /// Where it may run; `None` for any node without a taint. Pods of one workload share it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<Arc<Placement>>,
    /// Persistent volume claims it mounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<String>,
    /// The size by which Fargate bills it, for example `0.25vCPU 0.5GB`, from the annotation `CapacityProvisioned`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fargate_size: Option<String>,
    /// Whole seconds from the start of the service's container to its readiness, both of which kubelets record in
    /// whole seconds; only if none of its containers was ever restarted and the two times can belong together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_to_ready_seconds: Option<StartSeconds>,
    /// The labels and annotations that the user named.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Arc<Tags>,
}

/// Phase of a pod, as the scheduler sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PodPhase {
    /// Accepted, but not all containers have started; its requests are reserved as soon as it has a node.
    #[default]
    Pending,
    /// Running, or not known to have ended.
    Running,
    /// Ended successfully; it reserves nothing.
    Succeeded,
    /// Ended with a failure; it reserves nothing.
    Failed,
}

impl Pod {
    /// Pods of one workload have the same owner, containers, rules and labels and are mostly adjacent, so one copy of
    /// these is enough. Takes the copies of `last` if they are equal, and otherwise leaves its own there.
    pub fn share(&mut self, last: &mut Self) {
        fn one<T: Clone + PartialEq>(own: &mut T, last: &mut T) {
            if own == last {
                own.clone_from(last);
            } else {
                last.clone_from(own);
            }
        }
        one(&mut self.owner, &mut last.owner);
        one(&mut self.containers, &mut last.containers);
        one(&mut self.placement, &mut last.placement);
        one(&mut self.tags, &mut last.tags);
    }

    /// Whether it has terminated: it no longer reserves anything on its node.
    pub const fn is_terminated(&self) -> bool {
        matches!(self.phase, PodPhase::Succeeded | PodPhase::Failed)
    }

    /// Whether it is waiting for a node.
    pub const fn is_waiting(&self) -> bool {
        self.node.is_none() && !self.is_terminated()
    }

    /// The container that serves: the first main container that is not a known sidecar.
    pub fn service_container(&self) -> Option<&Container> {
        self.containers.iter().find(|c| c.role == ContainerRole::Main && !is_known_sidecar(&c.name))
    }

    /// The key `namespace/name` of the pod.
    pub fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// One container of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Container {
    /// Name of the object.
    pub name: String,
    /// Image, as the pod names it.
    pub image: String,
    /// Whether it is an init container, a sidecar or a regular container.
    #[serde(default, skip_serializing_if = "ContainerRole::is_main")]
    pub role: ContainerRole,
    /// What it requests, may use and was given.
    #[serde(default, skip_serializing_if = "Sizes::is_empty")]
    pub sizes: Sizes,
    /// Names of the programs that its command starts, from a fixed list; nothing else of the command is stored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub programs: Vec<String>,
    /// The runtime that the pod's owner declares in a label or annotation `capmodel.io/runtime` of the pod; it
    /// applies to the container that serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
    /// What its image name identifies, as a name from a fixed list: kept when the image name is redacted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub image_known: Vec<String>,
    /// Its readiness probe, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readiness_probe: Option<Probe>,
    /// Its startup probe, if it has one; readiness is not probed before it has succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub startup_probe: Option<Probe>,
}

/// Whole seconds of a cold start, in two bytes because every pod has this field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u16", into = "u16")]
pub struct StartSeconds(NonZeroU16);

impl StartSeconds {
    /// `None` for more than eighteen hours.
    pub fn new(seconds: u16) -> Option<Self> {
        seconds.checked_add(1).and_then(NonZeroU16::new).map(Self)
    }

    /// Number of seconds.
    pub const fn seconds(self) -> u16 {
        self.0.get() - 1
    }
}

impl TryFrom<u16> for StartSeconds {
    type Error = &'static str;

    fn try_from(seconds: u16) -> Result<Self, Self::Error> {
        Self::new(seconds).ok_or("a start does not take so long")
    }
}

impl From<StartSeconds> for u16 {
    fn from(start: StartSeconds) -> Self {
        start.seconds()
    }
}

/// When the kubelet probes a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Probe {
    /// Seconds between two probes.
    pub period_seconds: u32,
    /// Seconds after the container's start before the first probe.
    #[serde(default, skip_serializing_if = "is_none_yet")]
    pub initial_delay_seconds: u32,
    /// Number of consecutive probes that must succeed.
    pub success_threshold: u32,
}

/// Role of a container in its pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ContainerRole {
    /// Runs alongside the other main containers.
    #[default]
    Main,
    /// Runs before the main containers, one after another.
    Init,
    /// Started in the order of the init containers, then runs alongside the main ones (`restartPolicy: Always`).
    Sidecar,
}

impl ContainerRole {
    const fn is_main(&self) -> bool {
        matches!(self, Self::Main)
    }
}

/// What a container or a pod requests, may use, and was given if that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sizes {
    /// Resource requests.
    #[serde(default, skip_serializing_if = "Resources::is_empty")]
    pub requests: Resources,
    /// Resource limits.
    #[serde(default, skip_serializing_if = "Resources::is_empty")]
    pub limits: Resources,
    /// What the node has given it, if that differs from its spec: a resize is in progress or cannot be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted: Option<Box<Granted>>,
}

impl Sizes {
    /// Whether nothing is requested or given.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.limits.is_empty() && self.granted.is_none()
    }
}

/// What the node has given to a container or a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Granted {
    /// Requests it runs with (`status.….resources.requests`).
    #[serde(default, skip_serializing_if = "Resources::is_empty")]
    pub actuated: Resources,
    /// Requests the kubelet has set aside (`status.….allocatedResources`).
    #[serde(default, skip_serializing_if = "Resources::is_empty")]
    pub allocated: Resources,
    /// Limits in effect, which may differ during an in-place resize.
    #[serde(default, skip_serializing_if = "Resources::is_empty")]
    pub limits: Resources,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field by reference")]
const fn is_none_yet(seconds: &u32) -> bool {
    *seconds == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field by reference")]
const fn is_zero(value: &i32) -> bool {
    *value == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field by reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}
