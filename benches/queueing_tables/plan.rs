//! Which points the tables hold.

use capmodel::model::queueing::Balancer;

/// Workers or threads. Waits go with one over them, so the steps double; beyond the last the last is taken, which is slower.
pub(crate) const SERVERS: [u32; 5] = [1, 2, 4, 8, 16];
/// Pods behind a balancer. What one more changes goes with 1/n; one pod is the random case.
pub(crate) const PODS: [u32; 3] = [2, 8, 32];
/// Variability of service times: constant, a framework's own, exponential, mixed, very mixed.
pub(crate) const SCV: [f64; 5] = [0.0, 0.25, 1.0, 4.0, 16.0];
/// Where first come, first served has a formula that is good enough behind a balancer that does not look, no table is
/// needed: these are the variabilities outside it.
pub(crate) const SCV_OUTSIDE_FORMULA: [f64; 3] = [0.0, 4.0, 16.0];
/// Under a quota, very mixed service is expressed by its equal in longer service.
pub(crate) const SCV_QUOTA: [f64; 4] = [0.0, 0.25, 1.0, 4.0];
/// The p99 bends there; means and throttled shares do not, and need no rows.
pub(crate) const SCV_QUOTA_P99_ONLY: f64 = 0.25;
/// Threads under a quota, with the ratio of threads to the cores of the quota from hardly limited to a sixteenth.
pub(crate) const SERVERS_QUOTA: [u32; 3] = [1, 2, 8];
pub(crate) const SERVERS_PER_CORE: [f64; 4] = [1.25, 2.0, 5.0, 16.0];
/// Service time ÷ CPU time of one period: from 0.1 ms under one core to twice the quota; close where one
/// request can use up a period.
pub(crate) const SERVICE_OVER_QUOTA: [f64; 6] = [0.001, 0.01, 0.1, 0.2, 0.4, 2.0];

/// The tables' seed, the same for every point, so that chance moves neighbours alike.
pub(crate) const SEED: u64 = 1;
/// The judges' seed: another, so that a table is not judged by the draws that made it.
pub(crate) const JUDGE_SEED: u64 = 2;

/// Requests at most for a point of a table: enough for 2 % of p99 but near saturation with very mixed service, where nobody
/// plans.
pub(crate) const REQUESTS: usize = 800_000;

/// Short: hundreds of rows carry it.
pub(crate) fn name(balancer: Balancer) -> &'static str {
    match balancer {
        Balancer::Random => "random",
        Balancer::RoundRobin => "rr",
        Balancer::PowerOfTwo => "p2c",
        Balancer::LeastRequest => "lr",
    }
}
