//! Tests against real programs: an API server, Prometheus, Helm, a local S3, a browser and a node, each built or
//! installed by `tests/kit` if it is missing.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has failed; tests make files"
)]

#[path = "../fleet/mod.rs"]
mod fleet;
#[path = "../support/mod.rs"]
mod support;

mod bench;
#[cfg(feature = "buckets")]
mod bucket;
mod chart;
mod check;
mod cluster;
mod fit;
mod manifests;
mod page;
mod price_tables;
mod prometheus;
mod rbac;
mod reach;
mod report;
mod snapshot;
