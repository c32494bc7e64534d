//! Renders Markdown for pull requests and tickets.

use crate::model::finding::Severity;
use crate::outputs::document::{Action, Block, Document, Note, Row, RowKind, Step, Table};

/// Renders the document as Markdown.
pub(in crate::outputs) fn markdown(document: &Document) -> String {
    let blocks = document.blocks.iter().filter(|block| !matches!(block, Block::Plots { .. }));
    blocks.map(block).collect::<Vec<_>>().join("\n")
}

fn block(block: &Block) -> String {
    match block {
        Block::Headline(headline) => {
            format!("**{}**\n", headline.parts().map(|(text, _)| text).collect::<Vec<_>>().join(" · "))
        }
        Block::Text(text) => format!("{text}\n"),
        Block::Notes(notes) => notes.iter().map(note).collect(),
        Block::List { heading, items } => {
            let items: String = items.iter().map(|item| format!("- {item}\n")).collect();
            format!("{heading}\n\n{items}")
        }
        Block::Actions { heading, actions } => {
            let action = |Action { what, command }: &Action| format!("- {what}: `{command}`\n");
            format!("{heading}\n\n{}", actions.iter().map(action).collect::<String>())
        }
        // Only HTML pages have plots; their numbers are in the tables.
        Block::Plots { .. } => String::new(),
        Block::Picture(lines) => format!("```text\n{}\n```\n", lines.join("\n")),
        Block::Table(table) => self::table(table),
        Block::Steps { heading, steps } => format!("### {heading}\n\n{}", table(&steps_table(steps))),
    }
}

fn note(Note { severity, text }: &Note) -> String {
    match severity {
        None => format!("- {text}\n"),
        Some(Severity::Info) => format!("- note: {text}\n"),
        Some(Severity::Warning) => format!("- **warning**: {text}\n"),
    }
}

fn steps_table(steps: &[Step]) -> Table {
    let mut table = Table::new(["step", "formula", "result", "source"]).with_text(&[1, 2, 3]);
    for Step { what, how, result, source } in steps {
        table.row([what, how.as_str(), result, source]);
    }
    table
}

/// A table; section heads are bold.
fn table(table: &Table) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let escape = |cell: &str| cell.replace('\\', "\\\\").replace('|', "\\|");
    let mut out = line(&table.columns.iter().map(|column| escape(&column.head)).collect::<Vec<_>>());
    let rule = |is_text: bool| if is_text { "---" } else { "--:" }.to_owned();
    out.push_str(&line(&table.columns.iter().map(|column| rule(column.is_text)).collect::<Vec<_>>()));
    for row in &table.rows {
        let mut cells: Vec<String> = match row {
            Row::Section(head) => vec![format!("**{}**", escape(head))],
            Row::Cells { cells, .. } => cells.iter().map(|cell| escape(&cell.text)).collect(),
        };
        // Markdown drops leading spaces, which show that a row is a part of another.
        if let (Row::Cells { kind: RowKind::Part, .. }, Some(label)) = (row, cells.first_mut()) {
            label.insert_str(0, "&emsp;");
        }
        cells.resize(table.columns.len(), String::new());
        out.push_str(&line(&cells));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_a_table() {
        let mut names = Table::new(["name", "number"]);
        names.row(["a|b\nc\\|d\u{1b}[2J", "1"]);
        names.part(["of which", "0"]);
        assert_eq!(
            table(&names),
            "| name | number |\n| --- | --: |\n| a\\|b c\\\\\\|d\\\\u{1b}[2J | 1 |\n| &emsp;of which | 0 |\n"
        );
    }
}
