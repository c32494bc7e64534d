//! Files that people write: profiles, policies and workloads. Each loader converts text to a value; only [`read`]
//! accesses the disk.

mod claims;
mod compared;
mod exposition;
mod load;
mod load_test;
mod month_report;
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
pub use compared::parse_compared;
pub use exposition::read_exposition;
pub use load::{load_curve, load_names};
pub use load_test::{LoadRun, LoadTest, LoadTestFiles, Tool, extract_load_test, read_load_test};
pub use month_report::parse_month_report;
pub use owners::{OwnersFile, parse_owners};
pub use policy::{parse_policy, policy_names, policy_source};
pub use profile::{check_own_name, parse_profile, profile_file, profile_names, profile_source};
pub use sidecar::{find_sidecar, sidecar_names};
pub use snapshot::{
    SNAPSHOT_SUFFIX, SnapshotError, SnapshotHead, list_snapshots, parse_snapshot, read_snapshot_file,
    read_snapshot_head,
};
pub use stored_report::{StoredReport, parse_stored_report};
pub use work::{parse_work, work_names, work_source};
pub use workload::{WorkloadService, parse_workload, read_workload};

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use flate2::read::MultiGzDecoder;

/// The first bytes of a gzip file (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// TOML text, built in or from a file.
#[derive(Debug)]
pub struct Source {
    /// Name of the source in error messages.
    pub label: String,
    /// The TOML text.
    pub text: String,
}

/// A file that cannot be used, because its content or its name is wrong.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be read or does not exist.
    #[error("cannot read {}", label(path))]
    Read {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        source: std::io::Error,
    },
    /// A file that a flag names: the error begins with the flag, because its value may look like a name.
    #[error("{flag}: {error}")]
    Named {
        /// The flag, or where the file was looked for, or its expected content.
        flag: &'static str,
        /// What is wrong with the file.
        #[source]
        error: Box<FileError>,
    },
    /// A folder, a pipe or a device, which may be endless.
    #[error("{} is not a regular file", label(path))]
    NotAFile {
        /// Path of what is not a file.
        path: PathBuf,
    },
    /// The bytes are not text.
    #[error("{} is not UTF-8 text (first bad byte at offset {offset})", label(path))]
    NotText {
        /// Path of the file.
        path: PathBuf,
        /// Byte offset of the first invalid byte.
        offset: usize,
    },
    /// The text is not the expected content; the message contains line, column and the line itself.
    #[error("{label} is not a valid {wanted}\n{message}")]
    Invalid {
        /// Path of the file, or name of the built-in.
        label: String,
        /// Kind of file that was expected.
        wanted: &'static str,
        /// Location and reason, from the TOML parser.
        message: String,
    },
    /// A value set that the file does not have.
    #[error("{label} has no `{evidence}` values; it has {available}")]
    NoEvidence {
        /// Path of the file, or name of the built-in.
        label: String,
        /// The name, as it was given.
        evidence: &'static str,
        /// The value sets that the file has.
        available: &'static str,
    },
    /// Neither a built-in name nor a file.
    #[error("unknown {wanted} `{name}`; {remedy}")]
    Unknown {
        /// Kind of object: `profile`, `policy`, `work`, …
        wanted: &'static str,
        /// The name, as it was given.
        name: String,
        /// Similar names, and how to name a file.
        remedy: String,
    },
}

impl FileError {
    /// The same error, beginning with the flag that names the file.
    #[must_use]
    pub fn named_by(self, flag: &'static str) -> Self {
        Self::Named { flag, error: Box::new(self) }
    }
}

/// Reads a text file that the user named; `-` is standard input.
///
/// # Errors
/// [`FileError::Read`] and [`FileError::NotText`].
pub fn read(path: &Path) -> Result<String, FileError> {
    text(path, read_bytes(path)?)
}

/// The text in the content of a file.
///
/// # Errors
/// [`FileError::NotText`].
pub fn text(path: &Path, content: Vec<u8>) -> Result<String, FileError> {
    String::from_utf8(content)
        .map_err(|e| FileError::NotText { path: path.to_owned(), offset: e.utf8_error().valid_up_to() })
}

/// Reads a file that the user named, whatever its content; `-` is standard input.
///
/// # Errors
/// [`FileError::Read`] and [`FileError::NotAFile`].
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, FileError> {
    Ok(read_bytes_up_to(path, u64::MAX)?.unwrap_or_default())
}

/// The same; `None` if the file is longer than `most` bytes.
///
/// # Errors
/// The same.
pub fn read_bytes_up_to(path: &Path, most: u64) -> Result<Option<Vec<u8>>, FileError> {
    let failed = |source| FileError::Read { path: path.to_owned(), source };
    if is_stdin(path) {
        let bytes = stdin().map_err(failed)?;
        return Ok(Some(bytes.to_vec()).filter(|bytes| bytes.len() as u64 <= most));
    }
    let (file, length) = open_file(path)?;
    let mut bytes = Vec::new();
    let length = usize::try_from(length.min(most)).unwrap_or(usize::MAX);
    bytes.try_reserve_exact(length).map_err(|e| failed(e.into()))?;
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    Ok(Some(bytes).filter(|bytes| bytes.len() as u64 <= most))
}

/// The name of a file in messages.
pub fn label(path: &Path) -> String {
    if is_stdin(path) { "standard input".to_owned() } else { path.display().to_string() }
}

/// Whether a file is standard input.
pub(in crate::inputs) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// All of standard input, kept because some files are read twice, which a pipe does not allow.
fn stdin() -> std::io::Result<&'static [u8]> {
    static READ: OnceLock<Vec<u8>> = OnceLock::new();
    if let Some(bytes) = READ.get() {
        return Ok(bytes);
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(READ.get_or_init(|| bytes))
}

/// Opens a file that the user named as a stream, and decompresses it if it is a gzip file; `-` is standard input.
///
/// # Errors
/// The same.
pub fn open(path: &Path) -> Result<Box<dyn Read>, FileError> {
    let failed = |source| FileError::Read { path: path.to_owned(), source };
    let source: Box<dyn Read> = match is_stdin(path) {
        true => Box::new(std::io::stdin().lock()),
        false => Box::new(open_file(path)?.0),
    };
    let mut source = BufReader::with_capacity(1 << 16, source);
    let packed = source.fill_buf().map_err(failed)?.starts_with(&GZIP);
    // A gzip file may have several members, as tools that append write it.
    Ok(if packed { Box::new(MultiGzDecoder::new(source)) } else { Box::new(source) })
}

/// Opens a file that is read at several places; `None` if it is standard input or a pipe.
///
/// # Errors
/// The same.
#[cfg(feature = "parquet")]
pub(in crate::inputs) fn open_seekable(path: &Path) -> Result<Option<std::fs::File>, FileError> {
    if is_stdin(path) || is_handed_over(path) { Ok(None) } else { Ok(Some(open_file(path)?.0)) }
}

/// Opens a file, or a file descriptor that the shell passes; returns it with its length.
#[expect(clippy::disallowed_methods, reason = "the one place that opens the files people name")]
fn open_file(path: &Path) -> Result<(std::fs::File, u64), FileError> {
    let failed = |source| FileError::Read { path: path.to_owned(), source };
    // Checked before opening: opening a pipe would block until something writes to it.
    let found = std::fs::metadata(path).map_err(failed)?;
    if !found.is_file() && !is_handed_over(path) {
        return Err(FileError::NotAFile { path: path.to_owned() });
    }
    Ok((std::fs::File::open(path).map_err(failed)?, found.len()))
}

/// Whether the shell passes it, as in `| capmodel … /dev/stdin` and `<(…)`.
fn is_handed_over(path: &Path) -> bool {
    path == Path::new("/dev/stdin") || path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd")
}

/// `NAME` is a built-in; anything with a slash or the ending `.toml`, and `-` for standard input, is a file.
fn looks_like_path(text: &str) -> bool {
    is_stdin(Path::new(text))
        || text.contains(['/', '\\'])
        || Path::new(text).extension().is_some_and(|e| e.eq_ignore_ascii_case("toml"))
}

/// The error for a name that is neither built in nor a path, with similar names.
fn unknown(wanted: &'static str, built_in: &[(&str, &'static str)], name: &str) -> FileError {
    let near = super::nearest::nearest(name, built_in.iter().map(|(n, _)| *n));
    let names = if near.is_empty() { built_in.iter().map(|(n, _)| *n).collect() } else { near };
    let remedy = format!("did you mean {}? (to use a file, give its path ending in .toml)", names.join(", "));
    FileError::Unknown { wanted, name: name.to_owned(), remedy }
}

/// Refuses a name that [`load()`] would not find, without reading any file.
fn check_name(wanted: &'static str, built_in: &[(&str, &'static str)], name: &str) -> Result<(), FileError> {
    let known = looks_like_path(name) || built_in.iter().any(|(n, _)| *n == name);
    if known { Ok(()) } else { Err(unknown(wanted, built_in, name)) }
}

/// Text of a built-in or of a file, with the label that errors use.
fn load(wanted: &'static str, built_in: &[(&str, &'static str)], name: &str) -> Result<Source, FileError> {
    if let Some((_, text)) = built_in.iter().find(|(n, _)| *n == name) {
        return Ok(Source { label: format!("built-in {wanted} {name}"), text: (*text).to_owned() });
    }
    if looks_like_path(name) {
        return Ok(Source {
            label: label(Path::new(name)),
            text: read(Path::new(name)).map_err(|e| e.named_by(wanted))?,
        });
    }
    Err(unknown(wanted, built_in, name))
}
