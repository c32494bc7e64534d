//! The uncertain inputs of one estimate, and one joint value of all of them.

use super::Interval;
use super::estimate::Service;

/// An input that is an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// Requests a second at the busy period.
    Demand,
    /// Requests a second at saturation of the benchmark.
    Throughput,
    /// CPU seconds of wake-ups a request on an idle server.
    WakeupCpu,
    /// Cores used without requests.
    IdleCpu,
    /// Squared coefficient of variation of the CPU time of a request.
    ServiceScv,
    /// CPU seconds of the handler, in the language they were given in.
    HandlerCpu,
    /// What that is in the profile's language, relative to the language it was given in.
    CpuFactor,
    /// Seconds spent waiting downstream.
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
}

impl Input {
    /// Every input, in the order of a [`Draw`].
    pub const ALL: [Self; 13] = [
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
        }
    }

    /// Whether every profile meets the same value of it: the traffic and the handler are theirs in common.
    pub const fn shared(self) -> bool {
        matches!(self, Self::Demand | Self::HandlerCpu | Self::Wait)
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
pub struct UncertainInputs([Interval; Input::ALL.len()]);

impl UncertainInputs {
    /// The inputs of a service under a demand.
    pub fn new(demand: Interval, service: &Service) -> Self {
        let v = &service.profile.values;
        let work = &service.work;
        Self(Input::ALL.map(|input| match input {
            Input::Demand => demand,
            Input::Throughput => v.throughput.interval,
            Input::WakeupCpu => v.wakeup_cpu.interval,
            Input::IdleCpu => v.idle_cpu.interval,
            Input::ServiceScv => v.service_scv.interval,
            Input::HandlerCpu => work.handler.as_ref().map_or(Interval::ZERO, |handler| handler.seconds.interval),
            Input::CpuFactor => service.handler_factor,
            Input::Wait => work.wait.interval,
            Input::MemoryLoaded => v.memory_loaded.interval,
            Input::MemoryPerWorker => v.memory_per_worker.interval,
            Input::MemoryPerInFlight => v.memory_per_in_flight.interval,
            Input::ImageSize => v.image_size.interval,
            Input::ColdStart => v.cold_start.interval,
        }))
    }

    /// The interval of an input.
    pub const fn interval(&self, input: Input) -> &Interval {
        &self.0[input as usize]
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
