//! The currency of a result.

use super::{SettingsError, today};
use crate::cli::CurrencyArgs;
use crate::units::Currency;

impl CurrencyArgs {
    /// Combines the currency code and the exchange rate.
    ///
    /// # Errors
    /// [`SettingsError`] if one is given without the other, or if the rate is of a future day.
    pub(super) fn resolve(&self) -> Result<Currency, SettingsError> {
        if let Some(rate) = self.exchange_rate.filter(|_| self.currency.is_some())
            && rate.day() > today()?
        {
            return Err(SettingsError::RateToCome(rate));
        }
        Ok(Currency::new(self.currency, self.exchange_rate)?)
    }
}
