use std::sync::Arc;

use super::CapacityType;
use crate::units::Date;

/// Which table a price was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PriceTable {
    /// The catalogue inside the binary.
    Catalogue,
    /// The user's own table.
    Own,
}

/// What a spot price is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpotBasis {
    /// A published price.
    List {
        /// When it was published.
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
    /// The table.
    pub table: PriceTable,
    /// Its dates and source.
    pub dates: PriceDates,
}

impl PriceOrigin {
    /// The day of a price bought that way.
    pub const fn date(&self, capacity_type: CapacityType) -> Date {
        match (capacity_type, self.dates.spot) {
            (CapacityType::Spot, SpotBasis::List { date } | SpotBasis::Derived { date }) => date,
            _ => self.dates.on_demand_date,
        }
    }

    /// What kind of price it is, bought that way: `list`, `own-table`, or `indicative` where it was derived.
    pub const fn rule(&self, capacity_type: CapacityType) -> &'static str {
        match (self.table, capacity_type, self.dates.spot) {
            (PriceTable::Own, _, _) => "own-table",
            (_, CapacityType::Spot, SpotBasis::Derived { .. }) => "indicative",
            _ => "list",
        }
    }
}
