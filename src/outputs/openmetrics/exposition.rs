//! Writes gauges as OpenMetrics text (<https://prometheus.io/docs/specs/om/open_metrics_spec/>).
//!
//! Every family is a gauge, so the text is also valid in the older text format 0.0.4, which Pushgateways read: there,
//! the lines with the unit and the end marker are comments.

use std::fmt::Write as _;

/// Gauges with one name.
pub(super) struct Family {
    name: &'static str,
    /// The suffix of the name; may be empty.
    unit: &'static str,
    help: &'static str,
    samples: Vec<(Vec<Label>, String)>,
}

pub(super) type Label = (&'static str, String);

impl Family {
    pub(super) const fn new(name: &'static str, unit: &'static str, help: &'static str) -> Self {
        Self { name, unit, help, samples: Vec::new() }
    }

    pub(super) fn add(&mut self, labels: Vec<Label>, value: &impl ToString) {
        self.samples.push((labels, value.to_string()));
    }
}

/// The text of the families that have samples, with the end marker. Each sample also gets the labels `common`.
pub(super) fn exposition(common: &[Label], families: &[Family]) -> String {
    let mut out = String::new();
    for Family { name, unit, help, samples } in families.iter().filter(|family| !family.samples.is_empty()) {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "# TYPE {name} gauge");
        if !unit.is_empty() {
            let _ = writeln!(out, "# UNIT {name} {unit}");
        }
        let _ = writeln!(out, "# HELP {name} {help}");
        for (labels, value) in samples {
            let labels: Vec<String> =
                common.iter().chain(labels).map(|(key, text)| format!("{key}=\"{}\"", escaped(text))).collect();
            let _ = writeln!(out, "{name}{{{}}} {value}", labels.join(","));
        }
    }
    out.push_str("# EOF\n");
    out
}

/// Escapes the three characters that would otherwise end a label value or a line.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_follows_the_specification() {
        let mut cost = Family::new("a_cost_usd", "usd", "Cost.");
        cost.add(vec![("name", "a\\b\"c\nd".to_owned())], &"1.50");
        let none = Family::new("b", "", "Has no sample.");
        let mut plain = Family::new("c", "", "Has no unit.");
        plain.add(Vec::new(), &3);
        let text = exposition(&[("cluster", "x".to_owned())], &[cost, none, plain]);
        assert_eq!(
            text,
            "# TYPE a_cost_usd gauge\n# UNIT a_cost_usd usd\n# HELP a_cost_usd Cost.\n\
             a_cost_usd{cluster=\"x\",name=\"a\\\\b\\\"c\\nd\"} 1.50\n\
             # TYPE c gauge\n# HELP c Has no unit.\nc{cluster=\"x\"} 3\n# EOF\n"
        );
    }
}
