//! Replaces the names in a snapshot by hashes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    Autoscaler, Claim, Container, HOSTNAME_LABEL, LoadBalancer, MetricKind, Node, NodeTerm, Operator, Owner, Placement,
    Pod, PodTerm, Snapshot, StoredUsage, Tags, Volume, Workload, is_known_sidecar, is_well_known,
};
use crate::model::finding::Code;
use crate::model::software::{DeclaredRuntime, image_by_name, images_known, program_by_name};

/// A secret key with which names are hashed. Whoever has it can check whether a guessed name is in a snapshot; it is
/// never written anywhere.
pub struct RedactionKey([u8; 32]);

impl RedactionKey {
    /// A key from 32 fresh random bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// What the hashes stand for: kind of name → hash → name. Only for the user.
pub type Names = BTreeMap<&'static str, BTreeMap<String, String>>;

/// Replaces every name that the user or their organisation chose by a hash, the same name always by the same hash, so
/// that everything can still be joined, grouped and placed.
///
/// Kept: amounts, times, types and zones of machines, names of well-known software, drivers, kinds, the namespaces
/// that every cluster has, and labels whose values providers set. Findings contain names only in their subject.
pub fn redact(snapshot: &mut Snapshot, key: &RedactionKey) -> Names {
    let mut r = Redactor { key, names: Names::new(), last: Default::default() };
    snapshot.redacted = true;
    r.name("cluster", &mut snapshot.cluster.name);
    r.maybe("uid", &mut snapshot.cluster.uid);
    let nodes: Vec<String> = snapshot.nodes.iter().map(|node| node.name.clone()).collect();
    for finding in snapshot.findings.iter_mut().filter(|finding| nodes.contains(&finding.subject)) {
        r.name("node", &mut finding.subject);
    }
    snapshot.only_namespaces.iter_mut().flatten().for_each(|name| r.namespace(name));
    snapshot.nodes.iter_mut().for_each(|node| r.node(node));
    for namespace in &mut snapshot.namespaces {
        r.namespace(&mut namespace.name);
        r.tags(&mut namespace.tags);
    }
    snapshot.workloads.iter_mut().for_each(|workload| r.workload(workload));
    snapshot.autoscalers.iter_mut().for_each(|autoscaler| r.autoscaler(autoscaler));
    snapshot.volumes.iter_mut().for_each(|volume| r.volume(volume));
    snapshot.claims.iter_mut().for_each(|claim| r.claim(claim));
    snapshot.storage_classes.iter_mut().for_each(|class| r.name("storage-class", &mut class.name));
    snapshot.load_balancers.iter_mut().for_each(|balancer| r.load_balancer(balancer));
    snapshot.node_usage.iter_mut().for_each(|usage| r.name("node", &mut usage.node));
    for usage in &mut snapshot.pod_usage {
        r.namespace(&mut usage.namespace);
        r.name("pod", &mut usage.pod);
        usage.containers.iter_mut().for_each(|container| r.container_name(&mut container.name));
    }
    snapshot.images = std::mem::take(&mut snapshot.images)
        .into_iter()
        .map(|(mut image, facts)| {
            r.name("image", &mut image);
            (image, facts)
        })
        .collect();
    snapshot.usage.iter_mut().for_each(|usage| r.usage(usage));
    snapshot.pods.iter_mut().for_each(|pod| r.pod(pod));
    snapshot.sort_and_dedup();
    r.names
}

struct Redactor<'a> {
    key: &'a RedactionKey,
    names: Names,
    /// The containers of the previous pod before redaction, and that pod after it.
    last: (Arc<Vec<Container>>, Pod),
}

/// Every cluster has these namespaces, so their names reveal nothing, and what runs in `kube-system` is shared.
const EVERYWHERE: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Kinds of owners that are built into Kubernetes.
const COMMON_KINDS: [&str; 12] = [
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Node",
    "ReplicaSet",
    "ReplicationController",
    "Rollout",
    "ScaledJob",
    "ScaledObject",
    "StatefulSet",
    "Workflow",
];

/// Findings about usage whose messages contain only numbers, times and names of metrics.
const NAMELESS: [Code; 9] = [
    Code::HistoryGap,
    Code::HistoryRead,
    Code::MetricMissing,
    Code::OwnerInferredFromName,
    Code::OwnerUnknown,
    Code::PodLevelRequestsAssumed,
    Code::UsageComparedPerScrape,
    Code::UsageComparedPerStep,
    Code::UsageGap,
];

impl Redactor<'_> {
    /// 64 bits: among a million names, the probability of a collision is one in thirty million.
    fn name(&mut self, kind: &'static str, name: &mut String) {
        if name.is_empty() {
            return;
        }
        let hash = blake3::Hasher::new_keyed(&self.key.0)
            .update(kind.as_bytes())
            .update(&[0])
            .update(name.as_bytes())
            .finalize();
        let hashed = format!("{kind}-{}", &hash.to_hex()[..16]);
        let original = std::mem::replace(name, hashed.clone());
        self.names.entry(kind).or_default().insert(hashed, original);
    }

    fn maybe(&mut self, kind: &'static str, name: &mut Option<String>) {
        if let Some(name) = name {
            self.name(kind, name);
        }
    }

    fn namespace(&mut self, name: &mut String) {
        if !EVERYWHERE.contains(&name.as_str()) {
            self.name("namespace", name);
        }
    }

    fn owner(&mut self, owner: &mut Owner) {
        let kind = if owner.kind == "Node" { "node" } else { "workload" };
        self.name(kind, &mut owner.name);
        if !COMMON_KINDS.contains(&owner.kind.as_str()) {
            self.name("kind", &mut owner.kind);
        }
    }

    fn label(&mut self, key: &mut String, value: &mut String) {
        if key == HOSTNAME_LABEL {
            self.name("node", value);
        } else if !is_well_known(key) && !is_topology(key) {
            self.value(value);
        }
        self.key(key);
    }

    fn key(&mut self, key: &mut String) {
        let of_kubernetes = key.starts_with("node.kubernetes.io/") || is_well_known(key);
        if key != HOSTNAME_LABEL && !of_kubernetes && !is_topology(key) {
            self.name("label", key);
        }
    }

    /// Small numbers are kept: rules compare them, and they identify nothing.
    fn value(&mut self, value: &mut String) {
        if value.len() > 6 || !value.bytes().all(|b| b.is_ascii_digit()) {
            self.name("value", value);
        }
    }

    fn labels(&mut self, labels: &mut BTreeMap<String, String>) {
        *labels = std::mem::take(labels)
            .into_iter()
            .map(|(mut key, mut value)| {
                self.label(&mut key, &mut value);
                (key, value)
            })
            .collect();
    }

    fn tags(&mut self, tags: &mut Tags) {
        self.labels(&mut tags.labels);
        self.labels(&mut tags.annotations);
    }

    fn node(&mut self, node: &mut Node) {
        self.name("node", &mut node.name);
        self.maybe("machine", &mut node.provider_id);
        self.maybe("pool", &mut node.machine.pool);
        for taint in &mut node.taints {
            self.key(&mut taint.key);
            self.value(&mut taint.value);
        }
        self.labels(&mut node.scheduling_labels);
        self.tags(&mut node.tags);
    }

    fn workload(&mut self, workload: &mut Workload) {
        self.namespace(&mut workload.namespace);
        self.name("workload", &mut workload.name);
        workload.owner.iter_mut().for_each(|owner| self.owner(owner));
        workload.services.iter_mut().for_each(|service| self.name("service", service));
        workload.runtime.iter_mut().for_each(|said| self.runtime(said));
        self.tags(&mut workload.tags);
    }

    fn autoscaler(&mut self, autoscaler: &mut Autoscaler) {
        self.namespace(&mut autoscaler.namespace);
        self.name("autoscaler", &mut autoscaler.name);
        autoscaler.owner.iter_mut().for_each(|owner| self.owner(owner));
        self.owner(&mut autoscaler.target);
        for metric in &mut autoscaler.metrics {
            if !matches!(metric.kind, MetricKind::Resource | MetricKind::ContainerResource) {
                self.name("metric", &mut metric.name);
            }
            metric.container.iter_mut().for_each(|name| self.container_name(name));
        }
    }

    fn volume(&mut self, volume: &mut Volume) {
        self.name("volume", &mut volume.name);
        self.maybe("disk", &mut volume.handle);
        self.maybe("storage-class", &mut volume.class);
        if let Some((namespace, claim)) = &mut volume.claim {
            self.namespace(namespace);
            self.name("claim", claim);
        }
    }

    fn claim(&mut self, claim: &mut Claim) {
        self.namespace(&mut claim.namespace);
        self.name("claim", &mut claim.name);
        self.maybe("storage-class", &mut claim.class);
        self.maybe("volume", &mut claim.volume);
        self.tags(&mut claim.tags);
    }

    fn load_balancer(&mut self, balancer: &mut LoadBalancer) {
        self.namespace(&mut balancer.namespace);
        self.name("service", &mut balancer.name);
        self.tags(&mut balancer.tags);
    }

    /// Usage gets the same hashes as the current cluster, so that the two can still be joined.
    fn usage(&mut self, usage: &mut StoredUsage) {
        for node in &mut usage.nodes {
            self.name("node", &mut node.name);
            self.name("machine", &mut node.provider_id);
            self.maybe("pool", &mut node.machine.pool);
        }
        for workload in &mut usage.workloads {
            self.namespace(&mut workload.namespace);
            let kind = match workload.kind.as_str() {
                "Node" => "node",
                "Pod" => "pod",
                _ => "workload",
            };
            self.name(kind, &mut workload.name);
            if kind == "workload" && !COMMON_KINDS.contains(&workload.kind.as_str()) {
                self.name("kind", &mut workload.kind);
            }
            let signs = workload.runtimes.iter_mut().chain(&mut workload.software);
            signs.flat_map(|sign| &mut sign.container).for_each(|name| self.container_name(name));
        }
        usage.workloads.sort_by(|a, b| (&a.namespace, &a.kind, &a.name).cmp(&(&b.namespace, &b.kind, &b.name)));
        for finding in usage.findings.iter_mut().filter(|finding| !NAMELESS.contains(&finding.code)) {
            let meaning = finding.code.meaning();
            finding.message = format!("{meaning} What it says of this cluster is left out, as it may hold names.");
        }
    }

    fn pod(&mut self, pod: &mut Pod) {
        self.namespace(&mut pod.namespace);
        self.name("pod", &mut pod.name);
        self.maybe("node", &mut pod.node);
        pod.owner.iter_mut().for_each(|owner| self.owner(Arc::make_mut(owner)));
        if Arc::ptr_eq(&self.last.0, &pod.containers) {
            pod.containers = self.last.1.containers.clone();
        } else {
            self.last.0 = pod.containers.clone();
            for container in Arc::make_mut(&mut pod.containers) {
                self.container(container);
            }
        }
        pod.claims.iter_mut().for_each(|claim| self.name("claim", claim));
        pod.placement.iter_mut().for_each(|placement| self.placement(Arc::make_mut(placement)));
        self.tags(Arc::make_mut(&mut pod.tags));
        // What pods share before, they share after.
        pod.share(&mut self.last.1);
    }

    /// The serving container is recognised by excluding well-known sidecar names.
    fn container_name(&mut self, name: &mut String) {
        if !is_known_sidecar(name) {
            self.name("container", name);
        }
    }

    fn container(&mut self, container: &mut Container) {
        // Well-known names are kept, because a hash would lose what they identify.
        container.image_known.extend(images_known(&container.image).iter().map(|known| known.name.to_owned()));
        container.image_known.retain(|name| image_by_name(name).is_some());
        container.image_known.dedup();
        container.programs.retain(|name| program_by_name(name).is_some());
        container.runtime.iter_mut().for_each(|said| self.runtime(said));
        self.container_name(&mut container.name);
        self.name("image", &mut container.image);
    }

    /// A declared runtime is kept as far as it names well-known languages and frameworks.
    fn runtime(&mut self, said: &mut String) {
        match DeclaredRuntime::new(said) {
            Some(runtime) => *said = runtime.public(),
            None => self.name("runtime", said),
        }
    }

    fn placement(&mut self, placement: &mut Placement) {
        let Placement { node_selector, node_affinity, tolerations, affinity, anti_affinity, spread, host_ports: _ } =
            placement;
        self.labels(node_selector);
        node_affinity.iter_mut().for_each(|term| self.node_term(term));
        for toleration in tolerations {
            toleration.key.iter_mut().for_each(|key| self.key(key));
            toleration.value.iter_mut().for_each(|value| self.value(value));
        }
        for PodTerm { topology_key, .. } in affinity.iter_mut().chain(anti_affinity) {
            self.key(topology_key);
        }
        spread.iter_mut().for_each(|spread| self.key(&mut spread.topology_key));
    }

    fn node_term(&mut self, term: &mut NodeTerm) {
        for requirement in &mut term.labels {
            let key = requirement.key.clone();
            if !matches!(requirement.operator, Operator::Gt | Operator::Lt) {
                requirement.values.iter_mut().for_each(|value| self.label(&mut key.clone(), value));
            }
            self.key(&mut requirement.key);
        }
        for requirement in &mut term.fields {
            requirement.values.iter_mut().for_each(|name| self.name("node", name));
        }
    }
}

/// Older and driver-specific labels for zone and region.
fn is_topology(key: &str) -> bool {
    key.ends_with("/zone") || key.ends_with("/region")
}
