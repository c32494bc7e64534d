//! An instance type with its price in one region.

use super::PriceOrigin;
use crate::model::nodes::{CapacityType, InstanceType};
use crate::units::MoneyPerHour;

/// An instance type with its price in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offering {
    /// The instance type that is offered.
    pub instance: InstanceType,
    /// List price for an hour, on demand.
    pub on_demand: MoneyPerHour,
    /// Price for an hour of spare capacity that can be taken back, where one is known.
    pub spot: Option<MoneyPerHour>,
    /// Which table the prices are from, and how old they are.
    pub origin: PriceOrigin,
}

impl Offering {
    /// The price for an hour, bought that way; `None` where no such price is known.
    pub const fn price(&self, capacity_type: CapacityType) -> Option<MoneyPerHour> {
        match capacity_type {
            CapacityType::OnDemand => Some(self.on_demand),
            CapacityType::Spot => self.spot,
        }
    }
}
