//! A runtime profile: how one replica of a runtime behaves, every number with its source.

use super::{CpuFactors, Finding, Interval};
use crate::units::{Bytes, CpuMillis};

/// How a runtime turns concurrent requests into work on cores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One event loop a process; each runs on one core at a time (asyncio under the GIL).
    EventLoop,
    /// One request a worker process from start to end (Gunicorn sync workers).
    Sync,
    /// One process that spreads requests over threads (goroutines, free-threaded Python).
    Threads,
}

/// How many processes serve in one pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workers {
    /// The fewest for which CPU binds, as far as the memory request pays for them.
    Auto,
    /// Just so many.
    Count(u32),
}

/// What a threaded runtime takes for its number of threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadRule {
    /// The node's cores, whatever the pod's limit (Go before 1.25, Python).
    Node,
    /// Go since 1.25: `min(node cores, max(2, ceil(limit)))`
    /// (<https://go.dev/doc/go1.25#container-aware-gomaxprocs>).
    Cgroup,
}

/// Where the numbers of a value set come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Published figures.
    Article,
    /// Load tests of this project.
    Measured,
}

impl Evidence {
    /// The name used in files and flags.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::Measured => "measured",
        }
    }
}

/// An interval and where it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Sourced {
    /// The number.
    pub interval: Interval,
    /// Who says so, and why this figure where several disagree.
    pub source: String,
}

/// What a pod reserves and may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodResources {
    /// CPU the scheduler reserves.
    pub cpu_request: CpuMillis,
    /// Memory the scheduler reserves.
    pub memory_request: Bytes,
    /// CPU quota, where one is set.
    pub cpu_limit: Option<CpuMillis>,
    /// Memory at which the kernel kills, where one is set.
    pub memory_limit: Option<Bytes>,
}

impl PodResources {
    /// What the API server would refuse, and what cannot be sized.
    ///
    /// # Errors
    /// One sentence that names the key and what would be right.
    pub fn check(&self) -> Result<(), String> {
        if self.cpu_request == CpuMillis::default() || self.memory_request == Bytes::default() {
            return Err("a pod must request CPU and memory above zero".to_owned());
        }
        if let Some(limit) = self.cpu_limit.filter(|limit| *limit < self.cpu_request) {
            return Err(format!("the CPU limit {limit} is below the CPU request {}", self.cpu_request));
        }
        if let Some(limit) = self.memory_limit.filter(|limit| *limit < self.memory_request) {
            return Err(format!("the memory limit {limit} is below the memory request {}", self.memory_request));
        }
        Ok(())
    }
}

/// The load test behind a throughput.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Benchmark {
    /// Cores kept busy at saturation.
    pub cores: u32,
    /// Connections kept open by the load generator.
    pub connections: u32,
}

/// One coherent set of numbers. Rates are requests a second, times seconds, CPU cores, memory and images bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueSet {
    /// Where they come from.
    pub evidence: Evidence,
    /// The load test.
    pub benchmark: Benchmark,
    /// Requests a second at saturation of the benchmark's cores.
    pub throughput: Sourced,
    /// Extra CPU seconds a request costs on an idle server, gone at saturation: wake-ups are shared when busy.
    pub wakeup_cpu: Sourced,
    /// Cores used without requests.
    pub idle_cpu: Sourced,
    /// Squared coefficient of variation of the CPU time of a request.
    pub service_scv: Sourced,
    /// Working set without load.
    pub memory_idle: Sourced,
    /// Working set under load with one worker.
    pub memory_loaded: Sourced,
    /// Working set of each worker process after the first.
    pub memory_per_worker: Sourced,
    /// Working set of each request in flight, its payload apart.
    pub memory_per_in_flight: Sourced,
    /// Image to pull.
    pub image_size: Sourced,
    /// Process start to first answer.
    pub cold_start: Sourced,
    /// CPU time of the same work relative to Go, by kind of work.
    pub cpu_factor: CpuFactors,
    /// Default pod.
    pub pod: PodResources,
    /// Where the pod's size was read.
    pub pod_source: String,
    /// What a reader of any number made from this set must know.
    pub findings: Vec<Finding>,
}

/// A runtime with the value set that was chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct RuntimeProfile {
    /// Name of the file without its ending.
    pub name: String,
    /// For people.
    pub title: String,
    /// `python`, `go` and so on; names the column of ratios.
    pub language: String,
    /// Concurrency model.
    pub kind: Kind,
    /// Processes in a pod; only event loops and sync servers have more than one.
    pub workers: Workers,
    /// Threads of a threaded runtime.
    pub threads: ThreadRule,
    /// The numbers.
    pub values: ValueSet,
}
