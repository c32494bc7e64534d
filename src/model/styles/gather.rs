//! From a history, a snapshot and profiles to every running service in every style.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::back_test::BackTestSplit;
use super::facts::KnownWorkload;
use super::node_purchase::NodePurchase;
use super::plan::ClusterBasis;
use super::running::{Facts, RunningService, ServiceOptions};
use super::service_forecast::NextMonth;
use super::steps::largest_node;
use crate::model::cluster::{Owners, Pod, Snapshot, WorkloadId, typical_pod};
use crate::model::nodes::PodRequest;
use crate::model::runtime::RuntimeProfile;
use crate::model::services::ServiceFacts;
use crate::model::sizing::Policy;
use crate::model::software;
use crate::model::usage::{History, Series, WorkloadHistory};
use crate::units::MoneyPerHour;

/// Profiles and policy that services are compared under.
#[derive(Clone, Debug)]
pub struct Profiles {
    /// Every built-in profile, by name.
    pub shapes: BTreeMap<String, RuntimeProfile>,
    /// Name of the profile for the Python style.
    pub python: String,
    /// Name of the profile for the Go style.
    pub go: String,
    /// Sizing policy before the adjustments for each service.
    pub policy: Policy,
}

/// The input data: history, snapshot and results derived from them.
#[derive(Clone, Copy, Debug)]
pub struct Gathered<'a> {
    /// Usage in each step.
    pub history: &'a History,
    /// The current cluster.
    pub snapshot: &'a Snapshot,
    /// Recommended requests of pods, where they differ from the current ones.
    pub recommended_request: &'a BTreeMap<WorkloadId, PodRequest>,
    /// Runtimes, images and cold starts of the workloads.
    pub known: &'a BTreeMap<WorkloadId, ServiceFacts>,
    /// The month to forecast; `None` for no forecast.
    pub next: Option<NextMonth>,
    /// Where the window is split for the back-test; `None` if it is too short.
    pub cut: Option<BackTestSplit>,
}

/// Current pods of one workload.
pub(super) struct Pods<'a> {
    /// A typical pod of the workload.
    pub(super) one: &'a Pod,
    pub(super) count: u64,
    pub(super) zones: BTreeSet<&'a str>,
    /// Purchase option and architecture of most of their nodes.
    pub(super) bought: Option<NodePurchase>,
}

/// Data that is the same for all services.
pub(super) struct Common<'g, 'p> {
    pub(super) gathered: &'g Gathered<'g>,
    pub(super) profiles: &'p Profiles,
    pub(super) given: &'g ServiceOptions,
    /// Cores of the largest node.
    pub(super) largest_node: Option<f64>,
    /// Hours with data in each step.
    pub(super) known_hours: Series,
    /// Prices of a core-hour and a GiB-hour.
    pub(super) prices: (MoneyPerHour, MoneyPerHour),
}

/// Kinds whose pods run to completion: terminated pods are typical of future ones.
const BATCH: [&str; 3] = ["CronJob", "Job", "ScaledJob"];
/// Kinds without a controller that recreates the pods.
const NO_SERVICE: [&str; 2] = ["Node", "Pod"];

/// Every running service in every style: workloads with request metrics, a known runtime, or evidence of machine
/// learning or data processing, by namespace and name.
pub fn running_services(
    gathered: &Gathered<'_>,
    profiles: &Profiles,
    place: &ClusterBasis,
    given: &ServiceOptions,
) -> Vec<RunningService> {
    let pods = pods(gathered.snapshot);
    let share = &place.basis.share.price;
    let common = Common::new(gathered, profiles, given, (share.core_hour, share.gib_hour));
    let shown: Vec<_> =
        gathered.history.workloads.iter().filter_map(|workload| as_service(workload, &pods, &common)).collect();
    // Services do not affect each other, and planning them takes longer than anything else in a report. Each core takes
    // the next one when it is free, since some take many times as long as others.
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let plan = || -> Vec<(usize, RunningService)> {
        let free = std::iter::from_fn(|| {
            let index = next.fetch_add(1, Ordering::Relaxed);
            Some((index, RunningService::new(shown.get(index)?.facts(&common), place, given)))
        });
        free.collect()
    };
    let mut planned: Vec<(usize, RunningService)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores.min(shown.len())).map(|_| scope.spawn(plan)).collect();
        threads.into_iter().flat_map(joined).collect()
    });
    planned.sort_unstable_by_key(|(index, _)| *index);
    planned.into_iter().map(|(_, service)| service).collect()
}

/// What a thread returned; a panic in it goes on in this one.
fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// A workload with what is known about it, if it is shown as a service.
fn as_service<'a>(
    workload: &'a WorkloadHistory,
    pods: &'a BTreeMap<WorkloadId, Pods<'_>>,
    common: &Common<'a, '_>,
) -> Option<KnownWorkload<'a>> {
    let known = common.gathered.known.get(&workload.id)?;
    let kinds = [software::Kind::MachineLearning, software::Kind::Etl];
    let of_a_kind = kinds.iter().any(|kind| known.kinds.contains_key(kind));
    let tells = workload.requests_from.is_some() || known.runtime.language.is_some() || of_a_kind;
    let service = tells && !NO_SERVICE.contains(&workload.id.kind.as_str());
    service.then_some(KnownWorkload { workload, pods: pods.get(&workload.id)?, known })
}

/// Facts about one service before planning; `None` if it has no pods or no known usage.
pub fn running_service<'a>(
    id: &WorkloadId,
    gathered: &Gathered<'_>,
    profiles: &'a Profiles,
    given: &ServiceOptions,
) -> Option<Facts<'a>> {
    let workload = gathered.history.workloads.iter().find(|workload| workload.id == *id)?;
    let all = pods(gathered.snapshot);
    let (pods, known) = (all.get(id)?, gathered.known.get(id)?);
    // Prices are only needed for the back-test, which is not used here.
    let common = Common::new(gathered, profiles, given, (MoneyPerHour::default(), MoneyPerHour::default()));
    Some(KnownWorkload { workload, pods, known }.facts(&common))
}

impl<'g, 'p> Common<'g, 'p> {
    fn new(
        gathered: &'g Gathered<'g>,
        profiles: &'p Profiles,
        given: &'g ServiceOptions,
        prices: (MoneyPerHour, MoneyPerHour),
    ) -> Self {
        Self {
            gathered,
            profiles,
            given,
            largest_node: largest_node(gathered.snapshot),
            known_hours: gathered.history.known_hours(),
            prices,
        }
    }
}

fn pods<'a>(snapshot: &'a Snapshot) -> BTreeMap<WorkloadId, Pods<'a>> {
    let owners = Owners::new(&snapshot.workloads);
    let zones = snapshot.nodes.iter().filter_map(|node| Some((node.name.as_str(), node.machine.zone.as_deref()?)));
    let zones: BTreeMap<&str, &'a str> = zones.collect();
    let bought: BTreeMap<&str, NodePurchase> =
        snapshot.nodes.iter().map(|node| (node.name.as_str(), NodePurchase::of(node))).collect();
    let mut all: BTreeMap<WorkloadId, Vec<&'a Pod>> = BTreeMap::new();
    for pod in &snapshot.pods {
        let id = owners.workload(pod);
        if !pod.is_terminated() || BATCH.contains(&id.kind.as_str()) {
            all.entry(id).or_default().push(pod);
        }
    }
    let together = |(id, pods): (WorkloadId, Vec<&'a Pod>)| {
        let nodes = || pods.iter().filter_map(|pod| pod.node.as_deref());
        let mut ways: BTreeMap<NodePurchase, usize> = BTreeMap::new();
        nodes().filter_map(|node| bought.get(node)).for_each(|way| *ways.entry(*way).or_default() += 1);
        let most = ways.into_iter().max_by_key(|(way, count)| (*count, std::cmp::Reverse(*way)));
        let one = typical_pod(&pods)?;
        let zones = nodes().filter_map(|node| zones.get(node).copied()).collect();
        let count = u64::try_from(pods.len()).unwrap_or(u64::MAX);
        Some((id, Pods { one, count, zones, bought: most.map(|(way, _)| way) }))
    };
    all.into_iter().filter_map(together).collect()
}
