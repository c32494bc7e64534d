//! Idle cost by resource: full memory does not imply that no CPU is idle.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::ledger::Idle;
use super::pool::Parts;
use super::rounding::round_to;
use crate::units::{Hours, Money};

/// Cost of capacity that no pod requested or used.
#[derive(Clone, Debug, PartialEq)]
pub struct IdleCost {
    /// Idle cost of all resources, rounded to the cent.
    pub cost: Money,
    /// Idle CPU in cores.
    pub cpu: IdleResource,
    /// Idle memory in GiB.
    pub memory: IdleResource,
    /// Idle accelerators; `None` if no node has one.
    pub gpu: Option<IdleResource>,
}

/// Idle amount and cost of one resource.
#[derive(Clone, Debug, PartialEq)]
pub struct IdleResource {
    /// Average idle amount: cores, GiB or accelerators.
    pub amount: Decimal,
    /// Share of the capacity of the nodes with a price, 0 to 1.
    pub share: f64,
    /// Cost of the idle amount, rounded to the cent.
    pub cost: Money,
}

impl IdleCost {
    /// Idle cost of a ledger over `hours` hours with data. `has` is the capacity of the nodes with a price in
    /// resource-hours; `cost` is the idle cost that the rows pay. `None` if no node has a price.
    pub(super) fn of(idle: &Idle, has: Parts<Decimal>, hours: Hours, cost: Money) -> Option<Self> {
        let room = idle.room;
        if has == Parts::default() {
            return None;
        }
        let mut costs = vec![idle.cost.cpu, idle.cost.memory, idle.cost.gpu];
        round_to(&mut costs, cost);
        let one = |at: usize, room: Decimal, has: Decimal| IdleResource {
            amount: room.checked_div(hours.amount()).unwrap_or_default(),
            share: room.checked_div(has).and_then(|share| share.to_f64()).unwrap_or_default(),
            cost: costs.get(at).copied().unwrap_or_default(),
        };
        Some(Self {
            cost,
            cpu: one(0, room.cpu, has.cpu),
            memory: one(1, room.memory, has.memory),
            gpu: (!has.gpu.is_zero()).then(|| one(2, room.gpu, has.gpu)),
        })
    }

    /// Splits a part of the cost by resource: CPU, memory and accelerators. The three amounts add up to `part` to the
    /// cent.
    pub fn split(&self, part: Money) -> [Money; 3] {
        let gpu = self.gpu.as_ref().map_or_else(Money::default, |gpu| gpu.cost);
        let share = |cost: Money| part * cost.amount().checked_div(self.cost.amount()).unwrap_or_default();
        let mut parts = [self.cpu.cost, self.memory.cost, gpu].map(share);
        round_to(&mut parts, part);
        parts
    }
}
