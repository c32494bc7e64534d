//! Recommended requests of autoscaled pods, together with the utilization target that keeps the number of replicas.

use super::NoRecommendation;
use crate::model::cluster::{Autoscaler, MetricKind, MetricTarget};
use crate::model::nodes::PodRequest;
use crate::units::{Bytes, CpuMillis};

/// Recommended autoscaler settings that go with the requests of the pods that it scales.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutoscalerRecommendation {
    /// Name of the autoscaler in the workload's namespace.
    pub name: String,
    /// Current minimum number of replicas, unchanged.
    pub min_replicas: u32,
    /// Current maximum number of replicas, unchanged.
    pub max_replicas: u32,
    /// Utilization targets that change.
    pub targets: Vec<TargetRecommendation>,
}

/// The utilization target that goes with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetRecommendation {
    /// Resource: `cpu` or `memory`.
    pub resource: &'static str,
    /// Current target in percent of the current request.
    pub now: u32,
    /// Recommended target in percent of the recommended request.
    pub target: u32,
}

/// Highest recommended target: at 90 % of its request, a pod has 10 % left until the next pod is ready, which equals
/// the autoscaler's tolerance.
const HIGHEST: u64 = 90;

/// The recommended requests under an autoscaler, and the targets that go with them.
///
/// For a resource with a utilization target, `request' = target × request ÷ target'` with the largest whole `target'`
/// for which `request'` covers the need. `target'` is at most 90, or the current target if that is higher. Targets on
/// absolute amounts and metrics other than resources (including KEDA's) do not depend on requests.
///
/// # Errors
/// [`NoRecommendation::ByContainer`], [`NoRecommendation::NothingToGoBy`], [`NoRecommendation::NotHeld`].
pub fn under_autoscaler(
    autoscaler: &Autoscaler,
    now: PodRequest,
    needed: PodRequest,
) -> Result<(PodRequest, Vec<TargetRecommendation>), NoRecommendation> {
    let (mut request, mut targets) = (needed, Vec::new());
    for metric in &autoscaler.metrics {
        let Some(MetricTarget::UtilizationPercent(percent)) = metric.target else { continue };
        match (metric.kind, metric.name.as_str()) {
            (MetricKind::ContainerResource, _) => return Err(NoRecommendation::ByContainer),
            (MetricKind::Resource, "cpu") => {
                let (target, millis) = pair(percent, now.cpu.millis(), needed.cpu.millis())?;
                request.cpu = CpuMillis::from_millis(millis);
                targets.push(TargetRecommendation { resource: "cpu", now: percent, target });
            }
            (MetricKind::Resource, "memory") => {
                let (target, bytes) = pair(percent, now.memory.bytes(), needed.memory.bytes())?;
                request.memory = Bytes::from_bytes(bytes);
                targets.push(TargetRecommendation { resource: "memory", now: percent, target });
            }
            _ => {}
        }
    }
    Ok((request, targets))
}

/// A target and a request whose product equals the current one.
fn pair(percent: u32, now: u64, needed: u64) -> Result<(u32, u64), NoRecommendation> {
    let threshold = u64::from(percent).saturating_mul(now);
    if threshold == 0 {
        return Err(NoRecommendation::NothingToGoBy);
    }
    // Both sides in percent of a unit: a need of more than twice the current target usage means that the autoscaler
    // does not keep its target.
    if needed.saturating_mul(100) > threshold.saturating_mul(2) {
        return Err(NoRecommendation::NotHeld);
    }
    // A current target above 90 % is kept: lowering it would raise the request without need.
    let highest = HIGHEST.max(u64::from(percent));
    let target = (threshold / needed.max(1)).clamp(1, highest);
    // Rounded up, so that the existing pods keep at least the usage at which another pod is added today.
    Ok((u32::try_from(target).unwrap_or(percent), threshold.div_ceil(target)))
}
