//! Reads runtime profiles: `profiles/runtimes/*.toml` and files of the same schema.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::text::{IntervalOf, Plain, Text};
use super::{FileError, Source, check_name, load, read};
use crate::model::finding::Finding;
use crate::model::runtime::{Benchmark, Evidence, Kind, PodResources, RuntimeProfile, ThreadRule, ValueSet, Workers};
use crate::units::{Bytes, CpuMillis, RequestsPerSecond, Seconds};

const BUILT_IN: &[(&str, &str)] = &[
    ("go-chi", include_str!("../../../profiles/runtimes/go-chi.toml")),
    ("go-echo", include_str!("../../../profiles/runtimes/go-echo.toml")),
    ("go-fiber", include_str!("../../../profiles/runtimes/go-fiber.toml")),
    ("go-gin", include_str!("../../../profiles/runtimes/go-gin.toml")),
    ("python-django", include_str!("../../../profiles/runtimes/python-django.toml")),
    ("python-fastapi", include_str!("../../../profiles/runtimes/python-fastapi.toml")),
    ("python-fastapi-free-threaded", include_str!("../../../profiles/runtimes/python-fastapi-free-threaded.toml")),
    ("python-flask", include_str!("../../../profiles/runtimes/python-flask.toml")),
    ("python-litestar", include_str!("../../../profiles/runtimes/python-litestar.toml")),
    ("rust-axum", include_str!("../../../profiles/runtimes/rust-axum.toml")),
];

/// Names of the built-in profiles, sorted.
pub fn profile_names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

/// The text of a built-in profile by name, or of a file by path.
///
/// # Errors
/// [`FileError`] if neither exists.
pub fn profile_source(name: &str) -> Result<Source, FileError> {
    load("profile", BUILT_IN, name)
}

/// Refuses a text that cannot be the name of a profile: names are used in tables and flags.
///
/// # Errors
/// The reason, as a sentence.
pub fn check_own_name(name: &str) -> Result<(), String> {
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err(format!("name `{name}` must not be empty or contain spaces"));
    }
    Ok(())
}

/// Refuses a name that is neither built in nor a path, without reading any file.
pub(super) fn check_profile_name(name: &str) -> Result<(), FileError> {
    check_name("profile", BUILT_IN, name)
}

/// The text of a profile file, by path only.
///
/// # Errors
/// [`FileError::Read`] and [`FileError::NotText`].
pub fn profile_file(path: &Path) -> Result<Source, FileError> {
    Ok(Source { label: super::label(path), text: read(path)? })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    title: String,
    language: String,
    kind: KindText,
    workers: Option<WorkersText>,
    threads: Option<ThreadRuleText>,
    article: Option<Values>,
    measured: Option<Values>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KindText {
    EventLoop,
    Sync,
    Threads,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ThreadRuleText {
    Node,
    Cgroup,
}

/// Number of workers in a file: `"auto"` or a count.
struct WorkersText(Workers);

impl<'de> Deserialize<'de> for WorkersText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct V;
        impl serde::de::Visitor<'_> for V {
            type Value = Workers;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("\"auto\" or a number of processes from 1 to 1024")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Workers, E> {
                text.parse().map_err(E::custom)
            }
            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Workers, E> {
                self.visit_str(&number.to_string())
            }
        }
        deserializer.deserialize_any(V).map(Self)
    }
}

impl std::str::FromStr for Workers {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        match text.parse() {
            Ok(count @ 1..=1024) => Ok(Self::Count(count)),
            _ => Err(format!("`{text}` is not a number of workers: expected auto, or 1 to 1024")),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Values {
    benchmark: BenchmarkText,
    throughput: IntervalOf<Text<RequestsPerSecond>>,
    wakeup_cpu: IntervalOf<Text<Seconds>>,
    idle_cpu: IntervalOf<Text<CpuMillis>>,
    service_scv: IntervalOf<Plain>,
    memory: Memory,
    image_size: IntervalOf<Text<Bytes>>,
    cold_start: IntervalOf<Text<Seconds>>,
    #[serde(default)]
    cpu_factor: BTreeMap<String, IntervalOf<Plain>>,
    pod: Pod,
    #[serde(default)]
    findings: Vec<FindingText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BenchmarkText {
    cores: u32,
    connections: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Memory {
    idle: IntervalOf<Text<Bytes>>,
    loaded: IntervalOf<Text<Bytes>>,
    per_worker: IntervalOf<Text<Bytes>>,
    per_in_flight: IntervalOf<Text<Bytes>>,
    state_factor: Option<IntervalOf<Plain>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pod {
    requests: Requests,
    #[serde(default)]
    limits: Limits,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Requests {
    cpu: Text<CpuMillis>,
    memory: Text<Bytes>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    cpu: Option<Text<CpuMillis>>,
    memory: Option<Text<Bytes>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FindingText {
    code: String,
    severity: SeverityText,
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum SeverityText {
    Info,
    Warning,
}

/// Parses the text of a profile, with the requested value set.
///
/// # Errors
/// [`FileError::Invalid`], with line and key, and [`FileError::NoEvidence`].
pub fn parse_profile(source: &Source, evidence: Evidence) -> Result<RuntimeProfile, FileError> {
    let invalid =
        |message: String| FileError::Invalid { label: source.label.clone(), wanted: "runtime profile", message };
    let file: File = toml::from_str(&source.text).map_err(|e| invalid(e.to_string().trim_end().to_owned()))?;
    let available = match (&file.article, &file.measured) {
        (Some(_), Some(_)) => "both others",
        (Some(_), None) => "`article` values",
        (None, Some(_)) => "`measured` values",
        (None, None) => return Err(invalid("the table `article` or `measured` is missing".to_owned())),
    };
    check_own_name(&file.name).map_err(&invalid)?;
    let kind = match file.kind {
        KindText::EventLoop => Kind::EventLoop,
        KindText::Sync => Kind::Sync,
        KindText::Threads => Kind::Threads,
    };
    let (workers, threads) = match (kind, file.workers, file.threads) {
        (Kind::Threads, None, Some(rule)) => (
            Workers::Count(1),
            match rule {
                ThreadRuleText::Node => ThreadRule::Node,
                ThreadRuleText::Cgroup => ThreadRule::Cgroup,
            },
        ),
        (Kind::Threads, _, _) => {
            return Err(invalid(
                "kind `threads` needs `threads = \"node\"` or `threads = \"cgroup\"`, and does not accept `workers`"
                    .to_owned(),
            ));
        }
        (_, Some(workers), None) => (workers.0, ThreadRule::Node),
        _ => {
            return Err(invalid(
                "this kind needs `workers = \"auto\"` or a count, and does not accept `threads`".to_owned(),
            ));
        }
    };
    let values = match evidence {
        Evidence::Article => file.article,
        Evidence::Measured => file.measured,
    }
    .ok_or_else(|| FileError::NoEvidence { label: source.label.clone(), evidence: evidence.name(), available })?;
    let values = values.into_model(evidence, &file.name).map_err(invalid)?;
    Ok(RuntimeProfile { name: file.name, title: file.title, language: file.language, kind, workers, threads, values })
}

impl Values {
    fn into_model(self, evidence: Evidence, name: &str) -> Result<ValueSet, String> {
        let Self {
            benchmark,
            throughput,
            wakeup_cpu,
            idle_cpu,
            service_scv,
            memory,
            image_size,
            cold_start,
            cpu_factor,
            pod,
            findings,
        } = self;
        if benchmark.cores == 0 || benchmark.connections == 0 {
            return Err("benchmark cores and connections must be at least 1".to_owned());
        }
        let resources = PodResources {
            cpu_request: pod.requests.cpu.0,
            memory_request: pod.requests.memory.0,
            cpu_limit: pod.limits.cpu.map(|t| t.0),
            memory_limit: pod.limits.memory.map(|t| t.0),
        };
        resources.check()?;
        let findings = findings
            .into_iter()
            .map(|f| {
                let severity = match f.severity {
                    SeverityText::Info => crate::model::finding::Severity::Info,
                    SeverityText::Warning => crate::model::finding::Severity::Warning,
                };
                let code = f.code.parse().map_err(|why| format!("finding code `{}`: {why}", f.code))?;
                Ok(Finding { severity, code, subject: name.to_owned(), message: f.message })
            })
            .collect::<Result<_, String>>()?;
        Ok(ValueSet {
            evidence,
            benchmark: Benchmark { cores: benchmark.cores, connections: benchmark.connections },
            throughput: throughput.sourced,
            wakeup_cpu: wakeup_cpu.sourced,
            idle_cpu: idle_cpu.sourced,
            service_scv: service_scv.sourced,
            memory_idle: memory.idle.sourced,
            memory_loaded: memory.loaded.sourced,
            memory_per_worker: memory.per_worker.sourced,
            memory_per_in_flight: memory.per_in_flight.sourced,
            state_factor: memory.state_factor.map(|factor| factor.sourced),
            image_size: image_size.sourced,
            cold_start: cold_start.sourced,
            cpu_factor: cpu_factor.into_iter().map(|(kind, factor)| (kind, factor.sourced)).collect(),
            pod: resources,
            pod_source: pod.source,
            findings,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_is_valid_and_named_like_its_file() {
        for name in profile_names() {
            let source = profile_source(name).unwrap();
            let sets = [Evidence::Article, Evidence::Measured].map(|evidence| parse_profile(&source, evidence));
            assert!(sets.iter().any(Result::is_ok), "{name}: {sets:?}");
            for set in sets {
                match set {
                    Ok(profile) => assert_eq!(profile.name, name),
                    Err(error) => assert!(matches!(error, FileError::NoEvidence { .. }), "{error}"),
                }
            }
        }
    }

    /// Each single edit of a valid file must be refused, with the line that was edited.
    #[test]
    fn mistakes_are_reported_with_their_line() {
        let good = profile_source("python-fastapi").unwrap().text;
        for (from, to, want) in [
            (
                "low = \"8000rps\"",
                "low = 8000",
                "8000 has no unit; expected text with a unit, for example \"12500rps\"",
            ),
            ("low = \"8000rps\"", "low = \"-8000rps\"", "it is negative"),
            ("low = \"8000rps\"", "low = \"90000rps\"", "must be in ascending order"),
            ("low = \"8000rps\"\n", "", "missing field `low`"),
            ("cold_start", "coldstart", "unknown field `coldstart`"),
            ("\"80M\"", "\"80MX\"", "unknown suffix"),
            ("kind = \"event-loop\"", "kind = \"async\"", "unknown variant `async`"),
            ("workers = \"auto\"", "workers = 0", "expected auto, or 1 to 1024"),
        ] {
            assert!(good.contains(from), "{from}");
            let source = Source { label: "mine.toml".to_owned(), text: good.replacen(from, to, 1) };
            let error = parse_profile(&source, Evidence::Article).unwrap_err().to_string();
            assert!(error.contains(want) && error.contains("mine.toml") && error.contains("line "), "{to}: {error}");
        }
    }

    #[test]
    fn a_missing_value_set_is_an_error() {
        let error = parse_profile(&profile_source("rust-axum").unwrap(), Evidence::Measured).unwrap_err().to_string();
        assert_eq!(error, "built-in profile rust-axum has no `measured` values; it has `article` values");
    }
}
