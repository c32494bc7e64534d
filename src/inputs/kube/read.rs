//! A whole cluster, one kind of object after another.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::alike;
use super::autoscaler::extract_autoscaler;
use super::client::{Answer, Api};
use super::error::KubeError;
use super::list::list;
use super::meta::Keep;
use super::node::extract_node;
use super::page::{Parsed, parsed};
use super::pod::extract_pod;
use super::resource::{
    AUTOSCALERS, CLAIMS, CRON_JOBS, DAEMON_SETS, DEPLOYMENTS, JOBS, NAMESPACES, NODE_USAGE, NODES, Need, POD_USAGE,
    PODS, REPLICA_SETS, Resource, SERVICES, STATEFUL_SETS, STORAGE_CLASSES, Scope, VOLUMES,
};
use super::service::{Selecting, extract_service};
use super::storage::{extract_claim, extract_storage_class, extract_volume};
use super::strip::without_managed_fields;
use super::usage::{RawNamespace, extract_namespace, extract_node_usage, extract_pod_usage};
use super::workload::extract_workload;
use crate::model::Finding;
use crate::model::cluster::{ClusterId, Pod, Snapshot, SpotLabel, WorkloadKind};
use crate::units::Timestamp;

/// What is to be read.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// These namespaces alone; empty for all.
    pub namespaces: Vec<String>,
    /// Labels and annotations to keep.
    pub keep: Keep,
    /// The cluster's name; `None` for that of the context.
    pub cluster_name: Option<String>,
    /// Labels of one's own that spot machines have.
    pub spot_labels: Vec<SpotLabel>,
    /// The time to write into the snapshot.
    pub taken_at: Timestamp,
}

/// What goes on.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A page has come that is not the last.
    Page {
        /// Kind of object.
        what: &'a str,
        /// Objects kept so far.
        count: usize,
    },
    /// A list is complete.
    Read {
        /// Kind of object.
        what: &'a str,
        /// Objects kept.
        count: usize,
        /// Pages it took.
        pages: u32,
    },
    /// A request has failed and will be repeated.
    Waiting {
        /// Kind of object.
        what: &'a str,
        /// What failed.
        why: &'a str,
        /// When it will be repeated.
        wait: Duration,
    },
    /// A list has expired and is begun anew.
    Again {
        /// Kind of object.
        what: &'a str,
    },
}

/// Reads a cluster.
///
/// # Errors
/// Where the cluster cannot be reached, refuses the credentials, or refuses what every number depends on. Anything else
/// that cannot be read is a finding of the snapshot.
pub async fn read_snapshot(
    api: &Api,
    wanted: &Wanted,
    tell: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Snapshot, KubeError> {
    let keep = Arc::new(wanted.keep.clone());
    let mut reader = Reader { api, namespaces: &wanted.namespaces, tell, findings: Vec::new() };
    let id = reader.identity(wanted).await?;
    let mut snapshot = Snapshot::new(wanted.taken_at, id);
    snapshot.only_namespaces = (!wanted.namespaces.is_empty()).then(|| wanted.namespaces.clone());
    reader.namespaces(&mut snapshot, &keep).await?;

    let (kept, last) = (keep.clone(), Arc::new(Mutex::new(Pod::default())));
    let pods = reader.pages(&PODS, move |body| {
        let (next, mut pods) = match alike::pods(body, &kept) {
            Some(page) => page,
            None => parsed_without_managed_fields(body, &|raw| Some(extract_pod(raw, &kept)))?,
        };
        if let Ok(mut last) = last.lock() {
            pods.iter_mut().for_each(|pod| pod.share(&mut last));
        }
        Ok((next, pods))
    });
    snapshot.pods = pods.await?;
    let placements = snapshot.pods.iter().filter_map(|pod| pod.placement.as_deref());
    let chosen_by = placements.flat_map(|p| p.node_label_keys());
    let spot = wanted.spot_labels.iter().map(|label| label.key.as_str());
    let keys: BTreeSet<String> = chosen_by.chain(spot).map(ToOwned::to_owned).collect();
    let (kept, keys) = (keep.clone(), Arc::new(keys));
    let nodes = reader.all(&NODES, move |raw| {
        let mut findings = Vec::new();
        Some((extract_node(raw, &kept, &keys, &mut findings), findings))
    });
    for (node, findings) in nodes.await? {
        snapshot.nodes.push(node);
        reader.findings.extend(findings);
    }
    let kept = keep.clone();
    let services = reader.all(&SERVICES, move |raw| Some(extract_service(raw, &kept))).await?;
    let (selecting, balancers): (Vec<_>, Vec<_>) = services.into_iter().unzip();
    snapshot.load_balancers = balancers.into_iter().flatten().collect();
    let selecting: Arc<Vec<Selecting>> = Arc::new(selecting.into_iter().flatten().collect());
    for (resource, kind) in [
        (&DEPLOYMENTS, WorkloadKind::Deployment),
        (&STATEFUL_SETS, WorkloadKind::StatefulSet),
        (&DAEMON_SETS, WorkloadKind::DaemonSet),
        (&REPLICA_SETS, WorkloadKind::ReplicaSet),
        (&JOBS, WorkloadKind::Job),
        (&CRON_JOBS, WorkloadKind::CronJob),
    ] {
        let (kept, services) = (keep.clone(), Arc::clone(&selecting));
        let workloads = reader.all(resource, move |raw| extract_workload(kind, raw, &kept, &services));
        snapshot.workloads.extend(workloads.await?);
    }
    snapshot.autoscalers = reader.all(&AUTOSCALERS, |raw| Some(extract_autoscaler(raw))).await?;
    let kept = keep.clone();
    snapshot.claims = reader.all(&CLAIMS, move |raw| Some(extract_claim(raw, &kept))).await?;
    snapshot.volumes = reader.all(&VOLUMES, |raw| Some(extract_volume(raw))).await?;
    if let Some(only) = &snapshot.only_namespaces {
        snapshot.volumes.retain(|v| v.claim.as_ref().is_some_and(|(namespace, _)| only.contains(namespace)));
    }
    snapshot.storage_classes = reader.all(&STORAGE_CLASSES, |raw| Some(extract_storage_class(raw))).await?;
    snapshot.node_usage = reader.all(&NODE_USAGE, |raw| Some(extract_node_usage(raw))).await?;
    snapshot.pod_usage = reader.all(&POD_USAGE, |raw| Some(extract_pod_usage(raw))).await?;
    snapshot.findings = reader.findings;
    snapshot.mark_spot(&wanted.spot_labels);
    snapshot.put_in_order();
    Ok(snapshot)
}

fn parsed_without_managed_fields<T: DeserializeOwned, K>(body: &[u8], extract: &impl Fn(T) -> Option<K>) -> Parsed<K> {
    parsed(&without_managed_fields(body), extract).or_else(|_| parsed(body, extract))
}

struct Reader<'a> {
    api: &'a Api,
    namespaces: &'a [String],
    tell: &'a (dyn Fn(Progress<'_>) + Sync),
    findings: Vec<Finding>,
}

impl Reader<'_> {
    /// One kind of object, each by itself.
    async fn all<T, K>(
        &mut self,
        resource: &Resource,
        extract: impl Fn(T) -> Option<K> + Clone + Send + 'static,
    ) -> Result<Vec<K>, KubeError>
    where
        T: DeserializeOwned,
        K: Send + 'static,
    {
        self.pages(resource, move |body| parsed_without_managed_fields(body, &extract)).await
    }

    /// One kind of object, in the namespaces that are wanted; what cannot be read is a finding where that is enough.
    async fn pages<K: Send + 'static>(
        &mut self,
        resource: &Resource,
        take_apart: impl Fn(&[u8]) -> Parsed<K> + Clone + Send + 'static,
    ) -> Result<Vec<K>, KubeError> {
        let mut places: Vec<Option<&str>> = self.namespaces.iter().map(|n| Some(n.as_str())).collect();
        if places.is_empty() || resource.scope == Scope::Cluster {
            places = vec![None];
        }
        let mut items = Vec::new();
        for place in places {
            match list(self.api, resource, place, self.tell, take_apart.clone()).await {
                Ok(listed) => {
                    items.extend(listed.items);
                    if listed.mended {
                        let message = "the list expired while it was read; its last part is younger than its first";
                        self.findings.push(Finding::info("list-of-two-moments", resource.name(), message));
                    }
                }
                Err(error) if can_do_without(resource, self.namespaces, &error) => {
                    self.findings.push(loss(resource, &error))
                }
                Err(error) => return Err(error),
            }
        }
        Ok(items)
    }

    /// Version and name; the UID comes with the namespaces.
    async fn identity(&mut self, wanted: &Wanted) -> Result<ClusterId, KubeError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Version {
            git_version: String,
        }
        let version: Option<Version> = self.one("/version", "version").await?;
        if version.is_none() {
            let message = "the server does not tell its version; extended support of old versions is not priced";
            self.findings.push(Finding::info("server-version-unknown", "cluster", message));
        }
        let context = self.api.context().map(ToOwned::to_owned);
        Ok(ClusterId {
            name: wanted.cluster_name.clone().or(context).unwrap_or_else(|| "cluster".to_owned()),
            uid: None,
            server_version: version.map(|v| v.git_version),
        })
    }

    /// All namespaces in one list, or each that is wanted by its name, so that one that does not exist is noticed.
    async fn namespaces(&mut self, snapshot: &mut Snapshot, keep: &Arc<Keep>) -> Result<(), KubeError> {
        const SYSTEM: &str = "kube-system";
        let uid = |raw: &RawNamespace| (raw.metadata.name == SYSTEM).then(|| raw.metadata.uid.clone());
        if self.namespaces.is_empty() {
            for raw in self.all(&NAMESPACES, Some::<RawNamespace>).await? {
                snapshot.cluster.uid = uid(&raw).or(snapshot.cluster.uid.take());
                snapshot.namespaces.push(extract_namespace(raw, keep));
            }
        } else {
            for name in self.namespaces {
                let path = format!("{}/{name}", NAMESPACES.path(None));
                match self.one::<RawNamespace>(&path, &format!("namespace {name}")).await {
                    Ok(Some(raw)) => snapshot.namespaces.push(extract_namespace(raw, keep)),
                    Ok(None) => self.findings.push(Finding::warning(
                        "access-refused",
                        NAMESPACES.name(),
                        "a namespace itself may not be read; whether it exists and how it is labelled is not known",
                    )),
                    Err(error) => return Err(error),
                }
            }
            let path = format!("{}/{SYSTEM}", NAMESPACES.path(None));
            snapshot.cluster.uid = self.one::<RawNamespace>(&path, SYSTEM).await?.and_then(|raw| uid(&raw));
        }
        if snapshot.cluster.uid.is_none() {
            let message = "the namespace kube-system may not be read; its UID tells clusters of one name apart";
            self.findings.push(Finding::info("cluster-unidentified", "cluster", message));
        }
        Ok(())
    }

    /// One object; `None` where it may not be read.
    async fn one<T: DeserializeOwned>(&self, path: &str, what: &str) -> Result<Option<T>, KubeError> {
        let waiting = |why: &str, wait| (self.tell)(Progress::Waiting { what, why, wait });
        match self.api.fetch(path, what, self.api.patience().attempts, &waiting, Vec::new()).await {
            Ok(Answer::Body(body)) => serde_json::from_slice(&body).map(Some).map_err(|source| KubeError::Answer {
                server: self.api.server().to_owned(),
                what: what.to_owned(),
                source,
            }),
            Ok(Answer::Gone(_)) | Err(KubeError::Forbidden { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Whether a kind that cannot be read is a finding and no failure, where these namespaces are wanted or all.
pub(super) fn can_do_without(resource: &Resource, namespaces: &[String], error: &KubeError) -> bool {
    error.is_about_one_kind()
        && match resource.need {
            Need::Always => false,
            Need::WholeCluster => !namespaces.is_empty() && matches!(error, KubeError::Forbidden { .. }),
            Need::Helpful | Need::Addition => true,
        }
}

fn loss(resource: &Resource, error: &KubeError) -> Finding {
    let (name, loss) = (resource.name(), resource.loss);
    match error {
        KubeError::NotFound { .. } if resource.need == Need::Addition => {
            Finding::info("metrics-api-absent", name, format!("the cluster has no metrics API; not known: {loss}"))
        }
        KubeError::Forbidden { .. } => {
            Finding::warning("access-refused", name, format!("reading them is not allowed; not known: {loss}"))
        }
        KubeError::NotFound { .. } => {
            Finding::warning("kind-absent", name, format!("the server does not know them; not known: {loss}"))
        }
        _ => {
            // Without the server's address, which a redacted snapshot must not tell.
            let why = match error {
                KubeError::Failing { status, attempts, .. } => format!("the server answered {status} {attempts} times"),
                KubeError::Expired { .. } => "the list expired while it was read".to_owned(),
                _ => "the answer could not be read".to_owned(),
            };
            Finding::warning("read-failed", name, format!("{why}; not known: {loss}"))
        }
    }
}
