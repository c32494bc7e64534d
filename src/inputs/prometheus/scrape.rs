//! Parses the metrics that a service exposes at `/metrics`, for clusters without Prometheus.

use std::collections::BTreeSet;

use super::answer::Labels;
use super::conventions::{CONVENTIONS, Convention, Selection};
use super::masked::parse;
use crate::model::software::SoftwareSign;
use crate::model::usage::{ExposedService, PROCESS_CPU, PROCESS_MEMORY, RuntimeSign, dedup_signs};

/// One sample of an exposition.
#[derive(Clone, Debug, PartialEq)]
pub struct ExposedSample {
    /// Name of the metric.
    pub name: String,
    /// Labels of the sample, by name.
    pub labels: Labels,
    /// Value of the sample.
    pub value: f64,
}

/// All metrics that a service exposes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exposition {
    /// Samples, in the order of the text.
    pub samples: Vec<ExposedSample>,
}

/// A line that is not valid exposition text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is not Prometheus exposition text: {why}")]
pub struct ExpositionError {
    /// Line number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Parses an exposition in the text format of Prometheus 0.0.4 or in OpenMetrics 1.0
/// (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
///
/// # Errors
/// [`ExpositionError`] for the first line that is neither a sample nor a comment.
pub fn extract_exposition(text: &str) -> Result<Exposition, ExpositionError> {
    let mut samples = Vec::new();
    // Windows editors begin a file with a byte order mark.
    for (index, line) in text.strip_prefix('\u{feff}').unwrap_or(text).lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        samples.push(parse(line).map_err(|why| ExpositionError { line: index + 1, why })?);
    }
    Ok(Exposition { samples })
}

impl Exposition {
    /// What the service reports about itself since its start.
    pub fn service(&self) -> ExposedService {
        let signs = self.samples.iter().filter_map(|sample| {
            RuntimeSign::of(&sample.name, |label| sample.labels.get(label).map_or("", String::as_str))
        });
        let runtimes = dedup_signs(signs.collect());
        let container = |sample: &ExposedSample| sample.labels.get("container").cloned().unwrap_or_default();
        let software = self.samples.iter().filter_map(|sample| SoftwareSign::of(&sample.name, &container(sample)));
        let software: BTreeSet<SoftwareSign> = software.collect();
        ExposedService {
            requests: CONVENTIONS.iter().find_map(|convention| Some((convention.rate, self.requests(convention)?))),
            cpu_seconds: self.total(PROCESS_CPU),
            resident_bytes: self.total(PROCESS_MEMORY),
            started_at: self.total("process_start_time_seconds"),
            runtimes,
            software: software.into_iter().collect(),
        }
    }

    /// Requests by a convention, using the first selection that matches: a proxy's incoming requests, and not also
    /// those that it forwards.
    fn requests(&self, convention: &Convention) -> Option<f64> {
        convention.selections.iter().find_map(|selection| self.selected(convention.rate, selection))
    }

    /// The sum of a metric over its labels; `None` if it is not exposed.
    pub fn total(&self, name: &str) -> Option<f64> {
        self.selected(name, &[])
    }

    fn selected(&self, name: &str, selection: Selection) -> Option<f64> {
        let is_selected = |sample: &&ExposedSample| {
            sample.name == name
                && sample.value.is_finite()
                && selection.iter().all(|(label, value)| sample.labels.get(*label).is_some_and(|is| is == value))
        };
        self.samples.iter().filter(is_selected).map(|sample| sample.value).reduce(|a, b| a + b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_exposition_is_read() {
        let exposed = extract_exposition(include_str!("../../../fixtures/prometheus/metrics.txt")).unwrap();
        assert_eq!(exposed.total("http_requests_total"), Some(1027.0 + 3.0 + 40.0));
        let with_braces = exposed.samples.iter().find(|s| s.value == 40.0).unwrap();
        assert_eq!(with_braces.labels["path"], "/users/{id},x=\"1\"\\\n");
        assert_eq!(exposed.total("process_cpu_seconds_total"), Some(12.5));
        assert_eq!(exposed.total("http_request_duration_seconds_bucket"), Some(144_320.0));
        assert_eq!(exposed.total("nothing"), None);
        let service = exposed.service();
        assert_eq!(service.requests, Some(("http_requests_total", 1070.0)));
        assert_eq!(service.cpu_seconds, Some(12.5));
        let runtime = &service.runtimes[0];
        assert_eq!((runtime.language, runtime.version.as_str()), ("python", "3.12.4"));
    }

    /// Linkerd counts both directions (<https://linkerd.io/2/reference/proxy-metrics/>), Istio counts at both ends,
    /// and if there is a waypoint in between, there too.
    #[test]
    fn only_incoming_requests_of_a_proxy_count() {
        let requests = |text: &str| extract_exposition(text).unwrap().service().requests;
        let linkerd = "request_total{direction=\"inbound\"} 1000\nrequest_total{direction=\"outbound\"} 963\n";
        assert_eq!(requests(linkerd), Some(("request_total", 1000.0)));
        let istio = |reporter: &str, count: u32| format!("istio_requests_total{{reporter=\"{reporter}\"}} {count}\n");
        let all = [istio("source", 7), istio("waypoint", 20), istio("destination", 300)].concat();
        assert_eq!(requests(&all), Some(("istio_requests_total", 300.0)));
        let waypoint = [istio("source", 7), istio("waypoint", 20)].concat();
        assert_eq!(requests(&waypoint), Some(("istio_requests_total", 20.0)));
        assert_eq!(requests(&istio("source", 7)), None);
    }

    #[test]
    fn byte_order_marks_and_quoted_names_are_read() {
        let text = "\u{feff}# TYPE x counter\r\n{\"http.server.request.duration_count\",method=\"GET\"} 5\r\n\
                    {\"http.server.request.duration_count\",method=\"PUT\"} 2\r\ngo_info{version=\"go1.25\"} 1\r\n";
        let service = extract_exposition(text).unwrap().service();
        assert_eq!(service.requests, Some(("http.server.request.duration_count", 7.0)));
        assert_eq!(service.runtimes[0].language, "go");
    }

    /// Metrics from the README of each library.
    #[test]
    fn frameworks_have_their_own_counter_names() {
        for (line, metric) in [
            (
                "gin_requests_total{code=\"200\",handler=\"main.f\",host=\"h\",method=\"GET\",url=\"/\"} 4",
                "gin_requests_total",
            ),
            (
                "http_requests_received_total{code=\"200\",method=\"GET\",controller=\"A\"} 4",
                "http_requests_received_total",
            ),
            ("echo_requests_total{code=\"200\",host=\"h\",method=\"GET\",url=\"/ok\"} 4", "echo_requests_total"),
            ("starlette_requests_total{method=\"GET\",path=\"/\",status_code=\"200\"} 4.0", "starlette_requests_total"),
            ("flask_http_request_total{method=\"GET\",status=\"200\"} 4.0", "flask_http_request_total"),
            ("django_http_requests_before_middlewares_total 4.0", "django_http_requests_before_middlewares_total"),
            (
                "axum_http_requests_total{endpoint=\"/{id}\",method=\"GET\",status=\"200\"} 4",
                "axum_http_requests_total",
            ),
            ("grpc_server_handled_total{grpc_code=\"OK\",grpc_method=\"Get\"} 4", "grpc_server_handled_total"),
            (
                "http_server_duration_milliseconds_count{http_method=\"GET\"} 4",
                "http_server_duration_milliseconds_count",
            ),
        ] {
            let text = format!("{line}\n");
            assert_eq!(extract_exposition(&text).unwrap().service().requests, Some((metric, 4.0)), "{line}");
        }
    }

    /// <https://opentelemetry.io/docs/specs/semconv/resource/#telemetry-sdk>, as SDKs and the collector write it.
    #[test]
    fn an_opentelemetry_sdk_identifies_its_language() {
        let runtimes = |text: &str| extract_exposition(text).unwrap().service().runtimes;
        let java = "target_info{service_name=\"server\",process_runtime_version=\"17.0.6+9-LTS-190\",telemetry_sdk_language=\"java\"} 1\n\
                    process_runtime_jvm_threads_count 12\n";
        let found: Vec<_> = runtimes(java).into_iter().map(|sign| (sign.language, sign.version, sign.metric)).collect();
        assert_eq!(found, [("jvm", "17.0.6+9-LTS-190".to_owned(), "target_info".to_owned())]);
        assert_eq!(runtimes("target_info{service_name=\"x\"} 1\n"), []);
        assert_eq!(runtimes("process_runtime_cpython_memory_bytes{type=\"rss\"} 3e7\n")[0].language, "python");
    }

    #[test]
    fn invalid_expositions_are_refused() {
        for (text, why) in [
            ("<html>", "it does not begin with the name of a metric"),
            ("a 1\nb", "it has no value"),
            ("a{b=\"c\"", "its labels do not end"),
            ("a{b=\"c", "the value of a label does not end"),
            ("a{b=c} 1", "the value of a label is not quoted"),
            ("a one", "its value is not a number"),
        ] {
            let line = text.lines().count();
            assert_eq!(extract_exposition(text), Err(ExpositionError { line, why }), "{text}");
        }
    }
}
