use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde::Deserialize;

use super::{FileError, read_bytes};
use crate::model::cluster::{ClusterId, SNAPSHOT_SCHEMA, Snapshot};
use crate::units::Timestamp;

/// A file that is no snapshot that can be used: the fault of whoever named it, or of what happened to it on the way.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The disk refused, or there is no such file.
    #[error(transparent)]
    File(#[from] FileError),
    /// Something else.
    #[error("{} is not a snapshot; `capmodel snapshot -o FILE` makes one", path.display())]
    NotASnapshot {
        /// The file.
        path: PathBuf,
    },
    /// A part is missing, or bytes have changed.
    #[error("{} is damaged or cut short", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        source: std::io::Error,
    },
    /// Another version.
    #[error("{} is a snapshot of the form `{found}`; this version of capmodel reads `{SNAPSHOT_SCHEMA}`", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The form it has.
        found: String,
    },
    /// The right version with wrong contents: it was changed by hand.
    #[error("{} is not a valid snapshot", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line, column and reason, of the text inside.
        source: serde_json::Error,
    },
    /// Larger than any cluster makes it.
    #[error("{} holds more than {} GiB", path.display(), LARGEST >> 30)]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
}

/// Thirty times what a cluster of Kubernetes' own largest size (150,000 pods) comes to, so that a file made to fill the
/// memory does not.
const LARGEST: u64 = 4 << 30;

/// The first bytes of a gzip file (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reads a snapshot that a person named.
///
/// # Errors
/// [`SnapshotError`].
pub fn read_snapshot_file(path: &Path) -> Result<Snapshot, SnapshotError> {
    parse_snapshot(read_bytes(path)?, path)
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
    /// When.
    pub taken_at: Timestamp,
    /// Of which cluster.
    pub cluster: ClusterId,
}

/// Reads of a snapshot only what says which it is; nothing else of it stays in memory.
///
/// # Errors
/// [`SnapshotError`].
pub fn read_snapshot_head(path: &Path) -> Result<SnapshotHead, SnapshotError> {
    let text = unpack(read_bytes(path)?, path)?;
    check_schema(&text, path)?;
    serde_json::from_slice(&text).map_err(|source| SnapshotError::Invalid { path: path.to_owned(), source })
}

/// Compressed, or as the text that is inside.
///
/// # Errors
/// [`SnapshotError`], with `path` in it.
pub fn parse_snapshot(bytes: Vec<u8>, path: &Path) -> Result<Snapshot, SnapshotError> {
    let text = unpack(bytes, path)?;
    check_schema(&text, path)?;
    serde_json::from_slice(&text).map_err(|source| SnapshotError::Invalid { path: path.to_owned(), source })
}

fn unpack(bytes: Vec<u8>, path: &Path) -> Result<Vec<u8>, SnapshotError> {
    if !bytes.starts_with(&GZIP) {
        return Ok(bytes);
    }
    let mut text = Vec::new();
    let read = GzDecoder::new(bytes.as_slice()).take(LARGEST + 1).read_to_end(&mut text);
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
    if schema == SNAPSHOT_SCHEMA {
        return Ok(());
    }
    Err(match schema.starts_with("capmodel/snapshot/") {
        true => SnapshotError::Version { path: path(), found: schema.chars().take(60).collect() },
        false => SnapshotError::NotASnapshot { path: path() },
    })
}
