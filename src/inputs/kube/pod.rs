use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::meta::{Keep, Meta};
use super::node::{ConditionKind, RawCondition, Word};
use super::page::or_default;
use super::placement::{RawAffinity, RawSpread, RawToleration, extract_placement};
use crate::model::cluster::{Container, ContainerRole, Granted, Pod, PodPhase, Resources, Sizes};
use crate::units::Timestamp;

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

/// Neither environment nor arguments: they may hold secrets.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawContainer {
    name: String,
    image: String,
    resources: RawResources,
    restart_policy: String,
    ports: Vec<RawPort>,
}

/// With the host's network the API server makes every port one of the host.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawPort {
    host_port: u16,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawResources {
    requests: Resources,
    limits: Resources,
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
    conditions: Vec<RawCondition>,
    container_statuses: Vec<RawContainerStatus>,
    init_container_statuses: Vec<RawContainerStatus>,
    resources: Option<RawResources>,
    allocated_resources: Resources,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawContainerStatus {
    name: String,
    resources: Option<RawResources>,
    allocated_resources: Resources,
    state: RawState,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RawState {
    terminated: Option<RawTerminated>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RawTerminated {
    finished_at: Option<Timestamp>,
}

/// What Fargate writes on its pods: the size it has picked and bills.
const FARGATE_SIZE: &str = "CapacityProvisioned";

/// Whether what is kept of a pod depends on this annotation.
pub(super) fn reads_annotation(key: &str, keep: &Keep) -> bool {
    key == FARGATE_SIZE || keep.annotations.iter().any(|kept| kept == key)
}

pub(super) fn extract_pod(raw: RawPod, keep: &Keep) -> Pod {
    let RawPod { mut metadata, spec, mut status } = raw;
    let phase = match status.phase.as_str() {
        "Succeeded" => PodPhase::Succeeded,
        "Failed" => PodPhase::Failed,
        "Pending" | "" => PodPhase::Pending,
        // `Unknown` is a node that is out of reach: its pods still hold their requests.
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
    let claims =
        spec.volumes.into_iter().filter_map(|volume| match (volume.persistent_volume_claim, volume.ephemeral) {
            (Some(claim), _) => Some(claim.claim_name),
            // Kubernetes names the claim of a generic ephemeral volume so.
            (None, Some(_)) => Some(format!("{}-{}", metadata.name, volume.name)),
            (None, None) => None,
        });
    Pod {
        claims: claims.collect(),
        placement: extract_placement(
            &metadata.namespace,
            || metadata.labels(),
            spec.node_selector,
            spec.affinity.unwrap_or_default(),
            spec.tolerations,
            spec.topology_spread_constraints,
            host_ports,
        ),
        tags: keep.tags(&metadata),
        fargate_size: metadata.annotation(FARGATE_SIZE),
        owner: metadata.take_owner(),
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
        // The first condition of the type decides, as in the scheduler.
        resize_infeasible: status
            .conditions
            .iter()
            .find(|c| c.kind == ConditionKind::PodResizePending)
            .is_some_and(|c| c.reason == Word::Infeasible),
    }
}

fn container(raw: RawContainer, role: ContainerRole, statuses: &mut [RawContainerStatus]) -> Container {
    let status = statuses.iter_mut().find(|status| status.name == raw.name);
    let (actuated, allocated) =
        status.map(|s| (s.resources.take(), std::mem::take(&mut s.allocated_resources))).unwrap_or_default();
    Container { name: raw.name, image: raw.image, role, sizes: sizes(raw.resources, actuated, allocated) }
}

/// What was granted is kept only where it says something that the spec does not.
fn sizes(asked: RawResources, actuated: Option<RawResources>, allocated: Resources) -> Sizes {
    let granted = actuated.map(|actuated| Granted { actuated: actuated.requests, allocated, limits: actuated.limits });
    let granted = granted.filter(|granted| {
        granted.actuated != asked.requests
            || (granted.allocated != asked.requests && !granted.allocated.is_empty())
            || granted.limits != asked.limits
    });
    Sizes { requests: asked.requests, limits: asked.limits, granted: granted.map(Box::new) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cluster::{Placement, pod_limits, pod_requests};

    fn extract(text: &str, keep: &Keep) -> Pod {
        extract_pod(serde_json::from_str(text).unwrap(), keep)
    }

    /// As API server 1.36 gives it.
    const RECORDED: &str = include_str!("../../../fixtures/kube/pod.json");

    #[test]
    fn recorded() {
        let keep = Keep { labels: vec!["team".to_owned()], annotations: vec!["prometheus.io/port".to_owned()] };
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
        let all = serde_json::to_string(&extract(RECORDED, &Keep::default())).unwrap();
        for text in ["checkout-db", "LOG_LEVEL", "otel-collector", "serve", "checksum", "payments", "prometheus.io"] {
            assert!(RECORDED.contains(text) && !all.contains(text), "{text}");
        }
    }

    #[test]
    fn strict_rules_of_placement() {
        let pod = extract(
            r#"{"metadata":{"name":"p","namespace":"n"},"spec":{"containers":[{"name":"c","ports":[{"containerPort":1},{"containerPort":2,"hostPort":2}]}],
                "topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"z","whenUnsatisfiable":"DoNotSchedule"},
                  {"maxSkew":2,"minDomains":3,"topologyKey":"z","whenUnsatisfiable":"DoNotSchedule","nodeAffinityPolicy":"Ignore","nodeTaintsPolicy":"Honor"},
                  {"maxSkew":1,"topologyKey":"y","whenUnsatisfiable":"ScheduleAnyway"}]}}"#,
            &Keep::default(),
        );
        let placement = pod.placement.unwrap();
        let policies: Vec<_> = placement.spread.iter().map(|s| (s.ignores_affinity, s.honors_taints)).collect();
        assert_eq!((policies.as_slice(), placement.host_ports), (&[(false, false), (true, true)][..], true));
    }

    #[test]
    fn fargate_resize_and_volumes() {
        let pod = extract(
            r#"{"metadata":{"name":"p","namespace":"n","annotations":{"CapacityProvisioned":"0.5vCPU 1GB","x":"y"}},
                "spec":{"containers":[{"name":"c","resources":{"requests":{"cpu":"1"}}}],
                        "volumes":[{"name":"a","persistentVolumeClaim":{"claimName":"data"}},{"name":"b","ephemeral":{}},{"name":"c","emptyDir":{}}]},
                "status":{"phase":"Failed","conditions":[{"type":"PodResizePending","status":"True","reason":"Infeasible"}],
                  "containerStatuses":[{"name":"c","resources":{"requests":{"cpu":"500m"}},"allocatedResources":{"cpu":"500m"},
                    "state":{"terminated":{"finishedAt":"2026-11-01T00:00:00Z"}}}]}}"#,
            &Keep::default(),
        );
        assert_eq!(pod.fargate_size.as_deref(), Some("0.5vCPU 1GB"));
        assert_eq!(pod.claims, ["data", "p-b"]);
        assert!(pod.resize_infeasible && pod.is_over() && pod.finished.is_some());
        assert!(pod.containers[0].sizes.granted.is_some());
        let running = Pod { phase: PodPhase::Running, ..pod };
        assert_eq!(pod_requests(&running).cpu().to_string(), "500m");
    }
}
