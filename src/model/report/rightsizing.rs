//! Recommended requests of each workload's pods, and the resulting savings.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::consolidation::{Consolidation, consolidation_of};
use super::history::decimal;
use super::ledger::Ledger;
use super::{KnownCosts, WorkloadUsage};
use crate::model::cluster::{
    Autoscaler, ContainerRole, Owners, Pod, Resources, Sizes, Snapshot, WorkloadId, pod_limits, pod_requests,
    typical_pod,
};
use crate::model::finding::Finding;
use crate::model::nodes::PodRequest;
use crate::model::packing::capacity::Cluster;
use crate::model::pricing::MachinePrices;
use crate::model::rightsizing::{NoRecommendation, PodLimits, PodNow, Recommendation, recommend};
use crate::model::usage::{Grid, History, Series, WorkloadHistory};
use crate::units::{Hours, Money};

/// Recommended requests of a workload, or why there is no recommendation.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommended {
    /// The recommendation, or why there is none.
    pub outcome: Result<Recommendation, NoRecommendation>,
    /// The amount by which its cost in the period would have been lower. Node cost only falls if nodes are removed;
    /// otherwise the saving becomes idle. `None` if no price of its nodes is known.
    pub saving: Option<Money>,
}

/// Savings if all pods use the recommended requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rightsizing {
    /// Workloads whose requests should change.
    pub workloads: u64,
    /// Sum of the savings of these workloads in the period, less the additional cost of those that should request
    /// more; `None` if no price of any of their nodes is known.
    pub share_saving: Option<Money>,
    /// The cheapest set of nodes found for the current pods with the recommended requests; `None` if they cannot be
    /// determined.
    pub nodes: Option<Consolidation>,
}

/// Recommendations for every workload of the history that has pods now; the ledger of that history gives their cost.
pub(super) fn recommendations(
    history: &History,
    snapshot: &Snapshot,
    usages: &BTreeMap<WorkloadId, WorkloadUsage>,
    ledger: &Ledger,
) -> BTreeMap<WorkloadId, Recommended> {
    let pods = pods_now(snapshot);
    let recommend_for = |workload: &WorkloadHistory| {
        let usage = usages.get(&workload.id)?;
        let now = pods.get(&workload.id)?;
        let scalers: Vec<&Autoscaler> =
            snapshot.autoscalers.iter().filter(|scaler| scaler.scales(&workload.id)).collect();
        let outcome = recommend(&workload.id.kind, (&usage.summary, usage.throttled), now, &scalers);
        let claimed =
            outcome.as_ref().map_or((1.0, 1.0), |recommendation| still_claimed(workload, history.grid, recommendation));
        let saving = saving(ledger.known_costs(&workload.id), claimed);
        Some((workload.id.clone(), Recommended { outcome, saving }))
    };
    history.workloads.iter().filter_map(recommend_for).collect()
}

/// Recommended request of the pods of one workload, all containers together; `None` if no change is recommended.
pub fn recommended_request(workload: &WorkloadHistory, grid: Grid, snapshot: &Snapshot) -> Option<PodRequest> {
    let scalers: Vec<&Autoscaler> = snapshot.autoscalers.iter().filter(|scaler| scaler.scales(&workload.id)).collect();
    let usage = (&workload.summary(grid), workload.throttled);
    let now = pods_now(snapshot).remove(&workload.id)?;
    Some(recommend(&workload.id.kind, usage, &now, &scalers).ok()?.request)
}

/// A typical current pod of each workload.
fn pods_now(snapshot: &Snapshot) -> BTreeMap<WorkloadId, PodNow> {
    let owners = Owners::new(&snapshot.workloads);
    let mut all: BTreeMap<WorkloadId, Vec<&Pod>> = BTreeMap::new();
    for pod in snapshot.pods.iter().filter(|pod| !pod.is_terminated()) {
        all.entry(owners.workload(pod)).or_default().push(pod);
    }
    all.into_iter().filter_map(|(id, pods)| Some((id, pod_now(typical_pod(&pods)?)))).collect()
}

/// Requests, limits and fixed parts of a current pod, as the input of a recommendation.
fn pod_now(pod: &Pod) -> PodNow {
    let request = |resources: &Resources| PodRequest { cpu: resources.cpu(), memory: resources.memory() };
    let serving = || pod.containers.iter().filter(|container| container.role != ContainerRole::Init);
    let limited = |name: &str| match &pod.whole {
        Some(whole) if whole.limits.get(name).is_some() => true,
        _ => serving().all(|container| container.sizes.limits.get(name).is_some()),
    };
    let limits = pod_limits(pod);
    let mut bare = pod.clone();
    bare.whole = None;
    for container in Arc::make_mut(&mut bare.containers).iter_mut().filter(|c| c.role != ContainerRole::Init) {
        container.sizes = Sizes::default();
    }
    PodNow {
        request: request(&pod_requests(pod)),
        limits: PodLimits {
            cpu: limited("cpu").then(|| limits.cpu()),
            memory: limited("memory").then(|| limits.memory()),
        },
        floor: request(&pod_requests(&bare)),
        overhead: request(&pod.overhead),
    }
}

/// The saving if only these shares of the claimed CPU and memory had been claimed; negative if more is recommended.
fn saving(paid: KnownCosts, (cpu_part, memory_part): (f64, f64)) -> Option<Money> {
    let (cpu, memory) = paid.cpu.zip(paid.memory)?;
    Some(cpu + memory - cpu * decimal(cpu_part) - memory * decimal(memory_part))
}

/// The share of the claim (the larger of request and usage, hour by hour) that remains with the recommended request.
fn still_claimed(workload: &WorkloadHistory, grid: Grid, recommendation: &Recommendation) -> (f64, f64) {
    let part = |asked: &Series, used: &Series, factor: f64, then: f64| {
        let (mut now, mut later) = (0.0, 0.0);
        for (step, pods) in workload.pod_hours.iter() {
            let used = used.get(step).unwrap_or(0.0) * factor;
            now += asked.get(step).unwrap_or(0.0).max(used);
            later += (pods * then).max(used);
        }
        if now > 0.0 { later / now } else { 1.0 }
    };
    let changes = recommendation.request.cpu != recommendation.now.cpu;
    let cpu =
        part(&workload.requested_core_hours, &workload.cores, grid.step().hours(), recommendation.request.cpu.cores());
    let memory =
        part(&workload.requested_byte_hours, &workload.memory_byte_hours, 1.0, recommendation.request.memory.as_f64());
    (
        if changes { cpu } else { 1.0 },
        if recommendation.request.memory == recommendation.now.memory { 1.0 } else { memory },
    )
}

/// Total over all recommendations; `None` if nothing should change.
pub(super) fn rightsizing<'a>(
    recommended: impl Iterator<Item = (&'a WorkloadId, &'a Recommended)>,
    snapshot: &Snapshot,
    hours: Hours,
    prices: &MachinePrices,
) -> Option<Rightsizing> {
    let mut share_saving: Option<Money> = None;
    let mut requests = BTreeMap::new();
    for (id, recommended) in recommended {
        if let Ok(recommendation) = &recommended.outcome {
            if let Some(saving) = recommended.saving {
                share_saving = Some(share_saving.unwrap_or_default() + saving);
            }
            requests.insert(id.clone(), recommendation.request);
        }
    }
    if requests.is_empty() {
        return None;
    }
    // The findings about what the packer does not model were already added for the current requests.
    let cluster = Cluster::with_requests(snapshot, &requests);
    let nodes = consolidation_of(&cluster, snapshot, hours, prices, &mut BTreeSet::<Finding>::new());
    Some(Rightsizing { workloads: u64::try_from(requests.len()).unwrap_or(u64::MAX), share_saving, nodes })
}
