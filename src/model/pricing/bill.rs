//! Bill lines, and the rules by which their prices were determined.

use std::fmt;

use rust_decimal::Decimal;

use super::{Negotiated, PriceNote};
use crate::units::{Date, Money};

/// How a price was determined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceRule {
    /// A published list price.
    List,
    /// Derived from a published average saving, so only indicative.
    Indicative,
    /// From the user's price table.
    OwnTable,
    /// Known, but without a source that states it.
    Unconfirmed,
    /// From a pricing file, for a single node or a machine without another price.
    PricingFile,
    /// Computed from the cores and memory of a machine of unknown type.
    ByShape,
    /// No price is known.
    Unpriced,
}

impl PriceRule {
    /// Stable name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Indicative => "indicative",
            Self::OwnTable => "own-table",
            Self::Unconfirmed => "unconfirmed",
            Self::PricingFile => "pricing-file",
            Self::ByShape => "by-shape",
            Self::Unpriced => "unpriced",
        }
    }
}

impl fmt::Display for PriceRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A line of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillLine {
    /// Name of the billed item.
    pub name: String,
    /// Unit of the quantity.
    pub unit: &'static str,
    /// Number of units in the billed period.
    pub quantity: Decimal,
    /// Price paid for one unit; `None` if unknown.
    pub unit_price: Option<Decimal>,
    /// Price of the quantity; `None` if unknown.
    pub cost: Option<Money>,
    /// Date of the price; `None` if the source states none.
    pub price_date: Option<Date>,
    /// How the price was determined.
    pub price_rule: PriceRule,
    /// Publisher of the price; empty without a price.
    pub source: String,
    /// The pricing-file rule that replaced the list price, if any.
    pub negotiated: Option<Negotiated>,
}

impl BillLine {
    /// An empty line with the provider's price of one unit; `None` if no price is known.
    pub fn new(name: String, unit: &'static str, price: Option<(Decimal, &PriceNote)>) -> Self {
        Self {
            name,
            unit,
            quantity: Decimal::ZERO,
            unit_price: price.map(|(price, _)| price),
            cost: price.map(|_| Money::default()),
            price_date: price.and_then(|(_, note)| note.date),
            price_rule: price.map_or(PriceRule::Unpriced, |(_, note)| note.rule()),
            source: price.map_or_else(String::new, |(_, note)| format!("{}, {}", note.source, note.region)),
            negotiated: price.and_then(|(_, note)| note.negotiated.clone()),
        }
    }

    /// Sum of the lines with a known cost.
    pub fn total(lines: &[Self]) -> Money {
        lines.iter().filter_map(|line| line.cost).sum()
    }

    /// Adds another line of the same item: its unit price becomes the mean.
    pub fn merge(&mut self, other: &Self) {
        self.quantity += other.quantity;
        self.cost = self.cost.zip(other.cost).map(|(own, other)| own + other);
        self.unit_price = self.cost.and_then(|cost| Some(cost.amount().checked_div(self.quantity)?.round_dp(9)));
    }

    /// Adds a quantity at this unit price.
    pub fn add(&mut self, quantity: Decimal, unit_price: Option<Decimal>) {
        self.quantity += quantity;
        if let (Some(cost), Some(price)) = (&mut self.cost, unit_price) {
            *cost = *cost + Money::new(price.saturating_mul(quantity));
        }
    }
}
