//! Properties of the latency of a pod, and the tables compared with new simulations between their points.
#![expect(clippy::unwrap_used, reason = "the tables that ship are good, or no test can run")]

use std::sync::LazyLock;

use capmodel::model::queueing::{
    Balancer, Discipline, Latency, PodQueue, QUOTA_SLICE, QueueingTables, SHIPPED_TABLES, latency,
    mmc_sojourn_quantile, sharing_mean_sojourn,
};
use proptest::prelude::*;

use crate::sim::Regime;

static TABLES: LazyLock<QueueingTables> = LazyLock::new(|| QueueingTables::parse(SHIPPED_TABLES).unwrap());

fn queue(discipline: Discipline, scv: f64, quota_cores: Option<f64>, balancer: Balancer, pods: u64) -> PodQueue {
    PodQueue { discipline, service_mean: 0.001, service_scv: scv, quota_slice: 0.0, quota_cores, balancer, pods }
}

/// Latency at this share of the pod's saturation rate.
fn at_load(queue: &PodQueue, load: f64) -> Latency {
    let servers = f64::from(queue.discipline.parallelism());
    let cores = queue.quota_cores.map_or(servers, |cores| cores.min(servers));
    latency(queue, load * cores / queue.service_mean, &TABLES)
}

#[test]
fn formulas_are_used_where_they_exist() {
    for servers in [1, 2, 5, 64] {
        let queue = queue(Discipline::Fcfs { servers }, 1.0, None, Balancer::Random, 10);
        let exact = mmc_sojourn_quantile(servers, 0.8 * f64::from(servers), 0.001, 0.99);
        assert!((at_load(&queue, 0.8).p99 / exact - 1.0).abs() < 1e-9);
        let queue = PodQueue { discipline: Discipline::Sharing { threads: servers }, service_scv: 4.0, ..queue };
        let exact = sharing_mean_sojourn(servers, 0.8 * f64::from(servers), 0.001);
        assert!((at_load(&queue, 0.8).mean / exact - 1.0).abs() < 1e-9);
    }
}

#[test]
fn a_quota_that_cannot_be_exhausted_changes_nothing() {
    let free = queue(Discipline::Sharing { threads: 2 }, 1.0, None, Balancer::PowerOfTwo, 4);
    for cores in [2.0, 8.0] {
        assert_eq!(at_load(&PodQueue { quota_cores: Some(cores), ..free }, 0.7), at_load(&free, 0.7));
    }
    let nearly = at_load(&PodQueue { quota_cores: Some(1.999_999), ..free }, 0.7);
    assert!((nearly.p99 / at_load(&free, 0.7).p99 - 1.0).abs() < 1e-3);
}

#[test]
fn overloaded_and_invalid_pods_are_infinitely_slow() {
    let good = queue(Discipline::Fcfs { servers: 2 }, 1.0, None, Balancer::Random, 1);
    let limited = PodQueue { quota_cores: Some(0.5), ..good };
    for (queue, rate) in [
        (good, 2000.0),
        (good, f64::NAN),
        (good, f64::INFINITY),
        (limited, 500.0),
        (PodQueue { quota_cores: Some(0.0), ..good }, 1.0),
        (PodQueue { quota_cores: Some(f64::NAN), ..good }, 1.0),
        (PodQueue { discipline: Discipline::Fcfs { servers: 0 }, ..good }, 1.0),
        (PodQueue { discipline: Discipline::Sharing { threads: 0 }, ..good }, 1.0),
        (PodQueue { service_mean: f64::NAN, ..good }, 1.0),
        (PodQueue { service_mean: f64::INFINITY, ..good }, 1.0),
        (PodQueue { service_scv: f64::NAN, ..good }, 1.0),
        (PodQueue { service_scv: -1.0, ..good }, 1.0),
    ] {
        let latency = latency(&queue, rate, &TABLES);
        assert_eq!((latency.mean, latency.p99), (f64::INFINITY, f64::INFINITY), "{queue:?} at {rate}");
        assert!(!latency.throttled_fraction.is_nan());
    }
    assert_eq!(latency(&limited, 500.0, &TABLES).throttled_fraction, 1.0);
    assert_eq!(latency(&PodQueue { service_mean: 0.0, ..good }, 1e9, &TABLES).p99, 0.0);
}

/// Measured under a limit of 500m: Gin with 0.6 ms of work is stable at 78 % of the quota and collapses at 94 %. The
/// model must have the cliff at the same place: milliseconds on one side, tens of milliseconds on the other.
#[test]
fn latency_rises_steeply_at_a_limit() {
    let gin = PodQueue {
        service_mean: 0.0006,
        ..queue(Discipline::Sharing { threads: 2 }, 0.5, Some(0.5), Balancer::Random, 1)
    };
    let (before, after) = (at_load(&gin, 0.78), at_load(&gin, 0.94));
    // Measured: 3.6 and 43 ms, throttled in 2 and 55 % of the periods. The model gives 2.47 and 44.6 ms, 4.4 and 47.8
    // %.
    let near = |got: f64, measured: f64, share: f64| (got / measured - 1.0).abs() < share;
    assert!(near(before.p99, 0.0036, 0.33), "{before:?} for 3.6 ms");
    assert!(near(after.p99, 0.043, 0.05), "{after:?} for 43 ms");
    assert!((before.throttled_fraction - 0.02).abs() < 0.03, "{before:?} for 2 %");
    assert!((after.throttled_fraction - 0.55).abs() < 0.08, "{after:?} for 55 %");
}

fn disciplines() -> impl Strategy<Value = Discipline> {
    (1_u32..20, any::<bool>()).prop_map(|(n, shared)| {
        if shared { Discipline::Sharing { threads: n } } else { Discipline::Fcfs { servers: n } }
    })
}

fn balancers() -> impl Strategy<Value = Balancer> {
    prop::sample::select(vec![Balancer::Random, Balancer::RoundRobin, Balancer::PowerOfTwo, Balancer::LeastRequest])
}

prop_compose! {
    fn queues()(
        discipline in disciplines(),
        service in -12.0..1.0_f64,
        service_scv in prop_oneof![Just(0.0), Just(0.25), Just(1.0), 0.0..2.0, 0.0..40.0],
        quota_slice in prop_oneof![Just(0.0), Just(QUOTA_SLICE)],
        quota_cores in prop::option::of(0.05..20.0_f64),
        balancer in balancers(),
        pods in prop_oneof![1_u64..10, 1_u64..1000, Just(u64::MAX)],
    ) -> PodQueue {
        PodQueue { discipline, service_mean: service.exp(), service_scv, quota_slice, quota_cores, balancer, pods }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn latency_never_falls_with_load(queue in queues(), load in 0.0..1.0_f64, more in 0.0..1.0_f64) {
        let (one, other) = (at_load(&queue, load), at_load(&queue, load + more * (1.0 - load)));
        // One part in a billion for rounding.
        prop_assert!(one.p99 <= other.p99 * (1.0 + 1e-9), "{one:?} {other:?}");
        prop_assert!(one.mean <= other.mean * (1.0 + 1e-9), "{one:?} {other:?}");
        prop_assert!(one.throttled_fraction <= other.throttled_fraction + 1e-9, "{one:?} {other:?}");
        prop_assert!((0.0..=1.0).contains(&one.throttled_fraction));
        prop_assert!(one.p99 > 0.0 && one.mean > 0.0);
    }

    #[test]
    fn latency_never_rises_with_more_pods(queue in queues(), load in 0.0..1.0_f64, more in 0_u64..100) {
        let fatter = PodQueue { pods: queue.pods.saturating_add(more), ..queue };
        let (one, other) = (at_load(&queue, load), at_load(&fatter, load));
        prop_assert!(other.p99 <= one.p99 * (1.0 + 1e-9), "{one:?} {other:?}");
        prop_assert!(other.mean <= one.mean * (1.0 + 1e-9), "{one:?} {other:?}");
    }
}

/// How far a p99 of the model may lie below and above the simulator's, and the median of its errors, relative. Without
/// a quota the figures are the 15 % that a formula or table must keep; some of the points have 50 pods, where the
/// tables' last, 32, stands and errs high. Under a quota the model errs high where a single request can use up a period
/// (seen: 14 %). Behind a balancer a quota's figures are an upper bound, too high by whatever the balancer saves: seen
/// were 1 % too low to 57 % too high for round robin, with a median of 9 %, and 1 % too low to 4.7 times too high for
/// least request, with a median of 34 %.
const REGIMES: [(Regime, f64, f64, f64); 12] = [
    (regime("FCFS, random", false, Balancer::Random, false), 0.15, 0.15, 0.08),
    (regime("FCFS, round robin", false, Balancer::RoundRobin, false), 0.15, 0.15, 0.08),
    (regime("FCFS, power of two", false, Balancer::PowerOfTwo, false), 0.15, 0.15, 0.08),
    (regime("FCFS, least request", false, Balancer::LeastRequest, false), 0.15, 0.15, 0.08),
    (regime("sharing, random", true, Balancer::Random, false), 0.15, 0.15, 0.08),
    (regime("sharing, round robin", true, Balancer::RoundRobin, false), 0.15, 0.15, 0.08),
    (regime("sharing, power of two", true, Balancer::PowerOfTwo, false), 0.15, 0.15, 0.08),
    (regime("sharing, least request", true, Balancer::LeastRequest, false), 0.15, 0.25, 0.08),
    (regime("quota, FCFS, random", false, Balancer::Random, true), 0.15, 0.2, 0.08),
    (regime("quota, sharing, random", true, Balancer::Random, true), 0.15, 0.2, 0.08),
    (regime("quota, FCFS, round robin", false, Balancer::RoundRobin, true), 0.05, 0.6, 0.1),
    (regime("quota, sharing, least request", true, Balancer::LeastRequest, true), 0.05, 4.8, 0.36),
];

const fn regime(name: &'static str, sharing: bool, balancer: Balancer, quota: bool) -> Regime {
    Regime { name, sharing, balancer, quota, scv: (0.05, 10.0) }
}

/// Between the tables' points, with a seed that was used neither for the tables nor for the published figures.
#[test]
fn tables_agree_with_a_new_simulation() {
    let mut far = Vec::new();
    for (regime, low, high, typical) in REGIMES {
        let mut errors = Vec::new();
        for (point, load) in regime.draw(12, 77) {
            let outcome = point.scenario(load, 200_000, 78).run();
            let said = point.model(load, &TABLES).p99;
            errors.push((said / outcome.p99 - 1.0).abs());
            // Three standard errors: with 144 points, a correct table fails for at most one in five seeds.
            let chance = 3.0 * outcome.p99_error;
            let (lowest, highest) = (outcome.p99 * (1.0 - low) - chance, outcome.p99 * (1.0 + high) + chance);
            if !(lowest..=highest).contains(&said) {
                far.push(format!(
                    "{}: {said:.3} for {:.3} ± {:.3}, {point:?} at {load:.2}",
                    regime.name, outcome.p99, outcome.p99_error
                ));
            }
        }
        // The largest error of a regime is not representative, so the median is checked too.
        errors.sort_by(f64::total_cmp);
        let median = errors[errors.len() / 2];
        if median > typical {
            far.push(format!("{}: median error {median:.3}", regime.name));
        }
    }
    assert!(far.is_empty(), "{}", far.join("\n"));
}
