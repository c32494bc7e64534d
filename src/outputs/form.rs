//! In what form a result is made.

/// Form of the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// For programs, schema v1.
    Json,
    /// For pull requests.
    Markdown,
    /// For spreadsheets.
    Csv,
    /// A page that needs nothing else.
    Html,
}

/// A form, and how wide running text may be in it.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// Form.
    pub format: Format,
    /// Columns of the screen: text is wrapped to them, and tables drop columns that do not fit.
    pub width: usize,
    /// Whether plain text has colours.
    pub color: bool,
}
