//! Source and age of a price.

use std::sync::Arc;

use super::{Negotiated, PriceRule};
use crate::model::nodes::CapacityType;
use crate::units::Date;

/// The table that a price was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PriceTable {
    /// The built-in catalogue.
    Catalogue,
    /// The user's price table.
    Own,
}

/// How a spot price is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpotBasis {
    /// A published spot price.
    List {
        /// Date of publication.
        date: Date,
    },
    /// On-demand price × (1 − a published average saving in whole percent), so only indicative.
    Derived {
        /// Date on which the saving was published.
        date: Date,
    },
    /// No spot price is known.
    None,
}

/// Dates and sources of prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceDates {
    /// Date of the on-demand price.
    pub on_demand_date: Date,
    /// Source of the on-demand price: the name of a project, or the path of the user's table.
    pub on_demand_source: Arc<str>,
    /// How the spot price is known.
    pub spot: SpotBasis,
}

/// Source of the prices of one offering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceOrigin {
    /// The table that the prices were read from.
    pub table: PriceTable,
    /// Dates and sources of the prices.
    pub dates: PriceDates,
    /// The pricing-file rule that replaced the list price, if any.
    pub negotiated: Option<Negotiated>,
}

impl PriceOrigin {
    /// Date of the price with this purchase option.
    pub const fn date(&self, capacity_type: CapacityType) -> Date {
        match (capacity_type, self.dates.spot) {
            (CapacityType::Spot, SpotBasis::List { date } | SpotBasis::Derived { date }) => date,
            _ => self.dates.on_demand_date,
        }
    }

    /// The rule that replaced the list price with this purchase option, if any.
    pub fn negotiated(&self, capacity_type: CapacityType) -> Option<&Negotiated> {
        let on_demand = capacity_type == CapacityType::OnDemand;
        self.negotiated.as_ref().filter(|negotiated| on_demand || negotiated.includes_spot())
    }

    /// How the price with this purchase option was determined.
    pub const fn rule(&self, capacity_type: CapacityType) -> PriceRule {
        match (self.table, capacity_type, self.dates.spot) {
            (PriceTable::Own, _, _) => PriceRule::OwnTable,
            (_, CapacityType::Spot, SpotBasis::Derived { .. }) => PriceRule::Indicative,
            _ => PriceRule::List,
        }
    }
}
