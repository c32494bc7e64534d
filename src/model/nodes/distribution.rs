//! Kubernetes distributions, which determine the kubelet's reservations.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Provider;
use crate::units::ParseError;

/// Kubernetes distribution of a node, which determines how much of it is reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Distribution {
    /// Amazon EKS with Amazon Linux nodes, and Karpenter on AWS.
    Eks,
    /// Amazon EKS with Bottlerocket nodes.
    Bottlerocket,
    /// Google Kubernetes Engine, Standard, Container-Optimized OS.
    Gke,
    /// Azure Kubernetes Service, Kubernetes 1.29 or later, Linux.
    Aks,
    /// Azure Kubernetes Service, Kubernetes 1.28 or earlier, Linux.
    Aks128,
    /// Azure Kubernetes Service, Windows node pools.
    AksWindows,
    /// A kubelet with its own defaults: kubeadm.
    Kubelet,
    /// k3s or RKE2 with the defaults of their agents.
    K3s,
}

impl Distribution {
    /// All distributions, in order.
    pub const ALL: [Self; 8] =
        [Self::Eks, Self::Bottlerocket, Self::Gke, Self::Aks, Self::Aks128, Self::AksWindows, Self::Kubelet, Self::K3s];

    /// The provider's managed Kubernetes; a plain kubelet for on-prem.
    pub const fn of(provider: Provider) -> Self {
        match provider {
            Provider::Aws => Self::Eks,
            Provider::Gcp => Self::Gke,
            Provider::Azure => Self::Aks,
            Provider::OnPrem => Self::Kubelet,
        }
    }

    /// Whether its node pools support a machine with this number of vCPUs. AKS requires at least two
    /// (<https://learn.microsoft.com/azure/aks/quotas-skus-regions>); the others state no minimum.
    pub const fn takes(self, vcpu: u32) -> bool {
        !matches!(self, Self::Aks | Self::Aks128 | Self::AksWindows) || vcpu >= 2
    }

    /// Whether pods use the AWS CNI, which supports prefix delegation.
    pub const fn has_aws_cni(self) -> bool {
        matches!(self, Self::Eks | Self::Bottlerocket)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Eks => "eks",
            Self::Bottlerocket => "bottlerocket",
            Self::Gke => "gke",
            Self::Aks => "aks",
            Self::Aks128 => "aks-1.28",
            Self::AksWindows => "aks-windows",
            Self::Kubelet => "kubelet",
            Self::K3s => "k3s",
        }
    }
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Accepts exactly the names that `Display` prints.
impl FromStr for Distribution {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let known = Self::ALL.into_iter().find(|distribution| distribution.name() == text);
        known.ok_or_else(|| {
            ParseError::new(
                "a distribution",
                text,
                "expected eks, bottlerocket, gke, aks, aks-1.28, aks-windows, kubelet or k3s",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions_are_parsed_by_name() {
        for distribution in Distribution::ALL {
            assert_eq!(distribution.to_string().parse(), Ok(distribution));
        }
        assert!("openshift".parse::<Distribution>().is_err());
    }
}
