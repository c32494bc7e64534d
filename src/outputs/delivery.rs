//! What a webhook is told of a run: everything for programs, a few lines for people in Slack.

use serde::Serialize;

use super::json;
use super::number::{money, signed_money};
use super::report::{percent, unknown};
use super::text::printable;
use crate::model::report::{IdleRoom, Report};
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
    /// The month that the report is kept under.
    pub month: Month,
    /// The month before, and what it cost where that is known; `None` where no report of it was found.
    pub last_month: Option<(Month, Option<Money>)>,
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
        "*{}* · {} · *{} USD* {}{partial}",
        escape(&printable(&report.cluster.name)),
        report.span.when(),
        report.known_total().map_or_else(unknown, money),
        report.span.per(),
    )];
    lines.push(match (delivered.last_month, report.known_total()) {
        (Some((month, Some(cost))), Some(total)) => format!("{} USD against {month}", signed_money(total - cost)),
        (Some((month, None)), _) => format!("the report of {month} has no cost to compare with"),
        (Some((month, Some(cost))), None) => format!("{month} was {} USD", money(cost)),
        (None, _) => format!("no report of {} to compare with", delivered.month.previous()),
    });
    let mut known = match &report.idle {
        Some(idle) => {
            let share = idle.cost.ratio(report.total).map_or_else(String::new, |s| format!(" ({} %)", percent(s)));
            let of = |room: &IdleRoom| format!("{} %", percent(room.share));
            format!(
                "idle {} USD{share}: {} of the CPU, {} of the memory",
                money(idle.cost),
                of(&idle.cpu),
                of(&idle.memory)
            )
        }
        None => format!("idle {}", unknown()),
    };
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
