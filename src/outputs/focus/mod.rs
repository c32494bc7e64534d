//! A report as charges with the columns of FOCUS 1.2 (<https://focus.finops.org>), as CSV or as Parquet for query
//! engines.
//!
//! FOCUS describes bills, but a report is a model: none of its cost was billed. Every `BilledCost` is therefore 0 and
//! the modelled cost is the `EffectiveCost`, whose sum over all charges equals the cost of the cluster to the cent. An
//! item without a price has no charge, because FOCUS cannot express an unknown cost; `x_Partial` marks that some are
//! missing.

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

/// The periods of a report's charges.
#[derive(Clone, Copy, Debug)]
pub struct ChargePeriods {
    /// The calendar month that the report is stored under.
    pub billing: Period,
    /// The reported period; the whole month if a month of average length is priced.
    pub charge: Period,
}

/// The charges as CSV with a header line.
///
/// # Errors
/// [`OutputError::Encode`] if encoding fails, which is a bug.
pub fn focus(report: &Report, periods: ChargePeriods) -> Result<Vec<u8>, OutputError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let bug = |error: csv::Error| OutputError::Encode(error.into());
    writer.write_record(COLUMNS.iter().map(|column| column.name)).map_err(bug)?;
    for charge in charges(report, periods) {
        writer.write_record(COLUMNS.iter().map(|column| column.value.text(&charge))).map_err(bug)?;
    }
    writer.into_inner().map_err(|error| OutputError::Encode(error.to_string().into()))
}
