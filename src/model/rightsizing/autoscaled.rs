use super::{NoAdvice, PodRequest};
use crate::model::cluster::{Autoscaler, MetricKind, MetricTarget};
use crate::units::{Bytes, CpuMillis};

/// What an autoscaler should be set to, with the requests of the pods that it scales.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutoscalerAdvice {
    /// Its name; its namespace is the workload's.
    pub name: String,
    /// Fewest replicas, as they are.
    pub min_replicas: u32,
    /// Most replicas, as they are.
    pub max_replicas: u32,
    /// Targets that change.
    pub targets: Vec<TargetAdvice>,
}

/// The utilization target that goes with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetAdvice {
    /// `cpu` or `memory`.
    pub resource: &'static str,
    /// The target now, in percent of what a pod requests now.
    pub now: u32,
    /// The target in percent of what it should request.
    pub target: u32,
}

/// The highest target that is advised: a pod that is held at nine tenths of its request has a tenth for the time until the
/// next pod is there, as long as the autoscaler's own tolerance.
const HIGHEST: u64 = 90;

/// What pods should request under an autoscaler, and the targets to go with it.
///
/// Of a resource that the autoscaler holds at a percentage, `request' = target × request ÷ target'` with the largest whole
/// `target'` up to 90, or up to the target where that is higher, for which that is no less than what is needed. What it holds at an amount, and metrics that are not
/// resources (KEDA's among them), do not depend on requests.
///
/// # Errors
/// [`NoAdvice::ByContainer`], [`NoAdvice::NothingToGoBy`], [`NoAdvice::NotHeld`].
pub fn under_autoscaler(
    autoscaler: &Autoscaler,
    now: PodRequest,
    needed: PodRequest,
) -> Result<(PodRequest, Vec<TargetAdvice>), NoAdvice> {
    let (mut request, mut targets) = (needed, Vec::new());
    for metric in &autoscaler.metrics {
        let Some(MetricTarget::UtilizationPercent(percent)) = metric.target else { continue };
        match (metric.kind, metric.name.as_str()) {
            (MetricKind::ContainerResource, _) => return Err(NoAdvice::ByContainer),
            (MetricKind::Resource, "cpu") => {
                let (target, millis) = pair(percent, now.cpu.millis(), needed.cpu.millis())?;
                request.cpu = CpuMillis::from_millis(millis);
                targets.push(TargetAdvice { resource: "cpu", now: percent, target });
            }
            (MetricKind::Resource, "memory") => {
                let (target, bytes) = pair(percent, now.memory.bytes(), needed.memory.bytes())?;
                request.memory = Bytes::from_bytes(bytes);
                targets.push(TargetAdvice { resource: "memory", now: percent, target });
            }
            _ => {}
        }
    }
    Ok((request, targets))
}

/// Target and request with the product that they have.
fn pair(percent: u32, now: u64, needed: u64) -> Result<(u32, u64), NoAdvice> {
    let threshold = u64::from(percent).saturating_mul(now);
    if threshold == 0 {
        return Err(NoAdvice::NothingToGoBy);
    }
    // Both in percent of a unit. No request below what is needed keeps the product where even 1 % of it is more.
    if needed.saturating_mul(100) > threshold.saturating_mul(2) {
        return Err(NoAdvice::NotHeld);
    }
    // A target that is higher already stays: lowering it would raise the request of a pod that needs no more.
    let highest = HIGHEST.max(u64::from(percent));
    let target = (threshold / needed.max(1)).clamp(1, highest);
    // Rounded up, so that the pods that are there have room for at least what starts another one today.
    Ok((u32::try_from(target).unwrap_or(percent), threshold.div_ceil(target)))
}
