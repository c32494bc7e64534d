//! The Kubernetes resources that are read, for the reader and for the RBAC rules alike.

/// A kind of object that is read: where it is in the API, and what is lost without it.
///
/// The reader takes its paths from here and `capmodel rbac` its rules, so that neither can ask for more than the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// API version within the group.
    pub version: &'static str,
    /// Name in paths and rules.
    pub plural: &'static str,
    /// Whether objects are in a namespace.
    pub scope: Scope,
    /// Whether anything can be said without it.
    pub need: Need,
    /// What a report cannot say without it.
    pub loss: &'static str,
}

/// Where objects of a kind are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Objects belong to a namespace.
    Namespaced,
    /// Objects belong to the cluster as a whole.
    Cluster,
}

/// What it means when a kind cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Every number would be wrong.
    Always,
    /// Every number would be wrong, but where namespaces were named: then shares of catalogue prices are all that is asked.
    WholeCluster,
    /// Some lines are missing, and a finding says which.
    Helpful,
    /// An addition that clusters need not have; where it is not there that is a finding, never a failure.
    Addition,
}

impl Resource {
    /// `pods`, `deployments.apps`: as `kubectl` names it.
    pub fn name(&self) -> String {
        if self.group.is_empty() { self.plural.to_owned() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// The path of its list, in one namespace or in all.
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
    fn paths() {
        assert_eq!(PODS.path(None), "/api/v1/pods");
        assert_eq!(PODS.path(Some("a")), "/api/v1/namespaces/a/pods");
        assert_eq!(DEPLOYMENTS.path(Some("a")), "/apis/apps/v1/namespaces/a/deployments");
        assert_eq!(NODE_USAGE.name(), "nodes.metrics.k8s.io");
    }

    #[test]
    fn nothing_secret_is_read() {
        for secret in ["secrets", "configmaps", "serviceaccounts"] {
            assert!(RESOURCES.iter().all(|r| r.plural != secret && r.plural != "*"));
        }
    }
}
