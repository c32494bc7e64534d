//! Where the texts of one workload's pods differ, and what that decides.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::meta::Keep;
use super::pod::reads_annotation;

/// What stands at a place where pods differ.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Name,
    Node,
    Created,
    /// The list of managed fields, without its brackets.
    Managed,
    /// Not kept, but a text that is no time is refused.
    Time,
    Ignored,
}

/// A text with its quotation marks, or a list; what is escaped or no text is compared like the rest.
type Text<'a> = Option<&'a RawValue>;

/// Where pods of one workload differ.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Places<'a> {
    #[serde(borrow)]
    metadata: InMetadata<'a>,
    spec: InSpec<'a>,
    status: InStatus<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct InMetadata<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    uid: Text<'a>,
    resource_version: Text<'a>,
    creation_timestamp: Text<'a>,
    /// Networks write addresses there.
    annotations: BTreeMap<&'a str, &'a RawValue>,
    managed_fields: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct InSpec<'a> {
    #[serde(borrow)]
    node_name: Text<'a>,
    volumes: Vec<InVolume<'a>>,
    init_containers: Vec<InContainer<'a>>,
    containers: Vec<InContainer<'a>>,
}

/// Every pod has a token, in a volume with a name of its own.
#[derive(Default, Deserialize)]
#[serde(default)]
struct InVolume<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    ephemeral: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct InContainer<'a> {
    #[serde(borrow)]
    volume_mounts: Vec<InMount<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct InMount<'a> {
    #[serde(borrow)]
    name: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct InStatus<'a> {
    #[serde(borrow)]
    conditions: Vec<InCondition<'a>>,
    #[serde(rename = "hostIP")]
    host_ip: Text<'a>,
    #[serde(rename = "hostIPs")]
    host_ips: Vec<Address<'a>>,
    #[serde(rename = "podIP")]
    pod_ip: Text<'a>,
    #[serde(rename = "podIPs")]
    pod_ips: Vec<Address<'a>>,
    start_time: Text<'a>,
    init_container_statuses: Vec<InContainerStatus<'a>>,
    container_statuses: Vec<InContainerStatus<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct InCondition<'a> {
    #[serde(borrow)]
    last_probe_time: Text<'a>,
    last_transition_time: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Address<'a> {
    #[serde(borrow)]
    ip: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct InContainerStatus<'a> {
    #[serde(borrow, rename = "containerID")]
    container_id: Text<'a>,
    state: InState<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct InState<'a> {
    #[serde(borrow)]
    running: Option<InRun<'a>>,
    terminated: Option<InRun<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct InRun<'a> {
    #[serde(borrow, rename = "containerID")]
    container_id: Text<'a>,
    started_at: Text<'a>,
    finished_at: Text<'a>,
}

impl<'a> Places<'a> {
    /// `None` for a pod that has claims that are named by it.
    pub(super) fn list(self, keep: &Keep) -> Option<Vec<(Place, &'a RawValue)>> {
        let Self { metadata, spec, status } = self;
        if spec.volumes.iter().any(|volume| volume.ephemeral.is_some()) {
            return None;
        }
        let mut list = Vec::with_capacity(64);
        let mut add = |place, text: Text<'a>| list.extend(text.map(|text| (place, text)));
        add(Place::Name, metadata.name);
        add(Place::Node, spec.node_name);
        add(Place::Created, metadata.creation_timestamp);
        add(Place::Managed, metadata.managed_fields);
        add(Place::Ignored, metadata.uid);
        add(Place::Ignored, metadata.resource_version);
        for (key, value) in metadata.annotations {
            if !reads_annotation(key, keep) {
                add(Place::Ignored, Some(value));
            }
        }
        for volume in spec.volumes {
            add(Place::Ignored, volume.name);
        }
        for mount in spec.init_containers.into_iter().chain(spec.containers).flat_map(|c| c.volume_mounts) {
            add(Place::Ignored, mount.name);
        }
        for condition in status.conditions {
            add(Place::Ignored, condition.last_probe_time);
            add(Place::Ignored, condition.last_transition_time);
        }
        add(Place::Ignored, status.host_ip);
        add(Place::Ignored, status.pod_ip);
        add(Place::Ignored, status.start_time);
        for address in status.host_ips.into_iter().chain(status.pod_ips) {
            add(Place::Ignored, address.ip);
        }
        // When a main container ended is kept.
        let init = status.init_container_statuses.into_iter().map(|container| (container, true));
        let main = status.container_statuses.into_iter().map(|container| (container, false));
        for (InContainerStatus { container_id, state }, init) in init.chain(main) {
            add(Place::Ignored, container_id);
            for run in state.running.into_iter().chain(state.terminated) {
                add(Place::Ignored, run.container_id);
                add(Place::Ignored, run.started_at);
                add(Place::Time, run.finished_at.filter(|_| init));
            }
        }
        Some(list)
    }
}
