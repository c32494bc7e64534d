//! Plot of the nodes' utilization: the used, requested but unused, and idle parts of CPU and memory.

use rust_decimal::prelude::ToPrimitive;

use crate::model::report::{DataSource, IdleResource, Report};
use crate::outputs::document::Table;
use crate::outputs::number::{significant, trimmed};
use crate::outputs::plot::{Axis, Bar, Bars, Chart, NEUTRAL, Plot, Scale, Segment};
use crate::units::BYTES_PER_GIB;

/// One resource of all nodes with a price.
struct Resource {
    name: &'static str,
    unit: &'static str,
    has: f64,
    idle: f64,
    /// Used amount; `None` if it was not measured.
    used: Option<f64>,
}

/// The plot; `None` if no node with a price was read.
pub(super) fn capacity(report: &Report) -> Option<Plot> {
    let idle = report.idle.as_ref()?;
    let (cores, gib) = used(report);
    let all = [resource("CPU", "cores", &idle.cpu, cores), resource("memory", "GiB", &idle.memory, gib)];
    let all: Vec<Resource> = all.into_iter().flatten().collect();
    let is_measured = all.iter().any(|resource| resource.used.is_some());
    let mut data = Table::new(["resource", "of the nodes", "used", "requested, not used", "neither"]);
    let (mut bars, mut said) = (Vec::new(), Vec::new());
    for Resource { name, unit, has, idle, used } in &all {
        let taken = has - idle;
        let used = used.map(|used| used.min(taken));
        let parts = [used.unwrap_or_default(), taken - used.unwrap_or_default(), *idle];
        let text = |amount: f64| format!("{} {unit}", significant(amount, 3));
        let mut from = 0.0;
        let mut segments = Vec::new();
        for (amount, (series, what)) in parts.iter().zip(names(is_measured)).filter(|(amount, _)| **amount > 0.0) {
            let to = from + 100.0 * amount / has;
            let title = format!("{name}, {what}: {} ({}%)", text(*amount), trimmed(100.0 * amount / has, 2));
            segments.push(Segment { series, span: (from, to), title });
            from = to;
        }
        let [used_part, requested, neither] = parts.map(text);
        said.push(match used {
            Some(_) => format!(
                "{name} ({}): {used_part} used, {requested} requested but not used, {neither} neither",
                text(*has)
            ),
            None => format!("{name} ({}): {requested} requested, {neither} not", text(*has)),
        });
        let used_part = if used.is_some() { used_part } else { "not measured".to_owned() };
        data.row([(*name).to_owned(), text(*has), used_part, requested, neither]);
        bars.push(Bar { name: (*name).to_owned(), value: text(*has), segments });
    }
    let when = if report.span.source == DataSource::Present { "As the cluster is" } else { "On average" };
    (!bars.is_empty()).then(|| Plot {
        title: "How full the nodes are".to_owned(),
        text: format!("{}: {}.", when, said.join("; ")),
        chart: Chart::Bars(Bars {
            axis: Axis::new("share of the nodes, %", Scale::Linear { low: 0.0, high: 100.0 }),
            series: names(is_measured)
                .into_iter()
                .filter(|(_, name)| !name.is_empty())
                .map(|(series, name)| (series, name.to_owned()))
                .collect(),
            bars,
        }),
        data,
    })
}

/// Names of the parts of a resource, with their series; without a measurement, the first one has no name.
const fn names(is_measured: bool) -> [(usize, &'static str); 3] {
    let (used, requested) = if is_measured { ("used", "requested, not used") } else { ("", "requested") };
    [(0, used), (1, requested), (NEUTRAL, "neither")]
}

/// `None` if nothing is idle, because the total cannot then be derived from the idle share.
fn resource(name: &'static str, unit: &'static str, room: &IdleResource, used: Option<f64>) -> Option<Resource> {
    let idle = room.amount.to_f64()?;
    (room.share > 0.0).then(|| Resource { name, unit, has: idle / room.share, idle, used })
}

/// Mean cores and GiB in use over the known time, or at the moment of the snapshot; `None` if not measured.
fn used(report: &Report) -> (Option<f64>, Option<f64>) {
    let hours = report.span.hours_with_data.amount().to_f64().filter(|hours| *hours > 0.0);
    let mut sums: (Option<f64>, Option<f64>) = (None, None);
    let mut add = |cores: Option<f64>, gib: Option<f64>| {
        for (sum, more) in [(&mut sums.0, cores), (&mut sums.1, gib)] {
            *sum = more.map_or(*sum, |more| Some(sum.unwrap_or_default() + more));
        }
    };
    for row in &report.workloads {
        match (&row.usage, row.demand.and_then(|demand| demand.measured), hours) {
            (Some(usage), _, Some(hours)) => {
                let mean = |sum: Option<f64>| sum.map(|sum| sum / hours);
                add(
                    mean(usage.summary.core_hours),
                    mean(usage.summary.memory_byte_hours).map(|bytes| bytes / BYTES_PER_GIB),
                );
            }
            (None, Some(now), _) => add(Some(now.cpu_used.cores()), Some(now.memory_used.as_f64() / BYTES_PER_GIB)),
            _ => {}
        }
    }
    sums
}
