//! Extracts workloads from the JSON of the Kubernetes API.

use serde::Deserialize;

use super::meta::{KeptMetadata, Meta};
use super::service::ServiceSelector;
use crate::model::cluster::{JobState, Workload, WorkloadKind};
use crate::units::Timestamp;

/// A workload of any kind; each kind has some of these fields.
#[derive(Debug, Deserialize)]
pub(super) struct RawWorkload {
    metadata: Meta,
    #[serde(default)]
    spec: RawSpec,
    #[serde(default)]
    status: RawStatus,
}

/// Only the labels of pod templates are read, because the pods themselves are read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawSpec {
    replicas: Option<u32>,
    parallelism: Option<u32>,
    completions: Option<u32>,
    suspend: bool,
    schedule: Option<String>,
    template: RawTemplate,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawTemplate {
    metadata: Option<Meta>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawStatus {
    replicas: u32,
    ready_replicas: u32,
    desired_number_scheduled: u32,
    number_ready: u32,
    ready: u32,
    succeeded: u32,
    failed: u32,
    start_time: Option<Timestamp>,
    completion_time: Option<Timestamp>,
}

/// `None` for an old ReplicaSet of a Deployment: nothing runs in it and nothing will.
pub(super) fn extract_workload(
    kind: WorkloadKind,
    raw: RawWorkload,
    keep: &KeptMetadata,
    services: &[ServiceSelector],
) -> Option<Workload> {
    let RawWorkload { mut metadata, spec, status } = raw;
    if kind == WorkloadKind::ReplicaSet && spec.replicas == Some(0) && status.replicas == 0 {
        return None;
    }
    use WorkloadKind::{CronJob, DaemonSet, Deployment, Job, ReplicaSet, StatefulSet};
    // The default of the API server is 1.
    let (replicas, ready) = match kind {
        Deployment | StatefulSet | ReplicaSet => (Some(spec.replicas.unwrap_or(1)), status.ready_replicas),
        DaemonSet => (Some(status.desired_number_scheduled), status.number_ready),
        Job => (Some(spec.parallelism.unwrap_or(1)), status.ready),
        CronJob => (None, 0),
    };
    let job = (kind == Job).then_some(JobState {
        completions: spec.completions,
        succeeded: status.succeeded,
        failed: status.failed,
        started: status.start_time,
        completed: status.completion_time,
    });
    let owner = metadata.take_owner();
    // A ReplicaSet of a Deployment is represented by the Deployment.
    let tells = !(kind == ReplicaSet && owner.as_ref().is_some_and(|owner| owner.kind == Deployment.name()));
    let template = spec.template.metadata.filter(|_| tells);
    let labels = template.as_ref().map(Meta::labels).unwrap_or_default();
    Some(Workload {
        kind,
        services: ServiceSelector::of(services, &metadata.namespace, &metadata.name, &labels),
        runtime: metadata.runtime().or_else(|| template?.runtime()),
        tags: keep.tags(&metadata),
        owner,
        created: metadata.creation_timestamp,
        namespace: metadata.namespace,
        name: metadata.name,
        replicas,
        ready,
        job,
        schedule: spec.schedule,
        suspended: spec.suspend,
    })
}
