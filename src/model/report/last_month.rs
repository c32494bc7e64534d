//! Compares the report with that of the previous month: which namespaces cost more or less.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Report;
use crate::units::{Money, Month};

/// The previous month, from its stored report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastMonth {
    /// The month.
    pub month: Month,
    /// Its cost; `None` if nothing had a price.
    pub cost: Option<Money>,
    /// Namespaces, the largest change first; without those whose cost is unknown in either month.
    pub namespaces: Vec<NamespaceChange>,
}

/// Cost of one namespace in two months; zero if it did not exist in one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceChange {
    /// Name of the namespace, or of a cluster row: `idle`, `shared`.
    pub name: String,
    /// Cost in the previous month.
    pub before: Money,
    /// Cost in this month.
    pub after: Money,
}

impl NamespaceChange {
    /// Cost of this month less that of the previous one.
    pub fn difference(&self) -> Money {
        self.after - self.before
    }
}

impl LastMonth {
    /// Compares `report` with what is known of the previous month. A cost of `None` is unknown.
    pub fn compared(report: &Report, month: Month, cost: Option<Money>, before: Vec<(String, Option<Money>)>) -> Self {
        let mut rows: BTreeMap<String, (Option<Money>, Option<Money>)> = BTreeMap::new();
        let none = (Some(Money::default()), Some(Money::default()));
        for (name, cost) in before {
            rows.entry(name).or_insert(none).0 = cost;
        }
        for row in &report.namespaces {
            let known = (!row.unpriced.any()).then(|| row.costs.total());
            rows.entry(row.name.clone()).or_insert(none).1 = known;
        }
        let known = |(name, costs): (String, (Option<Money>, Option<Money>))| {
            let (before, after) = (costs.0?, costs.1?);
            (before != after).then_some(NamespaceChange { name, before, after })
        };
        let mut namespaces: Vec<NamespaceChange> = rows.into_iter().filter_map(known).collect();
        namespaces
            .sort_by_key(|row| (Reverse(row.before.max(row.after) - row.before.min(row.after)), row.name.clone()));
        Self { month, cost, namespaces }
    }
}
