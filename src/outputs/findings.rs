//! Merges findings for display.

use crate::model::finding::{Code, Finding, Severity};

/// Maximum number of subjects that are named for one message; the others are counted.
const NAMED: usize = 3;

/// Sorts warnings first, and merges findings with the same message, naming the first subjects. The code at the end
/// can be passed to `capmodel explain`.
pub(super) fn merged<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<(Severity, String)> {
    let mut all: Vec<&Finding> = findings.into_iter().collect();
    all.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.cmp(b)));
    let mut merged: Vec<(Severity, Code, &str, Vec<&str>)> = Vec::new();
    for finding in all {
        let (severity, code, message) = (finding.severity, finding.code, finding.message.as_str());
        match merged.iter_mut().find(|one| (one.0, one.1, one.2) == (severity, code, message)) {
            Some((.., subjects)) if subjects.contains(&finding.subject.as_str()) => {}
            Some((.., subjects)) => subjects.push(&finding.subject),
            None => merged.push((severity, code, message, vec![&finding.subject])),
        }
    }
    merged
        .into_iter()
        .map(|(severity, code, message, subjects)| (severity, format!("{}: {message} [{code}]", names(&subjects))))
        .collect()
}

fn names(subjects: &[&str]) -> String {
    let (named, others) = subjects.split_at(subjects.len().min(NAMED));
    match others.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_messages_are_merged() {
        let finding = |subject: &str| Finding::info(Code::AcceleratorsUnpriced, subject, "old".to_owned());
        let all: Vec<Finding> = ["b", "a", "c", "a", "e", "d"].map(finding).to_vec();
        assert_eq!(merged(&all[..2]), [(Severity::Info, "a, b: old [accelerators-unpriced]".to_owned())]);
        assert_eq!(merged(&all), [(Severity::Info, "a, b, c and 2 more: old [accelerators-unpriced]".to_owned())]);
        let loud = Finding::warning(Code::AcceleratorsUnpriced, "z", "old".to_owned());
        assert_eq!(merged([&all[0], &loud])[0], (Severity::Warning, "z: old [accelerators-unpriced]".to_owned()));
    }
}
