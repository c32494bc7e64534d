//! `capmodel estimate`.

use std::sync::Arc;

use super::{Failure, INFEASIBLE, Outcome, article, basis, deliver, service, workload};
use crate::cli::EmitArg;
use crate::inputs::files::{PolicySource, load_curve, parse_policy};
use crate::model::queueing::{QueueingTables, SHIPPED_TABLES};
use crate::model::{Answer, Basis, Interval, Policy, Question, estimate};
use crate::outputs;
use crate::settings::{Ask, EstimateSettings};

/// Profiles, policies and prices → question → answer → bytes.
pub(super) fn run(settings: &EstimateSettings) -> Result<Outcome, Failure> {
    let demand = match &settings.ask {
        Ask::Service(demand) => *demand,
        Ask::Workload(file) => return workload::run(settings, file),
    };
    let basis = basis::basis(&settings.basis, &[settings.basis.arch])?;
    let tables = Arc::new(QueueingTables::parse(SHIPPED_TABLES)?);
    let question = question(settings, demand, Arc::new(basis), tables)?;
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
        .map(|name| parse_policy(&PolicySource::find(name)?))
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
