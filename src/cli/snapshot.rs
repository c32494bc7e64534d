//! The arguments of `capmodel snapshot`.

use std::path::PathBuf;

use clap::Args;

use crate::model::cluster::SpotLabel;

/// Arguments of `capmodel snapshot`.
#[derive(Args, Debug)]
pub struct SnapshotArgs {
    /// Write the snapshot to this file; a path ending in / is a folder, in which the file is named by the current time
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Name of the cluster in reports [default: the context's]
    #[arg(long, value_name = "NAME", value_parser = super::cluster_name)]
    pub cluster_name: Option<String>,
    /// Replace the names of namespaces, workloads, nodes, images and instances, and labels, with hashes
    #[arg(long)]
    pub redact: bool,
    /// Write the mapping from hashes to names to this file [default: FILE.names.json]
    #[arg(long, value_name = "FILE", requires = "redact")]
    pub redact_map: Option<PathBuf>,
    /// Keep this label of namespaces, workloads, pods and nodes; all others are dropped (may be repeated)
    #[arg(long, value_name = "KEY")]
    pub label: Vec<String>,
    /// Keep this annotation; all others are dropped (may be repeated)
    #[arg(long, value_name = "KEY")]
    pub annotation: Vec<String>,
    /// Do not print progress
    #[arg(short, long)]
    pub quiet: bool,
    /// Access to the live cluster
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Where the usage that goes into the file is read from
    #[command(flatten)]
    pub prometheus: super::PrometheusArgs,
}

/// How a cluster is reached.
#[derive(Args, Debug)]
#[command(next_help_heading = "Cluster")]
pub struct ClusterArgs {
    /// Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, or the service account of the pod]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig to use [default: its current context]
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// Read only this namespace; a Role in it is sufficient (may be repeated)
    #[arg(short, long, value_name = "NAMESPACE", value_parser = namespace)]
    pub namespace: Vec<String>,
    /// Label that marks spot nodes in this cluster; those of cloud providers and common tools are recognized without it
    /// (may be repeated)
    #[arg(long, value_name = "KEY=VALUE")]
    pub spot_label: Vec<SpotLabel>,
}

/// Parses a DNS label (RFC 1123), because the namespace becomes a part of a URL path.
fn namespace(text: &str) -> Result<String, String> {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let edges = !text.starts_with('-') && !text.ends_with('-');
    if !text.is_empty() && text.len() <= 63 && edges && text.bytes().all(inner) {
        Ok(text.to_owned())
    } else {
        Err("a namespace name consists of at most 63 lowercase letters, digits and hyphens, and starts and ends with a letter or digit".to_owned())
    }
}
