//! The clusters of a month with their change, or the bill of one cluster.

use super::{known, split};
use crate::model::stored::{ClusterMonth, CostLine, Fleet, KnownCost, MonthReport};
use crate::outputs::document::Table;
use crate::outputs::number::{money, signed_money, unknown};
use crate::outputs::views::report::percent;
use crate::units::Money;

/// The clusters, most expensive first, then those that are missing, and the sum.
pub(super) fn table(fleet: &Fleet, rows: usize) -> Table {
    let heads = ["cluster", "nodes", "hours known", fleet.currency.as_str(), "month before", "change", "change, %"];
    let mut table = super::table(heads.map(str::to_owned).to_vec(), "Clusters").with_dropped(&[1, 4, 2, 6]);
    let (shown, rest) = split(&fleet.clusters, rows);
    for cluster in shown {
        let report = &cluster.report;
        table.row([
            name(fleet, report),
            report.nodes.round_dp(1).normalize().to_string(),
            format!("{} %", percent(report.coverage)),
            known(report.cost),
            cluster.cost_before().map_or_else(unknown, money),
            cluster.change().map_or_else(unknown, signed_money),
            share(cluster.change(), cluster.cost_before()),
        ]);
    }
    if !rest.is_empty() {
        let cost: KnownCost = rest.iter().map(|cluster| cluster.report.cost).sum();
        let before: Option<Money> = rest.iter().map(ClusterMonth::cost_before).sum();
        let change: Option<Money> = rest.iter().map(ClusterMonth::change).sum();
        table.row([
            format!("{} more", rest.len()),
            String::new(),
            String::new(),
            known(cost),
            before.map_or_else(unknown, money),
            change.map_or_else(unknown, signed_money),
            share(change, before),
        ]);
    }
    for missing in &fleet.missing {
        table.row([
            format!("{}, no report", missing.cluster),
            unknown(),
            unknown(),
            unknown(),
            known(missing.before),
            unknown(),
            unknown(),
        ]);
    }
    let (before, change) = (fleet.cost_before(), fleet.change());
    table.sum([
        if fleet.cost.is_complete { "total" } else { "total, incomplete" }.to_owned(),
        String::new(),
        String::new(),
        known(fleet.cost),
        before.map_or_else(unknown, money),
        change.map_or_else(unknown, signed_money),
        share(change, before),
    ]);
    table
}

/// The name of a cluster, with the place of its report where another cluster has the same name.
fn name(fleet: &Fleet, report: &MonthReport) -> String {
    let same = fleet.clusters.iter().filter(|cluster| cluster.report.cluster == report.cluster).count();
    let incomplete = if report.cost.is_complete { "" } else { ", incomplete" };
    match same {
        1 => format!("{}{incomplete}", report.cluster),
        _ => format!("{}{incomplete} ({})", report.cluster, report.origin),
    }
}

fn share(change: Option<Money>, before: Option<Money>) -> String {
    let share = change.zip(before).and_then(|(change, before)| change.ratio(before));
    share.map_or_else(unknown, |share| format!("{:+.1}", share * 100.0))
}

/// The bill of one cluster, every line of it.
pub(super) fn bill(report: &MonthReport) -> Option<Table> {
    let mut table = super::table(vec!["item".to_owned(), report.currency.clone()], "Bill");
    for CostLine { name, cost } in &report.bill {
        table.row([name.clone(), known(*cost)]);
    }
    table.sum(["total".to_owned(), known(report.cost)]);
    (!report.bill.is_empty()).then_some(table)
}
