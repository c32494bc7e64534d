//! Latency quantiles of one pod, from the formulas where they hold and from the simulated tables elsewhere.

use super::balancer::{Balancer, count};
use super::discipline::Discipline;
use super::ggc::ggc_mean_wait;
use super::sojourn::{ggc_sojourn_quantile, ggc_sojourn_within};
use super::table::{Limit, QueueingTables, quota_margin, scv_coordinate};

/// The period of a CPU quota in seconds: the kernel's and the kubelet's default (`cpuCFSQuotaPeriod`).
pub const QUOTA_PERIOD: f64 = 0.1;

/// CPU seconds of a slice of a quota: the kernel's default (`sched_cfs_bandwidth_slice_us`).
///
/// A core draws its group's quota in slices, so that a request that runs when the quota is used up may finish, unless it
/// takes longer than a slice. With this, the model's throttled share and p99 under a quota are as measured, also for
/// requests of 1 and 5 ms; with an exact quota, their throttling begins too early (docs/trust.md, "CPU per request").
pub const QUOTA_SLICE: f64 = 0.005;

/// The pods of a service as queues.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PodQueue {
    /// The queueing discipline within a pod.
    pub discipline: Discipline,
    /// CPU time of a request in seconds.
    pub service_mean: f64,
    /// Squared coefficient of variation of that time: 0 for constant, 1 for exponential.
    pub service_scv: f64,
    /// The most CPU seconds that a period may use beyond its quota, for its last request: [`QUOTA_SLICE`], or 0 for an
    /// exact quota.
    pub quota_slice: f64,
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

/// A quantity of the response time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Statistic {
    Mean,
    P99,
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
    let quota = effective_quota(queue);
    let Some(load) = load(queue, requests_per_second_per_pod) else {
        let throttled_fraction = if quota.is_some() { 1.0 } else { 0.0 };
        return Latency { mean: f64::INFINITY, p99: f64::INFINITY, throttled_fraction };
    };
    let throttled = |cores| if queue.service_mean == 0.0 { 0.0 } else { throttled(queue, cores, load, tables) };
    Latency {
        mean: time(queue, load, Statistic::Mean, tables),
        p99: time(queue, load, Statistic::P99, tables),
        throttled_fraction: quota.map_or(0.0, throttled),
    }
}

/// [`Latency::p99`] alone, without the mean and the throttled share.
pub fn p99(queue: &PodQueue, requests_per_second_per_pod: f64, tables: &QueueingTables) -> f64 {
    load(queue, requests_per_second_per_pod).map_or(f64::INFINITY, |load| time(queue, load, Statistic::P99, tables))
}

/// Whether [`p99`] is at most `objective` seconds. A search for pods asks nothing else, and this takes a third of the
/// time: of the quotas whose rows bound the response time, the first that is fast enough decides.
pub fn p99_within(queue: &PodQueue, requests_per_second_per_pod: f64, objective: f64, tables: &QueueingTables) -> bool {
    let Some(load) = load(queue, requests_per_second_per_pod) else { return objective == f64::INFINITY };
    if queue.service_mean == 0.0 {
        return objective >= 0.0;
    }
    within_on_cores(queue, load, objective, tables)
        && effective_quota(queue).is_none_or(|cores| {
            bounds_under_quota(queue, cores, load, Statistic::P99, tables).any(|bound| bound <= objective)
        })
}

/// The quota in cores; `None` if the pod's threads cannot exhaust it.
fn effective_quota(queue: &PodQueue) -> Option<f64> {
    let servers = f64::from(queue.discipline.parallelism());
    queue.quota_cores.filter(|&cores| cores.is_nan() || cores < servers)
}

/// CPU time of the requests ÷ time of the cores; `None` if the pod is overloaded or invalid.
fn load(queue: &PodQueue, rate: f64) -> Option<f64> {
    let cores = effective_quota(queue).unwrap_or_else(|| f64::from(queue.discipline.parallelism()));
    let load = rate.max(0.0) * queue.service_mean / cores;
    let known = queue.service_mean >= 0.0 && queue.service_mean.is_finite();
    let varied = queue.service_scv >= 0.0 && queue.service_scv.is_finite();
    (!rate.is_nan() && known && varied && (0.0..1.0).contains(&load)).then_some(load)
}

/// Servers per core of quota for which the tables have rows. At 1, a quota has no effect; between 1 and the first
/// row, the two are blended.
const QUOTAS: [f64; 4] = [1.25, 2.0, 5.0, 16.0];

/// A quantity of the response time in seconds.
fn time(queue: &PodQueue, load: f64, statistic: Statistic, tables: &QueueingTables) -> f64 {
    if queue.service_mean == 0.0 {
        return 0.0;
    }
    let on_cores = on_cores(queue, load, statistic, tables);
    let Some(cores) = effective_quota(queue) else { return on_cores };
    let limited = bounds_under_quota(queue, cores, load, statistic, tables).fold(f64::INFINITY, f64::min);
    // A quota never makes a pod faster than its cores are.
    limited.max(on_cores)
}

/// A quantity of the response time in seconds if the pod's threads or workers had a core each.
fn on_cores(queue: &PodQueue, load: f64, statistic: Statistic, tables: &QueueingTables) -> f64 {
    queue.service_mean * unlimited(queue, load_of_cores(queue, load), statistic, tables)
}

/// The load relative to a core for each thread or worker, from that relative to the quota.
fn load_of_cores(queue: &PodQueue, load: f64) -> f64 {
    let servers = f64::from(queue.discipline.parallelism());
    effective_quota(queue).map_or(load, |cores| load * cores / servers)
}

/// Whether the p99 is at most `objective` seconds if the pod's threads or workers had a core each.
fn within_on_cores(queue: &PodQueue, load: f64, objective: f64, tables: &QueueingTables) -> bool {
    let by_formula = queue.pods < 2 || matches!(queue.balancer, Balancer::Random | Balancer::RoundRobin);
    match queue.discipline {
        Discipline::Fcfs { servers } if by_formula && (FORMULA.0..=FORMULA.1).contains(&queue.service_scv) => {
            let load = load_of_cores(queue, load);
            let variabilities = (queue.balancer.arrival_scv(queue.pods), queue.service_scv);
            ggc_sojourn_within(servers, load, variabilities, queue.service_mean, 0.99, objective)
        }
        _ => on_cores(queue, load, Statistic::P99, tables) <= objective,
    }
}

/// Upper bounds of a quantity of the response time in seconds under a quota: from the rows for this quota, then from
/// those for smaller ones. A larger quota never makes a pod slower, whatever is interpolated.
fn bounds_under_quota(
    queue: &PodQueue,
    cores: f64,
    load: f64,
    statistic: Statistic,
    tables: &QueueingTables,
) -> impl Iterator<Item = f64> {
    let servers = f64::from(queue.discipline.parallelism());
    let under = move |cores: f64, load: f64| under_quota(queue, cores, load, statistic, tables);
    let own = move || {
        if servers / cores >= QUOTAS[0] {
            return under(cores, load);
        }
        let unlimited = |load| queue.service_mean * unlimited(queue, load, statistic, tables);
        let limited = under(servers / QUOTAS[0], load);
        let (from, to) = (unlimited(load).ln(), limited.max(unlimited(load / QUOTAS[0])).ln());
        (from + share_of_first_row(servers / cores) * (to - from)).exp()
    };
    let smaller = QUOTAS.into_iter().map(move |node| servers / node).filter(move |less| *less < cores * 0.999_999);
    let smaller = smaller.map(move |less| (less, load * cores / less)).filter(|(_, load)| *load < 1.0);
    std::iter::once_with(own).chain(smaller.map(move |(less, load)| under(less, load)))
}

/// The share of the quota's periods in which the pod is throttled.
fn throttled(queue: &PodQueue, cores: f64, load: f64, tables: &QueueingTables) -> f64 {
    let servers = f64::from(queue.discipline.parallelism());
    if servers / cores >= QUOTAS[0] {
        return tables.throttled_share(InTable::of(queue, cores, load).limit);
    }
    let first_row = InTable::of(queue, servers / QUOTAS[0], load).limit;
    share_of_first_row(servers / cores) * tables.throttled_share(first_row)
}

/// Position of a quota between none (0) and the first row of the tables (1).
fn share_of_first_row(servers_per_core: f64) -> f64 {
    servers_per_core.ln() / QUOTAS[0].ln()
}

/// A quantity of the response time in seconds, from the rows for this quota; it may be below that of the cores alone.
fn under_quota(queue: &PodQueue, cores: f64, load: f64, statistic: Statistic, tables: &QueueingTables) -> f64 {
    let InTable { limit, longer, excess } = InTable::of(queue, cores, load);
    let (periods, idle) = match statistic {
        Statistic::Mean => (tables.limited_mean(limit), 1.0),
        Statistic::P99 => {
            // The tables for a quota describe one pod behind a random balancer.
            let alone = PodQueue { service_scv: limit.scv, balancer: Balancer::Random, pods: 1, ..*queue };
            let idle = if excess > 0.0 { unlimited(&alone, 0.0, Statistic::P99, tables) } else { 0.0 };
            (tables.limited_p99(queue.discipline, limit), idle)
        }
    };
    (QUOTA_PERIOD * periods - excess * idle) * longer
}

/// The coordinates of a pod in the tables for quotas, and the corrections of what they return.
#[derive(Clone, Copy, Debug)]
struct InTable {
    limit: Limit,
    /// Service time ÷ the longest in the tables, at least 1: times are proportional to it.
    longer: f64,
    /// Seconds that the tables' service time is too long, where the pod's own is outside their rows.
    excess: f64,
}

impl InTable {
    fn of(queue: &PodQueue, cores: f64, load: f64) -> Self {
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
        // The last request of a period may go beyond the quota. That is paid back, so that a load of 1 is still an
        // overload: it is worth nothing there, and all of it far from there.
        let slice = queue.quota_slice.min(queue.service_mean) / (cores * QUOTA_PERIOD);
        let eased = 1.0 + slice / (1.0 - load + slice);
        let margin = eased * quota_margin(load, service * evened, scv);
        // Outside their rows, the tables are evaluated for a longer service time; the additional time on an idle pod
        // is subtracted, and the effect of the quota is kept.
        let answered_cores = servers / (servers / cores).min(QUOTAS[QUOTAS.len() - 1]);
        Self {
            limit: Limit { servers, servers_per_core: servers / cores, service_over_quota: service, scv, margin },
            longer,
            excess: (service.max(SERVICE.0) * answered_cores - service * cores) * QUOTA_PERIOD,
        }
    }
}

/// A quantity of the response time in service times, without a quota.
fn unlimited(queue: &PodQueue, load: f64, statistic: Statistic, tables: &QueueingTables) -> f64 {
    match statistic {
        Statistic::Mean => unlimited_mean(queue, load, tables),
        Statistic::P99 => unlimited_p99(queue, load, tables),
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
