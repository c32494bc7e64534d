//! One screen before it has marks: a view builds it once, and every text format renders it.

use super::plot::Plot;
use super::text::printable;
use crate::model::finding::Severity;

/// What a screen says, from top to bottom. Renderers put one blank line between blocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Document {
    /// Its blocks, none of them empty.
    pub(super) blocks: Vec<Block>,
}

/// One part of a screen.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Block {
    /// The first line.
    Headline(Headline),
    /// A paragraph.
    Text(String),
    /// Sentences and findings, a line each.
    Notes(Vec<Note>),
    /// Items that belong together.
    List {
        /// What they are.
        heading: String,
        /// The items.
        items: Vec<String>,
    },
    /// A table.
    Table(Table),
    /// Lines in which every character has its place.
    Picture(Vec<String>),
    /// Plots that belong together; only pages have them.
    Plots {
        /// What they are.
        heading: String,
        /// The plots.
        plots: Vec<Plot>,
    },
    /// The derivation of a number.
    Steps {
        /// Of what.
        heading: String,
        /// The steps, in order.
        steps: Vec<Step>,
    },
}

/// Subject, period, answer and basis, in one line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Headline {
    /// Of what, and of which time.
    pub(super) subject: String,
    /// The answer; empty where the screen has no single one.
    pub(super) answer: String,
    /// What the answer rests on; may be empty.
    pub(super) basis: String,
}

impl Headline {
    /// Its parts that say something.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&str, Tone)> {
        let parts = [(&self.subject, Tone::Normal), (&self.answer, Tone::Answer), (&self.basis, Tone::Basis)];
        parts.into_iter().filter(|(text, _)| !text.is_empty()).map(|(text, tone)| (text.as_str(), tone))
    }
}

/// What a text means; a colour repeats it and never carries it alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tone {
    /// Nothing in particular.
    #[default]
    Normal,
    /// The answer.
    Answer,
    /// What the answer rests on.
    Basis,
    /// The cheaper side.
    Good,
    /// Something that changes the number.
    Warning,
    /// What cannot be.
    Bad,
}

/// A sentence below a table, or a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// How much a finding matters; `None` for a sentence.
    pub(super) severity: Option<Severity>,
    /// What it says.
    pub(super) text: String,
}

/// One step of a derivation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// What is computed.
    pub(super) what: &'static str,
    /// The formula with its numbers; empty where there is none.
    pub(super) how: String,
    /// What comes out.
    pub(super) result: String,
    /// Where the numbers come from; empty where they come from the steps above.
    pub(super) source: String,
}

impl Document {
    /// Subject, answer and basis.
    pub(super) fn headline(&mut self, subject: &str, answer: &str, basis: &str) {
        let (subject, answer, basis) = (one_line(subject), one_line(answer), one_line(basis));
        self.blocks.push(Block::Headline(Headline { subject, answer, basis }));
    }

    /// A paragraph.
    pub(super) fn text(&mut self, text: &str) {
        self.blocks.push(Block::Text(one_line(text)));
    }

    /// A table, unless it has no columns.
    pub(super) fn table(&mut self, table: impl Into<Option<Table>>) {
        self.blocks.extend(table.into().filter(|table| !table.columns.is_empty()).map(Block::Table));
    }

    /// Sentences, a line each; they join the notes that stand directly before them.
    pub(super) fn notes<S: AsRef<str>>(&mut self, sentences: impl IntoIterator<Item = S>) {
        self.add_notes(sentences.into_iter().map(|text| Note { severity: None, text: one_line(text.as_ref()) }));
    }

    /// Findings that are already merged, below the sentences.
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

    /// Items that belong together.
    pub(super) fn list<S: AsRef<str>>(&mut self, heading: &str, items: impl IntoIterator<Item = S>) {
        let items = items.into_iter().map(|item| one_line(item.as_ref())).collect();
        self.blocks.push(Block::List { heading: one_line(heading), items });
    }

    /// Lines in which every character has its place.
    pub(super) fn picture(&mut self, lines: Vec<String>) {
        self.blocks.extend(Some(lines).filter(|lines| !lines.is_empty()).map(Block::Picture));
    }

    /// Plots that belong together, unless there is none.
    pub(super) fn plots(&mut self, heading: &str, plots: Vec<Plot>) {
        if !plots.is_empty() {
            let shown = |plot: Plot| Plot { title: one_line(&plot.title), text: one_line(&plot.text), ..plot };
            let plots = plots.into_iter().map(shown).collect();
            self.blocks.push(Block::Plots { heading: one_line(heading), plots });
        }
    }

    /// The derivation of a number.
    pub(super) fn steps(&mut self, heading: String, steps: Vec<Step>) {
        self.blocks.push(Block::Steps { heading, steps });
    }
}

/// Names come from clusters and files: none of them may move a cursor or break a line.
fn one_line(text: &str) -> String {
    printable(text).into_owned()
}

/// A table: the first column has labels, the others have numbers unless they are said to be text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table {
    /// What it shows; empty where the heads say it.
    pub(super) title: String,
    /// Whether its rows are things of one kind, which can be sorted by any column.
    pub(super) is_sortable: bool,
    /// Its columns.
    pub(super) columns: Vec<Column>,
    /// Its rows.
    pub(super) rows: Vec<Row>,
}

/// One column of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Column {
    /// Its head.
    pub(super) head: String,
    /// Its key in the JSON document; empty where it has none.
    pub(super) key: String,
    /// Whether it is set left, as text is.
    pub(super) is_text: bool,
    /// Its place among the columns that are dropped where the table is too wide, from 1; `None` for one that stays.
    pub(super) dropped_as: Option<usize>,
}

/// One cell of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    /// Its text.
    pub(super) text: String,
    /// What it means.
    pub(super) tone: Tone,
}

impl Cell {
    /// A cell that means something.
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
    /// The head of the rows below it; it spans the columns.
    Section(String),
    /// Cells, of which the last may be absent.
    Cells {
        /// What it is among the others.
        kind: RowKind,
        /// Where the JSON document has it, as a JSONPath (RFC 9535); empty where it is not there as one.
        path: String,
        /// The cells.
        cells: Vec<Cell>,
    },
}

/// What a row is among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKind {
    /// One of them.
    Item,
    /// A part of the row above it.
    Part,
    /// The sum of others, below them.
    Sum,
}

impl Table {
    /// A table with these heads.
    pub(super) fn new<S: Into<String>>(heads: impl IntoIterator<Item = S>) -> Self {
        let column =
            |(at, head): (usize, S)| Column { head: one_line(&head.into()), is_text: at == 0, ..Column::default() };
        Self { columns: heads.into_iter().enumerate().map(column).collect(), ..Self::default() }
    }

    /// The same with what it shows.
    pub(super) fn titled(mut self, title: &str) -> Self {
        self.title = one_line(title);
        self
    }

    /// The same with rows that can be sorted by any column.
    pub(super) fn sortable(mut self) -> Self {
        self.is_sortable = true;
        self
    }

    /// The same with the key of each column in the JSON document.
    pub(super) fn with_keys<S: Into<String>>(mut self, keys: impl IntoIterator<Item = S>) -> Self {
        for (column, key) in self.columns.iter_mut().zip(keys) {
            column.key = one_line(&key.into());
        }
        self
    }

    /// The same with these columns set left.
    pub(super) fn with_text(mut self, columns: &[usize]) -> Self {
        for at in columns {
            if let Some(column) = self.columns.get_mut(*at) {
                column.is_text = true;
            }
        }
        self
    }

    /// The same with these columns dropped, in this order, where the table is too wide for its screen.
    pub(super) fn with_dropped(mut self, columns: &[usize]) -> Self {
        for (order, at) in columns.iter().enumerate() {
            if let Some(column) = self.columns.get_mut(*at) {
                column.dropped_as = Some(order + 1);
            }
        }
        self
    }

    /// Adds a head for the rows that follow.
    pub(super) fn section(&mut self, head: &str) {
        self.rows.push(Row::Section(one_line(head)));
    }

    /// Adds a row.
    pub(super) fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.add(RowKind::Item, String::new(), cells);
    }

    /// Adds a row that the JSON document has at this path.
    pub(super) fn row_at<C: Into<Cell>>(&mut self, path: String, cells: impl IntoIterator<Item = C>) {
        self.add(RowKind::Item, path, cells);
    }

    /// Adds a row that sums up others.
    pub(super) fn sum<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.add(RowKind::Sum, String::new(), cells);
    }

    /// Adds a row that is a part of the one above it.
    pub(super) fn part<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.add(RowKind::Part, String::new(), cells);
    }

    /// Adds a row that is a part of the one above it, and that the JSON document has at this path.
    pub(super) fn part_at<C: Into<Cell>>(&mut self, path: String, cells: impl IntoIterator<Item = C>) {
        self.add(RowKind::Part, path, cells);
    }

    fn add<C: Into<Cell>>(&mut self, kind: RowKind, path: String, cells: impl IntoIterator<Item = C>) {
        self.rows.push(Row::Cells { kind, path, cells: cells.into_iter().map(Into::into).collect() });
    }

    /// What it shows, or else what its rows are.
    pub(super) fn title(&self) -> &str {
        let first = || self.columns.iter().map(|column| column.head.as_str()).find(|head| !head.is_empty());
        if self.title.is_empty() { first().unwrap_or("Table") } else { &self.title }
    }

    /// Rows that are neither heads nor sums.
    pub(super) fn items(&self) -> usize {
        self.rows.iter().filter(|row| matches!(row, Row::Cells { kind: RowKind::Item, .. })).count()
    }

    /// Whether rows stand below heads.
    pub(super) fn has_sections(&self) -> bool {
        self.rows.iter().any(|row| matches!(row, Row::Section(_)))
    }
}
