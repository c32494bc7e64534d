//! The input of a calibration, and which part of it was excluded.

/// Measurements of one step, averaged over it. Steps follow each other without gaps: a step without data has `None`
/// in it. CPU and memory are those of the service's own container, never of sidecars.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Step {
    /// Length of the step in seconds.
    pub seconds: f64,
    /// Mean number of running pods.
    pub pods: f64,
    /// Requests per second of the whole service; `None` if they were not counted.
    pub requests_per_second: Option<f64>,
    /// Cores used by all pods together; `None` if not measured.
    pub cores: Option<f64>,
    /// Share of the CPU quota's periods that were throttled; `None` without a quota.
    pub throttled: Option<f64>,
    /// Working set of one pod in bytes; `None` if not measured.
    pub memory: Option<f64>,
    /// Requests in flight in the whole service; `None` if not counted.
    pub in_flight: Option<f64>,
    /// The maximum number of cores that one pod can use: its CPU limit, or else what its node has; `None` if neither
    /// is known.
    pub cores_per_pod_at_most: Option<f64>,
    /// Number of cores in use when all threads that serve requests in one pod are busy; `None` if unknown.
    pub serving_threads: Option<f64>,
}

/// Number of excluded steps, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExcludedSteps {
    /// Requests or CPU are missing, or no pod was running.
    pub incomplete: usize,
    /// The quota throttled the pods: they would have used more.
    pub throttled: usize,
    /// The pods had reached their core or thread limit: requests queued, and the rate was not the demand.
    pub saturated: usize,
    /// Not a number, negative, or more than a node has.
    pub implausible: usize,
    /// The number of pods changed by more than a factor of two around the step: its averages mix different numbers of
    /// pods.
    pub scaling: usize,
    /// Before a change of the cost per request.
    pub before_deploy: usize,
    /// At a time of day at which other work runs: a backup or a batch job.
    pub scheduled: usize,
    /// An outlier that no request rate explains: a counter reset, or work of another kind.
    pub far_off: usize,
}

impl ExcludedSteps {
    /// Total number of excluded steps.
    pub const fn sum(&self) -> usize {
        self.incomplete
            + self.throttled
            + self.saturated
            + self.implausible
            + self.scaling
            + self.before_deploy
            + self.scheduled
            + self.far_off
    }
}
