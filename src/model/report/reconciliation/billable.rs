//! What a bill can be joined with: the machines and disks of a report, and the modelled cost of everything else.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use crate::model::billed::{BilledCluster, ResourceId, ResourceKind};
use crate::model::usage::NodeId;
use crate::units::{Hours, Money};

/// What a bill can be joined with.
#[derive(Clone, Debug, Default)]
pub struct Billable {
    /// Every machine of the period.
    pub(in crate::model::report) machines: BTreeMap<NodeId, BillableMachine>,
    /// Modelled cost of what is not a machine.
    pub(in crate::model::report) others: BTreeMap<ResourceKind, Money>,
    /// The disks of the volumes.
    pub(in crate::model::report) disks: BTreeSet<ResourceId>,
}

/// Modelled hours and cost of a machine in the period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::model::report) struct BillableMachine {
    /// Its cores; Google bills core-hours.
    pub(super) cores: Decimal,
    /// Hours for which it existed.
    pub(super) hours: Hours,
    /// Its cost; `None` without a price.
    pub(super) cost: Option<Money>,
}

impl Billable {
    /// Adds the hours of a machine; `cost` is `None` if it has no price.
    pub(in crate::model::report) fn add_machine(
        &mut self,
        id: NodeId,
        cores: Decimal,
        hours: Hours,
        cost: Option<Money>,
    ) {
        let new = BillableMachine { cores, hours: Hours::default(), cost: Some(Money::default()) };
        let machine = self.machines.entry(id).or_insert(new);
        machine.hours = Hours::of(machine.hours.amount().saturating_add(hours.amount()));
        machine.cost = machine.cost.zip(cost).map(|(sum, cost)| sum + cost);
    }

    /// Adds the modelled cost of something that is not a machine.
    pub(in crate::model::report) fn add(&mut self, kind: ResourceKind, cost: Money) {
        let sum = self.others.entry(kind).or_default();
        *sum = *sum + cost;
    }

    /// What identifies the resources of the cluster with this name in a bill.
    pub fn cluster(&self, name: &str) -> BilledCluster {
        let machines = self.machines.keys().filter_map(|id| ResourceId::of_node(&id.provider_id));
        BilledCluster::new(name, machines, self.disks.iter().cloned())
    }
}
