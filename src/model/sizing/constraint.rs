//! The constraints on the number of pods, and the error if no number satisfies them.

/// A constraint that can determine the number of pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Constraint {
    /// CPU usage within the target share of the request.
    Cpu,
    /// CPU usage within the target share of the cores that the runtime's threads can use.
    Parallelism,
    /// Occupied time of worker processes within the target share.
    Concurrency,
    /// Maximum rate given for a pod whose limit is not CPU: a licence, connections, a downstream service.
    Rate,
    /// Working set within the memory request.
    Memory,
    /// p99 latency within its objective.
    Latency,
    /// p99 latency within its objective, violated only because of the CPU quota.
    Throttling,
    /// Objective met by the pods that survive the loss of zones.
    Zones,
    /// Objective met while demand outruns the autoscaler.
    Ramp,
    /// Minimum number of replicas of the policy.
    Minimum,
}

impl Constraint {
    /// Whether it concerns behaviour under load rather than shares of a request.
    pub(in crate::model) const fn is_about_load(self) -> bool {
        matches!(self, Self::Latency | Self::Throttling | Self::Zones | Self::Ramp)
    }

    /// Stable name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Parallelism => "parallelism",
            Self::Concurrency => "concurrency",
            Self::Rate => "rate",
            Self::Memory => "memory",
            Self::Latency => "latency",
            Self::Throttling => "throttling",
            Self::Zones => "zones",
            Self::Ramp => "ramp",
            Self::Minimum => "minimum",
        }
    }
}

/// No number of pods satisfies the policy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Infeasible {
    /// The constraint that cannot be satisfied.
    pub constraint: Constraint,
    /// Amount that a pod needs without load: cores, bytes, or seconds of p99.
    pub needed: f64,
    /// Available amount, in the unit of the constraint.
    pub available: f64,
}
