//! Extracts when a service's container started and when it became ready.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::container::RawContainerStatus;
use super::node::{ConditionKind, Word};
use crate::model::cluster::StartSeconds;
use crate::units::Timestamp;

/// A condition of a pod.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RawPodCondition {
    #[serde(rename = "type")]
    pub(super) kind: ConditionKind,
    #[serde(default)]
    pub(super) status: Word,
    #[serde(default)]
    pub(super) reason: Word,
    /// Not parsed until it is needed.
    #[serde(default)]
    last_transition_time: Option<Box<RawValue>>,
}

/// A pod that became ready later than this was not starting all the time: it lost its readiness in between, or waited
/// for something else. Thirty minutes is far more than startup probes usually allow.
const LONGEST_SECONDS: u16 = 30 * 60;

/// The times of one pod, whatever their distance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// Name of the container.
    pub(super) container: String,
    /// The condition that shows its readiness.
    pub(super) ready_by: ConditionKind,
    started_at: Option<Timestamp>,
    ready_at: Option<Timestamp>,
}

impl Start {
    pub(super) fn seconds(&self) -> Option<StartSeconds> {
        seconds_between(self.started_at?, self.ready_at?)
    }
}

/// Whole seconds from start to readiness, if the second time can follow from the first.
pub(super) fn seconds_between(started_at: Timestamp, ready_at: Timestamp) -> Option<StartSeconds> {
    let seconds = ready_at.duration_since(started_at).as_secs();
    u16::try_from(seconds).ok().filter(|seconds| *seconds <= LONGEST_SECONDS).and_then(StartSeconds::new)
}

/// `None` if a container was restarted, the service's container does not run, or the pod is not ready: in these cases
/// the times do not belong together. The readiness of the containers is preferred to that of the pod, which may wait
/// for a load balancer.
pub(super) fn start<'a>(
    service: &str,
    main: &'a [RawContainerStatus],
    beside: impl Iterator<Item = &'a RawContainerStatus>,
    conditions: &[RawPodCondition],
) -> Option<Start> {
    if main.iter().chain(beside).any(|status| status.restart_count > 0) {
        return None;
    }
    let running = main.iter().find(|status| status.name == service)?.state.running.as_ref()?;
    let of = |kind: ConditionKind| conditions.iter().find(|condition| condition.kind == kind);
    let ready = of(ConditionKind::ContainersReady).or_else(|| of(ConditionKind::Ready))?;
    let time = |raw: &Option<Box<RawValue>>| serde_json::from_str(raw.as_ref()?.get()).ok();
    (ready.status == Word::True).then(|| Start {
        container: service.to_owned(),
        ready_by: ready.kind,
        started_at: time(&running.started_at),
        ready_at: time(&ready.last_transition_time),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::meta::KeptMetadata;
    use super::super::pod::extract_pod;
    use super::*;

    /// As kubelet 1.36 writes it.
    fn pod() -> Value {
        json!({
            "metadata": { "name": "p", "namespace": "n" },
            "spec": {
                "initContainers": [{ "name": "proxy", "restartPolicy": "Always" }, { "name": "migrate" }],
                "containers": [{ "name": "istio-proxy" }, { "name": "web" }, { "name": "other" }],
            },
            "status": {
                "phase": "Running",
                "conditions": [
                    { "type": "Ready", "status": "True", "lastTransitionTime": "2026-11-24T08:35:10Z" },
                    { "type": "ContainersReady", "status": "True", "lastTransitionTime": "2026-11-24T08:34:31Z" },
                ],
                "initContainerStatuses": [
                    { "name": "proxy", "restartCount": 0, "state": { "running": { "startedAt": "2026-11-24T08:34:01Z" } } },
                    { "name": "migrate", "restartCount": 2, "state": { "terminated": { "finishedAt": "2026-11-24T08:34:20Z" } } },
                ],
                "containerStatuses": [
                    { "name": "istio-proxy", "restartCount": 0, "state": { "running": { "startedAt": "2026-11-24T08:34:21Z" } } },
                    { "name": "other", "restartCount": 0, "state": { "running": { "startedAt": "2026-11-24T08:34:22Z" } } },
                    { "name": "web", "restartCount": 0, "state": { "running": { "startedAt": "2026-11-24T08:34:23Z" } } },
                ],
            },
        })
    }

    fn seconds(pod: Value) -> Option<u16> {
        extract_pod(serde_json::from_value(pod).unwrap(), &KeptMetadata::default())
            .started_to_ready_seconds
            .map(StartSeconds::seconds)
    }

    #[test]
    fn the_time_from_the_container_s_start_to_its_readiness() {
        assert_eq!(seconds(pod()), Some(8));
        let mut only_ready = pod();
        only_ready["status"]["conditions"].as_array_mut().unwrap().pop();
        assert_eq!(seconds(only_ready), Some(47));
    }

    #[test]
    fn unrelated_times_give_no_start() {
        for (path, value) in [
            ("/status/containerStatuses/2/restartCount", json!(1)),
            ("/status/containerStatuses/0/restartCount", json!(1)),
            ("/status/initContainerStatuses/0/restartCount", json!(1)),
            ("/status/containerStatuses/2/state", json!({ "waiting": {} })),
            ("/status/conditions/1/status", json!("False")),
            ("/status/conditions/1/lastTransitionTime", json!("2026-11-24T08:34:22Z")),
            ("/status/conditions/1/lastTransitionTime", json!("2026-11-24T09:34:22Z")),
            ("/status/conditions/1/lastTransitionTime", json!(null)),
            ("/status/conditions/1/lastTransitionTime", json!("later")),
        ] {
            let mut pod = pod();
            *pod.pointer_mut(path).unwrap() = value.clone();
            assert_eq!(seconds(pod), None, "{path}: {value}");
        }
    }
}
