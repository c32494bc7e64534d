//! Reads policies: `profiles/policies/*.toml` and files of the same schema.

use serde::Deserialize;

use super::text::Text;
use super::{FileError, Source, check_name, load};
use crate::model::queueing::Balancer;
use crate::model::runtime::Evidence;
use crate::model::sizing::{Policy, PolicySources, Ramp, Scaling, Zones};
use crate::units::{Bytes, Percent, RequestTime, Seconds, Utilization};

const BUILT_IN: &[(&str, &str)] = &[
    ("production", include_str!("../../../profiles/policies/production.toml")),
    ("steady", include_str!("../../../profiles/policies/steady.toml")),
];

/// Names of the built-in policies.
pub fn policy_names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

/// The text of a built-in policy by name, or of a file by path.
///
/// # Errors
/// [`FileError`] if neither exists.
pub fn policy_source(name: &str) -> Result<Source, FileError> {
    load("policy", BUILT_IN, name)
}

/// Refuses a name that is neither built in nor a path, without reading any file.
pub(super) fn check_policy_name(name: &str) -> Result<(), FileError> {
    check_name("policy", BUILT_IN, name)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    title: String,
    evidence: Option<EvidenceText>,
    target_utilization: Text<Utilization>,
    max_utilization: Text<Utilization>,
    min_replicas: u64,
    balancer: BalancerText,
    source: String,
    latency: Option<LatencyText>,
    zones: Option<ZonesText>,
    ramp: Option<RampText>,
    scaling: Option<ScalingText>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum EvidenceText {
    Article,
    Measured,
}

impl From<EvidenceText> for Evidence {
    fn from(text: EvidenceText) -> Self {
        match text {
            EvidenceText::Article => Self::Article,
            EvidenceText::Measured => Self::Measured,
        }
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum BalancerText {
    Random,
    RoundRobin,
    P2c,
    LeastRequest,
}

impl From<BalancerText> for Balancer {
    fn from(text: BalancerText) -> Self {
        match text {
            BalancerText::Random => Self::Random,
            BalancerText::RoundRobin => Self::RoundRobin,
            BalancerText::P2c => Self::PowerOfTwo,
            BalancerText::LeastRequest => Self::LeastRequest,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LatencyText {
    p99: Text<RequestTime>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ZonesText {
    count: u32,
    survive: u32,
    max_unavailable: u64,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RampText {
    factor: f64,
    over: Text<Seconds>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScalingText {
    tolerance: Text<Percent>,
    metric_window: Text<Seconds>,
    sync: Text<Seconds>,
    scheduling: Text<Seconds>,
    node_start: Text<Seconds>,
    registry_bytes_per_second: Text<Bytes>,
    readiness: Text<Seconds>,
    source: String,
}

/// Parses the text of a policy.
///
/// # Errors
/// [`FileError::Invalid`], with line and key.
pub fn parse_policy(source: &Source) -> Result<Policy, FileError> {
    let invalid = |message: String| FileError::Invalid { label: source.label.clone(), wanted: "policy", message };
    let file: File = toml::from_str(&source.text).map_err(|e| invalid(e.to_string().trim_end().to_owned()))?;
    let File {
        name,
        title,
        evidence,
        target_utilization,
        max_utilization,
        min_replicas,
        balancer,
        source,
        latency,
        zones,
        ramp,
        scaling,
    } = file;
    let mut sources = PolicySources { targets: source, ..PolicySources::default() };
    if scaling.is_none() && ramp.is_some() {
        return Err(invalid("a policy with a [ramp] also needs [scaling]".to_owned()));
    }
    let slo_p99 = latency.map(|latency| {
        sources.latency = latency.source;
        latency.p99.0.seconds()
    });
    let zones = zones.map(|zones| {
        sources.zones = zones.source;
        Zones { count: zones.count, survive: zones.survive, max_unavailable: zones.max_unavailable }
    });
    let ramp = ramp.map(|ramp| {
        sources.ramp = ramp.source;
        Ramp { factor: ramp.factor, over: ramp.over.0.seconds() }
    });
    let scaling = scaling.map_or(Scaling::DEFAULT, |scaling| {
        sources.scaling = scaling.source;
        Scaling {
            tolerance: scaling.tolerance.0.fraction(),
            metric_window: scaling.metric_window.0.seconds(),
            sync: scaling.sync.0.seconds(),
            scheduling: scaling.scheduling.0.seconds(),
            node_start: scaling.node_start.0.seconds(),
            registry_bytes_per_second: scaling.registry_bytes_per_second.0.as_f64(),
            readiness: scaling.readiness.0.seconds(),
        }
    });
    let policy = Policy {
        name,
        title,
        evidence: evidence.map_or(Evidence::Article, Into::into),
        target_utilization: target_utilization.0,
        max_utilization: max_utilization.0,
        min_replicas,
        balancer: balancer.into(),
        slo_p99,
        zones,
        ramp,
        scaling,
        sources,
    };
    policy.check().map_err(invalid)?;
    Ok(policy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_policy_is_valid_and_named_like_its_file() {
        for (name, _) in BUILT_IN {
            assert_eq!(parse_policy(&policy_source(name).unwrap()).unwrap().name, *name);
        }
    }

    #[test]
    fn a_policy_without_scaling_has_the_default_scaling() {
        let parse = |name| parse_policy(&policy_source(name).unwrap()).unwrap().scaling;
        assert_eq!((parse("steady"), parse("production")), (Scaling::DEFAULT, Scaling::DEFAULT));
    }

    #[test]
    fn mistakes_are_reported() {
        let good = policy_source("production").unwrap().text;
        for (from, to, want) in [
            ("survive = 1", "survive = 3", "at least one zone must remain"),
            ("count = 3", "count = 0", "at least one zone"),
            ("factor = 2.0", "factor = 1.0", "above 1"),
            ("min_replicas = 2", "min_replicas = 1000001", "min_replicas must be at most 1000000"),
            ("\"70%\"", "\"96%\"", "is above max_utilization"),
            ("\"70%\"", "70", "70 has no unit"),
            ("\"50ms\"", "\"0ms\"", "above zero"),
            ("\"50M\"", "\"0\"", "above zero"),
            ("\"15s\"", "\"0s\"", "sync must be above zero"),
        ] {
            assert!(good.contains(from), "{from}");
            let source = Source { label: "mine.toml".to_owned(), text: good.replacen(from, to, 1) };
            let error = parse_policy(&source).unwrap_err().to_string();
            assert!(error.contains(want) && error.contains("mine.toml"), "{to}: {error}");
        }
    }
}
