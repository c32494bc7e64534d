//! `capmodel estimate`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{
    Failure, INFEASIBLE, Outcome, article, basis, cluster, cluster_basis, deliver, running, service, workload,
};
use crate::cli::{EmitArg, Format};
use crate::inputs::files::{SnapshotError, load_curve, parse_policy, policy_source, read_workload};
use crate::inputs::prices::{price_groups, service_prices};
use crate::model::cluster::{Node, Snapshot};
use crate::model::estimate::{Answer, ClusterCapacity, Question, Section, curves, estimate, sweep};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::{Arch, Kubelet};
use crate::model::packing::capacity::Cluster;
use crate::model::pricing::{AutoModeFee, Basis, MachineKey, MachinePrices, machine_prices};
use crate::model::queueing::{QueueingTables, SHIPPED_TABLES};
use crate::model::report::machines_of;
use crate::model::runtime::Service;
use crate::model::sizing::{LoadCurve, Policy};
use crate::model::uncertainty::Interval;
use crate::outputs;
use crate::settings::{BasisSettings, ClusterSource, EstimateSettings, EstimateSubject};
use crate::units::CpuMillis;

/// Reads profiles, policies and prices, answers the question, and renders the answer.
pub(super) fn run(settings: &EstimateSettings) -> Result<Outcome, Failure> {
    check_output(settings)?;
    let demand = match &settings.subject {
        EstimateSubject::Service(demand) => *demand,
        EstimateSubject::Running(service, demand) => return running::run(settings, service, *demand),
        EstimateSubject::Workload(file) => {
            let services = read_workload(file).map_err(|error| error.named_by("--workload"))?;
            return workload::run(settings, services);
        }
        EstimateSubject::Article(demand) => {
            let basis = basis::basis_without_cluster(&settings.basis, &[settings.basis.arch])?;
            let judged = article::judge(&basis, *demand)?;
            return deliver(outputs::claims(&judged, settings.output.layout)?, 0, &settings.output);
        }
    };
    let tables = Arc::new(QueueingTables::parse(SHIPPED_TABLES)?);
    let (basis, room) = match &settings.cluster {
        Some(source) => {
            let snapshot = whole_cluster(source, settings)?;
            let OfCluster { basis, room, .. } = of_cluster(settings, &snapshot, &[])?;
            (basis, Some(room))
        }
        // Pods that are billed by size have no nodes that a commitment could lower.
        None if settings.platform.is_some() => {
            (basis::basis_without_cluster(&settings.basis, &[settings.basis.arch])?, None)
        }
        None => (basis::basis_of_own_nodes(&settings.basis)?, None),
    };
    let mut question = question(settings, demand, Arc::new(basis), tables)?;
    question.cluster = room.map(Arc::new);
    answer(settings, &question)
}

/// Renders the answer in the requested format.
pub(super) fn answer(settings: &EstimateSettings, question: &Question) -> Result<Outcome, Failure> {
    let mut answer = estimate(question);
    let code = if answer.any_feasible() { 0 } else { INFEASIBLE };
    if let Some(kind) = settings.emit {
        return deliver(manifest(kind, question, &answer)?, code, &settings.output);
    }
    if let Some((low, high)) = settings.sweep {
        answer.sweep = sweep(question, low, high);
    }
    if settings.output.layout.format == Format::Html {
        answer.curves = curves(question, &answer, settings.sweep);
    }
    let bytes = outputs::estimate(question, &answer, settings.detail, settings.output.layout)?;
    deliver(bytes, code, &settings.output)
}

/// The cluster whose free capacity is used. It must have been read whole: otherwise, the requests of pods in other
/// namespaces would count as free capacity.
pub(super) fn whole_cluster(source: &ClusterSource, settings: &EstimateSettings) -> Result<Snapshot, Failure> {
    let BasisSettings { prices, pricing, currency, .. } = &settings.basis;
    let (book, _) = basis::priced(prices.as_deref(), pricing.as_deref(), *currency)?;
    let pricing = book.pricing();
    let read = cluster::last(source, &settings.spot_labels, &pricing.label_keys());
    let mut snapshot = read.map_err(|failure| match failure {
        Failure::Snapshot(SnapshotError::File(error)) => Failure::File(error.named_by("--cluster")),
        other => other,
    })?;
    let mut used = BTreeSet::new();
    snapshot.mark_prices(pricing, &mut used)?;
    snapshot.findings.extend(pricing.unused(&used));
    match &snapshot.only_namespaces {
        None => Ok(snapshot),
        Some(only) => Err(Failure::Value(format!(
            "the snapshot of {} covers only the namespaces {}, so the free capacity of its nodes is unknown: take a snapshot \
             without --namespace",
            snapshot.cluster.name,
            only.join(", ")
        ))),
    }
}

/// A cluster with capacity for new pods.
pub(super) struct OfCluster {
    /// Prices and formulas.
    pub(super) basis: Basis,
    /// Its capacity for new pods.
    pub(super) room: ClusterCapacity,
    /// Prices of its machines.
    pub(super) prices: MachinePrices,
}

/// Prices, formulas and capacity of a cluster, including instance types of other architectures than its own.
pub(super) fn of_cluster(
    settings: &EstimateSettings,
    snapshot: &Snapshot,
    more: &[Arch],
) -> Result<OfCluster, Failure> {
    let BasisSettings { prices, pricing, currency, .. } = &settings.basis;
    let (book, _) = basis::priced(prices.as_deref(), pricing.as_deref(), *currency)?;
    let (chosen, said) = cluster_basis::of_cluster(&settings.basis, &settings.requested, snapshot, &book)?;
    let mut archs = [&[chosen.arch], more].concat();
    archs.sort_unstable();
    archs.dedup();
    let mut basis = basis::basis(&chosen, &archs)?;
    basis.findings.extend(said);
    let of_options = [Code::SpotLabelUnknown, Code::PricingRuleUnused];
    basis.findings.extend(snapshot.findings.iter().filter(|finding| of_options.contains(&finding.code)).cloned());
    let fee = AutoModeFee::of(&service_prices()?);
    let (prices, mut findings) =
        machine_prices(&book, &price_groups()?, fee.as_ref(), machines_of(snapshot), settings.basis.today);
    let cluster = Cluster::new(snapshot);
    let room = ClusterCapacity {
        name: snapshot.cluster.name.clone(),
        existing: cluster.existing(),
        kinds: cluster.kinds(|node| Some(prices.get(&MachineKey::from(node))?.per_hour)),
        arch: chosen.arch,
    };
    findings.extend(nodes_as_they_are(&cluster, &mut basis, &settings.basis.kubelet, &room.name));
    findings.push(Finding::info(
        Code::FreeCapacityAtSnapshot,
        &room.name,
        format!("free capacity is as of {}; pending pods are not counted", snapshot.taken_at),
    ));
    if room.kinds.is_empty() {
        let message = "no instance type of its nodes has a price, so no new nodes can be planned";
        findings.push(Finding::warning(Code::ClusterNodeTypesUnpriced, &room.name, message));
    }
    let elsewhere = |node: &&Node| node.machine.region.as_ref().is_some_and(|region| *region != basis.region);
    if let Some(region) = snapshot.nodes.iter().find(elsewhere).and_then(|node| node.machine.region.as_ref()) {
        let message = format!(
            "the cluster is in {region}, but cluster shares and dedicated nodes use prices of {}; set --provider and --region",
            basis.region
        );
        findings.push(Finding::warning(Code::ClusterPricedElsewhere, &room.name, message));
    }
    basis.findings.extend(findings);
    basis.findings.sort();
    Ok(OfCluster { basis, room, prices })
}

/// For types that the cluster has, the allocatable resources are those that its nodes report, unless a flag describes
/// their kubelets; for other types, the distribution's formulas apply.
fn nodes_as_they_are(cluster: &Cluster<'_>, basis: &mut Basis, kubelet: &Kubelet, name: &str) -> Option<Finding> {
    if kubelet.max_pods.is_some() || kubelet.reserved.is_some() {
        return None;
    }
    let known = cluster.set_offered(&mut basis.candidates);
    let message = format!("allocatable resources of {} are taken from the cluster's own nodes", known.join(", "));
    (!known.is_empty()).then(|| Finding::info(Code::AllocatableFromNodes, name, message))
}

/// Refuses an output file that is also an input, because the input would be lost.
fn check_output(settings: &EstimateSettings) -> Result<(), Failure> {
    let Some(output) = &settings.output.file else { return Ok(()) };
    let named = settings.profiles.iter().chain(&settings.policies.names).chain(&settings.sidecar);
    let mut inputs: Vec<&Path> = named.chain([&settings.work, &settings.load]).map(Path::new).collect();
    inputs.extend(settings.basis.prices.as_deref());
    inputs.extend(settings.basis.pricing.as_deref());
    if let EstimateSubject::Workload(file) = &settings.subject {
        inputs.push(file);
    }
    if let Some(ClusterSource::Files(files)) = &settings.cluster {
        inputs.extend(files.iter().map(PathBuf::as_path));
    }
    inputs.extend(settings.scrapes.asked.iter().map(|scrape| Path::new(&scrape.source)));
    match inputs.into_iter().find(|input| *input == output) {
        Some(input) => Err(Failure::Value(format!("--output {} is also an input", input.display()))),
        None => Ok(()),
    }
}

/// The manifest of the only plan.
fn manifest(kind: EmitArg, question: &Question, answer: &Answer) -> Result<Vec<u8>, Failure> {
    let one = || Failure::Value("--emit needs exactly one --profile and one --policy".to_owned());
    let ([Section { policy, services }], [estimate]) = (question.sections.as_slice(), answer.estimates.as_slice())
    else {
        return Err(one());
    };
    let [service] = services.as_slice() else { return Err(one()) };
    let plan = estimate.plan.as_ref().map_err(|why| {
        Failure::Infeasible(format!(
            "no feasible plan for {} under {} ({})",
            estimate.profile,
            estimate.policy,
            why.constraint.name()
        ))
    })?;
    Ok(match kind {
        EmitArg::Deployment => outputs::deployment(service, policy, plan)?,
        EmitArg::Hpa => outputs::autoscaler(service, plan)?,
    })
}

/// The question about one service for a given price basis.
pub(super) fn question(
    settings: &EstimateSettings,
    demand: Interval,
    basis: Arc<Basis>,
    tables: Arc<QueueingTables>,
) -> Result<Question, Failure> {
    let section = |name: &String| {
        let policy = parse_policy(&policy_source(name)?)?;
        Ok(Section { services: service::services(settings, policy.evidence)?, policy })
    };
    let sections = settings.policies.names.iter().map(section).collect::<Result<_, Failure>>()?;
    let subject = Subject { sections, load: load_curve(&settings.load)? };
    question_about(settings, demand, subject, (basis, tables))
}

/// The subject of an estimate.
pub(super) struct Subject {
    /// Services to compare, under policies before flags are applied.
    pub(super) sections: Vec<Section>,
    /// Load curve around the busy period.
    pub(super) load: LoadCurve,
}

/// The question about given services.
pub(super) fn question_about(
    settings: &EstimateSettings,
    demand: Interval,
    subject: Subject,
    (basis, tables): (Arc<Basis>, Arc<QueueingTables>),
) -> Result<Question, Failure> {
    let Subject { mut sections, load } = subject;
    for Section { policy, .. } in &mut sections {
        settings.policies.apply(policy);
        policy.check().map_err(|why| Failure::Value(format!("policy {}: {why}", policy.name)))?;
    }
    check_policy_names(&sections)?;
    for Section { policy, services } in &sections {
        check_zero(policy, &load)?;
        services.iter().try_for_each(|service| check_limit(service, policy))?;
    }
    Ok(Question {
        demand,
        sections,
        basis,
        load,
        replicas: settings.replicas,
        tables,
        platform: settings.platform,
        cluster: None,
        samples: settings.samples,
        seed: settings.seed,
        detailed: settings.detail.explained || settings.output.layout.format == Format::Json,
    })
}

/// Zero replicas are only valid in hours without demand.
fn check_zero(policy: &Policy, load: &LoadCurve) -> Result<(), Failure> {
    if policy.min_replicas > 0 || load.trough() == 0.0 {
        return Ok(());
    }
    Err(Failure::Value(format!(
        "policy {}: min_replicas is 0, but demand is never 0 under the load profile {}: use --load FILE.csv with hours without demand, or at least one replica",
        policy.name, load.name
    )))
}

/// Refuses a target that a pod can never exceed because of its limit, since no autoscaler would ever scale up.
fn check_limit(service: &Service, policy: &Policy) -> Result<(), Failure> {
    let target = policy.target_utilization;
    let Some(limit) = service.resources.cpu_limit.filter(|_| target.fraction() > 1.0) else { return Ok(()) };
    let sidecar = service.sidecar.as_ref().map(|sidecar| sidecar.resources);
    let Some(more) = sidecar.map_or(Some(CpuMillis::default()), |resources| resources.cpu_limit) else { return Ok(()) };
    let request = service.resources.cpu_request + sidecar.map_or_else(CpuMillis::default, |own| own.cpu_request);
    let (wanted, limit) = (target.fraction() * request.cores(), limit + more);
    if wanted < limit.cores() {
        return Ok(());
    }
    Err(Failure::Value(format!(
        "policy {}: {target} of the CPU request of {request} is {:.0}m, but the CPU limit of {} is {limit}, so the target can never be reached: raise or remove the limit, or lower the target",
        policy.name,
        wanted * 1e3,
        service.profile.name,
    )))
}

fn check_policy_names(sections: &[Section]) -> Result<(), Failure> {
    let names: Vec<&str> = sections.iter().map(|section| section.policy.name.as_str()).collect();
    match names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
        Some((_, twice)) => Err(Failure::Value(format!("policy {twice} is given twice"))),
        None => Ok(()),
    }
}
