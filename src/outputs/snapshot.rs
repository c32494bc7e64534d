//! The bytes of a snapshot file.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::OutputError;
use crate::model::cluster::{Names, Snapshot};

/// A snapshot as compressed JSON. The same snapshot gives the same bytes.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
pub fn snapshot(snapshot: &Snapshot) -> Result<Vec<u8>, OutputError> {
    // The header contains neither file name nor time, so the bytes only depend on the content. Level 4 gives the size
    // of the default level in two thirds of its time.
    let mut encoder = io::BufWriter::with_capacity(64 << 10, GzEncoder::new(Vec::new(), Compression::new(4)));
    serde_json::to_writer(&mut encoder, snapshot).map_err(|e| OutputError::Encode(e.into()))?;
    encoder.flush().map_err(|e| OutputError::Encode(e.into()))?;
    let encoder = encoder.into_inner().map_err(|e| OutputError::Encode(e.into_error().into()))?;
    encoder.finish().map_err(|e| OutputError::Encode(e.into()))
}

/// The names that the hashes in a redacted snapshot stand for.
///
/// # Errors
/// [`OutputError::Encode`], which is a bug.
pub fn redacted_names(names: &Names) -> Result<Vec<u8>, OutputError> {
    super::json(names)
}
