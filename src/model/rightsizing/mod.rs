//! What pods should request, by what they used over a period.
//!
//! CPU by the 95th percentile, for a pod that asks for more than it has is only slower; memory by the peak, for one that does
//! is killed. Both with headroom. Usage is that of the busiest pod in each step of the period, for all pods of a workload
//! request the same; a burst shorter than a step is in the headroom or nowhere.
//!
//! Under an autoscaler that goes by utilization a request is half of a pair: the target is a percentage of it, so one
//! without the other changes how many pods there are. The two are advised together such that `target × request`, the usage
//! of a pod at which another is added, stays what it is; then the same load has the same replicas, and asking again after
//! the advice was taken gives the same answer.

mod autoscaled;

pub use autoscaled::{AutoscalerAdvice, TargetAdvice, under_autoscaler};

use super::cluster::Autoscaler;
use super::usage::UsageSummary;
use crate::units::{Bytes, CpuMillis};

/// On top of what was used, for both. The vertical pod autoscaler's margin
/// (<https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/flags.md>).
pub const HEADROOM: f64 = 0.15;

/// Nothing below this is advised: what a container runtime itself needs to start a process is of this order, and a smaller
/// request is not worth a change.
pub const CPU_FLOOR: CpuMillis = CpuMillis::from_millis(10);

/// The same for memory.
pub const MEMORY_FLOOR: Bytes = Bytes::from_mib(32);

/// Usage is known once it was measured in so many hours: a day's, which have both quiet and busy ones.
pub const LEAST_HOURS: f64 = 24.0;

/// Beyond this share of its quota's periods used up, a pod would use more CPU than it does, and how much is not known.
pub const THROTTLED: f64 = 0.05;

/// A change by less than this is not advised: it would be gone in the next period's noise.
pub const WORTH_IT: f64 = 0.10;

/// What one pod requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PodRequest {
    /// CPU.
    pub cpu: CpuMillis,
    /// Memory.
    pub memory: Bytes,
}

/// What one pod may use at most; `None` without a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PodLimits {
    /// CPU.
    pub cpu: Option<CpuMillis>,
    /// Memory.
    pub memory: Option<Bytes>,
}

/// A pod as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PodNow {
    /// What it requests.
    pub request: PodRequest,
    /// What it may use.
    pub limits: PodLimits,
    /// What it would request if its containers asked for nothing: its largest init container and its overhead.
    pub floor: PodRequest,
    /// What its runtime class adds.
    pub overhead: PodRequest,
}

/// What a workload should ask for instead, all of it together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What a pod requests now.
    pub now: PodRequest,
    /// What it should, all its containers together.
    pub request: PodRequest,
    /// Limits below that request, which have to rise to it; `None` where they need not.
    pub limits: PodLimits,
    /// The autoscaler's settings to go with it; `None` where none depends on a request.
    pub autoscaler: Option<AutoscalerAdvice>,
}

/// Why nothing is advised.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum NoAdvice {
    /// It is as it should be.
    #[error("its requests fit what it used")]
    Fits,
    /// Its pods end.
    #[error("its pods run to an end: an hour's average says little of what one needs")]
    RunsToAnEnd,
    /// Nothing makes its pods anew.
    #[error("nothing makes its pods anew, so nothing can be told to ask for less")]
    NoTemplate,
    /// It was not measured for long enough.
    #[error("its use was measured in {0:.1} hours, less than a day")]
    TooShort(f64),
    /// There is no usage of CPU or of memory.
    #[error("its use of CPU or memory is not known")]
    NotMeasured,
    /// The autoscaler goes by one container of the pod, and usage is known of whole pods.
    #[error("its autoscaler goes by one container, and usage is known of whole pods")]
    ByContainer,
    /// The autoscaler's percentage is of a request that is not made.
    #[error("its autoscaler goes by a percentage of a request that its pods do not make, and so cannot scale them")]
    NothingToGoBy,
    /// The autoscaler does not hold its pods at its target.
    #[error(
        "its pods need more than twice what its autoscaler holds them at: it is at its most replicas, or held back"
    )]
    NotHeld,
    /// Two autoscalers hold on to it.
    #[error("it has several autoscalers")]
    SeveralAutoscalers,
}

/// What the pods of a workload of this kind should request, by what they used and the share of their quota's periods that
/// was used up.
///
/// # Errors
/// [`NoAdvice`], with the reason.
pub fn advise(
    kind: &str,
    (usage, throttled): (&UsageSummary, Option<f64>),
    now: &PodNow,
    autoscalers: &[&Autoscaler],
) -> Result<Advice, NoAdvice> {
    match kind {
        "Job" | "CronJob" => return Err(NoAdvice::RunsToAnEnd),
        "Pod" | "Node" => return Err(NoAdvice::NoTemplate),
        _ => {}
    }
    let (cpu, memory) = usage.busiest_pod_cores.p95.zip(usage.pod_memory_max).ok_or(NoAdvice::NotMeasured)?;
    let hours = usage.cpu_measured_hours.min(usage.memory_measured_hours);
    if hours < LEAST_HOURS {
        return Err(NoAdvice::TooShort(hours));
    }
    let cpu = CpuMillis::nearest(cpu * (1.0 + HEADROOM)).max(CPU_FLOOR) + now.overhead.cpu;
    let memory = whole_mib(memory * (1.0 + HEADROOM)).max(MEMORY_FLOOR) + now.overhead.memory;
    let held_back = throttled.is_some_and(|share| share > THROTTLED);
    let least = if held_back { now.request.cpu } else { CpuMillis::default() };
    let needed = PodRequest { cpu: cpu.max(now.floor.cpu).max(least), memory: memory.max(now.floor.memory) };
    let (request, targets) = match autoscalers {
        [] => (needed, Vec::new()),
        [one] => under_autoscaler(one, now.request, needed)?,
        _ => return Err(NoAdvice::SeveralAutoscalers),
    };
    let now_asked = now.request;
    let request = PodRequest {
        cpu: if is_worth(now_asked.cpu.cores(), request.cpu.cores()) { request.cpu } else { now_asked.cpu },
        memory: if is_worth(now_asked.memory.as_f64(), request.memory.as_f64()) {
            request.memory
        } else {
            now_asked.memory
        },
    };
    if request == now_asked {
        return Err(NoAdvice::Fits);
    }
    // A target goes with its request: where that stays, so does the target.
    let changes = |target: &TargetAdvice| match target.resource {
        "cpu" => request.cpu != now_asked.cpu,
        _ => request.memory != now_asked.memory,
    };
    let targets: Vec<TargetAdvice> = targets.into_iter().filter(changes).collect();
    let autoscaler = autoscalers.first().filter(|_| !targets.is_empty()).map(|autoscaler| AutoscalerAdvice {
        name: autoscaler.name.clone(),
        min_replicas: autoscaler.min_replicas,
        max_replicas: autoscaler.max_replicas,
        targets,
    });
    let limits = PodLimits {
        cpu: now.limits.cpu.filter(|limit| *limit < request.cpu).map(|_| request.cpu),
        memory: now.limits.memory.filter(|limit| *limit < request.memory).map(|_| request.memory),
    };
    Ok(Advice { now: now_asked, request, limits, autoscaler })
}

fn is_worth(now: f64, then: f64) -> bool {
    (then - now).abs() > WORTH_IT * now
}

fn whole_mib(bytes: f64) -> Bytes {
    let mib = Bytes::from_mib(1).as_f64();
    Bytes::nearest((bytes / mib).ceil() * mib)
}

#[cfg(test)]
mod tests;
