//! The format of a result.

/// Format of the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Text for people.
    #[default]
    Table,
    /// JSON for programs, schema v1.
    Json,
    /// Markdown, for pull requests.
    Markdown,
    /// CSV, for spreadsheets.
    Csv,
    /// A self-contained HTML page.
    Html,
}

/// A format, and how running text is laid out.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// Format.
    pub format: Format,
    /// Width of the screen in columns: text is wrapped, and tables drop columns that do not fit.
    pub width: usize,
    /// Whether plain text is coloured.
    pub color: bool,
}
