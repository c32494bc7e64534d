//! `capmodel snapshot`.

use std::path::{Path, PathBuf};

use super::progress::Progress;
use super::{Failure, Outcome, history, log_progress};
use crate::fs;
use crate::inputs::files::SNAPSHOT_SUFFIX;
use crate::inputs::kube::{Access, Api, RETRY, ReadOptions, read_snapshot};
use crate::model::cluster::{RedactionKey, Snapshot, redact};
use crate::outputs;
use crate::settings::SnapshotSettings;
use crate::units::grouped;

pub(super) fn run(settings: &SnapshotSettings) -> Result<Outcome, Failure> {
    let SnapshotSettings { access, wanted, file, is_dated, redact: is_redacted, names, quiet, usage } = settings;
    // A missing folder is reported before a large cluster is read.
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        let source =
            std::io::Error::new(std::io::ErrorKind::NotFound, format!("there is no folder {}", folder.display()));
        return Err(Failure::Write { path: file.clone(), source });
    }
    let mut snapshot = read(access, wanted, *quiet)?;
    if let Some((prometheus, period)) = usage {
        let history = history::read(prometheus, (&wanted.spot_labels, &wanted.price_labels), *period, &snapshot)?;
        snapshot.usage = Some(Box::new(history.to_stored()));
    }
    let map = match is_redacted {
        true => Some(outputs::redacted_names(&redact(&mut snapshot, &fresh_key()?))?),
        false => None,
    };
    let bytes = outputs::snapshot(&snapshot)?;
    let write_to = |file: &Path| {
        let map_file = names.clone().unwrap_or_else(|| with_ending(file, ".names.json"));
        write(file, &bytes, map.as_deref().map(|map| (map_file.as_path(), map)), *is_dated, names.is_some())
    };
    let numbers = if *is_dated { MAX_IN_A_SECOND } else { 1 };
    let mut written = false;
    for number in 1..=numbers {
        written = write_to(&numbered(file, number))?;
        if written {
            break;
        }
    }
    if !written {
        let source =
            std::io::Error::new(std::io::ErrorKind::AlreadyExists, "100 snapshots of this second already exist");
        return Err(Failure::Write { path: file.clone(), source });
    }
    if !quiet {
        log_progress(&summary(&snapshot));
    }
    Ok(Outcome::default())
}

/// Maximum number of snapshots in one second.
const MAX_IN_A_SECOND: u32 = 100;

/// The path with a number: `a.snapshot`, `a-2.snapshot`, …
fn numbered(file: &Path, number: u32) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    match name.strip_suffix(SNAPSHOT_SUFFIX) {
        Some(stem) if number > 1 => file.with_file_name(format!("{stem}-{number}{SNAPSHOT_SUFFIX}")),
        _ => file.to_owned(),
    }
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Writes a snapshot, after the map of its names if there is one; returns false if `is_new` and the name is taken.
fn write(
    file: &Path,
    bytes: &[u8],
    map: Option<(&Path, &[u8])>,
    is_new: bool,
    is_map_named: bool,
) -> Result<bool, Failure> {
    let failed = |path: &Path, source| Failure::Write { path: path.to_owned(), source };
    if let Some((path, map)) = map {
        let written = match is_new && !is_map_named {
            true => fs::write_new_privately(path, map),
            false => fs::write_privately(path, map).map(|()| true),
        };
        if !written.map_err(|e| failed(path, e))? {
            return Ok(false);
        }
    }
    let written = match is_new {
        true => fs::write_new(file, bytes),
        false => fs::write_atomically(file, bytes).map(|()| true),
    };
    if let (Ok(false) | Err(_), Some((path, _))) = (&written, map) {
        // Without its snapshot, the map is useless and reveals names.
        let _ = std::fs::remove_file(path);
    }
    written.map_err(|e| failed(file, e))
}

/// Reads a cluster, showing the progress.
pub(super) fn read(access: &Access, wanted: &ReadOptions, quiet: bool) -> Result<Snapshot, Failure> {
    let progress = Progress::new(quiet);
    Ok(super::runtime()?.block_on(async {
        let api = Api::connect(access, RETRY).await?;
        read_snapshot(&api, wanted, &|seen| progress.cluster(&seen)).await
    })?)
}

fn fresh_key() -> Result<RedactionKey, Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|e| Failure::Value(format!("no random bytes from the operating system: {e}")))?;
    Ok(RedactionKey::new(bytes))
}

/// Merges findings that say the same about several objects.
fn summary(snapshot: &Snapshot) -> String {
    let mut said: Vec<(&str, &str, usize)> = Vec::new();
    for finding in &snapshot.findings {
        match said.iter_mut().find(|(_, message, _)| *message == finding.message) {
            Some((_, _, more)) => *more += 1,
            None => said.push((&finding.subject, &finding.message, 0)),
        }
    }
    let (nodes, pods) = (grouped(snapshot.nodes.len()), grouped(snapshot.pods.len()));
    let mut summary = format!("{}: {nodes} nodes, {pods} pods", snapshot.cluster.name);
    for (subject, message, more) in said {
        let others = if more == 0 { String::new() } else { format!(" and {more} more") };
        summary.push_str(&format!("\n  {subject}{others}: {message}"));
    }
    summary
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_snapshots_of_one_second_get_different_names() {
        let folder = std::env::temp_dir().join(format!("capmodel-dated-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let first = folder.join("2026-11-24T000000Z.snapshot");
        let second = numbered(&first, 2);
        assert_eq!(second, folder.join("2026-11-24T000000Z-2.snapshot"));
        let map = with_ending(&first, ".names.json");
        assert!(write(&first, b"one", Some((&map, b"names")), true, false).unwrap());
        assert!(!write(&first, b"two", Some((&map, b"others")), true, false).unwrap());
        assert!(!write(&first, b"two", None, true, false).unwrap());
        assert!(write(&second, b"two", Some((&with_ending(&second, ".names.json"), b"others")), true, false).unwrap());
        let read = |path: &Path| crate::inputs::files::read(path).unwrap();
        assert_eq!((read(&first), read(&second), read(&map)), ("one".into(), "two".into(), "names".into()));
        assert!(write(&first, b"three", None, false, false).unwrap(), "an explicitly named file is replaced");
        assert_eq!(read(&first), "three");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
