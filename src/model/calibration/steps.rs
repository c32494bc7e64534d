//! What goes in, and what of it was not used.

/// What was measured in one step, averaged over it. Steps follow each other in time without a gap: a step without data has
/// `None` in it. CPU and memory are those of the service's own container, never of sidecars.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Step {
    /// Length of the step in seconds.
    pub seconds: f64,
    /// Mean number of running pods.
    pub pods: f64,
    /// Requests per second of the whole service; `None` where they were not counted.
    pub requests_per_second: Option<f64>,
    /// Cores in use by all pods together; `None` where they were not measured.
    pub cores: Option<f64>,
    /// Share of the CPU quota's periods that were used up; `None` without a quota.
    pub throttled: Option<f64>,
    /// Working set of one pod in bytes; `None` where it was not measured.
    pub memory: Option<f64>,
    /// Requests in flight in the whole service; `None` where they were not counted.
    pub in_flight: Option<f64>,
    /// The most cores that one pod can use: its CPU limit, or else what its node has; `None` where neither is known.
    pub cores_per_pod_at_most: Option<f64>,
    /// Cores at which the threads that serve requests in one pod are all busy; `None` where that is not known.
    pub serving_threads: Option<f64>,
}

/// How many steps were not used, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExcludedSteps {
    /// Requests or CPU are missing, or no pod was running.
    pub incomplete: usize,
    /// The quota held the pods back: they would have used more.
    pub throttled: usize,
    /// The pods were at the end of their cores or threads: requests waited, and the rate was not the demand.
    pub saturated: usize,
    /// Not a number, below zero, or more than a node has.
    pub implausible: usize,
    /// The number of pods changed by more than a factor of two around the step: its averages are of different pods.
    pub scaling: usize,
    /// Before a change of what a request costs.
    pub before_deploy: usize,
    /// At a time of day at which something else runs besides requests: a backup, a batch.
    pub scheduled: usize,
    /// So far from all others that no request explains it: a counter that was reset, work of another kind.
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
