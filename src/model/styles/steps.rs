//! Data of each step of a service's history, as calibration expects it.

use crate::model::calibration::Step;
use crate::model::cluster::{Pod, Snapshot};
use crate::model::usage::{Grid, WorkloadHistory};

/// Cores of the largest node.
pub(super) fn largest_node(snapshot: &Snapshot) -> Option<f64> {
    let cores = snapshot.nodes.iter().map(|node| node.capacity.cpu().cores());
    cores.reduce(f64::max).filter(|cores| *cores > 0.0)
}

/// Data of each step for the service's own container.
pub(super) fn steps(workload: &WorkloadHistory, grid: Grid, pod: &Pod, largest_node: Option<f64>) -> Vec<Step> {
    let limit = pod.service_container().map(|container| container.sizes.limits.cpu().cores());
    let most = limit.filter(|limit| *limit > 0.0).or(largest_node);
    let hours = grid.step().hours();
    (0..grid.len())
        .map(|index| {
            let pod_hours = workload.pod_hours.get(index).unwrap_or(0.0);
            let sidecars = workload.cores_of_sidecars.get(index).unwrap_or(0.0);
            Step {
                seconds: grid.step().as_f64(),
                pods: pod_hours / hours,
                requests_per_second: workload.requests_per_second.get(index),
                cores: workload.cores.get(index).map(|cores| cores - sidecars),
                throttled: workload.throttled_share.get(index),
                memory: workload.memory_byte_hours.get(index).filter(|_| pod_hours > 0.0).map(|held| held / pod_hours),
                cores_per_pod_at_most: most,
                ..Step::default()
            }
        })
        .collect()
}

/// Mean number of pods in the busiest 1 % of the steps.
pub(super) fn busy_pods(steps: &[Step]) -> f64 {
    let mut rates: Vec<(f64, f64)> =
        steps.iter().filter(|step| step.pods > 0.0).filter_map(|s| Some((s.requests_per_second?, s.pods))).collect();
    rates.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.total_cmp(&a.1)));
    let top = rates.len().div_ceil(100);
    #[expect(clippy::cast_precision_loss, reason = "a few steps")]
    let count = top.max(1) as f64;
    (rates.iter().take(top).map(|(_, pods)| pods).sum::<f64>() / count).max(1.0)
}
