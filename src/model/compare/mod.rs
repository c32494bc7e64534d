//! Compares two documents of one kind: what changed, why, and whether the change exceeds a limit.

mod limit;
mod split;

pub use limit::Limit;
pub use split::{IdleFacts, LineFacts, MachineFacts, Part, Reason, ReportFacts, Resource, WorkloadFacts};

use std::collections::{BTreeMap, BTreeSet};

use crate::units::Money;

/// The kind of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `capmodel/report/v1`.
    Report,
    /// `capmodel/estimate/v1`.
    Estimate,
    /// `capmodel/workload/v1`.
    Workload,
}

impl Kind {
    /// The name in `capmodel/NAME/v1`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Estimate => "estimate",
            Self::Workload => "workload",
        }
    }
}

/// The parts of a document that a comparison uses.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Kind of the document.
    pub kind: Kind,
    /// Currency of its amounts.
    pub currency: String,
    /// Total cost; `None` if nothing has a price, and for an estimate, whose rows are alternatives.
    pub total: Option<Money>,
    /// Cost by row; `None` for a row without a cost.
    pub rows: BTreeMap<String, Option<Money>>,
    /// Other values that may explain a difference, by name.
    pub conditions: BTreeMap<&'static str, String>,
    /// For a report: the quantities that explain its cost.
    pub facts: Option<ReportFacts>,
}

/// Why two documents cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotComparable {
    /// The documents are of different kinds, for example a report and an estimate.
    #[error("the first document is {} {} and the second {} {}: compare two documents of the same kind", article(.0), .0.name(), article(.1), .1.name())]
    Kinds(Kind, Kind),
    /// The amounts are in different currencies.
    #[error("the first document is in {0} and the second in {1}: compare two documents in the same currency")]
    Currencies(String, String),
}

const fn article(kind: &Kind) -> &'static str {
    match kind {
        Kind::Estimate => "an",
        Kind::Report | Kind::Workload => "a",
    }
}

/// An amount in both documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Amount in the first document.
    pub before: Option<Money>,
    /// Amount in the second document.
    pub after: Option<Money>,
}

impl Change {
    /// Second amount − first amount; `None` if one of them is unknown.
    pub fn difference(&self) -> Option<Money> {
        Some(self.after? - self.before?)
    }

    /// The difference ÷ the first amount.
    pub fn share(&self) -> Option<f64> {
        self.difference()?.ratio(self.before?)
    }
}

/// How a row changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Only the second document has the row.
    New,
    /// Only the first document has the row.
    Gone,
    /// The cost differs.
    Changed,
    /// The cost is the same.
    Same,
}

impl Status {
    /// Stable name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Gone => "gone",
            Self::Changed => "changed",
            Self::Same => "same",
        }
    }
}

/// One row of the two documents.
#[derive(Clone, Debug)]
pub struct Row {
    /// Name of the row.
    pub name: String,
    /// How it changed.
    pub status: Status,
    /// Its cost in both documents.
    pub cost: Change,
}

/// The result of a comparison.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Kind of the documents.
    pub kind: Kind,
    /// Currency of all amounts.
    pub currency: String,
    /// Total cost; `None` for estimates.
    pub total: Option<Change>,
    /// Reasons for the change of the total; the amounts add up to its difference.
    pub parts: Vec<Part>,
    /// Rows, largest change first.
    pub rows: Vec<Row>,
    /// Other differences.
    pub notes: Vec<String>,
}

/// Compares two documents.
///
/// # Errors
/// [`NotComparable`]: their kinds or currencies differ.
pub fn compare(before: &Compared, after: &Compared) -> Result<Comparison, NotComparable> {
    if before.kind != after.kind {
        return Err(NotComparable::Kinds(before.kind, after.kind));
    }
    if before.currency != after.currency {
        return Err(NotComparable::Currencies(before.currency.clone(), after.currency.clone()));
    }
    let total = Change { before: before.total, after: after.total };
    let parts = match (&before.facts, &after.facts, total.difference()) {
        (Some(first), Some(second), Some(difference)) => split::split(first, second, difference),
        _ => Vec::new(),
    };
    Ok(Comparison {
        kind: before.kind,
        currency: before.currency.clone(),
        total: (before.kind != Kind::Estimate).then_some(total),
        parts,
        rows: rows(before, after),
        notes: notes(before, after),
    })
}

/// Sorts by the largest change, then by name.
fn rows(before: &Compared, after: &Compared) -> Vec<Row> {
    let names: BTreeSet<&String> = before.rows.keys().chain(after.rows.keys()).collect();
    let mut rows: Vec<Row> = names
        .into_iter()
        .map(|name| {
            let (first, second) = (before.rows.get(name), after.rows.get(name));
            let status = match (first, second) {
                (None, _) => Status::New,
                (_, None) => Status::Gone,
                (one, other) if one == other => Status::Same,
                _ => Status::Changed,
            };
            let cost = Change { before: first.copied().flatten(), after: second.copied().flatten() };
            Row { name: name.clone(), status, cost }
        })
        .collect();
    let size = |row: &Row| {
        let (before, after) = (row.cost.before.unwrap_or_default(), row.cost.after.unwrap_or_default());
        if after > before { after - before } else { before - after }
    };
    rows.sort_by_key(|row| std::cmp::Reverse(size(row)));
    rows
}

fn notes(before: &Compared, after: &Compared) -> Vec<String> {
    let names: BTreeSet<&&str> = before.conditions.keys().chain(after.conditions.keys()).collect();
    let unknown = || "not known".to_owned();
    let differs = |name: &&&str| before.conditions.get(**name) != after.conditions.get(**name);
    let sentence = |name: &&str| {
        let value = |side: &Compared| side.conditions.get(*name).cloned().unwrap_or_else(unknown);
        format!("The {name} differs: {} before, {} after.", value(before), value(after))
    };
    names.into_iter().filter(differs).map(sentence).collect()
}
