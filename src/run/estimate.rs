//! `capmodel estimate`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{
    Failure, INFEASIBLE, Outcome, article, basis, cluster, cluster_basis, deliver, machines, service, workload,
};
use crate::cli::EmitArg;
use crate::inputs::files::{load_curve, parse_policy, policy_source};
use crate::inputs::prices::{price_groups, service_prices};
use crate::model::cluster::Node;
use crate::model::queueing::{QueueingTables, SHIPPED_TABLES};
use crate::model::report::{MachineKey, machines_of};
use crate::model::room::Cluster;
use crate::model::{Answer, Basis, ClusterRoom, Finding, Interval, Kubelet, Policy, Question, estimate};
use crate::outputs;
use crate::settings::{Ask, ClusterSource, EstimateSettings};

/// Profiles, policies and prices → question → answer → bytes.
pub(super) fn run(settings: &EstimateSettings) -> Result<Outcome, Failure> {
    check_output(settings)?;
    let demand = match &settings.ask {
        Ask::Service(demand) => *demand,
        Ask::Workload(file) => return workload::run(settings, file),
    };
    let tables = Arc::new(QueueingTables::parse(SHIPPED_TABLES)?);
    let (basis, room) = match &settings.cluster {
        Some(source) => {
            let (basis, room) = of_cluster(settings, source)?;
            (basis, Some(room))
        }
        None => (basis::basis(&settings.basis, &[settings.basis.arch])?, None),
    };
    let mut question = question(settings, demand, Arc::new(basis), tables)?;
    question.cluster = room.map(Arc::new);
    if settings.article {
        let judged = article::judge(&question)?;
        return deliver(outputs::claims(&judged, &settings.output)?, 0, &settings.output);
    }
    let answer = estimate(&question);
    let code = if answer.any_feasible() { 0 } else { INFEASIBLE };
    if let Some(kind) = settings.emit {
        return deliver(manifest(kind, &question, &answer)?, code, &settings.output);
    }
    let bytes = outputs::estimate(&question, &answer, settings.explain, &settings.output)?;
    deliver(bytes, code, &settings.output)
}

/// Prices and formulas of a cluster, and what it has for new pods.
fn of_cluster(settings: &EstimateSettings, source: &ClusterSource) -> Result<(Basis, ClusterRoom), Failure> {
    let snapshot = cluster::last(source, &settings.spot_labels)?;
    let book = basis::price_book(settings.basis.prices.as_deref())?;
    let (chosen, said) = cluster_basis::of_cluster(&settings.basis, &settings.asked, &snapshot, &book)?;
    let mut basis = basis::basis(&chosen, &[chosen.arch])?;
    basis.findings.extend(said);
    basis.findings.extend(snapshot.findings.iter().filter(|finding| finding.code == "spot-label-unknown").cloned());
    let fee = machines::auto_mode_fee(&service_prices()?);
    let (prices, mut findings) =
        machines::machine_prices(&book, &price_groups()?, fee.as_ref(), machines_of(&snapshot), settings.basis.today);
    let cluster = Cluster::new(&snapshot);
    let room = ClusterRoom {
        name: snapshot.cluster.name.clone(),
        existing: cluster.existing(),
        kinds: cluster.kinds(|node| Some(prices.get(&MachineKey::of_node(node))?.per_hour)),
        arch: chosen.arch,
    };
    findings.extend(nodes_as_they_are(&cluster, &mut basis, &settings.basis.kubelet, &room.name));
    findings.push(Finding::info(
        "cluster-as-it-is",
        &room.name,
        format!("its free room is that of {}; pods that wait for a node there are not counted", snapshot.taken_at),
    ));
    if room.kinds.is_empty() {
        let message = "none of its nodes has a type with a price: no new nodes can be planned";
        findings.push(Finding::warning("cluster-types-unpriced", &room.name, message));
    }
    let elsewhere = |node: &&Node| node.machine.region.as_ref().is_some_and(|region| *region != basis.region);
    if let Some(region) = snapshot.nodes.iter().find(elsewhere).and_then(|node| node.machine.region.as_ref()) {
        let message = format!(
            "it is in {region}, and shares and nodes of its own are at the prices of {}; name its --provider and --region",
            basis.region
        );
        findings.push(Finding::warning("cluster-elsewhere", &room.name, message));
    }
    basis.findings.extend(findings);
    basis.findings.sort();
    Ok((basis, room))
}

/// A type that the cluster has offers what its nodes say, unless a flag describes their kubelets; the distribution's formulas
/// tell of the others.
fn nodes_as_they_are(cluster: &Cluster<'_>, basis: &mut Basis, kubelet: &Kubelet, name: &str) -> Option<Finding> {
    if kubelet.max_pods.is_some() || kubelet.reserved.is_some() {
        return None;
    }
    let mut known: Vec<&str> = Vec::new();
    for candidate in &mut basis.candidates {
        if let Some(offered) = cluster.offered_by(&candidate.instance.name) {
            candidate.allocatable = offered;
            known.push(&candidate.instance.name);
        }
    }
    let message = format!("what nodes of {} offer to pods is what the cluster's own say", known.join(", "));
    (!known.is_empty()).then(|| Finding::info("nodes-as-they-are", name, message))
}

/// A result in place of what it was made from cannot be made again.
fn check_output(settings: &EstimateSettings) -> Result<(), Failure> {
    let Some(output) = &settings.output.file else { return Ok(()) };
    let named = settings.profiles.iter().chain(&settings.policies.names).chain(&settings.sidecar);
    let mut inputs: Vec<&Path> = named.chain([&settings.work, &settings.load]).map(Path::new).collect();
    inputs.extend(settings.basis.prices.as_deref());
    if let Ask::Workload(file) = &settings.ask {
        inputs.push(file);
    }
    if let Some(ClusterSource::Files(files)) = &settings.cluster {
        inputs.extend(files.iter().map(PathBuf::as_path));
    }
    match inputs.into_iter().find(|input| *input == output) {
        Some(input) => Err(Failure::Value(format!("--output {} is also an input", input.display()))),
        None => Ok(()),
    }
}

/// The manifest of the one plan there is.
fn manifest(kind: EmitArg, question: &Question, answer: &Answer) -> Result<Vec<u8>, Failure> {
    let ([service], [policy], [estimate]) =
        (question.services.as_slice(), question.policies.as_slice(), answer.estimates.as_slice())
    else {
        return Err(Failure::Value("--emit needs one --profile and one --policy".to_owned()));
    };
    let plan = estimate.plan.as_ref().map_err(|why| {
        Failure::Infeasible(format!(
            "{} has no plan under {}: {}",
            estimate.profile,
            estimate.policy,
            why.constraint.name()
        ))
    })?;
    match kind {
        EmitArg::Deployment => outputs::deployment(service, policy, plan),
        EmitArg::Hpa => outputs::autoscaler(service, plan),
    }
}

/// The question about one service, on a price basis that is ready.
pub(super) fn question(
    settings: &EstimateSettings,
    demand: Interval,
    basis: Arc<Basis>,
    tables: Arc<QueueingTables>,
) -> Result<Question, Failure> {
    let services = service::services(settings)?;
    let mut policies = settings
        .policies
        .names
        .iter()
        .map(|name| parse_policy(&policy_source(name)?))
        .collect::<Result<Vec<_>, _>>()?;
    for policy in &mut policies {
        settings.policies.apply(policy);
        policy.check().map_err(|why| Failure::Value(format!("policy {}: {why}", policy.name)))?;
    }
    check_policy_names(&policies)?;
    Ok(Question {
        demand,
        services,
        policies,
        basis,
        load: load_curve(&settings.load)?,
        replicas: settings.replicas,
        tables,
        cluster: None,
        samples: settings.samples,
        seed: settings.seed,
    })
}

fn check_policy_names(policies: &[Policy]) -> Result<(), Failure> {
    let names: Vec<&str> = policies.iter().map(|p| p.name.as_str()).collect();
    match names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
        Some((_, twice)) => Err(Failure::Value(format!("policy {twice} is given twice"))),
        None => Ok(()),
    }
}
