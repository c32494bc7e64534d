//! Workloads: Deployments, StatefulSets, Jobs and the other kinds that create pods.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Tags, WorkloadId};
use crate::units::{Quantity, Timestamp};

/// An object that creates pods, or creates an object that does.
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
    /// Desired number of pods: for a `DaemonSet` the nodes that should run it, for a Job its parallelism. `None` for
    /// a `CronJob`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replicas: Option<u32>,
    /// Number of ready pods.
    #[serde(default)]
    pub ready: u32,
    /// Status of a Job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobState>,
    /// The schedule of a `CronJob`, in cron syntax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// Whether a Job or `CronJob` is suspended.
    #[serde(default)]
    pub suspended: bool,
    /// Services that select its pods and have another name: request metrics by Service refer to it under these names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
    /// The runtime that its owner declares in a label or annotation `capmodel.io/runtime`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runtime: Option<String>,
    /// The labels and annotations that the user named.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// Kinds of workload that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum WorkloadKind {
    /// Interchangeable replicas.
    Deployment,
    /// Replicas with a stable name and their own volume.
    StatefulSet,
    /// One pod on every matching node.
    DaemonSet,
    /// One revision of a Deployment.
    ReplicaSet,
    /// A Job, which runs to completion.
    Job,
    /// Starts Jobs on a schedule.
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

/// The controlling owner of an object: kind and name, in the same namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Owner {
    /// Its kind, which may be one that is not read, such as `Rollout`, or `Node` for a static pod.
    pub kind: String,
    /// Name of the owner.
    pub name: String,
}

/// Status of a Job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JobState {
    /// Pods that must succeed; `None` if one is enough.
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

/// A HorizontalPodAutoscaler, or an autoscaler that works through one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Autoscaler {
    /// Namespace of the object.
    pub namespace: String,
    /// Name of the object.
    pub name: String,
    /// The object that created it, such as KEDA's `ScaledObject`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// The workload that it scales.
    pub target: Owner,
    /// Minimum number of replicas.
    pub min_replicas: u32,
    /// Maximum number of replicas.
    pub max_replicas: u32,
    /// Current number of replicas, from its status.
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
    /// Whether it scales this workload.
    pub fn scales(&self, id: &WorkloadId) -> bool {
        self.namespace == id.namespace && self.target.kind == id.kind && self.target.name == id.name
    }
}

/// One metric of an autoscaler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScaleMetric {
    /// Source of the metric.
    pub kind: MetricKind,
    /// The resource (`cpu`) or the metric's name.
    pub name: String,
    /// The container, if the metric is limited to one container of the pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// Target value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<MetricTarget>,
}

/// Source of a metric.
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
    /// A metric from outside the cluster, such as those of KEDA.
    External,
}

/// The target of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MetricTarget {
    /// Percentage of the requests of the pods.
    UtilizationPercent(u32),
    /// Average value per pod.
    AverageValue(Quantity),
    /// Total value of all pods.
    Value(Quantity),
}
