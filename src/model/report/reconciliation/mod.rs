//! Reconciliation: modelled cost compared with a bill, and the difference by cause.
//!
//! For each node in both, with modelled hours `h` at the modelled rate `p` and billed hours `H` for `B`, the difference
//! `B − h·p` is `(H − h)·p` for the hours and `B − H·p` for the rate, as in a variance analysis by volume and price.
//! Usage that a commitment covers has rows of its own. All rows together are the modelled and the billed total.

mod billable;

pub use billable::Billable;
pub(in crate::model::report) use billable::BillableMachine;

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Report;
use super::rounding::cent;
use crate::model::billed::{Bill, Cause, NodeBill, NodeCharges, ResourceId, ResourceKind};
use crate::model::finding::{Code, Finding};
use crate::units::Money;

/// Modelled and billed cost of a period, and their difference by cause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconciliation {
    /// The files of the bill, and their layouts.
    pub files: Vec<(String, &'static str)>,
    /// Number of charges in the bill.
    pub charges: u64,
    /// The rows, in the order of their causes.
    pub rows: Vec<ReconciledRow>,
    /// Modelled total, to the cent: that of the report.
    pub modelled: Money,
    /// Billed total, to the cent: that of the bill.
    pub billed: Money,
    /// Number of nodes in both.
    pub nodes_in_both: u64,
    /// Number of nodes that the bill does not contain.
    pub nodes_not_billed: u64,
    /// Number of machines that the bill assigns to the cluster, but that are not among its nodes.
    pub machines_not_in_cluster: u64,
}

/// Modelled and billed cost for one cause, to the cent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReconciledRow {
    /// Why they differ.
    pub cause: Cause,
    /// Modelled cost; `None` if it is not modelled.
    pub modelled: Option<Money>,
    /// Billed cost.
    pub billed: Money,
}

impl ReconciledRow {
    /// Billed less modelled cost.
    pub fn difference(&self) -> Money {
        self.billed - self.modelled.unwrap_or_default()
    }
}

impl Reconciliation {
    /// Billed less modelled cost; positive if the bill is higher.
    pub fn difference(&self) -> Money {
        self.billed - self.modelled
    }
}

/// Compares a report with its bill, whose `files` are named with their layouts, and stores the result in the report.
pub fn reconcile(report: &mut Report, bill: &Bill, files: Vec<(String, &'static str)>) {
    let mut rows = Rows::default();
    for (cause, cost) in &bill.others {
        rows.bill(*cause, *cost);
    }
    rows.bill(Cause::Amortised, bill.billed - bill.effective);
    for (kind, cost) in &report.billable.others {
        rows.model(cause_of(*kind), *cost);
    }
    let (mut in_both, mut not_billed) = (0, Vec::new());
    for (id, machines) in groups(&report.billable, bill) {
        match id.and_then(|id| bill.nodes.get(&id)) {
            Some(billed) => {
                in_both += machines.names.len() as u64;
                rows.node(&machines, billed);
            }
            None => {
                rows.model(Cause::NotBilled, machines.cost.unwrap_or_default());
                not_billed.extend(machines.names);
            }
        }
    }
    let reconciliation = Reconciliation {
        files,
        charges: bill.charges,
        modelled: report.total,
        billed: cent(bill.billed),
        rows: rows.rounded(report.total, cent(bill.billed)),
        nodes_in_both: in_both,
        nodes_not_billed: not_billed.len() as u64,
        machines_not_in_cluster: bill.not_in_cluster.len() as u64,
    };
    report.findings.extend(missing(&reconciliation, &not_billed, bill));
    report.findings.sort();
    report.reconciliation = Some(reconciliation);
}

/// Findings about nodes and machines that only one side has.
fn missing(found: &Reconciliation, not_billed: &[String], bill: &Bill) -> impl Iterator<Item = Finding> + use<> {
    let nodes = not_billed.first().map(|first| {
        let message = format!(
            "not in the bill: {} of {} nodes, for example {first}; their modelled cost has no billed counterpart",
            found.nodes_not_billed,
            found.nodes_not_billed + found.nodes_in_both
        );
        Finding::warning(Code::BillNodesMissing, "bill", message)
    });
    let machines = bill.not_in_cluster.first().map(|first| {
        let message = format!(
            "machines with tags of the cluster that are not among its nodes: {}, for example {}; their billed cost has no modelled counterpart",
            found.machines_not_in_cluster,
            first.as_str()
        );
        Finding::warning(Code::BillMachinesUnknown, "bill", message)
    });
    nodes.into_iter().chain(machines)
}

/// The row of what is not a machine.
const fn cause_of(kind: ResourceKind) -> Cause {
    match kind {
        ResourceKind::Pod => Cause::Pods,
        ResourceKind::Disk => Cause::Disks,
        ResourceKind::LoadBalancer => Cause::LoadBalancers,
        ResourceKind::ControlPlane => Cause::ControlPlane,
        ResourceKind::Machine | ResourceKind::Other => Cause::OtherOfCluster,
    }
}

/// Machines that the bill lists under one identifier: one, or those of a scale set.
#[derive(Default)]
struct Machines {
    names: Vec<String>,
    hours: Decimal,
    core_hours: Decimal,
    /// `None` if one of them has no price.
    cost: Option<Money>,
}

/// The machines by the identifier under which the bill lists them; by `None` and name where it does not.
fn groups(billable: &Billable, bill: &Bill) -> Vec<(Option<ResourceId>, Machines)> {
    let mut groups: BTreeMap<(Option<ResourceId>, &str), Machines> = BTreeMap::new();
    for (node, BillableMachine { cores, hours, cost }) in &billable.machines {
        let own = ResourceId::of_node(&node.provider_id);
        let set = own.as_ref().and_then(ResourceId::scale_set);
        let id = [own, set].into_iter().flatten().find(|id| bill.nodes.contains_key(id));
        let name = if id.is_some() { "" } else { node.name.as_str() };
        let new = || Machines { cost: Some(Money::default()), ..Machines::default() };
        let group = groups.entry((id, name)).or_insert_with(new);
        group.names.push(node.name.clone());
        group.hours = group.hours.saturating_add(hours.amount());
        group.core_hours = group.core_hours.saturating_add(cores.saturating_mul(hours.amount()));
        group.cost = group.cost.zip(*cost).map(|(sum, cost)| sum + cost);
    }
    groups.into_iter().map(|((id, _), machines)| (id, machines)).collect()
}

/// Exact modelled and billed cost by cause.
#[derive(Default)]
struct Rows(BTreeMap<Cause, (Option<Money>, Money)>);

impl Rows {
    fn model(&mut self, cause: Cause, cost: Money) {
        let modelled = &mut self.0.entry(cause).or_default().0;
        *modelled = Some(modelled.unwrap_or_default() + cost);
    }

    fn bill(&mut self, cause: Cause, cost: Money) {
        let billed = &mut self.0.entry(cause).or_default().1;
        *billed = *billed + cost;
    }

    /// Adds a node that is in both.
    fn node(&mut self, node: &Machines, billed: &NodeBill) {
        let NodeBill { uncommitted, committed, extras } = billed;
        self.bill(Cause::NodeExtras, *extras);
        let Some(cost) = node.cost else {
            self.bill(Cause::Unpriced, uncommitted.cost + committed.cost);
            return;
        };
        let price = cost.amount().checked_div(node.hours).unwrap_or_default();
        let cores = node.core_hours.checked_div(node.hours).unwrap_or_default();
        let hours_of = |charges: &NodeCharges| {
            charges.hours.saturating_add(charges.core_hours.checked_div(cores).unwrap_or_default())
        };
        let (plain, covered) = (hours_of(uncommitted), hours_of(committed));
        let all = plain.saturating_add(covered);
        let common = all.min(node.hours);
        let of_plain = match covered.is_zero() {
            true => common,
            false => plain.saturating_mul(common).checked_div(all).unwrap_or_default(),
        };
        let at_price = |hours: Decimal| Money::new(hours.saturating_mul(price));
        for (cause, charges, hours, common) in
            [(Cause::Rate, uncommitted, plain, of_plain), (Cause::Commitment, committed, covered, common - of_plain)]
        {
            if charges != &NodeCharges::default() {
                let beyond = at_price(hours - common);
                self.model(cause, at_price(common));
                self.bill(cause, charges.cost - beyond);
                self.bill(Cause::Hours, beyond);
            }
        }
        self.model(Cause::Hours, cost - at_price(common));
    }

    /// The rows to the cent, without those of zero. Each amount is rounded for itself, so that amounts that agree still
    /// agree; the cents that this adds or loses have a row of their own.
    fn rounded(self, modelled: Money, billed: Money) -> Vec<ReconciledRow> {
        let rows = self.0.into_iter().map(|(cause, (modelled, billed))| ReconciledRow {
            cause,
            modelled: modelled.map(cent),
            billed: cent(billed),
        });
        let is_known = |cost: Option<Money>| cost.is_some_and(|cost| cost != Money::default());
        let mut rows: Vec<ReconciledRow> =
            rows.filter(|row| is_known(row.modelled) || is_known(Some(row.billed))).collect();
        let modelled = modelled - rows.iter().filter_map(|row| row.modelled).sum();
        let billed = billed - rows.iter().map(|row| row.billed).sum();
        if (modelled, billed) != (Money::default(), Money::default()) {
            rows.push(ReconciledRow { cause: Cause::Rounding, modelled: Some(modelled), billed });
        }
        rows
    }
}
