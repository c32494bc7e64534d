//! `capmodel estimate --workload FILE`: many services at once.
//!
//! ```toml
//! [[service]]
//! name = "catalogue"            # a Kubernetes name, unique in the file
//! rps = "4k:5k:9k"              # busy-period demand: N, or LOW:MID:HIGH (5th, 50th, 95th percentile)
//! profile = "go-gin"            # built-in name, or a path ending in .toml
//! work = "crud"                 # what the handler does;       default: that of the flag
//! handler_cpu = "python=5ms"    # its CPU per request;       default: that of the work
//! policy = "production"         # how pods are sized;          default: that of the flag
//! min_replicas = 3              # these three override the policy
//! zones = 3
//! survive_zones = 1
//!
//! [service.pod]                 # overrides the profile's pod, key by key
//! cpu_request = "500m"
//! cpu_limit = "1"
//! memory_request = "128Mi"
//! memory_limit = "256Mi"
//!
//! [service.nodes]               # where its pods may run
//! arch = "arm64"                # default: any that is offered
//! selector = { pool = "web" }   # labels that a node must have
//! tolerations = ["dedicated"]   # keys of taints it tolerates
//! max_zone_skew = 1             # spread over zones
//! max_per_node = 1              # anti-affinity with itself
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use toml::Spanned;

use super::policy::check_policy_name;
use super::profile::check_profile_name;
use super::text::Text;
use super::work::check_work_name;
use super::{FileError, read};
use crate::model::nodes::Arch;
use crate::model::runtime::HandlerTime;
use crate::model::uncertainty::Interval;
use crate::units::{Bytes, CpuMillis};

/// Maximum number of services in a file; more than a cluster runs, and few enough to refuse a pasted log early.
const MAX_SERVICES: usize = 10_000;

/// One service of a workload file; values that are `None` come from flags, policy and profile.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkloadService {
    /// Name, valid in Kubernetes.
    pub name: String,
    /// Requests per second at the busy period.
    pub demand: Interval,
    /// Profile by name or file.
    pub profile: String,
    /// Work by name or file.
    pub work: Option<String>,
    /// CPU of its handler: language and seconds.
    pub handler_cpu: Option<(String, f64)>,
    /// Policy by name or file.
    pub policy: Option<String>,
    /// Minimum number of replicas.
    pub min_replicas: Option<u64>,
    /// Number of zones that it is spread over.
    pub zones: Option<u64>,
    /// Number of zones that may fail at the same time.
    pub survive_zones: Option<u64>,
    /// CPU request of a pod.
    pub cpu_request: Option<CpuMillis>,
    /// CPU limit of a pod.
    pub cpu_limit: Option<CpuMillis>,
    /// Memory request of a pod.
    pub memory_request: Option<Bytes>,
    /// Memory limit of a pod.
    pub memory_limit: Option<Bytes>,
    /// CPU architecture of its image.
    pub arch: Option<Arch>,
    /// Labels that a node must have.
    pub selector: BTreeMap<String, String>,
    /// Keys of taints that it tolerates.
    pub tolerations: BTreeSet<String>,
    /// `maxSkew` of the spread over zones.
    pub max_zone_skew: Option<u64>,
    /// Maximum number of its pods on one node.
    pub max_per_node: Option<u64>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    service: Vec<ServiceText>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceText {
    name: Spanned<Name>,
    rps: Demand,
    profile: Spanned<String>,
    work: Option<Spanned<String>>,
    handler_cpu: Option<HandlerText>,
    policy: Option<Spanned<String>>,
    min_replicas: Option<Count>,
    zones: Option<Spanned<Count>>,
    survive_zones: Option<Spanned<CountOrNone>>,
    #[serde(default)]
    pod: Pod,
    #[serde(default)]
    nodes: Nodes,
}

#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Pod {
    cpu_request: Option<Text<CpuMillis>>,
    cpu_limit: Option<Text<CpuMillis>>,
    memory_request: Option<Text<Bytes>>,
    memory_limit: Option<Text<Bytes>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Nodes {
    arch: Option<ArchText>,
    #[serde(default)]
    selector: BTreeMap<String, String>,
    #[serde(default)]
    tolerations: BTreeSet<String>,
    max_zone_skew: Option<Count>,
    max_per_node: Option<Count>,
}

/// A valid Kubernetes name of a workload (RFC 1123 label).
struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if (1..=63).contains(&name.len()) && name.chars().all(inner) && !name.starts_with('-') && !name.ends_with('-') {
            Ok(Self(name))
        } else {
            Err(D::Error::custom(format!(
                "`{name}` is not a name: expected up to 63 lowercase letters, digits and hyphens, for example catalogue-2"
            )))
        }
    }
}

/// CPU architecture in a file: `amd64` or `arm64`.
struct ArchText(Arch);

impl<'de> Deserialize<'de> for ArchText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(D::Error::custom)
    }
}

/// An integer from 1 to a million.
#[derive(Clone, Copy)]
struct Count(u64);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match CountOrNone::deserialize(deserializer)?.0 {
            0 => Err(D::Error::custom("it must be at least 1")),
            count => Ok(Self(count)),
        }
    }
}

/// An integer from 0 to a million.
#[derive(Clone, Copy)]
struct CountOrNone(u64);

impl<'de> Deserialize<'de> for CountOrNone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = i64::deserialize(deserializer)?;
        let count = u64::try_from(number).ok().filter(|count| *count <= 1_000_000);
        count
            .map(Self)
            .ok_or_else(|| D::Error::custom(format!("{number} is not a count: expected a number up to 1000000")))
    }
}

/// `"TIME"` for Go, or `"LANGUAGE=TIME"`.
struct HandlerText(HandlerTime);

impl<'de> Deserialize<'de> for HandlerText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(D::Error::custom)
    }
}

/// `N` as a number or text, or `LOW:MID:HIGH` as text.
struct Demand(Interval);

impl<'de> Deserialize<'de> for Demand {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl Visitor<'_> for V {
            type Value = Interval;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("requests per second, for example 5000, \"5k\", \"300000/min\" or \"4k:5k:9k\"")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Interval, E> {
                Interval::parse_demand(text).map_err(E::custom)
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Interval, E> {
                self.visit_str(&number.to_string())
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Interval, E> {
                self.visit_str(&number.to_string())
            }
        }
        deserializer.deserialize_any(V).map(Self)
    }
}

/// Reads a workload file.
///
/// # Errors
/// [`FileError::Read`], [`FileError::NotText`], [`FileError::Invalid`].
pub fn read_workload(path: &Path) -> Result<Vec<WorkloadService>, FileError> {
    parse_workload(&super::label(path), &read(path)?)
}

/// Parses a workload file, in the order of the file; `label` names it in errors.
///
/// # Errors
/// [`FileError::Invalid`], with line and key.
pub fn parse_workload(label: &str, text: &str) -> Result<Vec<WorkloadService>, FileError> {
    let invalid = |message: String| FileError::Invalid { label: label.to_owned(), wanted: "workload file", message };
    let file: File = toml::from_str(text).map_err(|e| invalid(e.to_string().trim_end().to_owned()))?;
    if !(1..=MAX_SERVICES).contains(&file.service.len()) {
        return Err(invalid(format!("it has {} services; expected 1 to {MAX_SERVICES}", file.service.len())));
    }
    // Lines are counted like in the TOML parser, so that both kinds of errors look alike.
    let line = |offset: usize| text[..offset].matches('\n').count() + 1;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut services = Vec::with_capacity(file.service.len());
    for service in file.service {
        let here = line(service.name.span().start);
        let name = service.name.get_ref().0.clone();
        if let Some(first) = seen.insert(name.clone(), here) {
            return Err(invalid(format!("line {here}, key `name`: `{name}` is already the service of line {first}")));
        }
        services
            .push(service.into_service().map_err(|(offset, why)| invalid(format!("line {}, {why}", line(offset))))?);
    }
    Ok(services)
}

impl ServiceText {
    /// Converts to a service, or returns the position and reason of the error.
    fn into_service(self) -> Result<WorkloadService, (usize, String)> {
        let Self { name, rps, profile, work, handler_cpu, policy, min_replicas, zones, survive_zones, pod, nodes } =
            self;
        let at = name.span().start;
        let name = name.into_inner().0;
        let known = |key: &str, text: &Spanned<String>, check: fn(&str) -> Result<(), FileError>| {
            check(text.get_ref()).map_err(|error| (text.span().start, format!("key `{key}`: {error}")))
        };
        known("profile", &profile, check_profile_name)?;
        work.iter().try_for_each(|work| known("work", work, check_work_name))?;
        policy.iter().try_for_each(|policy| known("policy", policy, check_policy_name))?;
        if let (Some(zones), Some(survive)) = (&zones, &survive_zones)
            && survive.get_ref().0 >= zones.get_ref().0
        {
            let (survive, zones) = (survive.get_ref().0, zones.get_ref().0);
            let why = format!(
                "key `survive_zones`: a service cannot survive the loss of {survive} of {zones} zones; expected at most {}",
                zones - 1
            );
            return Err((survive_zones.map_or(at, |s| s.span().start), why));
        }
        let above = |key: &str, what: String| Err((at, format!("service `{name}`: {key} is above the limit, {what}")));
        if let (Some(request), Some(limit)) = (pod.cpu_request, pod.cpu_limit)
            && request.0 > limit.0
        {
            return above("cpu_request", limit.0.to_string());
        }
        if let (Some(request), Some(limit)) = (pod.memory_request, pod.memory_limit)
            && request.0 > limit.0
        {
            return above("memory_request", limit.0.to_string());
        }
        Ok(WorkloadService {
            name,
            demand: rps.0,
            profile: profile.into_inner(),
            work: work.map(Spanned::into_inner),
            handler_cpu: handler_cpu.map(|HandlerText(time)| time.into_parts()),
            policy: policy.map(Spanned::into_inner),
            min_replicas: min_replicas.map(|count| count.0),
            zones: zones.map(|count| count.into_inner().0),
            survive_zones: survive_zones.map(|count| count.into_inner().0),
            cpu_request: pod.cpu_request.map(|text| text.0),
            cpu_limit: pod.cpu_limit.map(|text| text.0),
            memory_request: pod.memory_request.map(|text| text.0),
            memory_limit: pod.memory_limit.map(|text| text.0),
            arch: nodes.arch.map(|text| text.0),
            selector: nodes.selector,
            tolerations: nodes.tolerations,
            max_zone_skew: nodes.max_zone_skew.map(|count| count.0),
            max_per_node: nodes.max_per_node.map(|count| count.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../../fixtures/workload/services.toml");

    #[test]
    fn the_example_in_the_documentation_is_read() {
        let services = parse_workload("services.toml", EXAMPLE).unwrap();
        let names: Vec<&str> = services.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["catalogue", "checkout", "images"]);
        let rates: Vec<(f64, f64)> = services.iter().map(|s| (s.demand.low(), s.demand.high())).collect();
        assert_eq!(rates, [(4e3, 9e3), (800.0, 800.0), (120.0, 120.0)]);
        let catalogue = &services[0];
        assert_eq!((catalogue.zones, catalogue.survive_zones, catalogue.max_zone_skew), (Some(3), Some(1), Some(1)));
        assert_eq!((catalogue.arch, catalogue.cpu_request), (Some(Arch::Arm64), Some(CpuMillis::from_millis(500))));
        assert_eq!((services[1].max_per_node, services[1].selector.len()), (Some(1), 1));
    }

    /// Each single edit of the example must be refused, with the line that was edited.
    #[test]
    fn mistakes_are_reported_with_their_line() {
        for (from, to, want) in [
            ("rps = 800", "rps = 0", "line 23"),
            ("rps = 800", "rps = -1", "it is negative"),
            ("rps = 800", "rps = \"9:5:1\"", "low, mid and high must be in ascending order"),
            ("rps = 800", "rps = \"1:2\"", "expected one rate, or LOW:MID:HIGH"),
            ("rps = 800", "rps = true", "requests per second, for example 5000"),
            ("rps = 800\n", "", "missing field `rps`"),
            ("\"images\"", "\"checkout\"", "line 33, key `name`: `checkout` is already the service of line 22"),
            ("\"images\"", "\"Images\"", "`Images` is not a name"),
            (
                "survive_zones = 1",
                "survive_zones = 3",
                "line 10, key `survive_zones`: a service cannot survive the loss of 3 of 3 zones",
            ),
            ("zones = 3", "zones = 0", "it must be at least 1"),
            ("\"500m\"", "500", "500 has no unit"),
            ("work = \"crud\"", "handler_cpu = \"=5ms\"", "the language is empty"),
            ("work = \"crud\"", "handler_cpu = \"5\"", "handler_cpu"),
            ("work = \"crud\"", "handler_cpu = \"python=5m\"", "did you mean 5ms?"),
            ("\"256Mi\"", "\"64Mi\"", "service `catalogue`: memory_request is above the limit, 64Mi"),
            ("\"arm64\"", "\"arm\"", "expected amd64 or arm64"),
            ("max_per_node", "max_per_nodes", "unknown field `max_per_nodes`"),
            ("\"go-gin\"", "\"go-gim\"", "line 6, key `profile`: unknown profile `go-gim`; did you mean go-gin?"),
            ("\"production\"", "\"produktion\"", "key `policy`: unknown policy `produktion`; did you mean production?"),
            ("\"crud\"", "\"crut\"", "key `work`: unknown work `crut`; did you mean crud?"),
        ] {
            assert!(EXAMPLE.contains(from), "{from}");
            let error = parse_workload("mine.toml", &EXAMPLE.replacen(from, to, 1)).unwrap_err().to_string();
            assert!(error.contains(want) && error.contains("mine.toml") && error.contains("line "), "{to}: {error}");
        }
        assert!(parse_workload("mine.toml", "service = []").unwrap_err().to_string().contains("it has 0 services"));
    }
}
