//! The settings of `capmodel snapshot`.

use std::path::PathBuf;

use super::{PrometheusSettings, SettingsError};
use crate::cli::{ClusterArgs, SnapshotArgs};
use crate::inputs::files::SNAPSHOT_SUFFIX;
use crate::inputs::kube::{Access, KeptMetadata, ReadOptions};
use crate::model::usage::Period;
use crate::units::Timestamp;

/// The complete settings of `capmodel snapshot`.
#[derive(Clone, Debug)]
pub struct SnapshotSettings {
    /// Access to the cluster.
    pub access: Access,
    /// Kinds, labels and annotations to read.
    pub wanted: ReadOptions,
    /// Path of the snapshot file.
    pub file: PathBuf,
    /// Whether the file is named by the current time; if that name exists, the file gets a number instead of replacing
    /// it.
    pub is_dated: bool,
    /// Whether names are replaced with hashes.
    pub redact: bool,
    /// Path of the mapping from hashes to names; `None` for a file next to the snapshot.
    pub names: Option<PathBuf>,
    /// Whether progress messages are suppressed.
    pub quiet: bool,
    /// Prometheus and the period from which usage is read.
    pub usage: Option<(PrometheusSettings, Period)>,
}

impl SnapshotSettings {
    /// Resolves the arguments with the environment, the clock and the defaults.
    ///
    /// # Errors
    /// [`SettingsError`] if an argument or a variable cannot be used.
    pub fn resolve(args: SnapshotArgs, taken_at: Timestamp) -> Result<Self, SettingsError> {
        super::refused::snapshot(&args)?;
        let SnapshotArgs { output, cluster_name, redact, redact_map, label, annotation, quiet, cluster, prometheus } =
            args;
        let ClusterArgs { kubeconfig, context, mut namespace, spot_label } = cluster;
        namespace.sort();
        namespace.dedup();
        let prometheus =
            Some(PrometheusSettings::resolve(prometheus, quiet, taken_at)?).filter(|settings| settings.url.is_some());
        let usage = match prometheus {
            Some(settings) => {
                let period = settings.period().ok_or(SettingsError::InvalidPeriod)?;
                Some((settings, period))
            }
            None => None,
        };
        // In a folder, files are named by the current time, so that a daily job adds one each day.
        let is_dated = output.as_os_str().to_string_lossy().ends_with('/');
        let file = match is_dated {
            true => output.join(format!("{}{SNAPSHOT_SUFFIX}", taken_at.strftime("%Y-%m-%dT%H%M%SZ"))),
            false => output,
        };
        Ok(Self {
            access: super::access(kubeconfig, context)?,
            wanted: ReadOptions {
                namespaces: namespace,
                keep: KeptMetadata { labels: label, annotations: annotation },
                cluster_name,
                spot_labels: spot_label,
                price_labels: std::collections::BTreeSet::new(),
                taken_at,
            },
            file,
            is_dated,
            redact,
            names: redact_map,
            quiet,
            usage,
        })
    }
}
