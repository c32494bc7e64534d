//! From a history, a snapshot and profiles to every running service in every style.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::back_test::{BackTestSplit, ServiceBackTest};
use super::demand::Demand;
use super::learned::{Learned, OtherContainers};
use super::learning::Learning;
use super::node_purchase::NodePurchase;
use super::plan::ClusterBasis;
use super::running::{Facts, KindEvidence, RunningService, ServiceOptions};
use super::service_forecast::{Expected, NextMonth};
use crate::model::calibration::{Busy, Calibration, ResponseTimes, Step};
use crate::model::cluster::{
    Autoscaler, ContainerRole, MetricKind, MetricTarget, Owners, Pod, Snapshot, WorkloadId, pod_requests, typical_pod,
};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::PodRequest;
use crate::model::runtime::{PodResources, RuntimeProfile};
use crate::model::services::ServiceFacts;
use crate::model::sizing::{LoadCurve, Policy, Zones};
use crate::model::software;
use crate::model::uncertainty::Interval;
use crate::model::usage::{Grid, History, Series, WorkloadHistory};
use crate::units::{Bytes, CpuMillis, MoneyPerHour, Utilization};

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
struct Pods<'a> {
    /// A typical pod of the workload.
    one: &'a Pod,
    count: u64,
    zones: BTreeSet<&'a str>,
    /// Purchase option and architecture of most of their nodes.
    bought: Option<NodePurchase>,
}

/// Data that is the same for all services.
struct Common<'g, 'p> {
    gathered: &'g Gathered<'g>,
    profiles: &'p Profiles,
    given: &'g ServiceOptions,
    /// Cores of the largest node.
    largest_node: Option<f64>,
    /// Hours with data in each step.
    known_hours: Series,
    /// Prices of a core-hour and a GiB-hour.
    prices: (MoneyPerHour, MoneyPerHour),
}

/// Share of the mean response time from which on CPU time is considered dominant.
const MOSTLY: f64 = 0.5;
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
    let mut services = Vec::new();
    for workload in &gathered.history.workloads {
        let (Some(pods), Some(known)) = (pods.get(&workload.id), gathered.known.get(&workload.id)) else { continue };
        let kinds = [software::Kind::MachineLearning, software::Kind::Etl];
        let of_a_kind = kinds.iter().any(|kind| known.kinds.contains_key(kind));
        let tells = workload.requests_from.is_some() || known.runtime.language.is_some() || of_a_kind;
        if !tells || NO_SERVICE.contains(&workload.id.kind.as_str()) {
            continue;
        }
        let facts = facts(workload, pods, known, &common);
        services.push(RunningService::new(facts, place, given));
    }
    services
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
    Some(facts(workload, pods, known, &common))
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

/// Cores of the largest node.
pub(super) fn largest_node(snapshot: &Snapshot) -> Option<f64> {
    let cores = snapshot.nodes.iter().map(|node| node.capacity.cpu().cores());
    cores.reduce(f64::max).filter(|cores| *cores > 0.0)
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

fn facts<'a>(workload: &WorkloadHistory, pods: &Pods<'_>, known: &ServiceFacts, common: &Common<'_, 'a>) -> Facts<'a> {
    let Common { gathered, profiles, given, largest_node, .. } = *common;
    let grid = gathered.history.grid;
    let mut findings = Vec::new();
    let requests = pod_requests(pods.one);
    let request = PodRequest { cpu: requests.cpu(), memory: requests.memory() };
    let spread = workload.summary(grid).requests_per_second;
    let demand = Demand::of(workload, &spread).ok_or_else(|| "it has no request counter".to_owned());
    let steps = steps(workload, grid, pods.one, largest_node);
    let busy = demand.as_ref().ok().map(|demand| Busy { rate: demand.busy.mid(), pods: busy_pods(&steps) });
    let learning = Learning::of(&steps, busy);
    if let (Err(why), Some(observed)) = (&learning.calibration, &learning.observed) {
        let steps = if observed.points == 1 { "one step".to_owned() } else { format!("{} steps", observed.points) };
        let message = format!(
            "{why}; it is planned from what {steps} near its busy demand used: a single point, which says nothing about quieter or much busier hours"
        );
        findings.push(Finding::warning(Code::CalibrationSinglePoint, workload.id.to_string(), message));
    }
    let other_containers = other_containers(pods.one, workload);
    let processes = processes(workload, request);
    let shape = shape_of(known, profiles);
    let learned = learning.learned(known, &steps, busy).and_then(|learned| {
        let shape = shape?;
        let scv = learning.calibration.as_ref().ok().and_then(|calibration| times(workload, calibration, shape));
        Ok((shape, Learned { service_scv: scv, ..learned }))
    });
    let mut other = learned.as_ref().map_err(String::clone).and_then(|(shape, learned)| {
        let name = if shape.language == "go" { &profiles.python } else { &profiles.go };
        let other = profiles.shapes.get(name).ok_or_else(|| format!("there is no profile {name}"))?;
        learned.under(shape, other, (processes, other_containers), None)
    });
    if let Ok(other) = &mut other {
        findings.append(&mut other.profile.values.findings);
    }
    let autoscaler = gathered.snapshot.autoscalers.iter().find(|scaler| scaler.scales(&workload.id));
    let (hours, average) = (grid.step().hours(), workload.pod_hours.sum());
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 steps")]
    let steps_with_pods = workload.pod_hours.count() as f64;
    let average = if steps_with_pods > 0.0 { average / (steps_with_pods * hours) } else { 0.0 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pods")]
    let at_busy = busy.map_or(pods.count, |busy| (busy.pods.round() as u64).max(1));
    Facts {
        id: workload.id.clone(),
        pods: (at_busy, Decimal::try_from(average).unwrap_or_default()),
        request,
        right_sized: gathered.recommended_request.get(&workload.id).copied(),
        known: known.clone(),
        load: autoscaler.map_or_else(LoadCurve::flat, |_| own_hours(workload, grid)),
        policy: policy(&profiles.policy, pods, autoscaler, given),
        signs: signs(known),
        processes: Some(processes),
        demand,
        learning,
        learned,
        other,
        other_containers,
        bought: pods.bought,
        most_pods: autoscaler.map_or(pods.count, |scaler| u64::from(scaler.max_replicas)),
        expected: match gathered.next {
            Some(next) => Expected::of(workload, grid, &common.known_hours, next),
            None => Err("a single point in time gives no forecast".to_owned()),
        },
        tested: gathered.cut.map_or_else(ServiceBackTest::default, |cut| {
            ServiceBackTest::of((workload, &steps), (grid, &common.known_hours), cut, common.prices)
        }),
        findings,
    }
}

/// Data of each step for the service's own container.
pub(super) fn steps(workload: &WorkloadHistory, grid: Grid, pod: &Pod, largest_node: Option<f64>) -> Vec<Step> {
    let limit = pod.service_container().map(|container| container.sizes.limits.cpu().cores());
    let most = limit.filter(|limit| *limit > 0.0).or(largest_node);
    let hours = grid.step().hours();
    (0..grid.len())
        .map(|index| {
            let pod_hours = workload.pod_hours.get(index).unwrap_or(0.0);
            let sidecars = workload.cores_of_sidecars.get(index).unwrap_or(0.0);
            Step {
                seconds: grid.step().as_f64(),
                pods: pod_hours / hours,
                requests_per_second: workload.requests_per_second.get(index),
                cores: workload.cores.get(index).map(|cores| cores - sidecars),
                throttled: workload.throttled_share.get(index),
                memory: workload.memory_byte_hours.get(index).filter(|_| pod_hours > 0.0).map(|held| held / pod_hours),
                cores_per_pod_at_most: most,
                ..Step::default()
            }
        })
        .collect()
}

/// Mean number of pods in the busiest 1 % of the steps.
pub(super) fn busy_pods(steps: &[Step]) -> f64 {
    let mut rates: Vec<(f64, f64)> =
        steps.iter().filter(|step| step.pods > 0.0).filter_map(|s| Some((s.requests_per_second?, s.pods))).collect();
    rates.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
    let top = rates.len().div_ceil(100);
    #[expect(clippy::cast_precision_loss, reason = "a few steps")]
    let count = top.max(1) as f64;
    (rates.iter().take(top).map(|(_, pods)| pods).sum::<f64>() / count).max(1.0)
}

/// The containers other than the service's own; `None` if there are none.
fn other_containers(pod: &Pod, workload: &WorkloadHistory) -> Option<OtherContainers> {
    let own = pod.service_container()?.name.as_str();
    let others = || pod.containers.iter().filter(|c| c.role != ContainerRole::Init && c.name != own);
    others().next()?;
    let cpu = others().map(|container| container.sizes.requests.cpu()).fold(CpuMillis::default(), |a, b| a + b);
    let memory = others().map(|container| container.sizes.requests.memory()).fold(Bytes::default(), |a, b| a + b);
    let rate = workload.requests_per_second.sum();
    let cores: f64 = workload
        .cores_of_sidecars
        .iter()
        .filter(|(step, _)| workload.requests_per_second.get(*step).is_some())
        .map(|(_, cores)| cores)
        .sum();
    Some(OtherContainers {
        resources: PodResources { cpu_request: cpu, memory_request: memory, cpu_limit: None, memory_limit: None },
        cpu_per_request: if rate > 0.0 { cores / rate } else { 0.0 },
    })
}

/// Number of serving processes per pod. It cannot be observed, so it is the number of single-threaded processes for
/// the CPU that the busiest pod used, and at least for the CPU request; fewer would introduce a bottleneck that does
/// not exist today.
fn processes(workload: &WorkloadHistory, request: PodRequest) -> u32 {
    let used = workload.cores_of_busiest.max().unwrap_or(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cores of a node")]
    let processes = used.max(request.cpu.cores()).ceil().clamp(1.0, 1024.0) as u32;
    processes
}

/// The profile with the concurrency model of the detected runtime.
fn shape_of<'a>(known: &ServiceFacts, profiles: &'a Profiles) -> Result<&'a RuntimeProfile, String> {
    let runtime = &known.runtime;
    let name = match (runtime.language, runtime.framework.as_deref(), runtime.server) {
        (Some("python"), Some("flask"), _) => "python-flask",
        (Some("python"), Some("django"), _) => "python-django",
        (Some("python"), None, Some("gunicorn")) => "python-flask",
        (Some("python"), ..) => profiles.python.as_str(),
        (Some("go"), Some("fiber"), _) => "go-fiber",
        (Some("go"), Some("echo"), _) => "go-echo",
        (Some("go"), ..) => profiles.go.as_str(),
        (Some(other), ..) => return Err(format!("there is no profile for its runtime ({other})")),
        (None, ..) => return Err("its runtime is unknown".to_owned()),
    };
    profiles.shapes.get(name).ok_or_else(|| format!("there is no profile {name}"))
}

/// Squared coefficient of variation of the CPU time per request, from response-time histograms. If CPU time is most
/// of the response time, it is that of the histogram. Otherwise waiting may cause the variation, or long requests may
/// also compute longer: the interval spans the profile's own value and that of the histogram.
fn times(workload: &WorkloadHistory, calibration: &Calibration, shape: &RuntimeProfile) -> Option<Interval> {
    let ResponseTimes { mean, scv } = workload.response_times?;
    if calibration.cpu_per_request.mid() >= MOSTLY * mean {
        return Some(scv);
    }
    let own = shape.values.service_scv.interval;
    Interval::new(own.low().min(scv.low()), (own.mid() * scv.mid()).sqrt(), own.high().max(scv.high()))
}

/// The policy adjusted to the service: target and minimum replicas of its autoscaler, the zones of its pods, and
/// without an autoscaler at most its current number of replicas as the minimum; a given objective replaces the
/// policy's.
fn policy(common: &Policy, pods: &Pods<'_>, autoscaler: Option<&Autoscaler>, given: &ServiceOptions) -> Policy {
    let mut policy = common.clone();
    policy.slo_p99 = given.objective.or(policy.slo_p99);
    let zones = u32::try_from(pods.zones.len()).unwrap_or(1);
    policy.zones = policy.zones.filter(|_| zones > 1).map(|own| Zones { count: zones, ..own });
    policy.min_replicas = match autoscaler {
        Some(scaler) => u64::from(scaler.min_replicas).max(1),
        None => policy.min_replicas.min(pods.count.max(1)),
    };
    let target = autoscaler.and_then(|scaler| {
        scaler.metrics.iter().find_map(|metric| match metric.target {
            Some(MetricTarget::UtilizationPercent(percent))
                if metric.kind == MetricKind::Resource && metric.name == "cpu" =>
            {
                Some(percent)
            }
            _ => None,
        })
    });
    // A target above the policy's maximum is a problem of the request, which right-sizing corrects.
    if let Some(percent) = target.and_then(|percent| Utilization::from_fraction(f64::from(percent) / 100.0))
        && percent < policy.max_utilization
    {
        policy.target_utilization = percent;
    }
    policy
}

/// Median demand of each hour of the week, or of the day if the window is shorter than two weeks; constant if it is
/// shorter than two days.
fn own_hours(workload: &WorkloadHistory, grid: Grid) -> LoadCurve {
    let cycle = match grid.period().seconds() / 86_400 {
        14.. => 168_i64,
        2.. => 24,
        _ => return LoadCurve::flat(),
    };
    let mut hours: Vec<Vec<f64>> = vec![Vec::new(); usize::try_from(cycle).unwrap_or(1)];
    for (step, rate) in workload.requests_per_second.iter() {
        // Hours of a cycle that starts at the Unix epoch, a Thursday, in UTC.
        let hour = (grid.end_of(step) - 1).div_euclid(3600).rem_euclid(cycle);
        hours[usize::try_from(hour).unwrap_or(0)].push(rate);
    }
    let middle = |values: &mut Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    let usual: Vec<f64> = hours.iter_mut().filter_map(middle).collect();
    LoadCurve::from_hours("its own hours", &usual).unwrap_or_else(|_| LoadCurve::flat())
}

fn signs(known: &ServiceFacts) -> KindEvidence {
    let sign = |kind: software::Kind| {
        let evidence = known.kinds.get(&kind)?.first()?;
        Some(format!("{} {}", evidence.source.name(), evidence.name))
    };
    KindEvidence {
        machine_learning: sign(software::Kind::MachineLearning),
        data_processing: sign(software::Kind::Etl),
        infrastructure: sign(software::Kind::Infrastructure),
    }
}
