//! The article's claims with their verdicts.

use crate::model::article::{Claim, JudgedClaim, Verdict};
use crate::outputs::document::{Document, Table};
use crate::outputs::number::{significant, trimmed};

/// The claims with their verdicts.
pub(in crate::outputs) fn document(judged: &[JudgedClaim]) -> Document {
    let mut document = Document::default();
    document.table(table(judged));
    document.notes(notes(judged));
    document.notes([summary(judged)]);
    document
}

fn table(judged: &[JudgedClaim]) -> Table {
    let mut table =
        Table::new(["claim", "article", "computed", "verdict"]).with_text(&[3]).titled("The article's claims");
    let mut section = "";
    for j in judged {
        if j.claim.section != section {
            section = &j.claim.section;
            table.section(section);
        }
        table.row([
            format!("{}: {}", j.claim.subject, j.claim.quantity),
            stated(&j.claim),
            format!("{} {}", range(j.computed.0, j.computed.1), j.computed_unit.unwrap_or(&j.claim.unit)),
            verdict(&j.verdict),
        ]);
    }
    table
}

/// The article's statement: a range, or two figures with different units.
fn stated(claim: &Claim) -> String {
    let figure = &claim.figure;
    match claim.unit.split_once(" and ") {
        Some((first, second)) => format!("{} {first}, {} {second}", trimmed(figure.low, 5), trimmed(figure.high, 5)),
        None => format!("{} {}", range(figure.low, figure.high), claim.unit),
    }
}

fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Agrees => "agrees".to_owned(),
        Verdict::Input => "used as input".to_owned(),
        Verdict::Differs(by) => {
            format!("differs by {}{}%", if *by > 0.0 { "+" } else { "−" }, significant(100.0 * by.abs(), 2))
        }
        Verdict::Contradicts => "the article contradicts itself".to_owned(),
    }
}

/// How figures were computed if that is not obvious: those that do not agree, and the range in which a verdict is
/// valid.
fn notes(judged: &[JudgedClaim]) -> Vec<String> {
    judged
        .iter()
        .filter(|j| !matches!(j.verdict, Verdict::Agrees | Verdict::Input) || j.claim.id == "cost-ratio")
        .map(|j| format!("{}, {}: {}.", j.claim.subject, j.claim.quantity, j.note))
        .collect()
}

fn summary(judged: &[JudgedClaim]) -> String {
    let count = |wanted: fn(&Verdict) -> bool| judged.iter().filter(|j| wanted(&j.verdict)).count();
    format!(
        "{} claims: {} are used as inputs; of the rest, {} agree, {} differ and {} contradict other claims of the article.",
        judged.len(),
        count(|v| *v == Verdict::Input),
        count(|v| *v == Verdict::Agrees),
        count(|v| matches!(v, Verdict::Differs(_))),
        count(|v| *v == Verdict::Contradicts)
    )
}

fn range(low: f64, high: f64) -> String {
    if low == high {
        trimmed(low, 4)
    } else if high.is_infinite() {
        format!("{}+", trimmed(low, 4))
    } else {
        format!("{}–{}", trimmed(low, 4), trimmed(high, 4))
    }
}
