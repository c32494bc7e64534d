//! The arguments of `capmodel check`.

use std::path::PathBuf;

use clap::Args;

use super::{ClusterArgs, OutputArgs, PrometheusArgs};

/// Arguments of `capmodel check`.
#[derive(Args, Debug)]
#[command(
    after_help = "Exits with 4 where a report would: the cluster or Prometheus cannot be reached or denies access, or pods or nodes cannot be listed. Anything else that is missing only removes lines from the report. Without a kubeconfig and outside a pod, only Prometheus is checked.\n
Examples:
  capmodel check --prometheus http://prometheus.monitoring:9090 --prometheus-matcher 'cluster=\"prod-1\"'
  capmodel check --namespace shop"
)]
pub struct CheckArgs {
    /// Show every check, including those that passed
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,
    /// Price table (CSV) that overrides the built-in prices
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// Access to the live cluster
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Access to Prometheus
    #[command(flatten)]
    pub prometheus: PrometheusArgs,
    /// Format and destination of the output
    #[command(flatten)]
    pub output: OutputArgs,
}
