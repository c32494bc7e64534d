//! Webhook messages about a run: complete for programs, a few lines for Slack.

use serde::Serialize;

use super::OutputError;
use super::json;
use super::number::{money, signed_money, unknown};
use super::text::printable;
use super::views::report::{gain, percent, summary, within};
use crate::model::report::{Forecast, IdleResource, LastMonth, NamespaceChange, NextStep, Prediction, Report};
use crate::model::styles::RunningService;
use crate::units::{Currency, Hours, Money, Month};

/// The content of a message other than the report.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivered {
    /// The month under which the report is stored.
    pub month: Month,
    /// The previous month; `None` if no report of it was found.
    pub last_month: Option<LastMonth>,
    /// Share of the hours that have data; `None` for the current state of a cluster.
    pub coverage: Option<f64>,
    /// Paths at which the report was stored.
    pub stored: Vec<String>,
    /// Web address of the first of them; `None` if unknown.
    pub link: Option<String>,
    /// Targets to which it could not be delivered.
    pub undelivered: Vec<String>,
}

/// The message about a finished report for programs: schema `capmodel/delivery/v1`, including the whole report.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
pub fn report_json(report: &Report, delivered: &Delivered) -> Result<Vec<u8>, OutputError> {
    super::json(&json::delivery::report_message(report, delivered))
}

/// The message about a finished report for Slack.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
pub fn report_slack(report: &Report, delivered: &Delivered) -> Result<Vec<u8>, OutputError> {
    slack(&report_lines(report, delivered))
}

/// The message about a failed run for programs; `cluster` is its name, if known.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
pub fn failure_json(cluster: Option<&str>, month: Month, error: &str) -> Result<Vec<u8>, OutputError> {
    super::json(&json::delivery::failure_message(cluster, month, error))
}

/// The message about a failed run for Slack.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
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
    let last_month = delivered.last_month.as_ref();
    lines.push(match (last_month.map(|last| (last.month, last.cost)), report.known_total()) {
        (Some((month, Some(cost))), Some(total)) => {
            format!("{} {currency} compared with {month}{}", signed_money(total - cost), largest_changes(last_month))
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
        let hours = |hours: Hours| hours.amount().round_dp(1).normalize();
        let (with_data, all) = (hours(report.span.hours_with_data), hours(report.span.hours));
        known.push_str(&format!(" · data for {with_data} of {all} hours ({}%)", percent(coverage)));
    }
    known.extend(currency.rate_in_words().map(|rate| format!(" · {rate}")));
    lines.push(known);
    lines.extend(report.forecast.as_ref().map(|forecast| next_month(forecast, currency)));
    lines.extend(most_to_gain(report));
    lines.extend(next_steps(report));
    lines.extend(delivered.stored.iter().map(|place| format!("stored: {}", escape(place))));
    // A link: <https://docs.slack.dev/messaging/formatting-message-text/#linking-urls>.
    lines.extend(delivered.link.iter().map(|link| format!("<{}|open the report>", escape(link).replace('|', "%7C"))));
    lines.extend(delivered.undelivered.iter().map(|target| format!("*not delivered*: {}", escape(target))));
    lines
}

/// The namespaces whose cost changed most.
fn largest_changes(last_month: Option<&LastMonth>) -> String {
    const SHOWN: usize = 3;
    let one = |row: &NamespaceChange| format!("{} {}", escape(&printable(&row.name)), signed_money(row.difference()));
    let rows = last_month.map_or(&[][..], |last| &last.namespaces);
    let shown: Vec<String> = rows.iter().take(SHOWN).map(one).collect();
    if shown.is_empty() { String::new() } else { format!(": {}", shown.join(", ")) }
}

/// The forecast of the next month.
fn next_month(forecast: &Forecast, currency: Currency) -> String {
    let Prediction { month, cost, .. } = &forecast.prediction;
    format!("forecast for {month}: {} {currency}{}", money(*cost), within(&forecast.prediction))
}

/// The services with the largest savings and the actions for them; `None` if there are none.
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

/// The steps with the largest savings, each with its command.
fn next_steps(report: &Report) -> impl Iterator<Item = String> {
    const SHOWN: usize = 3;
    let one = |step: &NextStep| {
        format!("next: {}: `{}`", escape(&printable(&summary(step, report))), escape(&printable(&step.command)))
    };
    report.next_steps.iter().take(SHOWN).map(one)
}

#[derive(Serialize)]
struct SlackMessage {
    text: String,
}

fn slack(lines: &[String]) -> Result<Vec<u8>, OutputError> {
    super::json(&SlackMessage { text: lines.join("\n") })
}

/// Escapes control characters of Slack's markup, see
/// <https://docs.slack.dev/messaging/formatting-message-text/#escaping>.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
