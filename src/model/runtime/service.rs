//! A service to plan: a runtime profile and its pod.

use super::{PodResources, RuntimeProfile, Sidecar, Work, Workers};
use crate::model::uncertainty::{Input, Interval, UncertainInputs};

/// A service to plan: a runtime profile and its pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Runtime profile.
    pub profile: RuntimeProfile,
    /// Requests and limits of the pod.
    pub resources: PodResources,
    /// Number of processes if given; `None` uses the profile's.
    pub workers: Option<Workers>,
    /// Work that the handler does.
    pub work: Work,
    /// Handler CPU in the profile's language ÷ handler CPU as given.
    pub handler_factor: Interval,
    /// Whether throughput and the handler factor are parts of one cost that is only known as a whole, so that they
    /// vary together.
    pub one_cost: bool,
    /// Sidecar proxy; `None` without one.
    pub sidecar: Option<Sidecar>,
    /// Maximum rate of one pod in requests per second, if something other than CPU limits it.
    pub max_rate: Option<f64>,
    /// Speed of the nodes' cores relative to those that the CPU costs were measured on.
    pub cpu_speed: Interval,
}

impl Service {
    /// A profile in its default pod, with work whose handler CPU is given in the profile's language or not at all.
    pub fn with_work(profile: RuntimeProfile, work: Work) -> Self {
        let resources = profile.values.pod;
        Self {
            profile,
            resources,
            workers: None,
            work,
            handler_factor: Interval::ONE,
            one_cost: false,
            sidecar: None,
            max_rate: None,
            cpu_speed: Interval::ONE,
        }
    }

    /// Its uncertain inputs at a demand in requests per second.
    pub fn uncertain_inputs(&self, demand: Interval) -> UncertainInputs {
        let v = &self.profile.values;
        let work = &self.work;
        UncertainInputs::new(|input| match input {
            Input::Demand => demand,
            Input::Throughput => v.throughput.interval,
            Input::WakeupCpu => v.wakeup_cpu.interval,
            Input::IdleCpu => v.idle_cpu.interval,
            Input::ServiceScv => v.service_scv.interval,
            Input::HandlerCpu => work.handler.as_ref().map_or(Interval::ZERO, |handler| handler.seconds.interval),
            Input::CpuFactor => self.handler_factor,
            Input::Wait => work.wait.interval,
            Input::MemoryLoaded => v.memory_loaded.interval,
            Input::MemoryPerWorker => v.memory_per_worker.interval,
            Input::MemoryPerInFlight => v.memory_per_in_flight.interval,
            Input::ImageSize => v.image_size.interval,
            Input::ColdStart => v.cold_start.interval,
            Input::CpuSpeed => self.cpu_speed,
        })
        .with_one_cost(self.one_cost)
    }
}
