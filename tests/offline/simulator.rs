//! The simulator compared with exact results and with published reference figures.

use capmodel::model::queueing::{Balancer, Discipline, mmc_mean_wait, mmc_sojourn_quantile, sharing_mean_sojourn};

use crate::sim::{Outcome, Quota, Scenario};

/// One pod, Poisson arrivals, times in units of the service time.
fn pod(discipline: Discipline, scv: f64, utilization: f64) -> Scenario {
    Scenario {
        pods: 1,
        balancer: Balancer::Random,
        discipline,
        service_mean: 1.0,
        service_scv: scv,
        quota: None,
        rate: utilization * f64::from(discipline.parallelism()),
        requests: 400_000,
        seed: 7,
    }
}

/// Within four standard errors and one percent: the first for chance, the second for the error of the standard error.
fn assert_p99(outcome: Outcome, exact: f64, what: &str) {
    let allowed = 4.0 * outcome.p99_error + 0.01 * exact;
    assert!((outcome.p99 - exact).abs() < allowed, "{what}: {} for {exact}, ± {}", outcome.p99, outcome.p99_error);
}

fn assert_near(got: f64, want: f64, share: f64, what: &str) {
    assert!((got / want - 1.0).abs() < share, "{what}: {got} for {want}");
}

#[test]
fn first_come_first_served_matches_mmc() {
    for (servers, rho) in [(1, 0.5), (1, 0.8), (4, 0.7), (8, 0.9)] {
        let outcome = pod(Discipline::Fcfs { servers }, 1.0, rho).run();
        let load = rho * f64::from(servers);
        let what = format!("c {servers} rho {rho}");
        assert_p99(outcome, mmc_sojourn_quantile(servers, load, 1.0, 0.99), &what);
        assert_near(outcome.mean, 1.0 + mmc_mean_wait(servers, load, 1.0), 0.05, &what);
        assert_near(outcome.utilization, rho, 0.02, &what);
    }
}

/// The mean only depends on the mean service time.
#[test]
fn processor_sharing_is_insensitive_to_the_distribution() {
    for (threads, scv) in [(1, 0.0), (1, 4.0), (4, 0.25), (4, 4.0)] {
        let outcome = pod(Discipline::Sharing { threads }, scv, 0.7).run();
        let exact = sharing_mean_sojourn(threads, 0.7 * f64::from(threads), 1.0);
        assert_near(outcome.mean, exact, 0.03, &format!("threads {threads} scv {scv}"));
    }
}

/// p99, in service times, of 32 pods with one core and of 8 pods with four.
#[test]
fn load_balancers_are_simulated() {
    for (pods, servers, rho, balancer, p99) in [
        (32, 1, 0.7, Balancer::Random, 15.38),
        (32, 1, 0.8, Balancer::RoundRobin, 12.73),
        (32, 1, 0.5, Balancer::PowerOfTwo, 5.65),
        (32, 1, 0.8, Balancer::PowerOfTwo, 7.63),
        (32, 1, 0.8, Balancer::LeastRequest, 4.90),
        (8, 4, 0.8, Balancer::Random, 6.88),
        (8, 4, 0.8, Balancer::RoundRobin, 5.37),
        (8, 4, 0.8, Balancer::PowerOfTwo, 4.78),
    ] {
        let outcome = Scenario { pods, balancer, ..pod(Discipline::Fcfs { servers }, 1.0, rho) }.run();
        // The reference has a random error of its own.
        assert_near(outcome.p99, p99, 0.05, &format!("{pods} x {servers} at {rho}, {balancer:?}"));
    }
}

/// Times in milliseconds: limit in cores, threads, service time, load of the limit, p99, and share of throttled
/// periods.
#[test]
fn cpu_quotas_are_simulated() {
    for (cores, threads, service_mean, scv, rho, p99, throttled) in [
        (0.5, 1, 2.0, 1.0, 0.5, Some(12.9), None),
        (0.5, 1, 2.0, 1.0, 0.7, Some(30.5), None),
        (0.5, 1, 2.0, 1.0, 0.8, Some(54.8), None),
        (1.0, 8, 2.0, 1.0, 0.7, Some(10.0), Some(0.049)),
        (1.0, 8, 2.0, 1.0, 0.8, Some(16.8), Some(0.162)),
        (1.0, 8, 20.0, 1.0, 0.7, Some(337.0), Some(0.378)),
        (4.0, 16, 20.0, 1.0, 0.7, Some(103.0), Some(0.137)),
        (1.0, 8, 20.0, 0.0, 0.7, None, Some(0.262)),
    ] {
        let outcome = Scenario {
            service_mean,
            quota: Some(Quota { cores, period: 100.0 }),
            rate: rho * cores / service_mean,
            requests: 1_000_000,
            ..pod(Discipline::Fcfs { servers: threads }, scv, 0.5)
        }
        .run();
        let what = format!("{cores} cores, {threads} threads, {service_mean} ms, {rho}: {outcome:?}");
        if let Some(p99) = p99 {
            assert!((outcome.p99 - p99).abs() < 0.08 * p99 + 4.0 * outcome.p99_error, "{what}: p99 {p99}");
        }
        if let Some(share) = throttled {
            assert!((outcome.throttled_fraction - share).abs() < 0.1 * share + 0.01, "{what}: throttled {share}");
        }
    }
}
