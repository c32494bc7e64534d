//! Renders plain text for terminals, tickets and logs.

use comfy_table::{CellAlignment, ContentArrangement, Table as Grid};

use super::style::Palette;
use crate::model::finding::Severity;
use crate::outputs::document::{Block, Document, Note, Row, RowKind, Step, Table, Tone};
use crate::outputs::text::wrap;

/// Renders the document for a terminal with this many columns.
pub(in crate::outputs) fn plain(document: &Document, width: usize, color: bool) -> String {
    let palette = Palette { color };
    let blocks = document.blocks.iter().filter(|block| !matches!(block, Block::Plots { .. }));
    blocks.map(|part| block(part, width, palette)).collect::<Vec<_>>().join("\n")
}

fn block(block: &Block, width: usize, palette: Palette) -> String {
    match block {
        Block::Headline(headline) => {
            let parts: Vec<String> = headline.parts().map(|(text, tone)| palette.paint(text, tone)).collect();
            wrap(&parts.join(" · "), width, 2)
        }
        Block::Text(text) => wrap(text, width, 0),
        Block::Notes(notes) => notes.iter().map(|line| note(line, width, palette)).collect(),
        Block::List { heading, items } => {
            let items: String = items.iter().map(|item| wrap(&format!("  {item}"), width, 4)).collect();
            format!("{heading}\n{items}")
        }
        // Only HTML pages have plots; their numbers are in the tables.
        Block::Plots { .. } => String::new(),
        Block::Picture(lines) => lines.iter().map(|line| format!("{line}\n")).collect(),
        Block::Table(table) => self::table(table, width, palette),
        Block::Steps { heading, steps } => {
            let steps: String = steps.iter().map(|one| step(one, width, palette)).collect();
            format!("{heading}\n{steps}")
        }
    }
}

fn note(Note { severity, text }: &Note, width: usize, palette: Palette) -> String {
    match severity {
        None => wrap(text, width, 2),
        Some(Severity::Info) => wrap(&format!("note: {text}"), width, 2),
        Some(Severity::Warning) => wrap(&format!("{} {text}", palette.paint("!", Tone::Warning)), width, 2),
    }
}

fn step(Step { what, how, result, source }: &Step, width: usize, palette: Palette) -> String {
    let how = if how.is_empty() { String::new() } else { format!("{how} = ") };
    let mut out = wrap(&format!("  {what}: {how}{result}"), width, 4);
    if !source.is_empty() {
        out.push_str(&wrap(&format!("      {}", palette.paint(&format!("[{source}]"), Tone::Basis)), width, 7));
    }
    out
}

/// Renders as many columns of a table as fit, and shortens names if it is still too wide.
fn table(table: &Table, width: usize, palette: Palette) -> String {
    let mut shown: Vec<usize> = (0..table.columns.len()).collect();
    let mut grid = grid(table, &shown, usize::MAX);
    while columns_of(&grid) > width {
        let order = |at: &usize| table.columns.get(*at).and_then(|column| column.dropped_as);
        let Some(next) = shown.iter().copied().filter(|at| order(at).is_some()).min_by_key(order) else { break };
        shown.retain(|at| *at != next);
        grid = self::grid(table, &shown, usize::MAX);
    }
    let excess = columns_of(&grid).saturating_sub(width);
    if excess > 0 {
        let names = grid.column_max_content_widths().first().map_or(0, |width| usize::from(*width));
        grid = self::grid(table, &shown, names.saturating_sub(excess).max(SHORTEST_NAME));
    }
    lines(table, &shown, &grid, (width, palette))
}

/// Names are not shortened further, because the rest would not identify anything.
const SHORTEST_NAME: usize = 12;

/// Separates columns by spaces, without borders, which is easy to copy into tickets and to compare in diffs.
fn grid(table: &Table, shown: &[usize], longest_name: usize) -> Grid {
    let mut grid = Grid::new();
    grid.load_style(comfy_table::presets::NOTHING);
    grid.set_content_arrangement(ContentArrangement::Disabled);
    let columns = || shown.iter().filter_map(|at| table.columns.get(*at));
    grid.set_header(columns().map(|column| column.head.clone()));
    // Section heads span all columns, so they are inserted between the lines.
    let lead = if table.has_sections() { "  " } else { "" };
    for row in &table.rows {
        if let Row::Cells { kind, cells, .. } = row {
            let text = |at: &usize| cells.get(*at).map_or_else(String::new, |cell| cell.text.clone());
            let mut texts: Vec<String> = shown.iter().map(text).collect();
            if let Some(label) = texts.first_mut() {
                label.insert_str(0, if *kind == RowKind::Part { "  " } else { "" });
                label.insert_str(0, lead);
                *label = shortened(label, longest_name);
            }
            grid.add_row(texts);
        }
    }
    for (at, (column, set)) in grid.column_iter_mut().zip(columns()).enumerate() {
        if !set.is_text {
            column.set_cell_alignment(CellAlignment::Right);
        }
        column.set_padding(if at == 0 { (0, 1) } else { (1, 1) });
    }
    grid
}

/// Width of a grid in terminal columns: its cells, and the two spaces between them.
fn columns_of(grid: &Grid) -> usize {
    let widths = grid.column_max_content_widths();
    widths.iter().map(|width| usize::from(*width)).sum::<usize>() + 2 * widths.len().saturating_sub(1)
}

/// A name without its middle: both ends are kept, because names often share a prefix or a suffix.
fn shortened(name: &str, longest: usize) -> String {
    let length = name.chars().count();
    if length <= longest || longest < 3 {
        return name.to_owned();
    }
    let head = (longest - 1) / 2;
    let tail = longest - 1 - head;
    let start: String = name.chars().take(head).collect();
    let end: String = name.chars().skip(length - tail).collect();
    format!("{start}…{end}")
}

fn lines(table: &Table, shown: &[usize], grid: &Grid, (width, palette): (usize, Palette)) -> String {
    let mut lines = grid.lines();
    let mut out = String::new();
    let mut push = |line: &str| {
        out.push_str(line.trim_end());
        out.push('\n');
    };
    push(&lines.next().unwrap_or_default());
    for row in &table.rows {
        match row {
            Row::Section(head) => wrap(head, width, 2).lines().for_each(&mut push),
            Row::Cells { cells, .. } => {
                let line = lines.next().unwrap_or_default();
                let tones =
                    shown.iter().skip(1).filter_map(|at| cells.get(*at)).map(|cell| (cell.text.as_str(), cell.tone));
                push(&painted(&line, tones, palette));
            }
        }
    }
    out
}

/// Colours the cells of a line. They are searched from the right, where no shortened name is.
fn painted<'a>(line: &str, cells: impl DoubleEndedIterator<Item = (&'a str, Tone)>, palette: Palette) -> String {
    let (mut rest, mut out) = (line.trim_end(), String::new());
    for (text, tone) in cells.rev().filter(|(text, _)| !text.trim().is_empty()) {
        let Some(at) = rest.rfind(text.trim()) else { break };
        let (before, found) = rest.split_at(at);
        let (found, after) = found.split_at(text.trim().len());
        out.insert_str(0, after);
        out.insert_str(0, &palette.paint(found, tone));
        rest = before;
    }
    out.insert_str(0, rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outputs::document::Cell;

    const PLAIN: Palette = Palette { color: false };

    #[test]
    fn names_cannot_break_a_table() {
        let mut names = Table::new(["name", "number"]);
        names.row(["a|b\nc\\|d\u{1b}[2J", "1"]);
        let plain = table(&names, 80, PLAIN);
        assert!(plain.lines().count() == 2 && !plain.contains('\u{1b}'), "{plain}");
    }

    #[test]
    fn columns_are_dropped_in_order_before_names_are_shortened() {
        let mut services = Table::new(["service", "runtime", "pods", "USD"]).with_text(&[1]).with_dropped(&[2, 1]);
        services.row(["team-cart/checkout-backend", "Python, FastAPI", "12", "1,234.00"]);
        let head = |width| table(&services, width, PLAIN).lines().next().unwrap_or_default().to_owned();
        assert!(head(80).contains("pods"));
        assert!(!head(54).contains("pods") && head(54).contains("runtime"));
        assert!(!head(40).contains("runtime"));
        let narrow = table(&services, 30, PLAIN);
        assert!(narrow.contains("team-cart…ut-backend  1,234.00"), "{narrow}");
        assert!(narrow.lines().all(|line| line.chars().count() <= 30));
    }

    #[test]
    fn colours_only_repeat_the_meaning_of_a_cell() {
        let mut costs = Table::new(["", "a", "b"]);
        costs.row([Cell::from("cost 3"), Cell::from("3"), Cell::toned("3", Tone::Good)]);
        let colored = table(&costs, 80, Palette { color: true });
        assert!(colored.ends_with("cost 3  3  \u{1b}[32m3\u{1b}[0m\n"), "{colored:?}");
        assert_eq!(table(&costs, 80, PLAIN), "        a  b\ncost 3  3  3\n");
    }
}
