//! The report of a cluster: headline, nodes, cost allocation, possible savings.

mod csv;
mod forecast;
mod next_steps;
mod notes;
mod plots;
mod reconciliation;
mod scraped;
mod service_forecast;
mod services;
mod tables;

pub(in crate::outputs) use csv::csv_rows;
pub(in crate::outputs) use forecast::within;
pub(in crate::outputs) use next_steps::{measure, summary};
pub(in crate::outputs) use services::gain;

use crate::model::finding::{Finding, Severity};
use crate::model::report::{DataSource, Report};
use crate::outputs::document::Document;
use crate::outputs::findings::merged;
use crate::outputs::number::{money, plural, trimmed, unknown};
use notes::notes;
use tables::tables;

/// How much of a report is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportDetail {
    /// Workloads, requests per pod and all notes.
    pub verbose: bool,
    /// Number of rows in each table; the others are summed up.
    pub rows: usize,
    /// Order of the rows.
    pub order: RowOrder,
}

/// Order of the rows in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowOrder {
    /// Largest cost or saving first.
    Cost,
    /// By name.
    Name,
}

/// The document of a report: cost, allocation and possible savings.
pub(in crate::outputs) fn document(report: &Report, detail: ReportDetail) -> Document {
    let mut document = Document::default();
    let total = report.known_total().map_or_else(unknown, money);
    document.headline(
        &format!("{} · {}", report.cluster.name, report.span.when()),
        &format!("{total} {} {}", report.currency, report.span.per()),
        &basis(report),
    );
    plots::add(&mut document, report);
    for table in tables(report, detail) {
        document.table(table);
    }
    let (warnings, infos): (Vec<&Finding>, Vec<&Finding>) =
        report.findings.iter().partition(|finding| finding.severity == Severity::Warning);
    document.notes(notes(report, detail.verbose));
    if detail.verbose {
        document.findings(merged(warnings.into_iter().chain(infos)));
    } else {
        document.findings(merged(warnings));
        document.notes([more(merged(infos).len())]);
    }
    document.actions("Next steps, the largest saving first", next_steps::actions(report, detail.verbose));
    document
}

/// How to see the rest of the report.
fn more(notes: usize) -> String {
    let notes = plural(notes as u64, "note", "notes");
    format!("-v adds {notes}, workloads and requests per pod; --top all shows every row.")
}

fn basis(report: &Report) -> String {
    let span = &report.span;
    let known = match span.source {
        DataSource::Present => String::new(),
        DataSource::Snapshots | DataSource::History => {
            format!(" · data for {}% of the hours", percent(span.coverage()))
        }
    };
    let nodes = match report.priced_share {
        Some(share) => format!("{}% of node-hours priced", percent(share)),
        None => "nodes not readable".to_owned(),
    };
    let partial = if report.is_partial() { "partial · " } else { "" };
    let prices = if report.has_negotiated_prices() { "negotiated prices" } else { "list prices" };
    let rate = report.currency.rate_in_words().map_or_else(String::new, |rate| format!(" · {rate}"));
    let compared = if report.reconciliation.is_some() { "reconciled with the bill" } else { "not reconciled" };
    format!("{partial}{nodes}{known} · modelled from {prices}, {compared}{rate}")
}

/// A percentage; less than all is never shown as `100`.
pub(in crate::outputs) fn percent(share: f64) -> String {
    let text = trimmed(share * 100.0, 3);
    if text == "100" && share < 1.0 { "99.9".to_owned() } else { text }
}
