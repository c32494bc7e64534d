//! Plot from predicted to modelled cost: the differences of the namespaces, which add up to the total difference.

use super::BARS;
use crate::model::report::{Predicted, Report};
use crate::outputs::document::Table;
use crate::outputs::number::{money, signed_money};
use crate::outputs::plot::{Axis, Bar, Bars, Chart, NEUTRAL, Plot, Scale, Segment};
use crate::units::{Currency, Money};

/// The series; the last one is only used if the prediction has an interval.
const SERIES: [(usize, &str); 4] =
    [(0, "total"), (1, "more than predicted"), (2, "less than predicted"), (NEUTRAL, "90% interval")];

/// The plot; `None` without a prediction.
pub(super) fn waterfall(report: &Report) -> Option<Plot> {
    let predicted = report.predicted.as_ref()?;
    let (steps, currency) = (steps(predicted), report.currency);
    let mut at = predicted.cost;
    let mut bars = vec![total("predicted", predicted, predicted.cost, currency)];
    for (name, difference) in &steps {
        let to = at + *difference;
        let series = if *difference > Money::default() { 1 } else { 2 };
        let title = format!("{name}: {} {currency}, from {} to {}", signed_money(*difference), money(at), money(to));
        let segments = vec![Segment { series, span: (at.to_f64(), to.to_f64()), title }];
        bars.push(Bar { name: name.clone(), value: signed_money(*difference), segments });
        at = to;
    }
    bars.push(total("modelled", predicted, at, currency));
    let ends = || bars.iter().flat_map(|bar| &bar.segments).flat_map(|segment| [segment.span.0, segment.span.1]);
    let (least, most) = (ends().fold(f64::INFINITY, f64::min), ends().fold(f64::NEG_INFINITY, f64::max));
    let mut data = Table::new(["step", currency.code()]);
    for bar in &bars {
        data.row([bar.name.clone(), bar.value.clone()]);
    }
    Some(Plot {
        title: "From predicted to modelled".to_owned(),
        text: format!(
            "Predicted {} {currency}, modelled {}, a difference of {}; the {} steps between add up to it. The axis does not begin at zero.",
            money(predicted.cost),
            money(predicted.modelled),
            signed_money(predicted.difference()),
            steps.len()
        ),
        chart: Chart::Bars(Bars {
            axis: Axis::new(currency.code(), Scale::linear(least, most)),
            series: SERIES
                .into_iter()
                .filter(|(series, _)| *series != NEUTRAL || predicted.interval.is_some())
                .map(|(series, name)| (series, name.to_owned()))
                .collect(),
            bars,
        }),
        data,
    })
}

/// The largest differences by namespace, and the sum of the others; they add up to the total to the cent.
fn steps(predicted: &Predicted) -> Vec<(String, Money)> {
    let differing = predicted.namespaces.iter().filter(|row| row.difference() != Money::default());
    let mut steps: Vec<(String, Money)> =
        differing.take(BARS).map(|row| (row.name.clone(), row.difference())).collect();
    let shown: Money = steps.iter().map(|(_, difference)| *difference).sum();
    let rest = predicted.difference() - shown;
    if rest != Money::default() {
        steps.push(("all others".to_owned(), rest));
    }
    steps
}

/// A total, with the predicted interval behind the prediction.
fn total(name: &str, predicted: &Predicted, sum: Money, currency: Currency) -> Bar {
    let interval = predicted.interval.filter(|_| name == "predicted").map(|(low, high)| Segment {
        series: NEUTRAL,
        span: (low.to_f64(), high.to_f64()),
        title: format!("90% interval {} to {} {currency}", money(low), money(high)),
    });
    let title = format!("{name}: {} {currency}", money(sum));
    let mark = Segment { series: 0, span: (sum.to_f64(), sum.to_f64()), title };
    Bar { name: name.to_owned(), value: money(sum), segments: interval.into_iter().chain([mark]).collect() }
}
