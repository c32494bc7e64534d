//! The arguments for delivering a report.

use clap::Args;

/// Targets that a report is delivered to.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Delivery")]
pub struct DeliveryArgs {
    /// Also deliver the report to this target: a folder, https://… (JSON), slack:https://…, pushgateway:https://…,
    /// s3://BUCKET/FOLDER, gs://BUCKET/FOLDER, az://CONTAINER/FOLDER, or @FILE to read the target from a file (may be
    /// repeated)
    #[arg(long, value_name = "TARGET", conflicts_with = "output")]
    pub deliver: Vec<String>,
}
