//! The uncertain inputs of one estimate, and one joint sample of all of them.

use super::Interval;

/// An uncertain input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// Requests per second at the busy period.
    Demand,
    /// Requests per second at saturation of the benchmark.
    Throughput,
    /// Additional CPU seconds per request on an idle server, for wake-ups.
    WakeupCpu,
    /// CPU usage without requests, in cores.
    IdleCpu,
    /// Squared coefficient of variation of the CPU time of a request.
    ServiceScv,
    /// CPU seconds of the handler, in the language in which they were given.
    HandlerCpu,
    /// Handler CPU in the profile's language ÷ handler CPU as given.
    CpuFactor,
    /// Seconds per request spent waiting for downstream services.
    Wait,
    /// Bytes of working set under load with one worker.
    MemoryLoaded,
    /// Bytes of working set of each additional worker.
    MemoryPerWorker,
    /// Bytes of working set of each request in flight.
    MemoryPerInFlight,
    /// Bytes of the image to pull.
    ImageSize,
    /// Seconds from process start to the first response.
    ColdStart,
    /// Speed of a core relative to those that the CPU costs were measured on.
    CpuSpeed,
}

impl Input {
    /// Every input, in the order of a [`Draw`].
    pub const ALL: [Self; 14] = [
        Self::Demand,
        Self::Throughput,
        Self::WakeupCpu,
        Self::IdleCpu,
        Self::ServiceScv,
        Self::HandlerCpu,
        Self::CpuFactor,
        Self::Wait,
        Self::MemoryLoaded,
        Self::MemoryPerWorker,
        Self::MemoryPerInFlight,
        Self::ImageSize,
        Self::ColdStart,
        Self::CpuSpeed,
    ];

    /// Stable name: the key in a profile or work file, if there is one.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Demand => "demand",
            Self::Throughput => "throughput",
            Self::WakeupCpu => "wakeup_cpu",
            Self::IdleCpu => "idle_cpu",
            Self::ServiceScv => "service_scv",
            Self::HandlerCpu => "handler_cpu",
            Self::CpuFactor => "cpu_factor",
            Self::Wait => "wait",
            Self::MemoryLoaded => "memory.loaded",
            Self::MemoryPerWorker => "memory.per_worker",
            Self::MemoryPerInFlight => "memory.per_in_flight",
            Self::ImageSize => "image_size",
            Self::ColdStart => "cold_start",
            Self::CpuSpeed => "cpu_speed",
        }
    }

    /// Whether all profiles share the same value: they have traffic, handler and cores in common.
    pub const fn shared(self) -> bool {
        matches!(self, Self::Demand | Self::HandlerCpu | Self::Wait | Self::CpuSpeed)
    }
}

/// One value for every input, in base units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw([f64; Input::ALL.len()]);

impl Draw {
    /// The value of an input.
    pub const fn get(&self, input: Input) -> f64 {
        self.0[input as usize]
    }
}

/// The interval of every input.
#[derive(Clone, Debug, PartialEq)]
pub struct UncertainInputs {
    intervals: [Interval; Input::ALL.len()],
    one_cost: bool,
}

impl UncertainInputs {
    /// An interval for every input, in the order of [`Input::ALL`].
    pub fn new(interval: impl FnMut(Input) -> Interval) -> Self {
        Self { intervals: Input::ALL.map(interval), one_cost: false }
    }

    /// The same, if throughput and handler factor are parts of one cost that is only known as a whole: when one is
    /// more expensive than at mid, so is the other.
    #[must_use]
    pub const fn with_one_cost(mut self, one_cost: bool) -> Self {
        self.one_cost = one_cost;
        self
    }

    /// Whether throughput and handler factor vary together.
    pub const fn one_cost(&self) -> bool {
        self.one_cost
    }

    /// The interval of an input.
    pub const fn interval(&self, input: Input) -> &Interval {
        &self.intervals[input as usize]
    }

    /// One value for every input, chosen by `value` from its interval.
    pub fn draw(&self, mut value: impl FnMut(Input, &Interval) -> f64) -> Draw {
        Draw(Input::ALL.map(|input| value(input, self.interval(input))))
    }

    /// Every input at its mid value: the basis of a plan.
    pub fn mid(&self) -> Draw {
        self.draw(|_, interval| interval.mid())
    }
}
