//! Recognizes the layout of a bill by its columns.

use csv::StringRecord;

use super::columns::{Columns, ValueError};
use super::cur::{Cur, normalized};
use super::error::BillError;
use super::focus::Focus;
use crate::model::billed::{BilledCluster, Charge};

/// The layout of a file, with its columns.
pub(super) struct Layout {
    kind: Kind,
    #[cfg(feature = "parquet")]
    used: Vec<usize>,
}

enum Kind {
    Focus(Box<Focus>),
    Cur(Box<Cur>),
}

/// A row of a bill.
pub(super) struct Row<'r> {
    /// Start of the month in which it is billed.
    pub(super) billing_start: &'r str,
    /// Start of the usage.
    pub(super) usage_start: &'r str,
    /// ISO 4217 code of its currency.
    pub(super) currency: &'r str,
    /// The charge in that currency.
    pub(super) charge: Charge<'r>,
}

impl Layout {
    /// The layout with this header.
    pub(super) fn of(header: &StringRecord, cluster: &BilledCluster, label: &str) -> Result<Self, BillError> {
        let names: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        let has = |wanted: &str| names.iter().any(|name| name == wanted);
        let is_focus = has("BilledCost") || has("EffectiveCost");
        let (columns, kind) = if is_focus {
            let mut columns = Columns::new(label, Focus::NAME, names);
            let focus = Focus::of(&mut columns, cluster)?;
            (columns, Kind::Focus(Box::new(focus)))
        } else {
            let names: Vec<String> = names.iter().map(|name| normalized(name)).collect();
            if !names.iter().any(|name| name.starts_with("line_item_")) {
                return Err(unknown(header, label));
            }
            let mut columns = Columns::new(label, Cur::NAME, names);
            let cur = Cur::of(&mut columns, cluster)?;
            (columns, Kind::Cur(Box::new(cur)))
        };
        #[cfg(not(feature = "parquet"))]
        let _ = columns;
        Ok(Self {
            kind,
            #[cfg(feature = "parquet")]
            used: columns.used(),
        })
    }

    /// The charge of a row.
    pub(super) fn row<'r>(&self, row: &'r StringRecord) -> Result<Row<'r>, ValueError> {
        match &self.kind {
            Kind::Focus(focus) => focus.row(row),
            Kind::Cur(cur) => cur.row(row),
        }
    }

    /// Its name.
    pub(super) const fn name(&self) -> &'static str {
        match self.kind {
            Kind::Focus(_) => Focus::NAME,
            Kind::Cur(_) => Cur::NAME,
        }
    }

    /// Positions of the columns that it reads, in the order of the file.
    #[cfg(feature = "parquet")]
    pub(super) fn used(&self) -> &[usize] {
        &self.used
    }
}

fn unknown(header: &StringRecord, label: &str) -> BillError {
    let first: Vec<&str> = header.iter().take(4).collect();
    let columns = first.join(", ").escape_debug().take(120).collect();
    BillError::Layout { label: label.to_owned(), columns }
}
