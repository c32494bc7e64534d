//! The runtime of a workload, from all evidence.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Confidence, Evidence, Source};
use crate::model::software::{
    DeclaredRuntime, KnownSoftware, Part, SoftwareSign, Strength, image_by_name, images_known, program_by_name,
    software_of_metric,
};
use crate::model::usage::RuntimeSign;

/// A runtime, and the evidence for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetectedRuntime {
    /// `python`, `go`, `jvm`, `nodejs`, `dotnet` and others; `None` without evidence, or if the evidence is evenly
    /// split.
    pub language: Option<&'static str>,
    /// The framework that handlers are written with: `fastapi`, `gin`.
    pub framework: Option<String>,
    /// The server that runs the framework: `uvicorn`, `gunicorn`. Uvicorn workers under Gunicorn count as Uvicorn.
    pub server: Option<&'static str>,
    /// The version that the process reports.
    pub version: Option<String>,
    /// All evidence, including conflicting evidence.
    pub evidence: Vec<Evidence>,
    /// Confidence in the language; low if it is unknown.
    pub confidence: Confidence,
}

/// Possible evidence of a workload's runtime.
#[derive(Clone, Copy, Debug, Default)]
pub struct RuntimeClues<'a> {
    /// What the owner declares, and where; the first entry takes precedence.
    pub declared: &'a [(Source, &'a str)],
    /// Runtimes that its processes report.
    pub runtimes: &'a [RuntimeSign],
    /// Framework metrics that its processes expose.
    pub software: &'a [SoftwareSign],
    /// Name of its image, or a hash.
    pub image: &'a str,
    /// Known names that the image name contained before redaction.
    pub image_known: &'a [String],
    /// Names of the programs that the container starts.
    pub programs: &'a [String],
}

impl RuntimeClues<'_> {
    /// Entries of the tables for its metrics, programs and image.
    pub(super) fn known(&self) -> Vec<(Source, &'static KnownSoftware)> {
        let metrics = self.software.iter().filter_map(|sign| software_of_metric(sign.metric));
        let programs = self.programs.iter().filter_map(|name| program_by_name(name));
        let image =
            images_known(self.image).into_iter().chain(self.image_known.iter().filter_map(|n| image_by_name(n)));
        let all = metrics.map(|known| (Source::Metric, known));
        let all = all.chain(programs.map(|known| (Source::Command, known)));
        let mut all: Vec<_> = all.chain(image.map(|known| (Source::Image, known))).collect();
        let mut seen = BTreeSet::new();
        all.retain(|(source, known)| seen.insert((*source, known.name)));
        all
    }
}

/// The weight of each kind of evidence: first the process itself, then its command and the publisher of its image,
/// then user-chosen names.
const fn weight(strength: Strength) -> u32 {
    match strength {
        Strength::Hint => 1,
        Strength::Good => 2,
        Strength::Certain => 3,
    }
}

/// The language with the strongest evidence, and its framework and server.
pub fn detect_runtime(clues: &RuntimeClues<'_>) -> DetectedRuntime {
    let known = clues.known();
    let mut evidence: Vec<Evidence> = Vec::new();
    // Each source counts once per language, with its strongest evidence.
    let mut votes: BTreeMap<&'static str, BTreeMap<Source, Strength>> = BTreeMap::new();
    let mut vote = |language: &'static str, source: Source, strength: Strength| {
        let own = votes.entry(language).or_default().entry(source).or_insert(strength);
        *own = strength.max(*own);
    };
    let mut declared: Option<DeclaredRuntime> = None;
    for (source, text) in clues.declared {
        let read = DeclaredRuntime::new(text);
        let says = read.as_ref().map_or_else(|| "not a known language".to_owned(), |read| read.text());
        evidence.push(Evidence::new(*source, *text, says));
        declared = declared.or(read);
    }
    for sign in clues.runtimes {
        vote(sign.language, Source::Metric, Strength::Certain);
        evidence.push(Evidence::new(Source::Metric, &sign.metric, sign.language));
    }
    for (source, known) in &known {
        // A metric that several languages share identifies a framework, but no language.
        let tells = known.language.filter(|_| *source != Source::Metric || known.strength == Strength::Certain);
        if let Some(language) = tells {
            vote(language, *source, known.strength);
        }
        if known.language.is_some() {
            evidence.push(Evidence::new(*source, known.name, known.says()));
        }
    }
    let best = declared.as_ref().map(|declared| declared.language).or_else(|| strongest(&votes));
    let disagrees = votes.keys().any(|language| Some(*language) != best);
    let confidence = match (&declared, best.and_then(|best| votes.get(best))) {
        (Some(_), _) => Confidence::High,
        (None, Some(sources)) => certainty(sources),
        (None, None) => Confidence::Low,
    };
    let (framework, frameworks_disagree) = framework(best, declared, &known);
    let lowered = disagrees || frameworks_disagree;
    let version = clues.runtimes.iter().filter(|sign| Some(sign.language) == best).map(|sign| &sign.version);
    DetectedRuntime {
        language: best,
        framework,
        server: server(best, &known),
        version: version.filter(|version| !version.is_empty()).max().cloned(),
        evidence: tidied(evidence),
        confidence: if lowered { confidence.lower() } else { confidence },
    }
}

/// `None` if the strongest evidence is tied.
fn strongest(votes: &BTreeMap<&'static str, BTreeMap<Source, Strength>>) -> Option<&'static str> {
    let score = |sources: &BTreeMap<Source, Strength>| {
        (sources.values().map(|strength| weight(*strength)).sum::<u32>(), sources.values().max().copied())
    };
    let best = votes.values().map(score).max()?;
    let mut first = votes.iter().filter(|(_, sources)| score(sources) == best).map(|(language, _)| *language);
    first.next().filter(|_| first.next().is_none())
}

fn certainty(sources: &BTreeMap<Source, Strength>) -> Confidence {
    match sources.values().max() {
        Some(Strength::Certain) => Confidence::High,
        Some(Strength::Good) if sources.values().filter(|s| **s >= Strength::Good).count() > 1 => Confidence::High,
        Some(Strength::Good) => Confidence::Medium,
        Some(Strength::Hint) | None => Confidence::Low,
    }
}

/// The framework from the best source that names one for this language, and whether another source disagrees.
fn framework(
    language: Option<&str>,
    declared: Option<DeclaredRuntime>,
    known: &[(Source, &'static KnownSoftware)],
) -> (Option<String>, bool) {
    let said = declared.and_then(|declared| declared.framework);
    let of_tables = known.iter().filter(|(_, known)| language.is_some() && known.language == language);
    // In the order of `known`: metrics, commands, images.
    let all: Vec<&str> = said
        .as_deref()
        .into_iter()
        .chain(of_tables.filter_map(|(_, known)| match known.part {
            Some(Part::Framework(name)) => Some(name),
            _ => None,
        }))
        .collect();
    // FastAPI is built on Starlette and therefore exposes its metrics.
    let (base, built_on_it) = ("starlette", "fastapi");
    let is_base = |name: &str| name == base && all.contains(&built_on_it);
    let mut named = all.iter().filter(|name| !is_base(name));
    let first = named.next();
    // A declared name may be that of a framework or of a server, so a difference is not a disagreement.
    let disagree = said.is_none() && named.any(|name| Some(name) != first);
    (first.map(|name| (*name).to_owned()), disagree)
}

fn server(language: Option<&str>, known: &[(Source, &'static KnownSoftware)]) -> Option<&'static str> {
    let of_language = known.iter().filter(|(_, known)| language.is_some() && known.language == language);
    let all: Vec<&'static str> = of_language
        .filter_map(|(_, known)| match known.part {
            Some(Part::Server(name)) => Some(name),
            _ => None,
        })
        .collect();
    all.iter().find(|name| **name == "uvicorn").or_else(|| all.first()).copied()
}

/// Removes duplicates and sorts the best source first.
pub(super) fn tidied(mut evidence: Vec<Evidence>) -> Vec<Evidence> {
    evidence.sort();
    evidence.dedup();
    evidence
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(language: &'static str, metric: &str, version: &str) -> RuntimeSign {
        RuntimeSign { language, version: version.to_owned(), metric: metric.to_owned(), container: None }
    }

    fn software(metric: &str) -> SoftwareSign {
        SoftwareSign::of(metric, "").unwrap()
    }

    fn said(runtime: &DetectedRuntime) -> String {
        let DetectedRuntime { language, framework, server, confidence, .. } = runtime;
        let text = |text: &Option<&str>| text.unwrap_or("-").to_owned();
        let framework = framework.as_deref();
        format!("{} {} {} {}", text(language), text(&framework), text(server), confidence.name())
    }

    fn of(image: &str, programs: &[&str], runtimes: &[RuntimeSign], metrics: &[&str]) -> String {
        let programs: Vec<String> = programs.iter().map(|name| (*name).to_owned()).collect();
        let software: Vec<SoftwareSign> = metrics.iter().map(|metric| software(metric)).collect();
        said(&detect_runtime(&RuntimeClues {
            image,
            programs: &programs,
            runtimes,
            software: &software,
            ..RuntimeClues::default()
        }))
    }

    #[test]
    fn evidence_identifies_the_runtime() {
        let python = [sign("python", "python_info", "3.13.1")];
        let go = [sign("go", "go_info", "go1.26")];
        let own = "registry.example/shop/checkout-api:1";
        for (found, expected) in [
            (of(own, &[], &[], &[]), "- - - low"),
            (of(own, &[], &python, &[]), "python - - high"),
            (of(own, &["uvicorn"], &[], &[]), "python - uvicorn medium"),
            (of("python:3.13-slim", &[], &[], &[]), "python - - medium"),
            (of("python:3.13-slim", &["gunicorn", "uvicorn"], &[], &[]), "python - uvicorn high"),
            (of("registry.example/orders-gunicorn", &[], &[], &[]), "python - gunicorn low"),
            (of("registry.example/orders-gin", &[], &go, &[]), "go gin - high"),
            (of(own, &[], &go, &["echo_requests_total"]), "go echo - high"),
            (of(own, &[], &[], &["starlette_requests_total"]), "python starlette - high"),
            (of(own, &[], &python, &["starlette_requests_total", "fastapi_app_info"]), "python fastapi - high"),
            (of("nginx", &[], &[], &[]), "c - - medium"),
            // Names that are not specific to one language.
            (of(own, &[], &go, &["http_requests_in_progress_total"]), "go fiber - high"),
            (of(own, &[], &python, &["http_requests_in_progress_total"]), "python - - high"),
            (of(own, &[], &[], &["http_requests_in_progress_total"]), "- - - low"),
            (of(own, &[], &python, &["http_request_duration_highr_seconds_count"]), "python fastapi - high"),
        ] {
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn conflicting_evidence_lowers_the_confidence_and_is_listed() {
        let go = [sign("go", "go_info", "go1.26")];
        assert_eq!(of("node:22", &[], &go, &[]), "go - - medium", "what the process reports takes precedence");
        assert_eq!(
            of("python:3.13", &["uvicorn"], &go, &[]),
            "python - uvicorn medium",
            "an exporter runs in the same pod"
        );
        assert_eq!(of("python:3.13", &["node"], &[], &[]), "- - - low", "evenly split");
        let both = [sign("go", "go_info", ""), sign("python", "python_info", "")];
        assert_eq!(of("registry.example/web", &[], &both, &[]), "- - - low");
        let metrics = ["flask_exporter_info", "fastapi_app_info"];
        assert_eq!(of("registry.example/web", &[], &[], &metrics).split(' ').next_back(), Some("medium"));
        let clues = RuntimeClues { image: "node:22", runtimes: &go, ..RuntimeClues::default() };
        let words = |e: &Evidence| format!("{} {} {}", e.source.name(), e.name, e.says);
        let evidence: Vec<String> = detect_runtime(&clues).evidence.iter().map(words).collect();
        assert_eq!(evidence, ["metric go_info go", "image library/node nodejs"]);
        assert_eq!(detect_runtime(&clues).version.as_deref(), Some("go1.26"));
    }

    #[test]
    fn the_owner_s_declaration_takes_precedence() {
        let go = [sign("go", "go_info", "go1.26")];
        let declared = |declared: &[(Source, &str)], runtimes: &[RuntimeSign]| {
            said(&detect_runtime(&RuntimeClues { declared, runtimes, ..RuntimeClues::default() }))
        };
        assert_eq!(declared(&[(Source::Label, "python-fastapi")], &[]), "python fastapi - high");
        assert_eq!(declared(&[(Source::Label, "python-fastapi")], &go), "python fastapi - medium");
        let both = [(Source::OwnersFile, "golang"), (Source::Label, "python")];
        assert_eq!(declared(&both, &go), "go - - high", "the file takes precedence over the label");
        assert_eq!(declared(&[(Source::Label, "cobol")], &go), "go - - high");
        let clues = RuntimeClues { declared: &[(Source::Label, "cobol")], ..RuntimeClues::default() };
        assert_eq!(detect_runtime(&clues).evidence[0].says, "not a known language");
    }

    #[test]
    fn a_redacted_image_still_identifies_its_runtime() {
        let known = ["library/python".to_owned()];
        let clues = RuntimeClues { image: "image-0123456789abcdef", image_known: &known, ..RuntimeClues::default() };
        assert_eq!(said(&detect_runtime(&clues)), "python - - medium");
    }
}
