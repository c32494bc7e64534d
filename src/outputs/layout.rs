//! One layout of a table, many marks: plain text for terminals, Markdown for pull requests.

use comfy_table::{CellAlignment, ContentArrangement, Table};

use super::text::printable;

/// A table before it has marks: the first column is labels, the others are numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// Column heads.
    pub(super) header: Vec<String>,
    /// Rows; a row with one cell heads the section below it.
    pub(super) rows: Vec<Vec<String>>,
    /// Columns set left like the first one: text, not numbers.
    pub(super) text_columns: Vec<usize>,
}

impl Layout {
    pub(super) fn new<S: Into<String>>(header: impl IntoIterator<Item = S>) -> Self {
        Self { header: header.into_iter().map(Into::into).collect(), ..Self::default() }
    }

    pub(super) fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(|cell| printable(&cell.into()).into_owned()).collect());
    }

    fn padded(&self) -> impl Iterator<Item = Vec<String>> + '_ {
        self.rows.iter().map(|row| {
            let mut cells = row.clone();
            cells.resize(self.header.len(), String::new());
            cells
        })
    }

    /// Columns set apart by spaces, without frames: it copies well into tickets and diffs well.
    pub(super) fn plain(&self) -> String {
        let mut table = Table::new();
        table.load_style(comfy_table::presets::NOTHING);
        table.set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(self.header.clone());
        // Section heads span the columns, so they are set between the lines and not in them.
        table.add_rows(self.padded().zip(&self.rows).filter(|(_, row)| row.len() > 1).map(|(cells, _)| cells));
        for (i, column) in table.column_iter_mut().enumerate() {
            if i > 0 && !self.text_columns.contains(&i) {
                column.set_cell_alignment(CellAlignment::Right);
            }
            column.set_padding(if i == 0 { (0, 1) } else { (1, 1) });
        }
        let mut lines = table.lines();
        let mut out = String::new();
        let mut push = |line: &str| {
            out.push_str(line.trim_end());
            out.push('\n');
        };
        push(&lines.next().unwrap_or_default());
        for row in &self.rows {
            match row.as_slice() {
                [head] => push(head),
                _ => push(&lines.next().unwrap_or_default()),
            }
        }
        out
    }

    /// A Markdown table; section heads in bold.
    pub(super) fn markdown(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let escape = |cell: &String| cell.replace('\\', "\\\\").replace('|', "\\|");
        let mut out = line(&self.header.iter().map(escape).collect::<Vec<_>>());
        let rules: Vec<String> = (0..self.header.len())
            .map(|i| if i == 0 || self.text_columns.contains(&i) { "---" } else { "--:" }.to_owned())
            .collect();
        out.push_str(&line(&rules));
        for (row, mut cells) in self.rows.iter().zip(self.padded()) {
            if row.len() == 1 {
                cells[0] = format!("**{}**", cells[0]);
            }
            out.push_str(&line(&cells.iter().map(|c| escape(&c.trim_start().to_owned())).collect::<Vec<_>>()));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_breaks_a_table() {
        let mut table = Layout::new(["name", "number"]);
        table.row(["a|b\nc\\|d\u{1b}[2J", "1"]);
        assert_eq!(table.markdown(), "| name | number |\n| --- | --: |\n| a\\|b c\\\\\\|d\\\\u{1b}[2J | 1 |\n");
        let plain = table.plain();
        assert!(plain.lines().count() == 2 && !plain.contains('\u{1b}'), "{plain}");
    }
}
