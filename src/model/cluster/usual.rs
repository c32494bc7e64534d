//! The one pod that stands for all of a workload.

use std::sync::Arc;

use super::Pod;

/// A pod of the kind that there are most of, those that are over only where there are no others; of kinds that are as frequent
/// the one with the later pod. Whatever is said of "a pod" of a workload is said of this one.
pub fn usual_pod<'a>(pods: &[&'a Pod]) -> Option<&'a Pod> {
    let live: Vec<&Pod> = pods.iter().copied().filter(|pod| !pod.is_terminated()).collect();
    let all = if live.is_empty() { pods } else { &live };
    // Pods of one version share their containers and stand together; those of a snapshot in pieces are compared.
    let mut kinds: Vec<(&'a Pod, usize)> = Vec::new();
    for pod in all {
        let same = |(other, _): &&mut (&Pod, usize)| {
            Arc::ptr_eq(&other.containers, &pod.containers) || other.containers == pod.containers
        };
        match kinds.iter_mut().find(same) {
            Some((latest, count)) => {
                *count += 1;
                *latest = if pod.created > latest.created { pod } else { latest };
            }
            None => kinds.push((pod, 1)),
        }
    }
    kinds
        .into_iter()
        .max_by(|a, b| (a.1, a.0.created, &b.0.name).cmp(&(b.1, b.0.created, &a.0.name)))
        .map(|(pod, _)| pod)
}
