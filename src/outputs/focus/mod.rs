//! A report as charges in the columns of FOCUS 1.2 (<https://focus.finops.org>): as CSV, and as Parquet for query engines.
//!
//! FOCUS describes bills, and a report is a model: nothing of it was billed, so every `BilledCost` is 0 and the modelled cost is the
//! `EffectiveCost`. Its sum over all charges is the cost of the cluster to the cent. What has no price has no charge, because
//! FOCUS knows no cost that is unknown; `x_Partial` says that some is missing.

mod charge;
mod columns;
#[cfg(feature = "parquet")]
mod parquet;

#[cfg(feature = "parquet")]
pub use self::parquet::parquet;

use self::charge::charges;
use self::columns::COLUMNS;
use super::OutputError;
use crate::model::report::Report;
use crate::model::usage::Period;

/// The times that the charges of a report are for.
#[derive(Clone, Copy, Debug)]
pub struct ChargePeriods {
    /// The calendar month that the report is stored under.
    pub billing: Period,
    /// The period that is reported; the whole month where a month of average length is priced.
    pub charge: Period,
}

/// The charges as CSV with a head.
///
/// # Errors
/// [`OutputError::Encode`], a bug.
pub fn focus(report: &Report, periods: ChargePeriods) -> Result<Vec<u8>, OutputError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let bug = |error: csv::Error| OutputError::Encode(error.into());
    writer.write_record(COLUMNS.iter().map(|column| column.name)).map_err(bug)?;
    for charge in charges(report, periods) {
        writer.write_record(COLUMNS.iter().map(|column| column.value.text(&charge))).map_err(bug)?;
    }
    writer.into_inner().map_err(|error| OutputError::Encode(error.to_string().into()))
}
