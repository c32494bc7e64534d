//! Plots as SVG: a graph over two axes, bars, or pairs of bars. Pure: numbers in, one element of text out.

mod axis;
mod bars;
mod graph;
mod pairs;
mod scale;
mod svg;

pub(super) use axis::Axis;
pub(super) use bars::{Bar, Bars, Segment};
pub(super) use graph::{Graph, Mark};
pub(super) use pairs::{Pair, Pairs};
pub(super) use scale::Scale;
pub(super) use svg::NEUTRAL;

use super::document::Table;

/// A plot, and the same in words and in numbers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plot {
    /// What it shows.
    pub(super) title: String,
    /// What a reader sees in it, in sentences: its text alternative.
    pub(super) text: String,
    /// The picture.
    pub(super) chart: Chart,
    /// Its numbers.
    pub(super) data: Table,
}

/// The picture of a plot.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Chart {
    /// Marks over two axes.
    Graph(Graph),
    /// Bars from left to right, one below another.
    Bars(Bars),
    /// Two bars side by side for each of many things.
    Pairs(Pairs),
}

impl Plot {
    /// The SVG element; `id` is one that no other plot of the page has.
    pub(super) fn svg(&self, id: &str) -> String {
        let (body, height) = match &self.chart {
            Chart::Graph(graph) => graph.body(),
            Chart::Bars(bars) => bars.body(),
            Chart::Pairs(pairs) => pairs.body(),
        };
        svg::element(id, &self.title, &self.text, height, &body)
    }
}
