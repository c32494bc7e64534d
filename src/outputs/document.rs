//! The content of a screen, independent of its format: a view builds it once, and every text format renders it.

use super::plot::Plot;
use super::text::printable;
use crate::model::finding::Severity;

/// The content of a screen from top to bottom. Renderers put one blank line between blocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Document {
    /// Blocks, none of them empty.
    pub(super) blocks: Vec<Block>,
}

/// One part of a screen.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Block {
    /// The first line.
    Headline(Headline),
    /// A paragraph.
    Text(String),
    /// Sentences and findings, one per line.
    Notes(Vec<Note>),
    /// A list of items.
    List {
        /// Heading of the list.
        heading: String,
        /// The items.
        items: Vec<String>,
    },
    /// What can be done, each with the command for it.
    Actions {
        /// Heading of the list.
        heading: String,
        /// The actions.
        actions: Vec<Action>,
    },
    /// A table.
    Table(Table),
    /// Preformatted lines.
    Picture(Vec<String>),
    /// A group of plots; only HTML pages show them.
    Plots {
        /// Heading of the group.
        heading: String,
        /// The plots.
        plots: Vec<Plot>,
    },
    /// The derivation of a number.
    Steps {
        /// The derived quantity.
        heading: String,
        /// The steps, in order.
        steps: Vec<Step>,
    },
}

/// Subject, period, answer and basis, in one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Headline {
    /// Subject and time.
    pub(super) subject: String,
    /// The answer; empty if the screen has no single one.
    pub(super) answer: String,
    /// The basis of the answer; may be empty.
    pub(super) basis: String,
}

impl Headline {
    /// The parts that are not empty.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&str, Tone)> {
        let parts = [(&self.subject, Tone::Normal), (&self.answer, Tone::Answer), (&self.basis, Tone::Basis)];
        parts.into_iter().filter(|(text, _)| !text.is_empty()).map(|(text, tone)| (text.as_str(), tone))
    }
}

/// Meaning of a text; a colour repeats it and is never its only sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tone {
    /// No special meaning.
    #[default]
    Normal,
    /// The answer.
    Answer,
    /// The basis of the answer.
    Basis,
    /// The cheaper side.
    Good,
    /// Something that changes the number.
    Warning,
    /// Something that is not possible.
    Bad,
}

/// Something that can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Action {
    /// What is done, and what it is good for.
    pub(super) what: String,
    /// The command, for a POSIX shell.
    pub(super) command: String,
}

/// A sentence below a table, or a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// Severity of a finding; `None` for a sentence.
    pub(super) severity: Option<Severity>,
    /// Text of the note.
    pub(super) text: String,
}

/// One step of a derivation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// The computed quantity.
    pub(super) what: &'static str,
    /// The formula with its numbers; empty if there is none.
    pub(super) how: String,
    /// The result.
    pub(super) result: String,
    /// The source of the numbers; empty if they are from the steps above.
    pub(super) source: String,
}

impl Document {
    /// Adds a headline.
    pub(super) fn headline(&mut self, subject: &str, answer: &str, basis: &str) {
        let (subject, answer, basis) = (one_line(subject), one_line(answer), one_line(basis));
        self.blocks.push(Block::Headline(Headline { subject, answer, basis }));
    }

    /// Adds a paragraph.
    pub(super) fn text(&mut self, text: &str) {
        self.blocks.push(Block::Text(one_line(text)));
    }

    /// Adds a table, unless it has no columns.
    pub(super) fn table(&mut self, table: impl Into<Option<Table>>) {
        self.blocks.extend(table.into().filter(|table| !table.columns.is_empty()).map(Block::Table));
    }

    /// Adds sentences, one per line; they are appended to the notes directly before them.
    pub(super) fn notes<S: AsRef<str>>(&mut self, sentences: impl IntoIterator<Item = S>) {
        self.add_notes(sentences.into_iter().map(|text| Note { severity: None, text: one_line(text.as_ref()) }));
    }

    /// Adds findings that are already merged, below the sentences.
    pub(super) fn findings(&mut self, findings: impl IntoIterator<Item = (Severity, String)>) {
        self.add_notes(
            findings.into_iter().map(|(severity, text)| Note { severity: Some(severity), text: one_line(&text) }),
        );
    }

    fn add_notes(&mut self, notes: impl Iterator<Item = Note>) {
        let notes: Vec<Note> = notes.collect();
        match self.blocks.last_mut() {
            _ if notes.is_empty() => {}
            Some(Block::Notes(before)) => before.extend(notes),
            _ => self.blocks.push(Block::Notes(notes)),
        }
    }

    /// Adds a list of items.
    pub(super) fn list<S: AsRef<str>>(&mut self, heading: &str, items: impl IntoIterator<Item = S>) {
        let items = items.into_iter().map(|item| one_line(item.as_ref())).collect();
        self.blocks.push(Block::List { heading: one_line(heading), items });
    }

    /// Adds what can be done, unless it is nothing.
    pub(super) fn actions(&mut self, heading: &str, actions: impl IntoIterator<Item = Action>) {
        let actions: Vec<Action> = actions
            .into_iter()
            .map(|Action { what, command }| Action { what: one_line(&what), command: one_line(&command) })
            .collect();
        if !actions.is_empty() {
            self.blocks.push(Block::Actions { heading: one_line(heading), actions });
        }
    }

    /// Adds preformatted lines.
    pub(super) fn picture(&mut self, lines: Vec<String>) {
        self.blocks.extend(Some(lines).filter(|lines| !lines.is_empty()).map(Block::Picture));
    }

    /// Adds a group of plots, unless it is empty.
    pub(super) fn plots(&mut self, heading: &str, plots: Vec<Plot>) {
        if !plots.is_empty() {
            let shown = |plot: Plot| Plot { title: one_line(&plot.title), text: one_line(&plot.text), ..plot };
            let plots = plots.into_iter().map(shown).collect();
            self.blocks.push(Block::Plots { heading: one_line(heading), plots });
        }
    }

    /// Adds the derivation of a quantity.
    pub(super) fn steps(&mut self, heading: String, steps: Vec<Step>) {
        self.blocks.push(Block::Steps { heading, steps });
    }
}

/// Replaces line breaks and control characters: names come from clusters and files and must not break a line or move
/// a cursor.
fn one_line(text: &str) -> String {
    printable(text).into_owned()
}

/// A table: the first column has labels; the others have numbers unless they are marked as text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table {
    /// Title; empty if the column heads are sufficient.
    pub(super) title: String,
    /// Whether the rows are objects of one kind, which can be sorted by any column.
    pub(super) is_sortable: bool,
    /// Its columns.
    pub(super) columns: Vec<Column>,
    /// Its rows.
    pub(super) rows: Vec<Row>,
}

/// One column of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Column {
    /// Column head.
    pub(super) head: String,
    /// Key in the JSON document; empty if there is none.
    pub(super) key: String,
    /// Whether it is left-aligned, like text.
    pub(super) is_text: bool,
    /// The order in which columns are dropped if the table is too wide, from 1; `None` if it is never dropped.
    pub(super) dropped_as: Option<usize>,
}

/// One cell of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    /// Its text.
    pub(super) text: String,
    /// Meaning of the cell.
    pub(super) tone: Tone,
}

impl Cell {
    /// A cell with a meaning.
    pub(super) fn toned(text: &str, tone: Tone) -> Self {
        Self { text: one_line(text), tone }
    }
}

impl<S: AsRef<str>> From<S> for Cell {
    fn from(text: S) -> Self {
        Self::toned(text.as_ref(), Tone::Normal)
    }
}

/// One row of a table.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Row {
    /// A head for the rows below it; it spans all columns.
    Section(String),
    /// Cells; the last ones may be missing.
    Cells {
        /// Kind of the row.
        kind: RowKind,
        /// JSONPath (RFC 9535) of the row in the JSON document; empty if it has none.
        path: String,
        /// The cells.
        cells: Vec<Cell>,
    },
}

/// Kind of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKind {
    /// An ordinary row.
    Item,
    /// A part of the row above it.
    Part,
    /// The sum of the rows above it.
    Sum,
}

impl Table {
    /// A table with these column heads.
    pub(super) fn new<S: Into<String>>(heads: impl IntoIterator<Item = S>) -> Self {
        let column =
            |(at, head): (usize, S)| Column { head: one_line(&head.into()), is_text: at == 0, ..Column::default() };
        Self { columns: heads.into_iter().enumerate().map(column).collect(), ..Self::default() }
    }

    /// Sets the title.
    pub(super) fn titled(mut self, title: &str) -> Self {
        self.title = one_line(title);
        self
    }

    /// Makes the rows sortable by any column.
    pub(super) fn sortable(mut self) -> Self {
        self.is_sortable = true;
        self
    }

    /// Sets the key of each column in the JSON document.
    pub(super) fn with_keys<S: Into<String>>(mut self, keys: impl IntoIterator<Item = S>) -> Self {
        for (column, key) in self.columns.iter_mut().zip(keys) {
            column.key = one_line(&key.into());
        }
        self
    }

    /// Left-aligns these columns.
    pub(super) fn with_text(mut self, columns: &[usize]) -> Self {
        for at in columns {
            if let Some(column) = self.columns.get_mut(*at) {
                column.is_text = true;
            }
        }
        self
    }

    /// Drops these columns, in this order, if the table is too wide for the screen.
    pub(super) fn with_dropped(mut self, columns: &[usize]) -> Self {
        for (order, at) in columns.iter().enumerate() {
            if let Some(column) = self.columns.get_mut(*at) {
                column.dropped_as = Some(order + 1);
            }
        }
        self
    }

    /// Adds a head for the following rows.
    pub(super) fn section(&mut self, head: &str) {
        self.rows.push(Row::Section(one_line(head)));
    }

    /// Adds a row.
    pub(super) fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.add(RowKind::Item, String::new(), cells);
    }

    /// Adds a row with its path in the JSON document.
    pub(super) fn row_at<C: Into<Cell>>(&mut self, path: String, cells: impl IntoIterator<Item = C>) {
        self.add(RowKind::Item, path, cells);
    }

    /// Adds a row that sums up others.
    pub(super) fn sum<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.add(RowKind::Sum, String::new(), cells);
    }

    /// Adds a row that is a part of the row above it.
    pub(super) fn part<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.add(RowKind::Part, String::new(), cells);
    }

    /// Adds a row that is a part of the row above it, with its path in the JSON document.
    pub(super) fn part_at<C: Into<Cell>>(&mut self, path: String, cells: impl IntoIterator<Item = C>) {
        self.add(RowKind::Part, path, cells);
    }

    fn add<C: Into<Cell>>(&mut self, kind: RowKind, path: String, cells: impl IntoIterator<Item = C>) {
        self.rows.push(Row::Cells { kind, path, cells: cells.into_iter().map(Into::into).collect() });
    }

    /// The title, or else the head of the first column.
    pub(super) fn title(&self) -> &str {
        let first = || self.columns.iter().map(|column| column.head.as_str()).find(|head| !head.is_empty());
        if self.title.is_empty() { first().unwrap_or("Table") } else { &self.title }
    }

    /// Number of rows that are neither heads nor sums.
    pub(super) fn items(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row, Row::Cells { kind: RowKind::Item, .. })).count()
    }

    /// Whether the rows are below heads.
    pub(super) fn has_sections(&self) -> bool {
        self.rows.iter().any(|row| matches!(row, Row::Section(_)))
    }
}
