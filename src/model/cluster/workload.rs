//! Workloads: Deployments, StatefulSets, Jobs and the other kinds that create pods.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Tags, WorkloadId};
use crate::units::{Quantity, Timestamp};

/// Something that makes pods, or makes something that does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Workload {
    /// Kind of workload.
    pub kind: WorkloadKind,
    /// Namespace of the object.
    pub namespace: String,
    /// Name of the object.
    pub name: String,
    /// Controlling owner, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// Time of creation.
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
    /// What its owner says of its runtime, in a label or annotation `capmodel.io/runtime`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
    /// The labels and annotations that the user named.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// Kinds of workload that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum WorkloadKind {
    /// Replicas that can replace each other.
    Deployment,
    /// Replicas with a name and a volume each.
    StatefulSet,
    /// One on every fitting node.
    DaemonSet,
    /// One version of a Deployment.
    ReplicaSet,
    /// A Job, which runs to completion.
    Job,
    /// Starts Jobs at given times.
    CronJob,
}

impl WorkloadKind {
    /// The kind, as Kubernetes names it.
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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Owner {
    /// Its kind, which may be one that is not read, such as `Rollout`, or `Node` for a static pod.
    pub kind: String,
    /// Name of the owner.
    pub name: String,
}

/// How far a Job is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JobState {
    /// Pods that must end well; none where one good end is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completions: Option<u32>,
    /// Number of pods that succeeded.
    #[serde(default)]
    pub succeeded: u32,
    /// Number of pods that failed.
    #[serde(default)]
    pub failed: u32,
    /// Start time of the Job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<Timestamp>,
    /// Completion time of the Job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed: Option<Timestamp>,
}

/// A HorizontalPodAutoscaler, or what acts through one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Autoscaler {
    /// Namespace of the object.
    pub namespace: String,
    /// Name of the object.
    pub name: String,
    /// What made it, such as KEDA's `ScaledObject`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// The workload that it scales.
    pub target: Owner,
    /// Minimum number of replicas.
    pub min_replicas: u32,
    /// Maximum number of replicas.
    pub max_replicas: u32,
    /// Replicas when it last looked.
    #[serde(default)]
    pub current_replicas: u32,
    /// Desired number of replicas, from its status.
    #[serde(default)]
    pub desired_replicas: u32,
    /// Metrics that it scales on.
    #[serde(default)]
    pub metrics: Vec<ScaleMetric>,
}

impl Autoscaler {
    /// Whether this workload is what it scales.
    pub fn scales(&self, id: &WorkloadId) -> bool {
        self.namespace == id.namespace && self.target.kind == id.kind && self.target.name == id.name
    }
}

/// One measure an autoscaler goes by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScaleMetric {
    /// Source of the metric.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MetricTarget {
    /// Percent of what the pods request.
    UtilizationPercent(u32),
    /// Average value per pod.
    AverageValue(Quantity),
    /// Total value of all pods.
    Value(Quantity),
}
