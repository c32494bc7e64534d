//! A reconciliation in the JSON document of a report.

use super::convert::cents;
use crate::model::report::{ReconciledRow, Reconciliation};
use crate::schema::report as wire;

pub(super) fn reconciliation(found: &Reconciliation) -> wire::Reconciliation {
    let file = |(name, layout): &(String, &str)| wire::BillFile { name: name.clone(), layout: (*layout).to_owned() };
    wire::Reconciliation {
        files: found.files.iter().map(file).collect(),
        charges: found.charges,
        modelled: cents(found.modelled),
        billed: cents(found.billed),
        difference: cents(found.difference()),
        nodes: wire::ReconciledNodes {
            in_both: found.nodes_in_both,
            not_billed: found.nodes_not_billed,
            not_in_cluster: found.machines_not_in_cluster,
        },
        rows: found.rows.iter().map(row).collect(),
    }
}

fn row(row: &ReconciledRow) -> wire::ReconciledRow {
    wire::ReconciledRow {
        cause: row.cause.name().to_owned(),
        modelled: row.modelled.map(cents),
        billed: cents(row.billed),
        difference: cents(row.difference()),
    }
}
