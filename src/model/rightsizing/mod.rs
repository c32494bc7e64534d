//! What pods should request, by what they used over a period.
//!
//! CPU by a quantile, for a pod that asks for more than it has is only slower; memory by the peak, for one that does is
//! killed. Both with headroom. Under an autoscaler that goes by utilization a request is half of a pair: the target is a
//! percentage of it, so one without the other changes how many pods there are. The two are advised together such that
//! `target × request`, the usage of a pod at which another is added, stays what it is; then the same load has the same
//! replicas, and asking again after the advice was taken gives the same answer.

mod autoscaled;

pub use autoscaled::{TargetAdvice, under_autoscaler};

use super::cluster::Autoscaler;
use super::usage::UsageSummary;
use crate::units::{Bytes, CpuMillis};

/// Of the steps of a period this share may need more CPU than is advised before headroom. Robusta's KRR takes the same
/// (<https://github.com/robusta-dev/krr>).
pub const CPU_QUANTILE: f64 = 0.95;

/// On top of what was used, for both. The vertical pod autoscaler's margin
/// (<https://github.com/kubernetes/autoscaler/blob/master/vertical-pod-autoscaler/docs/flags.md>).
pub const HEADROOM: f64 = 0.15;

/// Nothing below this is advised: what a container runtime itself needs to start a process is of this order, and a smaller
/// request is not worth a change.
pub const CPU_FLOOR: CpuMillis = CpuMillis::from_millis(10);

/// The same for memory.
pub const MEMORY_FLOOR: Bytes = Bytes::from_mib(32);

/// A pod's usage is known once its pods together ran for so many hours: a day, which has both its quiet and its busy hours.
pub const LEAST_POD_HOURS: f64 = 24.0;

/// A change by less than this is not advised: it would be gone in the next period's noise.
pub const WORTH_IT: f64 = 0.10;

/// What one pod requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PodRequest {
    /// CPU.
    pub cpu: CpuMillis,
    /// Memory.
    pub memory: Bytes,
}

/// What a workload should ask for instead, all of it together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What a pod requests now.
    pub now: PodRequest,
    /// What it should.
    pub request: PodRequest,
    /// The autoscaler's targets to go with it; empty where none depends on a request.
    pub targets: Vec<TargetAdvice>,
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
    /// Its pods did not run for long enough.
    #[error("its pods ran for {0:.1} hours, less than a day")]
    TooShort(f64),
    /// There is no usage of CPU or of memory.
    #[error("its use of CPU or memory is not known")]
    NotMeasured,
    /// The autoscaler goes by one container of the pod, and usage is known of whole pods.
    #[error("its autoscaler goes by one container, and usage is known of whole pods")]
    ByContainer,
    /// Two autoscalers hold on to it.
    #[error("it has several autoscalers")]
    SeveralAutoscalers,
}

/// What the pods of a workload should request, by what they used.
///
/// # Errors
/// [`NoAdvice`], with the reason.
pub fn advise(
    kind: &str,
    usage: &UsageSummary,
    now: PodRequest,
    autoscalers: &[&Autoscaler],
) -> Result<Advice, NoAdvice> {
    if matches!(kind, "Job" | "CronJob" | "Pod" | "Node") {
        return Err(NoAdvice::RunsToAnEnd);
    }
    if usage.pod_hours < LEAST_POD_HOURS {
        return Err(NoAdvice::TooShort(usage.pod_hours));
    }
    let (cpu, memory) = usage.pod_cores.p95.zip(usage.pod_memory_max).ok_or(NoAdvice::NotMeasured)?;
    let needed = PodRequest {
        cpu: CpuMillis::nearest(cpu * (1.0 + HEADROOM)).max(CPU_FLOOR),
        memory: whole_mib(memory * (1.0 + HEADROOM)).max(MEMORY_FLOOR),
    };
    let (request, targets) = match autoscalers {
        [] => (needed, Vec::new()),
        [one] => under_autoscaler(one, now, needed)?,
        _ => return Err(NoAdvice::SeveralAutoscalers),
    };
    let request = PodRequest {
        cpu: if is_worth(now.cpu.cores(), request.cpu.cores()) { request.cpu } else { now.cpu },
        memory: if is_worth(now.memory.as_f64(), request.memory.as_f64()) { request.memory } else { now.memory },
    };
    // A target goes with its request: where that stays, so does the target.
    let stays = |target: &TargetAdvice| match target.resource {
        "cpu" => request.cpu == now.cpu,
        _ => request.memory == now.memory,
    };
    let targets: Vec<TargetAdvice> = targets.into_iter().filter(|target| !stays(target)).collect();
    if request == now { Err(NoAdvice::Fits) } else { Ok(Advice { now, request, targets }) }
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
