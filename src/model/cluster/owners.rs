//! Which workload each pod belongs to.

use std::collections::BTreeMap;

use super::WorkloadId;
use super::{Owner, Pod, Workload};

/// The workload that each pod belongs to at the end of its chain of owners.
pub struct Owners<'a>(BTreeMap<(&'a str, &'a str, &'a str), &'a Owner>);

impl<'a> Owners<'a> {
    /// Built from the workloads of one snapshot.
    pub fn new(workloads: &'a [Workload]) -> Self {
        let link = |w: &'a Workload| Some(((w.namespace.as_str(), w.kind.name(), w.name.as_str()), w.owner.as_ref()?));
        Self(workloads.iter().filter_map(link).collect())
    }

    /// The workload of a pod: the last of its owners, or the pod itself.
    pub fn workload(&self, pod: &Pod) -> WorkloadId {
        let (kind, name) = match self.root_owner(pod) {
            Some(owner) => (owner.kind.clone(), owner.name.clone()),
            None => ("Pod".to_owned(), pod.name.clone()),
        };
        WorkloadId { namespace: pod.namespace.clone(), kind, name }
    }

    /// The last owner: the Deployment rather than its `ReplicaSet`, the `CronJob` rather than its Job; `None` for a
    /// bare pod.
    ///
    /// The chain ends where the next owner was not read: a controller of another kind (`Rollout`, `Workflow`) is the
    /// last owner.
    pub fn root_owner<'p>(&self, pod: &'p Pod) -> Option<&'p Owner>
    where
        'a: 'p,
    {
        let mut owner = pod.owner.as_deref()?;
        // Real chains have two links; the bound protects against cycles.
        for _ in 0..8 {
            // A custom resource above a StatefulSet is not followed: no metric shows it, and people know the
            // StatefulSet.
            if !matches!(owner.kind.as_str(), "ReplicaSet" | "Job") {
                break;
            }
            match self.0.get(&(pod.namespace.as_str(), owner.kind.as_str(), owner.name.as_str())) {
                Some(next) => owner = next,
                None => break,
            }
        }
        Some(owner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::cluster::WorkloadKind;

    fn owner(kind: &str, name: &str) -> Option<Owner> {
        Some(Owner { kind: kind.to_owned(), name: name.to_owned() })
    }

    fn workload(kind: WorkloadKind, name: &str, owner: Option<Owner>) -> Workload {
        let namespace = "a".to_owned();
        let (created, replicas, job, schedule, tags) = Default::default();
        let name = name.to_owned();
        Workload {
            kind,
            namespace,
            name,
            owner,
            created,
            replicas,
            ready: 0,
            job,
            schedule,
            suspended: false,
            services: Vec::new(),
            runtime: None,
            tags,
        }
    }

    #[test]
    fn the_last_owner_of_the_chain_is_the_workload() {
        let workloads = [
            workload(WorkloadKind::Deployment, "web", None),
            workload(WorkloadKind::ReplicaSet, "web-1", owner("Deployment", "web")),
            workload(WorkloadKind::ReplicaSet, "canary-1", owner("Rollout", "canary")),
            workload(WorkloadKind::Job, "loop", owner("Job", "loop")),
            workload(WorkloadKind::StatefulSet, "prometheus-k8s", owner("Prometheus", "k8s")),
        ];
        let owners = Owners::new(&workloads);
        let root_owner = |namespace: &str, own: Option<Owner>| {
            let pod = Pod { namespace: namespace.to_owned(), owner: own.map(Arc::new), ..Pod::default() };
            owners.root_owner(&pod).map(|owner| format!("{}/{}", owner.kind, owner.name))
        };
        assert_eq!(root_owner("a", owner("ReplicaSet", "web-1")).as_deref(), Some("Deployment/web"));
        assert_eq!(
            root_owner("b", owner("ReplicaSet", "web-1")).as_deref(),
            Some("ReplicaSet/web-1"),
            "of another namespace"
        );
        assert_eq!(root_owner("a", owner("ReplicaSet", "canary-1")).as_deref(), Some("Rollout/canary"));
        assert_eq!(root_owner("a", owner("Job", "loop")).as_deref(), Some("Job/loop"));
        let operated = root_owner("a", owner("StatefulSet", "prometheus-k8s"));
        assert_eq!(operated.as_deref(), Some("StatefulSet/prometheus-k8s"), "as its metrics call it");
        assert_eq!(root_owner("a", None), None);
    }
}
