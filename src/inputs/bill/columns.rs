//! The columns of a bill by name.

use std::collections::BTreeSet;

use csv::StringRecord;
use rust_decimal::Decimal;

use super::error::BillError;
use super::rows::Place;

/// The header of a bill.
pub(super) struct Columns<'a> {
    label: &'a str,
    layout: &'static str,
    names: Vec<String>,
    used: BTreeSet<usize>,
}

impl<'a> Columns<'a> {
    /// `names` are the columns of the file `label`, in the spelling of `layout`.
    pub(super) fn new(label: &'a str, layout: &'static str, names: Vec<String>) -> Self {
        Self { label, layout, names, used: BTreeSet::new() }
    }

    /// A column that some exports have.
    pub(super) fn find(&mut self, name: &'static str) -> Option<Column> {
        let index = self.names.iter().position(|own| own == name)?;
        self.used.insert(index);
        Some(Column { name, index })
    }

    /// A column without which the bill cannot be used; `why` says what it is needed for.
    pub(super) fn need(&mut self, column: &'static str, why: &'static str) -> Result<Column, BillError> {
        let (label, layout) = (self.label, self.layout);
        self.find(column).ok_or_else(|| BillError::Column { label: label.to_owned(), layout, column, why })
    }

    /// Every column for whose name `key` has a value, with that value.
    pub(super) fn find_all<T>(&mut self, key: impl Fn(&str) -> Option<T>) -> Vec<(T, Column)> {
        let found = self.names.iter().enumerate().filter_map(|(index, name)| Some((key(name)?, index)));
        let found: Vec<_> = found.map(|(key, index)| (key, Column { name: "a column of tags", index })).collect();
        self.used.extend(found.iter().map(|(_, column)| column.index));
        found
    }

    /// Positions of the columns that were found, in the order of the file.
    #[cfg(feature = "parquet")]
    pub(super) fn used(self) -> Vec<usize> {
        self.used.into_iter().collect()
    }
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    name: &'static str,
    index: usize,
}

impl Column {
    /// The value in a row; empty for null.
    pub(super) fn text(self, row: &StringRecord) -> &str {
        row.get(self.index).unwrap_or_default().trim()
    }

    /// The amount in a row; empty for zero, because a charge without it has none.
    pub(super) fn amount(self, row: &StringRecord) -> Result<Decimal, ValueError> {
        match self.text(row) {
            "" => Ok(Decimal::ZERO),
            text => decimal(text)
                .ok_or_else(|| self.error(row, "which is not a number, for example 12.34: correct the export")),
        }
    }

    /// An error about the value in a row.
    pub(super) fn error(self, row: &StringRecord, why: &'static str) -> ValueError {
        ValueError { column: self.name, value: self.text(row).to_owned(), why }
    }
}

/// An optional column's value.
pub(super) fn text(column: Option<Column>, row: &StringRecord) -> &str {
    column.map_or("", |column| column.text(row))
}

/// A number, also as `1.2E-7`.
fn decimal(text: &str) -> Option<Decimal> {
    text.parse().or_else(|_| Decimal::from_scientific(text)).ok()
}

/// A value that cannot be read, before its row is known.
#[derive(Debug)]
pub(super) struct ValueError {
    pub(super) column: &'static str,
    pub(super) value: String,
    pub(super) why: &'static str,
}

impl ValueError {
    /// The error in its file and row.
    pub(super) fn at(self, (label, place): (&str, Place)) -> BillError {
        let Self { column, value, why } = self;
        BillError::Value { label: label.to_owned(), place, column, value, why }
    }
}
