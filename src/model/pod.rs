//! What a pod is made of: the parts that do not vary between draws.

use super::estimate::Service;
use super::{Draw, Kind, PodRequest, PodResources, Replica, Sidecar, ThreadRule, Workers};

/// The threads taken where neither a limit nor the node's cores are known.
///
/// Eight is the vCPU count of the `2xlarge` and `standard-8` nodes that general clusters are commonly built from.
pub const ASSUMED_NODE_CORES: u32 = 8;

/// Processes are not looked for beyond this: more in one pod is a mistake.
const MOST_WORKERS: u32 = 1024;

/// The parts of a pod that do not vary between draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PodShape {
    /// Concurrency model.
    pub kind: Kind,
    /// Processes that serve.
    pub workers: u32,
    /// Cores that can serve at once: processes of an event loop or sync server, threads of a threaded one.
    pub threads: u32,
    /// What the application's container reserves and may use.
    pub resources: PodResources,
    /// The proxy beside it.
    pub sidecar: Option<SidecarShape>,
    /// Bytes of a request and its response.
    pub payload_bytes: f64,
    /// Cores behind the profile's throughput.
    pub benchmark_cores: u32,
}

/// A sidecar in numbers. Times in seconds, memory and image in bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SidecarShape {
    /// What it reserves and may use.
    pub resources: PodResources,
    /// CPU seconds it spends on a request.
    pub cpu_per_request: f64,
    /// Its working set.
    pub memory: f64,
    /// What it adds to the mean response.
    pub latency_mean: f64,
    /// What it adds to the 99th percentile.
    pub latency_p99: f64,
    /// Its image.
    pub image_size: f64,
    /// Its start.
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
    /// The pod of a service.
    ///
    /// `node_cores` is known when instance types are named. Automatic workers are chosen at `mid`: the fewest for which CPU
    /// binds and not the number of processes, as far as the memory request pays for them.
    pub fn new(service: &Service, node_cores: Option<u32>, target_utilization: f64, mid: &Draw) -> Self {
        let profile = &service.profile;
        let work = &service.work;
        let shape = |workers, threads| Self {
            kind: profile.kind,
            workers,
            threads,
            resources: service.resources,
            sidecar: service.sidecar.as_ref().map(Into::into),
            payload_bytes: work.request_bytes.as_f64() + work.response_bytes.map_or(0.0, crate::units::Bytes::as_f64),
            benchmark_cores: profile.values.benchmark.cores,
        };
        if profile.kind == Kind::Threads {
            return shape(1, threads(profile.threads, &service.resources, node_cores));
        }
        match service.workers.unwrap_or(profile.workers) {
            Workers::Count(count) => shape(count, count),
            Workers::Auto => {
                let fits = |n: &u32| {
                    let replica = Replica::new(&shape(*n, *n), mid);
                    replica.memory_base <= shape(*n, *n).requested().memory.as_f64()
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
                let paid_for = (1..=MOST_WORKERS).take_while(|n| *n == 1 || fits(n)).last().unwrap_or(1);
                let workers = (1..=paid_for).find(enough).unwrap_or(paid_for);
                shape(workers, workers)
            }
        }
    }

    /// Cores that the application can use at most: its threads, or its quota where that is less.
    pub fn usable_cores(&self) -> f64 {
        let threads = f64::from(self.threads);
        self.resources.cpu_limit.map_or(threads, |limit| limit.cores().min(threads))
    }

    /// What the scheduler reserves for the whole pod.
    pub fn requested(&self) -> PodRequest {
        let sidecar = self.sidecar.map(|s| s.resources);
        PodRequest {
            cpu: self.resources.cpu_request + sidecar.map_or_else(Default::default, |s| s.cpu_request),
            memory: self.resources.memory_request + sidecar.map_or_else(Default::default, |s| s.memory_request),
        }
    }

    /// Cores that the application gets in every period on a node where everyone takes what they may: its limit, or its
    /// request where it has none.
    pub fn busy_node_quota(&self) -> f64 {
        self.resources.cpu_limit.unwrap_or(self.resources.cpu_request).cores()
    }
}

/// The thread count of a threaded runtime.
fn threads(rule: ThreadRule, resources: &PodResources, node_cores: Option<u32>) -> u32 {
    let node = node_cores.unwrap_or(ASSUMED_NODE_CORES);
    match (rule, resources.cpu_limit) {
        (ThreadRule::Cgroup, Some(limit)) => {
            // GOMAXPROCS since Go 1.25: at least 2, at most the node.
            let whole = u32::try_from(limit.millis().div_ceil(1000)).unwrap_or(u32::MAX);
            node.min(whole.max(2))
        }
        _ => node.min(ASSUMED_NODE_CORES),
    }
}
