//! Negotiated prices: the rules of a pricing file, which keep the list price alongside the price paid.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;

use super::{Billed, Commitment, FixedPrice, Offering, PriceScope, ServicePrices};
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

/// The rules of a pricing file. Only the most specific rule applies to an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pricing {
    /// Discounts by scope.
    pub discounts: BTreeMap<DiscountScope, Discount>,
    /// Fixed prices by the machines that they apply to.
    pub prices: BTreeMap<PriceScope, Arc<FixedPrice>>,
    /// Commitments, in the order of their lines.
    pub commitments: Vec<Commitment>,
}

/// Specificity of the rule that applies to a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// A fixed price of the node, by its name.
    Node,
    /// A fixed price of the node, by a label.
    Label,
    /// A fixed price of the instance type.
    Exact,
    /// A discount on its family.
    Family,
    /// The price of machines of the provider that have no other.
    Provider,
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
    /// The list price that a fixed price replaced.
    Replaced(MoneyPerHour),
    /// No table has a list price of this machine.
    Unknown,
}

/// Decimal places of a list price that is computed from the price paid; the same as for the mean price of traffic.
const LIST_DIGITS: u32 = 9;

impl Negotiated {
    /// A fixed price in place of a list price; `None` if no table has one.
    pub fn fixed(rule: &Arc<str>, list: Option<MoneyPerHour>) -> Self {
        Self { rule: Arc::clone(rule), list: list.map_or(ListPrice::Unknown, ListPrice::Replaced) }
    }

    /// The list price of a unit for which `paid` is paid; `None` if no table has one.
    pub fn list_price(&self, paid: Decimal) -> Option<Decimal> {
        match self.list {
            ListPrice::Paid(share) => Some(paid.checked_div(share).unwrap_or(paid).round_dp(LIST_DIGITS)),
            ListPrice::Replaced(list) => Some(list.amount()),
            ListPrice::Unknown => None,
        }
    }

    /// The same in another currency, of which one unit of the present currency buys `factor`.
    #[must_use]
    pub fn scaled(mut self, factor: Decimal) -> Self {
        if let ListPrice::Replaced(list) = &mut self.list {
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

    /// How specific the rule with this text is; a machine without a rule pays the list price.
    pub fn match_of(&self, rule: Option<&str>) -> Match {
        let Some(rule) = rule else { return Match::Unmatched };
        let fixed = self.prices.iter().find(|(_, price)| *price.rule == *rule).map(|(scope, _)| match scope {
            PriceScope::Node(_) => Match::Node,
            PriceScope::Label(..) => Match::Label,
            PriceScope::Type(..) => Match::Exact,
            PriceScope::Provider(_) => Match::Provider,
        });
        let discount = || {
            let (scope, _) = self.discounts.iter().find(|(_, discount)| *discount.rule == *rule)?;
            Some(match scope {
                DiscountScope::Family(_) => Match::Family,
                DiscountScope::Kind(_) => Match::Kind,
                DiscountScope::All => Match::All,
            })
        };
        fixed.or_else(discount).unwrap_or(Match::Unmatched)
    }

    /// The offering with the prices that are paid.
    #[must_use]
    pub fn offering(&self, provider: Provider, region: &str, mut offering: Offering) -> Offering {
        match self.machine_rule(provider, region, &offering.instance) {
            None => {}
            Some(MachineRule::Fixed(fixed)) => {
                offering.origin.negotiated = Some(Negotiated::fixed(&fixed.rule, Some(offering.on_demand)));
                let machine = &offering.instance;
                let (cores, gib) = (machine.vcpu.into(), machine.memory.exact_gib());
                let billed = Billed { cores, gib, gpus: machine.gpu_count.into() };
                let paid = fixed.machine(Some(billed)).unwrap_or(offering.on_demand);
                offering.on_demand = paid + fixed.upkeep;
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
        let of = |region: Option<&str>| {
            let scope = PriceScope::Type(instance_type.to_owned(), region.map(ToOwned::to_owned));
            self.prices.get(&scope).map(AsRef::as_ref)
        };
        of(Some(region)).or_else(|| of(None))
    }

    fn of(&self, kind: LineKind) -> Option<&Discount> {
        self.discounts.get(&DiscountScope::Kind(kind)).or_else(|| self.discounts.get(&DiscountScope::All))
    }
}
