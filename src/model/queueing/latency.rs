//! Latency quantiles of one pod, from the formulas where they hold and from the simulated tables elsewhere.

use super::balancer::{Balancer, count};
use super::discipline::Discipline;
use super::ggc::ggc_mean_wait;
use super::sojourn::ggc_sojourn_quantile;
use super::table::{Limit, QueueingTables, quota_margin, scv_coordinate};

/// The period of a CPU quota in seconds: the kernel's and the kubelet's default (`cpuCFSQuotaPeriod`).
pub const QUOTA_PERIOD: f64 = 0.1;

/// The pods of a service as queues.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PodQueue {
    /// The queueing discipline within a pod.
    pub discipline: Discipline,
    /// CPU time of a request in seconds.
    pub service_mean: f64,
    /// Squared coefficient of variation of that time: 0 for constant, 1 for exponential.
    pub service_scv: f64,
    /// CPU limit in cores, if there is one.
    pub quota_cores: Option<f64>,
    /// How requests are distributed over the pods.
    pub balancer: Balancer,
    /// Number of pods of the service.
    pub pods: u64,
}

/// Response time of a request in a pod, from arrival to departure, excluding time spent waiting downstream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    /// Mean response time in seconds.
    pub mean: f64,
    /// 99th percentile of the response time in seconds.
    pub p99: f64,
    /// Share of the quota's periods in which the pod is throttled: what
    /// `container_cpu_cfs_throttled_periods_total / container_cpu_cfs_periods_total` would show.
    pub throttled_fraction: f64,
}

/// The latency at this rate per pod.
///
/// Never falls when the rate rises, and never rises when there are more pods at the same rate. An overloaded pod, or
/// an invalid one (no servers, a time that is NaN), is infinitely slow. Below their first column, the tables return
/// its value.
///
/// A quota that the pod's threads cannot exhaust has no effect. Under one that they can, power of two and least
/// request count as random, which is pessimistic (they would send less to a throttled pod).
pub fn latency(queue: &PodQueue, requests_per_second_per_pod: f64, tables: &QueueingTables) -> Latency {
    let servers = f64::from(queue.discipline.parallelism());
    let limited = queue.quota_cores.filter(|&cores| cores.is_nan() || cores < servers);
    let cores = limited.unwrap_or(servers);
    let load = requests_per_second_per_pod.max(0.0) * queue.service_mean / cores;
    let known = queue.service_mean >= 0.0 && queue.service_mean.is_finite();
    let varied = queue.service_scv >= 0.0 && queue.service_scv.is_finite();
    if requests_per_second_per_pod.is_nan() || !known || !varied || !(0.0..1.0).contains(&load) {
        let throttled_fraction = if limited.is_some() { 1.0 } else { 0.0 };
        return Latency { mean: f64::INFINITY, p99: f64::INFINITY, throttled_fraction };
    }
    if queue.service_mean == 0.0 {
        return Latency { mean: 0.0, p99: 0.0, throttled_fraction: 0.0 };
    }
    if limited.is_none() {
        return Latency {
            mean: queue.service_mean * unlimited_mean(queue, load, tables),
            p99: queue.service_mean * unlimited_p99(queue, load, tables),
            throttled_fraction: 0.0,
        };
    }
    let own = within_tables(queue, cores, load, tables);
    // A larger quota never makes a pod slower, whatever is interpolated: the smaller quotas in the tables are upper
    // bounds.
    let smaller = QUOTAS.into_iter().map(|node| servers / node).filter(|less| *less < cores * 0.999_999);
    smaller.filter(|less| load * cores / less < 1.0).fold(own, |best, less| {
        let bound = within_tables(queue, less, load * cores / less, tables);
        Latency { mean: best.mean.min(bound.mean), p99: best.p99.min(bound.p99), ..best }
    })
}

/// Servers per core of quota for which the tables have rows. At 1, a quota has no effect; between 1 and the first
/// row, the two are blended.
const QUOTAS: [f64; 4] = [1.25, 2.0, 5.0, 16.0];

fn within_tables(queue: &PodQueue, cores: f64, load: f64, tables: &QueueingTables) -> Latency {
    let servers = f64::from(queue.discipline.parallelism());
    if servers / cores >= QUOTAS[0] {
        return under_quota(queue, cores, load, tables);
    }
    let plain = Latency {
        mean: queue.service_mean * unlimited_mean(queue, load, tables),
        p99: queue.service_mean * unlimited_p99(queue, load, tables),
        throttled_fraction: 0.0,
    };
    let share = (servers / cores).ln() / QUOTAS[0].ln();
    blend(plain, under_quota(queue, servers / QUOTAS[0], load, tables), share)
}

fn under_quota(queue: &PodQueue, cores: f64, load: f64, tables: &QueueingTables) -> Latency {
    /// The largest variability in the tables, and the range of service time ÷ quota.
    const LAST_SCV: f64 = 4.0;
    const SERVICE: (f64, f64) = (0.001, 2.0);
    let servers = f64::from(queue.discipline.parallelism());
    let mut service = queue.service_mean / (cores * QUOTA_PERIOD);
    let mut scv = queue.service_scv;
    if scv > LAST_SCV {
        // The variance of a period's demand is proportional to S(1 + cs²): more variable requests act like longer
        // ones.
        service *= (1.0 + scv) / (1.0 + LAST_SCV);
        scv = LAST_SCV;
    }
    // If requests are far longer than a period, the quota only acts like a slower processor, and times are
    // proportional to the service time.
    let longer = (service / SERVICE.1).max(1.0);
    let service = service.min(SERVICE.1);
    // More regular arrivals reduce the variance of a period's demand to S(ca² + cs²): the pod is further from its
    // quota than its load suggests, but its cores are just as busy.
    let arrival_scv = queue.balancer.arrival_scv(queue.pods);
    let evened = (arrival_scv + queue.service_scv) / (1.0 + queue.service_scv);
    let margin = quota_margin(load, service * evened, scv);
    let limit = Limit { servers, servers_per_core: servers / cores, service_over_quota: service, scv, margin };
    let periods = tables.limited(queue.discipline, limit);
    // Outside their rows, the tables are evaluated for a longer service time; the additional time on an idle pod is
    // subtracted, and the effect of the quota is kept.
    let answered_cores = servers / (servers / cores).min(QUOTAS[QUOTAS.len() - 1]);
    let excess = (service.max(SERVICE.0) * answered_cores - service * cores) * QUOTA_PERIOD;
    // The tables for a quota describe one pod behind a random balancer.
    let alone = PodQueue { service_scv: scv, balancer: Balancer::Random, pods: 1, ..*queue };
    let idle = if excess > 0.0 { unlimited_p99(&alone, 0.0, tables) } else { 0.0 };
    // A quota never makes a pod faster than its cores are.
    let on_cores = load * cores / servers;
    let mean = queue.service_mean * unlimited_mean(queue, on_cores, tables);
    let p99 = queue.service_mean * unlimited_p99(queue, on_cores, tables);
    Latency {
        mean: mean.max((QUOTA_PERIOD * periods.mean - excess) * longer),
        p99: p99.max((QUOTA_PERIOD * periods.p99 - excess * idle) * longer),
        throttled_fraction: periods.throttled,
    }
}

fn blend(a: Latency, b: Latency, share: f64) -> Latency {
    let times = |a: f64, b: f64| (a.ln() + share * (b.ln() - a.ln())).exp();
    Latency {
        mean: times(a.mean, b.mean),
        p99: times(a.p99, b.p99),
        throttled_fraction: a.throttled_fraction + share * (b.throttled_fraction - a.throttled_fraction),
    }
}

/// Range of variability in which Whitt's formula is within 15 % of the simulator behind random and round-robin
/// balancers (docs/trust.md, "How good the formulas are"). Outside it tables are used, and between the two a blend.
const FORMULA: (f64, f64) = (0.25, 1.0);
/// The next variability in the tables above that range.
const ABOVE: f64 = 4.0;
/// The last variability in the tables.
const LAST: f64 = 16.0;

/// p99 in service times without a quota.
fn unlimited_p99(queue: &PodQueue, load: f64, tables: &QueueingTables) -> f64 {
    let pods = count(queue.pods);
    let alone = match queue.discipline {
        Discipline::Sharing { .. } => from_table(queue, Balancer::Random, pods, load, tables),
        Discipline::Fcfs { servers } => fcfs_p99(queue, servers, load, tables),
    };
    // A single pod needs no balancer, and a balancer that considers the state of the pods is no worse than random.
    let formula = matches!(queue.discipline, Discipline::Fcfs { .. }) && queue.balancer == Balancer::RoundRobin;
    if pods < 2.0 || queue.balancer == Balancer::Random || formula {
        return alone;
    }
    alone.min(from_table(queue, queue.balancer, pods, load, tables))
}

/// p99 of first come, first served behind a balancer that ignores the state of the pods: by formula where it is
/// accurate.
fn fcfs_p99(queue: &PodQueue, servers: u32, load: f64, tables: &QueueingTables) -> f64 {
    let in_turn = queue.balancer == Balancer::RoundRobin && queue.pods > 1;
    let balancer = if in_turn { Balancer::RoundRobin } else { Balancer::Random };
    let arrival_scv = balancer.arrival_scv(queue.pods);
    let formula = |scv: f64| ggc_sojourn_quantile(servers, load, arrival_scv, scv, 1.0, 0.99);
    let table =
        |scv: f64| from_table(&PodQueue { service_scv: scv, ..*queue }, balancer, count(queue.pods), load, tables);
    let between = |from: (f64, f64), to: (f64, f64)| {
        let (start, end) = (scv_coordinate(from.0), scv_coordinate(to.0));
        let share = (scv_coordinate(queue.service_scv) - start) / (end - start);
        (from.1.ln() + share * (to.1.ln() - from.1.ln())).exp()
    };
    match queue.service_scv {
        scv if scv < FORMULA.0 => between((0.0, table(0.0)), (FORMULA.0, formula(FORMULA.0))),
        scv if scv <= FORMULA.1 => formula(scv),
        scv if scv < ABOVE => between((FORMULA.1, formula(FORMULA.1)), (ABOVE, table(ABOVE))),
        scv => table(scv),
    }
}

/// p99 in service times from a table; beyond the largest variability, it grows with 1 + cs², as waits do.
fn from_table(queue: &PodQueue, balancer: Balancer, pods: f64, load: f64, tables: &QueueingTables) -> f64 {
    let more = ((1.0 + queue.service_scv) / (1.0 + LAST)).max(1.0);
    more * tables.p99(queue.discipline, balancer, pods, queue.service_scv, load)
}

/// Mean in service times without a quota.
fn unlimited_mean(queue: &PodQueue, load: f64, tables: &QueueingTables) -> f64 {
    let arrival_scv = queue.balancer.arrival_scv(queue.pods);
    let servers = queue.discipline.parallelism();
    // For processor sharing, the mean is that of exponential service, exactly so for Poisson arrivals.
    let service_scv = match queue.discipline {
        Discipline::Fcfs { .. } => queue.service_scv,
        Discipline::Sharing { .. } => 1.0,
    };
    let alone = 1.0 + ggc_mean_wait(servers, load, arrival_scv, service_scv, 1.0);
    let pods = count(queue.pods);
    let balanced =
        if pods < 2.0 { None } else { tables.mean(queue.discipline, queue.balancer, pods, queue.service_scv, load) };
    balanced.map_or(alone, |mean| alone.min(mean))
}
