//! The CSV form of stored reports: clusters, missing clusters, months, and namespaces by month.

use serde::Serialize;

use crate::model::stored::{Fleet, KnownCost};
use crate::outputs::json::convert::cents;
use crate::schema::number::DecimalText;
use crate::units::{Money, Month};

/// One row of a spreadsheet.
#[derive(Serialize)]
pub(super) struct CsvRow {
    /// `cluster`, `missing`, `month` or `namespace`.
    record: &'static str,
    month: String,
    name: String,
    /// The known cost; empty if nothing is known.
    cost: Option<DecimalText>,
    /// Whether all of the cost is known.
    complete: bool,
    before: Option<DecimalText>,
    change: Option<DecimalText>,
    stored: String,
}

fn row(record: &'static str, month: Month, name: &str, cost: KnownCost) -> CsvRow {
    CsvRow {
        record,
        month: month.to_string(),
        name: name.to_owned(),
        cost: cost.known.map(cents),
        complete: cost.is_complete,
        before: None,
        change: None,
        stored: String::new(),
    }
}

/// The rows: the clusters of the month, then the months, then the namespaces of each month.
pub(super) fn rows(fleet: &Fleet) -> Vec<CsvRow> {
    let text = |money: Option<Money>| money.map(cents);
    let mut rows = Vec::new();
    for cluster in &fleet.clusters {
        let report = &cluster.report;
        rows.push(CsvRow {
            before: text(cluster.cost_before()),
            change: text(cluster.change()),
            stored: report.origin.clone(),
            ..row("cluster", fleet.month, &report.cluster, report.cost)
        });
    }
    for missing in &fleet.missing {
        let before = text(missing.before.known);
        rows.push(CsvRow { before, ..row("missing", fleet.month, &missing.cluster, KnownCost::UNKNOWN) });
    }
    for (at, one) in fleet.months.months.iter().enumerate() {
        rows.push(row("month", one.month, "", one.cost));
        for namespace in &fleet.months.namespaces {
            if let Some(cost) = namespace.costs.get(at).copied().flatten() {
                rows.push(row("namespace", one.month, &namespace.name, cost));
            }
        }
    }
    rows
}
