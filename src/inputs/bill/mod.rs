//! Reads bills: exports in the columns of FOCUS or of the Cost and Usage Report of AWS, as CSV, CSV packed with gzip, or
//! Parquet.
//!
//! A bill has hundreds of megabytes, so rows are summed up while they are read. Whatever is not understood is refused
//! with its row, because a skipped row would be missing from the total.

mod columns;
mod cur;
mod error;
mod focus;
mod layout;
#[cfg(feature = "parquet")]
mod parquet;
mod rows;
mod tags;
mod unit;

pub use error::BillError;

use std::path::Path;

use rust_decimal::Decimal;

use self::layout::{Layout, Row};
use self::rows::{Place, read_rows};
use crate::inputs::files::label;
use crate::model::billed::{Bill, BilledCluster, Charge, ChargeKind, UnknownUnit};
use crate::units::{Currency, Month};

/// What a bill must be of.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The calendar month, in UTC.
    pub month: Month,
    /// The currency of the report. Dollars are converted by its rate.
    pub currency: Currency,
    /// What identifies the resources of the cluster.
    pub cluster: BilledCluster,
}

/// Reads a bill of one or more files; returns it with the layout of each file.
///
/// # Errors
/// [`BillError`], with the file, the row and what to do.
pub fn read_bill(files: &[impl AsRef<Path>], expected: Expected) -> Result<(Bill, Vec<&'static str>), BillError> {
    let Expected { month, currency, cluster } = expected;
    let mut bill = Bill::new(cluster);
    let mut layouts = Vec::new();
    for path in files.iter().map(AsRef::as_ref) {
        let label = label(path);
        let cluster = bill.cluster().clone();
        let before = bill.charges;
        let layout = read_rows(
            path,
            |header| Layout::of(header, &cluster, &label),
            |layout, place, record| {
                let row = layout.row(record).map_err(|error| error.at((&label, place)))?;
                add(&mut bill, row, (month, currency), (&label, place))
            },
        )?;
        if bill.charges == before {
            return Err(BillError::Empty { label });
        }
        layouts.push(layout.name());
    }
    Ok((bill, layouts))
}

/// Adds a row after checking its month and its currency.
fn add(
    bill: &mut Bill,
    row: Row<'_>,
    (month, currency): (Month, Currency),
    (label, place): (&str, Place),
) -> Result<(), BillError> {
    let Row { billing_start, usage_start, currency: code, charge } = row;
    let label = || label.to_owned();
    let month_of = |time: &str| {
        let found = time.get(..7).filter(|_| time.as_bytes().get(7) == Some(&b'-')).map(str::parse::<Month>);
        found.and_then(Result::ok).ok_or_else(|| BillError::Time { label: label(), place, time: time.to_owned() })
    };
    let billed_in = month_of(billing_start)?;
    if billed_in != month {
        return Err(BillError::OtherMonth { label: label(), place, found: billed_in, month });
    }
    let rate = match currency.rate() {
        _ if code == currency.code() => Decimal::ONE,
        Some(rate) if code == "USD" => rate.per_usd(),
        _ => {
            let found = code.to_owned();
            return Err(BillError::OtherCurrency {
                label: label(),
                place,
                found,
                currency: currency.code().to_owned(),
            });
        }
    };
    let is_usage = matches!(charge.kind, ChargeKind::Usage { .. } | ChargeKind::Discount);
    let kind = match is_usage && month_of(usage_start)? != month {
        true => ChargeKind::Adjustment,
        false => charge.kind,
    };
    let charge = Charge { billed: charge.billed * rate, effective: charge.effective * rate, kind, ..charge };
    bill.add(&charge).map_err(|UnknownUnit(unit)| BillError::Unit { label: label(), place, unit })
}
