//! Reads a saved metrics exposition.

use std::path::Path;

use super::{FileError, read};
use crate::inputs::prometheus::{Exposition, extract_exposition};
use crate::units::Timestamp;

/// What a service exposed, saved to a file, and when that was: the text itself does not tell, the file's time does.
///
/// # Errors
/// [`FileError`], with the line that is no exposition text.
pub fn read_exposition(path: &Path) -> Result<(Exposition, Timestamp), FileError> {
    let label = path.display().to_string();
    let unreadable = |source| FileError::Read { path: path.to_owned(), source };
    let text = read(path)?;
    let saved = std::fs::metadata(path).and_then(|metadata| metadata.modified()).map_err(unreadable)?;
    let saved = Timestamp::try_from(saved).map_err(|e| unreadable(std::io::Error::other(e)))?;
    // Whole seconds, as the clock is read: the nanoseconds of a file system say nothing about a rate.
    let saved = Timestamp::from_second(saved.as_second()).unwrap_or(saved);
    let exposition = extract_exposition(&text).map_err(|error| FileError::Invalid {
        label,
        wanted: "exposition of metrics",
        message: error.to_string(),
    })?;
    Ok((exposition, saved))
}
