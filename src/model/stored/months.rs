//! The cost of stored months by namespace.

use std::collections::BTreeMap;

use super::refusal::same_cluster;
use super::{CostLine, KnownCost, MonthReport};
use crate::units::{Money, Month};

/// Several months, from the earliest to the latest, by namespace over all clusters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Months {
    /// The months in order, without gaps.
    pub months: Vec<OneMonth>,
    /// The namespaces, most expensive first; in every month their sum is the cost of the month.
    pub namespaces: Vec<NamespaceMonths>,
}

/// The cost of one month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneMonth {
    /// The month.
    pub month: Month,
    /// Sum of its reports; incomplete if a report is missing.
    pub cost: KnownCost,
    /// Number of reports.
    pub clusters: usize,
    /// Clusters that have a report of the month before and none of this one.
    pub missing: Vec<String>,
}

/// The cost of one namespace in every month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamespaceMonths {
    /// Name of the namespace; the namespaces of that name in all clusters are added up.
    pub name: String,
    /// Cost of each month, in order; `None` if no cluster has the namespace in that month.
    pub costs: Vec<Option<KnownCost>>,
    /// Sum of the months.
    pub total: KnownCost,
}

/// The part of a cost that the report allocates to no namespace.
const NOT_ALLOCATED: &str = "not in a namespace";

impl Months {
    /// The months from `first` to `last` of these reports.
    pub(super) fn of(reports: &[MonthReport], first: Month, last: Month) -> Self {
        let every: Vec<Month> =
            std::iter::successors(Some(first), |month| Some(month.next())).take_while(|month| *month <= last).collect();
        let in_month = |month: Month| reports.iter().filter(move |report| report.month == month);
        let months = every.iter().map(|month| {
            let gone = in_month(month.previous())
                .filter(|_| *month != first)
                .filter(|before| !in_month(*month).any(|report| same_cluster(before, report).is_some()));
            let missing: Vec<String> = gone.map(|report| report.cluster.clone()).collect();
            let sum: KnownCost = in_month(*month).map(|report| report.cost).sum();
            let cost = KnownCost { is_complete: sum.is_complete && missing.is_empty(), ..sum };
            OneMonth { month: *month, cost, clusters: in_month(*month).count(), missing }
        });
        let mut lines: BTreeMap<String, Vec<Vec<KnownCost>>> = BTreeMap::new();
        for (at, month) in every.iter().enumerate() {
            for line in in_month(*month).flat_map(allocated) {
                let costs = lines.entry(line.name).or_insert_with(|| vec![Vec::new(); every.len()]);
                costs.iter_mut().skip(at).take(1).for_each(|costs| costs.push(line.cost));
            }
        }
        let row = |(name, costs): (String, Vec<Vec<KnownCost>>)| NamespaceMonths {
            name,
            total: costs.iter().flatten().copied().sum(),
            costs: costs.into_iter().map(|costs| (!costs.is_empty()).then(|| costs.into_iter().sum())).collect(),
        };
        let mut namespaces: Vec<NamespaceMonths> = lines.into_iter().map(row).collect();
        namespaces.sort_by(|a, b| b.total.known.cmp(&a.total.known).then_with(|| a.name.cmp(&b.name)));
        Self { months: months.collect(), namespaces }
    }
}

/// The cost of a report by namespace, with what is in none, so that the sum is the cost of the report.
fn allocated(report: &MonthReport) -> Vec<CostLine> {
    let sum: KnownCost = report.namespaces.iter().map(|line| line.cost).sum();
    let rest = report.cost.known.unwrap_or_default() - sum.known.unwrap_or_default();
    let mut lines = report.namespaces.clone();
    if rest != Money::default() {
        let cost = KnownCost { known: Some(rest), is_complete: report.cost.is_complete };
        lines.push(CostLine { name: NOT_ALLOCATED.to_owned(), cost });
    }
    lines
}
