//! Extracts containers from the spec and status of a pod.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::model::cluster::{Container, ContainerRole, Granted, Probe, Resources, Sizes};
use crate::model::software::{Argument, programs};
use crate::units::Timestamp;

/// Environment variables are not read, and of command and arguments only the known programs that they name: they may
/// contain secrets.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawContainer {
    pub(super) name: String,
    pub(super) image: String,
    pub(super) resources: RawResources,
    pub(super) restart_policy: String,
    pub(super) ports: Vec<RawPort>,
    command: Words,
    args: Words,
    readiness_probe: Option<RawProbe>,
    startup_probe: Option<RawProbe>,
}

/// The defaults are those of the API server, which writes them into every probe.
#[derive(Debug, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawProbe {
    period_seconds: u32,
    initial_delay_seconds: u32,
    success_threshold: u32,
}

impl Default for RawProbe {
    fn default() -> Self {
        Self { period_seconds: 10, initial_delay_seconds: 0, success_threshold: 1 }
    }
}

/// A command or its arguments, each discarded as soon as it is classified.
#[derive(Debug, Default)]
struct Words(Vec<Argument>);

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word(Argument);
        impl<'de> Deserialize<'de> for Word {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Cow::<str>::deserialize(deserializer).map(|text| Self(Argument::new(&text)))
            }
        }
        let words: Option<Vec<Word>> = Option::deserialize(deserializer)?;
        Ok(Self(words.unwrap_or_default().into_iter().map(|word| word.0).collect()))
    }
}

/// With `hostNetwork`, the API server makes every port a host port.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawPort {
    pub(super) host_port: u16,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawResources {
    pub(super) requests: Resources,
    pub(super) limits: Resources,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawContainerStatus {
    pub(super) name: String,
    #[serde(rename = "imageID")]
    pub(super) image_id: String,
    pub(super) restart_count: u32,
    pub(super) resources: Option<RawResources>,
    pub(super) allocated_resources: Resources,
    pub(super) state: RawState,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawState {
    pub(super) running: Option<RawRunning>,
    pub(super) terminated: Option<RawTerminated>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawRunning {
    /// Not parsed until it is needed.
    pub(super) started_at: Option<Box<RawValue>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawTerminated {
    pub(super) finished_at: Option<Timestamp>,
}

pub(super) fn container(raw: RawContainer, role: ContainerRole, statuses: &mut [RawContainerStatus]) -> Container {
    let status = statuses.iter_mut().find(|status| status.name == raw.name);
    let (actuated, allocated) =
        status.map(|s| (s.resources.take(), std::mem::take(&mut s.allocated_resources))).unwrap_or_default();
    let mut arguments = raw.command.0;
    arguments.extend(raw.args.0);
    let probe = |probe: RawProbe| Probe {
        period_seconds: probe.period_seconds,
        initial_delay_seconds: probe.initial_delay_seconds,
        success_threshold: probe.success_threshold,
    };
    Container {
        name: raw.name,
        image: raw.image,
        role,
        sizes: sizes(raw.resources, actuated, allocated),
        programs: programs(&arguments).iter().map(|known| known.name.to_owned()).collect(),
        runtime: None,
        image_known: Vec::new(),
        readiness_probe: raw.readiness_probe.map(probe),
        startup_probe: raw.startup_probe.map(probe),
    }
}

/// What was granted is only kept if it differs from the spec.
pub(super) fn sizes(asked: RawResources, actuated: Option<RawResources>, allocated: Resources) -> Sizes {
    let granted = actuated.map(|actuated| Granted { actuated: actuated.requests, allocated, limits: actuated.limits });
    let granted = granted.filter(|granted| {
        granted.actuated != asked.requests
            || (granted.allocated != asked.requests && !granted.allocated.is_empty())
            || granted.limits != asked.limits
    });
    Sizes { requests: asked.requests, limits: asked.limits, granted: granted.map(Box::new) }
}
