//! The rows of a bill in Parquet, with only the columns that its layout reads.

use std::path::Path;

use csv::StringRecord;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::Type;
use serde_json::{Map, Value};

use super::error::BillError;
use super::layout::Layout;
use super::rows::Place;
use crate::inputs::files::{label, open_seekable};
use crate::units::Timestamp;

/// As [`super::rows::read_rows`].
pub(super) fn read_rows(
    path: &Path,
    begin: impl FnOnce(&StringRecord) -> Result<Layout, BillError>,
    mut each: impl FnMut(&Layout, Place, &StringRecord) -> Result<(), BillError>,
) -> Result<Layout, BillError> {
    let broken = |error: ParquetError| BillError::Read { label: label(path), cause: error.to_string() };
    let file = open_seekable(path)?.ok_or_else(|| BillError::ParquetOfPipe { label: label(path) })?;
    let reader = SerializedFileReader::new(file).map_err(broken)?;
    let schema = reader.metadata().file_metadata().schema();
    let fields = schema.get_fields();
    let layout = begin(&fields.iter().map(|field| field.name()).collect())?;
    let used = layout.used();
    let wanted = used.iter().filter_map(|index| fields.get(*index).cloned()).collect();
    let projection = Type::group_type_builder(schema.name()).with_fields(wanted).build().map_err(broken)?;
    for (row, number) in reader.get_row_iter(Some(projection)).map_err(broken)?.zip(1..) {
        let row = row.map_err(broken)?;
        let mut values = vec![String::new(); fields.len()];
        for (index, (_, field)) in used.iter().zip(row.get_column_iter()) {
            if let Some(value) = values.get_mut(*index) {
                *value = text(field);
            }
        }
        each(&layout, Place::Row(number), &StringRecord::from(values))?;
    }
    Ok(layout)
}

/// The value as CSV writes it. Some exports store money as floating-point numbers: their shortest decimal text is what
/// was exported, and it is read as a decimal.
fn text(field: &Field) -> String {
    let time = |time: Result<Timestamp, jiff::Error>| time.map(|time| time.to_string()).unwrap_or_default();
    match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).into_owned(),
        Field::Float(number) => number.to_string(),
        Field::Double(number) => number.to_string(),
        Field::TimestampMillis(millis) => time(Timestamp::from_millisecond(*millis)),
        Field::TimestampMicros(micros) => time(Timestamp::from_microsecond(*micros)),
        Field::MapInternal(_) | Field::Group(_) | Field::ListInternal(_) => json(field).to_string(),
        // Integers, decimals and flags.
        field => field.to_string(),
    }
}

/// Maps, groups and lists, in which exports store tags.
fn json(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::MapInternal(map) => {
            Value::Object(map.entries().iter().map(|(key, value)| (text(key), json(value))).collect())
        }
        Field::Group(row) => {
            let members = row.get_column_iter().map(|(name, value)| (name.clone(), json(value)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        Field::ListInternal(list) => Value::Array(list.elements().iter().map(json).collect()),
        field => Value::String(text(field)),
    }
}
