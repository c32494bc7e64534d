//! The arguments of `capmodel stored`.

use clap::Args;
use rust_decimal::Decimal;

use super::{OutputArgs, Top};
use crate::units::{Date, Money, Month};

/// Arguments of `capmodel stored`.
#[derive(Args, Debug)]
#[command(
    after_help = "The reports are those that capmodel report --deliver stored, as cluster=NAME/month=YYYY-MM/report.json; of several \
reports of a cluster and month, the latest counts. Reports that would count a cluster twice, or that are in different \
currencies or of different periods, are refused.\n
Examples:
  capmodel stored /reports
  capmodel stored s3://reports/eu s3://reports/us --month 2026-10 --format csv
  capmodel stored /reports --months 6 --budget 120000 --format html --output months.html"
)]
pub struct StoredArgs {
    /// Folders or buckets that reports were delivered to: a path, s3://BUCKET/FOLDER, gs://BUCKET/FOLDER or
    /// az://CONTAINER/FOLDER
    #[arg(value_name = "FOLDER|BUCKET", required = true)]
    pub places: Vec<String>,
    /// Calendar month to show, in UTC: last, this, or YYYY-MM
    #[arg(long, value_name = "last|this|YYYY-MM", default_value = "last", value_parser = stored_month)]
    pub month: StoredMonth,
    /// Show this many months by namespace, up to --month
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=60))]
    pub months: Option<u16>,
    /// Budget of a month for all clusters, in the currency of the reports
    #[arg(long, value_name = "AMOUNT", value_parser = budget)]
    pub budget: Option<Money>,
    /// Rows that each table shows; the others are summed up
    #[arg(long, value_name = "N|all", default_value = "10", value_parser = super::report::top, help_heading = "Output")]
    pub top: Top,
    /// Format and destination of the output
    #[command(flatten)]
    pub output: OutputArgs,
}

/// A month, relative to today or by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoredMonth {
    /// The month before today's.
    Last,
    /// Today's month.
    This,
    /// The given month.
    Of(Month),
}

impl StoredMonth {
    /// The month, relative to `today`.
    pub fn month(self, today: Date) -> Month {
        match self {
            Self::Last => Month::of(today).previous(),
            Self::This => Month::of(today),
            Self::Of(month) => month,
        }
    }
}

fn stored_month(text: &str) -> Result<StoredMonth, String> {
    match text {
        "last" => Ok(StoredMonth::Last),
        "this" => Ok(StoredMonth::This),
        month => month.parse().map(StoredMonth::Of),
    }
}

fn budget(text: &str) -> Result<Money, String> {
    let amount = text.replace(',', "").parse::<Decimal>().ok().filter(|amount| amount.is_sign_positive());
    amount.map(Money::new).ok_or_else(|| "expected an amount of 0 or more, for example 120000".to_owned())
}
