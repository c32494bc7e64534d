//! Reads snapshot files.

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{FileError, GZIP, read_bytes};
use crate::model::cluster::{ClusterId, SNAPSHOT_SCHEMA, Snapshot};
use crate::units::Timestamp;

/// A file that is no snapshot that can be used: the fault of whoever named it, or of what happened to it on the way.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The disk refused, or there is no such file.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is something other than a snapshot.
    #[error("{} is not a snapshot; create one with `capmodel snapshot -o FILE`", path.display())]
    NotASnapshot {
        /// Path of the file.
        path: PathBuf,
    },
    /// A part is missing, or bytes have changed.
    #[error("{} is damaged or cut short", path.display())]
    Damaged {
        /// Path of the file.
        path: PathBuf,
        /// Error of the decompressor.
        source: std::io::Error,
    },
    /// The file has a schema version that is not supported.
    #[error("{} has schema `{found}`; this version of capmodel supports `{SNAPSHOT_SCHEMA}`", path.display())]
    Version {
        /// Path of the file.
        path: PathBuf,
        /// Schema that the file names.
        found: String,
    },
    /// The right version with wrong contents: it was changed by hand.
    #[error("{} is not a valid snapshot", path.display())]
    Invalid {
        /// Path of the file.
        path: PathBuf,
        /// Line, column and reason, of the text inside.
        source: serde_json::Error,
    },
    /// Larger than any cluster makes it.
    #[error("{} holds more than {} GiB", path.display(), LARGEST >> 30)]
    TooLarge {
        /// Path of the file.
        path: PathBuf,
    },
}

/// Thirty times what a cluster of Kubernetes' own largest size (150,000 pods) comes to, so that a file made to fill the
/// memory does not.
const LARGEST: u64 = 4 << 30;

/// Reads a snapshot that a person named.
///
/// # Errors
/// [`SnapshotError`].
pub fn read_snapshot_file(path: &Path) -> Result<Snapshot, SnapshotError> {
    parse_snapshot(&read_bytes(path)?, path)
}

/// How the names of snapshots in a folder of them end.
pub const SNAPSHOT_SUFFIX: &str = ".snapshot";

/// The snapshots of a folder, by name.
///
/// # Errors
/// [`FileError`], where the folder cannot be read.
pub fn list_snapshots(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let fail = |source| FileError::Read { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // A name that begins with a dot is a file that is being written.
        if name.ends_with(SNAPSHOT_SUFFIX) && !name.starts_with('.') {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// When a snapshot was taken, and of which cluster.
#[derive(Clone, Debug, Deserialize)]
pub struct SnapshotHead {
    /// Time at which the snapshot was taken.
    pub taken_at: Timestamp,
    /// The cluster that the snapshot is of.
    pub cluster: ClusterId,
}

/// Reads of a snapshot only what says which it is; nothing else of it stays in memory.
///
/// # Errors
/// [`SnapshotError`].
pub fn read_snapshot_head(path: &Path) -> Result<SnapshotHead, SnapshotError> {
    parse(&read_bytes(path)?, path)
}

/// Compressed, or as the text that is inside.
///
/// # Errors
/// [`SnapshotError`], with `path` in it.
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

/// A snapshot as the tool writes it begins with its form.
fn schema_of_compressed(bytes: &[u8]) -> Option<String> {
    let mut head = Vec::new();
    let decoder = bytes.starts_with(&GZIP).then(|| GzDecoder::new(bytes))?;
    decoder.take(100).read_to_end(&mut head).ok()?;
    let head = String::from_utf8_lossy(&head);
    let (schema, _) = head.strip_prefix("{\"schema\":\"")?.split_once('"')?;
    Some(schema.to_owned())
}

/// Without ever holding the text as a whole, which is twenty times the file.
fn parse_compressed<T: DeserializeOwned>(bytes: &[u8], path: &Path) -> Result<T, SnapshotError> {
    let path = || path.to_owned();
    let mut text = GzDecoder::new(bytes).take(LARGEST);
    let source = match serde_json::from_reader(BufReader::with_capacity(64 << 10, &mut text)) {
        Ok(snapshot) => return Ok(snapshot),
        Err(source) => source,
    };
    // Whether the text or the file is wrong is known once the sum over all of it is.
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
