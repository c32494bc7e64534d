//! Renders comma-separated values: one flat record per row, with the columns of its type.

use serde::Serialize;

use crate::outputs::OutputError;

/// Renders records with a header.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
pub(in crate::outputs) fn records<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Result<Vec<u8>, OutputError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).map_err(|e| OutputError::Encode(e.into()))?;
    }
    writer.into_inner().map_err(|e| OutputError::Encode(e.to_string().into()))
}
