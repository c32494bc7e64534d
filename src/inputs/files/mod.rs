//! Files that people write: profiles, policies and workloads. Each loader is text → value; [`read`] alone touches the disk.

mod claims;
mod exposition;
mod load;
mod owners;
mod policy;
mod profile;
mod sidecar;
mod snapshot;
mod stored_report;
mod text;
mod work;
mod workload;

pub use claims::{Claims, parse_claims};
pub use exposition::read_exposition;
pub use load::load_curve;
pub use owners::parse_owners;
pub use policy::{parse_policy, policy_source};
pub use profile::{parse_profile, profile_file, profile_names, profile_source};
pub use sidecar::find_sidecar;
pub use snapshot::{
    SNAPSHOT_SUFFIX, SnapshotError, SnapshotHead, list_snapshots, parse_snapshot, read_snapshot_file,
    read_snapshot_head,
};
pub use stored_report::{StoredReport, parse_stored_report};
pub use work::{parse_work, work_source};
pub use workload::{WorkloadService, parse_workload, read_workload};

use std::io::Read;
use std::path::{Path, PathBuf};

/// TOML from the binary or from a file.
#[derive(Debug)]
pub struct Source {
    /// What errors call it.
    pub label: String,
    /// The text.
    pub text: String,
}

/// A file that cannot be used: the fault of whoever wrote or named it.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The disk refused, or there is no such file.
    #[error("cannot read {}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A folder, a pipe or a device, of which there may be no end.
    #[error("{} is no regular file", path.display())]
    NotAFile {
        /// What was named.
        path: PathBuf,
    },
    /// The bytes are not text.
    #[error("{} is not UTF-8 text (first bad byte at offset {offset})", path.display())]
    NotText {
        /// Which file.
        path: PathBuf,
        /// Where the text ends.
        offset: usize,
    },
    /// The text is not what this file should hold; the message has line, column and the line itself.
    #[error("{label} is not a valid {wanted}\n{message}")]
    Invalid {
        /// File or embedded name.
        label: String,
        /// What it should be.
        wanted: &'static str,
        /// Place, line and reason, from the TOML reader.
        message: String,
    },
    /// A value set that the file does not have.
    #[error("{label} has no `{evidence}` values; it has {available}")]
    NoEvidence {
        /// File or embedded name.
        label: String,
        /// What was asked for.
        evidence: &'static str,
        /// What there is.
        available: &'static str,
    },
    /// Neither a built-in name nor a file.
    #[error("there is no {wanted} `{name}`; {remedy}")]
    Unknown {
        /// `profile` or `policy`.
        wanted: &'static str,
        /// What was asked for.
        name: String,
        /// The nearest names, and how to give a file.
        remedy: String,
    },
}

/// Reads a text file that a person named.
///
/// # Errors
/// [`FileError::Read`] and [`FileError::NotText`].
pub fn read(path: &Path) -> Result<String, FileError> {
    String::from_utf8(read_bytes(path)?)
        .map_err(|e| FileError::NotText { path: path.to_owned(), offset: e.utf8_error().valid_up_to() })
}

/// Reads a file that a person named, whatever is in it.
///
/// # Errors
/// [`FileError::Read`] and [`FileError::NotAFile`].
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, FileError> {
    Ok(read_bytes_up_to(path, u64::MAX)?.unwrap_or_default())
}

/// The same; `None` of a file that is longer than `most` bytes.
///
/// # Errors
/// The same.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the files people name")]
pub fn read_bytes_up_to(path: &Path, most: u64) -> Result<Option<Vec<u8>>, FileError> {
    let failed = |source| FileError::Read { path: path.to_owned(), source };
    // Asked before it is opened: a pipe would wait for whoever writes into it.
    let found = std::fs::metadata(path).map_err(failed)?;
    if !found.is_file() && !is_handed_over(path) {
        return Err(FileError::NotAFile { path: path.to_owned() });
    }
    let mut bytes = Vec::new();
    let length = usize::try_from(found.len().min(most)).unwrap_or(usize::MAX);
    bytes.try_reserve_exact(length).map_err(|e| failed(e.into()))?;
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    Ok(Some(bytes).filter(|bytes| bytes.len() as u64 <= most))
}

/// What the shell hands over, as by `| capmodel … /dev/stdin` and `<(…)`.
fn is_handed_over(path: &Path) -> bool {
    path == Path::new("/dev/stdin") || path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd")
}

/// `NAME` is a built-in; anything with a slash or the ending `.toml` is a file.
fn looks_like_path(text: &str) -> bool {
    text.contains(['/', '\\']) || Path::new(text).extension().is_some_and(|e| e.eq_ignore_ascii_case("toml"))
}

/// Text of a built-in or of a file, with the label errors use.
fn load(wanted: &'static str, built_in: &[(&str, &'static str)], name: &str) -> Result<Source, FileError> {
    if let Some((_, text)) = built_in.iter().find(|(n, _)| *n == name) {
        return Ok(Source { label: format!("built-in {wanted} {name}"), text: (*text).to_owned() });
    }
    if looks_like_path(name) {
        return Ok(Source { label: name.to_owned(), text: read(Path::new(name))? });
    }
    let near = super::nearest::nearest(name, built_in.iter().map(|(n, _)| *n));
    let names = if near.is_empty() { built_in.iter().map(|(n, _)| *n).collect() } else { near };
    let remedy = format!("did you mean {}? A file of your own is given by its path, ending in .toml", names.join(", "));
    Err(FileError::Unknown { wanted, name: name.to_owned(), remedy })
}
