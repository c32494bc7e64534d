//! Columns side by side, each a stack of segments, with a line across all of them.

use super::axis::Axis;
use super::bars::{Segment, class};
use super::svg::{Anchor, WIDTH, legend, length, line, rect, text};

/// Stacked columns over one vertical axis.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::outputs) struct Columns {
    /// Axis of the values.
    pub(in crate::outputs) axis: Axis,
    /// What the columns are.
    pub(in crate::outputs) label: String,
    /// Index and name of each series in the legend.
    pub(in crate::outputs) series: Vec<(usize, String)>,
    /// Columns from left to right: name and segments.
    pub(in crate::outputs) columns: Vec<(String, Vec<Segment>)>,
    /// A line across all columns, and its name.
    pub(in crate::outputs) level: Option<(f64, String)>,
}

/// Width of the values of the axis.
const LEFT: f64 = 54.0;
/// Margin at the right.
const RIGHT: f64 = 14.0;
/// Height of the label of the axis, which is above it.
const ABOVE: f64 = 30.0;
/// Height of the area with the columns.
const HEIGHT: f64 = 190.0;
/// Height of the names of the columns and of their label.
const BELOW: f64 = 42.0;
/// Part of the room of a column that it fills.
const FILLED: f64 = 0.7;

impl Columns {
    /// The content of the picture, and its height.
    pub(super) fn body(&self) -> (String, f64) {
        let key = |at: usize, (x, y): (f64, f64)| {
            let series = self.series.get(at).map_or(0, |(series, _)| *series);
            rect(&class(series), (x + 4.0, y - 6.0), (14.0, 12.0), "")
        };
        let (mut out, above) = legend(self.series.iter().map(|(_, name)| name.as_str()), key);
        let (left, right) = (LEFT, WIDTH - RIGHT);
        let (top, bottom) = (above + ABOVE, above + ABOVE + HEIGHT);
        out.push_str(&self.axis.left((left, right), (top, bottom)));
        let place = |value: f64| bottom - self.axis.scale.share(value) * (bottom - top);
        let count = u32::try_from(self.columns.len()).unwrap_or(u32::MAX).max(1);
        let room = (right - left) / f64::from(count);
        let widest = self.columns.iter().map(|(name, _)| length(name)).fold(0.0, f64::max);
        // Names that would overlap are left out, but never the last one.
        let every = (1..=count).find(|every| f64::from(*every) * room > widest + 4.0).unwrap_or(count);
        for (at, (name, segments)) in (0_u32..).zip(&self.columns) {
            let x = left + f64::from(at) * room;
            for Segment { series, span, title } in segments {
                let (upper, lower) = (place(span.0.max(span.1)), place(span.0.min(span.1)));
                let corner = (x + room * (1.0 - FILLED) / 2.0, upper);
                out.push_str(&rect(&class(*series), corner, (room * FILLED, lower - upper), title));
            }
            if (count - 1 - at).is_multiple_of(every) {
                out.push_str(&text("tick", (x + room / 2.0, bottom + 16.0), Anchor::Middle, name));
            }
        }
        out.push_str(&line("axis", (left, bottom), (right, bottom)));
        if let Some((value, name)) = &self.level {
            let y = place(*value);
            let beside = if y < top + 20.0 { y + 14.0 } else { y - 5.0 };
            out.push_str(&line("rule", (left, y), (right, y)));
            out.push_str(&text("note", (left + 6.0, beside), Anchor::Start, name));
        }
        out.push_str(&text("label", (left.midpoint(right), bottom + 34.0), Anchor::Middle, &self.label));
        (out, bottom + BELOW)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::plot::Scale;

    fn columns(names: &[&str]) -> String {
        let segment = |series, span| Segment { series, span, title: String::new() };
        let stack = || vec![segment(0, (0.0, 50.0)), segment(1, (50.0, 75.0))];
        let columns = Columns {
            axis: Axis::new("USD", Scale::Linear { low: 0.0, high: 100.0 }),
            label: "month".to_owned(),
            series: vec![(0, "a".to_owned()), (1, "b".to_owned())],
            columns: names.iter().map(|name| ((*name).to_owned(), stack())).collect(),
            level: Some((100.0, "budget".to_owned())),
        };
        columns.body().0
    }

    #[test]
    fn segments_are_stacked_from_the_axis() {
        let body = columns(&["2026-10", "2026-11"]);
        // The area is 190 units high: half of it, and then a quarter.
        assert!(body.contains("class=\"bar s0\" x=\"80.4\" y=\"147\" width=\"123.2\" height=\"95\""), "{body}");
        assert!(body.contains("class=\"bar s1\" x=\"80.4\" y=\"99.5\" width=\"123.2\" height=\"47.5\""), "{body}");
        assert!(body.contains("class=\"rule\" x1=\"54\" y1=\"52\" x2=\"406\" y2=\"52\""), "{body}");
    }

    #[test]
    fn names_that_would_overlap_are_left_out_but_not_the_last() {
        let names: Vec<String> = (1..=12).map(|month| format!("2026-{month:02}")).collect();
        let body = columns(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let shown: Vec<&String> = names.iter().filter(|name| body.contains(&format!(">{name}<"))).collect();
        assert_eq!(shown, ["2026-02", "2026-04", "2026-06", "2026-08", "2026-10", "2026-12"]);
    }
}
