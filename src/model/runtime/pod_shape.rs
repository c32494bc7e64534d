//! The properties of a pod that do not vary between draws.

use super::Service;
use super::{Kind, PodResources, Replica, Sidecar, ThreadRule, Workers};
use crate::model::nodes::PodRequest;
use crate::model::uncertainty::Draw;
use crate::units::CpuMillis;

/// Assumed number of threads if neither a limit nor the node's cores are known.
///
/// Eight is the number of vCPUs of `2xlarge` and `standard-8` nodes, which general-purpose clusters commonly use.
pub const ASSUMED_NODE_CORES: u32 = 8;

/// Upper limit of automatic worker processes; more in one pod would be a mistake.
const MAX_WORKERS: u32 = 1024;

/// The properties of a pod that do not vary between draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PodShape {
    /// Concurrency model of the runtime.
    pub kind: Kind,
    /// Number of worker processes.
    pub workers: u32,
    /// Cores that can serve in parallel: processes of an event loop or sync server, threads of a threaded runtime.
    pub threads: u32,
    /// Requests and limits of the application container.
    pub resources: PodResources,
    /// Sidecar proxy of the pod; `None` without one.
    pub sidecar: Option<SidecarShape>,
    /// Bytes of a request plus its response.
    pub payload_bytes: f64,
    /// Number of cores that the profile's throughput was measured on.
    pub benchmark_cores: u32,
    /// Maximum rate of a pod in requests per second; infinite if none was given.
    pub max_rate: f64,
    /// Cores used at the target utilization ÷ cores requested, but at least one.
    pub borrowing: f64,
}

/// Values of a sidecar. Times in seconds, memory and image in bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SidecarShape {
    /// Requests and limits of its container.
    pub resources: PodResources,
    /// CPU seconds per request.
    pub cpu_per_request: f64,
    /// Working set of the sidecar in bytes.
    pub memory: f64,
    /// Seconds that it adds to the mean response time.
    pub latency_mean: f64,
    /// Seconds that it adds to the p99 response time.
    pub latency_p99: f64,
    /// Size of the image of the sidecar in bytes.
    pub image_size: f64,
    /// Start time of the sidecar in seconds.
    pub start: f64,
}

impl From<&Sidecar> for SidecarShape {
    fn from(sidecar: &Sidecar) -> Self {
        Self {
            resources: sidecar.resources,
            cpu_per_request: sidecar.cpu_per_request,
            memory: sidecar.memory.as_f64(),
            latency_mean: sidecar.latency_mean,
            latency_p99: sidecar.latency_p99,
            image_size: sidecar.image_size.as_f64(),
            start: sidecar.start,
        }
    }
}

impl PodShape {
    /// The pod of a service with the given resources, which may differ from its own.
    ///
    /// `node_cores` is known if instance types are named. The number of automatic workers is determined at `mid`: the
    /// smallest one for which CPU is the limit rather than the number of processes, as far as the memory request
    /// allows.
    pub fn new(
        service: &Service,
        resources: PodResources,
        node_cores: Option<u32>,
        target_utilization: f64,
        mid: &Draw,
    ) -> Self {
        let profile = &service.profile;
        let work = &service.work;
        let shape = |workers, threads| Self {
            kind: profile.kind,
            workers,
            threads,
            resources,
            sidecar: service.sidecar.as_ref().map(Into::into),
            payload_bytes: work.request_bytes.as_f64() + work.response_bytes.map_or(0.0, crate::units::Bytes::as_f64),
            benchmark_cores: profile.values.benchmark.cores,
            max_rate: service.max_rate.unwrap_or(f64::INFINITY),
            borrowing: target_utilization.max(1.0),
        };
        if profile.kind == Kind::Threads {
            return shape(1, threads(profile.threads, &resources, node_cores));
        }
        match service.workers.unwrap_or(profile.workers) {
            Workers::Count(count) => shape(count, count),
            Workers::Auto => {
                let fits = |n: &u32| {
                    let replica = Replica::new(&shape(*n, *n), mid);
                    replica.least_memory() <= shape(*n, *n).requested().memory.as_f64()
                };
                let enough = |n: &u32| {
                    let shape = shape(*n, *n);
                    let replica = Replica::new(&shape, mid);
                    let by_cpu = replica.rate_at_cpu(target_utilization * shape.requested().cpu.cores());
                    let by_workers = match shape.kind {
                        Kind::Sync => replica.rate_at_workers(target_utilization),
                        _ => replica.rate_at_threads(target_utilization),
                    };
                    by_workers >= by_cpu
                };
                let paid_for = (1..=MAX_WORKERS).take_while(|n| *n == 1 || fits(n)).last().unwrap_or(1);
                let workers = (1..=paid_for).find(enough).unwrap_or(paid_for);
                shape(workers, workers)
            }
        }
    }

    /// Maximum number of cores that the application can use: its threads, or its limit if that is less.
    pub fn usable_cores(&self) -> f64 {
        let threads = f64::from(self.threads);
        self.resources.cpu_limit.map_or(threads, |limit| limit.cores().min(threads))
    }

    /// Number of threads appropriate for the application's CPU limit; `None` unless it is threaded, has a limit and
    /// starts more threads.
    pub fn threads_worth(&self) -> Option<u32> {
        let worth = threads_of_limit(self.resources.cpu_limit?);
        (self.kind == Kind::Threads && self.threads > worth).then_some(worth)
    }

    /// Share of its throughput that the pod retains with more threads than its CPU limit is appropriate for.
    pub fn kept_throughput(&self) -> f64 {
        self.threads_worth().map_or(1.0, |worth| with_threads(f64::from(self.threads) / f64::from(worth), |row| row.1))
    }

    /// Factor by which its slowest responses are slower for the same reason.
    pub fn longer_tail(&self) -> f64 {
        self.threads_worth().map_or(1.0, |worth| with_threads(f64::from(self.threads) / f64::from(worth), |row| row.2))
    }

    /// Total request of the pod, sidecar included.
    pub fn requested(&self) -> PodRequest {
        let sidecar = self.sidecar.map(|s| s.resources);
        PodRequest {
            cpu: self.resources.cpu_request + sidecar.map_or_else(Default::default, |s| s.cpu_request),
            memory: self.resources.memory_request + sidecar.map_or_else(Default::default, |s| s.memory_request),
        }
    }

    /// Capacity that a pod needs on dedicated nodes: its CPU usage at the target if that is more than its request.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "millicores of a pod are far below 2^53, and at most ten times as many"
    )]
    pub fn room(&self) -> PodRequest {
        let requested = self.requested();
        let used = (requested.cpu.millis() as f64 * self.borrowing).ceil() as u64;
        PodRequest { cpu: CpuMillis::from_millis(used), ..requested }
    }

    /// CPU limit of the whole pod in cores; infinite if a container has none.
    pub fn allowed_cores(&self) -> f64 {
        let of = |resources: &PodResources| resources.cpu_limit.map_or(f64::INFINITY, CpuMillis::cores);
        of(&self.resources) + self.sidecar.map_or(0.0, |sidecar| of(&sidecar.resources))
    }

    /// CPU quota of the application on a fully used node, in cores: its limit, or its request if it has no limit.
    pub fn busy_node_quota(&self) -> f64 {
        self.resources.cpu_limit.unwrap_or(self.resources.cpu_request).cores()
    }
}

/// The number of threads that Go 1.25 and later start under a CPU limit: the limit rounded up to whole cores, but at
/// least two. The node's logical CPUs are a further bound.
///
/// Source: Go runtime, `cgroup_linux.go`; <https://go.dev/doc/go1.25#container-aware-gomaxprocs>.
fn threads_of_limit(limit: CpuMillis) -> u32 {
    u32::try_from(limit.millis().div_ceil(1000)).unwrap_or(u32::MAX).max(2)
}

/// The thread count of a threaded runtime: `GOMAXPROCS` defaults to the number of logical CPUs of the node
/// (golang/go#73193); runtimes that respect limits use fewer.
fn threads(rule: ThreadRule, resources: &PodResources, node_cores: Option<u32>) -> u32 {
    // A node that is too small for the request cannot run the pod.
    let request = u32::try_from(resources.cpu_request.millis().div_ceil(1000)).unwrap_or(u32::MAX);
    let node = node_cores.unwrap_or(ASSUMED_NODE_CORES).max(request);
    match (rule, resources.cpu_limit) {
        (ThreadRule::Cgroup, Some(limit)) => node.min(threads_of_limit(limit)),
        _ => node,
    }
}

/// Effect of too many threads under a limit of 2 CPUs: threads ÷ 2, throughput and p99.9 relative to those with two
/// threads. Measured: 44,715 req/s and 26.4 ms with 2 threads, 44,213 and 30.1 with 3, 41,071 and 42.9 with 4, 33,112
/// and 64.3 with 8, 22,191 and 76.2 with 24.
///
/// Source: uber-go/automaxprocs, README ("Performance": Uber's load balancer under a quota of 200 %).
const TOO_MANY_THREADS: [(f64, f64, f64); 5] = [
    (1.0, 1.0, 1.0),
    (1.5, 0.988_770, 1.139_879),
    (2.0, 0.918_507, 1.627_748),
    (4.0, 0.740_504, 2.438_211),
    (12.0, 0.496_284, 2.888_173),
];

/// A column of [`TOO_MANY_THREADS`] at `times` times the appropriate number of threads: a power law between the
/// measured points and beyond the last one.
fn with_threads(times: f64, of: impl Fn(&(f64, f64, f64)) -> f64) -> f64 {
    let mut pairs = TOO_MANY_THREADS.iter().zip(&TOO_MANY_THREADS[1..]);
    let Some((from, to)) = pairs.clone().find(|(_, to)| times <= to.0).or_else(|| pairs.next_back()) else {
        return 1.0;
    };
    let slope = (of(to) / of(from)).ln() / (to.0 / from.0).ln();
    of(from) * (times.max(1.0) / from.0).powf(slope)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Bytes;

    fn resources(request: u64, limit: Option<u64>) -> PodResources {
        PodResources {
            cpu_request: CpuMillis::from_millis(request),
            memory_request: Bytes::from_mib(64),
            cpu_limit: limit.map(CpuMillis::from_millis),
            memory_limit: None,
        }
    }

    /// `min(node, max(2, ceil(limit)))` with a limit, the node's logical CPUs without a limit.
    #[test]
    fn go_starts_a_thread_per_core_of_its_limit_or_its_node() {
        for (request, limit, node, want) in [
            (250, None, None, 8),
            (250, None, Some(32), 32),
            (250, None, Some(4), 4),
            (16_000, None, Some(32), 32),
            (16_000, None, None, 16),
            (16_000, Some(16_000), Some(32), 16),
            (16_000, Some(16_000), None, 16),
            (250, Some(500), None, 2),
            (250, Some(500), Some(1), 1),
            (250, Some(2_500), None, 3),
        ] {
            let got = threads(ThreadRule::Cgroup, &resources(request, limit), node);
            assert_eq!(got, want, "{request} {limit:?} {node:?}");
        }
        assert_eq!(threads(ThreadRule::Node, &resources(250, Some(500)), Some(16)), 16, "before Go 1.25");
    }

    #[test]
    fn every_thread_more_costs_throughput_and_makes_the_tail_longer() {
        let kept = |times| with_threads(times, |row| row.1);
        let longer = |times| with_threads(times, |row| row.2);
        for (threads, requests, p999) in [
            (2.0, 44_715.07, 26.38),
            (3.0, 44_212.93, 30.07),
            (4.0, 41_071.15, 42.94),
            (8.0, 33_111.69, 64.32),
            (24.0, 22_191.40, 76.19),
        ] {
            assert!((kept(threads / 2.0) * 44_715.07 / requests - 1.0).abs() < 1e-5, "{threads}");
            assert!((longer(threads / 2.0) * 26.38 / p999 - 1.0).abs() < 1e-5, "{threads}");
        }
        assert_eq!((kept(0.5), longer(0.5)), (1.0, 1.0));
        for times in 2..400 {
            let (now, next) = (f64::from(times) / 2.0, f64::from(times + 1) / 2.0);
            assert!(kept(next) < kept(now) && longer(next) > longer(now) && kept(next) > 0.0);
        }
    }
}
