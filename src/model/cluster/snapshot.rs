use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Autoscaler, Claim, LoadBalancer, Node, NodeUsage, Pod, PodUsage, StorageClass, Volume, Workload};
use crate::model::Finding;
use crate::units::Timestamp;

/// Name and version of the form in which a snapshot is written. Within a version fields are only added, each with a
/// default; anything else makes a new version.
pub const SNAPSHOT_SCHEMA: &str = "capmodel/snapshot/v1";

/// A cluster at one moment.
///
/// Every list is sorted by namespace and name, each of them once. What could not be read is empty and has a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// [`SNAPSHOT_SCHEMA`].
    pub schema: String,
    /// The version of the tool that wrote it.
    pub tool_version: String,
    /// When reading began.
    pub taken_at: Timestamp,
    /// Whose it is.
    pub cluster: ClusterId,
    /// The namespaces that were read; `None` for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_namespaces: Option<Vec<String>>,
    /// Whether names were replaced by hashes.
    #[serde(default)]
    pub redacted: bool,
    /// What a reader must know: what was refused, what is unusual.
    #[serde(default)]
    pub findings: Vec<Finding>,
    /// Machines.
    #[serde(default)]
    pub nodes: Vec<Node>,
    /// Namespaces.
    #[serde(default)]
    pub namespaces: Vec<Namespace>,
    /// What makes pods.
    #[serde(default)]
    pub workloads: Vec<Workload>,
    /// What changes replica counts.
    #[serde(default)]
    pub autoscalers: Vec<Autoscaler>,
    /// Persistent volumes.
    #[serde(default)]
    pub volumes: Vec<Volume>,
    /// Persistent volume claims.
    #[serde(default)]
    pub claims: Vec<Claim>,
    /// Kinds of volume.
    #[serde(default)]
    pub storage_classes: Vec<StorageClass>,
    /// Services that have a load balancer.
    #[serde(default)]
    pub load_balancers: Vec<LoadBalancer>,
    /// Use of nodes at one moment, where there is a metrics API.
    #[serde(default)]
    pub node_usage: Vec<NodeUsage>,
    /// Use of containers at one moment, where there is a metrics API.
    #[serde(default)]
    pub pod_usage: Vec<PodUsage>,
    /// Pods; last, as they are most of the file.
    #[serde(default)]
    pub pods: Vec<Pod>,
}

impl Snapshot {
    /// A cluster about which nothing is known yet.
    pub fn new(taken_at: Timestamp, cluster: ClusterId) -> Self {
        Self {
            schema: SNAPSHOT_SCHEMA.to_owned(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            taken_at,
            cluster,
            only_namespaces: None,
            redacted: false,
            findings: Vec::new(),
            nodes: Vec::new(),
            namespaces: Vec::new(),
            workloads: Vec::new(),
            autoscalers: Vec::new(),
            volumes: Vec::new(),
            claims: Vec::new(),
            storage_classes: Vec::new(),
            load_balancers: Vec::new(),
            node_usage: Vec::new(),
            pod_usage: Vec::new(),
            pods: Vec::new(),
        }
    }

    /// Sorts every list and drops what a restarted listing brought twice.
    pub fn put_in_order(&mut self) {
        fn by<T, K: Ord>(list: &mut Vec<T>, key: impl Fn(&T) -> (&str, K, &str)) {
            list.sort_by(|a, b| key(a).cmp(&key(b)));
            list.dedup_by(|a, b| key(a) == key(b));
        }
        self.findings.sort();
        self.findings.dedup();
        by(&mut self.nodes, |n| ("", (), &n.name));
        by(&mut self.namespaces, |n| ("", (), &n.name));
        by(&mut self.workloads, |w| (&w.namespace, w.kind, &w.name));
        by(&mut self.autoscalers, |a| (&a.namespace, (), &a.name));
        by(&mut self.volumes, |v| ("", (), &v.name));
        by(&mut self.claims, |c| (&c.namespace, (), &c.name));
        by(&mut self.storage_classes, |c| ("", (), &c.name));
        by(&mut self.load_balancers, |l| (&l.namespace, (), &l.name));
        by(&mut self.node_usage, |u| ("", (), &u.node));
        by(&mut self.pod_usage, |u| (&u.namespace, (), &u.pod));
        by(&mut self.pods, |p| (&p.namespace, (), &p.name));
    }
}

/// Whose cluster it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterId {
    /// The name the user gave, else that of the context.
    pub name: String,
    /// UID of the namespace `kube-system`: the nearest that Kubernetes has to an identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// Version of the API server, as `v1.36.3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_version: Option<String>,
}

/// A namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespace {
    /// Name.
    pub name: String,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// The labels and annotations that the user named.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// Labels and annotations that the user named, and no others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tags {
    /// Labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Tags {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.annotations.is_empty()
    }
}
