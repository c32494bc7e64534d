//! The rows of a bill, one after another, from CSV or Parquet.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::path::Path;

use csv::StringRecord;

use super::error::BillError;
use super::layout::Layout;
use crate::inputs::files::{label, open};

/// The first bytes of a Parquet file (<https://parquet.apache.org/docs/file-format/>).
const PARQUET: &[u8] = b"PAR1";

/// Where a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Line of a text file, from 1.
    Line(u64),
    /// Row of a table, from 1.
    #[cfg(feature = "parquet")]
    Row(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            #[cfg(feature = "parquet")]
            Self::Row(row) => write!(f, "row {row}"),
        }
    }
}

/// Passes every row of a file to a function, after `begin` has recognized the layout by the header; returns the layout.
pub(super) fn read_rows(
    path: &Path,
    begin: impl FnOnce(&StringRecord) -> Result<Layout, BillError>,
    mut each: impl FnMut(&Layout, Place, &StringRecord) -> Result<(), BillError>,
) -> Result<Layout, BillError> {
    let failed = |cause: String| BillError::Read { label: label(path), cause };
    let mut source = BufReader::with_capacity(1 << 16, open(path)?);
    if source.fill_buf().map_err(|error| failed(error.to_string()))?.starts_with(PARQUET) {
        #[cfg(feature = "parquet")]
        return super::parquet::read_rows(path, begin, each);
        #[cfg(not(feature = "parquet"))]
        return Err(BillError::NoParquet { label: label(path) });
    }
    let broken = |error: csv::Error| failed(error.to_string());
    let mut reader = csv::Reader::from_reader(source);
    let layout = begin(reader.headers().map_err(broken)?)?;
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(broken)? {
        let line = record.position().map_or(0, csv::Position::line);
        each(&layout, Place::Line(line), &record)?;
    }
    Ok(layout)
}
