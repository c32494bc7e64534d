//! Profiles, work and pod sizes → the services of an estimate.

use super::Failure;
use crate::inputs::files::{find_sidecar, parse_profile, parse_work, profile_names, profile_source, work_source};
use crate::inputs::nearest::{did_you_mean, nearest};
use crate::model::{
    CpuFactors, Evidence, Finding, HandlerCpu, Interval, Kind, PodResources, RuntimeProfile, Service, Sourced, Work,
};
use crate::settings::{EstimateSettings, ObservedText, PodOverrides};

/// The language whose CPU factors are all one.
const REFERENCE: &str = "go";

/// The finding on what a further worker costs by the article, which an observation replaces.
const ARTICLE_WORKERS: &str = "article-workers";

/// How far one line of a dashboard may be from the truth either way: a mean over an unknown window, of unknown traffic.
const ONE_POINT: f64 = 1.5;

pub(super) fn services(settings: &EstimateSettings) -> Result<Vec<Service>, Failure> {
    let mut profiles = settings
        .profiles
        .iter()
        .map(|name| parse_profile(&profile_source(name)?, settings.evidence))
        .collect::<Result<Vec<_>, _>>()?;
    check_names(&profiles, &settings.pod)?;
    let work = work(settings, &mut profiles)?;
    let given = given_factors(&work, &profiles, settings.evidence)?;
    let sidecar = settings.sidecar.as_deref().map(find_sidecar).transpose()?;
    profiles
        .into_iter()
        .map(|profile| {
            let handler_factor = work
                .factor(&profile, given.as_ref())
                .ok_or_else(|| Failure::Value(format!("the CPU factors of {} are out of range", profile.name)))?;
            let resources = resources(&profile, &settings.pod)?;
            let (work, sidecar) = (work.clone(), sidecar.clone());
            let max_rate = settings.max_rps_per_pod;
            Ok(Service { resources, workers: settings.workers, work, handler_factor, sidecar, max_rate, profile })
        })
        .collect()
}

/// The work with what flags say instead of it, or with what was observed.
fn work(settings: &EstimateSettings, profiles: &mut [RuntimeProfile]) -> Result<Work, Failure> {
    let mut work = parse_work(&work_source(&settings.work)?)?;
    check_kind(&work, profiles)?;
    if settings.handler_cpu.is_some() || settings.wait.is_some() || settings.observed.is_some() {
        work.name.push_str(" with flags");
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
    if let Some(observed) = &settings.observed {
        observe(observed, &mut work, profiles)?;
    }
    Ok(work)
}

/// Calibrates the first profile, or the one that is named, from one line of a dashboard: what its framework does not need of
/// the CPU a request was seen to cost is the handler's.
fn observed_profile<'a>(
    observed: &ObservedText,
    profiles: &'a mut [RuntimeProfile],
) -> Result<&'a mut RuntimeProfile, Failure> {
    let names: Vec<String> = profiles.iter().map(|p| p.name.clone()).collect();
    match &observed.profile {
        None => profiles.first_mut().ok_or_else(|| Failure::Value("there is no profile to calibrate".to_owned())),
        Some(name) => profiles.iter_mut().find(|p| p.name == *name).ok_or_else(|| {
            Failure::Value(format!("--observed names {name}, which is not in this estimate ({})", names.join(", ")))
        }),
    }
}

fn observe(observed: &ObservedText, work: &mut Work, profiles: &mut [RuntimeProfile]) -> Result<(), Failure> {
    let profile = observed_profile(observed, profiles)?;
    let v = &mut profile.values;
    let seen = observed.cores / observed.rate;
    let framework = f64::from(v.benchmark.cores) / v.throughput.interval.mid();
    let source = format!(
        "one point: {} cores at {} req/s, {} ms a request; a factor of {ONE_POINT} either way",
        observed.cores,
        observed.rate,
        seen * 1e3
    );
    let around = |mid: f64| Interval::new(mid / ONE_POINT, mid, mid * ONE_POINT);
    let out_of_range = || Failure::Value("--observed is out of range".to_owned());
    // The point speaks for framework and handler together, so the framework's own interval is replaced by its mid.
    if seen > framework {
        let interval = around(seen - framework).ok_or_else(out_of_range)?;
        let throughput = v.throughput.interval.mid();
        v.throughput.interval = Interval::exact(throughput).ok_or_else(out_of_range)?;
        work.handler = Some(HandlerCpu { language: profile.language.clone(), seconds: Sourced { interval, source } });
    } else {
        let interval = around(f64::from(v.benchmark.cores) / seen).ok_or_else(out_of_range)?;
        v.throughput = Sourced { interval, source };
        work.handler = None;
    }
    // What the point shows holds everything: wake-ups, idle use and the framework's own part of it.
    let included =
        |what: &Sourced| Sourced { interval: Interval::ZERO, source: format!("in the one point; {}", what.source) };
    v.wakeup_cpu = included(&v.wakeup_cpu);
    v.idle_cpu = included(&v.idle_cpu);
    // A process of an event loop or of a sync server runs on one core at a time.
    let processes = if profile.kind == Kind::Threads { 1.0 } else { (observed.cores - 1e-9).ceil().max(1.0) };
    if let Some(memory) = observed.memory {
        let interval = around(memory.as_f64() / processes).ok_or_else(out_of_range)?;
        let source = format!("one point, of one pod with {processes} serving");
        v.memory_loaded = Sourced { interval, source: source.clone() };
        // Each further process loads the application again.
        v.memory_per_worker = Sourced { interval, source };
        v.findings.retain(|finding| finding.code != ARTICLE_WORKERS);
    }
    if processes > 1.0 {
        v.findings.push(Finding::warning(
            "observed-processes",
            profile.name.clone(),
            format!(
                "{} cores are more than one process of it can use, so the observation is taken as that of a pod with {processes}",
                observed.cores
            ),
        ));
    }
    v.findings.push(Finding::warning(
        "one-point",
        profile.name.clone(),
        "calibrated from one point, so its interval is a factor of 1.5 either way; fit a load test for a better one",
    ));
    Ok(())
}

/// The factors of the language that the handler's CPU is given in; `None` for the reference.
fn given_factors(work: &Work, profiles: &[RuntimeProfile], evidence: Evidence) -> Result<Option<CpuFactors>, Failure> {
    let Some(language) = work.handler.as_ref().map(|h| h.language.as_str()).filter(|l| *l != REFERENCE) else {
        return Ok(None);
    };
    if let Some(profile) = profiles.iter().find(|p| p.language == language) {
        return Ok(Some(profile.values.cpu_factor.clone()));
    }
    for name in profile_names() {
        let profile = parse_profile(&profile_source(name)?, evidence)?;
        if profile.language == language {
            return Ok(Some(profile.values.cpu_factor));
        }
    }
    Err(unknown_language(language, profiles))
}

/// A kind that no profile knows is a slip of the pen.
fn check_kind(work: &Work, profiles: &[RuntimeProfile]) -> Result<(), Failure> {
    let Some(kind) = &work.kind else { return Ok(()) };
    let mut known: Vec<&str> = profiles.iter().flat_map(|p| p.values.cpu_factor.keys()).map(String::as_str).collect();
    known.sort_unstable();
    known.dedup();
    if known.is_empty() || known.contains(&kind.as_str()) {
        return Ok(());
    }
    Err(Failure::Value(format!(
        "work {}: no profile knows the kind `{kind}`; known are {}",
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
    Failure::Value(format!("CPU is given for `{language}`, a language of no profile; known are {}", known.join(", ")))
}

/// A profile's pod with what was given for it.
fn resources(profile: &RuntimeProfile, pod: &PodOverrides) -> Result<PodResources, Failure> {
    let PodOverrides { cpu_request, cpu_limit, memory_request, memory_limit } = pod;
    let own = profile.values.pod;
    let name = profile.name.as_str();
    let resources = PodResources {
        cpu_request: cpu_request.for_profile(name).unwrap_or(own.cpu_request),
        memory_request: memory_request.for_profile(name).unwrap_or(own.memory_request),
        cpu_limit: cpu_limit.for_profile(name).or(own.cpu_limit),
        memory_limit: memory_limit.for_profile(name).or(own.memory_limit),
    };
    resources.check().map_err(|why| Failure::Value(format!("pod of {name}: {why}")))?;
    Ok(resources)
}

/// Two profiles of one name cannot be told apart, and a flag for a profile that is not there is a slip of the pen.
fn check_names(profiles: &[RuntimeProfile], pod: &PodOverrides) -> Result<(), Failure> {
    let names: Vec<&str> = profiles.iter().map(|p| p.name.as_str()).collect();
    if let Some(twice) = names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
        return Err(Failure::Value(format!("profile {} is given twice", twice.1)));
    }
    let named = pod.cpu_request.named().chain(pod.cpu_limit.named());
    let mut named = named.chain(pod.memory_request.named()).chain(pod.memory_limit.named());
    match named.find(|name| !names.contains(name)) {
        None => Ok(()),
        Some(name) => {
            let near: Vec<String> = nearest(name, names.iter().copied()).into_iter().map(str::to_owned).collect();
            Err(Failure::Value(format!(
                "a pod size is given for profile `{name}`, which is not in this estimate ({}){}",
                names.join(", "),
                did_you_mean(&near)
            )))
        }
    }
}
