//! Metrics that identify frameworks and well-known software. Those that only identify a runtime are in
//! `usage/runtime.rs`.

use super::known_software::{Kind, KnownSoftware, Strength};

use Kind::{Etl, MachineLearning};
use Strength::Certain;

const fn of(name: &'static str, language: &'static str, framework: &'static str) -> KnownSoftware {
    KnownSoftware::of(name, language, Certain).framework(framework)
}

/// Metrics that are queried only because of their names. Each has few series:
/// - <https://github.com/rycus86/prometheus_flask_exporter>, <https://github.com/blueswen/fastapi-observability>
/// - <https://docs.spring.io/spring-boot/reference/actuator/metrics.html>
/// - <https://learn.microsoft.com/en-us/dotnet/core/diagnostics/built-in-metrics-aspnetcore>
/// - <https://docs.gunicorn.org/en/stable/instrumentation.html>, as the StatsD exporter names it
/// - <https://docs.vllm.ai/en/latest/design/metrics.html>, <https://docs.sglang.ai>,
///   <https://huggingface.co/docs/text-generation-inference/reference/metrics>,
///   <https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/user_guide/metrics.html>,
///   <https://pytorch.org/serve/metrics.html>
/// - <https://spark.apache.org/docs/latest/monitoring.html>
const ASKED_FOR: [KnownSoftware; 10] = [
    of("application_ready_time_seconds", "jvm", "spring-boot"),
    of("fastapi_app_info", "python", "fastapi"),
    of("flask_exporter_info", "python", "flask"),
    KnownSoftware::of("gunicorn_workers", "python", Certain).server("gunicorn"),
    of("kestrel_active_connections", "dotnet", "aspnetcore"),
    KnownSoftware::of_kind("nv_inference_request_success", MachineLearning).in_language("cpp"),
    KnownSoftware::of_kind("spark_info", Etl).in_language("jvm"),
    KnownSoftware::of_kind("tgi_queue_size", MachineLearning),
    KnownSoftware::of_kind("ts_inference_requests_total", MachineLearning),
    KnownSoftware::of_kind("vllm:num_requests_running", MachineLearning).in_language("python"),
];

/// Metrics that other software uses too, so that they do not prove a language; if the language is otherwise known,
/// they identify its framework: the histogram of <https://github.com/trallnag/prometheus-fastapi-instrumentator>
/// without labels, and the gauge of <https://github.com/ansrivas/fiberprometheus>, whose name ends like that of a
/// counter.
const SHARED: [KnownSoftware; 2] = [
    KnownSoftware { strength: Strength::Hint, ..of("http_request_duration_highr_seconds_count", "python", "fastapi") },
    KnownSoftware { strength: Strength::Hint, ..of("http_requests_in_progress_total", "go", "fiber") },
];

/// Request counters that are read anyway and belong to one framework. They have a series for each path, so they are
/// not queried again.
const COUNTERS: [KnownSoftware; 15] = [
    of("axum_http_requests_total", "rust", "axum"),
    of("django_http_requests_before_middlewares_total", "python", "django"),
    of("echo_requests_total", "go", "echo"),
    of("fastapi_requests_total", "python", "fastapi"),
    of("flask_http_request_total", "python", "flask"),
    of("gin_request_total", "go", "gin"),
    of("gin_requests_total", "go", "gin"),
    of("http_requests_received_total", "dotnet", "aspnetcore"),
    KnownSoftware::of("http_server_requests_seconds_count", "jvm", Certain),
    of("ktor_http_server_requests_seconds_count", "jvm", "ktor"),
    of("litestar_requests_total", "python", "litestar"),
    of("rails_requests_total", "ruby", "rails"),
    of("rocket_http_requests_total", "rust", "rocket"),
    KnownSoftware::of("ruby_http_requests_total", "ruby", Certain),
    of("starlette_requests_total", "python", "starlette"),
];

/// Names of the metrics that are queried.
pub const SOFTWARE_METRICS: [&str; ASKED_FOR.len() + SHARED.len()] = {
    let mut names = [""; ASKED_FOR.len() + SHARED.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] =
            if index < ASKED_FOR.len() { ASKED_FOR[index].name } else { SHARED[index - ASKED_FOR.len()].name };
        index += 1;
    }
    names
};

/// Metrics of all frameworks.
pub(super) const FRAMEWORK_METRICS: [&[KnownSoftware]; 3] = [&ASKED_FOR, &SHARED, &COUNTERS];

/// The software that a metric identifies, if any.
pub fn software_of_metric(name: &str) -> Option<&'static KnownSoftware> {
    FRAMEWORK_METRICS.iter().flat_map(|table| *table).find(|known| known.name == name)
}

/// A metric that identifies the software of a container.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SoftwareSign {
    /// The metric, one of those in the tables.
    pub metric: &'static str,
    /// The container that reports it, if the metric says so.
    pub container: Option<String>,
}

impl SoftwareSign {
    /// From the name of a metric and its container; `None` if the metric identifies nothing.
    pub fn of(metric: &str, container: &str) -> Option<Self> {
        let metric = software_of_metric(metric)?.name;
        Some(Self { metric, container: Some(container.to_owned()).filter(|container| !container.is_empty()) })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_metric_is_in_exactly_one_table() {
        let all: Vec<&str> = FRAMEWORK_METRICS.iter().flat_map(|table| *table).map(|known| known.name).collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        assert_eq!(software_of_metric("starlette_requests_total").unwrap().says(), "python with starlette");
        assert_eq!(software_of_metric("http_requests_total"), None, "everybody's");
        assert!(!SOFTWARE_METRICS.contains(&"gin_requests_total"), "read anyway");
    }
}
