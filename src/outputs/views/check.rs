//! The requirements of a report, whether they are met, and what a report lacks otherwise.

use crate::model::finding::Finding;
use crate::model::requirement::{Availability, Requirement};
use crate::outputs::document::{Cell, Document, Table, Tone};
use crate::outputs::findings::merged;
use crate::outputs::json::check;
use crate::outputs::{Format, Layout, OutputError, json, render};

/// Renders the requirements in the requested format.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
pub fn requirements(
    all: &[Requirement],
    findings: &[Finding],
    verbose: bool,
    layout: Layout,
) -> Result<Vec<u8>, OutputError> {
    match layout.format {
        Format::Json => json(&check::document(all, findings)),
        Format::Csv => render::records(all.iter().map(check::row)),
        Format::Table | Format::Markdown | Format::Html => {
            let is_short = layout.format == Format::Table && !verbose;
            Ok(render::text(&document(all, findings, is_short), layout))
        }
    }
}

fn document(all: &[Requirement], findings: &[Finding], is_short: bool) -> Document {
    let mut document = Document::default();
    if !all.is_empty() {
        document.table(if is_short { areas(all) } else { table(all) });
        document.list(&summary(all), losses(all));
        let remedies = remedies(all);
        if !remedies.is_empty() {
            document.list("What to do:", remedies);
        }
    }
    document.findings(merged(findings));
    if is_short && !all.is_empty() {
        document.notes([format!("-v shows all {} checks.", needed(all).count())]);
    }
    document
}

/// What a report can use.
fn needed(all: &[Requirement]) -> impl Iterator<Item = &Requirement> {
    all.iter().filter(|requirement| requirement.state != Availability::NotNeeded)
}

/// One row for each area.
fn areas(all: &[Requirement]) -> Table {
    let mut table = Table::new(["area", "found"]).with_text(&[1]).titled("Requirements");
    let needed: Vec<&Requirement> = needed(all).collect();
    for of_area in needed.chunk_by(|a, b| a.area == b.area) {
        let lost = of_area.iter().filter(|requirement| requirement.state.is_loss());
        let (mark, tone) = match (lost.clone().count(), lost.clone().any(|requirement| requirement.vital)) {
            (0, _) => ('✓', Tone::Good),
            (_, false) => ('!', Tone::Warning),
            (_, true) => ('✗', Tone::Bad),
        };
        let name = Cell::toned(&format!("{mark} {}", of_area[0].area), tone);
        table.row([name, format!("{} of {}", of_area.len() - lost.count(), of_area.len()).into()]);
    }
    table
}

/// What brings back what is lost, each once, in the order of the losses.
fn remedies(all: &[Requirement]) -> Vec<&'static str> {
    let mut remedies = Vec::new();
    for requirement in all.iter().filter(|requirement| requirement.state.is_loss()) {
        let remedy = match requirement.from {
            "RBAC" => "grant the permissions: capmodel rbac prints them for kubectl apply",
            "metrics-server" => "install metrics-server, or read usage from Prometheus",
            "kube-state-metrics" => "install kube-state-metrics and have Prometheus scrape it",
            "cAdvisor (kubelet)" => "have Prometheus scrape the kubelets at /metrics/cadvisor",
            "--prices" => "give the prices of these types with --prices",
            _ => continue,
        };
        if !remedies.contains(&remedy) {
            remedies.push(remedy);
        }
    }
    remedies
}

fn table(all: &[Requirement]) -> Table {
    let mut table = Table::new(["requirement", "source", "status"]).with_text(&[1, 2]).titled("Requirements");
    let mut area = "";
    for requirement in needed(all) {
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
    let needed = needed(all).count();
    match losses {
        0 => "Everything a report needs is available.".to_owned(),
        _ => format!(
            "{losses} of {} {} the report lacks:",
            needed,
            if losses == 1 { "is missing. Without it" } else { "are missing. Without them" }
        ),
    }
}
