//! Prices in the currency of the report: every price table is in US dollars.

use super::{LineKind, Offering, ServicePrices};
use crate::units::Currency;

impl Offering {
    /// The same in a currency, exactly: amounts are rounded where they are shown.
    #[must_use]
    pub fn in_currency(mut self, currency: Currency) -> Self {
        let Some(rate) = currency.rate() else { return self };
        let factor = rate.per_usd();
        self.on_demand = self.on_demand * factor;
        self.spot = self.spot.map(|spot| spot * factor);
        self.origin.negotiated = self.origin.negotiated.map(|negotiated| negotiated.scaled(factor));
        self
    }
}

impl ServicePrices {
    /// The same in a currency, exactly.
    #[must_use]
    pub fn in_currency(mut self, currency: Currency) -> Self {
        if let Some(rate) = currency.rate() {
            LineKind::ALL.into_iter().for_each(|kind| self.scale(kind, rate.per_usd()));
        }
        self
    }
}
