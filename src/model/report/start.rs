//! Requests that only the start of a pod needs but that are reserved for its whole lifetime.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::pool::Parts;
use crate::model::cluster::{ContainerRole, Owners, Pod, Snapshot, WorkloadId, pod_requests};
use crate::model::finding::{Code, Finding};
use crate::units::grouped;

/// Finding about pods with an init container that requests more than the containers that run later: the scheduler
/// reserves the larger of both for the lifetime of the pod
/// (<https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers>).
pub(super) fn held_for_the_start(snapshot: &Snapshot) -> Option<Finding> {
    let owners = Owners::new(&snapshot.workloads);
    let mut all: BTreeMap<WorkloadId, Parts<Decimal>> = BTreeMap::new();
    for pod in snapshot.pods.iter().filter(|pod| !pod.is_terminated() && pod.node.is_some()) {
        if pod.containers.iter().any(|container| container.role == ContainerRole::Init) {
            let more = Parts::of(&pod_requests(pod)).less(Parts::of(&pod_requests(&once_started(pod))));
            if more != Parts::default() {
                let sum = all.entry(owners.workload(pod)).or_default();
                *sum = sum.plus(more);
            }
        }
    }
    let whole = all.values().fold(Parts::<Decimal>::default(), |sum, more| more.plus(sum));
    let (most, _) = all.iter().max_by_key(|(_, more)| (more.gpu, more.cpu, more.memory))?;
    let accelerators =
        if whole.gpu.is_zero() { String::new() } else { format!(", {} accelerators", whole.gpu.normalize()) };
    let message = format!(
        "init containers of {} workloads request more than the containers that run later, and the scheduler reserves that for the whole life \
         of the pod: {} cores and {} GiB{accelerators} in total; reduce the requests of the init containers to free them",
        grouped(all.len()),
        grouped(whole.cpu.round_dp(3).normalize()),
        grouped(whole.memory.round_dp(3).normalize()),
    );
    Some(Finding::info(Code::InitContainerRequestReserved, most.to_string(), message))
}

fn once_started(pod: &Pod) -> Pod {
    let mut pod = pod.clone();
    Arc::make_mut(&mut pod.containers).retain(|container| container.role != ContainerRole::Init);
    pod
}
