use std::collections::BTreeMap;

use super::{NodeId, Series};
use crate::model::cluster::{Machine, Resources, identify, identity_labels};
use crate::units::{Bytes, CpuMillis};

/// What is known of a node that may be long gone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeFacts {
    /// Its labels, by the names that kube-state-metrics gives them: `label_kubernetes_io_arch`.
    pub labels: BTreeMap<String, String>,
    /// Steps in which it had these; in a step in which a name changes hands both machines may seem to have both's.
    pub steps: usize,
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
        let Self { labels, steps, cpu, memory, gpus } = other;
        if steps > self.steps {
            (self.labels, self.steps) = (labels, steps);
        }
        self.cpu = cpu.or(self.cpu);
        self.memory = memory.or(self.memory);
        self.gpus = self.gpus.max(gpus);
    }

    /// The provider's name for its machine type.
    pub fn instance_type(&self) -> Option<&str> {
        let names = ["label_node_kubernetes_io_instance_type", "label_beta_kubernetes_io_instance_type"];
        names.iter().find_map(|name| self.labels.get(*name)).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// What this machine was, as the labels of one that is still there would say it.
    pub fn machine(&self, id: &NodeId) -> Machine {
        let label = |key: &'static str| Some((key.to_owned(), self.labels.get(&exported(key))?.clone()));
        let labels: BTreeMap<String, String> = identity_labels().filter_map(label).collect();
        let provider_id = Some(id.provider_id.as_str()).filter(|id| !id.is_empty());
        let mut machine = identify(&id.name, &labels, &[], provider_id, &Resources::default()).machine;
        machine.region = machine.region.or_else(|| region_of(provider_id?));
        machine
    }
}

/// AWS and Google write the zone into the name of a machine, `aws:///us-east-1a/i-0abc` and
/// `gce://project/us-central1-b/name`; a zone is its region and a letter.
fn region_of(provider_id: &str) -> Option<String> {
    let (scheme, rest) = provider_id.split_once("://")?;
    let zone = rest.split('/').nth(1)?;
    let region = match scheme {
        "aws" => zone.strip_suffix(|c: char| c.is_ascii_lowercase())?,
        "gce" => zone.rsplit_once('-')?.0,
        _ => return None,
    };
    (!region.is_empty()).then(|| region.to_owned())
}

/// The name that kube-state-metrics gives a label: what no metric's label may hold is a `_`, and capitals are small with
/// a `_` before them (<https://github.com/kubernetes/kube-state-metrics/blob/main/internal/store/utils.go>).
fn exported(key: &str) -> String {
    let mut name = String::from("label_");
    let mut after_small = false;
    for c in key.chars() {
        if c.is_ascii_uppercase() && after_small {
            name.push('_');
        }
        name.push(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
        after_small = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    name
}

/// A node's part of a period.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeHistory {
    /// Which machine.
    pub id: NodeId,
    /// Hours that it existed, step by step.
    pub hours: Series,
    /// What it was.
    pub facts: NodeFacts,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CapacityType, Provider};

    fn bought(labels: &[(&str, &str)]) -> Option<CapacityType> {
        let labels = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        NodeFacts { labels, steps: 1, ..NodeFacts::default() }.machine(&NodeId::default()).capacity_type
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

    #[test]
    fn a_machine_name_says_where_it_was() {
        let machine =
            |id: &str| NodeFacts::default().machine(&NodeId { name: "n".to_owned(), provider_id: id.to_owned() });
        let aws = machine("aws:///us-east-1a/i-0abc");
        assert_eq!((aws.provider, aws.region.as_deref()), (Some(Provider::Aws), Some("us-east-1")));
        assert_eq!(machine("gce://p/us-central1-b/n").region.as_deref(), Some("us-central1"));
        assert_eq!(machine("kind://docker/x/y").region, None);
        assert_eq!(machine("aws://").region, None);
    }
}
