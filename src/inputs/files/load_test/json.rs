//! Reports in JSON: oha (`--output-format json`), k6 (`--summary-export`, or the argument of `handleSummary`) and
//! vegeta (`report -type=json`).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{LoadRun, LoadTest, Tool};
use crate::model::calibration::LoadPoint;

pub(super) fn parse(text: &str) -> Result<LoadTest, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let (tool, run) = if value.get("latencyPercentiles").is_some() {
        (Tool::Oha, read::<Oha>(value)?.run())
    } else if value.get("metrics").is_some() {
        (Tool::K6, read::<K6>(value)?.run()?)
    } else if value.get("latencies").is_some() {
        (Tool::Vegeta, read::<Vegeta>(value)?.run())
    } else {
        return Err(
            "this JSON has neither oha's `latencyPercentiles`, nor k6's `metrics`, nor vegeta's `latencies`".to_owned()
        );
    };
    Ok(LoadTest { tool, runs: vec![run] })
}

fn read<T: for<'a> Deserialize<'a>>(value: Value) -> Result<T, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

/// Number of responses by status: all, and those that are neither 2xx nor 3xx.
fn count(statuses: &BTreeMap<String, u64>) -> (u64, u64) {
    let good = |status: &str| status.starts_with('2') || status.starts_with('3');
    let failed = statuses.iter().filter(|(status, _)| !good(status)).map(|(_, count)| count).sum();
    (statuses.values().sum(), failed)
}

/// Times in seconds (oha: `src/printer.rs`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Oha {
    summary: OhaSummary,
    latency_percentiles: OhaPercentiles,
    #[serde(default)]
    status_code_distribution: BTreeMap<String, u64>,
    #[serde(default)]
    error_distribution: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OhaSummary {
    average: Option<f64>,
    requests_per_sec: f64,
}

#[derive(Deserialize)]
struct OhaPercentiles {
    p50: Option<f64>,
    p99: Option<f64>,
}

impl Oha {
    fn run(&self) -> LoadRun {
        let (requests, refused) = count(&self.status_code_distribution);
        // Requests in flight when the time was up did not fail.
        let broken = self.error_distribution.iter().filter(|(error, _)| *error != "aborted due to deadline");
        let point = LoadPoint {
            requests_per_second: self.summary.requests_per_sec,
            mean: self.summary.average,
            p50: self.latency_percentiles.p50,
            p99: self.latency_percentiles.p99,
            ..LoadPoint::default()
        };
        LoadRun { point, requests: Some(requests), failed: refused + broken.map(|(_, count)| count).sum::<u64>() }
    }
}

/// Times in milliseconds (k6's documentation, *End of test*). A metric contains its numbers directly
/// (`--summary-export`) or in `values` (`handleSummary`); `p(99)` is only present if `--summary-trend-stats` names
/// it.
#[derive(Deserialize)]
struct K6 {
    metrics: BTreeMap<String, Metric>,
}

#[derive(Deserialize)]
struct Metric {
    values: Option<BTreeMap<String, f64>>,
    #[serde(flatten)]
    own: BTreeMap<String, Value>,
}

impl K6 {
    fn number(&self, metric: &str, key: &str) -> Option<f64> {
        let metric = self.metrics.get(metric)?;
        let values = metric.values.as_ref();
        values.map_or_else(|| metric.own.get(key).and_then(Value::as_f64), |values| values.get(key).copied())
    }

    fn count(&self, metric: &str, key: &str) -> Option<u64> {
        // Counts are integers far below 2^53, so they are printed without a fraction.
        self.number(metric, key).and_then(|count| format!("{count:.0}").parse().ok())
    }

    fn run(&self) -> Result<LoadRun, String> {
        let rate = self.number("http_reqs", "rate").ok_or("it has no `http_reqs` with a `rate`: no HTTP was tested")?;
        let milliseconds = |key| self.number("http_req_duration", key).map(|value| value / 1e3);
        // The loop is closed if the number of virtual users was constant.
        let users = self.number("vus", "min").filter(|least| self.number("vus", "max") == Some(*least));
        let point = LoadPoint {
            requests_per_second: rate,
            connections: users,
            mean: milliseconds("avg"),
            p50: milliseconds("med").or_else(|| milliseconds("p(50)")),
            p99: milliseconds("p(99)"),
            ..LoadPoint::default()
        };
        // For this rate, a pass is a failed request.
        let failed = self.count("http_req_failed", "passes").unwrap_or(0);
        Ok(LoadRun { point, requests: self.count("http_reqs", "count"), failed })
    }
}

/// Times in nanoseconds (vegeta: `lib/metrics.go`).
#[derive(Deserialize)]
struct Vegeta {
    latencies: VegetaLatencies,
    requests: u64,
    /// Responses with a status of 200 to 399 per second, until the last one arrived; `rate` is the rate at which
    /// requests were sent.
    throughput: f64,
    #[serde(default)]
    status_codes: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
struct VegetaLatencies {
    mean: f64,
    #[serde(rename = "50th")]
    p50: f64,
    #[serde(rename = "99th")]
    p99: f64,
}

impl Vegeta {
    fn run(&self) -> LoadRun {
        let seconds = |nanoseconds: f64| (nanoseconds > 0.0).then_some(nanoseconds / 1e9);
        let point = LoadPoint {
            requests_per_second: self.throughput,
            mean: seconds(self.latencies.mean),
            p50: seconds(self.latencies.p50),
            p99: seconds(self.latencies.p99),
            ..LoadPoint::default()
        };
        // A request without a response has the status 0.
        LoadRun { point, requests: Some(self.requests), failed: count(&self.status_codes).1 }
    }
}
