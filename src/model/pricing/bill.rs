//! The lines of a bill that are not nodes of a running cluster, and by what rule a price is taken.

use std::fmt;

use rust_decimal::Decimal;

use super::{Negotiated, PriceNote};
use crate::units::{Date, Money};

/// By what rule a price was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceRule {
    /// A published list price.
    List,
    /// Derived from a published average saving.
    Indicative,
    /// The price table of the user.
    OwnTable,
    /// Quoted without a source that states it.
    Unconfirmed,
    /// The cores and memory of a machine whose type is not known.
    ByShape,
    /// There is no price for the item.
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

/// One line of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillLine {
    /// Name of the item.
    pub name: String,
    /// The unit of the quantity.
    pub unit: &'static str,
    /// How many units in the time that is billed.
    pub quantity: Decimal,
    /// Price of one unit as it is paid; `None` where it is not known.
    pub unit_price: Option<Decimal>,
    /// Price of the quantity; `None` where it is not known.
    pub cost: Option<Money>,
    /// Day of the price, where the source gives one.
    pub price_date: Option<Date>,
    /// By what rule the price was taken.
    pub price_rule: PriceRule,
    /// Who published the price; empty where there is none.
    pub source: String,
    /// What replaced the list price, where a pricing file has a rule for it.
    pub negotiated: Option<Negotiated>,
}

impl BillLine {
    /// A line of nothing yet, at the price of one unit that a provider publishes; `None` where no price is known.
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

    /// Adds so many units at this price.
    pub fn add(&mut self, quantity: Decimal, unit_price: Option<Decimal>) {
        self.quantity += quantity;
        if let (Some(cost), Some(price)) = (&mut self.cost, unit_price) {
            *cost = *cost + Money::new(price.saturating_mul(quantity));
        }
    }
}
