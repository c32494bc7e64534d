//! What a webhook is told of a run: everything for programs, a few lines for people in Slack.

use serde::Serialize;

use super::OutputError;
use super::json;
use super::number::{money, signed_money, unknown};
use super::text::printable;
use super::views::report::{gain, percent, within};
use crate::model::report::{Forecast, IdleResource, Prediction, Report};
use crate::model::styles::RunningService;
use crate::units::{Currency, Money, Month};

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

/// The message of a run that made a report, for programs: schema `capmodel/delivery/v1`, with the whole report.
///
/// # Errors
/// [`OutputError::Encode`], a bug.
pub fn report_json(report: &Report, delivered: &Delivered) -> Result<Vec<u8>, OutputError> {
    super::json(&json::delivery::report_message(report, delivered))
}

/// The same for people in Slack, in short.
///
/// # Errors
/// [`OutputError::Encode`], a bug.
pub fn report_slack(report: &Report, delivered: &Delivered) -> Result<Vec<u8>, OutputError> {
    slack(&report_lines(report, delivered))
}

/// The message of a run that made none, for programs; `cluster` where its name is known.
///
/// # Errors
/// [`OutputError::Encode`], a bug.
pub fn failure_json(cluster: Option<&str>, month: Month, error: &str) -> Result<Vec<u8>, OutputError> {
    super::json(&json::delivery::failure_message(cluster, month, error))
}

/// The same for people in Slack.
///
/// # Errors
/// [`OutputError::Encode`], a bug.
pub fn failure_slack(cluster: Option<&str>, month: Month, error: &str) -> Result<Vec<u8>, OutputError> {
    let cluster = escape(&printable(cluster.unwrap_or("a cluster")));
    slack(&[format!("*{cluster}* · {month} · no report"), escape(error)])
}

fn report_lines(report: &Report, delivered: &Delivered) -> Vec<String> {
    let partial = if report.is_partial() { " · partial" } else { "" };
    let currency = report.currency;
    let mut lines = vec![format!(
        "*{}* · {} · *{} {currency}* {}{partial}",
        escape(&printable(&report.cluster.name)),
        report.span.when(),
        report.known_total().map_or_else(unknown, money),
        report.span.per(),
    )];
    lines.push(match (delivered.last_month, report.known_total()) {
        (Some((month, Some(cost))), Some(total)) => {
            format!("{} {currency} against {month}", signed_money(total - cost))
        }
        (Some((month, None)), _) => format!("the report of {month} has no cost to compare with"),
        (Some((month, Some(cost))), None) => format!("{month} was {} {currency}", money(cost)),
        (None, _) => format!("no report of {} to compare with", delivered.month.previous()),
    });
    let mut known = match &report.idle {
        Some(idle) => {
            let share = idle.cost.ratio(report.total).map_or_else(String::new, |s| format!(" ({}%)", percent(s)));
            let of = |room: &IdleResource| format!("{}%", percent(room.share));
            format!(
                "idle {} {currency}{share}: {} of CPU, {} of memory",
                money(idle.cost),
                of(&idle.cpu),
                of(&idle.memory)
            )
        }
        None => format!("idle {}", unknown()),
    };
    if let Some(priced) = report.priced_share {
        known.push_str(&format!(" · {}% of node-hours priced", percent(priced)));
    }
    if let Some(coverage) = delivered.coverage {
        known.push_str(&format!(" · data for {}% of the hours", percent(coverage)));
    }
    known.extend(currency.rate_in_words().map(|rate| format!(" · {rate}")));
    lines.push(known);
    lines.extend(report.forecast.as_ref().map(|forecast| next_month(forecast, currency)));
    lines.extend(most_to_gain(report));
    lines.extend(delivered.stored.iter().map(|place| format!("stored: {}", escape(place))));
    lines.extend(delivered.undelivered.iter().map(|target| format!("*not delivered*: {}", escape(target))));
    lines
}

/// What the next month is expected to cost.
fn next_month(forecast: &Forecast, currency: Currency) -> String {
    let Prediction { month, cost, .. } = &forecast.prediction;
    format!("forecast for {month}: {} {currency}{}", money(*cost), within(&forecast.prediction))
}

/// The services with most to gain, and what would bring it; `None` where there is nothing.
fn most_to_gain(report: &Report) -> Option<String> {
    const SHOWN: usize = 3;
    let mut gains: Vec<(Money, &RunningService)> = report
        .running_services
        .iter()
        .map(|service| (gain(service), service))
        .filter(|(gain, _)| *gain > Money::default())
        .collect();
    gains.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
    let one = |(gain, service): &(Money, &RunningService)| {
        let name = escape(&printable(&format!("{}/{}", service.id.namespace, service.id.name)));
        format!("{name} {} {} per month ({})", money(*gain), report.currency, service.advice.action.name())
    };
    let shown: Vec<String> = gains.iter().take(SHOWN).map(one).collect();
    (!shown.is_empty()).then(|| format!("most to gain: {}", shown.join(", ")))
}

#[derive(Serialize)]
struct SlackMessage {
    text: String,
}

fn slack(lines: &[String]) -> Result<Vec<u8>, OutputError> {
    super::json(&SlackMessage { text: lines.join("\n") })
}

/// <https://docs.slack.dev/messaging/formatting-message-text/#escaping>
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
