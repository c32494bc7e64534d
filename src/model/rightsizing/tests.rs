//! Tests of the recommendations.

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

fn recommend_for(
    kind: &str,
    usage: &UsageSummary,
    now: PodRequest,
    autoscalers: &[&Autoscaler],
) -> Result<Recommendation, NoRecommendation> {
    recommend(kind, (usage, None), &plain(now), autoscalers)
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
fn requests_are_quantile_and_peak_with_headroom_and_floors() {
    let recommendation = recommend_for("Deployment", &usage(0.2, 200.0 * MIB), request(1000, 1024), &[]).unwrap();
    assert_eq!(recommendation.request, request(230, 230));
    let tiny = recommend_for("Deployment", &usage(0.0001, MIB), request(1000, 1024), &[]).unwrap();
    assert_eq!(tiny.request, request(10, 32));
    // A request that is too small is raised; a change of less than 10 % is not recommended.
    let more = recommend_for("StatefulSet", &usage(0.2, 2000.0 * MIB), request(250, 1024), &[]).unwrap();
    assert_eq!(more.request, request(250, 2300));
    assert_eq!(
        recommend_for("Deployment", &usage(0.2, 200.0 * MIB), request(250, 240), &[]),
        Err(NoRecommendation::Fits)
    );
}

#[test]
fn workloads_without_enough_data_get_no_recommendation() {
    let now = request(1000, 1024);
    assert_eq!(recommend_for("CronJob", &usage(0.2, MIB), now, &[]), Err(NoRecommendation::RunsToAnEnd));
    assert_eq!(recommend_for("Node", &usage(0.2, MIB), now, &[]), Err(NoRecommendation::NoTemplate));
    // A hundred pods for a quarter of an hour are 25 pod-hours, but less than a day.
    let short = UsageSummary { cpu_measured_hours: 3.0, ..usage(0.2, MIB) };
    assert_eq!(recommend_for("Deployment", &short, now, &[]), Err(NoRecommendation::TooShort(3.0)));
    let blind = UsageSummary { pod_memory_max: None, ..usage(0.2, MIB) };
    assert_eq!(recommend_for("Deployment", &blind, now, &[]), Err(NoRecommendation::NotMeasured));
    let one = autoscaler(MetricKind::ContainerResource, "cpu", MetricTarget::UtilizationPercent(50));
    assert_eq!(recommend_for("Deployment", &usage(0.2, MIB), now, &[&one]), Err(NoRecommendation::ByContainer));
    assert_eq!(
        recommend_for("Deployment", &usage(0.2, MIB), now, &[&one, &one]),
        Err(NoRecommendation::SeveralAutoscalers)
    );
}

/// Unusual targets, and autoscalers that do not keep their target.
#[test]
fn unusual_autoscalers_get_no_invalid_advice() {
    let of = |target: u32, millis: u64, used: f64| {
        let now = request(millis, 1024);
        recommend_for("Deployment", &usage(used, 890.0 * MIB), now, &[&percent(target)])
    };
    for target in [100, 200, 1000, u32::MAX] {
        assert_eq!(of(target, 500, 0.1), Err(NoRecommendation::Fits), "{target} %: no more than now without need");
    }
    assert_eq!(of(50, 10, 1.0), Err(NoRecommendation::NotHeld), "a core where 5m should start another pod");
    assert_eq!(of(0, 500, 0.5), Err(NoRecommendation::NothingToGoBy));
    assert_eq!(of(50, 0, 0.5), Err(NoRecommendation::NothingToGoBy));
}

/// The API server rejects a request above its limit; the demand of a throttled pod exceeds its usage.
#[test]
fn limits_rise_with_requests_and_hide_the_true_need() {
    let limits = PodLimits { cpu: Some(CpuMillis::from_millis(250)), memory: Some(Bytes::from_mib(1024)) };
    let now = PodNow { limits, ..plain(request(100, 512)) };
    let recommendation = recommend("Deployment", (&usage(0.25, 1000.0 * MIB), None), &now, &[]).unwrap();
    assert_eq!(recommendation.request, request(288, 1150));
    let risen = PodLimits { cpu: Some(CpuMillis::from_millis(288)), memory: Some(Bytes::from_mib(1150)) };
    assert_eq!(recommendation.limits, risen);
    let roomy = PodNow { limits: PodLimits { cpu: Some(CpuMillis::from_cores(2)), memory: None }, ..now };
    let recommendation = recommend("Deployment", (&usage(0.25, 1000.0 * MIB), None), &roomy, &[]).unwrap();
    assert_eq!(recommendation.limits, PodLimits::default());
    // Half of its periods are throttled: its low usage says nothing about its demand.
    let throttled = PodNow { limits, ..plain(request(250, 4096)) };
    let recommendation = recommend("Deployment", (&usage(0.1, 1000.0 * MIB), Some(0.5)), &throttled, &[]).unwrap();
    assert_eq!(recommendation.request, request(250, 1150));
}

/// Requests of init containers and the overhead of the runtime class are kept, whatever is recommended for the other
/// containers.
#[test]
fn recommendations_are_at_least_what_the_pod_itself_needs() {
    let now = PodNow { floor: request(2000, 64), overhead: request(50, 64), ..plain(request(4000, 1024)) };
    let recommendation = recommend("Deployment", (&usage(0.1, 100.0 * MIB), None), &now, &[]).unwrap();
    assert_eq!(recommendation.request, request(2000, 115 + 64));
    let taken = PodNow { request: recommendation.request, ..now };
    assert_eq!(recommend("Deployment", (&usage(0.1, 100.0 * MIB), None), &taken, &[]), Err(NoRecommendation::Fits));
}

#[test]
fn the_autoscaler_target_changes_with_the_request() {
    // At 50 % of one core a pod uses 500m; 575m would be enough, and 86 % of 582m is 500m again.
    let recommendation =
        recommend_for("Deployment", &usage(0.5, 890.0 * MIB), request(1000, 1024), &[&percent(50)]).unwrap();
    assert_eq!(recommendation.request, request(582, 1024));
    let scaler = recommendation.autoscaler.unwrap();
    assert_eq!((scaler.min_replicas, scaler.max_replicas), (2, 1000));
    assert_eq!(scaler.targets, [TargetRecommendation { resource: "cpu", now: 50, target: 86 }]);
    // At the minimum number of replicas the pods use less than the target; a target of at most 90 % limits the
    // reduction of the request.
    let recommendation =
        recommend_for("Deployment", &usage(0.1, 890.0 * MIB), request(1000, 1024), &[&percent(50)]).unwrap();
    assert_eq!((recommendation.request.cpu.millis(), recommendation.autoscaler.unwrap().targets[0].target), (556, 90));
    // The length of a queue does not depend on requests.
    let keda = autoscaler(MetricKind::External, "s0-rabbitmq", MetricTarget::AverageValue("30".parse().unwrap()));
    let recommendation = recommend_for("Deployment", &usage(0.1, 890.0 * MIB), request(1000, 1024), &[&keda]).unwrap();
    assert_eq!((recommendation.request.cpu.millis(), recommendation.autoscaler), (115, None));
    // At 80 % of 1 GiB of memory, 920 MiB would be enough, so the target is lowered to keep 819.2 MiB.
    let memory = autoscaler(MetricKind::Resource, "memory", MetricTarget::UtilizationPercent(80));
    let recommendation =
        recommend_for("Deployment", &usage(0.9, 1000.0 * MIB), request(1000, 1024), &[&memory]).unwrap();
    let target = recommendation.autoscaler.unwrap().targets[0].target;
    assert_eq!(
        (recommendation.request.memory.bytes() >> 20, target),
        (1153, 71),
        "1150 MiB are needed; 71 % of 1153.8 is 819.2"
    );
}

/// The number of replicas at which an autoscaler without tolerance settles, starting from many.
fn replicas(load_millis: u64, request: u64, target: u32) -> u64 {
    let mut now = 1000;
    for _ in 0..50 {
        let percent = load_millis * 100 / (now * request);
        now = (now * percent).div_ceil(u64::from(target)).clamp(2, 1000);
    }
    now
}

/// The number of pods in each hour of a load, and the 95th percentile of the usage of a pod.
fn observed(load: &[u64], request: u64, target: u32) -> (Vec<u64>, f64) {
    let pods: Vec<u64> = load.iter().map(|load| replicas(*load, request, target)).collect();
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let mut used: Vec<f64> = load.iter().zip(&pods).map(|(load, pods)| *load as f64 / 1000.0 / *pods as f64).collect();
    used.sort_by(f64::total_cmp);
    (pods, used[used.len() * 95 / 100])
}

proptest! {
    #[test]
    fn following_the_advice_changes_no_replicas_and_gives_no_new_advice(
        load in proptest::collection::vec(50_u64..200_000, 24..60),
        millis in 100_u64..4000,
        target in 30_u32..90,
    ) {
        let (before, used) = observed(&load, millis, target);
        let now = request(millis, 1024);
        let Ok(recommendation) = recommend_for("Deployment", &usage(used, 890.0 * MIB), now, &[&percent(target)]) else { return Ok(()) };
        prop_assert!(recommendation.request.cpu.cores() >= used, "less than is used");
        let (then, new_target) = (recommendation.request.cpu.millis(), recommendation.autoscaler.unwrap().targets[0].target);
        let (after, used) = observed(&load, then, new_target);
        // The controller truncates utilization to a whole percent and requests are whole millicores, so the usage at
        // which a pod is added may change by the relative rounding errors, and no more.
        for (before, after) in before.iter().zip(&after) {
            let off = before.div_ceil(target.into()) + before.div_ceil(new_target.into()) + before.div_ceil(then);
            prop_assert!(before.abs_diff(*after) <= 1 + off, "{before} pods, then {after}");
        }
        let again = recommend_for("Deployment", &usage(used, 890.0 * MIB), recommendation.request, &[&percent(new_target)]);
        prop_assert_eq!(again, Err(NoRecommendation::Fits));
    }
}
