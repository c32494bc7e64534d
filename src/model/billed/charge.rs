//! One charge of a bill.

use rust_decimal::Decimal;

use super::ResourceId;
use crate::units::Money;

/// One charge, in the currency of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge<'a> {
    /// What the invoice demands for it.
    pub billed: Money,
    /// Its cost with commitments spread over the usage that they cover.
    pub effective: Money,
    /// What it is.
    pub kind: ChargeKind<'a>,
    /// The resource that it is for; `None` if the bill names none.
    pub resource: Option<ResourceId>,
    /// Whether a tag assigns it to the cluster.
    pub is_tagged: bool,
}

/// What a charge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChargeKind<'a> {
    /// The use of a resource.
    Usage {
        /// What is counted.
        measure: Measure<'a>,
        /// Whether a commitment covers it.
        is_committed: bool,
    },
    /// A discount on usage, as a charge of its own.
    Discount,
    /// A commitment that no usage made use of.
    Unused,
    /// A purchase or a fee.
    Purchase,
    /// A tax.
    Tax,
    /// A credit.
    Credit,
    /// A refund.
    Refund,
    /// A correction, or usage of another month.
    Adjustment,
}

/// What the quantity of a charge counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure<'a> {
    /// Hours of a machine.
    MachineHours(Decimal),
    /// Hours of a machine's cores, which Google bills apart from its memory.
    CoreHours(Decimal),
    /// A part of a machine's price that does not count its hours, such as its memory.
    MachinePart,
    /// Something other than the machine itself.
    Other,
    /// Not known, because the unit is not.
    UnknownUnit(&'a str),
}
