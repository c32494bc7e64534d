//! A graph: marks over two axes.

use super::axis::Axis;
use super::svg::{Anchor, SERIES, WIDTH, dot, legend, length, line, path, points, text};

/// A graph with marks over two axes.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::outputs) struct Graph {
    /// Horizontal axis.
    pub(in crate::outputs) x: Axis,
    /// Vertical axis.
    pub(in crate::outputs) y: Axis,
    /// Names of the series, in order.
    pub(in crate::outputs) series: Vec<String>,
    /// Marks in drawing order.
    pub(in crate::outputs) marks: Vec<Mark>,
}

/// A mark at a position on a graph. Positions are values of its axes; positions beyond an axis are drawn at its end.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::outputs) enum Mark {
    /// A line through points.
    Line {
        /// Index of the series.
        series: usize,
        /// The points, from left to right.
        points: Vec<(f64, f64)>,
        /// Whether each value is constant until the next point.
        is_stepped: bool,
    },
    /// A band between a lower and an upper line.
    Band {
        /// Index of the series.
        series: usize,
        /// Position, lower and upper value, from left to right.
        points: Vec<(f64, f64, f64)>,
        /// Whether the values are constant until the next point.
        is_stepped: bool,
    },
    /// A vertical line.
    Upright {
        /// Position of the line.
        at: f64,
        /// Label of the line.
        label: String,
    },
    /// A horizontal line.
    Level {
        /// Position of the line.
        at: f64,
        /// Label of the line.
        label: String,
    },
    /// A single value.
    Dot {
        /// Index of the series.
        series: usize,
        /// Position of the dot.
        at: (f64, f64),
        /// Tooltip.
        title: String,
    },
    /// Many points without names.
    Points {
        /// Index of the series.
        series: usize,
        /// Positions.
        points: Vec<(f64, f64)>,
        /// Whether they are crosses, which mark excluded points.
        are_crosses: bool,
    },
    /// An arrow between two positions.
    Arrow {
        /// Start of the arrow.
        from: (f64, f64),
        /// End of the arrow, with its head.
        to: (f64, f64),
    },
}

/// Width of the values of the vertical axis.
const LEFT: f64 = 54.0;
/// Margin for half of the last value of the horizontal axis.
const RIGHT: f64 = 14.0;
/// Height of the label of the vertical axis, which is above it.
const ABOVE: f64 = 30.0;
/// Height of the area with the marks.
const HEIGHT: f64 = 190.0;
/// Height of the values and the label of the horizontal axis.
const BELOW: f64 = 42.0;

/// The area in which marks are drawn.
struct Frame {
    across: (f64, f64),
    down: (f64, f64),
}

impl Graph {
    /// The content of the picture, and its height.
    pub(super) fn body(&self) -> (String, f64) {
        let (mut out, above) =
            legend(self.series.iter().map(String::as_str), |series, (x, y)| self.key(series, (x, y)));
        let top = above + ABOVE;
        let frame = Frame { across: (LEFT, WIDTH - RIGHT), down: (top, top + HEIGHT) };
        out.push_str(&self.y.left(frame.across, frame.down));
        out.push_str(&self.x.bottom(frame.across, frame.down));
        for mark in &self.marks {
            out.push_str(&self.mark(mark, &frame));
        }
        (out, top + HEIGHT + BELOW)
    }

    /// The legend symbol of a series: a line if it has one, otherwise its dot.
    fn key(&self, series: usize, (x, y): (f64, f64)) -> String {
        let is_line = |mark: &Mark| matches!(mark, Mark::Line { series: of, .. } | Mark::Band { series: of, .. } if *of == series);
        if self.marks.iter().any(is_line) {
            return line(&class("line", series), (x, y), (x + 20.0, y));
        }
        let are_crosses = |mark: &Mark| match mark {
            Mark::Points { series: of, are_crosses, .. } if *of == series => Some(*are_crosses),
            _ => None,
        };
        match self.marks.iter().find_map(are_crosses) {
            Some(are_crosses) => points(&class("points", series), &[(x + 12.0, y)], are_crosses),
            None => dot(series, (x + 12.0, y), ""),
        }
    }

    fn place(&self, (x, y): (f64, f64), frame: &Frame) -> (f64, f64) {
        let ((left, right), (top, bottom)) = (frame.across, frame.down);
        (left + self.x.scale.share(x) * (right - left), bottom - self.y.scale.share(y) * (bottom - top))
    }

    fn mark(&self, mark: &Mark, frame: &Frame) -> String {
        let ((left, right), (top, bottom)) = (frame.across, frame.down);
        let places = |points: &mut dyn Iterator<Item = (f64, f64)>, is_stepped: bool| -> Vec<(f64, f64)> {
            let places: Vec<(f64, f64)> = points.map(|point| self.place(point, frame)).collect();
            if is_stepped { stairs(&places) } else { places }
        };
        match mark {
            Mark::Line { series, points, is_stepped } => {
                path(&class("line", *series), &places(&mut points.iter().copied(), *is_stepped), false)
            }
            Mark::Band { series, points, is_stepped } => {
                let mut outline = places(&mut points.iter().map(|(x, low, _)| (*x, *low)), *is_stepped);
                let upper = places(&mut points.iter().map(|(x, _, high)| (*x, *high)), *is_stepped);
                outline.extend(upper.into_iter().rev());
                path(&class("band", *series), &outline, true)
            }
            Mark::Upright { at, label } => {
                let (x, _) = self.place((*at, 0.0), frame);
                // Beside the line, on the side with more room.
                let (anchor, by) =
                    if x + length(label) + 6.0 < right { (Anchor::Start, 5.0) } else { (Anchor::End, -5.0) };
                line("rule", (x, top), (x, bottom)) + &text("note", (x + by, top + 12.0), anchor, label)
            }
            Mark::Level { at, label } => {
                let (_, y) = self.place((0.0, *at), frame);
                let beside = if y < top + 20.0 { y + 14.0 } else { y - 5.0 };
                line("rule", (left, y), (right, y)) + &text("note", (left + 6.0, beside), Anchor::Start, label)
            }
            Mark::Dot { series, at, title } => dot(*series, self.place(*at, frame), title),
            Mark::Points { series, points: of, are_crosses } => {
                points(&class("points", *series), &places(&mut of.iter().copied(), false), *are_crosses)
            }
            Mark::Arrow { from, to } => arrow(self.place(*from, frame), self.place(*to, frame)),
        }
    }
}

fn class(name: &str, series: usize) -> String {
    format!("{name} s{}", series % SERIES)
}

/// Converts points to stairs: each value is constant until the next point.
fn stairs(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut out = Vec::with_capacity(points.len() * 2);
    for (x, y) in points {
        match out.last() {
            Some((_, before)) if before != y => {
                let before = *before;
                out.extend([(*x, before), (*x, *y)]);
            }
            // If the value does not change, no point is needed until it does.
            _ => {
                if let [.., (_, a), (_, b)] = out.as_slice()
                    && a == y
                    && b == y
                {
                    out.pop();
                }
                out.push((*x, *y));
            }
        }
    }
    out
}

/// A line with an arrowhead, which ends just before its target.
fn arrow(from: (f64, f64), to: (f64, f64)) -> String {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let far = dx.hypot(dy);
    if far < 8.0 {
        return String::new();
    }
    let (ux, uy) = (dx / far, dy / far);
    let back = |by: f64, aside: f64| (to.0 - ux * by - uy * aside, to.1 - uy * by + ux * aside);
    path("arrow", &[from, to], false) + &path("head", &[to, back(7.0, 3.0), back(7.0, -3.0)], true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::plot::Scale;

    #[test]
    fn a_step_is_a_vertical_line() {
        let steps = stairs(&[(0.0, 1.0), (1.0, 1.0), (2.0, 1.0), (3.0, 2.0), (4.0, 2.0)]);
        assert_eq!(steps, [(0.0, 1.0), (2.0, 1.0), (3.0, 1.0), (3.0, 2.0), (4.0, 2.0)]);
    }

    #[test]
    fn marks_are_drawn_at_their_values() {
        let scale = Scale::Linear { low: 0.0, high: 10.0 };
        let graph = Graph {
            x: Axis::new("x", scale),
            y: Axis::new("y", scale),
            series: Vec::new(),
            marks: vec![
                Mark::Line { series: 0, points: vec![(0.0, 0.0), (10.0, 10.0)], is_stepped: false },
                Mark::Dot { series: 1, at: (5.0, 99.0), title: "beyond".to_owned() },
            ],
        };
        let (body, height) = graph.body();
        assert_eq!(height, 262.0);
        assert!(body.contains("<path class=\"line s0\" d=\"M54 220L406 30\"/>"), "{body}");
        assert!(body.contains("points=\"225,25 235,25"), "a value beyond the axis is drawn at its end: {body}");
    }
}
