//! A cluster's month: headline, nodes, who pays, what could be saved.

mod csv;
mod forecast;
mod notes;
mod scraped;
mod tables;

pub(super) use csv::csv_rows;
pub(super) use notes::said_once;

use super::number::{money, trimmed};
use super::text::{printable, wrap};
use crate::model::Severity;
use crate::model::report::{Report, ToldBy};
use notes::notes;
use tables::tables;

pub(super) fn plain(report: &Report, width: usize) -> String {
    let mut out = wrap(&printable(&headline(report)), width, 2);
    for table in tables(report) {
        out.push('\n');
        out.push_str(&table.plain());
    }
    out.push('\n');
    for line in notes(report) {
        out.push_str(&wrap(&printable(&line), width, 2));
    }
    for (severity, subject, message) in said_once(&report.findings) {
        let mark = if severity == Severity::Warning { "warning" } else { "note" };
        out.push_str(&wrap(&printable(&format!("{mark}: {subject}: {message}")), width, 2));
    }
    out
}

pub(super) fn markdown(report: &Report) -> String {
    let mut out = format!("**{}**\n", printable(&headline(report)));
    for table in tables(report) {
        out.push('\n');
        out.push_str(&table.markdown());
    }
    out.push('\n');
    for line in notes(report) {
        out.push_str(&format!("{}\n\n", printable(&line)));
    }
    for (severity, subject, message) in said_once(&report.findings) {
        let mark = if severity == Severity::Warning { "**warning**" } else { "note" };
        out.push_str(&format!("- {mark}: {}\n", printable(&format!("{subject}: {message}"))));
    }
    out
}

fn headline(report: &Report) -> String {
    let span = &report.span;
    let partial = if report.is_partial() { " · partial" } else { "" };
    let known = match span.told_by {
        ToldBy::Present => String::new(),
        ToldBy::Snapshots | ToldBy::History => format!(" · {} % of the hours have data", percent(span.coverage())),
    };
    let nodes = match report.priced_share {
        Some(share) => format!("{} % of node-hours priced", percent(share)),
        None => "no node read".to_owned(),
    };
    format!(
        "{} · {} · {} USD {}{partial} · {nodes}{known} · modelled from list prices",
        report.cluster.name,
        span.when(),
        report.known_total().map_or_else(unknown, money),
        span.per(),
    )
}

/// What stands where a number is not known.
pub(super) fn unknown() -> String {
    "–".to_owned()
}

/// Never `100` for less than all.
pub(super) fn percent(share: f64) -> String {
    let text = trimmed(share * 100.0, 3);
    if text == "100" && share < 1.0 { "99.9".to_owned() } else { text }
}
