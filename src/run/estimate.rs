//! `capmodel estimate`.

use super::{Failure, INFEASIBLE, Outcome, article, basis, deliver};
use crate::inputs::files::{PolicySource, ProfileSource, parse_policy, parse_profile};
use crate::inputs::nearest::did_you_mean;
use crate::model::{Finding, PodResources, Policy, Question, RuntimeProfile, Service, estimate};
use crate::outputs;
use crate::settings::{EstimateSettings, PodOverrides};

/// Profiles, policies and prices → question → answer → bytes.
pub(super) fn run(settings: &EstimateSettings) -> Result<Outcome, Failure> {
    let profiles = settings
        .profiles
        .iter()
        .map(|name| parse_profile(&ProfileSource::find(name)?, settings.evidence))
        .collect::<Result<Vec<_>, _>>()?;
    check_names(&profiles, &settings.pod)?;
    let policies: Vec<Policy> =
        settings.policies.iter().map(|name| parse_policy(&PolicySource::find(name)?)).collect::<Result<_, _>>()?;
    let services = profiles.into_iter().map(|profile| service(profile, settings)).collect::<Result<Vec<_>, _>>()?;
    let mut basis = basis::basis(&settings.basis)?;
    if settings.response_bytes.is_none() && basis.services.is_some() {
        basis.findings.push(Finding::info(
            "traffic-unpriced",
            "responses",
            "traffic to the internet is not in the bill: say how large a response is with --response-bytes",
        ));
        basis.findings.sort();
    }
    let question = Question {
        demand: settings.demand,
        services,
        policies,
        basis,
        response_bytes: settings.response_bytes,
        samples: settings.samples,
        seed: settings.seed,
    };
    if settings.article {
        let judged = article::judge(&question)?;
        return deliver(outputs::claims(&judged, &settings.output)?, 0, &settings.output);
    }
    let answer = estimate(&question);
    let code = if answer.any_feasible() { 0 } else { INFEASIBLE };
    let bytes = outputs::estimate(&question, &answer, settings.explain, &settings.output)?;
    deliver(bytes, code, &settings.output)
}

/// A profile's pod with what was given for it.
fn service(profile: RuntimeProfile, settings: &EstimateSettings) -> Result<Service, Failure> {
    let PodOverrides { cpu_request, cpu_limit, memory_request, memory_limit } = &settings.pod;
    let own = profile.values.pod;
    let name = profile.name.as_str();
    let resources = PodResources {
        cpu_request: cpu_request.for_profile(name).unwrap_or(own.cpu_request),
        memory_request: memory_request.for_profile(name).unwrap_or(own.memory_request),
        cpu_limit: cpu_limit.for_profile(name).or(own.cpu_limit),
        memory_limit: memory_limit.for_profile(name).or(own.memory_limit),
    };
    resources.check().map_err(|why| Failure::Value(format!("pod of {name}: {why}")))?;
    Ok(Service { resources, workers: settings.workers, profile })
}

/// Two profiles of one name cannot be told apart, and a flag for a profile that is not there is a slip of the pen.
fn check_names(profiles: &[RuntimeProfile], pod: &PodOverrides) -> Result<(), Failure> {
    let names: Vec<&str> = profiles.iter().map(|p| p.name.as_str()).collect();
    if let Some(twice) = names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
        return Err(Failure::Value(format!("profile {} is given twice", twice.1)));
    }
    let named = pod.cpu_request.named().chain(pod.cpu_limit.named());
    let named = named.chain(pod.memory_request.named()).chain(pod.memory_limit.named());
    for name in named {
        if !names.contains(&name) {
            let near = crate::inputs::nearest::nearest(name, names.iter().copied());
            let near: Vec<String> = near.into_iter().map(str::to_owned).collect();
            return Err(Failure::Value(format!(
                "a pod size is given for profile `{name}`, which is not in this estimate ({}){}",
                names.join(", "),
                did_you_mean(&near)
            )));
        }
    }
    Ok(())
}
