//! The usage that one process reports about itself, in `capmodel/report/v1`.

use super::usage::{runtime, six};
use crate::model::usage::ProcessUsage;
use crate::schema::report::Scraped;

pub(super) fn scraped(process: &ProcessUsage) -> Scraped {
    Scraped {
        source: process.source.clone(),
        from: process.from.map(|from| from.to_string()),
        until: process.until.to_string(),
        since_start: process.is_since_start,
        requests_per_second: process.requests_per_second.map(six),
        requests_counted_by: process.requests_from.map(str::to_owned),
        cores: process.cores.map(six),
        cpu_ms_per_request: process.cpu_seconds_per_request.map(|seconds| six(seconds * 1000.0)),
        resident_bytes: process.resident.map(|memory| memory.bytes()),
        runtimes: process.runtimes.iter().map(runtime).collect(),
    }
}
