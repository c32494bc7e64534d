//! The article's claims with their verdicts.

use serde::Serialize;

use super::layout::Layout;
use super::number::{significant, trimmed};
use super::text::wrap;
use crate::model::{Claim, Judged, Verdict};

pub(super) fn plain(judged: &[Judged], width: usize) -> String {
    let mut out = layout(judged).plain();
    out.push('\n');
    for line in notes(judged) {
        out.push_str(&wrap(&line, width, 2));
    }
    out.push_str(&wrap(&summary(judged), width, 2));
    out
}

pub(super) fn markdown(judged: &[Judged]) -> String {
    let mut out = layout(judged).markdown();
    out.push('\n');
    for line in notes(judged) {
        out.push_str(&format!("- {line}\n"));
    }
    out.push_str(&format!("\n{}\n", summary(judged)));
    out
}

fn layout(judged: &[Judged]) -> Layout {
    let mut layout = Layout::new(["claim", "article", "computed", "verdict"]);
    layout.text_columns = vec![3];
    let mut section = "";
    for j in judged {
        if j.claim.section != section {
            section = &j.claim.section;
            layout.row([section]);
        }
        layout.row([
            format!("  {}: {}", j.claim.subject, j.claim.quantity),
            stated(&j.claim),
            format!("{} {}", range(j.computed.0, j.computed.1), j.computed_unit.unwrap_or(&j.claim.unit)),
            verdict(&j.verdict),
        ]);
    }
    layout
}

/// What the article says: a range, or two figures of different units side by side.
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
        Verdict::Input => "taken as it is".to_owned(),
        Verdict::Differs(by) => {
            format!("differs by {}{} %", if *by > 0.0 { "+" } else { "−" }, significant(100.0 * by.abs(), 2))
        }
        Verdict::Contradicts => "the article contradicts itself".to_owned(),
    }
}

/// How each figure was computed, where that is not plain: whatever does not agree, and the range in which a verdict holds.
fn notes(judged: &[Judged]) -> Vec<String> {
    judged
        .iter()
        .filter(|j| !matches!(j.verdict, Verdict::Agrees | Verdict::Input) || j.claim.id == "cost-ratio")
        .map(|j| format!("{}, {}: {}.", j.claim.subject, j.claim.quantity, j.note))
        .collect()
}

fn summary(judged: &[Judged]) -> String {
    let count = |wanted: fn(&Verdict) -> bool| judged.iter().filter(|j| wanted(&j.verdict)).count();
    format!(
        "{} claims: {} are taken into the profiles as they are; of the others {} agree, {} differ, {} are contradicted by the article itself.",
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

/// Schema `capmodel/claims/v1`.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    schema: &'static str,
    pub(super) claims: Vec<Row>,
}

#[derive(Debug, Serialize)]
pub(super) struct Row {
    id: String,
    section: String,
    subject: String,
    quantity: String,
    unit: String,
    stated_low: f64,
    stated_high: Option<f64>,
    computed_low: f64,
    computed_high: f64,
    computed_unit: String,
    verdict: &'static str,
    differs_by: Option<f64>,
    note: String,
}

pub(super) fn document(judged: &[Judged]) -> Document {
    let row = |j: &Judged| {
        let (verdict, differs_by) = match j.verdict {
            Verdict::Agrees => ("agrees", None),
            Verdict::Input => ("input", None),
            Verdict::Differs(by) => ("differs", Some(by)),
            Verdict::Contradicts => ("contradicts-itself", None),
        };
        let claim = &j.claim;
        Row {
            id: claim.id.clone(),
            section: claim.section.clone(),
            subject: claim.subject.clone(),
            quantity: claim.quantity.clone(),
            unit: claim.unit.clone(),
            stated_low: claim.figure.low,
            stated_high: Some(claim.figure.high).filter(|high| high.is_finite()),
            computed_low: j.computed.0,
            computed_high: j.computed.1,
            computed_unit: j.computed_unit.unwrap_or(&claim.unit).to_owned(),
            verdict,
            differs_by,
            note: j.note.clone(),
        }
    };
    Document { schema: "capmodel/claims/v1", claims: judged.iter().map(row).collect() }
}
