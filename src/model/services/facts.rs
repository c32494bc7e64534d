//! The facts of every workload of a cluster.

use std::collections::BTreeMap;

use super::cold_start::{ColdStart, NoColdStart, cold_start};
use super::evidence::{Evidence, Source};
use super::kinds::kinds_of;
use super::runtime::{DetectedRuntime, RuntimeClues, detect_runtime};
use crate::model::cluster::{Container, ImageFacts, Owners, Pod, Snapshot, StartSeconds, WorkloadId, typical_pod};
use crate::model::software::{Kind, SoftwareSign};
use crate::model::usage::{History, RuntimeSign};

/// Facts about a workload's service other than its usage.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceFacts {
    /// Detected runtime.
    pub runtime: DetectedRuntime,
    /// Kinds of software that it belongs to, with the evidence for each; empty for most services.
    pub kinds: BTreeMap<Kind, Vec<Evidence>>,
    /// Size of its image, if a node lists it.
    pub image: Option<ImageFacts>,
    /// Cold start.
    pub cold_start: Result<ColdStart, NoColdStart>,
}

/// What a workload's processes report in metrics.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reported<'a> {
    /// Runtimes that its metrics report.
    pub runtimes: &'a [RuntimeSign],
    /// Frameworks and well-known software that its metrics report.
    pub software: &'a [SoftwareSign],
}

impl<'a> Reported<'a> {
    /// What the history of a period reports about every workload.
    pub fn in_history(history: &'a History) -> BTreeMap<WorkloadId, Self> {
        let one = |workload: &'a crate::model::usage::WorkloadHistory| {
            (workload.id.clone(), Self { runtimes: &workload.runtimes, software: &workload.software })
        };
        history.workloads.iter().map(one).collect()
    }
}

/// A runtime that an owner declares for workloads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeRule {
    /// Name of the runtime, for example `python-fastapi` or `go`.
    pub runtime: String,
    /// Workloads as `namespace/name` or `namespace/Kind/name`; `*` stands for any characters.
    pub workloads: Vec<String>,
}

/// The facts of every workload that has pods or metrics. The first rule that matches a workload applies.
pub fn service_facts(
    snapshot: &Snapshot,
    reported: &BTreeMap<WorkloadId, Reported<'_>>,
    rules: &[RuntimeRule],
) -> BTreeMap<WorkloadId, ServiceFacts> {
    let owners = Owners::new(&snapshot.workloads);
    let mut pods: BTreeMap<WorkloadId, Vec<&Pod>> = BTreeMap::new();
    for pod in &snapshot.pods {
        pods.entry(owners.workload(pod)).or_default().push(pod);
    }
    let labels = snapshot.workloads.iter().filter_map(|workload| {
        let kind = workload.kind.name().to_owned();
        let id = WorkloadId { namespace: workload.namespace.clone(), kind, name: workload.name.clone() };
        Some((id, workload.runtime.as_deref()?))
    });
    let labels: BTreeMap<WorkloadId, &str> = labels.collect();
    for id in reported.keys() {
        if !pods.contains_key(id) {
            pods.insert(id.clone(), Vec::new());
        }
    }
    let facts = pods.into_iter().map(|(id, pods)| {
        let rule = rules.iter().find(|rule| rule.workloads.iter().any(|pattern| id.is(pattern)));
        let on_pods = pods.iter().find_map(|pod| pod.service_container()?.runtime.as_deref());
        let label = labels.get(&id).copied().or(on_pods);
        let declared = rule.map(|rule| (Source::OwnersFile, rule.runtime.as_str()));
        let declared: Vec<_> = declared.into_iter().chain(label.map(|said| (Source::Label, said))).collect();
        let reported = reported.get(&id).copied().unwrap_or_default();
        let facts = of_workload(&id, &pods, &declared, reported, snapshot);
        (id, facts)
    });
    facts.collect()
}

fn of_workload(
    id: &WorkloadId,
    pods: &[&Pod],
    declared: &[(Source, &str)],
    reported: Reported<'_>,
    snapshot: &Snapshot,
) -> ServiceFacts {
    let usual = typical_pod(pods);
    let container = usual.and_then(|pod| pod.service_container());
    let clues = RuntimeClues {
        declared,
        runtimes: reported.runtimes,
        software: reported.software,
        image: container.map_or("", |container| &container.image),
        image_known: container.map_or(&[], |container| &container.image_known),
        programs: container.map_or(&[], |container| &container.programs),
    };
    ServiceFacts {
        runtime: detect_runtime(&clues),
        kinds: kinds_of(id, container, &clues),
        image: container.and_then(|container| snapshot.images.get(&container.image)).copied(),
        cold_start: container.map_or(Err(NoColdStart::NoPod), |container| start_of(container, pods)),
    }
}

/// Uses the pods that run the same image with the same probes.
fn start_of(container: &Container, pods: &[&Pod]) -> Result<ColdStart, NoColdStart> {
    let alike = |other: &Container| {
        (&other.image, other.readiness_probe, other.startup_probe)
            == (&container.image, container.readiness_probe, container.startup_probe)
    };
    let same = pods.iter().filter(|pod| pod.service_container().is_some_and(alike));
    let seconds: Vec<u16> = same.filter_map(|pod| pod.started_to_ready_seconds).map(StartSeconds::seconds).collect();
    cold_start(container, &seconds)
}

#[cfg(test)]
#[path = "facts_tests.rs"]
mod tests;
