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
    /// Web address under which people open the files of the first folder or bucket; messages to webhooks and Slack then
    /// link to the stored report
    #[arg(long, value_name = "URL", requires = "deliver", value_parser = web_address)]
    pub deliver_link: Option<String>,
}

/// Parses an address that a message can link to; a slash at its end is dropped.
fn web_address(text: &str) -> Result<String, String> {
    let host = ["https://", "http://"].into_iter().find_map(|scheme| text.strip_prefix(scheme));
    let is_host = |host: &str| !host.is_empty() && !host.starts_with('/') && !host.contains(char::is_whitespace);
    match host.filter(|host| is_host(host)) {
        Some(host) if host.contains('@') => Err("a link must not contain a user or password".to_owned()),
        Some(_) => Ok(text.trim_end_matches('/').to_owned()),
        None => Err("expected a web address such as https://reports.example.com/capmodel".to_owned()),
    }
}
