//! Two bars side by side for each of many things, such as CPU and memory of nodes.

use super::axis::Axis;
use super::bars::{Segment, class};
use super::svg::{Anchor, WIDTH, legend, length, rect, shortened, text};

/// Two bars of each thing, each pair under the name of what it is of.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::outputs) struct Pairs {
    /// What the bars at the left and at the right measure.
    pub(in crate::outputs) axes: [Axis; 2],
    /// The series of the segments that are named, with what they are called.
    pub(in crate::outputs) series: Vec<(usize, String)>,
    /// The pairs, from the top.
    pub(in crate::outputs) pairs: Vec<Pair>,
}

/// Two bars.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::outputs) struct Pair {
    /// Of what.
    pub(in crate::outputs) name: String,
    /// Text next to the name.
    pub(in crate::outputs) value: String,
    /// The parts of the bar at the left and of the one at the right.
    pub(in crate::outputs) bars: [Vec<Segment>; 2],
}

/// Room for half a value of an axis.
const SIDE: f64 = 14.0;
/// Room between the bars.
const BETWEEN: f64 = 32.0;
/// A name, its bars and the room below.
const ROW: f64 = 34.0;
/// Height of a bar.
const BAR: f64 = 11.0;
/// Room for the values and the label of an axis.
const BELOW: f64 = 42.0;

impl Pairs {
    /// What is in the picture, and its height.
    pub(super) fn body(&self) -> (String, f64) {
        let key = |at: usize, (x, y): (f64, f64)| {
            let series = self.series.get(at).map_or(0, |(series, _)| *series);
            rect(&class(series), (x + 4.0, y - 6.0), (14.0, 12.0), "")
        };
        let (mut out, above) = legend(self.series.iter().map(|(_, name)| name.as_str()), key);
        let middle = WIDTH / 2.0;
        let across = [(SIDE, middle - BETWEEN / 2.0), (middle + BETWEEN / 2.0, WIDTH - SIDE)];
        let top = above + 6.0;
        let rows = || (0_u32..).zip(&self.pairs).map(|(index, pair)| (top + f64::from(index) * ROW, pair));
        let bottom = rows().last().map_or(top, |(y, _)| y + ROW);
        for (axis, across) in self.axes.iter().zip(across) {
            out.push_str(&axis.bottom(across, (top, bottom)));
        }
        for (y, pair) in rows() {
            let room = WIDTH - 2.0 * SIDE - length(&pair.value) - 12.0;
            out.push_str(&text("note", (SIDE, y + 13.0), Anchor::Start, &shortened(&pair.name, room)));
            out.push_str(&text("note", (WIDTH - SIDE, y + 13.0), Anchor::End, &pair.value));
            for ((axis, (left, right)), bar) in self.axes.iter().zip(across).zip(&pair.bars) {
                for Segment { series, span, title } in bar {
                    let place = |value: f64| left + axis.scale.share(value) * (right - left);
                    let (from, to) = (place(span.0), place(span.1));
                    out.push_str(&rect(&class(*series), (from, y + 18.0), (to - from, BAR), title));
                }
            }
        }
        (out, bottom + BELOW)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::plot::Scale;

    #[test]
    fn both_bars_of_a_pair_are_drawn_side_by_side() {
        let axis = || Axis::new("%", Scale::Linear { low: 0.0, high: 100.0 });
        let bar = |to| vec![Segment { series: 0, span: (0.0, to), title: "<b>".to_owned() }];
        let pair = Pair { name: "n".repeat(253), value: "x".to_owned(), bars: [bar(50.0), bar(100.0)] };
        let pairs = Pairs { axes: [axis(), axis()], series: Vec::new(), pairs: vec![pair] };
        let (body, height) = pairs.body();
        assert_eq!(height, 82.0);
        assert!(body.contains("x=\"14\" y=\"24\" width=\"90\" height=\"11\""), "{body}");
        assert!(body.contains("x=\"226\" y=\"24\" width=\"180\" height=\"11\""), "{body}");
        assert!(body.contains('…') && !body.contains("<b>"), "{body}");
    }
}
