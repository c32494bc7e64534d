//! The pod that represents all pods of a workload.

use std::sync::Arc;

use super::Pod;

/// A pod of the most frequent kind, ignoring terminated pods unless there are no others; if kinds are equally
/// frequent, the one with the most recent pod. Everything that is said about "a pod" of a workload refers to this
/// one.
pub fn typical_pod<'a>(pods: &[&'a Pod]) -> Option<&'a Pod> {
    let live: Vec<&Pod> = pods.iter().copied().filter(|pod| !pod.is_terminated()).collect();
    let all = if live.is_empty() { pods } else { &live };
    // Pods of one version share their containers and are adjacent; those of a snapshot in pieces are compared.
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
