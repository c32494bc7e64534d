use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::consolidation::{Consolidation, consolidation_of};
use super::past::decimal;
use super::{Costs, MachinePrices, Unpriced};
use crate::model::Finding;
use crate::model::cluster::{
    Autoscaler, ContainerRole, Owners, Pod, Resources, Sizes, Snapshot, pod_limits, pod_requests,
};
use crate::model::rightsizing::{Advice, NoAdvice, PodLimits, PodNow, PodRequest, advise};
use crate::model::room::Cluster;
use crate::model::usage::{Grid, History, Series, WorkloadHistory, WorkloadId};
use crate::units::{Hours, Money};

/// What a workload should request, or why nothing is said.
#[derive(Clone, Debug, PartialEq)]
pub struct Recommended {
    /// What its pods should request.
    pub advice: Result<Advice, NoAdvice>,
    /// What it would not have paid for in the period: a share of nodes, which somebody pays for as long as they are there.
    /// `None` where no price of its nodes is known.
    pub saving: Option<Money>,
}

/// What is saved if all pods request what is advised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rightsizing {
    /// Workloads whose requests should change.
    pub workloads: u64,
    /// What they would not have paid for in the period, less what those would have paid that should ask for more; `None`
    /// where no price of any of their nodes is known.
    pub share_saving: Option<Money>,
    /// The fewest nodes for the pods that run now, as they should be; `None` where it cannot be said.
    pub nodes: Option<Consolidation>,
}

/// Advice in the making: shares of what was paid for are known before what was paid.
pub(super) struct Suggested {
    advice: Result<Advice, NoAdvice>,
    /// Of what it claimed the parts that it would still claim.
    cpu: f64,
    memory: f64,
}

impl Suggested {
    /// With what was paid.
    pub(super) fn priced(self, costs: &Costs, unpriced: Unpriced) -> Recommended {
        let known = costs.known(unpriced);
        // Below zero where more is advised.
        let saving = known
            .cpu
            .zip(known.memory)
            .map(|(cpu, memory)| cpu + memory - cpu * decimal(self.cpu) - memory * decimal(self.memory));
        Recommended { advice: self.advice, saving }
    }
}

/// Of every workload of the history that has pods now.
pub(super) fn suggestions(history: &History, snapshot: &Snapshot) -> BTreeMap<WorkloadId, Suggested> {
    let owners = Owners::new(&snapshot.workloads);
    let mut pods: BTreeMap<WorkloadId, PodNow> = BTreeMap::new();
    for pod in snapshot.pods.iter().filter(|pod| !pod.is_over()) {
        let now = pod_now(pod);
        // While a new version comes in, the larger of the old and the new.
        let known = pods.entry(owners.workload(pod)).or_insert(now);
        if (now.request.cpu, now.request.memory) > (known.request.cpu, known.request.memory) {
            *known = now;
        }
    }
    let suggest = |workload: &WorkloadHistory| {
        let now = pods.get(&workload.id)?;
        let targets = |scaler: &&Autoscaler| {
            scaler.namespace == workload.id.namespace
                && scaler.target.kind == workload.id.kind
                && scaler.target.name == workload.id.name
        };
        let scalers: Vec<&Autoscaler> = snapshot.autoscalers.iter().filter(targets).collect();
        let usage = (&workload.summary(history.grid), workload.throttled);
        let advice = advise(&workload.id.kind, usage, now, &scalers);
        let (cpu, memory) = advice.as_ref().map_or((1.0, 1.0), |advice| still_claimed(workload, history.grid, advice));
        Some((workload.id.clone(), Suggested { advice, cpu, memory }))
    };
    history.workloads.iter().filter_map(suggest).collect()
}

/// A pod as it is, for what it should be.
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

/// Of the larger of request and use, hour by hour, the part that is left with the new request.
fn still_claimed(workload: &WorkloadHistory, grid: Grid, advice: &Advice) -> (f64, f64) {
    let part = |asked: &Series, used: &Series, factor: f64, then: f64| {
        let (mut now, mut later) = (0.0, 0.0);
        for (step, pods) in workload.pod_hours.iter() {
            let used = used.get(step).unwrap_or(0.0) * factor;
            now += asked.get(step).unwrap_or(0.0).max(used);
            later += (pods * then).max(used);
        }
        if now > 0.0 { later / now } else { 1.0 }
    };
    let changes = advice.request.cpu != advice.now.cpu;
    let cpu = part(&workload.requested_core_hours, &workload.cores, grid.step().hours(), advice.request.cpu.cores());
    let memory = part(&workload.requested_byte_hours, &workload.memory_byte_hours, 1.0, advice.request.memory.as_f64());
    (if changes { cpu } else { 1.0 }, if advice.request.memory == advice.now.memory { 1.0 } else { memory })
}

/// What all of it comes to; `None` where nothing should change.
pub(super) fn rightsizing<'a>(
    recommended: impl Iterator<Item = (&'a WorkloadId, &'a Recommended)>,
    snapshot: &Snapshot,
    hours: Hours,
    prices: &MachinePrices,
) -> Option<Rightsizing> {
    let mut share_saving: Option<Money> = None;
    let mut requests = BTreeMap::new();
    for (id, recommended) in recommended {
        if let Ok(advice) = &recommended.advice {
            if let Some(saving) = recommended.saving {
                share_saving = Some(share_saving.unwrap_or_default() + saving);
            }
            requests.insert(id.clone(), advice.request);
        }
    }
    if requests.is_empty() {
        return None;
    }
    // What the packer does not know was said of the pods as they are.
    let cluster = Cluster::with_requests(snapshot, &requests);
    let nodes = consolidation_of(&cluster, snapshot, hours, prices, &mut BTreeSet::<Finding>::new());
    Some(Rightsizing { workloads: u64::try_from(requests.len()).unwrap_or(u64::MAX), share_saving, nodes })
}
