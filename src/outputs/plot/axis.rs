//! An axis: its scale, its label, and the format of its values.

use super::scale::Scale;
use super::svg::{Anchor, line, text};
use crate::outputs::number::trimmed;

/// An axis of a plot.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::outputs) struct Axis {
    /// The measured quantity with its unit.
    pub(in crate::outputs) label: String,
    /// Scale of the values.
    pub(in crate::outputs) scale: Scale,
}

impl Axis {
    /// An axis with this label.
    pub(in crate::outputs) fn new(label: &str, scale: Scale) -> Self {
        Self { label: label.to_owned(), scale }
    }

    /// Grid lines of an axis at the bottom, with values and label below.
    pub(super) fn bottom(&self, (left, right): (f64, f64), (top, bottom): (f64, f64)) -> String {
        let mut out = String::new();
        for tick in self.scale.ticks() {
            let x = left + self.scale.share(tick) * (right - left);
            out.push_str(&line("grid", (x, top), (x, bottom)));
            // The first and last value must not extend beyond the picture.
            out.push_str(&text("tick", (x, bottom + 16.0), Anchor::Middle, &short(tick)));
        }
        out.push_str(&line("axis", (left, bottom), (right, bottom)));
        out + &text("label", (left.midpoint(right), bottom + 34.0), Anchor::Middle, &self.label)
    }

    /// Grid lines of an axis at the left, with values at the left and the label above.
    pub(super) fn left(&self, (left, right): (f64, f64), (top, bottom): (f64, f64)) -> String {
        let mut out = String::new();
        for tick in self.scale.ticks() {
            let y = bottom - self.scale.share(tick) * (bottom - top);
            out.push_str(&line("grid", (left, y), (right, y)));
            out.push_str(&text("tick", (left - 6.0, y + 4.0), Anchor::End, &short(tick)));
        }
        out + &text("label", (4.0, top - 15.0), Anchor::Start, &self.label)
    }
}

/// A value at an axis tick: `5k`, `1.2M`, `0.05`.
pub(super) fn short(value: f64) -> String {
    // Ticks are sums of steps, and 3 × 0.1 is not exactly 0.3.
    const UNITS: [(f64, &str); 3] = [(1e9, "G"), (1e6, "M"), (1e4, "k")];
    let unit = UNITS.into_iter().find(|(least, _)| value.abs() >= least * 0.9999);
    match unit {
        Some((1e4, name)) => trimmed(value / 1e3, 4) + name,
        Some((least, name)) => trimmed(value / least, 4) + name,
        None => trimmed(value, 4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tick_values_are_short() {
        let written = [0.3, 0.1 + 0.2, 0.05, 500.0, 5_000.0, 10_000.0, 50_000.0, 1.2e6, 2e9, 0.0];
        assert_eq!(written.map(short), ["0.3", "0.3", "0.05", "500", "5,000", "10k", "50k", "1.2M", "2G", "0"]);
    }
}
