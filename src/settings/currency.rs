//! The currency of a result.

use super::{SettingsError, today};
use crate::cli::CurrencyArgs;
use crate::units::{Currency, Timestamp};

impl CurrencyArgs {
    /// Combines the currency code and the exchange rate.
    ///
    /// # Errors
    /// A code without a rate, a rate without a code, or one of a day to come.
    pub(super) fn resolve(&self, now: Timestamp) -> Result<Currency, SettingsError> {
        if let Some(rate) = self.exchange_rate.filter(|_| self.currency.is_some())
            && rate.day() > today(now)
        {
            return Err(SettingsError::FutureRate(rate));
        }
        Ok(Currency::new(self.currency, self.exchange_rate)?)
    }
}
