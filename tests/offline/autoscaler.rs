//! The emitted autoscaler, run under its controller's algorithm
//! (<https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/>, kubernetes
//! `pkg/controller/podautoscaler`).

use capmodel::model::sizing::{Target, settle};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::binary::{capmodel, estimate};

/// The defaults of `--horizontal-pod-autoscaler-tolerance`.
const TOLERANCE: f64 = 0.1;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| value.as_str().and_then(|text| text.parse().ok()).unwrap_or(f64::NAN))
}

/// A plan in the units of the controller, with the article's values: idle pods use no CPU, and a request costs the same
/// at any rate.
#[derive(Debug)]
struct Planned {
    demand: f64,
    pods: u64,
    target: Target,
    request: u64,
    /// Core-seconds per request.
    cpu: f64,
    settled: (u64, u64),
}

impl Planned {
    fn of(document: &Value, profile: &str) -> Option<Self> {
        let estimates = document["estimates"].as_array().unwrap();
        let e = estimates.iter().find(|e| e["profile"] == profile && e["feasible"] == true)?;
        let autoscaler = &e["autoscaler"];
        let whole = |value: &Value| value.as_u64().unwrap();
        let percent = autoscaler["target_cpu_utilization_percent"].as_u64()?;
        let settled = &autoscaler["settles_at"];
        Some(Self {
            demand: number(&document["demand"]["requests_per_second"]["mid"]),
            pods: whole(&e["pods"]["plan"]),
            target: Target {
                min_replicas: whole(&autoscaler["min_replicas"]),
                max_replicas: whole(&autoscaler["max_replicas"]),
                percent: u32::try_from(percent).unwrap(),
                tolerance: TOLERANCE,
            },
            request: whole(&e["pod"]["cpu_request_millis"]),
            cpu: number(&e["pod"]["cpu_seconds_per_request"]),
            settled: (whole(&settled["rising"]), whole(&settled["falling"])),
        })
    }

    /// Number of pods at which the controller settles at a share of the demand. Saturated pods use their request and no
    /// more, or as much as they need if the node has spare cores.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "millicores")]
    fn rest(&self, share: f64, from: u64, spare: bool) -> u64 {
        let needed = (share * self.demand * self.cpu * 1e3 * (1.0 + 1e-9)) as u64;
        let usage = |pods: u64| if spare { needed } else { needed.min(pods * self.request) };
        settle(self.target, from, self.request, usage).unwrap()
    }

    fn slow_rise(&self, spare: bool) -> u64 {
        (0..=200).fold(self.target.min_replicas, |pods, step| self.rest(0.5 + f64::from(step) / 400.0, pods, spare))
    }

    /// Starting from any number of pods, after a slow rise, and after the loss of the fullest of three zones.
    fn check(&self) {
        for spare in [false, true] {
            for from in (1..=self.pods).chain([self.pods + 1, 2 * self.pods, self.target.max_replicas]) {
                let rest = self.rest(1.0, from, spare);
                assert!(rest >= self.pods, "{rest} from {from}: {self:?}");
            }
            let rest = self.slow_rise(spare);
            assert!(rest >= self.pods, "{rest} by a slow rise: {self:?}");
            let survivors = self.pods - self.pods.div_ceil(3);
            assert!(self.rest(1.0, survivors, spare) >= self.pods, "a lost zone: {self:?}");
        }
        assert!(self.target.max_replicas >= self.settled.0.max(self.settled.1), "{self:?}");
    }
}

/// 64 % at five pods ÷ 1.1 is 58.2: the README's example settles at its six pods, also after a slow rise from half its
/// demand.
#[test]
fn the_example_settles_at_its_plan() {
    let document =
        estimate(&["--rps", "5000", "--profile", "python-fastapi", "--policy", "production", "--evidence", "article"]);
    let planned = Planned::of(&document, "python-fastapi").unwrap();
    assert_eq!((planned.pods, planned.target.percent, planned.settled), (6, 58, (6, 6)));
    planned.check();
    assert_eq!((planned.slow_rise(false), planned.rest(1.0, 8, false)), (6, 6));
    // With a target of 63 % it would settle at five pods, and three pods would be at 107 % of their requests after the
    // loss of a zone.
    let looser = Planned { target: Target { percent: 63, ..planned.target }, ..planned };
    assert_eq!(looser.slow_rise(false), 5);
}

/// If whole percents are coarser than one pod's share, the controller settles above the plan: the screen, JSON and the
/// manifest state it, and it is priced.
#[test]
fn the_settled_size_is_printed_and_priced() {
    let arguments = [
        "--rps",
        "50000",
        "--profile",
        "go-gin",
        "--handler-cpu",
        "1ms",
        "--policy",
        "production",
        "--evidence",
        "article",
    ];
    let document = estimate(&arguments);
    let planned = Planned::of(&document, "go-gin").unwrap();
    planned.check();
    let (rising, falling) = planned.settled;
    assert!(planned.pods < rising && rising <= falling, "{planned:?}");
    let of = &document["estimates"][0];
    #[expect(clippy::cast_precision_loss, reason = "pods")]
    let times = rising as f64 / planned.pods as f64;
    let settles = &of["autoscaler"]["settles_at"];
    let more = number(&settles["share_cost_per_month"]) / number(&of["share_cost_per_month"]["plan"]);
    assert!((more / times - 1.0).abs() < 1e-6, "{more} for {times}");
    assert!(number(&settles["node_cost_per_month"]) >= number(&of["node_cost_per_month"]["plan"]));
    assert!(of["findings"].to_string().contains("autoscaler-above-plan"));
    let text = |arguments: &[&str]| {
        let output = capmodel(&[&["estimate"], arguments].concat()).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let verbose = text(&[&arguments[..], &["--verbose"]].concat());
    assert!(verbose.contains(&format!("{rising} ({falling} when scaling down)")), "{verbose}");
    assert!(text(&[&arguments[..], &["--emit", "hpa"]].concat()).contains(&format!("settles at {rising}")));
}

#[test]
fn flask_settles_at_its_plan() {
    let document =
        estimate(&["--rps", "2000", "--profile", "python-flask", "--policy", "production", "--evidence", "article"]);
    let planned = Planned::of(&document, "python-flask").unwrap();
    planned.check();
    assert_eq!(planned.settled.0, planned.pods);
}

/// Pods that are limited to their request never exceed 100 % of it, which is within the tolerance of any target above
/// 90 %, so that such a target would never add a pod.
#[test]
fn a_target_that_saturated_pods_do_not_reach_is_not_emitted() {
    let run = |target: &str| {
        let arguments = ["--rps", "50000", "--profile", "go-gin", "--policy", "steady", "--target-utilization", target];
        Planned::of(&estimate(&arguments), "go-gin").unwrap().target.percent
    };
    assert_eq!((run("95%"), run("85%")), (90, 85));
}

/// Without tolerance and with a window of five minutes, each hour of the day has its own number of pods.
#[test]
fn a_day_under_the_controller_is_priced() {
    let document =
        estimate(&["--rps", "50000", "--policy", "production", "--load", "diurnal", "--evidence", "article"]);
    for e in document["estimates"].as_array().unwrap() {
        let share = number(&e["autoscaler"]["settles_at"]["share_cost_per_month"]);
        let (planned, fixed) = (number(&e["share_cost_per_month"]["plan"]), number(&e["month"]["fixed_share_cost"]));
        assert!((0.8 * planned..1.2 * fixed).contains(&share), "{share} beside {planned} and {fixed}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_autoscaler_never_settles_below_the_plan(
        rps in 4.0_f64..12.0, profile in prop::sample::select(vec!["python-fastapi", "python-flask", "go-gin"]),
        policy in prop::sample::select(vec!["steady", "production"]), handler in 0_u32..4000,
        target in 30_u32..95, request in prop::sample::select(vec!["250m", "500m", "1", "2"]),
        limited in any::<bool>(), zones in 1_u32..4,
    ) {
        let (rps, handler) = (format!("{:.0}", rps.exp()), format!("{handler}us"));
        let (target, zones) = (format!("{target}%"), zones.to_string());
        let mut arguments = vec![
            "--rps", &rps, "--profile", profile, "--policy", policy, "--handler-cpu", &handler, "--target-utilization",
            &target, "--cpu-request", request, "--zones", &zones, "--survive-zones", if zones == "1" { "0" } else { "1" },
            "--slo-p99", "500ms", "--samples", "0", "--memory-request", "1Gi", "--evidence", "article",
        ];
        if limited {
            arguments.extend(["--cpu-limit", request]);
        }
        if let Some(planned) = Planned::of(&estimate(&arguments), profile) {
            // For plans of thousands of pods, only the ends of the range are tried.
            if planned.pods < 2000 {
                planned.check();
            }
        }
    }
}

/// The first pods that are added are not enough: their number follows from the usage of saturated pods, and the next
/// sync that observes them comes after they serve and a metric window has passed. Simulated here in steps of 10 ms.
#[test]
fn a_step_of_demand_is_followed_sync_by_sync() {
    let run = |rps: &str, ramp: &str| {
        let arguments = [
            "--rps",
            rps,
            "--profile",
            "python-fastapi",
            "--policy",
            "production",
            "--ramp",
            ramp,
            "--samples",
            "0",
            "--evidence",
            "article",
        ];
        estimate(&arguments)["estimates"][0].clone()
    };
    for (rps, ramp) in [("5000", "3x/0s"), ("50000", "3x/0s"), ("50000", "6x/0s"), ("20000", "10x/0s")] {
        let e = run(rps, ramp);
        let spike = &e["spike"];
        let demand: f64 = rps.parse().unwrap();
        let most = 0.5 / 0.32e-3;
        let (lag, mut pods) = (number(&spike["lag_seconds"]), number(&spike["pods_before"]));
        let mut rounds: Vec<(f64, f64)> = Vec::new();
        for round in spike["rounds"].as_array().unwrap() {
            rounds.push((number(&round["serving_seconds"]), number(&round["replicas"])));
        }
        let (mut waiting, mut peak, mut time) = (0.0_f64, 0.0_f64, 0.0);
        let step = 0.01;
        while time < lag || waiting > 0.0 {
            pods = rounds.iter().filter(|(at, _)| *at <= time).map(|(_, replicas)| *replicas).fold(pods, f64::max);
            waiting = (waiting + step * (demand - pods * most)).max(0.0);
            peak = peak.max(waiting);
            time += step;
        }
        let (backlog, drain) = (number(&spike["backlog_requests"]), number(&spike["drain_seconds"]));
        assert!((backlog / peak - 1.0).abs() < 1e-3, "{rps} {ramp}: {backlog} for {peak}");
        assert!((drain - (time - lag)).abs() < 0.5, "{rps} {ramp}: {drain} for {}", time - lag);
        // The backlog with all pods at once is smaller, unless the first sync already adds enough.
        let before = number(&spike["pods_before"]);
        let at_once = (demand - before * most) * lag;
        let first = rounds[0].1 * most >= demand;
        assert!(if first { (backlog / at_once - 1.0).abs() < 1e-6 } else { backlog > at_once }, "{rps} {ramp}");
        // ceil(pods × 100 % ÷ target): the usage of saturated pods is their request.
        let target = number(&e["autoscaler"]["target_cpu_utilization_percent"]);
        assert_eq!(rounds[0].1, (before * 100.0 / target).ceil(), "{rps} {ramp}");
    }
    assert_eq!(run("50000", "6x/0s")["spike"]["rounds"].as_array().unwrap().len(), 4);
}

/// Idle pods at 3% of their request: with a target of 2%, each added pod would keep the average above the tolerance.
#[test]
fn a_target_that_idle_pods_exceed_is_not_recommended() {
    let go = std::fs::read_to_string("profiles/runtimes/go-gin.toml").unwrap();
    let (before, after) = go.split_once("[article.idle_cpu]\nlow = \"0\"\nmid = \"0\"\nhigh = \"0\"").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("idle.toml");
    let idle = "[article.idle_cpu]\nlow = \"0.03\"\nmid = \"0.03\"\nhigh = \"0.03\"";
    std::fs::write(&file, format!("{before}{idle}{after}")).unwrap();
    let answer = estimate(&[
        "--rps",
        "100",
        "--profile",
        file.to_str().unwrap(),
        "--cpu-request",
        "1",
        "--max-rps-per-pod",
        "10",
        "--policy",
        "production",
        "--load",
        "diurnal",
        "--samples",
        "0",
    ]);
    let autoscaler = &answer["estimates"][0]["autoscaler"];
    assert_eq!(answer["estimates"][0]["pods"]["plan"], 15, "{answer}");
    assert!(autoscaler["target_cpu_utilization_percent"].is_null(), "{autoscaler}");
    assert_eq!(autoscaler["max_replicas"], 15);
}
