//! The changes between two documents, and their reasons.

mod plots;

use serde::Serialize;

use crate::model::compare::{Change, Comparison, Part, Reason, Row, Status};
use crate::outputs::document::{Document, Table};
use crate::outputs::json::compare as wire;
use crate::outputs::number::{money, signed_money, unknown};
use crate::outputs::{Format, Layout, OutputError, json, render};
use crate::schema::number::DecimalText;
use crate::units::Money;

/// A bot finds its comment by this line, and replaces it instead of adding another one.
const MARKER: &str = "<!-- capmodel compare -->\n";

/// Renders the comparison in the requested format.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
pub fn comparison(comparison: &Comparison, layout: Layout) -> Result<Vec<u8>, OutputError> {
    match layout.format {
        Format::Json => json(&wire::document(comparison)),
        Format::Csv => render::records_in(&comparison.currency, csv_rows(comparison)),
        Format::Table | Format::Html => {
            let mut document = Document::default();
            summary(&mut document, comparison);
            plots::add(&mut document, comparison);
            details(&mut document, comparison);
            Ok(render::text(&document, layout))
        }
        Format::Markdown => {
            let (mut short, mut long) = (Document::default(), Document::default());
            summary(&mut short, comparison);
            details(&mut long, comparison);
            let mut bytes = MARKER.as_bytes().to_vec();
            bytes.extend(render::text(&short, layout));
            bytes.extend(b"\n<details><summary>What changed in detail</summary>\n\n");
            bytes.extend(render::text(&long, layout));
            bytes.extend(b"\n</details>\n");
            Ok(bytes)
        }
    }
}

fn difference(change: &Change) -> String {
    change.difference().map_or_else(unknown, signed_money)
}

fn percent(change: &Change) -> String {
    change.share().map_or_else(unknown, |share| format!("{:+.1} %", share * 100.0))
}

fn amounts(change: &Change) -> [String; 4] {
    let before = change.before.map_or_else(unknown, money);
    [before, change.after.map_or_else(unknown, money), difference(change), percent(change)]
}

fn summary(document: &mut Document, comparison: &Comparison) {
    let of = format!("Two {}s", comparison.kind.name());
    let changed = comparison.rows.iter().filter(|row| row.status != Status::Same).count();
    let rows = format!("{changed} of {} rows changed", comparison.rows.len());
    match &comparison.total {
        Some(total) => {
            let [before, after, difference, percent] = amounts(total);
            let answer = match total.difference() {
                Some(_) => format!("{before} → {after}: {difference} ({percent})"),
                None => format!("{before} → {after}; one of the costs is unknown"),
            };
            document.headline(&of, &answer, &format!("{}, {rows}", comparison.currency));
            document.table(parts(comparison));
        }
        None => {
            document.headline(&of, &rows, &comparison.currency);
            document.table(rows_table(comparison));
        }
    }
}

fn details(document: &mut Document, comparison: &Comparison) {
    if comparison.total.is_some() {
        document.table(rows_table(comparison));
    }
    document.notes(&comparison.notes);
}

/// The reasons for the difference, always including the unexplained part.
fn parts(comparison: &Comparison) -> Option<Table> {
    if comparison.parts.is_empty() {
        return None;
    }
    let mut table = Table::new(["reason", "difference"]).titled("Why the cost changed");
    for part in comparison.parts.iter().filter(|part| is_shown(part)) {
        table.row([part.reason.meaning().to_owned(), signed_money(part.amount)]);
    }
    Some(table)
}

/// What makes no difference is not shown, except that nothing is unexplained.
fn is_shown(part: &Part) -> bool {
    part.amount != Money::default() || part.reason == Reason::NotExplained
}

fn rows_table(comparison: &Comparison) -> Option<Table> {
    let mut table = Table::new(["row", "status", "before", "after", "difference", "share"])
        .with_text(&[1])
        .titled("Changed rows")
        .sortable();
    let changed: Vec<&Row> = comparison.rows.iter().filter(|row| row.status != Status::Same).collect();
    for row in &changed {
        let [before, after, difference, percent] = amounts(&row.cost);
        table.row([row.name.clone(), row.status.name().to_owned(), before, after, difference, percent]);
    }
    (!changed.is_empty()).then_some(table)
}

/// One row of a spreadsheet: a reason or a compared row.
#[derive(Serialize)]
pub(in crate::outputs) struct CsvRow {
    record: &'static str,
    name: String,
    status: &'static str,
    before: Option<DecimalText>,
    after: Option<DecimalText>,
    difference: Option<DecimalText>,
}

fn csv_rows(comparison: &Comparison) -> Vec<CsvRow> {
    let of = |record, name: String, status, change: &Change| CsvRow {
        record,
        name,
        status,
        before: change.before.map(wire::amount),
        after: change.after.map(wire::amount),
        difference: change.difference().map(wire::amount),
    };
    let total = comparison.total.iter().map(|total| of("total", String::new(), "", total));
    let parts = comparison.parts.iter().map(|part| CsvRow {
        record: "part",
        name: part.reason.name().to_owned(),
        status: "",
        before: None,
        after: None,
        difference: Some(wire::amount(part.amount)),
    });
    let rows = comparison.rows.iter().map(|row| of("row", row.name.clone(), row.status.name(), &row.cost));
    total.chain(parts).chain(rows).collect()
}
