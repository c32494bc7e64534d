//! Modelled and billed cost by cause.

use super::percent;
use crate::model::report::{ReconciledRow, Reconciliation};
use crate::outputs::document::Table;
use crate::outputs::number::{count, money, plural, signed_money, unknown};
use crate::units::Currency;

/// The table of all causes; its rows add up to the totals.
pub(super) fn table(found: &Reconciliation, currency: Currency) -> Table {
    let keys = ["cause", "modelled", "billed", "difference"];
    let mut table = Table::new(["cause of the difference", "modelled", "billed", "difference"]).with_keys(keys);
    table = table.titled(&format!("Modelled and billed, {currency}")).sortable();
    for (index, row) in found.rows.iter().enumerate() {
        let ReconciledRow { cause, modelled, billed } = row;
        let cells = [
            cause.title().to_owned(),
            modelled.map_or_else(unknown, money),
            money(*billed),
            signed_money(row.difference()),
        ];
        table.row_at(format!("$.reconciliation.rows[{index}]"), cells);
    }
    table.sum(["total".to_owned(), money(found.modelled), money(found.billed), signed_money(found.difference())]);
    table
}

/// What was compared, in one sentence.
pub(super) fn about(found: &Reconciliation) -> String {
    let files: Vec<String> = found.files.iter().map(|(name, layout)| format!("{name} ({layout})")).collect();
    let nodes = found.nodes_in_both + found.nodes_not_billed;
    let off = found.difference().ratio(found.modelled).map_or_else(String::new, |ratio| {
        let side = if ratio < 0.0 { "less" } else { "more" };
        format!("; {}% {side} was billed than modelled", percent(ratio.abs()))
    });
    format!(
        "Reconciled with {}, {}: {} of {} in the bill{off}.",
        files.join(", "),
        plural(found.charges, "charge", "charges"),
        count(found.nodes_in_both),
        plural(nodes, "node is", "nodes are"),
    )
}
