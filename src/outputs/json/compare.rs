//! A comparison as `capmodel/compare/v1`.

use crate::model::compare::{self, Comparison};
use crate::schema::compare::{Change, ChangedRow, Compare, CompareSchema, Part};
use crate::schema::number::DecimalText;
use crate::units::Money;

pub(in crate::outputs) fn document(comparison: &Comparison) -> Compare {
    let Comparison { kind, currency, total, parts, rows, notes } = comparison;
    let part = |part: &compare::Part| Part { reason: part.reason.name().to_owned(), amount: amount(part.amount) };
    let row = |row: &compare::Row| ChangedRow {
        name: row.name.clone(),
        status: row.status.name().to_owned(),
        cost: change(&row.cost),
    };
    Compare {
        schema: CompareSchema::V1,
        kind: kind.name().to_owned(),
        currency: currency.clone(),
        total: total.as_ref().map(change),
        parts: parts.iter().map(part).collect(),
        rows: rows.iter().map(row).collect(),
        notes: notes.clone(),
    }
}

fn change(change: &compare::Change) -> Change {
    Change {
        before: change.before.map(amount),
        after: change.after.map(amount),
        difference: change.difference().map(amount),
        share: change.share(),
    }
}

/// An amount with all digits, so that the parts add up.
pub(in crate::outputs) fn amount(amount: Money) -> DecimalText {
    DecimalText(amount.amount().normalize().to_string())
}
