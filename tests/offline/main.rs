//! Tests that need only Rust: no network and no other program, a few minutes in total.
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
mod architecture;
mod article;
mod autoscaler;
mod bill;
mod calibration;
mod chart;
#[cfg(feature = "live")]
mod cli_cluster;
#[cfg(feature = "live")]
mod cluster_facts;
mod committed_estimate;
mod compare;
#[cfg(unix)]
mod completions;
mod currency;
mod delivery;
mod estimate;
mod findings;
#[cfg(feature = "parquet")]
mod focus;
mod forecast;
#[cfg(feature = "live")]
mod found_prometheus;
mod html;
mod krew;
#[cfg(feature = "live")]
mod kube_faults;
#[cfg(feature = "live")]
mod kubeconfig;
#[cfg(unix)]
mod kubectl_plugin;
mod latency;
mod load_tested;
mod measured;
mod migrations;
mod msrv;
#[cfg(feature = "live")]
mod node_pricing;
mod openmetrics;
mod options;
mod own_prices;
mod packer_and_planner;
mod packing_check;
mod price_lists;
mod prices;
mod pricing;
mod production;
mod profile_file;
#[cfg(feature = "live")]
mod progress;
#[cfg(feature = "live")]
mod prometheus_faults;
#[cfg(feature = "live")]
mod proxy;
mod queueing;
mod readme;
mod reconciliation;
mod refused_options;
mod report;
mod report_properties;
mod schema;
mod scrape;
#[cfg(feature = "live")]
mod screens;
#[cfg(feature = "live")]
mod services;
mod settings;
mod simulator;
mod snapshot_file;
mod stdin;
mod stored;
mod sweep;
mod unknown_values;
