//! How full each node is: CPU and memory side by side.

use crate::model::report::{DataSource, NodeAmount, NodeFill, Report};
use crate::outputs::document::Table;
use crate::outputs::number::{bytes, count, cpu, trimmed, unknown};
use crate::outputs::plot::{Axis, Chart, NEUTRAL, Pair, Pairs, Plot, Scale, Segment};

/// The emptiest nodes, as many as a picture can show.
const NODES: usize = 16;

/// The parts of a bar, each with its series.
const PARTS: [(usize, &str); 3] = [(0, "used"), (1, "requested, not used"), (NEUTRAL, "neither")];

/// A node as shares of what it offers, in percent.
struct Shares<'a> {
    node: &'a NodeFill,
    requested: [f64; 2],
    /// `None` where it was not measured.
    used: Option<[f64; 2]>,
}

impl<'a> Shares<'a> {
    fn of(node: &'a NodeFill) -> Option<Self> {
        let has = &node.allocatable;
        let percent = |amount: &NodeAmount| {
            let cpu = 100.0 * amount.cpu.cores() / has.cpu.cores();
            [cpu, 100.0 * amount.memory.as_f64() / has.memory.as_f64()]
        };
        let offers = has.cpu.cores() > 0.0 && has.memory.as_f64() > 0.0;
        offers.then(|| Self { node, requested: percent(&node.requested), used: node.used.as_ref().map(percent) })
    }

    /// What is neither requested nor used, of both resources.
    fn free(&self) -> f64 {
        let used = self.used.unwrap_or_default();
        self.requested.iter().zip(used).map(|(requested, used)| (100.0 - requested.max(used)).max(0.0)).sum()
    }

    /// The parts of the bar of one resource.
    fn bar(&self, at: usize, resource: &str) -> Vec<Segment> {
        let (requested, used) = (self.requested[at], self.used.map(|used| used[at]));
        let taken = requested.max(used.unwrap_or_default()).min(100.0);
        let ends = [used.unwrap_or_default().min(100.0), taken, 100.0];
        let mut from = 0.0;
        let mut segments = Vec::new();
        for (to, (series, what)) in ends.into_iter().zip(parts(used.is_some())) {
            if to > from {
                let title = format!("{}, {resource}, {what}: {}%", self.node.name, trimmed(to - from, 2));
                segments.push(Segment { series, span: (from, to), title });
                from = to;
            }
        }
        segments
    }
}

/// The parts; what is requested is not known to be unused where use was not measured.
fn parts(is_measured: bool) -> [(usize, &'static str); 3] {
    let [used, requested, neither] = PARTS;
    [used, if is_measured { requested } else { (requested.0, "requested") }, neither]
}

/// The plot; `None` for fewer than two nodes, for which the plot of all nodes shows the same.
pub(super) fn nodes(report: &Report) -> Option<Plot> {
    let mut all: Vec<Shares<'_>> = report.node_fills.iter().filter_map(Shares::of).collect();
    if all.len() < 2 {
        return None;
    }
    all.sort_by(|a, b| b.free().total_cmp(&a.free()).then_with(|| a.node.name.cmp(&b.node.name)));
    let known = all.len();
    all.truncate(NODES);
    let is_measured = all.iter().any(|node| node.used.is_some());
    let mut data = Table::new([
        "node",
        "instance type",
        "CPU",
        "CPU requested",
        "CPU used",
        "memory",
        "memory requested",
        "memory used",
    ])
    .with_text(&[1]);
    for Shares { node, .. } in &all {
        let used = node.used;
        data.row([
            node.name.clone(),
            node.instance_type.clone().unwrap_or_else(unknown),
            cpu(node.allocatable.cpu),
            cpu(node.requested.cpu),
            used.map_or_else(unknown, |used| cpu(used.cpu)),
            bytes(node.allocatable.memory),
            bytes(node.requested.memory),
            used.map_or_else(unknown, |used| bytes(used.memory)),
        ]);
    }
    let pairs = all.iter().map(|node| Pair {
        name: node.node.name.clone(),
        value: node.node.instance_type.clone().unwrap_or_default(),
        bars: [node.bar(0, "CPU"), node.bar(1, "memory")],
    });
    let emptiest = all.first()?;
    let shown = match known > all.len() {
        true => format!("The {NODES} emptiest of {} nodes", count(u64::try_from(known).unwrap_or(u64::MAX))),
        false => format!("The {known} nodes, the emptiest first"),
    };
    let used = match (is_measured, report.span.source) {
        (false, _) => "; usage is not shown, as it is not known of every pod",
        (true, DataSource::History) => "; usage is that of the average pod of each workload over the period",
        (true, _) => "",
    };
    let when = match report.span.source {
        DataSource::Present => "as the cluster is",
        DataSource::Snapshots | DataSource::History => "as they are at the end of the period",
    };
    let axis =
        |resource: &str| Axis::new(&format!("{resource}, % of allocatable"), Scale::Linear { low: 0.0, high: 100.0 });
    Some(Plot {
        title: "How full each node is".to_owned(),
        text: format!(
            "{shown}, {when}{used}. On {} {}% of the CPU and {}% of the memory are requested.",
            emptiest.node.name,
            trimmed(emptiest.requested[0], 2),
            trimmed(emptiest.requested[1], 2)
        ),
        chart: Chart::Pairs(Pairs {
            axes: ["CPU", "memory"].map(axis),
            series: parts(is_measured)
                .into_iter()
                .filter(|(series, _)| is_measured || *series != 0)
                .map(|(series, name)| (series, name.to_owned()))
                .collect(),
            pairs: pairs.collect(),
        }),
        data,
    })
}
