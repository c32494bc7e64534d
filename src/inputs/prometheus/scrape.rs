//! The text that a service exposes at `/metrics`: for clusters without Prometheus.
//!
//! The reader is our own: prometheus-parse 0.2.5 drops labels whose value has a comma or an equals sign, and whole lines
//! whose value has a brace, as routes like `/users/{id}` do; requests would be lost in silence.

use std::str::FromStr;

use super::answer::Labels;
use super::queries::RUNTIME_METRICS;
use super::requests::RATE_METRICS;
use crate::model::usage::{ExposedService, RuntimeSign};

/// One line of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ExposedSample {
    /// Name of the metric.
    pub name: String,
    /// Labels.
    pub labels: Labels,
    /// Value.
    pub value: f64,
}

/// All that a service exposes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exposition {
    /// In the order of the text.
    pub samples: Vec<ExposedSample>,
}

/// A line that is no exposition text: the fault of whoever exposes or saved it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is not Prometheus exposition text: {why}")]
pub struct ExpositionError {
    /// Counted from one.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

/// The samples of an exposition in the text format of Prometheus 0.0.4 or in OpenMetrics 1.0
/// (<https://prometheus.io/docs/instrumenting/exposition_formats/>).
///
/// # Errors
/// [`ExpositionError`] for the first line that is neither a sample nor a comment.
pub fn extract_exposition(text: &str) -> Result<Exposition, ExpositionError> {
    let mut samples = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        samples.push(sample(line).map_err(|why| ExpositionError { line: index + 1, why })?);
    }
    Ok(Exposition { samples })
}

fn sample(line: &str) -> Result<ExposedSample, &'static str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ':');
    let end = line.find(|c| !is_name(c)).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    if name.is_empty() {
        return Err("it does not begin with the name of a metric");
    }
    let rest = rest.trim_start();
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(inner) => labels(inner)?,
        None => (Labels::new(), rest),
    };
    // A timestamp and an exemplar may follow; neither is used.
    let value = rest.split_whitespace().next().ok_or("it has no value")?;
    let value = f64::from_str(value).map_err(|_| "its value is not a number")?;
    Ok(ExposedSample { name: name.to_owned(), labels, value })
}

/// Labels up to the closing brace, and what is behind it.
fn labels(text: &str) -> Result<(Labels, &str), &'static str> {
    let mut labels = Labels::new();
    let mut rest = text.trim_start();
    loop {
        if let Some(behind) = rest.strip_prefix('}') {
            return Ok((labels, behind));
        }
        let (name, behind) = rest.split_once('=').ok_or("its labels do not end")?;
        let quoted = behind.trim_start().strip_prefix('"').ok_or("the value of a label is not quoted")?;
        let mut value = String::new();
        let mut escaped = false;
        let mut end = None;
        for (at, c) in quoted.char_indices() {
            match (escaped, c) {
                (true, 'n') => value.push('\n'),
                (true, _) => value.push(c),
                (false, '\\') => {}
                (false, '"') => {
                    end = Some(at + 1);
                    break;
                }
                (false, _) => value.push(c),
            }
            escaped = !escaped && c == '\\';
        }
        labels.insert(name.trim().trim_matches('"').to_owned(), value);
        rest = quoted[end.ok_or("the value of a label does not end")?..].trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
}

impl Exposition {
    /// What a service says of itself since it started.
    pub fn service(&self) -> ExposedService {
        let signs = self.samples.iter().filter(|s| RUNTIME_METRICS.contains(&s.name.as_str()));
        let mut runtimes: Vec<RuntimeSign> =
            signs.map(|s| RuntimeSign::of(&s.name, s.labels.get("version").map_or("", String::as_str))).collect();
        runtimes.sort();
        runtimes.dedup();
        ExposedService {
            requests: RATE_METRICS.iter().find_map(|metric| Some((*metric, self.total(metric)?))),
            cpu_seconds: self.total("process_cpu_seconds_total"),
            resident_bytes: self.total("process_resident_memory_bytes"),
            started_at: self.total("process_start_time_seconds"),
            runtimes,
        }
    }

    /// The sum of a metric over its labels; `None` where it is not exposed.
    pub fn total(&self, name: &str) -> Option<f64> {
        let values = self.samples.iter().filter(|s| s.name == name && s.value.is_finite()).map(|s| s.value);
        values.reduce(|a, b| a + b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_exposition() {
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

    #[test]
    fn what_is_no_exposition() {
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
