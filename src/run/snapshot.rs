//! `capmodel snapshot`.

use super::{Failure, Outcome, tell};
use crate::inputs::kube::{Access, Api, Patience, Progress, Wanted, read_snapshot};
use crate::model::cluster::{RedactionKey, Snapshot, redact};
use crate::outputs;
use crate::settings::SnapshotSettings;

pub(super) fn run(settings: &SnapshotSettings) -> Result<Outcome, Failure> {
    let SnapshotSettings { access, wanted, file, names, quiet } = settings;
    // A folder that is not there is told before a large cluster is read.
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        let source =
            std::io::Error::new(std::io::ErrorKind::NotFound, format!("there is no folder {}", folder.display()));
        return Err(Failure::Write { path: file.clone(), source });
    }
    let mut snapshot = read(access, wanted, *quiet)?;
    let kept = |path: &std::path::PathBuf| {
        let path = path.clone();
        move |source| Failure::Write { path, source }
    };
    if let Some(path) = names {
        let map = redact(&mut snapshot, &fresh_key()?);
        outputs::write_privately(path, &outputs::redacted_names(&map)?).map_err(kept(path))?;
    }
    let written =
        outputs::snapshot(&snapshot).and_then(|bytes| outputs::write_atomically(file, &bytes).map_err(kept(file)));
    if let (Err(_), Some(path)) = (&written, names) {
        // Without its snapshot the map is of no use and tells names.
        let _ = std::fs::remove_file(path);
    }
    written?;
    if !quiet {
        tell(&summary(&snapshot));
    }
    Ok(Outcome::default())
}

/// Reads a cluster, telling how far it is.
pub(super) fn read(access: &Access, wanted: &Wanted, quiet: bool) -> Result<Snapshot, Failure> {
    Ok(super::runtime()?.block_on(async {
        let api = Api::connect(access, Patience::default()).await?;
        read_snapshot(&api, wanted, &|progress| show(&progress, quiet)).await
    })?)
}

fn fresh_key() -> Result<RedactionKey, Failure> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| Failure::Value(format!("the system gives no random bytes: {e}")))?;
    Ok(RedactionKey::new(bytes))
}

fn show(progress: &Progress<'_>, quiet: bool) {
    match progress {
        _ if quiet => {}
        // Long lists only: a line for each page of a large cluster's pods would be a wall.
        Progress::Page { what, count } if *count > 0 && count.is_multiple_of(5000) => {
            tell(&format!("{what}: {count} so far"))
        }
        Progress::Page { .. } => {}
        Progress::Read { what, count, .. } => tell(&format!("{what}: {count}")),
        Progress::Waiting { what, why, wait } => {
            tell(&format!("{what}: {why}; trying again in {:.1} s", wait.as_secs_f32()));
        }
        Progress::Again { what } => tell(&format!("{what}: the list expired while it was read; reading it anew")),
    }
}

/// Findings that say the same of several things are said once.
fn summary(snapshot: &Snapshot) -> String {
    let mut said: Vec<(&str, &str, usize)> = Vec::new();
    for finding in &snapshot.findings {
        match said.iter_mut().find(|(_, message, _)| *message == finding.message) {
            Some((_, _, more)) => *more += 1,
            None => said.push((&finding.subject, &finding.message, 0)),
        }
    }
    let (nodes, pods) = (snapshot.nodes.len(), snapshot.pods.len());
    let mut summary = format!("{}: {nodes} nodes, {pods} pods", snapshot.cluster.name);
    for (subject, message, more) in said {
        let others = if more == 0 { String::new() } else { format!(" and {more} more") };
        summary.push_str(&format!("\n  {subject}{others}: {message}"));
    }
    summary
}
