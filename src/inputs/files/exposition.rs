//! Reads a saved metrics exposition.

use std::path::Path;

use super::{FileError, read};
use crate::inputs::prometheus::{Exposition, extract_exposition};
use crate::units::Timestamp;

/// Reads what a service exposed and the time of the file, since the text itself contains no time.
///
/// # Errors
/// [`FileError`], with the first line that is not valid exposition text.
pub fn read_exposition(path: &Path) -> Result<(Exposition, Timestamp), FileError> {
    let label = path.display().to_string();
    let unreadable = |source| FileError::Read { path: path.to_owned(), source };
    let text = read(path)?;
    let saved = std::fs::metadata(path).and_then(|metadata| metadata.modified()).map_err(unreadable)?;
    let saved = Timestamp::try_from(saved).map_err(|e| unreadable(std::io::Error::other(e)))?;
    // Whole seconds, like the clock: the nanoseconds of a file system add no information to a rate.
    let saved = Timestamp::from_second(saved.as_second()).unwrap_or(saved);
    let exposition = extract_exposition(&text).map_err(|error| FileError::Invalid {
        label,
        wanted: "exposition of metrics",
        message: error.to_string(),
    })?;
    Ok((exposition, saved))
}
