//! What a report is made of, whether it is there, and what each loss takes from it.

use serde::Serialize;

use super::json::v1;
use super::layout::Layout;
use super::report::said_once;
use super::text::wrap;
use super::{csv, json};
use crate::cli::Format;
use crate::model::{Availability, Finding, Requirement};
use crate::run::Failure;
use crate::settings::OutputSettings;

#[derive(Serialize)]
struct Row<'a> {
    area: &'static str,
    name: &'a str,
    from: &'static str,
    state: &'static str,
    /// What the report loses; empty where it is there.
    lost: &'a str,
    /// Whether without it there is no report at all.
    vital: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    requirements: Vec<Row<'a>>,
    findings: Vec<v1::Finding>,
}

fn row(requirement: &Requirement) -> Row<'_> {
    let Requirement { area, name, from, state, without, vital } = requirement;
    Row { area, name, from, state: state.name(), lost: if state.is_loss() { without } else { "" }, vital: *vital }
}

/// The requirements in the form asked for.
///
/// # Errors
/// [`Failure::Encode`], a bug.
pub fn requirements(all: &[Requirement], findings: &[Finding], output: &OutputSettings) -> Result<Vec<u8>, Failure> {
    let rows = all.iter().map(row);
    match output.format {
        Format::Json => {
            let findings = findings.iter().map(Into::into).collect();
            return json(&Document { schema: "capmodel/check/v1", requirements: rows.collect(), findings });
        }
        Format::Csv => return csv(rows),
        Format::Table | Format::Markdown => {}
    }
    let markdown = output.format == Format::Markdown;
    let mut layout = Layout::new(["what a report reads", "from", "state"]);
    layout.text_columns = vec![1, 2];
    let mut area = "";
    for requirement in all.iter().filter(|requirement| requirement.state != Availability::NotNeeded) {
        if requirement.area != area {
            area = requirement.area;
            layout.row([area]);
        }
        let Row { name, from, state, .. } = row(requirement);
        layout.row([format!("  {name}"), from.to_owned(), state.to_owned()]);
    }
    let mut out = String::new();
    if !all.is_empty() {
        out = if markdown { layout.markdown() } else { layout.plain() };
        out.push_str(&format!("\n{}\n", summary(all)));
    }
    let mut line = |text: String| {
        let text = if markdown { format!("- {text}\n") } else { wrap(&format!("  {text}"), output.width, 4) };
        out.push_str(&text);
    };
    let lost: Vec<&Requirement> = all.iter().filter(|r| r.state.is_loss()).collect();
    for same in lost.chunk_by(|a, b| (&a.without, a.vital) == (&b.without, b.vital)) {
        let names: Vec<&str> = same.iter().map(|r| r.name.as_str()).collect();
        let end = if same[0].vital { "; no report is made without it" } else { "" };
        line(format!("without {}: {}{end}", names.join(", "), same[0].without));
    }
    for (_, subject, message) in said_once(findings) {
        line(format!("finding: {subject}: {message}"));
    }
    Ok(out.into_bytes())
}

fn summary(all: &[Requirement]) -> String {
    let losses = all.iter().filter(|r| r.state.is_loss()).count();
    match losses {
        0 => "Everything that a report reads is there.".to_owned(),
        _ => format!("{losses} of {} are not there; the report loses:", all.len()),
    }
}
