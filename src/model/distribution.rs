use std::fmt;
use std::str::FromStr;

use super::Provider;
use crate::units::ParseError;

/// Who runs the kubelet, and so how much of a node is kept back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Distribution {
    /// Amazon EKS with AL2023 nodes (nodeadm), and Karpenter on AWS.
    Eks,
    /// Google Kubernetes Engine, Standard, Container-Optimized OS.
    Gke,
    /// Azure Kubernetes Service, Kubernetes 1.29 or later, Linux.
    Aks,
    /// A kubelet with its own defaults: kubeadm.
    Kubelet,
    /// k3s or RKE2.
    K3s,
}

impl Distribution {
    /// The provider's own Kubernetes; a plain kubelet where there is none.
    pub const fn of(provider: Provider) -> Self {
        match provider {
            Provider::Aws => Self::Eks,
            Provider::Gcp => Self::Gke,
            Provider::Azure => Self::Aks,
            Provider::OnPrem => Self::Kubelet,
        }
    }

    /// Whether its node pools take a machine of this size. AKS refuses sizes with fewer than two vCPUs
    /// (<https://learn.microsoft.com/azure/aks/quotas-skus-regions>); the others state no such bound.
    pub const fn takes(self, vcpu: u32) -> bool {
        !matches!(self, Self::Aks) || vcpu >= 2
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Eks => "eks",
            Self::Gke => "gke",
            Self::Aks => "aks",
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

/// The exact name.
impl FromStr for Distribution {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let all = [Self::Eks, Self::Gke, Self::Aks, Self::Kubelet, Self::K3s];
        let known = all.into_iter().find(|distribution| distribution.name() == text);
        known.ok_or_else(|| ParseError::new("a distribution", text, "write eks, gke, aks, kubelet or k3s"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for provider in Provider::ALL {
            let distribution = Distribution::of(provider);
            assert_eq!(distribution.to_string().parse(), Ok(distribution));
        }
        assert!("openshift".parse::<Distribution>().is_err());
    }
}
