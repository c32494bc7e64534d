//! An instance type with its price in one region.

use super::{PriceOrigin, Sold};
use crate::model::nodes::{CapacityType, InstanceType, Provider};
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
    /// What commitments need to know; `None` if a fixed price replaces the list price, which commitments do not lower.
    pub fn sold(&self, provider: Provider, region: &str) -> Option<Sold> {
        let negotiated = self.origin.negotiated.as_ref();
        if negotiated.is_some_and(|negotiated| !negotiated.includes_spot()) {
            return None;
        }
        let list = match negotiated {
            Some(negotiated) => MoneyPerHour::new(negotiated.list_price(self.on_demand.amount())?),
            None => self.on_demand,
        };
        Some(Sold {
            provider,
            region: region.to_owned(),
            name: self.instance.name.clone(),
            family: self.instance.family(provider),
            cores: self.instance.vcpu.into(),
            list,
            paid: self.on_demand,
        })
    }

    /// The hourly price with this purchase option; `None` if unknown.
    pub const fn price(&self, capacity_type: CapacityType) -> Option<MoneyPerHour> {
        match capacity_type {
            CapacityType::OnDemand => Some(self.on_demand),
            CapacityType::Spot => self.spot,
        }
    }
}
