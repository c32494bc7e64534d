//! The plots of a report: utilization of all nodes and of each, cost by namespace, calibration fits, services in their
//! other style, and predicted and modelled cost.

mod capacity;
mod fits;
mod nodes;
mod scatter;
mod waterfall;

use super::tables::more;
use crate::model::report::{Report, Row};
use crate::outputs::document::{Document, Table};
use crate::outputs::number::{money, unknown};
use crate::outputs::plot::{Axis, Bar, Bars, Chart, NEUTRAL, Plot, Scale, Segment};
use crate::units::Money;

/// Maximum number of bars in a plot with names; for more, a table is more suitable.
const BARS: usize = 12;

/// Adds every plot whose data is in the report.
pub(super) fn add(document: &mut Document, report: &Report) {
    let plots = [
        namespaces(report),
        capacity::capacity(report),
        waterfall::waterfall(report),
        scatter::scatter(report),
        nodes::nodes(report),
    ];
    document.plots("Plots", plots.into_iter().flatten().chain(fits::fits(report)).collect());
}

/// The parts of a row's cost, with their series.
const PARTS: [(usize, &str); 3] = [(0, "direct"), (1, "shared"), (NEUTRAL, "idle")];

/// Plot of the cost of each namespace, by part.
fn namespaces(report: &Report) -> Option<Plot> {
    let rows: Vec<(&Row, [Money; 3], Money)> = report
        .namespaces
        .iter()
        .filter_map(|row| {
            let known = row.costs.known(row.unpriced);
            Some((row, [known.direct.unwrap_or_default(), row.costs.shared, row.costs.idle], known.total?))
        })
        .collect();
    let currency = report.currency;
    let (most_expensive, rest) = rows.split_at(rows.len().min(BARS));
    let first = most_expensive.first()?;
    let bar = |name: String, parts: [Money; 3], total: Money| {
        let mut from = 0.0;
        let parts = parts.iter().zip(PARTS).filter(|(part, _)| **part > Money::default());
        let segments = parts.map(|(part, (series, what))| {
            let to = from + part.to_f64();
            let segment =
                Segment { series, span: (from, to), title: format!("{name}, {what}: {} {currency}", money(*part)) };
            from = to;
            segment
        });
        let segments = segments.collect();
        Bar { value: money(total), segments, name }
    };
    let mut bars: Vec<Bar> =
        most_expensive.iter().map(|(row, parts, total)| bar(row.name.clone(), *parts, *total)).collect();
    if !rest.is_empty() {
        let part = |at: usize| rest.iter().filter_map(|(_, parts, _)| parts.get(at).copied()).sum::<Money>();
        let total = rest.iter().map(|(_, _, total)| *total).sum();
        bars.push(bar(more(rest.len()), [part(0), part(1), part(2)], total));
    }
    let per = report.span.per();
    let mut data = Table::new(["namespace", "direct", "shared", "idle", &format!("total, {currency}")]);
    for (row, parts, total) in &rows {
        data.row([row.name.clone()].into_iter().chain(parts.map(money)).chain([money(*total)]));
    }
    let ends = bars.iter().flat_map(|bar| &bar.segments).map(|segment| segment.span.1);
    Some(Plot {
        title: "Cost by namespace".to_owned(),
        text: format!(
            "{currency} {per} of the {} namespaces and rows that have a price, by part. Most: {} with {} of {} {currency}.",
            rows.len(),
            first.0.name,
            money(first.2),
            report.known_total().map_or_else(unknown, money)
        ),
        chart: Chart::Bars(Bars {
            axis: Axis::new(&format!("{currency} {per}"), Scale::from_zero(ends)),
            series: PARTS.map(|(series, name)| (series, name.to_owned())).to_vec(),
            bars,
        }),
        data,
    })
}
