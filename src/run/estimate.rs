//! `capmodel estimate`.

use super::{Failure, INFEASIBLE, Outcome, article, basis, deliver, service};
use crate::inputs::files::{PolicySource, load_curve, parse_policy};
use crate::model::queueing::{QueueingTables, SHIPPED_TABLES};
use crate::model::{Finding, Policy, Question, estimate};
use crate::outputs;
use crate::settings::EstimateSettings;

/// Profiles, policies and prices → question → answer → bytes.
pub(super) fn run(settings: &EstimateSettings) -> Result<Outcome, Failure> {
    let question = question(settings)?;
    if settings.article {
        let judged = article::judge(&question)?;
        return deliver(outputs::claims(&judged, &settings.output)?, 0, &settings.output);
    }
    let answer = estimate(&question);
    let code = if answer.any_feasible() { 0 } else { INFEASIBLE };
    let bytes = outputs::estimate(&question, &answer, settings.explain, &settings.output)?;
    deliver(bytes, code, &settings.output)
}

fn question(settings: &EstimateSettings) -> Result<Question, Failure> {
    let services = service::services(settings)?;
    let mut policies =
        settings.policies.names.iter().map(|name| parse_policy(&PolicySource::find(name)?)).collect::<Result<Vec<_>, _>>()?;
    for policy in &mut policies {
        settings.policies.apply(policy);
        policy.check().map_err(|why| Failure::Value(format!("policy {}: {why}", policy.name)))?;
    }
    check_policy_names(&policies)?;
    let mut basis = basis::basis(&settings.basis)?;
    let bytes_known = services.iter().all(|s| s.work.response_bytes.is_some());
    if !bytes_known && basis.services.is_some() {
        basis.findings.push(Finding::info(
            "traffic-unpriced",
            "responses",
            "traffic to the internet is not in the bill: say how large a response is with --response-bytes",
        ));
        basis.findings.sort();
    }
    Ok(Question {
        demand: settings.demand,
        services,
        policies,
        basis,
        load: load_curve(&settings.load)?,
        replicas: settings.replicas,
        tables: QueueingTables::parse(SHIPPED_TABLES)?,
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
