//! Renders a self-contained HTML page with plots, and tables that can be sorted and filtered if scripts are enabled.
//!
//! The templates in `templates/` are checked at compile time and escape all values. Names from clusters and files are
//! in `<bdi>` elements, so that their text direction does not affect the surrounding text; in table cells, only names
//! that need it are, because a page has many.

mod table;

use askama::Template;

use crate::model::finding::Severity;
use crate::outputs::document::{Action, Block, Document, Headline, Note, Step};
use crate::outputs::plot::Plot;
use table::Grid;

/// The style sheet of the page, for both colour schemes and for print.
const STYLE: &str = include_str!("../../../../templates/page.css");
/// The script for sorting and filtering.
const SCRIPT: &str = include_str!("../../../../templates/page.js");
/// Hashes of style sheet and script, which the page's content security policy requires. A test compares them.
const STYLE_HASH: &str = "CHP8g3kEF5fQdwb8Fk08YPjwkQSCznGOp8KoP5mCADc=";
const SCRIPT_HASH: &str = "OlWMFTlStqvHs5r/moffP0z1hUNtDrGRXhSY2AQ5AA8=";

/// Tables with more rows than this do not fit into a window.
const LONG: usize = 30;

/// Renders the document as a page.
pub(in crate::outputs) fn html(document: &Document) -> String {
    let headline = document.blocks.iter().find_map(|block| match block {
        Block::Headline(headline) => Some(headline),
        _ => None,
    });
    let Headline { subject, answer, basis } = headline.cloned().unwrap_or_default();
    let heading = if subject.is_empty() { "capmodel" } else { &subject };
    let parts = (1_usize..).zip(&document.blocks).filter_map(|(index, block)| part(index, block)).collect();
    let page = Page {
        title: if subject.is_empty() { heading.to_owned() } else { format!("capmodel: {subject}") },
        heading,
        answer: &answer,
        basis: &basis,
        parts,
        style: STYLE,
        style_hash: STYLE_HASH,
        script: SCRIPT,
        script_hash: SCRIPT_HASH,
        version: env!("CARGO_PKG_VERSION"),
    };
    page.to_string() + "\n"
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    title: String,
    heading: &'a str,
    answer: &'a str,
    basis: &'a str,
    parts: Vec<Part<'a>>,
    style: &'static str,
    style_hash: &'static str,
    script: &'static str,
    script_hash: &'static str,
    version: &'static str,
}

/// A block of the document in the form that the templates use. Grids and pictures are finished elements.
enum Part<'a> {
    Text(&'a str),
    /// Sentences and warnings are always shown; other findings are collapsed.
    Notes {
        id: String,
        plain: Vec<&'a Note>,
        folded: Vec<&'a Note>,
    },
    List {
        id: String,
        heading: &'a str,
        items: &'a [String],
    },
    Actions {
        id: String,
        heading: &'a str,
        actions: &'a [Action],
    },
    Picture(&'a [String]),
    Table {
        id: String,
        title: &'a str,
        grid: String,
        /// Whether it scrolls in its own frame.
        is_long: bool,
    },
    Plots {
        id: String,
        heading: &'a str,
        plots: Vec<Figure<'a>>,
    },
    Steps {
        id: String,
        heading: &'a str,
        steps: &'a [Step],
    },
}

/// A plot with its picture and the table of its data.
struct Figure<'a> {
    title: &'a str,
    text: &'a str,
    svg: String,
    grid: String,
}

impl<'a> Figure<'a> {
    fn new(id: &str, plot: &'a Plot) -> Self {
        let numbers = format!("Numbers of the plot {}", plot.title);
        Self {
            title: &plot.title,
            text: &plot.text,
            svg: plot.svg(id),
            grid: Grid::new(&plot.data, &numbers).to_string(),
        }
    }
}

fn part(index: usize, block: &Block) -> Option<Part<'_>> {
    let id = format!("part-{index}");
    Some(match block {
        Block::Headline(_) => return None,
        Block::Text(text) => Part::Text(text),
        Block::Notes(notes) => {
            let (folded, plain) = notes.iter().partition(|note| note.severity == Some(Severity::Info));
            Part::Notes { id, plain, folded }
        }
        Block::List { heading, items } => Part::List { id, heading, items },
        Block::Actions { heading, actions } => Part::Actions { id, heading, actions },
        Block::Picture(lines) => Part::Picture(lines),
        Block::Table(table) => {
            let title = table.title();
            let is_long = !table.has_sections() && table.rows.len() > LONG;
            Part::Table { id, title, grid: Grid::new(table, title).to_string(), is_long }
        }
        Block::Plots { heading, plots } => {
            let plots =
                (1_usize..).zip(plots).map(|(number, plot)| Figure::new(&format!("{id}-{number}"), plot)).collect();
            Part::Plots { id, heading, plots }
        }
        Block::Steps { heading, steps } => Part::Steps { id, heading, steps },
    })
}

#[cfg(test)]
mod tests;
