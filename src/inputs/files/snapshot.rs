use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde::Deserialize;

use super::{FileError, read_bytes};
use crate::model::cluster::{SNAPSHOT_SCHEMA, Snapshot};

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
    parse_snapshot(&read_bytes(path)?, path)
}

/// Compressed, or as the text that is inside.
///
/// # Errors
/// [`SnapshotError`], with `path` in it.
pub fn parse_snapshot(bytes: &[u8], path: &Path) -> Result<Snapshot, SnapshotError> {
    #[derive(Deserialize)]
    struct Head {
        schema: String,
    }
    let path = || path.to_owned();
    let unpacked;
    let text = if bytes.starts_with(&GZIP) {
        let mut text = Vec::new();
        let read = GzDecoder::new(bytes).take(LARGEST + 1).read_to_end(&mut text);
        read.map_err(|source| SnapshotError::Damaged { path: path(), source })?;
        if text.len() as u64 > LARGEST {
            return Err(SnapshotError::TooLarge { path: path() });
        }
        unpacked = text;
        unpacked.as_slice()
    } else {
        bytes
    };
    let head: Head = serde_json::from_slice(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof if text.starts_with(br#"{"schema":"capmodel/"#) => {
            SnapshotError::Damaged { path: path(), source: error.into() }
        }
        _ => SnapshotError::NotASnapshot { path: path() },
    })?;
    if head.schema != SNAPSHOT_SCHEMA {
        return Err(match head.schema.starts_with("capmodel/snapshot/") {
            true => SnapshotError::Version { path: path(), found: head.schema.chars().take(60).collect() },
            false => SnapshotError::NotASnapshot { path: path() },
        });
    }
    serde_json::from_slice(text).map_err(|source| SnapshotError::Invalid { path: path(), source })
}
