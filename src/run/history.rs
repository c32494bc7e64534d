//! A period as metrics tell it.

use std::collections::BTreeSet;

use super::{Failure, tell};
use crate::inputs::prometheus::{
    Endpoint, HistoryQuestion, Patience, Prometheus, PrometheusError, VITAL_METRICS, query_history,
};
use crate::model::Finding;
use crate::model::cluster::{ContainerRole, Owners, Snapshot, SpotLabel};
use crate::model::usage::{Grid, History, Period, StepSeconds, history};
use crate::settings::PrometheusSettings;

/// Reads a period of the cluster that this snapshot is of, telling how far it is.
pub(super) fn read(
    settings: &PrometheusSettings,
    spot: &[SpotLabel],
    period: Period,
    snapshot: &Snapshot,
) -> Result<History, Failure> {
    let Some(prometheus) = connect(settings, Patience::default())? else {
        return Err(Failure::Value("no address of Prometheus is given".to_owned()));
    };
    // Steps that fill the period, half hours where its clocks change by half of one.
    let fitting = StepSeconds::fitting(jiff::SignedDuration::from_secs(period.seconds()));
    let fills = period.seconds() % fitting.seconds() == 0;
    let step = if fills { fitting } else { StepSeconds::HALF_HOUR };
    let question = HistoryQuestion {
        grid: Grid::new(period, step),
        matchers: settings.matchers.clone(),
        requests_query: settings.requests_query.clone(),
        spot_labels: spot.to_vec(),
        nodes: snapshot.nodes.iter().map(|node| node.name.clone()).collect::<BTreeSet<_>>(),
        // Whose nodes they are is asked for the moment at which they were read.
        now: settings.now.min(snapshot.taken_at).as_millisecond(),
    };
    tell(&format!("history: {period}"));
    let read = super::runtime()?.block_on(query_history(&prometheus, &question, &mut |_| {}))?;
    if let Some(metric) = VITAL_METRICS.into_iter().find(|m| !read.present.has(m)) {
        return Err(PrometheusError::Lacks { url: prometheus.address().to_owned(), metric }.into());
    }
    let (queries, requests) = read.counts();
    let mut observed = read.observed;
    observed.present_nodes = snapshot.nodes.iter().map(|node| (node.capacity.cpu(), node.capacity.memory())).collect();
    let owners = Owners::new(&snapshot.workloads);
    for pod in snapshot.pods.iter().filter(|pod| !pod.is_over()) {
        let beside = pod.containers.iter().filter(|container| container.role != ContainerRole::Init);
        observed.containers.entry(owners.workload(pod)).or_insert_with(|| beside.map(|c| c.name.clone()).collect());
    }
    let mut history = history(observed);
    history.nodes.iter_mut().for_each(|node| node.facts.mark_spot(spot));
    history.add_whole_pods(snapshot, read.present.has("kube_pod_overhead_cpu_cores"));
    history.findings.extend(read.findings);
    let asked = format!("{queries} queries in {requests} HTTP requests, whatever the number of workloads");
    history.findings.push(Finding::info("history-read", "history", asked));
    Ok(history)
}

/// The Prometheus of the settings, where there is one.
pub(super) fn connect(settings: &PrometheusSettings, patience: Patience) -> Result<Option<Prometheus>, Failure> {
    let PrometheusSettings { url, access, tenant, proxies, .. } = settings;
    let Some(url) = url else { return Ok(None) };
    let endpoint = Endpoint {
        url: url.clone(),
        access: access.clone(),
        tenant: tenant.clone(),
        patience,
        proxies: proxies.clone(),
    };
    Ok(Some(Prometheus::new(&endpoint)?))
}
