//! Facts about one service, from its history, its pods and what is known about its software.

use rust_decimal::Decimal;

use super::back_test::ServiceBackTest;
use super::demand::Demand;
use super::gather::{Common, Pods, Profiles};
use super::learned::{Learned, OtherContainers};
use super::learning::Learning;
use super::running::{Facts, KindEvidence, ServiceOptions};
use super::service_forecast::Expected;
use super::steps::{busy_pods, steps};
use crate::model::calibration::{Busy, Calibration, ResponseTimes};
use crate::model::cluster::{Autoscaler, ContainerRole, MetricKind, MetricTarget, Pod, pod_requests};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::PodRequest;
use crate::model::runtime::{PodResources, RuntimeProfile};
use crate::model::services::ServiceFacts;
use crate::model::sizing::{LoadCurve, Policy, Zones};
use crate::model::software;
use crate::model::uncertainty::Interval;
use crate::model::usage::{Grid, WorkloadHistory};
use crate::units::{Bytes, CpuMillis, Utilization};

/// Share of the mean response time from which on CPU time is considered dominant.
const MOSTLY: f64 = 0.5;

/// A workload that is shown as a service.
#[derive(Clone, Copy)]
pub(super) struct KnownWorkload<'a> {
    pub(super) workload: &'a WorkloadHistory,
    pub(super) pods: &'a Pods<'a>,
    pub(super) known: &'a ServiceFacts,
}

impl KnownWorkload<'_> {
    /// Everything that planning the service in each style needs.
    pub(super) fn facts<'a>(&self, common: &Common<'_, 'a>) -> Facts<'a> {
        let Self { workload, pods, known } = *self;
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
            learned.under(shape, other, (processes, other_containers), given.cpu_speed.as_ref(), None)
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
        (Some("python"), Some("litestar"), _) => "python-litestar",
        (Some("python"), None, Some("gunicorn")) => "python-flask",
        (Some("python"), ..) => profiles.python.as_str(),
        (Some("go"), Some("fiber"), _) => "go-fiber",
        (Some("go"), Some("echo"), _) => "go-echo",
        (Some("go"), Some("chi"), _) => "go-chi",
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
