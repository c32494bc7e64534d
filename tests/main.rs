//! All integration tests in one binary: one link, one run.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod allocatable;
#[cfg(feature = "live")]
mod cli_cluster;
#[cfg(feature = "live")]
mod cluster;
#[cfg(feature = "live")]
mod kube_faults;
#[cfg(feature = "live")]
mod live_rbac;
#[cfg(feature = "live")]
mod live_snapshot;
mod own_prices;
mod prices;
mod snapshot_file;
