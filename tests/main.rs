//! All integration tests in one binary: one link, one run.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has failed; tests make files"
)]

mod allocatable;
mod article;
mod capmodel;
#[cfg(feature = "live")]
mod chart;
#[cfg(feature = "live")]
mod cli_cluster;
#[cfg(feature = "live")]
mod cluster;
mod delivery;
mod estimate;
#[cfg(feature = "live")]
mod fit;
#[cfg(feature = "live")]
mod kube_faults;
mod latency;
#[cfg(feature = "live")]
mod live_check;
#[cfg(feature = "live")]
mod live_manifests;
#[cfg(feature = "live")]
mod live_rbac;
#[cfg(feature = "live")]
mod live_report;
#[cfg(feature = "live")]
mod live_snapshot;
mod own_prices;
mod packing_check;
mod prices;
mod production;
#[cfg(feature = "live")]
mod prometheus;
mod queueing;
mod readme;
mod report;
mod scrape;
mod sim;
mod simulator;
mod snapshot_file;
