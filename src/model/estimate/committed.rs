//! The nodes of an estimate after commitments, which lower their cost; what is not used is a line of its own.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::case::Case;
use super::lines::nodes_line;
use super::month::MonthPods;
use crate::model::packing::NodePlan;
use crate::model::pricing::{BillLine, Covered, Slice, Sold, cover};
use crate::units::{Hours, Money};

impl Case<'_> {
    /// Bill lines of the nodes of one type that hold the pods of each hour, the nodes themselves first, then the unused
    /// parts of commitments. Commitments are applied to each hour by itself, as in a report.
    pub(super) fn bought(&self, plan: &NodePlan, month: &MonthPods) -> Vec<BillLine> {
        let basis = &self.question.basis;
        let hours = basis.hours.amount();
        let node_hours = month.mean_nodes(plan) * hours;
        let mut nodes = nodes_line(basis, plan, node_hours);
        if basis.commitments.is_empty() {
            return vec![nodes];
        }
        let candidate = &basis.candidates[plan.candidate];
        let sold: Vec<Sold> = basis.sold(candidate).into_iter().collect();
        let mut levels: BTreeMap<u64, Decimal> = BTreeMap::new();
        for pods in month.hours() {
            *levels.entry(plan.nodes_for(*pods)).or_default() += Decimal::ONE;
        }
        let of_month = hours / Decimal::from(month.hours().len().max(1));
        let slice = |(nodes, count): (u64, Decimal)| Slice {
            day: basis.today,
            hours: Hours::of(count * of_month),
            machine_hours: sold.iter().map(|_| Decimal::from(nodes) * count * of_month).collect(),
        };
        let slices: Vec<Slice> = levels.into_iter().map(slice).collect();
        let Covered { savings, unused } = cover(&basis.commitments, &sold, &slices);
        if let Some(saving) = savings.first()
            && let Some((price, rule)) = saving.lowered(candidate.price, nodes.negotiated.as_ref(), node_hours)
        {
            nodes.cost = nodes.cost.map(|cost| Money::new(cost.amount() - saving.amount.amount()));
            nodes.unit_price = Some(price.amount().round_dp(9));
            nodes.negotiated = Some(rule);
        }
        std::iter::once(nodes).chain(unused).collect()
    }
}
