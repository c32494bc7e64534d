//! Runtime profiles: performance values of one replica of a runtime, each with its source.

use super::CpuFactors;
use crate::model::finding::Finding;
use crate::model::uncertainty::Interval;
use crate::units::{Bytes, CpuMillis};

/// Concurrency model of a runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One event loop per process, each on one core at a time (asyncio under the GIL).
    EventLoop,
    /// One request at a time per worker process (Gunicorn sync workers).
    Sync,
    /// One process that distributes requests over threads (goroutines, free-threaded Python).
    Threads,
}

/// Number of serving processes in one pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workers {
    /// The smallest number for which CPU is the limit, as far as the memory request allows.
    Auto,
    /// A fixed number.
    Count(u32),
}

/// Source of a threaded runtime's number of threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadRule {
    /// The cores of the node, regardless of the pod's limit (Go before 1.25, Python).
    Node,
    /// Go since 1.25: `min(node cores, max(2, ceil(limit)))`
    /// (<https://go.dev/doc/go1.25#container-aware-gomaxprocs>).
    Cgroup,
}

/// Evidence for a value set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Values published in the article.
    Article,
    /// Values from load tests of this project.
    Measured,
}

impl Evidence {
    /// Name in files and flags.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::Measured => "measured",
        }
    }

    /// The other value set.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Article => Self::Measured,
            Self::Measured => Self::Article,
        }
    }
}

/// An interval and its source.
#[derive(Clone, Debug, PartialEq)]
pub struct Sourced {
    /// Low, mid and high value.
    pub interval: Interval,
    /// Source of the value, and why it was chosen if sources disagree.
    pub source: String,
}

/// Requests and limits of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodResources {
    /// CPU request.
    pub cpu_request: CpuMillis,
    /// Memory request.
    pub memory_request: Bytes,
    /// CPU limit (CFS quota); `None` without a limit.
    pub cpu_limit: Option<CpuMillis>,
    /// Memory limit, above which the kernel kills the process; `None` without a limit.
    pub memory_limit: Option<Bytes>,
}

impl PodResources {
    /// Checks for values that the API server rejects or that cannot be sized.
    ///
    /// # Errors
    /// One sentence that names the key and a valid value.
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

/// Setup of the load test behind a throughput.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Benchmark {
    /// Cores that were busy at saturation.
    pub cores: u32,
    /// Connections kept open by the load generator.
    pub connections: u32,
}

/// One coherent set of values. Rates in requests per second, times in seconds, CPU in cores, memory and images in
/// bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueSet {
    /// Evidence for the values.
    pub evidence: Evidence,
    /// Setup of the benchmark.
    pub benchmark: Benchmark,
    /// Requests per second at saturation of the benchmark's cores.
    pub throughput: Sourced,
    /// Additional CPU seconds per request at [`crate::model::calibration::WAKEUP_RATE`] requests per second of one process; it falls with
    /// the square root of the rate.
    pub wakeup_cpu: Sourced,
    /// CPU usage without requests, in cores.
    pub idle_cpu: Sourced,
    /// Squared coefficient of variation of the CPU time of a request.
    pub service_scv: Sourced,
    /// Working set without load, in bytes.
    pub memory_idle: Sourced,
    /// Working set under load with one worker, in bytes.
    pub memory_loaded: Sourced,
    /// Working set of each additional worker process, in bytes.
    pub memory_per_worker: Sourced,
    /// Working set of each request in flight without its payload, in bytes.
    pub memory_per_in_flight: Sourced,
    /// Memory of the same service state relative to Go; `None` if the profile has no value.
    pub state_factor: Option<Sourced>,
    /// Size of the image to pull, in bytes.
    pub image_size: Sourced,
    /// Seconds from process start to the first response.
    pub cold_start: Sourced,
    /// CPU time of the same work relative to Go, by kind of work.
    pub cpu_factor: CpuFactors,
    /// Requests and limits of the default pod.
    pub pod: PodResources,
    /// Source of the default pod's resources.
    pub pod_source: String,
    /// Findings that apply to every result based on this set.
    pub findings: Vec<Finding>,
}

/// A runtime with its selected value set.
#[derive(Clone, Debug, PartialEq)]
pub struct RuntimeProfile {
    /// Name of the file without its extension.
    pub name: String,
    /// Title for screens.
    pub title: String,
    /// Programming language, for example `python` or `go`; selects the CPU factors.
    pub language: String,
    /// Concurrency model of the runtime.
    pub kind: Kind,
    /// Number of processes in a pod; only event loops and sync servers have more than one.
    pub workers: Workers,
    /// Number of threads of a threaded runtime.
    pub threads: ThreadRule,
    /// The selected values.
    pub values: ValueSet,
}
