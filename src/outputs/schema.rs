//! The JSON Schema of each document, and the list of documents.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::{OutputError, json};
use crate::model::cluster::Snapshot;
use crate::schema::check::Check;
use crate::schema::claims::Claims;
use crate::schema::compare::Compare;
use crate::schema::delivery::Delivery;
use crate::schema::estimate::Estimates;
use crate::schema::prices::Prices;
use crate::schema::profiles::Profiles;
use crate::schema::report::Report;
use crate::schema::stored::Stored;
use crate::schema::workload::Workload;

/// A document that has a JSON Schema.
#[derive(Clone, Copy, Debug)]
pub struct JsonDocument {
    /// Its name in `capmodel/NAME/v1`.
    pub name: &'static str,
    /// The command that writes it.
    pub written_by: &'static str,
    schema: fn() -> Schema,
}

/// All documents, by name.
pub const DOCUMENTS: [JsonDocument; 11] = [
    document::<Check>("check", "capmodel check"),
    document::<Claims>("claims", "capmodel estimate --article"),
    document::<Compare>("compare", "capmodel compare"),
    document::<Delivery>("delivery", "capmodel report --deliver, to a webhook"),
    document::<Estimates>("estimate", "capmodel estimate"),
    document::<Prices>("prices", "capmodel prices"),
    document::<Profiles>("profiles", "capmodel profiles"),
    document::<Report>("report", "capmodel report"),
    document::<Snapshot>("snapshot", "capmodel snapshot, compressed with gzip"),
    document::<Stored>("stored", "capmodel stored"),
    document::<Workload>("workload", "capmodel estimate --workload"),
];

const fn document<T: JsonSchema>(name: &'static str, written_by: &'static str) -> JsonDocument {
    JsonDocument { name, written_by, schema: schema_of::<T> }
}

/// JSON Schema (draft 2020-12) of documents as they are written: keys that are always written are required. Defaults
/// only apply when older documents are read, so they are not part of it.
fn schema_of<T: JsonSchema>() -> Schema {
    let without_default = RecursiveTransform(|schema: &mut Schema| {
        schema.remove("default");
    });
    let settings = SchemaSettings::draft2020_12().for_serialize().with_transform(without_default);
    SchemaGenerator::new(settings).into_root_schema_for::<T>()
}

/// The JSON Schema of one document.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
pub fn json_schema(document: &JsonDocument) -> Result<Vec<u8>, OutputError> {
    json(&(document.schema)())
}

/// Every document that has a JSON Schema, and the command that writes it.
pub fn schema_list() -> String {
    let width = DOCUMENTS.iter().map(|document| document.name.len()).max().unwrap_or_default();
    DOCUMENTS.iter().map(|document| format!("{:width$}  {}\n", document.name, document.written_by)).collect()
}
