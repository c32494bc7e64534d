//! Reads snapshot files.

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{FileError, GZIP, label, read_bytes};
use crate::model::cluster::{ClusterId, SNAPSHOT_SCHEMA, Snapshot};
use crate::units::Timestamp;

/// A file that cannot be used as a snapshot: it is the wrong file, or it was damaged.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The file cannot be read or does not exist.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not a snapshot.
    #[error("{} is not a snapshot; create one with `capmodel snapshot -o FILE`", label(path))]
    NotASnapshot {
        /// Path of the file.
        path: PathBuf,
    },
    /// The file is incomplete or was changed.
    #[error("{} is damaged or cut short", label(path))]
    Damaged {
        /// Path of the file.
        path: PathBuf,
        /// Error of the decompressor.
        source: std::io::Error,
    },
    /// The file has a schema version that is not supported.
    #[error("{} has schema `{found}`; this version of capmodel supports `{SNAPSHOT_SCHEMA}`", label(path))]
    Version {
        /// Path of the file.
        path: PathBuf,
        /// Schema in the file.
        found: String,
    },
    /// The version is supported, but the content is invalid: it was edited by hand.
    #[error("{} is not a valid snapshot", label(path))]
    Invalid {
        /// Path of the file.
        path: PathBuf,
        /// Line, column and reason, in the decompressed text.
        source: serde_json::Error,
    },
    /// Larger than the snapshot of any cluster.
    #[error("{} holds more than {} GiB", label(path), LARGEST >> 30)]
    TooLarge {
        /// Path of the file.
        path: PathBuf,
    },
}

/// Size limit of the decompressed text: thirty times the snapshot of the largest cluster that Kubernetes supports
/// (150,000 pods). It prevents a crafted file from filling the memory.
const LARGEST: u64 = 4 << 30;

/// Reads a snapshot that the user named.
///
/// # Errors
/// [`SnapshotError`].
pub fn read_snapshot_file(path: &Path) -> Result<Snapshot, SnapshotError> {
    parse_snapshot(&read_bytes(path)?, path)
}

/// Suffix of snapshot files in a folder.
pub const SNAPSHOT_SUFFIX: &str = ".snapshot";

/// The snapshots in a folder, by name.
///
/// # Errors
/// [`FileError`] if the folder cannot be read.
pub fn list_snapshots(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let fail = |source| FileError::Read { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // Files whose name begins with a dot are still being written.
        if name.ends_with(SNAPSHOT_SUFFIX) && !name.starts_with('.') {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Time and cluster of a snapshot.
#[derive(Clone, Debug, Deserialize)]
pub struct SnapshotHead {
    /// Time at which the snapshot was taken.
    pub taken_at: Timestamp,
    /// Cluster of the snapshot.
    pub cluster: ClusterId,
}

/// Reads only the identity of a snapshot; nothing else stays in memory.
///
/// # Errors
/// [`SnapshotError`].
pub fn read_snapshot_head(path: &Path) -> Result<SnapshotHead, SnapshotError> {
    parse(&read_bytes(path)?, path)
}

/// Parses a snapshot, compressed or as plain text.
///
/// # Errors
/// [`SnapshotError`], which contains `path`.
pub fn parse_snapshot(bytes: &[u8], path: &Path) -> Result<Snapshot, SnapshotError> {
    parse(bytes, path)
}

fn parse<T: DeserializeOwned>(bytes: &[u8], path: &Path) -> Result<T, SnapshotError> {
    if let Some(schema) = schema_of_compressed(bytes) {
        check_name(&schema, path)?;
        return parse_compressed(bytes, path);
    }
    let text = unpack(bytes, path)?;
    check_schema(&text, path)?;
    serde_json::from_slice(&text).map_err(|source| SnapshotError::Invalid { path: path.to_owned(), source })
}

/// The schema of a compressed snapshot; a snapshot that the tool wrote begins with it.
fn schema_of_compressed(bytes: &[u8]) -> Option<String> {
    let mut head = Vec::new();
    let decoder = bytes.starts_with(&GZIP).then(|| GzDecoder::new(bytes))?;
    decoder.take(100).read_to_end(&mut head).ok()?;
    let head = String::from_utf8_lossy(&head);
    let (schema, _) = head.strip_prefix("{\"schema\":\"")?.split_once('"')?;
    Some(schema.to_owned())
}

/// Parses without decompressing the whole text into memory, which would be twenty times the size of the file.
fn parse_compressed<T: DeserializeOwned>(bytes: &[u8], path: &Path) -> Result<T, SnapshotError> {
    let path = || path.to_owned();
    let mut text = GzDecoder::new(bytes).take(LARGEST);
    let source = match serde_json::from_reader(BufReader::with_capacity(64 << 10, &mut text)) {
        Ok(snapshot) => return Ok(snapshot),
        Err(source) => source,
    };
    // Only the checksum at the end shows whether the text is invalid or the file is damaged.
    let rest = std::io::copy(&mut text, &mut std::io::sink());
    if text.limit() == 0 {
        return Err(SnapshotError::TooLarge { path: path() });
    }
    match (rest, source.classify()) {
        (Err(damage), _) => Err(SnapshotError::Damaged { path: path(), source: damage }),
        (Ok(_), serde_json::error::Category::Io | serde_json::error::Category::Eof) => {
            Err(SnapshotError::Damaged { path: path(), source: source.into() })
        }
        (Ok(_), _) => Err(SnapshotError::Invalid { path: path(), source }),
    }
}

fn unpack(bytes: &[u8], path: &Path) -> Result<Vec<u8>, SnapshotError> {
    if !bytes.starts_with(&GZIP) {
        return Ok(bytes.to_vec());
    }
    let mut text = Vec::new();
    let read = GzDecoder::new(bytes).take(LARGEST + 1).read_to_end(&mut text);
    read.map_err(|source| SnapshotError::Damaged { path: path.to_owned(), source })?;
    if text.len() as u64 > LARGEST {
        return Err(SnapshotError::TooLarge { path: path.to_owned() });
    }
    Ok(text)
}

fn check_schema(text: &[u8], path: &Path) -> Result<(), SnapshotError> {
    #[derive(Deserialize)]
    struct Schema {
        schema: String,
    }
    let path = || path.to_owned();
    let Schema { schema } = serde_json::from_slice(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof if text.starts_with(br#"{"schema":"capmodel/"#) => {
            SnapshotError::Damaged { path: path(), source: error.into() }
        }
        _ => SnapshotError::NotASnapshot { path: path() },
    })?;
    check_name(&schema, &path())
}

fn check_name(schema: &str, path: &Path) -> Result<(), SnapshotError> {
    let path = || path.to_owned();
    if schema == SNAPSHOT_SCHEMA {
        return Ok(());
    }
    Err(match schema.starts_with("capmodel/snapshot/") {
        true => SnapshotError::Version { path: path(), found: schema.chars().take(60).collect() },
        false => SnapshotError::NotASnapshot { path: path() },
    })
}
