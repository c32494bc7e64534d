//! The arguments that describe the kubelets of planned nodes.

use clap::Args;

use crate::model::nodes::{Distribution, Kubelet, MaxPods, Provider, Reserved};

/// What the kubelet reserves on a planned node; the nodes of a live cluster report it themselves.
#[derive(Args, Debug)]
#[command(next_help_heading = "Nodes")]
pub struct KubeletArgs {
    /// Distribution whose kubelet reservations apply: eks, bottlerocket, gke, aks, aks-1.28, aks-windows, kubelet, k3s
    /// [default: that of the given cluster, else the provider's]
    #[arg(long, value_name = "NAME")]
    pub distribution: Option<Distribution>,
    /// Maximum pods per node, or prefix-delegation for the limit that the AWS VPC CNI has in that mode [default: the
    /// distribution's]
    #[arg(long, value_name = "N|prefix-delegation")]
    pub max_pods: Option<MaxPods>,
    /// CPU and memory not available to pods: the sum of kube-reserved, system-reserved and the hard eviction threshold
    /// [default: the distribution's]
    #[arg(long, value_name = "CPU/MEMORY")]
    pub node_reserved: Option<Reserved>,
}

impl KubeletArgs {
    /// The requested distribution.
    pub const fn distribution(&self) -> Option<Distribution> {
        self.distribution
    }

    /// The kubelet configuration, completed with the defaults of a provider.
    pub fn of(&self, provider: Provider) -> Kubelet {
        let distribution = self.distribution.unwrap_or_else(|| Distribution::of(provider));
        Kubelet { distribution, max_pods: self.max_pods, reserved: self.node_reserved }
    }
}
