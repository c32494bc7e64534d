//! Translates an observation to a service under another profile, ready to be estimated.

use super::{cpu, inverse, memory, product};
use crate::model::finding::{Code, Finding};
use crate::model::rightsizing::HEADROOM;
use crate::model::runtime::{CpuFactors, HandlerCpu, PodResources, RuntimeProfile, Service, Sourced, Work};
use crate::model::uncertainty::Interval;
use crate::units::Bytes;

/// An observation of a service in its own runtime.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// CPU seconds per request of one container, excluding idle usage; `None` if it was not measured, and the work's
    /// own value is used.
    pub cpu_per_request: Option<Interval>,
    /// The share of the time for which a serving process kept its core busy: the lower it is, the more of the cost of
    /// a request is due to waking the core.
    pub busy_share: f64,
    /// Requests per second of one serving process, on which a profile's wake-up cost depends; infinite if unknown, for
    /// none of it.
    pub rate_per_process: f64,
    /// Bytes of working set of one pod: of one process if the runtime is threaded, otherwise of the observed number.
    pub memory: Option<Interval>,
    /// Number of serving processes in it.
    pub processes: u32,
    /// Cost of the same instructions on these cores ÷ on the profile's benchmark cores; `None` if unknown.
    pub core_speed: Option<Interval>,
    /// Kind of work: a key of the profiles' CPU factors.
    pub kind: Option<String>,
}

/// The same handler under another profile.
#[derive(Clone, Debug, PartialEq)]
pub struct Translated {
    /// The translated service, ready for an estimate.
    pub service: Service,
    /// CPU seconds per request of the translated service.
    pub cpu_per_request: Interval,
    /// Bytes of working set of one pod: of one process if the runtime is threaded, otherwise of the observed number
    /// of processes.
    pub memory: Interval,
    /// CPU per request under the own profile ÷ under this one.
    pub cpu_ratio: Interval,
    /// Memory of one pod under the own profile ÷ under this one; `None` if no memory was observed.
    pub memory_ratio: Option<Interval>,
    /// What a reader must know about the translation.
    pub findings: Vec<Finding>,
}

/// A result is not finite: the observation is empty, or a profile has a throughput of zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the observation and the CPU factors of the profiles do not give a finite result")]
pub struct OutOfRange;

/// If the explanations of one observation differ by more than this factor, a finding is reported.
const NOTABLE_RATIO: f64 = 1.2;

/// Translates a service that runs under `own` to the profile `other`: its CPU per request and its memory, with their
/// uncertainty.
///
/// `work` describes what else its handler does. Its CPU is only used if none was observed, in the language whose
/// factors are `given` (`None` for the reference language).
///
/// # Errors
/// [`OutOfRange`] if a result is not finite.
pub fn translate(
    own: &RuntimeProfile,
    other: &RuntimeProfile,
    observed: &Observed,
    work: &Work,
    given: Option<&CpuFactors>,
) -> Result<Translated, OutOfRange> {
    let mut findings = Vec::new();
    let (mut service, cpu, cpu_per_request) = match &observed.cpu_per_request {
        Some(seen) => with_cpu(own, other, observed, seen, work, &mut findings)?,
        None => without_cpu(own, other, work, given)?,
    };
    let same = own.name == other.name;
    let memory = match &observed.memory {
        Some(seen) if same => {
            memory::Memory { pod: *seen, processes: observed.processes, explanations: [seen.mid(); 2] }
        }
        Some(seen) => carried_memory(own, other, seen, observed, &mut findings).ok_or(OutOfRange)?,
        None => memory::assumed(other),
    };
    let mut memory_ratio = None;
    if let Some(seen) = &observed.memory {
        // The memory interval of the other profile includes what another language adds; the observation is common to
        // both.
        let ratio = if same { Some(Interval::ONE) } else { inverse(&memory.pod.scale(1.0 / seen.mid())) };
        memory_ratio = Some(ratio.ok_or(OutOfRange)?);
        set_memory(&mut service, &memory, seen, same, &mut findings).ok_or(OutOfRange)?;
    }
    let cpu_ratio = if same { Interval::ONE } else { cpu.ratio };
    Ok(Translated { service, cpu_per_request, memory: memory.pod, cpu_ratio, memory_ratio, findings })
}

/// Without a measurement: the profile as it is, with the work.
fn without_cpu(
    own: &RuntimeProfile,
    other: &RuntimeProfile,
    work: &Work,
    given: Option<&CpuFactors>,
) -> Result<(Service, cpu::Cpu, Interval), OutOfRange> {
    let cpu = cpu::assumed(own, other, work, given).ok_or(OutOfRange)?;
    let mut service = Service::with_work(other.clone(), work.clone());
    service.handler_factor = work.factor(other, given).ok_or(OutOfRange)?;
    let total = Interval::exact(cpu.own.total()).ok_or(OutOfRange)?;
    let per_request = inverse(&cpu.ratio).and_then(|ratio| product(&total, &ratio)).ok_or(OutOfRange)?;
    Ok((service, cpu, per_request))
}

/// An observed cost, divided into framework and handler. The uncertainty of the observation is attributed to the
/// handler, which all profiles share; that of the other language is attributed to both its throughput and the handler
/// factor.
fn with_cpu(
    own: &RuntimeProfile,
    other: &RuntimeProfile,
    observed: &Observed,
    seen: &Interval,
    work: &Work,
    findings: &mut Vec<Finding>,
) -> Result<(Service, cpu::Cpu, Interval), OutOfRange> {
    let kind = observed.kind.as_deref();
    let cpu = cpu::observed(
        own,
        other,
        (seen.mid(), observed.busy_share, observed.rate_per_process),
        observed.core_speed.as_ref(),
        kind,
    )
    .ok_or(OutOfRange)?;
    let same = own.name == other.name;
    let ratio = if same { Interval::ONE } else { cpu.ratio };
    let per_request = inverse(&ratio).and_then(|ratio| product(seen, &ratio)).ok_or(OutOfRange)?;
    let mut work = work.clone();
    work.kind.clone_from(&observed.kind);
    let mut profile = other.clone();
    let v = &mut profile.values;
    let source = |what: &str| format!("observed: {} ms per request under {}; {what}", 1e3 * seen.mid(), own.name);
    let handler = handler(seen, cpu.own).ok_or(OutOfRange)?;
    // The mid value lies between two explanations, and so do the parts, in the same proportion.
    let parts = if same { cpu.own } else { cpu.other };
    let scale = per_request.mid() / parts.total();
    let alone = handler == Interval::ZERO;
    // Both parts are as uncertain as the whole and vary together. The uncertainty of the observation is attributed to
    // the handler, which all profiles share.
    let width = if alone { per_request } else { inverse(&ratio).ok_or(OutOfRange)? };
    let widened = |mid: f64| {
        let edge = |edge: f64| mid * edge / width.mid();
        Interval::new(edge(width.low()), mid, edge(width.high())).ok_or(OutOfRange)
    };
    let framework = widened(parts.framework * scale)?;
    let throughput = inverse(&framework).map(|rate| rate.scale(f64::from(v.benchmark.cores))).ok_or(OutOfRange)?;
    v.throughput = Sourced {
        interval: throughput,
        source: source("the framework's part, at the apparent speed of the observed cores"),
    };
    let factor = if alone { Interval::ONE } else { widened(parts.handler * scale / handler.mid())? };
    work.handler = (!alone).then(|| HandlerCpu {
        language: own.language.clone(),
        seconds: Sourced { interval: handler, source: source("the part that the framework does not explain") },
    });
    // The observation includes wake-ups, idle usage and the framework's share of them.
    let included = |what: &Sourced| Sourced {
        interval: Interval::ZERO,
        source: format!("included in the observation; {}", what.source),
    };
    v.wakeup_cpu = included(&v.wakeup_cpu);
    v.idle_cpu = included(&v.idle_cpu);
    let [handler_work, slower_core] = cpu.explanations;
    let distance = (handler_work / slower_core).max(slower_core / handler_work);
    if !same && observed.core_speed.is_none() && distance > NOTABLE_RATIO {
        findings.push(Finding::warning(
            Code::CoreSpeedUnknown,
            other.name.clone(),
            format!(
                "a single observation cannot distinguish slow cores from handler work: CPU per request is {handler_work:.1} times lower here if the \
                 observed cores are as fast as the profile's, and {slower_core:.1} times if they are as slow as cores can be; the interval \
                 covers both, and --cpu-speed narrows it"
            ),
        ));
    }
    let mut service = Service::with_work(profile, work);
    service.handler_factor = factor;
    service.one_cost = true;
    Ok((service, cpu, per_request))
}

/// The observed cost minus the framework's part, as an interval.
fn handler(seen: &Interval, own: cpu::Parts) -> Option<Interval> {
    if own.handler <= 0.0 {
        return Some(Interval::ZERO);
    }
    let below = seen.low() - own.framework;
    let low = if below > 0.0 { below } else { own.handler * seen.low() / seen.mid() };
    Interval::new(low.min(own.handler), own.handler, seen.high() - own.framework)
}

fn carried_memory(
    own: &RuntimeProfile,
    other: &RuntimeProfile,
    seen: &Interval,
    observed: &Observed,
    findings: &mut Vec<Finding>,
) -> Option<memory::Memory> {
    let memory = memory::observed(own, other, seen.mid(), observed.processes, observed.kind.as_deref())?;
    let [framework, state] = memory.explanations;
    if (framework / state).max(state / framework) > NOTABLE_RATIO {
        let mib = |bytes: f64| bytes / f64::from(1 << 20);
        findings.push(Finding::info(
            Code::MemorySplitUnknown,
            other.name.clone(),
            format!(
                "a single figure cannot distinguish the framework's memory from the service's state: a pod needs {:.0} MiB here if as much as \
                 possible is the framework's, and {:.0} MiB if all of it is state",
                mib(framework),
                mib(state)
            ),
        ));
    }
    Some(memory)
}

/// Sets the memory of the service, and makes its pod as large as one process needs.
fn set_memory(
    service: &mut Service,
    memory: &memory::Memory,
    seen: &Interval,
    same: bool,
    findings: &mut Vec<Finding>,
) -> Option<()> {
    let each = memory.pod.scale(1.0 / f64::from(memory.processes));
    // The uncertainty of the other language is added to that of the observation.
    let interval = if same { each } else { product(&each, &seen.scale(1.0 / seen.mid()))? };
    let source =
        format!("observed: one pod of {:.0} MB; worker processes here: {}", seen.mid() / 1e6, memory.processes);
    let v = &mut service.profile.values;
    if v.memory_per_worker.interval != Interval::ZERO {
        // Each additional process loads the application again.
        v.memory_per_worker = Sourced { interval, source: source.clone() };
    }
    v.memory_loaded = Sourced { interval, source };
    let in_flight = v.memory_per_in_flight.interval;
    let own = service.resources;
    // The upper end of what one process needs determines the size rather than the mid value: a pod that is too small
    // is killed.
    let most = (interval.mid() + in_flight.mid()) * (1.0 + HEADROOM);
    let most = most.max((interval.high() + in_flight.high()) * ABOVE_THE_PERCENTILE);
    if interval.mid() + in_flight.mid() > own.memory_request.as_f64() {
        let memory_request = Bytes::from_mib(Bytes::nearest((most / MIB).ceil()).bytes());
        let memory_limit = own.memory_limit.map(|limit| limit.max(memory_request));
        service.resources = PodResources { memory_request, memory_limit, ..own };
        findings.push(Finding::info(
            Code::MemoryRequestRaised,
            service.profile.name.clone(),
            format!(
                "a pod requests {memory_request} instead of the profile's {}: one process of the observed service needs {:.0} MiB, {:.0} at the 95th \
                 percentile; measure it, or set --memory-request",
                own.memory_request,
                interval.mid() / MIB,
                interval.high() / MIB
            ),
        ));
    }
    Some(())
}

/// A pod has somewhat more memory than the 95th percentile, so that an estimate has a plan at this percentile.
const ABOVE_THE_PERCENTILE: f64 = 1.05;

const MIB: f64 = 1_048_576.0;
