//! Reads a whole cluster, one kind of object after another.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::autoscaler::extract_autoscaler;
use super::client::{Answer, Api};
use super::error::KubeError;
use super::image::{ImageIds, NodeImages, WantedImages, image_facts};
use super::list::list;
use super::meta::KeptMetadata;
use super::node::{RawNode, extract_node};
use super::page::{Parsed, parsed};
use super::pod::{RawPod, extract_pod};
use super::resource::{
    AUTOSCALERS, CLAIMS, CRON_JOBS, DAEMON_SETS, DEPLOYMENTS, JOBS, NAMESPACES, NODE_USAGE, NODES, Need, POD_USAGE,
    PODS, REPLICA_SETS, Resource, SERVICES, STATEFUL_SETS, STORAGE_CLASSES, Scope, VOLUMES,
};
use super::service::{ServiceSelector, extract_service};
use super::storage::{extract_claim, extract_storage_class, extract_volume};
use super::usage::{RawNamespace, extract_namespace, extract_node_usage, extract_pod_usage};
use super::workload::extract_workload;
use crate::model::cluster::{ClusterId, Pod, Snapshot, SpotLabel, WorkloadKind};
use crate::model::finding::{Code, Finding};
use crate::units::Timestamp;

/// What to read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Only these namespaces; empty for all.
    pub namespaces: Vec<String>,
    /// Labels and annotations to keep.
    pub keep: KeptMetadata,
    /// The cluster's name; `None` for the name of the context.
    pub cluster_name: Option<String>,
    /// User-defined labels of spot machines.
    pub spot_labels: Vec<SpotLabel>,
    /// Keys of further node labels to keep, because prices depend on them.
    pub price_labels: BTreeSet<String>,
    /// Time that the snapshot records.
    pub taken_at: Timestamp,
}

/// Progress of reading a cluster.
#[derive(Debug)]
pub enum Progress<'a> {
    /// A page other than the last one was read.
    Page {
        /// Kind of object, for example `pods`.
        what: &'a str,
        /// Number of objects read so far.
        count: usize,
    },
    /// A list was read completely.
    Read {
        /// Kind of object, for example `pods`.
        what: &'a str,
        /// Number of objects in the list.
        count: usize,
        /// Number of pages of the list.
        pages: u32,
    },
    /// A request failed and will be retried.
    Waiting {
        /// Kind of object, for example `pods`.
        what: &'a str,
        /// Reason for the retry.
        why: &'a str,
        /// Time until the retry.
        wait: Duration,
    },
    /// A list expired and is read again.
    Again {
        /// Kind of object, for example `pods`.
        what: &'a str,
    },
}

/// Reads a cluster.
///
/// # Errors
/// If the cluster is unreachable, refuses the credentials, or refuses something that every number depends on.
/// Anything else that cannot be read is a finding of the snapshot.
pub async fn read_snapshot(
    api: &Api,
    wanted: &ReadOptions,
    progress: &(dyn Fn(Progress<'_>) + Sync),
) -> Result<Snapshot, KubeError> {
    let keep = Arc::new(wanted.keep.clone());
    let mut reader = Reader { api, namespaces: &wanted.namespaces, progress, findings: Vec::new() };
    let id = reader.identity(wanted).await?;
    let mut snapshot = Snapshot::new(wanted.taken_at, id);
    snapshot.only_namespaces = (!wanted.namespaces.is_empty()).then(|| wanted.namespaces.clone());
    reader.namespaces(&mut snapshot, &keep).await?;

    let (kept, shared) = (keep.clone(), Arc::new(Mutex::new((Pod::default(), ImageIds::default()))));
    let of_pages = Arc::clone(&shared);
    let pods = reader.pages(&PODS, move |body| {
        let of_page = RefCell::new(PodsOfPage::default());
        let (next, mut pods) = parsed(body, &|raw| Some(of_page.borrow_mut().extract(raw, &kept)))?;
        if let Ok(mut shared) = of_pages.lock() {
            let (last, all) = &mut *shared;
            pods.iter_mut().for_each(|pod| pod.share(last));
            all.merge(of_page.into_inner().ids);
        }
        Ok((next, pods))
    });
    snapshot.pods = pods.await?;
    let wanted_images = match shared.lock() {
        Ok(shared) => WantedImages::new(&snapshot.pods, &shared.1),
        Err(_) => WantedImages::new(&snapshot.pods, &ImageIds::default()),
    };
    let wanted_images = Arc::new(wanted_images);
    let placements = snapshot.pods.iter().filter_map(|pod| pod.placement.as_deref());
    let chosen_by = placements.flat_map(|p| p.node_label_keys());
    let spot = wanted.spot_labels.iter().map(|label| label.key.as_str());
    let priced = wanted.price_labels.iter().map(String::as_str);
    let keys: BTreeSet<String> = chosen_by.chain(spot).chain(priced).map(ToOwned::to_owned).collect();
    let (kept, keys, of_lists) = (keep.clone(), Arc::new(keys), Arc::clone(&wanted_images));
    let nodes = reader.all(&NODES, move |mut raw: RawNode| {
        let (mut findings, images) = (Vec::new(), raw.take_images(&of_lists));
        Some((extract_node(raw, &kept, &keys, &mut findings), findings, images))
    });
    let mut lists = Vec::new();
    for (node, findings, images) in nodes.await? {
        snapshot.nodes.push(node);
        reader.findings.extend(findings);
        lists.push(images);
    }
    let lists: Vec<(&str, NodeImages)> = snapshot.nodes.iter().map(|node| node.name.as_str()).zip(lists).collect();
    snapshot.images = image_facts(&wanted_images, &lists, &snapshot.pods, snapshot.taken_at);
    drop((lists, wanted_images));
    let kept = keep.clone();
    let services = reader.all(&SERVICES, move |raw| Some(extract_service(raw, &kept))).await?;
    let (selecting, balancers): (Vec<_>, Vec<_>) = services.into_iter().unzip();
    snapshot.load_balancers = balancers.into_iter().flatten().collect();
    let selecting: Arc<Vec<ServiceSelector>> = Arc::new(selecting.into_iter().flatten().collect());
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
    snapshot.sort_and_dedup();
    Ok(snapshot)
}

/// State while the pods of one page are extracted.
#[derive(Default)]
struct PodsOfPage {
    last: Pod,
    last_images: Vec<(String, String)>,
    ids: ImageIds,
}

impl PodsOfPage {
    /// Pods of one workload are adjacent: they share their containers, and their images are looked up once.
    fn extract(&mut self, raw: RawPod, keep: &KeptMetadata) -> Pod {
        let last = self.last_images.iter().map(|(image, id)| (image.as_str(), id.as_str()));
        if !raw.images().eq(last) {
            self.ids.add(raw.images());
            self.last_images = raw.images().map(|(image, id)| (image.to_owned(), id.to_owned())).collect();
        }
        let mut pod = extract_pod(raw, keep);
        pod.share(&mut self.last);
        pod
    }
}

struct Reader<'a> {
    api: &'a Api,
    namespaces: &'a [String],
    progress: &'a (dyn Fn(Progress<'_>) + Sync),
    findings: Vec<Finding>,
}

impl Reader<'_> {
    /// Reads one kind of object, and extracts each object.
    async fn all<T, K>(
        &mut self,
        resource: &Resource,
        extract: impl Fn(T) -> Option<K> + Clone + Send + 'static,
    ) -> Result<Vec<K>, KubeError>
    where
        T: DeserializeOwned,
        K: Send + 'static,
    {
        self.pages(resource, move |body| parsed(body, &extract)).await
    }

    /// Reads one kind of object in the wanted namespaces; if it cannot be read and is not essential, that is a
    /// finding.
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
            match list(self.api, resource, place, self.progress, take_apart.clone()).await {
                Ok(mut listed) => {
                    // The only list, or the first, is kept as it is: a copy of all pods would be half of the memory.
                    match items.is_empty() {
                        true => items = listed.items,
                        false => items.append(&mut listed.items),
                    }
                    if listed.mended {
                        let message = "the list expired while it was read; its last part is newer than its first";
                        self.findings.push(Finding::info(Code::ListInconsistent, resource.name(), message));
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

    /// Version and name; the UID is read with the namespaces.
    async fn identity(&mut self, wanted: &ReadOptions) -> Result<ClusterId, KubeError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Version {
            git_version: String,
        }
        let version: Option<Version> = self.one("/version", "version").await?;
        if version.is_none() {
            let message =
                "the version of the API server could not be read; extended support for old versions is not priced";
            self.findings.push(Finding::info(Code::ServerVersionUnknown, "cluster", message));
        }
        let context = self.api.context().map(ToOwned::to_owned);
        Ok(ClusterId {
            name: wanted.cluster_name.clone().or(context).unwrap_or_else(|| "cluster".to_owned()),
            uid: None,
            server_version: version.map(|v| v.git_version),
        })
    }

    /// Reads all namespaces in one list, or each wanted one by name, so that one that does not exist is detected.
    async fn namespaces(&mut self, snapshot: &mut Snapshot, keep: &Arc<KeptMetadata>) -> Result<(), KubeError> {
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
                        Code::AccessRefused,
                        NAMESPACES.name(),
                        "the namespace object may not be read, so its existence and labels are unknown",
                    )),
                    Err(error) => return Err(error),
                }
            }
            let path = format!("{}/{SYSTEM}", NAMESPACES.path(None));
            snapshot.cluster.uid = self.one::<RawNamespace>(&path, SYSTEM).await?.and_then(|raw| uid(&raw));
        }
        if snapshot.cluster.uid.is_none() {
            let message =
                "the namespace kube-system may not be read; its UID distinguishes clusters with the same name";
            self.findings.push(Finding::info(Code::ClusterUidUnknown, "cluster", message));
        }
        Ok(())
    }

    /// Reads one object; `None` if access is denied.
    async fn one<T: DeserializeOwned>(&self, path: &str, what: &str) -> Result<Option<T>, KubeError> {
        let waiting = |why: &str, wait| (self.progress)(Progress::Waiting { what, why, wait });
        match self.api.fetch(path, what, self.api.retry().attempts, &waiting, Vec::new()).await {
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

/// Whether a kind that cannot be read is a finding rather than an error, for these namespaces or for all.
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
        KubeError::NotFound { .. } if resource.need == Need::Addition => Finding::info(
            Code::MetricsApiAbsent,
            name,
            format!("the cluster has no metrics API; not available: {loss}"),
        ),
        KubeError::Forbidden { .. } => {
            Finding::warning(Code::AccessRefused, name, format!("access denied; not available: {loss}"))
        }
        KubeError::NotFound { .. } => Finding::warning(
            Code::ResourceNotServed,
            name,
            format!("not served by this API server; not available: {loss}"),
        ),
        _ => {
            // Without the server's address, which a redacted snapshot must not reveal.
            let why = match error {
                KubeError::Failing { status, attempts, .. } => format!("the server answered {status} {attempts} times"),
                KubeError::Expired { .. } => "the list expired while it was read".to_owned(),
                _ => "the response could not be read".to_owned(),
            };
            Finding::warning(Code::ReadFailed, name, format!("{why}; not available: {loss}"))
        }
    }
}
