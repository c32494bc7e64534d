//! What metrics say about nodes, including deleted ones.

use std::collections::BTreeMap;

use super::{NodeId, Series};
use crate::model::cluster::{
    LIFECYCLE_LABEL, Machine, Resources, SpotLabel, TYPE_LABELS, gpu_sevenths, identify, identity_labels,
};
use crate::units::{Bytes, CpuMillis, snake_case};

/// The facts about a node that may no longer exist.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NodeFacts {
    /// Its labels, under the names that kube-state-metrics gives them: `label_kubernetes_io_arch`.
    pub labels: BTreeMap<String, String>,
    /// Number of steps with these facts. In a step in which a name passes to another machine, both may seem to have
    /// the facts of both.
    pub steps: usize,
    /// CPU capacity of the node.
    pub cpu: Option<CpuMillis>,
    /// Memory capacity of the node.
    pub memory: Option<Bytes>,
    /// Its accelerators, by resource name as kube-state-metrics writes it.
    pub gpus: BTreeMap<String, u32>,
    /// Its machine, if it is already known and need not be read from labels.
    pub machine: Option<Machine>,
}

impl NodeFacts {
    /// Merges the result of another query.
    pub(super) fn absorb(&mut self, other: Self) {
        let Self { labels, steps, cpu, memory, gpus, machine } = other;
        self.machine = machine.or(self.machine.take());
        if steps > self.steps {
            (self.labels, self.steps) = (labels, steps);
        }
        self.cpu = cpu.or(self.cpu);
        self.memory = memory.or(self.memory);
        for (resource, count) in gpus {
            let own = self.gpus.entry(resource).or_default();
            *own = count.max(*own);
        }
    }

    /// Its accelerators in sevenths of a device.
    pub fn gpu_sevenths(&self) -> u64 {
        self.gpus.iter().filter_map(|(name, count)| Some(u64::from(*count) * exported_gpu_sevenths(name)?)).sum()
    }

    /// The provider's name for its machine type.
    pub fn instance_type(&self) -> Option<&str> {
        let mut names = TYPE_LABELS.iter().map(|key| exported_label(key));
        names.find_map(|name| self.labels.get(&name)).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Marks it as a spot machine if it had one of these labels.
    pub fn mark_spot(&mut self, spot: &[SpotLabel]) {
        let has = |label: &SpotLabel| self.labels.get(&exported_label(&label.key)) == Some(&label.value);
        if spot.iter().any(has) {
            self.labels.insert(exported_label(LIFECYCLE_LABEL), "spot".to_owned());
        }
    }

    /// The machine that its labels describe, read in the same way as those of a current node.
    pub fn machine(&self, id: &NodeId) -> Machine {
        if let Some(known) = &self.machine {
            return known.clone();
        }
        let label = |key: &'static str| Some((key.to_owned(), self.labels.get(&exported_label(key))?.clone()));
        let labels: BTreeMap<String, String> = identity_labels().filter_map(label).collect();
        let provider_id = Some(id.provider_id.as_str()).filter(|id| !id.is_empty());
        let mut machine = identify(&id.name, &labels, &[], provider_id, &Resources::default()).machine;
        machine.region = machine.region.or_else(|| region_of(provider_id?));
        machine
    }
}

/// AWS and Google write the zone into the provider ID, `aws:///us-east-1a/i-0abc` and
/// `gce://project/us-central1-b/name`; a zone is a region and a letter.
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

/// The name that kube-state-metrics gives a label: every character that a metric's label may not contain becomes a
/// `_`, and capital letters become lower-case letters preceded by `_`
/// (<https://github.com/kubernetes/kube-state-metrics/blob/main/internal/store/utils.go>).
pub fn exported_label(key: &str) -> String {
    format!("label_{}", snake_case(key))
}

/// [`gpu_sevenths`] of a resource whose name is in the form of kube-state-metrics: `nvidia_com_mig_1g_5gb`.
pub fn exported_gpu_sevenths(name: &str) -> Option<u64> {
    let (maker, device) = match name.split_once("_com_") {
        Some((maker, device)) => (format!("{}.com", maker.replace('_', ".")), device),
        None => (name.replacen('_', ".", 1).replacen('_', "/", 1), ""),
    };
    let device = match device.strip_prefix("mig_") {
        Some(profile) => format!("mig-{}", profile.replace('_', ".")),
        None => device.replacen("_shared", ".shared", 1),
    };
    gpu_sevenths(&if device.is_empty() { maker } else { format!("{maker}/{device}") })
}

/// The history of one node in a period.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeHistory {
    /// Identifier of the node.
    pub id: NodeId,
    /// Hours that it existed in each step.
    pub hours: Series,
    /// Facts about the node from its labels.
    pub facts: NodeFacts,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::nodes::{CapacityType, Provider};

    fn bought(labels: &[(&str, &str)]) -> Option<CapacityType> {
        let labels = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        NodeFacts { labels, steps: 1, ..NodeFacts::default() }.machine(&NodeId::default()).capacity_type
    }

    #[test]
    fn the_purchase_option_is_read_from_labels() {
        use CapacityType::{OnDemand, Spot};
        assert_eq!(bought(&[("label_karpenter_sh_capacity_type", "spot")]), Some(Spot));
        assert_eq!(bought(&[("label_eks_amazonaws_com_capacity_type", "ON_DEMAND")]), Some(OnDemand));
        assert_eq!(bought(&[("label_cloud_google_com_gke_spot", "true")]), Some(Spot));
        assert_eq!(bought(&[("label_cloud_google_com_gke_nodepool", "p")]), Some(OnDemand));
        assert_eq!(bought(&[("label_kubernetes_azure_com_scalesetpriority", "spot")]), Some(Spot));
        assert_eq!(bought(&[("label_kubernetes_io_arch", "amd64")]), None);
    }

    /// The same list of labels is used for current and deleted nodes.
    #[test]
    fn a_deleted_node_keeps_its_identity() {
        for (key, value) in [
            ("node.kubernetes.io/lifecycle", "spot"),
            ("lifecycle", "Ec2Spot"),
            ("LifeCycle", "Ec2Spot"),
            ("machine.openshift.io/interruptible-instance", "true"),
            ("eks.amazonaws.com/compute-type", "fargate"),
            ("karpenter.sh/nodepool", "p"),
            ("kops.k8s.io/instancegroup", "p"),
            ("nvidia.com/gpu.product", "Tesla-T4"),
            ("cloud.google.com/gke-accelerator", "nvidia-l4"),
            ("k8s.amazonaws.com/accelerator", "nvidia-tesla-t4"),
            ("beta.kubernetes.io/arch", "arm64"),
            ("type", "virtual-kubelet"),
        ] {
            let labels = BTreeMap::from([(key.to_owned(), value.to_owned())]);
            let there = identify("", &labels, &[], None, &Resources::default()).machine;
            let labels = BTreeMap::from([(exported_label(key), value.to_owned())]);
            let gone = NodeFacts { labels, steps: 1, ..NodeFacts::default() }.machine(&NodeId::default());
            assert_eq!(gone, there, "{key}");
            assert_ne!(gone, Machine::default(), "{key}");
        }
    }

    #[test]
    fn a_user_defined_spot_label_marks_a_deleted_node() {
        let labels = BTreeMap::from([("label_example_com_bid_type".to_owned(), "low".to_owned())]);
        let mut facts = NodeFacts { labels, steps: 1, ..NodeFacts::default() };
        facts.mark_spot(&["example.com/bidType=high".parse().unwrap()]);
        assert_eq!(facts.machine(&NodeId::default()).capacity_type, None);
        facts.mark_spot(&["example.com/bidType=low".parse().unwrap()]);
        assert_eq!(facts.machine(&NodeId::default()).capacity_type, Some(CapacityType::Spot));
    }

    #[test]
    fn accelerators_are_recognized_by_their_exported_names() {
        for (name, sevenths) in [
            ("nvidia_com_gpu", Some(7)),
            ("nvidia_com_gpu_shared", Some(7)),
            ("nvidia_com_mig_3g_20gb", Some(3)),
            ("nvidia_com_mig_1g_5gb_shared", Some(1)),
            ("amd_com_gpu", Some(7)),
            ("aws_amazon_com_neuron", Some(7)),
            ("gpu_intel_com_xe", Some(7)),
            ("habana_ai_gaudi", Some(7)),
            ("cpu", None),
            ("ephemeral_storage", None),
        ] {
            assert_eq!(exported_gpu_sevenths(name), sevenths, "{name}");
        }
    }

    #[test]
    fn the_zone_is_read_from_the_provider_id() {
        let machine =
            |id: &str| NodeFacts::default().machine(&NodeId { name: "n".to_owned(), provider_id: id.to_owned() });
        let aws = machine("aws:///us-east-1a/i-0abc");
        assert_eq!((aws.provider, aws.region.as_deref()), (Some(Provider::Aws), Some("us-east-1")));
        assert_eq!(machine("gce://p/us-central1-b/n").region.as_deref(), Some("us-central1"));
        assert_eq!(machine("kind://docker/x/y").region, None);
        assert_eq!(machine("aws://").region, None);
    }
}
