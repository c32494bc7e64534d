//! Extracts pods from the JSON of the Kubernetes API.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::container::{RawContainer, RawContainerStatus, RawResources, container, sizes};
use super::meta::{KeptMetadata, Meta};
use super::node::{ConditionKind, Word};
use super::page::{collect_exactly, or_default};
use super::placement::{RawAffinity, RawSpread, RawToleration, extract_placement};
use super::start::{RawPodCondition, Start, start};
use crate::model::cluster::{Container, ContainerRole, Pod, PodPhase, Resources, is_known_sidecar};

#[derive(Debug, Deserialize)]
pub(super) struct RawPod {
    metadata: Meta,
    #[serde(default)]
    spec: RawSpec,
    #[serde(default)]
    status: RawStatus,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawSpec {
    node_name: String,
    priority: i32,
    #[serde(deserialize_with = "or_default")]
    containers: Vec<RawContainer>,
    init_containers: Vec<RawContainer>,
    overhead: Resources,
    resources: Option<RawResources>,
    node_selector: BTreeMap<String, String>,
    affinity: Option<RawAffinity>,
    tolerations: Vec<RawToleration>,
    topology_spread_constraints: Vec<RawSpread>,
    volumes: Vec<RawVolume>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawVolume {
    name: String,
    persistent_volume_claim: Option<RawClaim>,
    ephemeral: Option<serde::de::IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawClaim {
    claim_name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawStatus {
    phase: String,
    conditions: Vec<RawPodCondition>,
    container_statuses: Vec<RawContainerStatus>,
    init_container_statuses: Vec<RawContainerStatus>,
    resources: Option<RawResources>,
    allocated_resources: Resources,
}

/// Annotation in which Fargate records the size that it chose and bills.
const FARGATE_SIZE: &str = "CapacityProvisioned";

impl RawPod {
    /// Start and readiness of its service's container, if known.
    pub(super) fn start(&self) -> Option<Start> {
        let mut main = self.spec.containers.iter();
        let service = main.find(|container| !is_known_sidecar(&container.name))?;
        let sidecar = |status: &&RawContainerStatus| {
            let mut init = self.spec.init_containers.iter();
            init.any(|container| container.name == status.name && container.restart_policy == "Always")
        };
        let beside = self.status.init_container_statuses.iter().filter(sidecar);
        start(&service.name, &self.status.container_statuses, beside, &self.status.conditions)
    }

    /// The images in its spec, each with the name in its status: a digest, if the image has one.
    pub(super) fn images(&self) -> impl Iterator<Item = (&str, &str)> {
        let RawPod { spec, status, .. } = self;
        let init = spec.init_containers.iter().map(|container| (container, &status.init_container_statuses));
        let main = spec.containers.iter().map(|container| (container, &status.container_statuses));
        init.chain(main).map(|(container, statuses)| {
            let status = statuses.iter().find(|status| status.name == container.name);
            (container.image.as_str(), status.map_or("", |status| status.image_id.as_str()))
        })
    }
}

pub(super) fn extract_pod(raw: RawPod, keep: &KeptMetadata) -> Pod {
    let started_to_ready_seconds = raw.start().and_then(|start| start.seconds());
    let RawPod { mut metadata, spec, mut status } = raw;
    let phase = match status.phase.as_str() {
        "Succeeded" => PodPhase::Succeeded,
        "Failed" => PodPhase::Failed,
        "Pending" | "" => PodPhase::Pending,
        // `Unknown` means that the node is unreachable: the requests of its pods are still reserved.
        _ => PodPhase::Running,
    };
    let ended = status.container_statuses.iter().filter_map(|s| s.state.terminated.as_ref()?.finished_at).max();
    let mut all = spec.init_containers.iter().chain(&spec.containers);
    let host_ports = all.any(|container| container.ports.iter().any(|port| port.host_port > 0));
    let whole = spec.resources.map(|resources| {
        let allocated = std::mem::take(&mut status.allocated_resources);
        Box::new(sizes(resources, status.resources.take(), allocated))
    });
    let mut containers = Vec::with_capacity(spec.init_containers.len() + spec.containers.len());
    for raw in spec.init_containers {
        let sidecar = raw.restart_policy == "Always";
        let role = if sidecar { ContainerRole::Sidecar } else { ContainerRole::Init };
        containers.push(container(raw, role, &mut status.init_container_statuses));
    }
    for raw in spec.containers {
        containers.push(container(raw, ContainerRole::Main, &mut status.container_statuses));
    }
    if let Some(said) = metadata.runtime() {
        let serves = |c: &&mut Container| c.role == ContainerRole::Main && !is_known_sidecar(&c.name);
        containers.iter_mut().find(serves).into_iter().for_each(|c| c.runtime = Some(said.clone()));
    }
    let claims =
        spec.volumes.into_iter().filter_map(|volume| match (volume.persistent_volume_claim, volume.ephemeral) {
            (Some(claim), _) => Some(claim.claim_name),
            // Kubernetes' name of the claim of a generic ephemeral volume.
            (None, Some(_)) => Some(format!("{}-{}", metadata.name, volume.name)),
            (None, None) => None,
        });
    Pod {
        claims: collect_exactly(claims),
        placement: extract_placement(
            &metadata.namespace,
            || metadata.labels(),
            spec.node_selector,
            spec.affinity.unwrap_or_default(),
            spec.tolerations,
            spec.topology_spread_constraints,
            host_ports,
        ),
        tags: Arc::new(keep.tags(&metadata)),
        fargate_size: metadata.annotation(FARGATE_SIZE),
        started_to_ready_seconds,
        owner: metadata.take_owner().map(Arc::new),
        namespace: metadata.namespace,
        name: metadata.name,
        node: Some(spec.node_name).filter(|node| !node.is_empty()),
        phase,
        created: metadata.creation_timestamp,
        finished: ended.filter(|_| matches!(phase, PodPhase::Succeeded | PodPhase::Failed)),
        priority: spec.priority,
        containers: Arc::new(containers),
        overhead: spec.overhead,
        whole,
        // The first condition of the type counts, as in the scheduler.
        resize_infeasible: status
            .conditions
            .iter()
            .find(|c| c.kind == ConditionKind::PodResizePending)
            .is_some_and(|c| c.reason == Word::Infeasible),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cluster::{Placement, pod_limits, pod_requests};

    fn extract(text: &str, keep: &KeptMetadata) -> Pod {
        extract_pod(serde_json::from_str(text).unwrap(), keep)
    }

    /// As API server 1.36 returns it.
    const RECORDED: &str = include_str!("../../../fixtures/kube/pod.json");

    #[test]
    fn a_recorded_pod_is_read() {
        let keep = KeptMetadata { labels: vec!["team".to_owned()], annotations: vec!["prometheus.io/port".to_owned()] };
        let pod = extract(RECORDED, &keep);
        assert_eq!((pod.key().as_str(), pod.node.as_deref()), ("NAMESPACE/POD_NAME", Some("NODE_NAME")));
        assert_eq!(pod.owner.as_ref().map(|o| o.kind.as_str()), Some("ReplicaSet"));
        let roles: Vec<_> = pod.containers.iter().map(|c| (c.name.as_str(), c.role)).collect();
        use ContainerRole::{Init, Main, Sidecar};
        assert_eq!(roles, [("migrate", Init), ("proxy", Sidecar), ("api", Main)]);
        let (requests, limits) = (pod_requests(&pod), pod_limits(&pod));
        assert_eq!((requests.cpu().to_string(), requests.memory().to_string()), ("270m".into(), "304Mi".into()));
        assert_eq!((limits.cpu().to_string(), limits.memory().to_string()), ("0".into(), "640Mi".into()));
        assert_eq!((pod.tags.labels.len(), pod.tags.annotations["prometheus.io/port"].as_str()), (1, "8080"));
        let Placement { spread, tolerations, node_selector, .. } = &*pod.placement.unwrap();
        assert!(spread[0].selects_siblings && node_selector.len() == 1 && tolerations.len() == 1);
    }

    #[test]
    fn nothing_that_may_be_secret_is_kept() {
        let all = serde_json::to_string(&extract(RECORDED, &KeptMetadata::default())).unwrap();
        for text in ["checkout-db", "LOG_LEVEL", "otel-collector", "serve", "checksum", "payments", "prometheus.io"] {
            assert!(RECORDED.contains(text) && !all.contains(text), "{text}");
        }
    }

    #[test]
    fn pods_of_one_workload_share_what_is_equal() {
        let keep = KeptMetadata { labels: vec!["team".to_owned()], annotations: Vec::new() };
        let (mut first, mut second) = (extract(RECORDED, &keep), extract(RECORDED, &keep));
        let mut other = extract(&RECORDED.replace("ReplicaSet", "Rollout"), &keep);
        let mut last = Pod::default();
        [&mut first, &mut second, &mut other].into_iter().for_each(|pod| pod.share(&mut last));
        let (owner, placement) = (second.owner.unwrap(), second.placement.unwrap());
        assert!(Arc::ptr_eq(&owner, &first.owner.unwrap()) && Arc::ptr_eq(&placement, &first.placement.unwrap()));
        assert!(Arc::ptr_eq(&second.containers, &first.containers) && Arc::ptr_eq(&second.tags, &first.tags));
        assert_eq!(other.owner.unwrap().kind, "Rollout", "its own");
        assert!(Arc::ptr_eq(&other.containers, &first.containers), "the rest is the same");
        assert_eq!(second.claims.capacity(), 0, "its volumes are none of the claims");
    }

    #[test]
    fn required_placement_rules_are_read() {
        let pod = extract(
            r#"{"metadata":{"name":"p","namespace":"n"},"spec":{"containers":[{"name":"c","ports":[{"containerPort":1},{"containerPort":2,"hostPort":2}]}],
                "topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"z","whenUnsatisfiable":"DoNotSchedule"},
                  {"maxSkew":2,"minDomains":3,"topologyKey":"z","whenUnsatisfiable":"DoNotSchedule","nodeAffinityPolicy":"Ignore","nodeTaintsPolicy":"Honor"},
                  {"maxSkew":1,"topologyKey":"y","whenUnsatisfiable":"ScheduleAnyway"}]}}"#,
            &KeptMetadata::default(),
        );
        let placement = pod.placement.unwrap();
        let policies: Vec<_> = placement.spread.iter().map(|s| (s.ignores_affinity, s.honors_taints)).collect();
        assert_eq!((policies.as_slice(), placement.host_ports), (&[(false, false), (true, true)][..], true));
    }

    #[test]
    fn fargate_sizes_resizes_and_volumes_are_read() {
        let pod = extract(
            r#"{"metadata":{"name":"p","namespace":"n","annotations":{"CapacityProvisioned":"0.5vCPU 1GB","x":"y"}},
                "spec":{"containers":[{"name":"c","resources":{"requests":{"cpu":"1"}}}],
                        "volumes":[{"name":"a","persistentVolumeClaim":{"claimName":"data"}},{"name":"b","ephemeral":{}},{"name":"c","emptyDir":{}}]},
                "status":{"phase":"Failed","conditions":[{"type":"PodResizePending","status":"True","reason":"Infeasible"}],
                  "containerStatuses":[{"name":"c","resources":{"requests":{"cpu":"500m"}},"allocatedResources":{"cpu":"500m"},
                    "state":{"terminated":{"finishedAt":"2026-11-01T00:00:00Z"}}}]}}"#,
            &KeptMetadata::default(),
        );
        assert_eq!(pod.fargate_size.as_deref(), Some("0.5vCPU 1GB"));
        assert_eq!(pod.claims, ["data", "p-b"]);
        assert!(pod.resize_infeasible && pod.is_terminated() && pod.finished.is_some());
        assert!(pod.containers[0].sizes.granted.is_some());
        let running = Pod { phase: PodPhase::Running, ..pod };
        assert_eq!(pod_requests(&running).cpu().to_string(), "500m");
    }
}
