//! `capmodel schema`.

use super::{Failure, Outcome};
use crate::outputs::{DOCUMENTS, json_schema, schema_list};

pub(super) fn run(name: Option<&str>) -> Result<Outcome, Failure> {
    // clap only accepts the names in the list.
    let document = DOCUMENTS.iter().find(|document| Some(document.name) == name);
    let stdout = document.map_or_else(|| Ok(schema_list().into_bytes()), json_schema)?;
    Ok(Outcome { stdout, ..Outcome::default() })
}
