//! The plot of stored months: the cost of each by namespace, with the line of the budget.

use super::known;
use super::months::sum;
use crate::model::stored::{Fleet, KnownCost};
use crate::outputs::document::{Document, Table};
use crate::outputs::number::{money, plural};
use crate::outputs::plot::{Axis, Chart, Columns, NEUTRAL, Plot, Scale, Segment};
use crate::units::Money;

/// Namespaces with a colour of their own; the others are the neutral part on top.
const NAMED: usize = NEUTRAL;

/// The stacked months, if there is a cost.
pub(super) fn add(document: &mut Document, fleet: &Fleet) {
    document.plots("Plots", plot(fleet).into_iter().collect());
}

fn plot(fleet: &Fleet) -> Option<Plot> {
    let (months, currency) = (&fleet.months.months, &fleet.currency);
    let namespaces = &fleet.months.namespaces;
    let (named, others) = namespaces.split_at(namespaces.len().min(NAMED));
    let mut series: Vec<(usize, String)> = named.iter().map(|namespace| namespace.name.clone()).enumerate().collect();
    if !others.is_empty() {
        series.push((NEUTRAL, plural(others.len() as u64, "other", "others")));
    }
    let mut data = Table::new(std::iter::once("month").chain(series.iter().map(|(_, name)| name.as_str())));
    let mut columns = Vec::new();
    for (at, one) in months.iter().enumerate() {
        let each = named.iter().map(|namespace| namespace.costs.get(at).copied().flatten());
        let rest = (!others.is_empty()).then(|| sum(others, at));
        let costs: Vec<KnownCost> = each.chain(rest.map(Some)).map(|cost| cost.unwrap_or(KnownCost::UNKNOWN)).collect();
        let mut top = Money::default();
        let mut segments = Vec::new();
        for ((index, name), cost) in series.iter().zip(&costs) {
            if let Some(cost) = cost.known.filter(|cost| *cost > Money::default()) {
                let title = format!("{}, {name}: {} {currency}", one.month, money(cost));
                let span = (top.to_f64(), (top + cost).to_f64());
                segments.push(Segment { series: *index, span, title });
                top = top + cost;
            }
        }
        data.row(std::iter::once(one.month.to_string()).chain(costs.iter().map(|cost| known(*cost))));
        columns.push((one.month.to_string(), segments));
    }
    let highest = columns.iter().flat_map(|(_, segments)| segments).map(|segment| segment.span.1);
    let scale = Scale::from_zero(highest.chain(fleet.budget.map(Money::to_f64)));
    let known_months: Vec<_> = months.iter().filter(|one| one.cost.known.is_some()).collect();
    let (first, last) = (known_months.first()?, known_months.last()?);
    let budget = match fleet.budget {
        Some(budget) => {
            let over = months.iter().filter(|one| fleet.over_budget(one.cost).is_some()).count() as u64;
            let over = plural(over, "month is", "months are");
            format!(" {over} over the budget of {} {currency}.", money(budget))
        }
        None => String::new(),
    };
    let incomplete = months.iter().filter(|one| !one.cost.is_complete).count() as u64;
    let incomplete = match incomplete {
        0 => String::new(),
        n => format!(" {} incomplete.", plural(n, "month is", "months are")),
    };
    let largest = named.first().map_or_else(String::new, |one| format!(" Most: {}.", one.name));
    Some(Plot {
        title: "Months by namespace".to_owned(),
        text: format!(
            "Cost of {} by namespace, stacked: {} {currency} in {} and {} in {}.{largest}{budget}{incomplete}",
            plural(months.len() as u64, "month", "months"),
            known(first.cost),
            first.month,
            known(last.cost),
            last.month,
        ),
        chart: Chart::Columns(Columns {
            axis: Axis::new(&format!("{currency} per month"), scale),
            label: "month".to_owned(),
            series,
            columns,
            level: fleet.budget.map(|budget| (budget.to_f64(), format!("budget {}", money(budget)))),
        }),
        data,
    })
}
