//! Horizontal bars, each below its own name, so that long names can use the whole width.

use super::axis::Axis;
use super::svg::{Anchor, SERIES, WIDTH, legend, length, line, rect, shortened, text};

/// Bars along one axis.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::outputs) struct Bars {
    /// Axis of the values.
    pub(in crate::outputs) axis: Axis,
    /// Index and name of each series in the legend.
    pub(in crate::outputs) series: Vec<(usize, String)>,
    /// Bars from top to bottom.
    pub(in crate::outputs) bars: Vec<Bar>,
}

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::outputs) struct Bar {
    /// Name of the bar.
    pub(in crate::outputs) name: String,
    /// Value, written next to the name.
    pub(in crate::outputs) value: String,
    /// Segments of the bar.
    pub(in crate::outputs) segments: Vec<Segment>,
}

/// A part of a bar.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::outputs) struct Segment {
    /// Index of the series.
    pub(in crate::outputs) series: usize,
    /// Start and end; if they are equal, the segment is a mark.
    pub(in crate::outputs) span: (f64, f64),
    /// Tooltip.
    pub(in crate::outputs) title: String,
}

/// Margin for half of an axis value.
const SIDE: f64 = 14.0;
/// Height of a name, its bar and the space below.
const ROW: f64 = 40.0;
/// Height of a bar.
const BAR: f64 = 14.0;
/// Height of the values and the label of the axis.
const BELOW: f64 = 42.0;
/// Minimum width of a segment, so that it remains visible.
const LEAST: f64 = 3.0;

impl Bars {
    /// The content of the picture, and its height.
    pub(super) fn body(&self) -> (String, f64) {
        let key = |at: usize, (x, y): (f64, f64)| {
            let series = self.series.get(at).map_or(0, |(series, _)| *series);
            rect(&class(series), (x + 4.0, y - 6.0), (14.0, 12.0), "")
        };
        let (mut out, above) = legend(self.series.iter().map(|(_, name)| name.as_str()), key);
        let across = (SIDE, WIDTH - SIDE);
        let rows = (0_u32..).zip(&self.bars).map(|(index, bar)| (above + 8.0 + f64::from(index) * ROW, bar));
        let bottom = rows.clone().last().map_or(above, |(y, _)| y + ROW);
        out.push_str(&self.axis.bottom(across, (above + 8.0, bottom)));
        for (y, bar) in rows {
            let name = shortened(&bar.name, across.1 - across.0 - length(&bar.value) - 12.0);
            out.push_str(&text("note", (across.0, y + 12.0), Anchor::Start, &name));
            out.push_str(&text("note", (across.1, y + 12.0), Anchor::End, &bar.value));
            for Segment { series, span, title } in &bar.segments {
                let place = |value: f64| across.0 + self.axis.scale.share(value) * (across.1 - across.0);
                let (from, to) = (place(span.0.min(span.1)), place(span.0.max(span.1)));
                let size = ((to - from).max(LEAST), BAR);
                out.push_str(&rect(&class(*series), (from.min(across.1 - LEAST), y + 18.0), size, title));
            }
        }
        let zero = self.axis.scale.share(0.0);
        if zero > 0.0 && zero < 1.0 {
            let x = across.0 + zero * (across.1 - across.0);
            out.push_str(&line("axis", (x, above + 8.0), (x, bottom)));
        }
        (out, bottom + BELOW)
    }
}

/// The class of a part of this series.
pub(super) fn class(series: usize) -> String {
    format!("bar s{}", series % SERIES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::plot::Scale;

    #[test]
    fn segments_are_drawn_side_by_side() {
        let segment = |series, span| Segment { series, span, title: String::new() };
        let bars = Bars {
            axis: Axis::new("USD", Scale::Linear { low: 0.0, high: 100.0 }),
            series: vec![(0, "used".to_owned()), (1, "idle".to_owned())],
            bars: vec![Bar {
                name: "n".repeat(300),
                value: "75".to_owned(),
                segments: vec![segment(0, (0.0, 50.0)), segment(1, (50.0, 75.0))],
            }],
        };
        let (body, _) = bars.body();
        assert!(body.contains("class=\"bar s0\" x=\"14\" y=\"48\" width=\"196\""), "{body}");
        assert!(body.contains("class=\"bar s1\" x=\"210\" y=\"48\" width=\"98\""), "{body}");
        assert!(body.contains('…'), "a long name is shortened: {body}");
    }
}
