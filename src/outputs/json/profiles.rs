//! Runtime profiles as `capmodel/profiles/v1`.

use super::convert::all;
use crate::model::runtime::{Kind, RuntimeProfile, Sourced};
use crate::schema::profiles::{Profile, ProfileEntry, ProfileNumber, ProfileSummary, Profiles, ProfilesSchema};

pub(in crate::outputs) fn list(profiles: &[RuntimeProfile]) -> Profiles {
    let entry = |profile| ProfileEntry { schema: ProfilesSchema::V1, profile: summary(profile) };
    Profiles::List(profiles.iter().map(entry).collect())
}

pub(in crate::outputs) fn summary(profile: &RuntimeProfile) -> ProfileSummary {
    let values = &profile.values;
    let throughput = &values.throughput.interval;
    ProfileSummary {
        name: profile.name.clone(),
        title: profile.title.clone(),
        language: profile.language.clone(),
        kind: kind(profile.kind).to_owned(),
        evidence: profile.values.evidence.name().to_owned(),
        throughput_low: throughput.low(),
        throughput_mid: throughput.mid(),
        throughput_high: throughput.high(),
        benchmark_cores: values.benchmark.cores,
        cpu_request_millis: values.pod.cpu_request.millis(),
        memory_request_bytes: values.pod.memory_request.bytes(),
    }
}

pub(in crate::outputs) fn document(profile: &RuntimeProfile) -> Profiles {
    Profiles::One(Profile {
        schema: ProfilesSchema::V1,
        name: profile.name.clone(),
        title: profile.title.clone(),
        language: profile.language.clone(),
        kind: kind(profile.kind).to_owned(),
        evidence: profile.values.evidence.name().to_owned(),
        numbers: numbers(profile),
        findings: all(&profile.values.findings),
    })
}

pub(in crate::outputs) fn numbers(profile: &RuntimeProfile) -> Vec<ProfileNumber> {
    let v = &profile.values;
    fn of(key: impl Into<String>, unit: &str, scale: f64, sourced: &Sourced) -> ProfileNumber {
        let (low, mid, high) = (sourced.interval.low(), sourced.interval.mid(), sourced.interval.high());
        ProfileNumber {
            key: key.into(),
            low: low * scale,
            mid: mid * scale,
            high: high * scale,
            unit: unit.to_owned(),
            source: sourced.source.clone(),
        }
    }
    let mut rows = vec![
        of("throughput", "req/s", 1.0, &v.throughput),
        of("wakeup_cpu", "ms", 1e3, &v.wakeup_cpu),
        of("idle_cpu", "cores", 1.0, &v.idle_cpu),
        of("service_scv", "", 1.0, &v.service_scv),
        of("memory.idle", "bytes", 1.0, &v.memory_idle),
        of("memory.loaded", "bytes", 1.0, &v.memory_loaded),
        of("memory.per_worker", "bytes", 1.0, &v.memory_per_worker),
        of("memory.per_in_flight", "bytes", 1.0, &v.memory_per_in_flight),
        of("image_size", "bytes", 1.0, &v.image_size),
        of("cold_start", "s", 1.0, &v.cold_start),
    ];
    rows.extend(v.state_factor.as_ref().map(|factor| of("memory.state_factor", "", 1.0, factor)));
    rows.extend(v.cpu_factor.iter().map(|(kind, factor)| of(format!("cpu_factor.{kind}"), "", 1.0, factor)));
    rows
}

pub(in crate::outputs) const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::EventLoop => "event-loop",
        Kind::Sync => "sync",
        Kind::Threads => "threads",
    }
}
