use clap::Args;

use crate::model::{Distribution, Kubelet, MaxPods, Provider, Reserved};

/// What the kubelet of a planned node keeps from pods; in a live cluster its nodes say it themselves.
#[derive(Args, Debug)]
#[command(next_help_heading = "Nodes")]
pub struct KubeletArgs {
    /// Whose reservations a node has: eks, bottlerocket, gke, aks, aks-1.28, aks-windows, kubelet, k3s [default: that of
    /// the cluster that is named, else the provider's]
    #[arg(long, value_name = "NAME")]
    distribution: Option<Distribution>,
    /// Pods that a node may run, or prefix-delegation for what the AWS CNI then addresses [default: the distribution's]
    #[arg(long, value_name = "N|prefix-delegation")]
    max_pods: Option<MaxPods>,
    /// CPU and memory that a node keeps from pods: kube-reserved, system-reserved and the hard eviction threshold
    /// together [default: the distribution's]
    #[arg(long, value_name = "CPU/MEMORY")]
    node_reserved: Option<Reserved>,
}

impl KubeletArgs {
    /// The distribution that was asked for.
    pub const fn distribution(&self) -> Option<Distribution> {
        self.distribution
    }

    /// With the defaults of a provider.
    pub fn of(&self, provider: Provider) -> Kubelet {
        let distribution = self.distribution.unwrap_or_else(|| Distribution::of(provider));
        Kubelet { distribution, max_pods: self.max_pods, reserved: self.node_reserved }
    }
}
