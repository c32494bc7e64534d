use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Owner, Placement, Resources, Tags};
use crate::units::Timestamp;

/// A pod, as far as its cost and its place depend on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pod {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// The node it is bound to; `None` while it waits for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// How far it is.
    pub phase: PodPhase,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// When the last of its containers ended, for a pod that is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Timestamp>,
    /// What made it; `None` for a bare pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// Its priority.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: i32,
    /// Its containers: first those that initialise, in their order, then the others. Pods of one workload share them.
    pub containers: Arc<Vec<Container>>,
    /// What the runtime class adds.
    #[serde(default, skip_serializing_if = "Resources::is_empty")]
    pub overhead: Resources,
    /// Requests of the pod as a whole, where it has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<Box<Sizes>>,
    /// The kubelet has said that a resize that was asked for can never be done here.
    #[serde(default, skip_serializing_if = "is_false")]
    pub resize_infeasible: bool,
    /// Where it may run; `None` for anywhere without a taint. Pods of one workload share it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<Arc<Placement>>,
    /// Persistent volume claims it mounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<String>,
    /// The size that Fargate bills it by, as `0.25vCPU 0.5GB`, from its annotation `CapacityProvisioned`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fargate_size: Option<String>,
    /// The labels and annotations that the user named.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// How far a pod is, as the scheduler sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PodPhase {
    /// Accepted, not all containers started; it holds its requests as soon as it has a node.
    #[default]
    Pending,
    /// Running, or not known to have ended.
    Running,
    /// Ended well; it holds nothing.
    Succeeded,
    /// Ended badly; it holds nothing.
    Failed,
}

impl Pod {
    /// Pods of one workload have the same containers and rules and mostly stand together: one copy of them is enough. Takes
    /// over those of `last` where they are equal, and else leaves its own there.
    pub fn share(&mut self, last: &mut Self) {
        if self.placement == last.placement {
            self.placement.clone_from(&last.placement);
        } else {
            last.placement.clone_from(&self.placement);
        }
        if self.containers == last.containers {
            self.containers.clone_from(&last.containers);
        } else {
            last.containers.clone_from(&self.containers);
        }
    }

    /// Whether it is over: it holds nothing on its node any more.
    pub const fn is_over(&self) -> bool {
        matches!(self.phase, PodPhase::Succeeded | PodPhase::Failed)
    }

    /// Whether it waits for a node.
    pub const fn is_waiting(&self) -> bool {
        self.node.is_none() && !self.is_over()
    }

    /// `namespace/name`.
    pub fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

/// One container of a pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Container {
    /// Name.
    pub name: String,
    /// Image, as the pod names it.
    pub image: String,
    /// When it runs.
    #[serde(default, skip_serializing_if = "ContainerRole::is_main")]
    pub role: ContainerRole,
    /// What it asks for, may use and was given.
    #[serde(default, skip_serializing_if = "Sizes::is_empty")]
    pub sizes: Sizes,
}

/// When a container runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContainerRole {
    /// Beside the other main containers.
    #[default]
    Main,
    /// Before the main containers, one after another.
    Init,
    /// Started in the order of the init containers, then beside the main ones (`restartPolicy: Always`).
    Sidecar,
}

impl ContainerRole {
    const fn is_main(&self) -> bool {
        matches!(self, Self::Main)
    }
}

/// What a container or a pod asks for and may use, and what it was given where that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    /// What it asks for.
    #[serde(default, skip_serializing_if = "Resources::is_empty")]
    pub requests: Resources,
    /// What it may use.
    #[serde(default, skip_serializing_if = "Resources::is_empty")]
    pub limits: Resources,
    /// What the node has for it while that is not what it asks for: a resize is on its way or cannot be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub granted: Option<Box<Granted>>,
}

impl Sizes {
    /// Whether nothing is asked for or given.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.limits.is_empty() && self.granted.is_none()
    }
}

/// What the node has for a container or a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// Requests it runs with (`status.….resources.requests`).
    #[serde(default, skip_serializing_if = "Resources::is_empty")]
    pub actuated: Resources,
    /// Requests the kubelet has set aside (`status.….allocatedResources`).
    #[serde(default, skip_serializing_if = "Resources::is_empty")]
    pub allocated: Resources,
    /// Limits it runs with.
    #[serde(default, skip_serializing_if = "Resources::is_empty")]
    pub limits: Resources,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field by reference")]
const fn is_zero(value: &i32) -> bool {
    *value == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field by reference")]
const fn is_false(value: &bool) -> bool {
    !*value
}
