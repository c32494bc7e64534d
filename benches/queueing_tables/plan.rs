//! The grid points of the tables.

use capmodel::model::queueing::Balancer;

/// Numbers of workers or threads. Waiting times are proportional to the inverse, so the steps double; beyond the last
/// value, the last value is used, which is slower.
pub(crate) const SERVERS: [u32; 5] = [1, 2, 4, 8, 16];
/// Numbers of pods behind a balancer. The effect of another pod is proportional to 1/n; one pod is the random case.
pub(crate) const PODS: [u32; 3] = [2, 8, 32];
/// Squared coefficients of variation of the service time: constant, a framework alone, exponential, mixed, very mixed.
pub(crate) const SCV: [f64; 5] = [0.0, 0.25, 1.0, 4.0, 16.0];
/// Where first come, first served has a formula that is good enough behind a balancer that does not look, no table is
/// needed: these are the variabilities outside it.
pub(crate) const SCV_OUTSIDE_FORMULA: [f64; 3] = [0.0, 4.0, 16.0];
/// Under a quota, very mixed service times are replaced by an equivalent longer service time.
pub(crate) const SCV_QUOTA: [f64; 4] = [0.0, 0.25, 1.0, 4.0];
/// p99 has a bend at this variability; means and throttled shares have none and need no rows.
pub(crate) const SCV_QUOTA_P99_ONLY: f64 = 0.25;
/// Numbers of threads under a quota, and the ratio of threads to the cores of the quota: from hardly limited to sixteen
/// threads per core.
pub(crate) const SERVERS_QUOTA: [u32; 3] = [1, 2, 8];
pub(crate) const SERVERS_PER_CORE: [f64; 4] = [1.25, 2.0, 5.0, 16.0];
/// Service time ÷ CPU time of one period, from 0.1 ms under one core to twice the quota; the values are close together
/// where a single request can use up a period.
pub(crate) const SERVICE_OVER_QUOTA: [f64; 6] = [0.001, 0.01, 0.1, 0.2, 0.4, 2.0];

/// Seed of the tables, the same for every point, so that the random errors of neighbouring points are alike.
pub(crate) const SEED: u64 = 1;
/// Seed of the check: a different one, so that a table is not checked with the random numbers that generated it.
pub(crate) const JUDGE_SEED: u64 = 2;

/// Maximum number of requests per point of a table: enough for 2 % of p99, except near saturation with very mixed
/// service times, where no plan operates.
pub(crate) const REQUESTS: usize = 800_000;

/// A short name, because hundreds of rows contain it.
pub(crate) fn name(balancer: Balancer) -> &'static str {
    match balancer {
        Balancer::Random => "random",
        Balancer::RoundRobin => "rr",
        Balancer::PowerOfTwo => "p2c",
        Balancer::LeastRequest => "lr",
    }
}
