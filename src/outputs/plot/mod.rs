//! Plots as SVG: a graph over two axes, bars, stacked columns, or pairs of bars. Pure functions from numbers to the text of one element.

mod axis;
mod bars;
mod columns;
mod graph;
mod pairs;
mod scale;
mod svg;

pub(super) use axis::Axis;
pub(super) use bars::{Bar, Bars, Segment};
pub(super) use columns::Columns;
pub(super) use graph::{Graph, Mark};
pub(super) use pairs::{Pair, Pairs};
pub(super) use scale::Scale;
pub(super) use svg::NEUTRAL;

use super::document::Table;

/// A plot with its text alternative and its data.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plot {
    /// Title.
    pub(super) title: String,
    /// A description in sentences: the text alternative.
    pub(super) text: String,
    /// The picture.
    pub(super) chart: Chart,
    /// The data of the plot.
    pub(super) data: Table,
}

/// The picture of a plot.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Chart {
    /// Marks over two axes.
    Graph(Graph),
    /// Horizontal bars, one below another.
    Bars(Bars),
    /// Stacked columns side by side.
    Columns(Columns),
    /// Two bars side by side for each of many things.
    Pairs(Pairs),
}

impl Plot {
    /// The SVG element; `id` must be unique in the page.
    pub(super) fn svg(&self, id: &str) -> String {
        let (body, height) = match &self.chart {
            Chart::Graph(graph) => graph.body(),
            Chart::Bars(bars) => bars.body(),
            Chart::Columns(columns) => columns.body(),
            Chart::Pairs(pairs) => pairs.body(),
        };
        svg::element(id, &self.title, &self.text, height, &body)
    }
}
