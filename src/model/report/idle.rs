//! What nobody asked for, resource by resource: that the memory is full says nothing of the cores.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::cents::round_to;
use super::ledger::Idle;
use super::pool::Parts;
use crate::units::{Hours, Money};

/// What nobody asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct IdleCost {
    /// All of it, to the cent.
    pub cost: Money,
    /// Cores.
    pub cpu: IdleRoom,
    /// Memory in GiB.
    pub memory: IdleRoom,
    /// Accelerators; `None` where no node has one.
    pub gpu: Option<IdleRoom>,
}

/// One resource of it.
#[derive(Clone, Debug, PartialEq)]
pub struct IdleRoom {
    /// How much nobody asked for, on average.
    pub amount: Decimal,
    /// Of what the nodes with a price have.
    pub share: f64,
    /// What it costs, to the cent.
    pub cost: Money,
}

impl IdleCost {
    /// Of a ledger over so many hours with data; `has` is what the nodes with a price have, and `cost` what the rows pay.
    pub(super) fn of(idle: &Idle, has: Parts<Decimal>, hours: Hours, cost: Money) -> Option<Self> {
        let room = idle.room;
        if has == Parts::default() {
            return None;
        }
        let mut costs = vec![idle.cost.cpu, idle.cost.memory, idle.cost.gpu];
        round_to(&mut costs, cost);
        let one = |at: usize, room: Decimal, has: Decimal| IdleRoom {
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

    /// A part of the cost by resource, cores, memory and accelerators, together the part to the cent.
    pub fn split(&self, part: Money) -> [Money; 3] {
        let gpu = self.gpu.as_ref().map_or_else(Money::default, |gpu| gpu.cost);
        let share = |cost: Money| part * cost.amount().checked_div(self.cost.amount()).unwrap_or_default();
        let mut parts = [self.cpu.cost, self.memory.cost, gpu].map(share);
        round_to(&mut parts, part);
        parts
    }
}
