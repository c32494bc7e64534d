//! Renders a table of an HTML page. Only the first rows of a long table are shown at first: the others are in a
//! `<noscript>`, which a browser without scripts shows as a second table and a browser with scripts keeps as text until
//! the reader asks for them, so that a page with thousands of rows opens as quickly as a short one.

use askama::Template;

use crate::outputs::document::{Cell, Row, RowKind, Table, Tone};
use crate::outputs::number::plural;

/// A table in which each section has its own `tbody`.
#[derive(Template)]
#[template(path = "table.html")]
pub(super) struct Grid<'a> {
    title: &'a str,
    rows: String,
    table: &'a Table,
    bodies: Vec<Body<'a>>,
    /// Rows that are only shown when asked for.
    folded: Vec<Line<'a>>,
}

/// Maximum number of rows of a table that is shown completely.
const WHOLE: usize = 200;
/// The rows of a longer one that are shown at once.
const AT_ONCE: usize = 100;

#[derive(Default)]
struct Body<'a> {
    head: Option<&'a str>,
    lines: Vec<Line<'a>>,
}

struct Line<'a> {
    class: &'static str,
    path: &'a str,
    name: &'a str,
    cells: Vec<Field<'a>>,
}

struct Field<'a> {
    class: &'static str,
    text: &'a str,
    /// Meaning of the colour of a cell as text, for readers who do not see it.
    said: &'static str,
}

impl<'a> Grid<'a> {
    pub(super) fn new(table: &'a Table, title: &'a str) -> Self {
        let mut bodies = Vec::new();
        let mut body = Body::default();
        for row in &table.rows {
            match row {
                Row::Section(head) => {
                    bodies.push(std::mem::replace(&mut body, Body { head: Some(head), lines: Vec::new() }));
                }
                Row::Cells { kind, path, cells } => body.lines.push(line(table, *kind, path, cells)),
            }
        }
        bodies.push(body);
        bodies.retain(|body| body.head.is_some() || !body.lines.is_empty());
        let folded = match bodies.as_mut_slice() {
            [body] if body.head.is_none() && body.lines.len() > WHOLE => body.fold(),
            _ => Vec::new(),
        };
        let rows = plural(u64::try_from(table.items()).unwrap_or(u64::MAX), "row", "rows");
        Self { title, rows, table, bodies, folded }
    }
}

impl<'a> Body<'a> {
    /// Takes out what is between the first rows and the sums at the end; a part stays with its row.
    fn fold(&mut self) -> Vec<Line<'a>> {
        let sums = self.lines.iter().rev().take_while(|line| line.class == "sum").count();
        let last = self.lines.len() - sums;
        let is_part = |at: &usize| self.lines.get(*at).is_some_and(|line| line.class == "part");
        let first = (AT_ONCE..last).find(|at| !is_part(at)).unwrap_or(last);
        self.lines.drain(first..last).collect()
    }
}

fn line<'a>(table: &'a Table, kind: RowKind, path: &'a str, cells: &'a [Cell]) -> Line<'a> {
    let class = match kind {
        RowKind::Item => "",
        RowKind::Part => "part",
        RowKind::Sum => "sum",
    };
    let field = |(at, column): (usize, &crate::outputs::document::Column)| {
        let cell = cells.get(at);
        let (tone_class, said) = match cell.map_or(Tone::Normal, |cell| cell.tone) {
            Tone::Good => ("good", "(cheaper)"),
            Tone::Bad => ("bad", ""),
            Tone::Normal | Tone::Answer | Tone::Basis | Tone::Warning => ("", ""),
        };
        let class = match (column.is_text, tone_class) {
            (true, "") => "t",
            (_, class) => class,
        };
        Field { class, text: cell.map_or("", |cell| cell.text.as_str()), said }
    };
    Line {
        class,
        path,
        name: cells.first().map_or("", |cell| cell.text.as_str()),
        cells: table.columns.iter().enumerate().skip(1).map(field).collect(),
    }
}
