//! Builds the services of an estimate from profiles, work and pod sizes.

use super::Failure;
use crate::inputs::files::{
    FileError, find_sidecar, parse_profile, parse_work, profile_names, profile_source, work_source,
};
use crate::inputs::nearest::{did_you_mean, nearest};
use crate::model::finding::Code;
use crate::model::runtime::{CpuFactors, Evidence, HandlerCpu, PodResources, RuntimeProfile, Service, Sourced, Work};
use crate::model::styles::OnePoint;
use crate::model::uncertainty::Interval;
use crate::settings::{EstimateSettings, EstimateSubject, ObservedText, PodOverrides};
use crate::units::RequestsPerSecond;

/// The reference language, whose CPU factors are all one.
const REFERENCE: &str = "go";

/// The services of an estimate, whose profiles have the value set of `--evidence`, or the preferred one.
pub(super) fn services(settings: &EstimateSettings, preferred: Evidence) -> Result<Vec<Service>, Failure> {
    let profiles = profiles(settings, preferred)?;
    // In a workload, each service has one profile, and the flags apply to all of them.
    if !matches!(settings.subject, EstimateSubject::Workload(_)) {
        check_names(&profiles, settings)?;
    }
    let work = work(settings, &profiles)?;
    let given = given_factors(&work, &profiles, settings.evidence.unwrap_or(preferred))?;
    let sidecar = settings.sidecar.as_deref().map(find_sidecar).transpose()?;
    let translated = match &settings.observed {
        Some(observed) => Some(observe(observed, settings, &work, &profiles)?),
        None => None,
    };
    let services = match translated {
        Some(services) => services,
        None => profiles.into_iter().map(|profile| assume(profile, &work, given.as_ref())).collect::<Result<_, _>>()?,
    };
    services
        .into_iter()
        .map(|service| {
            let sidecar = sidecar.clone();
            // An observation already includes the speed of its cores.
            let cpu_speed = if settings.observed.is_some() { Interval::ONE } else { settings.cpu_speed };
            Ok(Service { workers: settings.workers, sidecar, cpu_speed, ..as_given(service, settings)? })
        })
        .collect()
}

/// The named profiles with the value set of `--evidence`. Without it, they have the preferred set if each of them has
/// it, or the other one if each has that, because a ratio of values from two machines contains the difference between
/// the machines; otherwise each has the preferred set if it can.
pub(super) fn profiles(settings: &EstimateSettings, preferred: Evidence) -> Result<Vec<RuntimeProfile>, Failure> {
    let with = |evidence: Evidence| -> Result<Vec<RuntimeProfile>, Failure> {
        settings.profiles.iter().map(|name| profile(name, Some(evidence))).collect()
    };
    if let Some(evidence) = settings.evidence {
        return with(evidence);
    }
    for evidence in [preferred, preferred.other()] {
        match with(evidence) {
            Err(Failure::File(FileError::NoEvidence { .. })) => {}
            read => return read,
        }
    }
    settings.profiles.iter().map(|name| preferring(name, preferred)).collect()
}

/// A profile with a value set; by default the article's, or the only one that the file has.
pub(super) fn profile(name: &str, evidence: Option<Evidence>) -> Result<RuntimeProfile, Failure> {
    match evidence {
        Some(evidence) => Ok(parse_profile(&profile_source(name)?, evidence)?),
        None => preferring(name, Evidence::Article),
    }
}

/// A profile with this value set, or the other one if it does not have it.
pub(super) fn preferring(name: &str, evidence: Evidence) -> Result<RuntimeProfile, Failure> {
    let source = profile_source(name)?;
    match parse_profile(&source, evidence) {
        Err(FileError::NoEvidence { .. }) => Ok(parse_profile(&source, evidence.other())?),
        read => Ok(read?),
    }
}

/// A service in the pod that the flags describe.
pub(super) fn as_given(service: Service, settings: &EstimateSettings) -> Result<Service, Failure> {
    let resources = resources(&service, &settings.pod)?;
    let max_rate = settings.max_rps_per_pod.for_profile(&service.profile.name).map(RequestsPerSecond::per_second);
    Ok(Service { resources, max_rate, ..pod_given(service, &settings.pod) })
}

/// A profile with a work, unchanged.
fn assume(profile: RuntimeProfile, work: &Work, given: Option<&CpuFactors>) -> Result<Service, Failure> {
    let handler_factor = work
        .factor(&profile, given)
        .ok_or_else(|| Failure::Value(format!("the CPU factors of {} are out of range", profile.name)))?;
    Ok(Service { handler_factor, ..Service::with_work(profile, work.clone()) })
}

/// The work, modified by flags or by an observation.
fn work(settings: &EstimateSettings, profiles: &[RuntimeProfile]) -> Result<Work, Failure> {
    let mut work = parse_work(&work_source(&settings.work)?)?;
    check_kind(&work, profiles)?;
    if settings.handler_cpu.is_some() || settings.wait.is_some() || settings.observed.is_some() {
        work.name.push_str(" with flags");
        if !settings.work_given {
            // The kind of the observed work is unknown.
            work.kind = None;
        }
    }
    if let Some((language, seconds)) = &settings.handler_cpu {
        check_language(language, profiles)?;
        let interval = Interval::exact(*seconds).unwrap_or(Interval::ZERO);
        let sourced = Sourced { interval, source: "--handler-cpu".to_owned() };
        work.handler = Some(HandlerCpu { language: language.clone(), seconds: sourced });
    }
    if let Some(seconds) = settings.wait {
        let interval = Interval::exact(seconds).unwrap_or(Interval::ZERO);
        work.wait = Sourced { interval, source: "--wait".to_owned() };
    }
    if let Some(bytes) = settings.response_bytes {
        work.response_bytes = Some(bytes);
        work.response_assumed = false;
    }
    Ok(work)
}

/// The profile that the observation belongs to: the first one, or the named one.
fn observed_profile<'a>(
    observed: &ObservedText,
    profiles: &'a [RuntimeProfile],
) -> Result<&'a RuntimeProfile, Failure> {
    let names: Vec<String> = profiles.iter().map(|p| p.name.clone()).collect();
    match &observed.profile {
        None => profiles.first().ok_or_else(|| Failure::Value("there is no profile to calibrate".to_owned())),
        Some(name) => profiles.iter().find(|p| p.name == *name).ok_or_else(|| {
            Failure::Value(format!("--observed: {name} is not part of this estimate ({})", names.join(", ")))
        }),
    }
}

/// The service in one observation from a dashboard, under each of the profiles.
fn observe(
    text: &ObservedText,
    settings: &EstimateSettings,
    work: &Work,
    profiles: &[RuntimeProfile],
) -> Result<Vec<Service>, Failure> {
    let own = observed_profile(text, profiles)?;
    let ObservedText { profile: _, rate, cores, memory, processes } = *text;
    OnePoint { rate, cores, memory, processes }
        .services(own, profiles, work, settings.workers, &settings.cpu_speed)
        .map_err(|e| Failure::Value(format!("--observed: {e}")))
}

/// The factors of the language that the handler's CPU is given in; `None` for the reference language.
fn given_factors(work: &Work, profiles: &[RuntimeProfile], evidence: Evidence) -> Result<Option<CpuFactors>, Failure> {
    let Some(language) = work.handler.as_ref().map(|h| h.language.as_str()).filter(|l| *l != REFERENCE) else {
        return Ok(None);
    };
    if let Some(profile) = profiles.iter().find(|p| p.language == language) {
        return Ok(Some(profile.values.cpu_factor.clone()));
    }
    for name in profile_names() {
        let profile = preferring(name, evidence)?;
        if profile.language == language {
            return Ok(Some(profile.values.cpu_factor));
        }
    }
    Err(unknown_language(language, profiles))
}

/// A kind that no profile has is a typing error.
fn check_kind(work: &Work, profiles: &[RuntimeProfile]) -> Result<(), Failure> {
    let Some(kind) = &work.kind else { return Ok(()) };
    let mut known: Vec<&str> = profiles.iter().flat_map(|p| p.values.cpu_factor.keys()).map(String::as_str).collect();
    known.sort_unstable();
    known.dedup();
    if known.is_empty() || known.contains(&kind.as_str()) {
        return Ok(());
    }
    Err(Failure::Value(format!(
        "work {}: no profile has CPU factors for kind `{kind}`; available: {}",
        work.name,
        known.join(", ")
    )))
}

fn check_language(language: &str, profiles: &[RuntimeProfile]) -> Result<(), Failure> {
    let known = language == REFERENCE || language == "python" || profiles.iter().any(|p| p.language == language);
    if known { Ok(()) } else { Err(unknown_language(language, profiles)) }
}

fn unknown_language(language: &str, profiles: &[RuntimeProfile]) -> Failure {
    let mut known: Vec<&str> = profiles.iter().map(|p| p.language.as_str()).chain(["go", "python"]).collect();
    known.sort_unstable();
    known.dedup();
    Failure::Value(format!("--handler-cpu: unknown language `{language}`; use {}", known.join(" or ")))
}

/// A service's pod with the given overrides.
fn resources(service: &Service, pod: &PodOverrides) -> Result<PodResources, Failure> {
    let PodOverrides { cpu_request, cpu_limit, memory_request, memory_limit } = pod;
    let name = service.profile.name.as_str();
    // A size that the user gave is used even if the service was observed to need more.
    let own = if memory_given(service, pod) { service.profile.values.pod } else { service.resources };
    let resources = PodResources {
        cpu_request: cpu_request.for_profile(name).unwrap_or(own.cpu_request),
        memory_request: memory_request.for_profile(name).unwrap_or(own.memory_request),
        cpu_limit: cpu_limit.for_profile(name).or(own.cpu_limit),
        memory_limit: memory_limit.for_profile(name).or(own.memory_limit),
    };
    resources.check().map_err(|why| Failure::Value(format!("pod of {name}: {why}")))?;
    Ok(resources)
}

fn memory_given(service: &Service, pod: &PodOverrides) -> bool {
    let name = service.profile.name.as_str();
    pod.memory_request.for_profile(name).is_some() || pod.memory_limit.for_profile(name).is_some()
}

/// The service without the finding about a larger pod, if its size was given.
fn pod_given(mut service: Service, pod: &PodOverrides) -> Service {
    if memory_given(&service, pod) {
        service.profile.values.findings.retain(|finding| finding.code != Code::MemoryRequestRaised);
    }
    service
}

/// Two profiles with the same name cannot be distinguished, and a flag for a profile that does not exist is a typing
/// error.
pub(super) fn check_names(profiles: &[RuntimeProfile], settings: &EstimateSettings) -> Result<(), Failure> {
    let names: Vec<&str> = profiles.iter().map(|p| p.name.as_str()).collect();
    if let Some(twice) = names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
        return Err(Failure::Value(format!("profile {} is given twice", twice.1)));
    }
    check_flags(profiles, settings)
}

/// Flags for one profile must name an existing one, and flags for all profiles must affect at least one.
pub(super) fn check_flags(profiles: &[RuntimeProfile], settings: &EstimateSettings) -> Result<(), Failure> {
    settings.refuse_with_profiles(profiles)?;
    let names: Vec<&str> = profiles.iter().map(|p| p.name.as_str()).collect();
    let pod = &settings.pod;
    let with = |flag: &'static str| move |name| (flag, name);
    let named = pod.cpu_request.named().map(with("--cpu-request"));
    let named = named.chain(pod.cpu_limit.named().map(with("--cpu-limit")));
    let named = named.chain(pod.memory_request.named().map(with("--memory-request")));
    let named = named.chain(pod.memory_limit.named().map(with("--memory-limit")));
    let mut named = named.chain(settings.max_rps_per_pod.named().map(with("--max-rps-per-pod")));
    match named.find(|(_, name)| !names.contains(name)) {
        None => Ok(()),
        Some((flag, name)) => {
            let near: Vec<String> = nearest(name, names.iter().copied()).into_iter().map(str::to_owned).collect();
            Err(Failure::Value(format!(
                "{flag}: profile `{name}` is not part of this estimate ({}){}",
                names.join(", "),
                did_you_mean(&near)
            )))
        }
    }
}
