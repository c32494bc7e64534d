//! Renders a document to bytes, one file per format.

mod csv;
mod html;
mod markdown;
mod plain;
mod style;

pub(super) use csv::{records, records_in};

use super::document::Document;
use super::{Form, Format};

/// Renders the document as text.
pub(super) fn text(document: &Document, form: Form) -> Vec<u8> {
    match form.format {
        Format::Html => html::html(document),
        Format::Markdown => markdown::markdown(document),
        Format::Table | Format::Json | Format::Csv => plain::plain(document, form.width, form.color),
    }
    .into_bytes()
}
