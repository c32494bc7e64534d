//! What one pod does at a given rate, for one draw of the inputs.

use super::{Draw, Input, Kind, PodResources, RuntimeProfile, ThreadRule, Workers};

/// The threads taken where neither a limit nor the node's cores are known.
///
/// Eight is the vCPU count of the `2xlarge`/`standard-8` nodes that general clusters are commonly built from.
pub const ASSUMED_NODE_CORES: u32 = 8;

/// The parts of a pod that do not vary between draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PodShape {
    /// Concurrency model.
    pub kind: Kind,
    /// Processes that serve.
    pub workers: u32,
    /// Cores that can serve at once: workers of an event loop or sync server, threads of a threaded one.
    pub threads: u32,
    /// What it reserves and may use.
    pub resources: PodResources,
    /// Cores behind the profile's throughput.
    pub benchmark_cores: u32,
}

impl PodShape {
    /// The shape of a profile's pod.
    ///
    /// `workers` overrides the profile's; `node_cores` is known when instance types are named. Automatic workers are
    /// chosen at `mid`: the fewest for which CPU binds and not the number of processes, as far as memory pays for them.
    pub fn new(
        profile: &RuntimeProfile,
        workers: Option<Workers>,
        resources: PodResources,
        node_cores: Option<u32>,
        target_utilization: f64,
        mid: &Draw,
    ) -> Self {
        let shape = |workers, threads| Self {
            kind: profile.kind,
            workers,
            threads,
            resources,
            benchmark_cores: profile.values.benchmark.cores,
        };
        if profile.kind == Kind::Threads {
            return shape(1, threads(profile.threads, &resources, node_cores));
        }
        match workers.unwrap_or(profile.workers) {
            Workers::Count(count) => shape(count, count),
            Workers::Auto => {
                let mut best = shape(1, 1);
                while best.workers < 1024 {
                    let replica = Replica::new(&best, mid);
                    let cpu_rate = replica.rate_at_cpu(target_utilization * best.resources.cpu_request.cores());
                    if replica.rate_at_workers(target_utilization) >= cpu_rate {
                        break;
                    }
                    let next = shape(best.workers + 1, best.threads + 1);
                    if Replica::new(&next, mid).working_set(0.0) > resources.memory_request.as_f64() {
                        break;
                    }
                    best = next;
                }
                best
            }
        }
    }

    /// Cores it can use at most: its threads, or its quota where that is less.
    pub fn usable_cores(&self) -> f64 {
        let threads = f64::from(self.threads);
        self.resources.cpu_limit.map_or(threads, |limit| limit.cores().min(threads))
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

/// One pod under one draw. Times in seconds, CPU in cores, memory in bytes, rates in requests a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Replica {
    shape: PodShape,
    /// CPU a request costs at saturation, `D_sat`.
    pub saturated_cpu: f64,
    /// What it costs more on an idle server, `W`.
    pub wakeup_cpu: f64,
    /// Cores used without requests.
    pub idle_cpu: f64,
    memory_base: f64,
    memory_per_in_flight: f64,
}

impl Replica {
    /// A pod of this shape with the inputs of a draw.
    pub fn new(shape: &PodShape, draw: &Draw) -> Self {
        let extra_workers = f64::from(shape.workers - 1);
        Self {
            shape: *shape,
            saturated_cpu: f64::from(shape.benchmark_cores) / draw.get(Input::Throughput),
            wakeup_cpu: draw.get(Input::WakeupCpu),
            idle_cpu: draw.get(Input::IdleCpu),
            memory_base: draw.get(Input::MemoryLoaded) + extra_workers * draw.get(Input::MemoryPerWorker),
            memory_per_in_flight: draw.get(Input::MemoryPerInFlight),
        }
    }

    /// The rate at which every usable core is busy.
    pub fn saturation_rate(&self) -> f64 {
        self.shape.usable_cores() / self.saturated_cpu
    }

    /// CPU seconds a request costs at a rate: `D(x) = D_sat + W·(1 − x)`, `x = rate ÷ saturation rate`.
    pub fn cpu_per_request(&self, rate: f64) -> f64 {
        self.saturated_cpu + self.wakeup_cpu * (1.0 - (rate / self.saturation_rate()).min(1.0))
    }

    /// Cores used at a rate, idle use included.
    pub fn cpu_used(&self, rate: f64) -> f64 {
        self.idle_cpu + rate * self.cpu_per_request(rate)
    }

    /// Share of the usable cores that requests keep busy.
    pub fn busy_share(&self, rate: f64) -> f64 {
        rate * self.cpu_per_request(rate) / self.shape.usable_cores()
    }

    /// The largest rate whose CPU use, idle use included, stays within `cores`; zero when idle use alone exceeds it.
    pub fn rate_at_cpu(&self, cores: f64) -> f64 {
        self.rate_at(cores - self.idle_cpu, 0.0)
    }

    /// The largest rate that keeps the threads within `share` of their time.
    pub fn rate_at_threads(&self, share: f64) -> f64 {
        self.rate_at(share * f64::from(self.shape.threads), 0.0)
    }

    /// The largest rate at which the worker processes are occupied for `share` of their time. An event loop is free while
    /// a request waits; a sync worker is not.
    pub fn rate_at_workers(&self, share: f64) -> f64 {
        self.rate_at(share * f64::from(self.shape.workers), 0.0)
    }

    /// Solves `rate·(D(rate) + held) = budget` for the smallest rate.
    ///
    /// With x = rate ÷ saturation this is `rate·(D_sat + W + held) − rate²·W ÷ saturation = budget`; the root is taken in
    /// the form that does not cancel. Without a root even saturation stays within the budget: no bound.
    fn rate_at(&self, budget: f64, held: f64) -> f64 {
        if budget <= 0.0 {
            return 0.0;
        }
        let linear = self.saturated_cpu + self.wakeup_cpu + held;
        let curve = self.wakeup_cpu / self.saturation_rate();
        let discriminant = linear * linear - 4.0 * curve * budget;
        if discriminant < 0.0 {
            return f64::INFINITY;
        }
        2.0 * budget / (linear + discriminant.sqrt())
    }

    /// Requests in the pod at a rate, by Little's law: rate × time in the pod.
    ///
    /// Processor sharing gives the time as CPU ÷ (1 − busy share) (M/G/1-PS, insensitive to the service distribution).
    pub fn in_flight(&self, rate: f64) -> f64 {
        let free = 1.0 - self.busy_share(rate);
        if free > 0.0 { rate * self.cpu_per_request(rate) / free } else { f64::INFINITY }
    }

    /// Bytes of working set at a rate.
    pub fn working_set(&self, rate: f64) -> f64 {
        if self.memory_per_in_flight == 0.0 || rate == 0.0 {
            return self.memory_base;
        }
        self.memory_base + self.in_flight(rate) * self.memory_per_in_flight
    }
}
