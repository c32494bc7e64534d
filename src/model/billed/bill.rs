//! The charges of a bill, summed up while they are read.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::{BilledCluster, Cause, Charge, ChargeKind, Measure, ResourceId, ResourceKind};
use crate::units::Money;

/// The charges of a bill, by cause and by node. Its size depends on the cluster and not on the length of the bill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    cluster: BilledCluster,
    /// What the invoice demands for all charges.
    pub billed: Money,
    /// Effective cost of all charges.
    pub effective: Money,
    /// Number of charges.
    pub charges: u64,
    /// The charges of the cluster's nodes.
    pub nodes: BTreeMap<ResourceId, NodeBill>,
    /// Effective cost of all other charges.
    pub others: BTreeMap<Cause, Money>,
    /// Machines that tags assign to the cluster, but that are not among its nodes.
    pub not_in_cluster: BTreeSet<ResourceId>,
}

/// The charges of one node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeBill {
    /// The machine, as far as no commitment covers it.
    pub uncommitted: NodeCharges,
    /// The machine, as far as a commitment covers it.
    pub committed: NodeCharges,
    /// Everything else that is charged for the machine, such as its traffic.
    pub extras: Money,
}

/// Hours and effective cost of a machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeCharges {
    /// Hours that are billed for the machine.
    pub hours: Decimal,
    /// Hours that are billed for its cores.
    pub core_hours: Decimal,
    /// Effective cost.
    pub cost: Money,
}

/// The unit of a charge for a node is not known, so its hours are not either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownUnit(
    /// The unit, as the bill writes it.
    pub String,
);

impl Bill {
    /// An empty bill, which will tell apart the resources of this cluster.
    pub fn new(cluster: BilledCluster) -> Self {
        Self { cluster, ..Self::default() }
    }

    /// What identifies the resources of the cluster.
    pub const fn cluster(&self) -> &BilledCluster {
        &self.cluster
    }

    /// Adds a charge.
    ///
    /// # Errors
    /// [`UnknownUnit`] if it is for a node and its quantity is in an unknown unit.
    pub fn add(&mut self, charge: &Charge<'_>) -> Result<(), UnknownUnit> {
        self.charges += 1;
        self.billed = self.billed + charge.billed;
        self.effective = self.effective + charge.effective;
        let cause = match charge.kind {
            ChargeKind::Usage { measure, is_committed } => match self.cause_of_usage(charge) {
                Some(cause) => cause,
                None => return self.add_to_node(charge, measure, is_committed),
            },
            ChargeKind::Discount => match &charge.resource {
                Some(id) if self.cluster.has_machine(id) => {
                    return self.add_to_node(charge, Measure::MachinePart, false);
                }
                _ => Cause::Discount,
            },
            ChargeKind::Unused => Cause::UnusedCommitment,
            ChargeKind::Purchase => Cause::Purchases,
            ChargeKind::Tax => Cause::Tax,
            ChargeKind::Credit => Cause::Credit,
            ChargeKind::Refund => Cause::Refund,
            ChargeKind::Adjustment => Cause::Adjustment,
        };
        let sum = self.others.entry(cause).or_default();
        *sum = *sum + charge.effective;
        Ok(())
    }

    /// What usage is for; `None` for a node of the cluster.
    fn cause_of_usage(&mut self, charge: &Charge<'_>) -> Option<Cause> {
        let Some(id) = &charge.resource else {
            return Some(if charge.is_tagged { Cause::OtherOfCluster } else { Cause::Untagged });
        };
        if self.cluster.has_machine(id) {
            return None;
        }
        if !charge.is_tagged && !self.cluster.owns(id) {
            return Some(Cause::NotKubernetes);
        }
        Some(match id.kind() {
            ResourceKind::Machine => {
                self.not_in_cluster.insert(id.clone());
                Cause::NotInCluster
            }
            ResourceKind::Disk => Cause::Disks,
            ResourceKind::LoadBalancer => Cause::LoadBalancers,
            ResourceKind::ControlPlane => Cause::ControlPlane,
            ResourceKind::Pod => Cause::Pods,
            ResourceKind::Other => Cause::OtherOfCluster,
        })
    }

    fn add_to_node(
        &mut self,
        charge: &Charge<'_>,
        measure: Measure<'_>,
        is_committed: bool,
    ) -> Result<(), UnknownUnit> {
        let Some(id) = &charge.resource else { return Ok(()) };
        let node = self.nodes.entry(id.clone()).or_default();
        let machine = if is_committed { &mut node.committed } else { &mut node.uncommitted };
        match measure {
            Measure::MachineHours(hours) => machine.hours = machine.hours.saturating_add(hours),
            Measure::CoreHours(hours) => machine.core_hours = machine.core_hours.saturating_add(hours),
            Measure::MachinePart => {}
            Measure::Other => {
                node.extras = node.extras + charge.effective;
                return Ok(());
            }
            Measure::UnknownUnit(unit) => return Err(UnknownUnit(unit.to_owned())),
        }
        machine.cost = machine.cost + charge.effective;
        Ok(())
    }
}
