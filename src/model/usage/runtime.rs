//! Runtimes that identify themselves by a metric.

use std::collections::BTreeSet;

use crate::model::cluster::is_known_sidecar;

/// Metrics that identify a runtime, and the runtime; `target_info` names it in a label. First those of client
/// libraries, then those of OpenTelemetry's runtime instrumentation, before and after its semantic conventions became
/// stable (<https://opentelemetry.io/docs/specs/semconv/runtime/>).
const LANGUAGES: [(&str, &str); 24] = [
    ("go_info", "go"),
    ("jvm_info", "jvm"),
    ("jvm_runtime_info", "jvm"),
    ("nodejs_version_info", "nodejs"),
    ("python_info", "python"),
    ("target_info", ""),
    ("dotnet_build_info", "dotnet"),
    ("dotnet_collection_count_total", "dotnet"),
    ("dotnet_gc_collections_total", "dotnet"),
    ("go_goroutine_count", "go"),
    ("jvm_memory_used_bytes", "jvm"),
    ("jvm_thread_count", "jvm"),
    ("nodejs_eventloop_utilization_ratio", "nodejs"),
    ("process_runtime_cpython_cpu_time_seconds_total", "python"),
    ("process_runtime_cpython_memory_bytes", "python"),
    ("process_runtime_dotnet_gc_collections_count_total", "dotnet"),
    ("process_runtime_go_gc_count_total", "go"),
    ("process_runtime_go_goroutines", "go"),
    ("process_runtime_jvm_memory_usage_bytes", "jvm"),
    ("process_runtime_jvm_threads_count", "jvm"),
    ("process_runtime_nodejs_memory_heap_used_bytes", "nodejs"),
    ("process_runtime_py_cpu_time_seconds_total", "python"),
    ("process_runtime_py_memory_rss_bytes", "python"),
    ("ruby_collector_working", "ruby"),
];

/// Names of the metrics that identify a runtime.
pub const RUNTIME_METRICS: [&str; LANGUAGES.len()] = {
    let mut names = [""; LANGUAGES.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = LANGUAGES[index].0;
        index += 1;
    }
    names
};

/// The languages of `telemetry.sdk.language` that run on servers
/// (<https://opentelemetry.io/docs/specs/semconv/registry/attributes/telemetry/>).
const SDKS: [(&str, &str); 10] = [
    ("cpp", "cpp"),
    ("dotnet", "dotnet"),
    ("erlang", "erlang"),
    ("go", "go"),
    ("java", "jvm"),
    ("nodejs", "nodejs"),
    ("php", "php"),
    ("python", "python"),
    ("ruby", "ruby"),
    ("rust", "rust"),
];

/// A runtime that identifies itself by a metric.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuntimeSign {
    /// `python`, `go`, `jvm`, `nodejs`, `dotnet` and others.
    pub language: &'static str,
    /// Version that the process reports; empty if it reports none.
    pub version: String,
    /// Name of the metric.
    pub metric: String,
    /// The container that reports it, if the metric says so.
    pub container: Option<String>,
}

impl RuntimeSign {
    /// Reads the name of a metric and its labels; `None` if it identifies no runtime.
    pub fn of<'a>(metric: &str, label: impl Fn(&str) -> &'a str) -> Option<Self> {
        let (_, language) = LANGUAGES.iter().find(|(name, _)| *name == metric)?;
        let language = match *language {
            "" => SDKS.iter().find(|(sdk, _)| *sdk == label("telemetry_sdk_language"))?.1,
            language => language,
        };
        let version = if metric == "target_info" { label("process_runtime_version") } else { label("version") };
        let container = Some(label("container").to_owned()).filter(|container| !container.is_empty());
        Some(Self { language, version: version.to_owned(), metric: metric.to_owned(), container })
    }

    /// Reads a snapshot file; `None` for an unknown language.
    pub(super) fn stored(metric: &str, language: &str, version: &str, container: Option<String>) -> Option<Self> {
        let known = LANGUAGES.iter().chain(&SDKS).find(|(_, known)| !known.is_empty() && *known == language)?;
        Some(Self { language: known.1, version: version.to_owned(), metric: metric.to_owned(), container })
    }
}

/// Each runtime of a container once: entries with a version take precedence, otherwise the first one.
pub fn dedup_signs(mut signs: Vec<RuntimeSign>) -> Vec<RuntimeSign> {
    let rank = |sign: &RuntimeSign| RUNTIME_METRICS.iter().position(|metric| *metric == sign.metric);
    signs.sort_by(|a, b| {
        let key = |sign: &RuntimeSign| (sign.language, sign.container.clone(), sign.version.is_empty(), rank(sign));
        key(a).cmp(&key(b)).then_with(|| a.cmp(b))
    });
    let mut kept: Vec<RuntimeSign> = Vec::new();
    for sign in signs {
        let of_one = |other: &&RuntimeSign| other.language == sign.language && other.container == sign.container;
        let known = |other: &RuntimeSign| sign.version.is_empty() || other.version == sign.version;
        if !kept.iter().filter(of_one).any(known) {
            kept.push(sign);
        }
    }
    kept
}

/// Whether what a container reports may be the service's own: it is if the container is the first known one that is
/// not a sidecar.
pub(super) fn is_service_container(container: Option<&str>, containers: &[String]) -> bool {
    let main = containers.iter().find(|container| !is_known_sidecar(container));
    container.is_none_or(|container| main.map_or(!is_known_sidecar(container), |main| main == container))
}

/// What the service itself reports, out of everything that the containers of its pod report. `containers` are those
/// of the pod, in order; empty if they are no longer known.
pub(super) fn of_the_service(mut signs: Vec<RuntimeSign>, containers: &[String]) -> Vec<RuntimeSign> {
    signs.retain(|sign| is_service_container(sign.container.as_deref(), containers));
    // A proxy that passes on what the service exposes, as Istio's does, mixes its own runtime with it.
    let anonymous = |sign: &RuntimeSign| sign.container.is_none();
    let languages = signs.iter().filter(|sign| anonymous(sign)).map(|sign| sign.language).collect::<BTreeSet<_>>();
    if languages.len() > 1 && containers.iter().any(|container| is_known_sidecar(container)) {
        signs.retain(|sign| !anonymous(sign) || sign.language != "go");
    }
    signs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sidecar_s_runtime_is_not_the_service_s() {
        let sign = |language, container: Option<&str>| RuntimeSign {
            language,
            version: String::new(),
            metric: String::new(),
            container: container.map(ToOwned::to_owned),
        };
        let left = |signs: Vec<RuntimeSign>, containers: &[&str]| {
            let containers: Vec<String> = containers.iter().map(|name| (*name).to_owned()).collect();
            of_the_service(signs, &containers).into_iter().map(|sign| sign.language).collect::<Vec<_>>()
        };
        let both = |other: &str| vec![sign("go", Some(other)), sign("python", Some("app"))];
        assert_eq!(left(both("istio-proxy"), &["istio-proxy", "app"]), ["python"]);
        // The first container is the main one, whatever the other one is called.
        assert_eq!(left(both("exporter"), &["app", "exporter"]), ["python"]);
        assert_eq!(left(both("istio-proxy"), &[]), ["python"], "if the workload is gone, known sidecar names decide");
        assert_eq!(left(both("exporter"), &[]), ["go", "python"], "and unknown names decide nothing");
        // A C++ service has no runtime metric, and its sidecar's does not count.
        assert!(left(vec![sign("go", Some("exporter"))], &["app", "exporter"]).is_empty());
        let anonymous = vec![sign("go", None), sign("python", None)];
        assert_eq!(left(anonymous.clone(), &["app", "istio-proxy"]), ["python"]);
        assert_eq!(left(anonymous, &["app"]), ["go", "python"]);
        assert_eq!(left(vec![sign("go", None)], &["app", "istio-proxy"]), ["go"]);
    }

    #[test]
    fn each_runtime_of_a_container_is_listed_once() {
        let sign = |metric: &str, version: &str, container: &str| {
            RuntimeSign::of(metric, |label| match label {
                "version" | "process_runtime_version" => version,
                "container" => container,
                "telemetry_sdk_language" => "python",
                _ => "",
            })
            .unwrap()
        };
        let all = vec![
            sign("process_runtime_cpython_memory_bytes", "", ""),
            sign("target_info", "", ""),
            sign("python_info", "3.12.4", "main"),
            sign("python_info", "3.13.1", "main"),
            sign("target_info", "3.12.4", "main"),
            sign("process_runtime_cpython_memory_bytes", "", "main"),
            sign("go_info", "go1.25", "istio-proxy"),
        ];
        let kept: Vec<(String, String)> =
            dedup_signs(all).into_iter().map(|sign| (sign.metric, sign.version)).collect();
        let expected =
            [("go_info", "go1.25"), ("target_info", ""), ("python_info", "3.12.4"), ("python_info", "3.13.1")];
        assert_eq!(kept, expected.map(|(metric, version)| (metric.to_owned(), version.to_owned())));
    }
}
