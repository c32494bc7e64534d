//! Reads a cluster from files or from its API server.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Failure;
use crate::inputs::files::{label, list_snapshots, read_snapshot_file, read_snapshot_head};
use crate::model::cluster::{ClusterId, Snapshot, SpotLabel};
use crate::settings::ClusterSource;
use crate::units::Timestamp;

/// The most recent state of the cluster. Of its node labels, a live cluster's are kept if they are well-known or `also`
/// has their key.
pub(super) fn last(source: &ClusterSource, spot: &[SpotLabel], also: &BTreeSet<String>) -> Result<Snapshot, Failure> {
    let mut snapshot = match source {
        // For a single file, the head need not be read separately.
        ClusterSource::Files(paths) if paths.len() == 1 => read_snapshot_file(&paths[0])?,
        ClusterSource::Files(paths) => match moments(paths)?.pop() {
            Some((path, _)) => read_snapshot_file(&path)?,
            None => return Err(Failure::Value("no cluster is given".to_owned())),
        },
        #[cfg(feature = "live")]
        ClusterSource::Live(live) => {
            let wanted = crate::inputs::kube::ReadOptions { price_labels: also.clone(), ..live.wanted.clone() };
            return super::snapshot::read(&live.access, &wanted, live.quiet);
        }
    };
    #[cfg(not(feature = "live"))]
    let _ = also;
    snapshot.mark_spot(spot);
    Ok(snapshot)
}

/// Snapshot files of one cluster with their times, sorted by time.
pub(super) fn moments(paths: &[PathBuf]) -> Result<Vec<(PathBuf, Timestamp)>, Failure> {
    let moments = of_one_cluster(paths)?;
    if let Some(((one, at), (other, _))) = moments.iter().zip(moments.iter().skip(1)).find(|(a, b)| a.1 == b.1) {
        let (one, other) = (label(one), label(other));
        return Err(Failure::Value(format!("two snapshots have the same time, {at}: {one} and {other}")));
    }
    Ok(moments)
}

/// Only the heads of the files are read, because clusters may be large and files numerous.
fn of_one_cluster(paths: &[PathBuf]) -> Result<Vec<(PathBuf, Timestamp)>, Failure> {
    let mut heads: Vec<(PathBuf, Timestamp, ClusterId)> = Vec::new();
    for path in paths {
        let head = read_snapshot_head(path)?;
        heads.push((path.clone(), head.taken_at, head.cluster));
    }
    heads.sort_by(|a, b| (a.1, &a.0).cmp(&(b.1, &b.0)));
    let mut pairs = heads.iter().zip(heads.iter().skip(1));
    if let Some((one, other)) = pairs.find(|(a, b)| a.2.uid != b.2.uid) {
        return Err(Failure::Value(format!(
            "the snapshots are of two different clusters, {} ({}) and {} ({}); a report covers one",
            one.2.name,
            label(&one.0),
            other.2.name,
            label(&other.0)
        )));
    }
    Ok(heads.into_iter().map(|(path, taken_at, _)| (path, taken_at)).collect())
}

/// The snapshots of this cluster in a folder, sorted by time.
pub(super) fn stored(folder: &Path, cluster: &ClusterId) -> Result<Vec<(PathBuf, Timestamp)>, Failure> {
    let mut moments = of_one_cluster(&list_snapshots(folder).map_err(|error| error.named_by("--history"))?)?;
    // Two jobs that ran in the same second stored the same snapshot twice.
    moments.dedup_by_key(|(_, taken_at)| *taken_at);
    if let Some((first, _)) = moments.first() {
        let found = read_snapshot_head(first)?.cluster;
        if found.uid != cluster.uid {
            return Err(Failure::Value(format!(
                "the snapshots in {} are of another cluster, {}, not of {}",
                folder.display(),
                found.name,
                cluster.name
            )));
        }
    }
    Ok(moments)
}
