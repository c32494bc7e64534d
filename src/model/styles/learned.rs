//! A runtime profile with values learned from a running service's metrics.

use super::inverse;
use super::translate::{Observed, Translated, translate};
use crate::model::runtime::{Benchmark, Kind, PodResources, RuntimeProfile, Service, Sidecar, Sourced, Work, Workers};
use crate::model::uncertainty::Interval;
use crate::units::Bytes;

/// Memory request of a pod that has never run, relative to the 95th percentile of its predicted memory: the margin
/// keeps rounding from raising the share of samples above the request.
const ROOM: f64 = 1.05;

/// Values learned of a service. Intervals are the 5th, 50th and 95th percentile.
#[derive(Clone, Debug, PartialEq)]
pub struct Learned {
    /// CPU seconds per request of the service's own container in the busy period, without idle usage.
    pub cpu_per_request: Interval,
    /// CPU usage of one pod without requests, in cores.
    pub idle_cpu: Interval,
    /// Working set of one pod in the busy period, in bytes; `None` if it was not measured.
    pub memory: Option<Interval>,
    /// Squared coefficient of variation of the CPU time of a request; `None` without a latency histogram.
    pub service_scv: Option<Interval>,
    /// Size of the image; `None` if no node lists it.
    pub image_size: Option<Bytes>,
    /// Seconds from the start of the container to readiness; `None` if unknown.
    pub cold_start: Option<Interval>,
    /// Requests per second of one pod in the busy period.
    pub rate_per_pod: f64,
    /// Source of the learned values.
    pub source: String,
}

/// The other containers of a pod (sidecars), which are kept unchanged in every style.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OtherContainers {
    /// Sum of their requests and limits.
    pub resources: PodResources,
    /// CPU seconds per request of all of them.
    pub cpu_per_request: f64,
}

impl Learned {
    /// The service as it runs: its runtime's profile with the learned values in place of the published ones, in a pod
    /// with the given resources. `shape` is the profile with its concurrency model; `processes` serve in one pod.
    pub fn service(
        &self,
        shape: &RuntimeProfile,
        resources: PodResources,
        processes: Option<u32>,
        other_containers: Option<OtherContainers>,
    ) -> Option<Service> {
        let mut profile = shape.clone();
        let learned = |interval: Interval| Sourced { interval, source: self.source.clone() };
        let values = &mut profile.values;
        // One core for one second serves 1 ÷ (CPU per request) requests, so the low end of the throughput is the high
        // end of the cost.
        let cost = self.cpu_per_request;
        values.benchmark = Benchmark { cores: 1, connections: values.benchmark.connections };
        values.throughput = learned(Interval::new(1.0 / cost.high(), 1.0 / cost.mid(), 1.0 / cost.low())?);
        // The cost in the busy period, which is planned for, includes wake-ups.
        values.wakeup_cpu = learned(Interval::ZERO);
        values.idle_cpu = learned(self.idle_cpu);
        if let Some(memory) = self.memory {
            values.memory_idle = learned(memory);
            values.memory_loaded = learned(memory);
            // The measured memory includes every process of the pod and all requests in flight.
            values.memory_per_worker = learned(Interval::ZERO);
            values.memory_per_in_flight = learned(Interval::ZERO);
        }
        if let Some(scv) = self.service_scv {
            values.service_scv = learned(scv);
        }
        if let Some(size) = self.image_size.and_then(|size| Interval::exact(size.as_f64())) {
            values.image_size = learned(size);
        }
        if let Some(start) = self.cold_start {
            values.cold_start = learned(start);
        }
        values.pod = resources;
        values.findings = Vec::new();
        let work = Work::none(&self.source);
        Some(Service {
            resources,
            workers: processes.map(Workers::Count),
            work,
            handler_factor: Interval::ONE,
            one_cost: false,
            sidecar: other_containers.map(|other_containers| other_containers.sidecar(&self.source)),
            max_rate: None,
            cpu_speed: Interval::ONE,
            profile,
        })
    }
}

impl Learned {
    /// The same handler under another profile, in that profile's default pod, with the sidecars that it has;
    /// `cpu_speed` is the speed of the cores relative to those that the profiles were measured on, and `kind` the kind
    /// of work, both `None` if unknown. The findings are added to those of the service's profile.
    ///
    /// # Errors
    /// If a value is out of range.
    pub fn under(
        &self,
        shape: &RuntimeProfile,
        other: &RuntimeProfile,
        (processes, other_containers): (u32, Option<OtherContainers>),
        cpu_speed: Option<&Interval>,
        kind: Option<String>,
    ) -> Result<Service, String> {
        let serving = if shape.kind == Kind::Threads { 1 } else { processes };
        let observed = Observed {
            cpu_per_request: Some(self.cpu_per_request),
            busy_share: self.rate_per_pod * self.cpu_per_request.mid() / f64::from(processes.max(1)),
            rate_per_process: self.rate_per_pod / f64::from(processes.max(1)),
            memory: self.memory,
            processes: serving,
            core_speed: cpu_speed.and_then(inverse),
            kind,
        };
        let work = Work::none(&self.source);
        let Translated { mut service, memory, findings, .. } =
            translate(shape, other, &observed, &work, None).map_err(|error| error.to_string())?;
        // This pod has never run, so its request covers the memory it may need.
        let mib = Bytes::from_mib(1).as_f64();
        let held = Bytes::from_mib(Bytes::nearest((memory.high() * ROOM / mib).ceil()).bytes());
        service.resources.memory_request = service.resources.memory_request.max(held);
        service.sidecar = other_containers.map(|other_containers| other_containers.sidecar(&self.source));
        service.profile.values.findings = findings;
        Ok(service)
    }
}

impl OtherContainers {
    /// The containers as the sidecar of a plan. Its memory is the memory request.
    pub fn sidecar(&self, source: &str) -> Sidecar {
        Sidecar {
            name: "sidecars".to_owned(),
            title: "the pod's other containers".to_owned(),
            resources: self.resources,
            cpu_per_request: self.cpu_per_request,
            memory: self.resources.memory_request,
            latency_mean: 0.0,
            latency_p99: 0.0,
            image_size: Bytes::default(),
            start: 0.0,
            source: source.to_owned(),
        }
    }
}
