use std::collections::BTreeMap;

use super::Series;
use crate::model::{Arch, CapacityType};
use crate::units::{Bytes, CpuMillis};

/// What is known of a node that may be long gone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeFacts {
    /// Its labels, by the names that kube-state-metrics gives them: `label_kubernetes_io_arch`.
    pub labels: BTreeMap<String, String>,
    /// The provider's name for it, like `aws:///us-east-1a/i-0abc`.
    pub provider_id: Option<String>,
    /// Cores that it has.
    pub cpu: Option<CpuMillis>,
    /// Memory that it has.
    pub memory: Option<Bytes>,
    /// Accelerators that it has.
    pub gpus: u32,
}

impl NodeFacts {
    /// Takes over what another query read.
    pub(super) fn absorb(&mut self, other: Self) {
        let Self { labels, provider_id, cpu, memory, gpus } = other;
        self.labels.extend(labels);
        self.provider_id = provider_id.or(self.provider_id.take());
        self.cpu = cpu.or(self.cpu);
        self.memory = memory.or(self.memory);
        self.gpus = self.gpus.max(gpus);
    }

    fn label(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.labels.get(*name)).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The provider's name for its machine type.
    pub fn instance_type(&self) -> Option<&str> {
        self.label(&["label_node_kubernetes_io_instance_type", "label_beta_kubernetes_io_instance_type"])
    }

    /// Where it is.
    pub fn region(&self) -> Option<&str> {
        self.label(&["label_topology_kubernetes_io_region", "label_failure_domain_beta_kubernetes_io_region"])
    }

    /// In which part of the region it is.
    pub fn zone(&self) -> Option<&str> {
        self.label(&["label_topology_kubernetes_io_zone", "label_failure_domain_beta_kubernetes_io_zone"])
    }

    /// Its instruction set.
    pub fn arch(&self) -> Option<Arch> {
        self.label(&["label_kubernetes_io_arch", "label_beta_kubernetes_io_arch"])?.parse().ok()
    }

    /// How it was bought, where one of the labels of EKS, Karpenter, GKE or AKS says so.
    pub fn capacity_type(&self) -> Option<CapacityType> {
        if let Some(text) = self.label(&["label_karpenter_sh_capacity_type", "label_eks_amazonaws_com_capacity_type"]) {
            let spot = text.eq_ignore_ascii_case("spot");
            return Some(if spot { CapacityType::Spot } else { CapacityType::OnDemand });
        }
        let spot = [
            ("label_cloud_google_com_gke_spot", "true"),
            ("label_cloud_google_com_gke_preemptible", "true"),
            ("label_kubernetes_azure_com_scalesetpriority", "spot"),
        ];
        let is_spot = |(name, value): &(&str, &str)| self.label(&[name]) == Some(*value);
        if spot.iter().any(is_spot) {
            return Some(CapacityType::Spot);
        }
        // GKE and AKS put a label on spare capacity alone; their other nodes are known by the labels all nodes have.
        self.labels
            .keys()
            .any(|k| k.starts_with("label_cloud_google_com_gke_") || k.starts_with("label_kubernetes_azure_com_"))
            .then_some(CapacityType::OnDemand)
    }
}

/// A node's part of a period.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeHistory {
    /// Name.
    pub name: String,
    /// Hours that it existed, step by step.
    pub hours: Series,
    /// What it was.
    pub facts: NodeFacts,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bought(labels: &[(&str, &str)]) -> Option<CapacityType> {
        let labels = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        NodeFacts { labels, ..NodeFacts::default() }.capacity_type()
    }

    #[test]
    fn how_a_node_was_bought() {
        use CapacityType::{OnDemand, Spot};
        assert_eq!(bought(&[("label_karpenter_sh_capacity_type", "spot")]), Some(Spot));
        assert_eq!(bought(&[("label_eks_amazonaws_com_capacity_type", "ON_DEMAND")]), Some(OnDemand));
        assert_eq!(bought(&[("label_cloud_google_com_gke_spot", "true")]), Some(Spot));
        assert_eq!(bought(&[("label_cloud_google_com_gke_nodepool", "p")]), Some(OnDemand));
        assert_eq!(bought(&[("label_kubernetes_azure_com_scalesetpriority", "spot")]), Some(Spot));
        assert_eq!(bought(&[("label_kubernetes_io_arch", "amd64")]), None);
    }
}
