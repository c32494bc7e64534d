//! The Kubernetes resources that are read; both the reader and the RBAC rules use this list.

/// A kind of object that is read: its place in the API, and what is lost without it.
///
/// The reader takes its paths from here and `capmodel rbac` its rules, so the two always agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// API version within the group.
    pub version: &'static str,
    /// Name in paths and rules, in the plural.
    pub plural: &'static str,
    /// Whether objects belong to a namespace.
    pub scope: Scope,
    /// Whether a report is possible without it.
    pub need: Need,
    /// What a report lacks without it.
    pub loss: &'static str,
}

/// Scope of a kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Objects belong to a namespace.
    Namespaced,
    /// Objects belong to the cluster as a whole.
    Cluster,
}

/// The consequence if a kind cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Every number would be wrong, so this is an error.
    Always,
    /// Every number would be wrong unless namespaces were named: in that case, only shares of catalogue prices are
    /// needed.
    WholeCluster,
    /// Some lines are missing, and a finding names them.
    Helpful,
    /// An optional API that clusters need not have; its absence is a finding, never an error.
    Addition,
}

impl Resource {
    /// Name as in `kubectl`: `pods`, `deployments.apps`.
    pub fn name(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// Path of its list, in one namespace or in all.
    pub fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() { "/api".to_owned() } else { format!("/apis/{}", self.group) };
        let version = self.version;
        match namespace {
            Some(namespace) => format!("{root}/{version}/namespaces/{namespace}/{}", self.plural),
            None => format!("{root}/{version}/{}", self.plural),
        }
    }
}

const fn namespaced(group: &'static str, version: &'static str, plural: &'static str, loss: &'static str) -> Resource {
    Resource { group, version, plural, scope: Scope::Namespaced, need: Need::Helpful, loss }
}

const fn cluster(group: &'static str, version: &'static str, plural: &'static str, loss: &'static str) -> Resource {
    Resource { group, version, plural, scope: Scope::Cluster, need: Need::Helpful, loss }
}

pub(super) const NODES: Resource =
    Resource { need: Need::WholeCluster, ..cluster("", "v1", "nodes", "node prices, idle cost and free capacity") };
pub(super) const PODS: Resource = Resource { need: Need::Always, ..namespaced("", "v1", "pods", "everything") };
pub(super) const NAMESPACES: Resource =
    cluster("", "v1", "namespaces", "labels of namespaces and the identity of the cluster");
pub(super) const DEPLOYMENTS: Resource =
    namespaced("apps", "v1", "deployments", "desired replicas and labels of Deployments");
pub(super) const REPLICA_SETS: Resource =
    namespaced("apps", "v1", "replicasets", "the Deployment of each pod (its ReplicaSet is shown instead)");
pub(super) const STATEFUL_SETS: Resource =
    namespaced("apps", "v1", "statefulsets", "desired replicas and labels of StatefulSets");
pub(super) const DAEMON_SETS: Resource =
    namespaced("apps", "v1", "daemonsets", "desired replicas and labels of DaemonSets");
pub(super) const JOBS: Resource =
    namespaced("batch", "v1", "jobs", "the CronJob of each pod (its Job is shown instead)");
pub(super) const CRON_JOBS: Resource = namespaced("batch", "v1", "cronjobs", "schedules and labels of CronJobs");
pub(super) const AUTOSCALERS: Resource = namespaced(
    "autoscaling",
    "v2",
    "horizontalpodautoscalers",
    "the autoscaled workloads (recommendations may conflict with their autoscalers)",
);
pub(super) const CLAIMS: Resource = namespaced("", "v1", "persistentvolumeclaims", "the owners of volumes");
pub(super) const SERVICES: Resource = namespaced("", "v1", "services", "the cost of load balancers");
pub(super) const VOLUMES: Resource = cluster("", "v1", "persistentvolumes", "the cost of volumes");
pub(super) const STORAGE_CLASSES: Resource = cluster("storage.k8s.io", "v1", "storageclasses", "types of volumes");
pub(super) const NODE_USAGE: Resource =
    Resource { need: Need::Addition, ..cluster("metrics.k8s.io", "v1beta1", "nodes", "current node usage") };
pub(super) const POD_USAGE: Resource =
    Resource { need: Need::Addition, ..namespaced("metrics.k8s.io", "v1beta1", "pods", "current container usage") };

/// All kinds of objects that are read.
pub const RESOURCES: &[Resource] = &[
    NODES,
    PODS,
    NAMESPACES,
    CLAIMS,
    SERVICES,
    VOLUMES,
    DEPLOYMENTS,
    REPLICA_SETS,
    STATEFUL_SETS,
    DAEMON_SETS,
    JOBS,
    CRON_JOBS,
    AUTOSCALERS,
    STORAGE_CLASSES,
    NODE_USAGE,
    POD_USAGE,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_have_the_paths_of_the_api() {
        assert_eq!(PODS.path(None), "/api/v1/pods");
        assert_eq!(PODS.path(Some("a")), "/api/v1/namespaces/a/pods");
        assert_eq!(DEPLOYMENTS.path(Some("a")), "/apis/apps/v1/namespaces/a/deployments");
        assert_eq!(NODE_USAGE.name(), "nodes.metrics.k8s.io");
    }

    #[test]
    fn no_resource_with_secrets_is_read() {
        for secret in ["secrets", "configmaps", "serviceaccounts"] {
            assert!(RESOURCES.iter().all(|r| r.plural != secret && r.plural != "*"));
        }
    }
}
