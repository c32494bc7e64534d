//! The arguments for the currency of a result and its exchange rate.

use clap::Args;

use crate::units::{CurrencyCode, ExchangeRate};

/// The currency of a result.
#[derive(Args, Debug)]
pub struct CurrencyArgs {
    /// Currency of every amount, as an ISO 4217 code; any other than USD needs --exchange-rate [default: USD]
    #[arg(long, value_name = "CODE", help_heading = "Prices")]
    pub currency: Option<CurrencyCode>,
    /// Units of --currency for 1 USD, and the day of the rate, for example 0.92@2026-11-01; no rate is ever fetched
    #[arg(long, value_name = "RATE@DATE", help_heading = "Prices")]
    pub exchange_rate: Option<ExchangeRate>,
}
