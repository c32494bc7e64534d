//! Prices of machines that a pricing file states: per machine, or per core, GiB and accelerator, with power and space.

use std::sync::Arc;

use rust_decimal::Decimal;

use super::Shape;
use crate::model::nodes::Provider;
use crate::units::MoneyPerHour;

/// The machines that a fixed price applies to, from the most to the least specific.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PriceScope {
    /// The node with this name.
    Node(String),
    /// Nodes with a label: its key and value.
    Label(String, String),
    /// Machines of an instance type, in one region or, without a region, in all.
    Type(String, Option<String>),
    /// Machines of a provider that have no other price.
    Provider(Provider),
}

/// Prices per hour of one unit of each resource, in US dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitRates {
    /// Price of a core.
    pub core: MoneyPerHour,
    /// Price of a GiB of memory.
    pub gib: MoneyPerHour,
    /// Price of an accelerator; `None` if the file states none.
    pub gpu: Option<MoneyPerHour>,
}

/// The unit of a fixed price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rate {
    /// One machine per hour.
    Machine(MoneyPerHour),
    /// Its cores, memory and accelerators.
    Units(UnitRates),
}

/// A fixed price of a machine, which replaces the list price, in US dollars.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FixedPrice {
    /// Price of the machine itself.
    pub rate: Rate,
    /// Price of its power and space per hour, on top of the machine.
    pub upkeep: MoneyPerHour,
    /// Location and text of the rule.
    pub rule: Arc<str>,
}

/// The resources of a machine that unit rates are multiplied by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Billed {
    /// Number of cores.
    pub cores: Decimal,
    /// Memory in GiB.
    pub gib: Decimal,
    /// Number of accelerators.
    pub gpus: u64,
}

impl Billed {
    /// The resources of a node.
    pub fn of(shape: Shape, gpus: u64) -> Self {
        Self { cores: shape.cpu.exact_cores(), gib: shape.memory_gib.into(), gpus }
    }

    /// What these resources cost per hour at OpenCost's default prices, in US dollars (`configs/default.json` of
    /// OpenCost: 0.031611 per core, 0.004237 per GiB, 0.95 per accelerator). Only a measure of what is plausible.
    pub fn usual(&self) -> MoneyPerHour {
        let (core, gib) = super::opencost_default();
        core * self.cores + gib * self.gib + MoneyPerHour::new(Decimal::new(95, 2)) * self.gpus
    }
}

/// Factor from which a price is far from what is usual: a month has 730 hours, so a price per month in place of one per
/// hour is 730 times too high, and √730 = 27 is halfway between.
const IMPLAUSIBLE: Decimal = Decimal::from_parts(27, 0, 0, false, 0);

/// Whether a price is more than 27 times above or below what is usual.
pub fn is_implausible(price: Decimal, usual: Decimal) -> bool {
    price > usual * IMPLAUSIBLE || price * IMPLAUSIBLE < usual
}

impl FixedPrice {
    /// Price of the machine itself per hour, without power and space; `None` if it depends on an unknown size.
    pub fn machine(&self, billed: Option<Billed>) -> Option<MoneyPerHour> {
        match (self.rate, billed) {
            (Rate::Machine(price), _) => Some(price),
            (Rate::Units(rates), Some(Billed { cores, gib, gpus })) => {
                Some(rates.core * cores + rates.gib * gib + rates.gpu.unwrap_or_default() * gpus)
            }
            (Rate::Units(_), None) => None,
        }
    }

    /// Whether the price excludes the accelerators of a machine that has some.
    pub const fn lacks_accelerators(&self) -> bool {
        matches!(self.rate, Rate::Units(UnitRates { gpu: None, .. }))
    }
}
