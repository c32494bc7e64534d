//! Renders a document to bytes, one file per format.

mod csv;
mod html;
mod markdown;
mod plain;
mod style;

pub(super) use csv::{records, records_in};

use super::document::Document;
use super::{Format, Layout};

/// Renders the document as text.
pub(super) fn text(document: &Document, layout: Layout) -> Vec<u8> {
    match layout.format {
        Format::Html => html::html(document),
        Format::Markdown => markdown::markdown(document),
        Format::Table | Format::Json | Format::Csv => plain::plain(document, layout.width, layout.color),
    }
    .into_bytes()
}
