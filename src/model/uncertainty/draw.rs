//! The uncertain inputs of one estimate, and one joint value of all of them.

use super::Interval;

/// An input that is an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// Requests per second at the busy period.
    Demand,
    /// Requests per second at saturation of the benchmark.
    Throughput,
    /// CPU seconds of wake-ups a request on an idle server.
    WakeupCpu,
    /// CPU usage without requests, in cores.
    IdleCpu,
    /// Squared coefficient of variation of the CPU time of a request.
    ServiceScv,
    /// CPU seconds of the handler, in the language they were given in.
    HandlerCpu,
    /// What that is in the profile's language, relative to the language it was given in.
    CpuFactor,
    /// Seconds per request spent waiting for downstream services.
    Wait,
    /// Bytes of working set under load with one worker.
    MemoryLoaded,
    /// Bytes of working set of each further worker.
    MemoryPerWorker,
    /// Bytes of working set of a request in flight.
    MemoryPerInFlight,
    /// Bytes of image to pull.
    ImageSize,
    /// Seconds from process start to first answer.
    ColdStart,
    /// How fast a core is, relative to those that the CPU costs were measured on.
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

    /// Stable name: the key of a profile or a work where there is one.
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

    /// Whether every profile meets the same value of it: the traffic, the handler and the cores are theirs in common.
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

    /// The same, where throughput and the handler's factor are parts of one cost that is known as a whole: when the one is
    /// dearer than at mid, so is the other.
    #[must_use]
    pub const fn with_one_cost(mut self, one_cost: bool) -> Self {
        self.one_cost = one_cost;
        self
    }

    /// Whether throughput and the handler's factor move together.
    pub const fn one_cost(&self) -> bool {
        self.one_cost
    }

    /// The interval of an input.
    pub const fn interval(&self, input: Input) -> &Interval {
        &self.intervals[input as usize]
    }

    /// Every input at a value of its interval.
    pub fn draw(&self, mut value: impl FnMut(Input, &Interval) -> f64) -> Draw {
        Draw(Input::ALL.map(|input| value(input, self.interval(input))))
    }

    /// Every input at its mid value: what a plan is made of.
    pub fn mid(&self) -> Draw {
        self.draw(|_, interval| interval.mid())
    }
}
