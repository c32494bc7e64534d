//! The requirements of a report, whether they are met, and what a report lacks otherwise.

use crate::model::finding::Finding;
use crate::model::requirement::{Availability, Requirement};
use crate::outputs::document::{Document, Table};
use crate::outputs::findings::merged;
use crate::outputs::json::check;
use crate::outputs::{Form, Format, OutputError, json, render};

/// Renders the requirements in the requested format.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
pub fn requirements(all: &[Requirement], findings: &[Finding], form: Form) -> Result<Vec<u8>, OutputError> {
    match form.format {
        Format::Json => json(&check::document(all, findings)),
        Format::Csv => render::records(all.iter().map(check::row)),
        Format::Table | Format::Markdown | Format::Html => Ok(render::text(&document(all, findings), form)),
    }
}

fn document(all: &[Requirement], findings: &[Finding]) -> Document {
    let mut document = Document::default();
    if !all.is_empty() {
        document.table(table(all));
        document.list(&summary(all), losses(all));
    }
    document.findings(merged(findings));
    document
}

fn table(all: &[Requirement]) -> Table {
    let mut table = Table::new(["requirement", "source", "status"]).with_text(&[1, 2]).titled("Requirements");
    let mut area = "";
    for requirement in all.iter().filter(|requirement| requirement.state != Availability::NotNeeded) {
        if requirement.area != area {
            area = requirement.area;
            table.section(area);
        }
        let Requirement { name, from, state, .. } = requirement;
        table.row([name.as_str(), *from, state.name()]);
    }
    table
}

/// What a report lacks, with everything that would prevent each loss.
fn losses(all: &[Requirement]) -> Vec<String> {
    let lost: Vec<&Requirement> = all.iter().filter(|r| r.state.is_loss()).collect();
    lost.chunk_by(|a, b| (&a.without, a.vital) == (&b.without, b.vital))
        .map(|same| {
            let names: Vec<&str> = same.iter().map(|r| r.name.as_str()).collect();
            let end = if same[0].vital { " (required: there is no report without it)" } else { "" };
            format!("{}: {}{end}", names.join(", "), same[0].without)
        })
        .collect()
}

fn summary(all: &[Requirement]) -> String {
    let losses = all.iter().filter(|r| r.state.is_loss()).count();
    let needed = all.iter().filter(|r| r.state != Availability::NotNeeded).count();
    match losses {
        0 => "Everything a report needs is available.".to_owned(),
        _ => format!(
            "{losses} of {} {} missing. Without them the report lacks:",
            needed,
            if losses == 1 { "is" } else { "are" }
        ),
    }
}
