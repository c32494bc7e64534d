//! What one process said of itself, in `capmodel/report/v1`.

use serde::Serialize;

use super::usage::{Runtime, runtime, six};
use crate::model::usage::ProcessUsage;

#[derive(Debug, Serialize)]
pub(super) struct Scraped {
    source: String,
    /// `null` where the process does not say when it started.
    from: Option<String>,
    until: String,
    /// Else from an earlier scrape.
    since_start: bool,
    requests_per_second: Option<f64>,
    requests_counted_by: Option<&'static str>,
    cores: Option<f64>,
    cpu_ms_per_request: Option<f64>,
    resident_bytes: Option<u64>,
    runtimes: Vec<Runtime>,
}

pub(super) fn scraped(process: &ProcessUsage) -> Scraped {
    Scraped {
        source: process.source.clone(),
        from: process.from.map(|from| from.to_string()),
        until: process.until.to_string(),
        since_start: process.is_since_start,
        requests_per_second: process.requests_per_second.map(six),
        requests_counted_by: process.requests_from,
        cores: process.cores.map(six),
        cpu_ms_per_request: process.cpu_seconds_per_request.map(|seconds| six(seconds * 1000.0)),
        resident_bytes: process.resident.map(|memory| memory.bytes()),
        runtimes: process.runtimes.iter().map(runtime).collect(),
    }
}
