//! Reads the history of a period from Prometheus.

use std::collections::BTreeSet;

use super::Failure;
use super::progress::Progress;
use crate::inputs::prometheus::{
    Endpoint, HistoryQuestion, Prometheus, PrometheusError, RETRY, VITAL_METRICS, query_history,
};
use crate::model::cluster::WorkloadId;
use crate::model::cluster::{ContainerRole, Owners, Snapshot, SpotLabel, Workload};
use crate::model::finding::{Code, Finding};
use crate::model::usage::{Grid, History, Observed, Period, StepSeconds, history};
use crate::net::RetryPolicy;
use crate::settings::PrometheusSettings;

/// Reads a period of the cluster of this snapshot, showing the progress. `also` are keys of further node labels to read.
pub(super) fn read(
    settings: &PrometheusSettings,
    (spot, also): (&[SpotLabel], &BTreeSet<String>),
    period: Period,
    snapshot: &Snapshot,
) -> Result<History, Failure> {
    let Some(prometheus) = connect(settings, RETRY)? else {
        return Err(Failure::Value("no address of Prometheus is given".to_owned()));
    };
    // Steps that divide the period evenly; half hours if its clocks change by half an hour.
    let fitting = StepSeconds::fitting(jiff::SignedDuration::from_secs(period.seconds()));
    let fills = period.seconds() % fitting.seconds() == 0;
    let step = if fills { fitting } else { StepSeconds::HALF_HOUR };
    let question = HistoryQuestion {
        grid: Grid::new(period, step),
        matchers: settings.matchers.clone(),
        requests_query: settings.requests_query.clone(),
        node_labels: spot.iter().map(|label| label.key.clone()).chain(also.iter().cloned()).collect(),
        nodes: snapshot.nodes.iter().map(|node| node.name.clone()).collect::<BTreeSet<_>>(),
        // Nodes are matched at the time at which they were read.
        now: settings.now.min(snapshot.taken_at).as_millisecond(),
    };
    let progress = Progress::new(settings.quiet);
    progress.stage(&format!("history: {period}"));
    let read = super::runtime()?.block_on(query_history(&prometheus, &question, &|seen| progress.history(&seen)))?;
    drop(progress);
    if let Some(metric) = VITAL_METRICS.into_iter().find(|m| !read.present.has(m)) {
        return Err(PrometheusError::MissingMetric { url: prometheus.address().to_owned(), metric }.into());
    }
    let (queries, requests) = read.counts();
    let mut observed = read.observed;
    observed.present_nodes = snapshot.nodes.iter().map(|node| (node.capacity.cpu(), node.capacity.memory())).collect();
    add_present_workloads(&mut observed, snapshot);
    let mut history = history(observed);
    history.nodes.iter_mut().for_each(|node| node.facts.mark_spot(spot));
    history.add_whole_pods(snapshot, read.present.has_pod_overhead());
    history.findings.extend(read.findings);
    let asked = format!("{queries} queries in {requests} HTTP requests, in steps of {}", history.grid.step());
    history.findings.push(Finding::info(Code::HistoryRead, "history", asked));
    Ok(history)
}

/// Adds facts about workloads that the cluster has and metrics lack: their containers and the Services that select
/// them. A workload of an operator is added under its own name and under that of the operator's resource, since
/// metrics may use either.
fn add_present_workloads(observed: &mut Observed, snapshot: &Snapshot) {
    let id = |namespace: &str, kind: &str, name: &str| WorkloadId {
        namespace: namespace.to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
    };
    let owners = Owners::new(&snapshot.workloads);
    for pod in snapshot.pods.iter().filter(|pod| !pod.is_terminated()) {
        let made_by = pod.owner.as_ref().map(|owner| id(&pod.namespace, &owner.kind, &owner.name));
        for workload in made_by.into_iter().chain([owners.workload(pod)]) {
            let beside = pod.containers.iter().filter(|container| container.role != ContainerRole::Init);
            observed.containers.entry(workload).or_insert_with(|| beside.map(|c| c.name.clone()).collect());
        }
    }
    for workload in &snapshot.workloads {
        let Workload { namespace, name, kind, owner, services, .. } = workload;
        let ids = [Some(id(namespace, kind.name(), name)), owner.as_ref().map(|o| id(namespace, &o.kind, &o.name))];
        for service in services {
            let selected = observed.services.entry((namespace.clone(), service.clone())).or_default();
            selected.extend(ids.iter().flatten().cloned());
        }
    }
}

/// Connects to the Prometheus of the settings, if there is one.
pub(super) fn connect(settings: &PrometheusSettings, retry: RetryPolicy) -> Result<Option<Prometheus>, Failure> {
    let PrometheusSettings { url, access, tenant, proxies, .. } = settings;
    let Some(url) = url else { return Ok(None) };
    let endpoint =
        Endpoint { url: url.clone(), access: access.clone(), tenant: tenant.clone(), retry, proxies: proxies.clone() };
    Ok(Some(Prometheus::new(&endpoint)?))
}
