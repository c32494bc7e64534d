//! Errors of reading a bill.

use super::rows::Place;
use crate::inputs::files::FileError;
use crate::units::Month;

/// A bill that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BillError {
    /// The file cannot be opened.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file cannot be read as CSV or Parquet.
    #[error(
        "{label} cannot be read as a bill: {cause}; give a CSV file, a CSV file packed with gzip, or a Parquet file"
    )]
    Read {
        /// The file.
        label: String,
        /// The error, with its line if known.
        cause: String,
    },
    /// The file is Parquet, which must be read from a file.
    #[cfg(feature = "parquet")]
    #[error("{label} is Parquet, which cannot be read from a pipe: save it, and give the path of the file")]
    ParquetOfPipe {
        /// The file.
        label: String,
    },
    /// This build cannot read Parquet.
    #[cfg(not(feature = "parquet"))]
    #[error(
        "{label} is Parquet, and this capmodel was built without it: export the bill as CSV, build capmodel with --features parquet, or use the \
         image"
    )]
    NoParquet {
        /// The file.
        label: String,
    },
    /// The file has no rows.
    #[error("{label} has no charges: check that the export of this month is complete")]
    Empty {
        /// The file.
        label: String,
    },
    /// The columns are not those of a supported export.
    #[error(
        "{label} is not a bill in a known layout: it has neither the columns of FOCUS (BilledCost, EffectiveCost, ChargeCategory) nor those of an AWS \
         Cost and Usage Report (line_item_line_item_type, line_item_unblended_cost); its columns begin with {columns}. Export the bill in one of \
         them"
    )]
    Layout {
        /// The file.
        label: String,
        /// Its first columns.
        columns: String,
    },
    /// A column is missing.
    #[error("{label} has the layout {layout}, but no column {column}: export the bill with it, because {why}")]
    Column {
        /// The file.
        label: String,
        /// Name of the layout.
        layout: &'static str,
        /// Name of the column.
        column: &'static str,
        /// What it is needed for.
        why: &'static str,
    },
    /// A value that cannot be read.
    #[error("{label}, {place}: {column} is `{value}`, {why}")]
    Value {
        /// The file.
        label: String,
        /// The row.
        place: Place,
        /// Name of the column.
        column: &'static str,
        /// The value.
        value: String,
        /// What is wrong with it, and what would be right.
        why: &'static str,
    },
    /// A time that cannot be read.
    #[error(
        "{label}, {place}: the time `{time}` is not in the format of ISO 8601, such as 2026-10-01T00:00:00Z: export the bill with such times"
    )]
    Time {
        /// The file.
        label: String,
        /// The row.
        place: Place,
        /// The time.
        time: String,
    },
    /// The bill is of another month.
    #[error(
        "{label}, {place}: the bill is of {found}, and the report of {month}: give the bill of {month}, or --month {found}"
    )]
    OtherMonth {
        /// The file.
        label: String,
        /// The row.
        place: Place,
        /// The month of the bill.
        found: Month,
        /// The month of the report.
        month: Month,
    },
    /// The bill is in another currency.
    #[error(
        "{label}, {place}: the charge is in {}, and the report in {currency}: {}",
        if found.is_empty() { "no currency" } else { found },
        remedy(found, currency)
    )]
    OtherCurrency {
        /// The file.
        label: String,
        /// The row.
        place: Place,
        /// The currency of the charge.
        found: String,
        /// The currency of the report.
        currency: String,
    },
    /// The hours of a node are in an unknown unit.
    #[error(
        "{label}, {place}: the use of a node is in the unit `{unit}`, which is not known as one of time (Hrs, Hours, Minutes, Seconds) or of anything \
         else: correct the export, or report the unit as a bug"
    )]
    Unit {
        /// The file.
        label: String,
        /// The row.
        place: Place,
        /// The unit.
        unit: String,
    },
}

fn remedy(found: &str, currency: &str) -> String {
    if found.is_empty() {
        return "correct the export".to_owned();
    }
    if currency == "USD" {
        return format!(
            "add --currency {found} --exchange-rate RATE@DATE, which converts the prices and the dollars of a bill"
        );
    }
    format!(
        "export the bill in {currency} or USD; no other currency is converted, because --exchange-rate is the rate of USD"
    )
}
