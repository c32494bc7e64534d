//! Cost by namespace, for one month or for several side by side.

use super::{known, split, table};
use crate::model::stored::{Fleet, KnownCost, NamespaceMonths};
use crate::outputs::document::Table;
use crate::outputs::number::{money, unknown};
use crate::units::Money;

/// Namespaces × months, the rest in one row, and the sum of each month.
pub(super) fn namespaces(fleet: &Fleet, rows: usize) -> Option<Table> {
    let months = &fleet.months;
    let heads = months.months.iter().map(|one| match months.months.len() {
        1 => fleet.currency.clone(),
        _ => one.month.to_string(),
    });
    let title = format!("Cost by namespace, {}", fleet.currency);
    let mut table = table(std::iter::once("namespace".to_owned()).chain(heads).collect(), &title);
    // The earliest months are dropped first.
    table = table.with_dropped(&(1..months.months.len()).collect::<Vec<_>>());
    let (shown, rest) = split(&months.namespaces, rows);
    for namespace in shown {
        let costs = namespace.costs.iter().map(|cost| cost.map_or_else(String::new, known));
        table.row(std::iter::once(namespace.name.clone()).chain(costs));
    }
    if !rest.is_empty() {
        let costs = (0..months.months.len()).map(|at| known(sum(rest, at)));
        table.row(std::iter::once(format!("{} more", rest.len())).chain(costs));
    }
    let costs = months.months.iter().map(|one| known(one.cost));
    table.sum(std::iter::once("total".to_owned()).chain(costs));
    if let Some(budget) = fleet.budget {
        let over = months.months.iter().map(|one| match (fleet.over_budget(one.cost), one.cost.whole()) {
            (Some(over), _) => money(over),
            (None, Some(_)) => money(Money::default()),
            // The missing part may be over the budget.
            (None, None) => unknown(),
        });
        table.row(std::iter::once(format!("over {}", money(budget))).chain(over));
    }
    (!months.namespaces.is_empty()).then_some(table)
}

/// The sum of namespaces in one of the months.
pub(super) fn sum(namespaces: &[NamespaceMonths], at: usize) -> KnownCost {
    namespaces.iter().filter_map(|namespace| namespace.costs.get(at).copied().flatten()).sum()
}
