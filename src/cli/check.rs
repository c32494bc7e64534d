use std::path::PathBuf;

use clap::Args;

use super::{ClusterArgs, OutputArgs, PrometheusArgs};

/// Arguments of `capmodel check`.
#[derive(Args, Debug)]
#[command(
    after_help = "Exit code 4 where a report would end with it: cluster or Prometheus cannot be reached or refuses, or pods or\nnodes may not be listed. Anything else that is missing costs the report a line and is no error. Without a kubeconfig\nand outside of a pod Prometheus alone is checked.\n
Examples:
  capmodel check --prometheus http://prometheus.monitoring:9090 --prometheus-matcher 'cluster=\"prod-1\"'
  capmodel check --namespace shop"
)]
pub struct CheckArgs {
    /// Own price table (CSV), laid over the built-in catalogue
    #[arg(long, value_name = "FILE")]
    pub prices: Option<PathBuf>,
    /// How the cluster is reached
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Which Prometheus
    #[command(flatten)]
    pub prometheus: PrometheusArgs,
    /// Form and place of the result
    #[command(flatten)]
    pub output: OutputArgs,
}
