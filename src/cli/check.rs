use clap::Args;

use super::{OutputArgs, PrometheusArgs};

/// Arguments of `capmodel check`.
#[derive(Args, Debug)]
#[command(
    after_help = "Exit code 4 where Prometheus cannot be reached or refuses; a metric that is missing is no error.\n
Example:
  capmodel check --prometheus http://prometheus.monitoring:9090 --prometheus-matcher 'cluster=\"prod-1\"'"
)]
pub struct CheckArgs {
    /// Which Prometheus
    #[command(flatten)]
    pub prometheus: PrometheusArgs,
    /// Form and place of the result
    #[command(flatten)]
    pub output: OutputArgs,
}
