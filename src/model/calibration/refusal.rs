//! Why a service cannot be calibrated.

/// Why a service cannot be calibrated, as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// No metric counts its requests, or there were none.
    #[error("it has no request counter")]
    NoRequests,
    /// The window is too short, or most of it has no data.
    #[error("only {points} of at least {least} usable steps: use a longer --window")]
    TooFewSteps {
        /// Number of usable steps.
        points: usize,
        /// Minimum number of steps.
        least: usize,
    },
    /// A change of its cost in the window leaves too few steps after it.
    #[error(
        "its CPU per request changed within the window, and there are only {points} usable steps since then of the {least} needed"
    )]
    JustDeployed {
        /// Number of usable steps since the change.
        points: usize,
        /// Minimum number of steps.
        least: usize,
    },
    /// Idle usage and the cost of a request are not separable.
    #[error(
        "its rate hardly varies: busy steps have {0:.2} times the requests of quiet ones, but at least 1.4 is needed"
    )]
    RateHardlyVaries(f64),
    /// Background work: requests explain less of the usage than other work does.
    #[error("its CPU depends on something other than its requests, which explain only {:.0}% of its variation", .0 * 100.0)]
    CpuFollowsSomethingElse(f64),
    /// Background work that comes and goes.
    #[error("in {:.0}% of the steps something other than requests uses its CPU, but at most 25% can be excluded", .0 * 100.0)]
    OtherWork(f64),
    /// Scheduled work: at the same time of day, CPU usage does not follow the requests.
    #[error("its CPU depends on the time of day and not on its requests: at the same time of day it changes by only {:.0}% of what the requests would cause", .0 * 100.0)]
    CpuFollowsTheClock(f64),
    /// The busiest steps are unusable: throttled, saturated, or before a deploy.
    #[error("at the peak a pod serves {0:.1} times the rate of any usable step")]
    BusyNotSeen(f64),
    /// Most of the CPU is used without requests.
    #[error("only {:.0}% of its CPU at the peak is caused by requests: the rest is background work", .0 * 100.0)]
    RequestsCauseLittle(f64),
    /// The numbers exceed the supported range.
    #[error("its values are out of range")]
    OutOfRange,
}

impl Refusal {
    /// Stable name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoRequests => "no-requests",
            Self::TooFewSteps { .. } => "too-few-steps",
            Self::JustDeployed { .. } => "just-deployed",
            Self::RateHardlyVaries(_) => "rate-hardly-varies",
            Self::CpuFollowsSomethingElse(_) => "cpu-follows-something-else",
            Self::OtherWork(_) => "other-work",
            Self::CpuFollowsTheClock(_) => "cpu-follows-the-clock",
            Self::BusyNotSeen(_) => "busy-not-seen",
            Self::RequestsCauseLittle(_) => "requests-cause-little",
            Self::OutOfRange => "out-of-range",
        }
    }

    /// Whether the usage observed at the busy demand is still valid: the refusal concerns other demands only, and CPU
    /// usage is due to requests.
    pub const fn leaves_one_point(self) -> bool {
        match self {
            Self::TooFewSteps { .. } | Self::RateHardlyVaries(_) | Self::BusyNotSeen(_) => true,
            Self::NoRequests
            | Self::JustDeployed { .. }
            | Self::CpuFollowsSomethingElse(_)
            | Self::OtherWork(_)
            | Self::CpuFollowsTheClock(_)
            | Self::RequestsCauseLittle(_)
            | Self::OutOfRange => false,
        }
    }
}
