//! What needs Rust alone: no network, no other program, a few minutes.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has failed; tests make files"
)]

#[path = "../sim/mod.rs"]
mod sim;
#[path = "../support/mod.rs"]
mod support;

mod allocatable;
mod article;
mod autoscaler;
mod bill;
#[cfg(feature = "live")]
mod cli_cluster;
#[cfg(feature = "live")]
mod cluster_facts;
mod delivery;
mod estimate;
mod honest;
#[cfg(feature = "live")]
mod kube_faults;
#[cfg(feature = "live")]
mod kubeconfig;
mod latency;
mod options;
mod own_prices;
mod packing_check;
mod prices;
mod production;
#[cfg(feature = "live")]
mod prometheus_faults;
#[cfg(feature = "live")]
mod proxy;
mod queueing;
mod readme;
mod report;
mod scrape;
mod simulator;
mod snapshot_file;
