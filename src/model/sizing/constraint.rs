/// What can set the number of pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Constraint {
    /// CPU use within the target share of the request.
    Cpu,
    /// CPU use within the target share of what the runtime's threads can run.
    Parallelism,
    /// Time in which worker processes are occupied within the target share.
    Concurrency,
    /// The largest rate that a pod was given, for a bound that is not CPU: a licence, connections, a downstream.
    Rate,
    /// Working set within the memory request.
    Memory,
    /// 99th percentile within its objective.
    Latency,
    /// The same, lost to the CPU quota alone.
    Throttling,
    /// Objective held by the pods that a lost zone leaves.
    Zones,
    /// Objective held while demand outruns the autoscaler.
    Ramp,
    /// The policy's smallest replica count.
    Minimum,
}

impl Constraint {
    /// Whether it is about what happens under load and not about shares of a request.
    pub(in crate::model) const fn is_about_load(self) -> bool {
        matches!(self, Self::Latency | Self::Throttling | Self::Zones | Self::Ramp)
    }

    /// Stable name.
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

/// No number of pods is enough.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Infeasible {
    /// Which constraint.
    pub constraint: Constraint,
    /// What a pod needs without load: cores, bytes, or seconds of p99.
    pub needed: f64,
    /// What it has.
    pub available: f64,
}
