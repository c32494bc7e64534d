//! Two documents of one kind → what changed, why, and whether it is more than was allowed.

mod limit;
mod split;

pub use limit::Limit;
pub use split::{IdleFacts, LineFacts, MachineFacts, Part, Reason, ReportFacts, Resource, WorkloadFacts};

use std::collections::{BTreeMap, BTreeSet};

use crate::units::Money;

/// What kind of document is compared.
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
    /// Its name in `capmodel/NAME/v1`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Estimate => "estimate",
            Self::Workload => "workload",
        }
    }
}

/// What a comparison takes from one document.
#[derive(Clone, Debug)]
pub struct Compared {
    /// What it is.
    pub kind: Kind,
    /// Currency of its amounts.
    pub currency: String,
    /// Cost of everything; `None` where nothing has a price, and for an estimate, whose rows are alternatives.
    pub total: Option<Money>,
    /// Cost by row; `None` where it has none.
    pub rows: BTreeMap<String, Option<Money>>,
    /// What else could make a difference, by name.
    pub conditions: BTreeMap<&'static str, String>,
    /// Of a report: the quantities that explain its cost.
    pub facts: Option<ReportFacts>,
}

/// Why two documents cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotComparable {
    /// A report and an estimate, say.
    #[error("the first document is {} {} and the second {} {}: compare two documents of the same kind", article(.0), .0.name(), article(.1), .1.name())]
    Kinds(Kind, Kind),
    /// Amounts in different currencies.
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
    /// In the first document.
    pub before: Option<Money>,
    /// In the second document.
    pub after: Option<Money>,
}

impl Change {
    /// The second less the first; `None` where one is not known.
    pub fn difference(&self) -> Option<Money> {
        Some(self.after? - self.before?)
    }

    /// The difference divided by the first amount.
    pub fn share(&self) -> Option<f64> {
        self.difference()?.ratio(self.before?)
    }
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Only the second document has it.
    New,
    /// Only the first document has it.
    Gone,
    /// Its cost differs.
    Changed,
    /// Its cost is the same.
    Same,
}

impl Status {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Gone => "gone",
            Self::Changed => "changed",
            Self::Same => "same",
        }
    }
}

/// One row of both documents.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// What became of it.
    pub status: Status,
    /// Its cost.
    pub cost: Change,
}

/// What changed between two documents.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What was compared.
    pub kind: Kind,
    /// Currency of every amount.
    pub currency: String,
    /// Cost of everything; `None` for estimates.
    pub total: Option<Change>,
    /// Why the total changed; the amounts add up to its difference.
    pub parts: Vec<Part>,
    /// Rows, the largest change first.
    pub rows: Vec<Row>,
    /// What else differs.
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

/// The largest change first, then by name.
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
