//! Running text: wrapped, and findings as every form of output lists them.

use std::borrow::Cow;

use crate::model::{Answer, Finding, Severity};

/// Wraps words to `width` columns; later lines are indented by `indent` spaces.
pub(super) fn wrap(text: &str, width: usize, indent: usize) -> String {
    let lead = text.len() - text.trim_start().len();
    let mut out = " ".repeat(lead);
    let mut column = 0;
    for word in text.trim_start().split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length + if column == 0 { lead } else { 0 };
    }
    out.push('\n');
    out
}

/// A text of others on one line: what breaks lines is a space, and what moves a terminal's cursor or turns the direction of
/// writing is seen and does not act.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    let acts = |c: char| {
        c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}')
    };
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => out.push(' '),
            c if acts(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Every finding of an answer.
pub(super) fn findings(answer: &Answer) -> Vec<(Severity, String, String)> {
    let of_estimates = answer.estimates.iter().flat_map(|e| &e.findings);
    let of_comparisons = answer.comparisons.iter().flat_map(|c| &c.findings);
    merged(answer.findings.iter().chain(of_estimates).chain(of_comparisons))
}

/// Findings, warnings first, each once: what holds for several subjects is said of all of them together.
pub(super) fn merged<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<(Severity, String, String)> {
    let mut all: Vec<&Finding> = findings.collect();
    all.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.cmp(b)));
    let mut merged: Vec<(Severity, String, String)> = Vec::new();
    for finding in all {
        match merged
            .iter_mut()
            .find(|(severity, _, message)| *severity == finding.severity && *message == finding.message)
        {
            Some((_, subjects, _)) if subjects.split(", ").any(|s| s == finding.subject) => {}
            Some((_, subjects, _)) => {
                subjects.push_str(", ");
                subjects.push_str(&finding.subject);
            }
            None => merged.push((finding.severity, finding.subject.clone(), finding.message.clone())),
        }
    }
    merged
}

/// What no estimate here contains.
pub(super) const NOT_IN_IT: &str = "Not included: databases, caches, queues, observability, people, NAT gateways, traffic between services, extended support of \
     old Kubernetes versions.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_on_the_terminal() {
        assert_eq!(printable("a b\u{e9}"), "a b\u{e9}");
        assert_eq!(printable("a\nb\u{1b}[2J\u{202e}"), "a b\\u{1b}[2J\\u{202e}");
    }

    #[test]
    fn wraps_words() {
        assert_eq!(wrap("one two three", 9, 2), "one two\n  three\n");
        assert_eq!(wrap("unbreakable", 3, 2), "unbreakable\n");
    }
}
