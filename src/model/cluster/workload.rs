use serde::{Deserialize, Serialize};

use super::Tags;
use crate::units::{Quantity, Timestamp};

/// Something that makes pods, or makes something that does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workload {
    /// What it is.
    pub kind: WorkloadKind,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// What made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// Pods it wants; for a `DaemonSet` the nodes it should be on, for a Job its parallelism. None for a `CronJob`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u32>,
    /// Pods of it that are ready.
    #[serde(default)]
    pub ready: u32,
    /// How far a Job is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobState>,
    /// When a `CronJob` starts its Jobs, in its own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// A Job or `CronJob` that starts nothing for now.
    #[serde(default)]
    pub suspended: bool,
    /// Services that select its pods and have another name: those that count requests by Service mean it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// The labels and annotations that the user named.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// Kinds of workload that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum WorkloadKind {
    /// Replicas that can replace each other.
    Deployment,
    /// Replicas with a name and a volume each.
    StatefulSet,
    /// One on every fitting node.
    DaemonSet,
    /// One version of a Deployment.
    ReplicaSet,
    /// Runs to its end.
    Job,
    /// Starts Jobs at given times.
    CronJob,
}

impl WorkloadKind {
    /// Kubernetes' name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
            Self::ReplicaSet => "ReplicaSet",
            Self::Job => "Job",
            Self::CronJob => "CronJob",
        }
    }
}

/// What controls an object: kind and name, in the same namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Owner {
    /// Its kind, which may be one that is not read, such as `Rollout`, or `Node` for a static pod.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// How far a Job is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobState {
    /// Pods that must end well; none where one good end is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completions: Option<u32>,
    /// Pods that ended well.
    #[serde(default)]
    pub succeeded: u32,
    /// Pods that ended badly.
    #[serde(default)]
    pub failed: u32,
    /// When it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// When it ended well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed: Option<Timestamp>,
}

/// A horizontal pod autoscaler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Autoscaler {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// What made it, such as KEDA's `ScaledObject`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// What it scales.
    pub target: Owner,
    /// Fewest replicas.
    pub min_replicas: u32,
    /// Most replicas.
    pub max_replicas: u32,
    /// Replicas when it last looked.
    #[serde(default)]
    pub current_replicas: u32,
    /// Replicas it wants.
    #[serde(default)]
    pub desired_replicas: u32,
    /// What it goes by.
    #[serde(default)]
    pub metrics: Vec<ScaleMetric>,
}

/// One measure an autoscaler goes by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScaleMetric {
    /// Where it comes from.
    pub kind: MetricKind,
    /// The resource (`cpu`) or the metric's name.
    pub name: String,
    /// For one container of the pods alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// What it is held at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<MetricTarget>,
}

/// Where a measure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MetricKind {
    /// CPU or memory of the pods.
    Resource,
    /// CPU or memory of one container of the pods.
    ContainerResource,
    /// A custom metric of the pods.
    Pods,
    /// A custom metric of another object.
    Object,
    /// A metric from outside the cluster; KEDA's are such.
    External,
}

/// What a measure is held at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MetricTarget {
    /// Percent of what the pods request.
    UtilizationPercent(u32),
    /// So much a pod.
    AverageValue(Quantity),
    /// So much together.
    Value(Quantity),
}
