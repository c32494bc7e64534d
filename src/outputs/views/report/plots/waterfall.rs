//! Plot from predicted over modelled to billed cost: the differences of the namespaces lead from one to the next, and
//! those of the causes to the bill. Each group of steps adds up to the difference of its totals.

use super::BARS;
use crate::model::report::{Predicted, Reconciliation, Report};
use crate::outputs::document::Table;
use crate::outputs::number::{money, signed_money};
use crate::outputs::plot::{Axis, Bar, Bars, Chart, NEUTRAL, Plot, Scale, Segment};
use crate::units::{Currency, Money};

/// The series; the last one is only used if the prediction has an interval.
const SERIES: [(usize, &str); 4] = [(0, "total"), (1, "more"), (2, "less"), (NEUTRAL, "90% interval")];

/// The plot; `None` without a prediction and without a bill.
pub(super) fn waterfall(report: &Report) -> Option<Plot> {
    let currency = report.currency;
    let (predicted, billed) = (report.predicted.as_ref(), report.reconciliation.as_ref());
    let interval = predicted.and_then(|predicted| predicted.interval);
    let mut bars = Vec::new();
    let (mut names, mut texts) = (Vec::new(), Vec::new());
    if let Some(predicted) = predicted {
        let steps = from_predicted(predicted);
        names.push("predicted");
        texts.push(format!(
            "Predicted {} {currency}, modelled {}, a difference of {}; the {} steps between add up to it.",
            money(predicted.cost),
            money(predicted.modelled),
            signed_money(predicted.difference()),
            steps.len()
        ));
        bars.push(total("predicted", predicted.cost, interval, currency));
        add_steps(&mut bars, predicted.cost, steps, currency);
    }
    let modelled = predicted.map(|predicted| predicted.modelled).or_else(|| billed.map(|billed| billed.modelled))?;
    names.push("modelled");
    bars.push(total("modelled", modelled, None, currency));
    if let Some(billed) = billed {
        let steps = to_billed(billed);
        names.push("billed");
        texts.push(format!(
            "Modelled {} {currency}, billed {}, a difference of {}; the {} steps between add up to it.",
            money(modelled),
            money(billed.billed),
            signed_money(billed.difference()),
            steps.len()
        ));
        add_steps(&mut bars, modelled, steps, currency);
        bars.push(total("billed", billed.billed, None, currency));
    }
    texts.push("The axis does not begin at zero.".to_owned());
    let ends = || bars.iter().flat_map(|bar| &bar.segments).flat_map(|segment| [segment.span.0, segment.span.1]);
    let (least, most) = (ends().fold(f64::INFINITY, f64::min), ends().fold(f64::NEG_INFINITY, f64::max));
    let mut data = Table::new(["step", currency.code()]);
    for bar in &bars {
        data.row([bar.name.clone(), bar.value.clone()]);
    }
    Some(Plot {
        title: format!("From {}", names.join(" to ")),
        text: texts.join(" "),
        chart: Chart::Bars(Bars {
            axis: Axis::new(currency.code(), Scale::linear(least, most)),
            series: SERIES
                .into_iter()
                .filter(|(series, _)| *series != NEUTRAL || interval.is_some())
                .map(|(series, name)| (series, name.to_owned()))
                .collect(),
            bars,
        }),
        data,
    })
}

/// Adds a bar for each step from a total.
fn add_steps(bars: &mut Vec<Bar>, mut at: Money, steps: Vec<(String, Money)>, currency: Currency) {
    for (name, difference) in steps {
        let to = at + difference;
        let series = if difference > Money::default() { 1 } else { 2 };
        let title = format!("{name}: {} {currency}, from {} to {}", signed_money(difference), money(at), money(to));
        let segments = vec![Segment { series, span: (at.to_f64(), to.to_f64()), title }];
        bars.push(Bar { value: signed_money(difference), segments, name });
        at = to;
    }
}

/// The largest differences by namespace, and the sum of the others; they add up to the total to the cent.
fn from_predicted(predicted: &Predicted) -> Vec<(String, Money)> {
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

/// The differences by cause; they add up to the total to the cent.
fn to_billed(billed: &Reconciliation) -> Vec<(String, Money)> {
    let rows = billed.rows.iter().map(|row| (row.cause.title().to_owned(), row.difference()));
    rows.filter(|(_, difference)| *difference != Money::default()).collect()
}

/// A total, with its interval behind it.
fn total(name: &str, sum: Money, interval: Option<(Money, Money)>, currency: Currency) -> Bar {
    let interval = interval.map(|(low, high)| Segment {
        series: NEUTRAL,
        span: (low.to_f64(), high.to_f64()),
        title: format!("90% interval {} to {} {currency}", money(low), money(high)),
    });
    let title = format!("{name}: {} {currency}", money(sum));
    let mark = Segment { series: 0, span: (sum.to_f64(), sum.to_f64()), title };
    Bar { name: name.to_owned(), value: money(sum), segments: interval.into_iter().chain([mark]).collect() }
}
