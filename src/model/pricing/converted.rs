//! Conversion of prices, which every table has in US dollars, to the currency of the report.

use super::{LineKind, Offering, ServicePrices};
use crate::units::Currency;

impl Offering {
    /// Converts the prices to a currency. Nothing is rounded here; amounts are rounded when they are shown.
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
    /// Converts the prices to a currency without rounding.
    #[must_use]
    pub fn in_currency(mut self, currency: Currency) -> Self {
        if let Some(rate) = currency.rate() {
            LineKind::ALL.into_iter().for_each(|kind| self.scale(kind, rate.per_usd()));
        }
        self
    }
}
