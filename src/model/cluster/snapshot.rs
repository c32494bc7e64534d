//! A whole cluster at one moment, and the format in which it is stored.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{
    Autoscaler, Claim, ImageFacts, LoadBalancer, Node, NodeUsage, Pod, PodUsage, StorageClass, StoredUsage, Volume,
    Workload,
};
use crate::model::finding::Finding;
use crate::schema::finding as wire;
use crate::units::Timestamp;

/// Name and version of the snapshot format. Within a version, fields are only added, each with a default; any other
/// change makes a new version.
pub const SNAPSHOT_SCHEMA: &str = "capmodel/snapshot/v1";

/// A cluster at one moment.
///
/// Every list is sorted by namespace and name, without duplicates. Anything that could not be read is empty and has a
/// finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "capmodel snapshot")]
pub struct Snapshot {
    /// Name and version of this document.
    #[schemars(extend("const" = SNAPSHOT_SCHEMA))]
    pub schema: String,
    /// The version of the tool that wrote it.
    pub tool_version: String,
    /// Time at which reading began.
    pub taken_at: Timestamp,
    /// Identity of the cluster.
    pub cluster: ClusterId,
    /// The namespaces that were read; `None` for all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_namespaces: Option<Vec<String>>,
    /// Whether names were replaced by hashes.
    #[serde(default)]
    pub redacted: bool,
    /// Findings: what could not be read, and what is unusual.
    #[serde(default, with = "super::stored_findings")]
    #[schemars(with = "Vec<wire::Finding>")]
    pub findings: Vec<Finding>,
    /// Nodes of the cluster.
    #[serde(default)]
    pub nodes: Vec<Node>,
    /// Namespaces of the cluster.
    #[serde(default)]
    pub namespaces: Vec<Namespace>,
    /// Workloads: Deployments, StatefulSets, DaemonSets, Jobs and CronJobs.
    #[serde(default)]
    pub workloads: Vec<Workload>,
    /// Horizontal pod autoscalers.
    #[serde(default)]
    pub autoscalers: Vec<Autoscaler>,
    /// Persistent volumes of the cluster.
    #[serde(default)]
    pub volumes: Vec<Volume>,
    /// Claims for persistent volumes.
    #[serde(default)]
    pub claims: Vec<Claim>,
    /// Storage classes.
    #[serde(default)]
    pub storage_classes: Vec<StorageClass>,
    /// Services of type `LoadBalancer`.
    #[serde(default)]
    pub load_balancers: Vec<LoadBalancer>,
    /// Current usage of nodes, if there is a metrics API.
    #[serde(default)]
    pub node_usage: Vec<NodeUsage>,
    /// Current usage of containers, if there is a metrics API.
    #[serde(default)]
    pub pod_usage: Vec<PodUsage>,
    /// Facts about the images of its pods, by their name in the pod spec, as far as nodes list their sizes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub images: BTreeMap<String, ImageFacts>,
    /// Usage of a period, step by step, if Prometheus was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Box<StoredUsage>>,
    /// Pods; they come last because they are most of the file.
    #[serde(default, deserialize_with = "sharing")]
    pub pods: Vec<Pod>,
}

/// Deserializes pods one by one, so that shared parts are never in memory more often than necessary.
fn sharing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Pod>, D::Error> {
    struct Pods;
    impl<'de> Visitor<'de> for Pods {
        type Value = Vec<Pod>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of pods")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Pod>, A::Error> {
            let (mut pods, mut last) = (Vec::new(), Pod::default());
            while let Some(mut pod) = list.next_element::<Pod>()? {
                pod.share(&mut last);
                pods.push(pod);
            }
            Ok(pods)
        }
    }
    deserializer.deserialize_seq(Pods)
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
            images: BTreeMap::new(),
            usage: None,
            pods: Vec::new(),
        }
    }

    /// Sorts every list and removes the duplicates of a restarted listing.
    pub fn sort_and_dedup(&mut self) {
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

/// Identity of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClusterId {
    /// The name that the user gave, or else that of the context.
    pub name: String,
    /// UID of the namespace `kube-system`: the closest thing to an identity that Kubernetes has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// Version of the API server, for example `v1.36.3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_version: Option<String>,
}

/// A namespace with its metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Namespace {
    /// Name of the namespace.
    pub name: String,
    /// Time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// The labels and annotations that the user named.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

/// Labels and annotations that the user named, and no others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tags {
    /// Labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Tags {
    /// Whether there are neither labels nor annotations.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.annotations.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::Code;

    #[test]
    fn a_finding_of_a_later_version_is_kept() {
        let text = r#"{"schema":"capmodel/snapshot/v1","tool_version":"9.0.0","taken_at":"2026-11-24T00:00:00Z",
            "cluster":{"name":"c"},"findings":[
            {"severity":"info","code":"access-refused","subject":"nodes","message":"no"},
            {"severity":"warning","code":"not-yet-known","subject":"x","message":"it is so"}]}"#;
        let snapshot: Snapshot = serde_json::from_str(text).unwrap();
        assert_eq!(snapshot.findings[0], Finding::info(Code::AccessRefused, "nodes", "no"));
        assert_eq!(snapshot.findings[1], Finding::warning(Code::FindingUnknown, "x", "not-yet-known: it is so"));
    }
}
