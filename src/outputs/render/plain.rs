//! Renders plain text for terminals, tickets and logs.

use comfy_table::{CellAlignment, ContentArrangement, Table as Grid};

use super::style::Palette;
use crate::model::finding::Severity;
use crate::outputs::document::{Action, Block, Column, Document, Note, Row, RowKind, Step, Table, Tone};
use crate::outputs::text::{wrap, wrap_command};

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
        Block::Actions { heading, actions } => {
            let action = |Action { what, command }: &Action| {
                wrap(&format!("  {what}"), width, 4) + &wrap_command(command, width, 4)
            };
            format!("{heading}\n{}", actions.iter().map(action).collect::<String>())
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

/// Renders as many columns of a table as fit. If it is still too wide, names are shortened, and other texts and the column
/// heads are broken into lines.
fn table(table: &Table, width: usize, palette: Palette) -> String {
    let mut shown: Vec<usize> = (0..table.columns.len()).collect();
    let mut grid = Lines::new(table, &shown, None);
    while total(&grid.widths()) > width {
        let order = |at: &usize| table.columns.get(*at).and_then(|column| column.dropped_as);
        let Some(next) = shown.iter().copied().filter(|at| order(at).is_some()).min_by_key(order) else { break };
        shown.retain(|at| *at != next);
        grid = Lines::new(table, &shown, None);
    }
    let mut widths = grid.widths();
    if total(&widths) > width {
        for narrowest in narrowest(table, &shown) {
            narrow(&mut widths, &narrowest, width);
        }
        grid = Lines::new(table, &shown, Some(&widths));
    }
    lines(table, &shown, &grid, (width, palette))
}

/// A column head can be broken after these.
const BREAKS: [char; 3] = [' ', '-', '/'];

/// Names and words are not made shorter, because the rest would not identify anything.
const SHORTEST: usize = 12;

/// Smallest width of each column, if heads and texts are only broken between words; if words of texts are shortened as
/// well; and if heads are broken anywhere. Numbers are never broken.
fn narrowest(table: &Table, shown: &[usize]) -> [Vec<usize>; 3] {
    let headless = Table { columns: vec![Column::default(); table.columns.len()], ..table.clone() };
    let cells = Lines::new(&headless, shown, None).widths();
    let longest = |words: &mut dyn Iterator<Item = &str>| words.map(|word| word.chars().count()).max().unwrap_or(0);
    let of = |in_text: &dyn Fn(usize) -> usize, in_head: &dyn Fn(&str) -> usize| {
        let of_column = |(cells, at): (&usize, &usize)| match table.columns.get(*at) {
            Some(column) if column.is_text => in_text(*at).min(*cells).max(in_head(&column.head)),
            Some(column) => in_head(&column.head).max(*cells),
            None => *cells,
        };
        cells.iter().zip(shown).map(of_column).collect()
    };
    let words = |at: usize| {
        let rows = table.rows.iter().filter_map(|row| match row {
            Row::Cells { cells, .. } => cells.get(at),
            Row::Section(_) => None,
        });
        // Labels have a lead, and their later lines an indent.
        longest(&mut rows.flat_map(|cell| cell.text.split(' '))) + if at == 0 { 4 } else { 0 }
    };
    let parts = |head: &str| longest(&mut head.split_inclusive(BREAKS).map(str::trim_end));
    [of(&words, &parts), of(&|_| SHORTEST, &parts), of(&|_| SHORTEST, &|_| 1)]
}

/// Makes the widest columns narrower until all of them fit, or none can be.
fn narrow(widths: &mut [usize], narrowest: &[usize], width: usize) {
    while total(widths) > width {
        let flexible = widths.iter_mut().zip(narrowest).filter(|(width, narrowest)| **width > **narrowest);
        match flexible.max_by_key(|(width, _)| **width) {
            Some((widest, _)) => *widest -= 1,
            None => break,
        }
    }
}

/// Width of columns, with the two spaces between them.
fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1)
}

/// A table as lines, without section heads, which span all columns.
struct Lines {
    grid: Grid,
    /// Number of lines of the column heads.
    head: usize,
    /// Number of lines of each row.
    rows: Vec<usize>,
}

impl Lines {
    /// Separates columns by spaces, without borders, which is easy to copy into tickets and to compare in diffs. Without
    /// widths, no text is shortened or broken.
    fn new(table: &Table, shown: &[usize], widths: Option<&[usize]>) -> Self {
        let limit = |column: usize| widths.and_then(|widths| widths.get(column)).copied().unwrap_or(usize::MAX);
        let height = |texts: &[String]| texts.iter().map(|text| text.lines().count()).max().unwrap_or(0).max(1);
        let mut grid = Grid::new();
        grid.load_style(comfy_table::presets::NOTHING);
        grid.set_content_arrangement(ContentArrangement::Disabled);
        let columns = || shown.iter().filter_map(|at| table.columns.get(*at));
        let heads = columns().enumerate().map(|(at, column)| broken_head(&column.head, limit(at)));
        let heads: Vec<String> = heads.collect();
        let (head, mut rows) = (height(&heads), Vec::new());
        grid.set_header(heads);
        let lead = if table.has_sections() { "  " } else { "" };
        for row in &table.rows {
            let Row::Cells { kind, cells, .. } = row else { continue };
            let text = |at: &usize| cells.get(*at).map_or_else(String::new, |cell| cell.text.clone());
            let mut texts: Vec<String> = shown.iter().map(text).collect();
            if let Some(label) = texts.first_mut() {
                label.insert_str(0, if *kind == RowKind::Part { "  " } else { "" });
                label.insert_str(0, lead);
            }
            for (at, (text, column)) in texts.iter_mut().zip(columns()).enumerate() {
                if column.is_text {
                    *text = broken(text, limit(at), if at == 0 { 2 } else { 0 });
                }
            }
            rows.push(height(&texts));
            grid.add_row(texts);
        }
        for (at, (column, set)) in grid.column_iter_mut().zip(columns()).enumerate() {
            if !set.is_text {
                column.set_cell_alignment(CellAlignment::Right);
            }
            column.set_padding(if at == 0 { (0, 1) } else { (1, 1) });
        }
        Self { grid, head, rows }
    }

    /// Widths of the columns.
    fn widths(&self) -> Vec<usize> {
        self.grid.column_max_content_widths().into_iter().map(usize::from).collect()
    }
}

/// A text in lines of this width, broken between words, the later lines with an indent; a word that is longer than a line is
/// shortened.
fn broken(text: &str, width: usize, indent: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let lead = text.len() - text.trim_start().len();
    let words = text.trim_start().split(' ');
    let longest = width.saturating_sub(if words.clone().count() > 1 { lead + indent } else { lead });
    let words: Vec<String> = words.map(|word| shortened(word, longest)).collect();
    wrap(&(" ".repeat(lead) + &words.join(" ")), width, lead + indent).trim_end().to_owned()
}

/// A column head in lines of this width, broken between words and parts of names, and otherwise anywhere.
fn broken_head(head: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for part in head.split_inclusive(BREAKS) {
        for piece in part.chars().collect::<Vec<_>>().chunks(width.max(1)) {
            let piece: String = piece.iter().collect();
            match lines.last_mut() {
                Some(line) if line.chars().count() + piece.trim_end().chars().count() <= width => *line += &piece,
                _ => lines.push(piece),
            }
        }
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
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

fn lines(table: &Table, shown: &[usize], grid: &Lines, (width, palette): (usize, Palette)) -> String {
    let (mut lines, mut heights) = (grid.grid.lines(), grid.rows.iter());
    let mut out = String::new();
    let mut push = |line: &str| {
        out.push_str(line.trim_end());
        out.push('\n');
    };
    lines.by_ref().take(grid.head).for_each(|line| push(&line));
    for row in &table.rows {
        match row {
            Row::Section(head) => wrap(head, width, 2).lines().for_each(&mut push),
            Row::Cells { cells, .. } => {
                let first = lines.next().unwrap_or_default();
                let tones =
                    shown.iter().skip(1).filter_map(|at| cells.get(*at)).map(|cell| (cell.text.as_str(), cell.tone));
                push(&painted(&first, tones, palette));
                let further = heights.next().map_or(0, |height| height - 1);
                lines.by_ref().take(further).for_each(|line| push(&line));
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
    fn texts_and_heads_are_broken_into_lines_before_a_table_is_wider_than_the_screen() {
        let mut claims = Table::new(["claim", "python-a-long-profile", "verdict"]).with_text(&[2]);
        claims.row(["FastAPI: throughput of a JSON API", "8,000", "the article contradicts itself"]);
        claims.part(["of which idle", "7", "agrees"]);
        let narrow = table(&claims, 40, PLAIN);
        assert_eq!(
            narrow,
            "claim         python-a-  verdict\n\
             \x20                 long-\n\
             \x20               profile\n\
             FastAPI:          8,000  the article\n\
             \x20 throughput             contradicts\n\
             \x20 of a JSON              itself\n\
             \x20 API\n\
             \x20 of which            7  agrees\n\
             \x20   idle\n"
        );
        let wide = table(&claims, 100, PLAIN);
        assert!(wide.lines().count() == 3 && wide.contains("python-a-long-profile"), "{wide}");
        assert_eq!(broken_head("unbreakable", 4), "unbr\neaka\nble");
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
