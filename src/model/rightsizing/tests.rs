use proptest::prelude::*;

use super::*;
use crate::model::cluster::{MetricKind, MetricTarget, Owner, ScaleMetric};
use crate::model::usage::UsageSpread;

fn usage(pod_cores: f64, pod_memory: f64) -> UsageSummary {
    UsageSummary {
        pod_hours: 720.0,
        requested_core_hours: 0.0,
        requested_byte_hours: 0.0,
        cpu_measured_hours: 700.0,
        memory_measured_hours: 700.0,
        core_hours: None,
        memory_byte_hours: None,
        cpu_efficiency: None,
        memory_efficiency: None,
        pod_cores: UsageSpread::default(),
        busiest_pod_cores: UsageSpread { p95: Some(pod_cores), ..UsageSpread::default() },
        pod_memory_mean: None,
        pod_memory_max: Some(pod_memory),
        requests_per_second: UsageSpread::default(),
    }
}

/// A pod without limits, init containers or overhead.
fn plain(request: PodRequest) -> PodNow {
    PodNow { request, ..PodNow::default() }
}

fn advice_for(
    kind: &str,
    usage: &UsageSummary,
    now: PodRequest,
    autoscalers: &[&Autoscaler],
) -> Result<Advice, NoAdvice> {
    advise(kind, (usage, None), &plain(now), autoscalers)
}

fn request(millis: u64, mib: u64) -> PodRequest {
    PodRequest { cpu: CpuMillis::from_millis(millis), memory: Bytes::from_mib(mib) }
}

fn autoscaler(kind: MetricKind, name: &str, target: MetricTarget) -> Autoscaler {
    Autoscaler {
        namespace: "shop".to_owned(),
        name: "web".to_owned(),
        owner: None,
        target: Owner { kind: "Deployment".to_owned(), name: "web".to_owned() },
        min_replicas: 2,
        max_replicas: 1000,
        current_replicas: 0,
        desired_replicas: 0,
        metrics: vec![ScaleMetric { kind, name: name.to_owned(), container: None, target: Some(target) }],
    }
}

fn percent(percent: u32) -> Autoscaler {
    autoscaler(MetricKind::Resource, "cpu", MetricTarget::UtilizationPercent(percent))
}

const MIB: f64 = 1_048_576.0;

#[test]
fn quantile_and_peak_with_headroom_and_floors() {
    let advice = advice_for("Deployment", &usage(0.2, 200.0 * MIB), request(1000, 1024), &[]).unwrap();
    assert_eq!(advice.request, request(230, 230));
    let tiny = advice_for("Deployment", &usage(0.0001, MIB), request(1000, 1024), &[]).unwrap();
    assert_eq!(tiny.request, request(10, 32));
    // What asks for too little is told to ask for more; a tenth is not worth a change.
    let more = advice_for("StatefulSet", &usage(0.2, 2000.0 * MIB), request(250, 1024), &[]).unwrap();
    assert_eq!(more.request, request(250, 2300));
    assert_eq!(advice_for("Deployment", &usage(0.2, 200.0 * MIB), request(250, 240), &[]), Err(NoAdvice::Fits));
}

#[test]
fn what_nothing_can_be_said_of() {
    let now = request(1000, 1024);
    assert_eq!(advice_for("CronJob", &usage(0.2, MIB), now, &[]), Err(NoAdvice::RunsToAnEnd));
    assert_eq!(advice_for("Node", &usage(0.2, MIB), now, &[]), Err(NoAdvice::NoTemplate));
    // A hundred pods for a quarter of an hour are 25 pod-hours, and no day.
    let short = UsageSummary { cpu_measured_hours: 3.0, ..usage(0.2, MIB) };
    assert_eq!(advice_for("Deployment", &short, now, &[]), Err(NoAdvice::TooShort(3.0)));
    let blind = UsageSummary { pod_memory_max: None, ..usage(0.2, MIB) };
    assert_eq!(advice_for("Deployment", &blind, now, &[]), Err(NoAdvice::NotMeasured));
    let one = autoscaler(MetricKind::ContainerResource, "cpu", MetricTarget::UtilizationPercent(50));
    assert_eq!(advice_for("Deployment", &usage(0.2, MIB), now, &[&one]), Err(NoAdvice::ByContainer));
    assert_eq!(advice_for("Deployment", &usage(0.2, MIB), now, &[&one, &one]), Err(NoAdvice::SeveralAutoscalers));
}

/// Targets that people set, and autoscalers that do not hold what they promise.
#[test]
fn strange_autoscalers_get_no_strange_advice() {
    let of = |target: u32, millis: u64, used: f64| {
        let now = request(millis, 1024);
        advice_for("Deployment", &usage(used, 890.0 * MIB), now, &[&percent(target)])
    };
    for target in [100, 200, 1000, u32::MAX] {
        assert_eq!(of(target, 500, 0.1), Err(NoAdvice::Fits), "{target} %: no more than now without need");
    }
    assert_eq!(of(50, 10, 1.0), Err(NoAdvice::NotHeld), "a core where 5m should start another pod");
    assert_eq!(of(0, 500, 0.5), Err(NoAdvice::NothingToGoBy));
    assert_eq!(of(50, 0, 0.5), Err(NoAdvice::NothingToGoBy));
}

/// A request above its limit is refused by the API server; what is throttled would use more than it does.
#[test]
fn limits_rise_with_requests_and_hide_what_is_needed() {
    let limits = PodLimits { cpu: Some(CpuMillis::from_millis(250)), memory: Some(Bytes::from_mib(1024)) };
    let now = PodNow { limits, ..plain(request(100, 512)) };
    let advice = advise("Deployment", (&usage(0.25, 1000.0 * MIB), None), &now, &[]).unwrap();
    assert_eq!(advice.request, request(288, 1150));
    let risen = PodLimits { cpu: Some(CpuMillis::from_millis(288)), memory: Some(Bytes::from_mib(1150)) };
    assert_eq!(advice.limits, risen);
    let roomy = PodNow { limits: PodLimits { cpu: Some(CpuMillis::from_cores(2)), memory: None }, ..now };
    let advice = advise("Deployment", (&usage(0.25, 1000.0 * MIB), None), &roomy, &[]).unwrap();
    assert_eq!(advice.limits, PodLimits::default());
    // Half of its periods are used up: that it uses little says nothing about what it needs.
    let throttled = PodNow { limits, ..plain(request(250, 4096)) };
    let advice = advise("Deployment", (&usage(0.1, 1000.0 * MIB), Some(0.5)), &throttled, &[]).unwrap();
    assert_eq!(advice.request, request(250, 1150));
}

/// What init containers and the runtime class need stays, whatever the others are told.
#[test]
fn no_less_than_the_pod_itself_needs() {
    let now = PodNow { floor: request(2000, 64), overhead: request(50, 64), ..plain(request(4000, 1024)) };
    let advice = advise("Deployment", (&usage(0.1, 100.0 * MIB), None), &now, &[]).unwrap();
    assert_eq!(advice.request, request(2000, 115 + 64));
    let taken = PodNow { request: advice.request, ..now };
    assert_eq!(advise("Deployment", (&usage(0.1, 100.0 * MIB), None), &taken, &[]), Err(NoAdvice::Fits));
}

#[test]
fn request_and_target_go_together() {
    // Held at 50 % of a core, a pod uses half a core; 575m would do, and 86 % of 582m is again half a core.
    let advice = advice_for("Deployment", &usage(0.5, 890.0 * MIB), request(1000, 1024), &[&percent(50)]).unwrap();
    assert_eq!(advice.request, request(582, 1024));
    let scaler = advice.autoscaler.unwrap();
    assert_eq!((scaler.min_replicas, scaler.max_replicas), (2, 1000));
    assert_eq!(scaler.targets, [TargetAdvice { resource: "cpu", now: 50, target: 86 }]);
    // At its fewest replicas it uses less than the target; the request goes no lower than nine tenths allow.
    let advice = advice_for("Deployment", &usage(0.1, 890.0 * MIB), request(1000, 1024), &[&percent(50)]).unwrap();
    assert_eq!((advice.request.cpu.millis(), advice.autoscaler.unwrap().targets[0].target), (556, 90));
    // A queue's length does not depend on requests.
    let keda = autoscaler(MetricKind::External, "s0-rabbitmq", MetricTarget::AverageValue("30".parse().unwrap()));
    let advice = advice_for("Deployment", &usage(0.1, 890.0 * MIB), request(1000, 1024), &[&keda]).unwrap();
    assert_eq!((advice.request.cpu.millis(), advice.autoscaler), (115, None));
    // Held at 80 % of a GiB of memory: 920 MiB would do, so the target falls to keep 819.2 MiB.
    let memory = autoscaler(MetricKind::Resource, "memory", MetricTarget::UtilizationPercent(80));
    let advice = advice_for("Deployment", &usage(0.9, 1000.0 * MIB), request(1000, 1024), &[&memory]).unwrap();
    let target = advice.autoscaler.unwrap().targets[0].target;
    assert_eq!(
        (advice.request.memory.bytes() >> 20, target),
        (1153, 71),
        "1150 MiB are needed; 71 % of 1153.8 is 819.2"
    );
}

/// Replicas that an autoscaler without tolerance comes to rest at, from many.
fn replicas(load_millis: u64, request: u64, target: u32) -> u64 {
    let mut now = 1000;
    for _ in 0..50 {
        let percent = load_millis * 100 / (now * request);
        now = (now * percent).div_ceil(u64::from(target)).clamp(2, 1000);
    }
    now
}

/// The usage of a pod in each hour of a load, and from it the 95th percentile.
fn observed(load: &[u64], request: u64, target: u32) -> (Vec<u64>, f64) {
    let pods: Vec<u64> = load.iter().map(|load| replicas(*load, request, target)).collect();
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let mut used: Vec<f64> = load.iter().zip(&pods).map(|(load, pods)| *load as f64 / 1000.0 / *pods as f64).collect();
    used.sort_by(f64::total_cmp);
    (pods, used[used.len() * 95 / 100])
}

proptest! {
    #[test]
    fn taking_the_advice_changes_no_replicas_and_gives_no_new_advice(
        load in proptest::collection::vec(50_u64..200_000, 24..60),
        millis in 100_u64..4000,
        target in 30_u32..90,
    ) {
        let (before, used) = observed(&load, millis, target);
        let now = request(millis, 1024);
        let Ok(advice) = advice_for("Deployment", &usage(used, 890.0 * MIB), now, &[&percent(target)]) else { return Ok(()) };
        prop_assert!(advice.request.cpu.cores() >= used, "less than is used");
        let (then, new_target) = (advice.request.cpu.millis(), advice.autoscaler.unwrap().targets[0].target);
        let (after, used) = observed(&load, then, new_target);
        // The controller cuts utilization to a whole percent, of which a target of 30 has thirty, and a request is a whole
        // number of millicores: by these parts, and no more, the point may move at which a pod is added.
        for (before, after) in before.iter().zip(&after) {
            let off = before.div_ceil(target.into()) + before.div_ceil(new_target.into()) + before.div_ceil(then);
            prop_assert!(before.abs_diff(*after) <= 1 + off, "{before} pods, then {after}");
        }
        let again = advice_for("Deployment", &usage(used, 890.0 * MIB), advice.request, &[&percent(new_target)]);
        prop_assert_eq!(again, Err(NoAdvice::Fits));
    }
}
