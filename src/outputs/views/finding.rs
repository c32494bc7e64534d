//! Explanations of findings, for `capmodel explain` and for the page of all findings.

use crate::model::finding::Code;
use crate::outputs::document::Document;
use crate::outputs::{Format, Layout, render};

/// The explanation of one finding for a terminal.
pub fn explained(code: Code, width: usize) -> Vec<u8> {
    let mut document = Document::default();
    document.headline(code.as_str(), code.severity().as_str(), code.area());
    document.text(code.meaning());
    document.text(&format!("What to do: {}", code.remedy()));
    render::text(&document, Layout { format: Format::Table, width, color: false })
}

/// The areas of findings, with their headings on the page.
const AREAS: [(&str, &str); 9] = [
    ("estimate", "Estimates"),
    ("profile", "Profiles"),
    ("nodes", "Nodes"),
    ("prices", "Prices"),
    ("report", "Reports"),
    ("history", "History"),
    ("cluster", "Clusters"),
    ("check", "Checks"),
    ("delivery", "Deliveries"),
];

/// The page `docs/findings.md`.
pub fn findings_page() -> String {
    let mut out = String::from(
        "# Findings\n\nA finding is something a reader must know besides the numbers: a missing price, an absent metric, an \
         assumption. Every output\nshows it with its code, and `capmodel explain CODE` prints what is on this page. The page is \
         generated from\n`src/model/finding/codes.rs`; `TRYCMD=overwrite cargo test --test offline -- findings` refreshes it.\n",
    );
    for (area, heading) in AREAS {
        out.push_str(&format!("\n## {heading}\n\n| code | severity | meaning | what to do |\n|---|---|---|---|\n"));
        for code in Code::ALL.iter().copied().filter(|code| code.area() == area) {
            let cell = |text: &str| text.replace('|', "\\|");
            out.push_str(&format!(
                "| `{}` | {} | {} | {} |\n",
                code.as_str(),
                code.severity().as_str(),
                cell(code.meaning()),
                cell(code.remedy())
            ));
        }
    }
    out
}
