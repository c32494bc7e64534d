//! Recommended requests of pods, based on their usage over a period.
//!
//! CPU is based on the 95th percentile, because a pod that needs more than its request is only slower; memory on the
//! peak, because a pod that needs more than its limit is killed. Both have headroom. Usage is that of the busiest pod
//! in each step of the period, because all pods of a workload have the same request; bursts shorter than a step are
//! only covered by the headroom.
//!
//! Under an autoscaler on utilization, the target is a percentage of the request, so changing one without the other
//! changes the number of pods. Both are recommended together such that `target × request`, the usage of a pod at
//! which another one is added, stays the same. Then the same load gives the same number of replicas, and a second
//! recommendation after applying the first one changes nothing.

mod autoscaled;

pub use autoscaled::{AutoscalerRecommendation, TargetRecommendation, under_autoscaler};

use super::cluster::Autoscaler;
use super::nodes::PodRequest;
use super::usage::UsageSummary;
use crate::units::{Bytes, CpuMillis};

/// Headroom on top of usage, for both resources: the margin of the vertical pod autoscaler
/// (<https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/flags.md>).
pub const HEADROOM: f64 = 0.15;

/// Smallest CPU request that is recommended: a container runtime needs about this much to start a process, and a
/// smaller request is not worth a change.
pub const CPU_FLOOR: CpuMillis = CpuMillis::from_millis(10);

/// Smallest memory request that is recommended.
pub const MEMORY_FLOOR: Bytes = Bytes::from_mib(32);

/// Minimum hours of measured usage: one day, which has both quiet and busy hours.
pub const LEAST_HOURS: f64 = 24.0;

/// Share of throttled CFS periods above which the CPU demand exceeds the measured usage by an unknown amount.
pub const THROTTLED: f64 = 0.05;

/// Minimum relative change for a recommendation: smaller changes are within the noise of the next period.
pub const WORTH_IT: f64 = 0.10;

/// Resource limits of one pod; `None` without a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PodLimits {
    /// CPU in millicores.
    pub cpu: Option<CpuMillis>,
    /// Memory in bytes.
    pub memory: Option<Bytes>,
}

/// Current requests and limits of a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PodNow {
    /// Current requests.
    pub request: PodRequest,
    /// Current limits.
    pub limits: PodLimits,
    /// Request of the pod without its serving containers' requests: its largest init container and its overhead.
    pub floor: PodRequest,
    /// Overhead of its runtime class.
    pub overhead: PodRequest,
}

/// A recommended change of a workload's requests, limits and autoscaler, to be applied together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recommendation {
    /// Current request of a pod.
    pub now: PodRequest,
    /// Recommended request of a pod, all containers together.
    pub request: PodRequest,
    /// Limits that must be raised to the recommended request; `None` if they need not.
    pub limits: PodLimits,
    /// Autoscaler settings that go with the request; `None` if none depends on a changed request.
    pub autoscaler: Option<AutoscalerRecommendation>,
}

/// Reason for not recommending a change.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum NoRecommendation {
    /// The requests match the usage.
    #[error("its requests match its usage")]
    Fits,
    /// Its pods run to completion (Job or CronJob).
    #[error("its pods run to completion; hourly averages say little about their needs")]
    RunsToAnEnd,
    /// No controller creates its pods, so there is no template to change.
    #[error("it is a bare pod without a controller, so there is no template to change")]
    NoTemplate,
    /// Usage was measured for too few hours.
    #[error("its usage was measured for {0:.1} hours, less than a day")]
    TooShort(f64),
    /// CPU or memory usage is unknown.
    #[error("its CPU or memory usage is unknown")]
    NotMeasured,
    /// The autoscaler uses a single container's utilization, but usage is only known for whole pods.
    #[error("its autoscaler scales on a single container, and usage is only known for whole pods")]
    ByContainer,
    /// The autoscaler uses a percentage of a request that the pods do not have.
    #[error("its autoscaler scales on a percentage of a request that its pods do not have, so it cannot scale them")]
    NothingToGoBy,
    /// The autoscaler does not keep its pods near its target.
    #[error("its pods use more than twice the target of its autoscaler, which may have reached maxReplicas")]
    NotHeld,
    /// Several autoscalers scale the workload.
    #[error("it has several autoscalers")]
    SeveralAutoscalers,
}

/// The recommendation for a workload of this kind, from its usage and its share of throttled CFS periods.
///
/// # Errors
/// [`NoRecommendation`], with the reason.
pub fn recommend(
    kind: &str,
    (usage, throttled): (&UsageSummary, Option<f64>),
    now: &PodNow,
    autoscalers: &[&Autoscaler],
) -> Result<Recommendation, NoRecommendation> {
    match kind {
        "Job" | "CronJob" => return Err(NoRecommendation::RunsToAnEnd),
        "Pod" | "Node" => return Err(NoRecommendation::NoTemplate),
        _ => {}
    }
    let (cpu, memory) = usage.busiest_pod_cores.p95.zip(usage.pod_memory_max).ok_or(NoRecommendation::NotMeasured)?;
    let hours = usage.cpu_measured_hours.min(usage.memory_measured_hours);
    if hours < LEAST_HOURS {
        return Err(NoRecommendation::TooShort(hours));
    }
    let cpu = CpuMillis::nearest(cpu * (1.0 + HEADROOM)).max(CPU_FLOOR) + now.overhead.cpu;
    let memory = whole_mib(memory * (1.0 + HEADROOM)).max(MEMORY_FLOOR) + now.overhead.memory;
    let held_back = throttled.is_some_and(|share| share > THROTTLED);
    let least = if held_back { now.request.cpu } else { CpuMillis::default() };
    let needed = PodRequest { cpu: cpu.max(now.floor.cpu).max(least), memory: memory.max(now.floor.memory) };
    let (request, targets) = match autoscalers {
        [] => (needed, Vec::new()),
        [one] => under_autoscaler(one, now.request, needed)?,
        _ => return Err(NoRecommendation::SeveralAutoscalers),
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
        return Err(NoRecommendation::Fits);
    }
    // A target belongs to its request: if the request is unchanged, so is the target.
    let changes = |target: &TargetRecommendation| match target.resource {
        "cpu" => request.cpu != now_asked.cpu,
        _ => request.memory != now_asked.memory,
    };
    let targets: Vec<TargetRecommendation> = targets.into_iter().filter(changes).collect();
    let autoscaler = autoscalers.first().filter(|_| !targets.is_empty()).map(|autoscaler| AutoscalerRecommendation {
        name: autoscaler.name.clone(),
        min_replicas: autoscaler.min_replicas,
        max_replicas: autoscaler.max_replicas,
        targets,
    });
    let limits = PodLimits {
        cpu: now.limits.cpu.filter(|limit| *limit < request.cpu).map(|_| request.cpu),
        memory: now.limits.memory.filter(|limit| *limit < request.memory).map(|_| request.memory),
    };
    Ok(Recommendation { now: now_asked, request, limits, autoscaler })
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
