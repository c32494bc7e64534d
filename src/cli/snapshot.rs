use std::path::PathBuf;

use clap::Args;

use crate::model::cluster::SpotLabel;

/// Arguments of `capmodel snapshot`.
#[derive(Args, Debug)]
pub struct SnapshotArgs {
    /// Write the snapshot to this file, whole or not at all; in a folder (FOLDER/) to a file named by the time
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Name of the cluster in reports [default: the context's]
    #[arg(long, value_name = "NAME", value_parser = super::cluster_name)]
    pub cluster_name: Option<String>,
    /// Replace names of namespaces, workloads, nodes, images, machines and labels by hashes
    #[arg(long)]
    pub redact: bool,
    /// Where to write what the hashes stand for [default: FILE.names.json]
    #[arg(long, value_name = "FILE", requires = "redact")]
    pub redact_map: Option<PathBuf>,
    /// Keep this label of namespaces, workloads, pods and nodes (repeat); no other is kept
    #[arg(long, value_name = "KEY")]
    pub label: Vec<String>,
    /// Keep this annotation (repeat); no other is kept
    #[arg(long, value_name = "KEY")]
    pub annotation: Vec<String>,
    /// Say nothing while reading
    #[arg(short, long)]
    pub quiet: bool,
    /// How the cluster is reached
    #[command(flatten)]
    pub cluster: ClusterArgs,
}

/// How a cluster is reached.
#[derive(Args, Debug)]
#[command(next_help_heading = "Cluster")]
pub struct ClusterArgs {
    /// A kubeconfig [default: KUBECONFIG, ~/.kube/config, or the pod's own account]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// A context of the kubeconfig [default: its current one]
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// Read this namespace alone (repeat); a Role in it is enough
    #[arg(short, long, value_name = "NAMESPACE", value_parser = namespace)]
    pub namespace: Vec<String>,
    /// A label of one's own that spot machines have (repeat); those of the providers and of common tools are known
    #[arg(long, value_name = "KEY=VALUE")]
    pub spot_label: Vec<SpotLabel>,
}

/// A DNS label (RFC 1123), as it becomes part of a path.
fn namespace(text: &str) -> Result<String, String> {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let edges = !text.starts_with('-') && !text.ends_with('-');
    if !text.is_empty() && text.len() <= 63 && edges && text.bytes().all(inner) {
        Ok(text.to_owned())
    } else {
        Err("a namespace has up to 63 small letters, digits and dashes".to_owned())
    }
}
