use clap::Args;

/// Where a report is delivered.
#[derive(Args, Debug, Default)]
#[command(next_help_heading = "Delivery")]
pub struct DeliveryArgs {
    /// Deliver the report there as well (repeat): a folder, https://… (JSON), slack:https://…, s3://BUCKET/FOLDER,
    /// gs://BUCKET/FOLDER, az://CONTAINER/FOLDER, or @FILE, which holds one of these
    #[arg(long, value_name = "TARGET", conflicts_with = "output")]
    pub deliver: Vec<String>,
}
