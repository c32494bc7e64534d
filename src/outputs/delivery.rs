//! What a webhook is told of a run: everything for programs, a few lines for people in Slack.

use serde::Serialize;

use super::json;
use super::number::{money, signed_money};
use super::report::percent;
use super::text::printable;
use crate::model::report::Report;
use crate::run::Failure;
use crate::units::{Money, Month};

/// Form of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageForm {
    /// Schema `capmodel/delivery/v1`, with the whole report.
    Json,
    /// A message of Slack, in short.
    Slack,
}

/// What a message says beside the report.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivered {
    /// The month of the report.
    pub month: Month,
    /// The month before, and what it cost; `None` where no report of it was found.
    pub last_month: Option<(Month, Money)>,
    /// The share of the hours that have data; `None` for a cluster as it is now.
    pub coverage: Option<f64>,
    /// Where the report was stored.
    pub stored: Vec<String>,
    /// Where it could not be.
    pub undelivered: Vec<String>,
}

/// The message of a run that made a report.
///
/// # Errors
/// [`Failure::Encode`], a bug.
pub fn report_message(form: MessageForm, report: &Report, delivered: &Delivered) -> Result<Vec<u8>, Failure> {
    match form {
        MessageForm::Json => super::json(&json::delivery::Made::of(report, delivered)),
        MessageForm::Slack => slack(&report_lines(report, delivered)),
    }
}

/// The message of a run that made none; `cluster` where its name is known.
///
/// # Errors
/// [`Failure::Encode`], a bug.
pub fn failure_message(
    form: MessageForm,
    cluster: Option<&str>,
    month: Month,
    error: &str,
) -> Result<Vec<u8>, Failure> {
    match form {
        MessageForm::Json => super::json(&json::delivery::Failed::of(cluster, month, error)),
        MessageForm::Slack => {
            let cluster = escape(&printable(cluster.unwrap_or("a cluster")));
            slack(&[format!("*{cluster}* · {month} · no report"), escape(error)])
        }
    }
}

fn report_lines(report: &Report, delivered: &Delivered) -> Vec<String> {
    let partial = if report.is_partial() { " · partial" } else { "" };
    let mut lines = vec![format!(
        "*{}* · {} · *{} USD*{partial}",
        escape(&printable(&report.cluster.name)),
        delivered.month,
        money(report.total)
    )];
    lines.push(match delivered.last_month {
        Some((month, cost)) => format!("{} USD against {month}", signed_money(report.total - cost)),
        None => format!("no report of {} to compare with", delivered.month.previous()),
    });
    let share = report.idle().ratio(report.total).map_or_else(String::new, |s| format!(" ({} %)", percent(s)));
    let mut known = format!("idle {} USD{share}", money(report.idle()));
    if let Some(priced) = report.priced_share {
        known.push_str(&format!(" · {} % of node-hours priced", percent(priced)));
    }
    if let Some(coverage) = delivered.coverage {
        known.push_str(&format!(" · {} % of hours with data", percent(coverage)));
    }
    lines.push(known);
    lines.extend(delivered.stored.iter().map(|place| format!("stored: {}", escape(place))));
    lines.extend(delivered.undelivered.iter().map(|target| format!("*not delivered*: {}", escape(target))));
    lines
}

#[derive(Serialize)]
struct SlackMessage {
    text: String,
}

fn slack(lines: &[String]) -> Result<Vec<u8>, Failure> {
    super::json(&SlackMessage { text: lines.join("\n") })
}

/// <https://docs.slack.dev/messaging/formatting-message-text/#escaping>
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
