//! Reads a saved metrics exposition.

use std::path::Path;

use super::{FileError, is_stdin, label, read};
use crate::inputs::prometheus::{Exposition, extract_exposition};
use crate::units::Timestamp;

/// Reads what a service exposed and the time of the file, since the text itself contains no time; standard input is as
/// of `now`.
///
/// # Errors
/// [`FileError`], with the first line that is not valid exposition text.
pub fn read_exposition(path: &Path, now: Timestamp) -> Result<(Exposition, Timestamp), FileError> {
    let text = read(path)?;
    let saved = if is_stdin(path) { now } else { changed(path)? };
    let exposition = extract_exposition(&text).map_err(|error| FileError::Invalid {
        label: label(path),
        wanted: "exposition of metrics",
        message: error.to_string(),
    })?;
    Ok((exposition, saved))
}

/// When a file was last changed, in whole seconds as the clock is read: the nanoseconds of a file system say nothing
/// about a rate.
fn changed(path: &Path) -> Result<Timestamp, FileError> {
    let unreadable = |source| FileError::Read { path: path.to_owned(), source };
    let saved = std::fs::metadata(path).and_then(|metadata| metadata.modified()).map_err(unreadable)?;
    let saved = Timestamp::try_from(saved).map_err(|e| unreadable(std::io::Error::other(e)))?;
    Ok(Timestamp::from_second(saved.as_second()).unwrap_or(saved))
}
