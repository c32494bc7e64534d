//! Negotiated prices: the rules of a pricing file, which keep the list price alongside the price paid.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::{Offering, ServicePrices};
use crate::model::nodes::{InstanceType, Provider};
use crate::units::MoneyPerHour;

/// Kind of a bill line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineKind {
    /// Machines, and pods that are billed by their size.
    Node,
    /// Boot disks and volumes.
    Disk,
    /// Traffic between zones and to the internet.
    Traffic,
    /// The managed control plane.
    ControlPlane,
    /// Load balancers, their public addresses and their traffic.
    LoadBalancer,
}

impl LineKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Node, Self::Disk, Self::Traffic, Self::ControlPlane, Self::LoadBalancer];
}

/// Scope of a discount, from the least to the most specific.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DiscountScope {
    /// Every line of the bill.
    All,
    /// Every line of one kind.
    Kind(LineKind),
    /// The machines of one instance family.
    Family(String),
}

/// A discount on a list price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discount {
    /// The share of the list price that is paid, above 0 and below 1.
    pub paid: Decimal,
    /// Location and text of the rule.
    pub rule: Arc<str>,
}

/// A fixed on-demand price of an instance type, which replaces the list price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedPrice {
    /// Price of one machine per hour.
    pub per_hour: MoneyPerHour,
    /// Location and text of the rule.
    pub rule: Arc<str>,
}

/// The rules of a pricing file. Only the most specific rule applies to an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pricing {
    /// Discounts by scope.
    pub discounts: BTreeMap<DiscountScope, Discount>,
    /// Fixed prices by instance type and region; `None` means all regions.
    pub prices: BTreeMap<(String, Option<String>), FixedPrice>,
}

/// Specificity of the rule that applies to an offering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// A fixed price of the instance type.
    Exact,
    /// A discount on its family.
    Family,
    /// A discount on nodes.
    Kind,
    /// A discount on everything.
    All,
    /// No rule: the list price is paid.
    Unmatched,
}

/// The rule that prices a machine.
enum MachineRule<'a> {
    Fixed(&'a FixedPrice),
    Discount(&'a Discount, Match),
}

/// A price that replaced a list price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// Location and text of the rule.
    pub rule: Arc<str>,
    list: ListPrice,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum ListPrice {
    /// The list price is the paid price divided by this share.
    Paid(Decimal),
    /// The on-demand list price that a fixed price replaced.
    OnDemand(MoneyPerHour),
}

/// Decimal places of a list price that is computed from the price paid; the same as for the mean price of traffic.
const LIST_DIGITS: u32 = 9;

impl Negotiated {
    /// The list price of a unit for which `paid` is paid.
    pub fn list_price(&self, paid: Decimal) -> Decimal {
        match self.list {
            ListPrice::Paid(share) => paid.checked_div(share).unwrap_or(paid).round_dp(LIST_DIGITS),
            ListPrice::OnDemand(list) => list.amount(),
        }
    }

    /// The same in another currency, of which one unit of the present currency buys `factor`.
    #[must_use]
    pub fn scaled(mut self, factor: Decimal) -> Self {
        if let ListPrice::OnDemand(list) = &mut self.list {
            *list = *list * factor;
        }
        self
    }

    /// Whether the rule also applies to spot prices; a fixed price only applies to on-demand capacity.
    pub const fn includes_spot(&self) -> bool {
        matches!(self.list, ListPrice::Paid(_))
    }
}

impl From<&Discount> for Negotiated {
    fn from(discount: &Discount) -> Self {
        Self { rule: Arc::clone(&discount.rule), list: ListPrice::Paid(discount.paid) }
    }
}

impl Pricing {
    /// How specific the rule is that applies to an instance type.
    pub fn matched(&self, provider: Provider, region: &str, instance: &InstanceType) -> Match {
        match self.machine_rule(provider, region, instance) {
            None => Match::Unmatched,
            Some(MachineRule::Fixed(_)) => Match::Exact,
            Some(MachineRule::Discount(_, matched)) => matched,
        }
    }

    /// The offering with the prices that are paid.
    #[must_use]
    pub fn offering(&self, provider: Provider, region: &str, mut offering: Offering) -> Offering {
        match self.machine_rule(provider, region, &offering.instance) {
            None => {}
            Some(MachineRule::Fixed(fixed)) => {
                let list = ListPrice::OnDemand(offering.on_demand);
                offering.origin.negotiated = Some(Negotiated { rule: Arc::clone(&fixed.rule), list });
                offering.on_demand = fixed.per_hour;
            }
            Some(MachineRule::Discount(discount, _)) => {
                offering.on_demand = offering.on_demand * discount.paid;
                offering.spot = offering.spot.map(|spot| spot * discount.paid);
                offering.origin.negotiated = Some(discount.into());
            }
        }
        offering
    }

    /// The most specific rule that applies to an instance type; every precedence decision is made here.
    fn machine_rule(&self, provider: Provider, region: &str, instance: &InstanceType) -> Option<MachineRule<'_>> {
        if let Some(fixed) = self.fixed(region, &instance.name) {
            return Some(MachineRule::Fixed(fixed));
        }
        let scopes = [
            (DiscountScope::Family(instance.family(provider)), Match::Family),
            (DiscountScope::Kind(LineKind::Node), Match::Kind),
            (DiscountScope::All, Match::All),
        ];
        scopes
            .into_iter()
            .find_map(|(scope, matched)| Some(MachineRule::Discount(self.discounts.get(&scope)?, matched)))
    }

    /// The prices of everything except machines, as they are paid.
    #[must_use]
    pub fn services(&self, mut services: ServicePrices) -> ServicePrices {
        for kind in LineKind::ALL {
            let Some(discount) = self.of(kind) else { continue };
            services.scale(kind, discount.paid);
            for note in services.notes_mut(kind) {
                note.negotiated = Some(discount.into());
            }
        }
        services
    }

    fn fixed(&self, region: &str, instance_type: &str) -> Option<&FixedPrice> {
        let key = |region: Option<&str>| (instance_type.to_owned(), region.map(ToOwned::to_owned));
        self.prices.get(&key(Some(region))).or_else(|| self.prices.get(&key(None)))
    }

    fn of(&self, kind: LineKind) -> Option<&Discount> {
        self.discounts.get(&DiscountScope::Kind(kind)).or_else(|| self.discounts.get(&DiscountScope::All))
    }
}
