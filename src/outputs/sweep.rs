//! Pods and cost over a range of demand: a table, a plot in characters, and rows of data.

use super::document::{Document, Table};
use super::json::convert::money as money_text;
use super::number::{count, money, rate};
use crate::model::estimate::{SweepPlan, SweepPoint};
use crate::schema::estimate::SweepRow;
use crate::units::{Currency, Money};

/// Rows of the displayed table; the data has every point.
const ROWS: usize = 10;
/// Lines and columns of the plot without its frame, for a terminal of 80 columns.
const PLOT: (usize, usize) = (10, 64);
/// Plot marks of the profiles, in order.
const MARKS: [char; 6] = ['●', '○', '▲', '△', '■', '□'];

/// Every point as data; empty if no sweep was requested.
pub(super) fn rows(sweep: &[SweepPoint]) -> Vec<SweepRow> {
    let of_point = |point: &SweepPoint| {
        let demand = point.demand;
        point.plans.clone().into_iter().map(move |plan| {
            let SweepPlan { profile, policy, pods, share_cost, node_cost, interval: _ } = plan;
            SweepRow {
                requests_per_second: demand,
                profile,
                policy,
                pods,
                share_cost_per_month: share_cost.map(money_text),
                node_cost_per_month: node_cost.map(money_text),
            }
        })
    };
    sweep.iter().flat_map(of_point).collect()
}

/// Adds a table for each policy, and a character plot if the format has no plots.
pub(super) fn add(document: &mut Document, sweep: &[SweepPoint], currency: Currency, with_picture: bool) {
    for policy in policies(sweep) {
        document.table(table(sweep, &policy, currency));
        if with_picture {
            document.picture(plot(sweep, &policy, currency));
        }
    }
}

fn policies(sweep: &[SweepPoint]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for plan in sweep.iter().flat_map(|point| &point.plans) {
        if !names.contains(&plan.policy) {
            names.push(plan.policy.clone());
        }
    }
    names
}

fn of<'a>(point: &'a SweepPoint, policy: &'a str) -> impl Iterator<Item = &'a SweepPlan> {
    point.plans.iter().filter(move |plan| plan.policy == policy)
}

fn table(sweep: &[SweepPoint], policy: &str, currency: Currency) -> Table {
    let mut header = vec![format!("{policy}: req/s")];
    for plan in sweep.first().into_iter().flat_map(|point| of(point, policy)) {
        header.extend([format!("{} pods", plan.profile), format!("{}/month", currency.symbol())]);
    }
    let mut table = Table::new(header).titled(&format!("Along demand: {policy}"));
    let last = sweep.len().saturating_sub(1);
    for row in 0..ROWS.min(sweep.len()) {
        let point = &sweep[row * last / (ROWS - 1)];
        let mut cells = vec![rate(point.demand)];
        for plan in of(point, policy) {
            cells.push(plan.pods.map_or_else(|| "–".to_owned(), count));
            cells.push(plan.share_cost.map_or_else(|| "–".to_owned(), money));
        }
        table.row(cells);
    }
    table
}

/// Cost per month over demand, both on logarithmic scales.
fn plot(sweep: &[SweepPoint], policy: &str, currency: Currency) -> Vec<String> {
    let (lines, columns) = PLOT;
    let dollars = |cost: Money| f64::try_from(cost.amount()).ok().filter(|dollars| *dollars > 0.0);
    let costs = || sweep.iter().flat_map(|point| of(point, policy)).filter_map(|plan| dollars(plan.share_cost?));
    let (Some(least), Some(most)) = (costs().reduce(f64::min), costs().reduce(f64::max)) else {
        return Vec::new();
    };
    let (Some(first), Some(last)) = (sweep.first(), sweep.last()) else { return Vec::new() };
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place in a small picture"
    )]
    let place = |value: f64, low: f64, high: f64, cells: usize| {
        let share = if high > low { (value / low).ln() / (high / low).ln() } else { 0.0 };
        ((share * (cells - 1) as f64).round() as usize).min(cells - 1)
    };
    let mut picture = vec![vec![' '; columns]; lines];
    for point in sweep {
        let column = place(point.demand, first.demand, last.demand, columns);
        for (plan, mark) in of(point, policy).zip(MARKS.iter().cycle()) {
            if let Some(cost) = plan.share_cost.and_then(dollars) {
                picture[lines - 1 - place(cost, least, most, lines)][column] = *mark;
            }
        }
    }
    let named = of(first, policy).zip(MARKS.iter().cycle()).map(|(plan, mark)| format!("{mark} {}", plan.profile));
    let mut out = vec![format!("{}/month by req/s: {}", currency.symbol(), named.collect::<Vec<_>>().join("  "))];
    let label = |dollars: f64| {
        let amount = rust_decimal::Decimal::try_from(dollars).unwrap_or_default();
        money(Money::new(amount.round_dp(2)))
    };
    for (line, cells) in picture.into_iter().enumerate() {
        let label = match line {
            0 => label(most),
            _ if line + 1 == lines => label(least),
            _ => String::new(),
        };
        let cells: String = cells.into_iter().collect();
        out.push(format!("{label:>9} │{}", cells.trim_end()));
    }
    let (low, high) = (rate(first.demand), rate(last.demand));
    let space = columns.saturating_sub(low.chars().count());
    out.push(format!("{:>9} └{}", "", "─".repeat(columns)));
    out.push(format!("{:>10} {low}{high:>space$}", ""));
    out
}
