//! The sum of stored reports: headline, clusters or one cluster's bill, and months by namespace.

mod clusters;
mod csv;
mod months;
mod plots;

use crate::model::finding::Severity;
use crate::model::stored::{ClusterMonth, Covers, Fleet, KnownCost};
use crate::outputs::document::{Document, Table};
use crate::outputs::findings::merged;
use crate::outputs::number::{money, plural, signed_money, unknown};
use crate::outputs::views::report::percent;
use crate::outputs::{Format, Layout, OutputError, json, render};
use crate::units::Money;

/// How much of the sum is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredDetail {
    /// Number of rows in each table; the others are summed up.
    pub rows: usize,
    /// Whether several months were asked for.
    pub by_month: bool,
}

/// Renders the sum of stored reports in the requested format.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
pub fn stored(fleet: &Fleet, detail: StoredDetail, layout: Layout) -> Result<Vec<u8>, OutputError> {
    match layout.format {
        Format::Json => json(&json::stored::document(fleet)),
        Format::Csv => render::records_in(&fleet.currency, csv::rows(fleet)),
        Format::Table | Format::Markdown => Ok(render::text(&document(fleet, detail), layout)),
        Format::Html => {
            // The tables of a page can be sorted and filtered.
            let whole = StoredDetail { rows: usize::MAX, ..detail };
            Ok(render::text(&document(fleet, whole), layout))
        }
    }
}

fn document(fleet: &Fleet, detail: StoredDetail) -> Document {
    let mut document = Document::default();
    // A calendar month is named by the subject.
    let per = match &fleet.covers {
        Covers::Month | Covers::StateForMonth => String::new(),
        Covers::State(_) => " per month".to_owned(),
        Covers::Part(per) => format!(" {per}"),
    };
    let answer = format!("{} {}{per}", known(fleet.cost), fleet.currency);
    let incomplete = if fleet.cost.is_complete { "" } else { "incomplete · " };
    let month = fleet.month.first().strftime("%B %Y");
    match (fleet.clusters.as_slice(), fleet.missing.as_slice()) {
        ([one], []) => {
            let hours = format!("data for {}% of the hours", percent(one.report.coverage));
            let subject = format!("{} · {month}", one.report.cluster);
            document.headline(&subject, &answer, &format!("{incomplete}{hours} · {}", fleet.covers));
            document.table(clusters::bill(&one.report));
            if !detail.by_month {
                document.table(months::namespaces(fleet, detail.rows));
            }
        }
        (all, _) => {
            let subject = format!("{} · {month}", plural(all.len() as u64, "cluster", "clusters"));
            document.headline(&subject, &answer, &format!("{incomplete}{}", fleet.covers));
            document.table(clusters::table(fleet, detail.rows));
        }
    }
    if detail.by_month {
        plots::add(&mut document, fleet);
        document.table(months::namespaces(fleet, detail.rows));
    }
    document.notes(notes(fleet));
    document.findings(merged(&fleet.findings));
    if let [one] = fleet.clusters.as_slice() {
        let (warnings, infos): (Vec<_>, Vec<_>) =
            one.report.findings.iter().partition(|finding| finding.severity == Severity::Warning);
        document.findings(merged(warnings));
        let infos = plural(infos.len() as u64, "note", "notes");
        document.notes([format!("{infos} and every row are in the stored report: {}", one.report.origin)]);
    }
    document
}

fn notes(fleet: &Fleet) -> Vec<String> {
    let mut notes = Vec::new();
    let before = fleet.month.previous();
    if let [one] = fleet.clusters.as_slice() {
        let nodes = one.report.nodes.round_dp(1).normalize();
        let idle = one.report.idle.map_or_else(unknown, money);
        notes.push(format!("Nodes: {nodes} on average. Idle: {idle} {}, which no workload requested.", fleet.currency));
        if let Some(change) = one.change() {
            notes.push(format!("Change since {before}: {} {}.", signed_money(change), fleet.currency));
        }
    } else {
        let known: Vec<Money> = fleet.clusters.iter().filter_map(ClusterMonth::change).collect();
        if fleet.change().is_none() && !known.is_empty() {
            let sum = signed_money(known.iter().copied().sum());
            let clusters = plural(known.len() as u64, "cluster", "clusters");
            notes.push(format!(
                "Change since {before} of the {clusters} whose cost is known in both months: {sum} {}.",
                fleet.currency
            ));
        }
    }
    if let (Some(budget), Some(cost)) = (fleet.budget, fleet.cost.known)
        && fleet.over_budget(fleet.cost).is_none()
    {
        let left = format!("{} {} below the budget of {}", money(budget - cost), fleet.currency, money(budget));
        notes.push(match fleet.cost.is_complete {
            true => format!("{} is {left}.", fleet.month),
            false => format!("The known cost of {} is {left}; what is missing would come on top.", fleet.month),
        });
    }
    notes
}

/// The known part of a cost.
fn known(cost: KnownCost) -> String {
    cost.known.map_or_else(unknown, money)
}

/// Rows up to the limit, and how many are summed up in one more; one row is never summed up alone.
fn split<T>(rows: &[T], most: usize) -> (&[T], &[T]) {
    if rows.len() <= most.saturating_add(1) { (rows, &[]) } else { rows.split_at(most) }
}

/// A table whose columns after the first are numbers, with a title.
fn table(heads: Vec<String>, title: &str) -> Table {
    Table::new(heads).titled(title).sortable()
}
