//! `capmodel check`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Failure, Outcome, basis, deliver};
use crate::inputs::kube::{self, Api, KubeError, MetricsService, check_cluster, list_metrics_services};
use crate::inputs::prices::{PriceBook, price_groups, service_prices};
use crate::inputs::prometheus::{self, check_metrics, query_check, query_identity};
use crate::model::cluster::Node;
use crate::model::finding::Finding;
use crate::model::pricing::{AutoModeFee, MachineKey, PriceRule, machine_prices};
use crate::model::requirement::{Availability, Requirement};
use crate::net::RetryPolicy;
use crate::outputs;
use crate::settings::{CheckSettings, PrometheusSettings};
use crate::units::Date;

/// Checks cluster, Prometheus and prices, each of them even if another is unreachable.
pub(super) fn run(settings: &CheckSettings) -> Result<Outcome, Failure> {
    let runtime = super::runtime()?;
    let book = basis::price_book(settings.prices.as_deref())?;
    let (mut all, mut findings) = (Vec::new(), Vec::new());
    let (mut nodes, mut services) = (BTreeSet::new(), Vec::new());
    match runtime.block_on(cluster(settings)) {
        Ok((checked, found)) => {
            services = found;
            all.extend(checked.requirements);
            findings.extend(checked.findings);
            // If only some nodes may be read, the others would look like another cluster.
            if checked.has_all_nodes {
                nodes.extend(checked.nodes.iter().map(|node| node.name.clone()));
            }
            let (priced, said) = prices(&book, &checked.nodes, settings.today)?;
            all.extend(priced);
            findings.extend(said);
        }
        // If only the address of Prometheus is given, it can still be checked.
        Err(Failure::Cluster(KubeError::NoCluster { .. })) if settings.prometheus.url.is_some() => {
            settings.refuse_without_cluster()?;
            let lost = "the current state, unless the report reads a snapshot file (no kubeconfig found and not running in a pod; give --kubeconfig)";
            all.push(not_given("Kubernetes", "cluster access", "--kubeconfig", lost));
        }
        Err(error) => all.push(unreachable("Kubernetes", "API server reachable", "everything", error)?),
    }
    match runtime.block_on(metrics(&settings.prometheus, &nodes, &services)) {
        Ok((found, said)) => {
            all.extend(found);
            findings.extend(said);
        }
        Err(error) => {
            let lost = "usage, history and demand; with --prometheus a report fails";
            all.push(unreachable("Prometheus", "Prometheus reachable", lost, error)?);
        }
    }
    let stops = |requirement: &Requirement| requirement.vital && requirement.state.is_loss();
    let code = if all.iter().any(stops) { 4 } else { 0 };
    deliver(outputs::requirements(&all, &findings, settings.verbose, settings.output.layout)?, code, &settings.output)
}

/// What a report needs from the cluster, and the Services that answer PromQL if no address is given.
async fn cluster(settings: &CheckSettings) -> Result<(kube::CheckedCluster, Vec<MetricsService>), Failure> {
    // A check finishes within seconds; a report waits longer.
    let retry = RetryPolicy { attempts: 2, timeout: Duration::from_secs(10), ..kube::RETRY };
    let api = Api::connect(&settings.access, retry).await?;
    let checked = check_cluster(&api, &settings.namespaces, &settings.spot_labels).await?;
    let services = match settings.prometheus.url {
        Some(_) => Vec::new(),
        // That Services cannot be listed is a line of its own.
        None => list_metrics_services(&api, &settings.namespaces).await.unwrap_or_default(),
    };
    Ok((checked, services))
}

async fn metrics(
    settings: &PrometheusSettings,
    nodes: &BTreeSet<String>,
    services: &[MetricsService],
) -> Result<(Vec<Requirement>, Vec<Finding>), Failure> {
    let retry = RetryPolicy { attempts: 2, timeout: Duration::from_secs(20), ..prometheus::RETRY };
    let Some(prometheus) = super::history::connect(settings, retry)? else {
        let how = services.first().map_or_else(|| "give --prometheus URL".to_owned(), MetricsService::how_to_reach);
        let lost = format!("usage, history and demand: only the current state can be priced ({how})");
        let none = not_given("Prometheus", "--prometheus URL", "--prometheus", &lost);
        return Ok((vec![none], Vec::new()));
    };
    let now = settings.now.as_millisecond();
    let (checked, findings) = query_check(&prometheus, &settings.matchers, now).await?;
    let mut requirements = check_metrics(&checked);
    if let Err(error) = query_identity(&prometheus, &settings.matchers, nodes, &checked.present, now).await {
        let lost = "usage, history and demand; a report fails";
        requirements.push(unreachable("Prometheus", "metrics of this cluster only", lost, error.into())?);
    }
    Ok((requirements, findings))
}

/// A requirement that was not checked, because its address was not given.
fn not_given(area: &'static str, name: &str, option: &'static str, lost: &str) -> Requirement {
    let (name, without) = (name.to_owned(), lost.to_owned());
    Requirement { area, name, from: option, state: Availability::Missing, without, vital: false }
}

/// Something unreachable is a line of the result; a mistake in what the user wrote is an error.
fn unreachable(area: &'static str, name: &str, lost: &str, error: Failure) -> Result<Requirement, Failure> {
    if error.code() != 4 {
        return Err(error);
    }
    let mut why = error.to_string();
    let mut next = std::error::Error::source(&error);
    while let Some(source) = next {
        let text = source.to_string();
        // Some libraries repeat the same text at every level.
        if !why.contains(&text) {
            why.push_str(&format!(": {text}"));
        }
        next = source.source();
    }
    let without = format!("{lost} ({why})");
    Ok(Requirement { area, name: name.to_owned(), from: "–", state: Availability::Missing, without, vital: true })
}

/// Whether the instance types of these nodes have prices.
fn prices(book: &PriceBook, nodes: &[Node], today: Date) -> Result<(Vec<Requirement>, Vec<Finding>), Failure> {
    let mut counts: BTreeMap<MachineKey, usize> = BTreeMap::new();
    // A node without an instance type is a separate line.
    let typed = |node: &&Node| node.machine.kind.is_machine() && node.machine.instance_type.is_some();
    for node in nodes.iter().filter(typed) {
        *counts.entry(MachineKey { size: None, ..node.into() }).or_default() += 1;
    }
    let keys = counts.keys().cloned().collect();
    let fee = AutoModeFee::of(&service_prices()?);
    let (prices, findings) = machine_prices(book, &price_groups()?, fee.as_ref(), keys, today);
    let one = |(key, count): (&MachineKey, &usize)| {
        let price = prices.get(key);
        let auto_mode = key.auto_mode.then_some("EKS Auto Mode");
        let words = [key.instance_type.as_deref(), key.region.as_deref(), Some(key.capacity_type().name()), auto_mode];
        let name = format!("{count} × {}", words.into_iter().flatten().collect::<Vec<_>>().join(", "));
        let (from, state) = match price {
            Some(price) if price.rule == PriceRule::OwnTable => ("--prices", Availability::Found),
            Some(_) => ("catalogue", Availability::Found),
            None => ("--prices", Availability::Missing),
        };
        let without = "the cost of these nodes (neither the catalogue nor --prices has their instance type)".to_owned();
        Requirement { area: "prices", name, from, state, without, vital: false }
    };
    Ok((counts.iter().map(one).collect(), findings))
}
