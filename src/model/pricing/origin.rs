//! Where a price comes from and how old it is.

use std::sync::Arc;

use super::{Negotiated, PriceRule};
use crate::model::nodes::CapacityType;
use crate::units::Date;

/// Which table a price was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PriceTable {
    /// The catalogue inside the binary.
    Catalogue,
    /// The price table of the user.
    Own,
}

/// What a spot price is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpotBasis {
    /// A published spot price.
    List {
        /// Date of publication.
        date: Date,
    },
    /// On-demand × (1 − a published average saving in whole percent): indicative.
    Derived {
        /// When the saving was published.
        date: Date,
    },
    /// No spot price is known.
    None,
}

/// How old prices are and who published them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceDates {
    /// The day of the on-demand price.
    pub on_demand_date: Date,
    /// Where the on-demand price was read: a project's name, or the path of the user's table.
    pub on_demand_source: Arc<str>,
    /// What the spot price is.
    pub spot: SpotBasis,
}

/// Where one offering's prices come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceOrigin {
    /// Table that the price was read from.
    pub table: PriceTable,
    /// Dates and sources of the prices.
    pub dates: PriceDates,
    /// What replaced the list price, where a pricing file has a rule for it.
    pub negotiated: Option<Negotiated>,
}

impl PriceOrigin {
    /// The day of a price bought that way.
    pub const fn date(&self, capacity_type: CapacityType) -> Date {
        match (capacity_type, self.dates.spot) {
            (CapacityType::Spot, SpotBasis::List { date } | SpotBasis::Derived { date }) => date,
            _ => self.dates.on_demand_date,
        }
    }

    /// What replaced the list price of a machine bought that way.
    pub fn negotiated(&self, capacity_type: CapacityType) -> Option<&Negotiated> {
        let on_demand = capacity_type == CapacityType::OnDemand;
        self.negotiated.as_ref().filter(|negotiated| on_demand || negotiated.includes_spot())
    }

    /// By what rule a price bought that way was taken.
    pub const fn rule(&self, capacity_type: CapacityType) -> PriceRule {
        match (self.table, capacity_type, self.dates.spot) {
            (PriceTable::Own, _, _) => PriceRule::OwnTable,
            (_, CapacityType::Spot, SpotBasis::Derived { .. }) => PriceRule::Indicative,
            _ => PriceRule::List,
        }
    }
}
