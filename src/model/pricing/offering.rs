//! An instance type with its price in one region.

use super::PriceOrigin;
use crate::model::nodes::{CapacityType, InstanceType};
use crate::units::MoneyPerHour;

/// An instance type with its price in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offering {
    /// The offered instance type.
    pub instance: InstanceType,
    /// On-demand price per hour.
    pub on_demand: MoneyPerHour,
    /// Spot price per hour; `None` if unknown.
    pub spot: Option<MoneyPerHour>,
    /// Source and dates of the prices.
    pub origin: PriceOrigin,
}

impl Offering {
    /// The hourly price with this purchase option; `None` if unknown.
    pub const fn price(&self, capacity_type: CapacityType) -> Option<MoneyPerHour> {
        match capacity_type {
            CapacityType::OnDemand => Some(self.on_demand),
            CapacityType::Spot => self.spot,
        }
    }
}
