//! The plots of a comparison: from the cost before to the cost after by reason, and the rows that changed most.

use super::is_shown;
use crate::model::compare::{Change, Comparison, Row, Status};
use crate::outputs::document::{Document, Table};
use crate::outputs::number::{count, money, plural, signed_money};
use crate::outputs::plot::{Axis, Bar, Bars, Chart, Plot, Scale, Segment};
use crate::units::Money;

/// Rows of a plot: beyond that the table is the better answer.
const ROWS: usize = 12;

/// The series.
const SERIES: [(usize, &str); 3] = [(0, "total"), (1, "more"), (2, "less")];

/// Every plot that the comparison has data for.
pub(super) fn add(document: &mut Document, comparison: &Comparison) {
    let plots = [waterfall(comparison), changes(comparison)];
    document.plots("Plots", plots.into_iter().flatten().collect());
}

/// A step from one amount to another.
fn step(name: &str, from: Money, by: Money, currency: &str) -> Bar {
    let to = from + by;
    let series = if by > Money::default() { 1 } else { 2 };
    let title = format!("{name}: {} {currency}, from {} to {}", signed_money(by), money(from), money(to));
    // Where nothing changes nothing is drawn.
    let segment = Segment { series, span: (from.to_f64(), to.to_f64()), title };
    let segments = Some(segment).filter(|_| by != Money::default()).into_iter().collect();
    Bar { name: name.to_owned(), value: signed_money(by), segments }
}

/// A sum, as a mark.
fn total(name: &str, sum: Money, currency: &str) -> Bar {
    let title = format!("{name}: {} {currency}", money(sum));
    let segments = vec![Segment { series: 0, span: (sum.to_f64(), sum.to_f64()), title }];
    Bar { name: name.to_owned(), value: money(sum), segments }
}

/// From before to after, a step for each reason; `None` where the reasons or a cost are not known.
fn waterfall(comparison: &Comparison) -> Option<Plot> {
    let Change { before, after } = comparison.total?;
    let (before, after) = (before?, after?);
    let currency = &comparison.currency;
    let parts: Vec<_> = comparison.parts.iter().filter(|part| is_shown(part)).collect();
    let largest = parts.iter().max_by_key(|part| size(part.amount))?;
    let mut bars = vec![total("before", before, currency)];
    let mut at = before;
    for part in &parts {
        bars.push(step(part.reason.meaning(), at, part.amount, currency));
        at = at + part.amount;
    }
    bars.push(total("after", at, currency));
    let ends = || bars.iter().flat_map(|bar| &bar.segments).flat_map(|segment| [segment.span.0, segment.span.1]);
    let (least, most) = (ends().fold(f64::INFINITY, f64::min), ends().fold(f64::NEG_INFINITY, f64::max));
    Some(Plot {
        title: "From before to after".to_owned(),
        text: format!(
            "{} {currency} before, {} after, a difference of {}; the steps between add up to it. The largest: {} with {}. \
             The axis does not begin at zero.",
            money(before),
            money(after),
            signed_money(after - before),
            largest.reason.meaning(),
            signed_money(largest.amount)
        ),
        data: numbers("step", currency, &bars),
        chart: chart(currency, Scale::linear(least, most), &SERIES, bars),
    })
}

/// The rows that changed most, each from zero; `None` where the difference of none is known.
fn changes(comparison: &Comparison) -> Option<Plot> {
    let currency = &comparison.currency;
    let mut changed: Vec<(&Row, Money)> = comparison
        .rows
        .iter()
        .filter_map(|row| {
            // A row that only one document has cost nothing in the other.
            let by = row.cost.difference().or_else(|| match row.cost {
                Change { before: None, after: Some(after) } if row.status == Status::New => Some(after),
                Change { before: Some(before), after: None } if row.status == Status::Gone => {
                    Some(Money::default() - before)
                }
                _ => None,
            })?;
            (by != Money::default()).then_some((row, by))
        })
        .collect();
    changed.sort_by(|a, b| size(b.1).cmp(&size(a.1)).then_with(|| a.0.name.cmp(&b.0.name)));
    let known = changed.len();
    let (largest, _) = changed.split_at(known.min(ROWS));
    let first = largest.first()?;
    let bars: Vec<Bar> = largest.iter().map(|(row, by)| step(&row.name, Money::default(), *by, currency)).collect();
    let ends = || bars.iter().flat_map(|bar| &bar.segments).map(|segment| segment.span.1);
    let (least, most) = (ends().fold(0.0, f64::min), ends().fold(0.0, f64::max));
    let shown = match known > largest.len() {
        true => format!("The {ROWS} rows of {} that changed most", count(u64::try_from(known).unwrap_or(u64::MAX))),
        false => plural(u64::try_from(known).unwrap_or(u64::MAX), "row that changed", "rows that changed"),
    };
    Some(Plot {
        title: "Change by row".to_owned(),
        text: format!("{shown}, in {currency}. Most: {} by {}.", first.0.name, signed_money(first.1)),
        data: numbers("row", currency, &bars),
        chart: chart(currency, Scale::linear(least, most), &SERIES[1..], bars),
    })
}

fn size(amount: Money) -> Money {
    if amount < Money::default() { Money::default() - amount } else { amount }
}

fn numbers(head: &str, currency: &str, bars: &[Bar]) -> Table {
    let mut data = Table::new([head, currency]);
    for bar in bars {
        data.row([bar.name.clone(), bar.value.clone()]);
    }
    data
}

fn chart(currency: &str, scale: Scale, series: &[(usize, &str)], bars: Vec<Bar>) -> Chart {
    let series = series.iter().map(|(series, name)| (*series, (*name).to_owned())).collect();
    Chart::Bars(Bars { axis: Axis::new(currency, scale), series, bars })
}
