use std::path::PathBuf;

use super::SettingsError;
use crate::cli::{ClusterArgs, SnapshotArgs};
use crate::inputs::files::SNAPSHOT_SUFFIX;
use crate::inputs::kube::{Access, Keep, Wanted};

/// Everything `capmodel snapshot` needs.
#[derive(Clone, Debug)]
pub struct SnapshotSettings {
    /// How the cluster is reached.
    pub access: Access,
    /// What is read of it.
    pub wanted: Wanted,
    /// Where the snapshot goes.
    pub file: PathBuf,
    /// Where the names behind the hashes go, where names are to be hashed.
    pub names: Option<PathBuf>,
    /// Say nothing while reading.
    pub quiet: bool,
}

impl SnapshotSettings {
    /// Flags, environment, clock and defaults in one value.
    ///
    /// # Errors
    /// A value of the environment that cannot be used.
    pub fn resolve(args: SnapshotArgs) -> Result<Self, SettingsError> {
        let SnapshotArgs { output, cluster_name, redact, redact_map, label, annotation, quiet, cluster } = args;
        let ClusterArgs { kubeconfig, context, mut namespace } = cluster;
        namespace.sort();
        namespace.dedup();
        let taken_at = super::now()?;
        // A folder gets a file that is named by its time, so that a daily job fills it.
        let output = if output.as_os_str().to_string_lossy().ends_with('/') {
            output.join(format!("{}{SNAPSHOT_SUFFIX}", taken_at.strftime("%Y-%m-%dT%H%M%SZ")))
        } else {
            output
        };
        let beside = || {
            let mut name = output.clone().into_os_string();
            name.push(".names.json");
            PathBuf::from(name)
        };
        Ok(Self {
            access: Access { kubeconfig, context },
            wanted: Wanted {
                namespaces: namespace,
                keep: Keep { labels: label, annotations: annotation },
                cluster_name,
                taken_at,
            },
            names: redact.then(|| redact_map.unwrap_or_else(beside)),
            file: output,
            quiet,
        })
    }
}
