//! What identifies the resources of one cluster in a bill.

use std::collections::BTreeSet;

use super::ResourceId;
use crate::units::snake_case;

/// Tags whose value is the name of a cluster, as [`tag_key`] writes their keys: of EKS, eksctl, GKE, AKS and kOps.
const NAME_TAGS: [&str; 6] = [
    "eks_cluster_name",
    "eks_eks_cluster_name",
    "alpha_eksctl_io_cluster_name",
    "goog_k8s_cluster_name",
    "aks_managed_cluster_name",
    "kubernetes_cluster",
];

/// What identifies the resources of one cluster in a bill.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BilledCluster {
    names: BTreeSet<String>,
    owned_tags: BTreeSet<String>,
    machines: BTreeSet<ResourceId>,
    disks: BTreeSet<ResourceId>,
}

impl BilledCluster {
    /// `name` is that of the cluster or of its context: EKS writes `arn:aws:eks:REGION:ACCOUNT:cluster/NAME`, GKE
    /// `gke_PROJECT_LOCATION_NAME`. `machines` are those of its nodes, and `disks` those of its volumes.
    pub fn new(
        name: &str,
        machines: impl IntoIterator<Item = ResourceId>,
        disks: impl IntoIterator<Item = ResourceId>,
    ) -> Self {
        let of_gke = name.strip_prefix("gke_").and_then(|rest| rest.splitn(3, '_').nth(2));
        let short = of_gke.or_else(|| name.rsplit('/').next());
        let names: BTreeSet<String> =
            [Some(name), short].into_iter().flatten().filter(|name| !name.is_empty()).map(str::to_owned).collect();
        let mut all = BTreeSet::new();
        for machine in machines {
            all.extend(machine.scale_set());
            all.insert(machine);
        }
        Self {
            owned_tags: names.iter().map(|name| tag_key(&format!("kubernetes.io/cluster/{name}"))).collect(),
            names,
            machines: all,
            disks: disks.into_iter().collect(),
        }
    }

    /// Whether a tag may assign a charge to the cluster. `key` is written by [`tag_key`].
    pub fn has_tag_key(&self, key: &str) -> bool {
        self.owned_tags.contains(key) || NAME_TAGS.contains(&key)
    }

    /// Whether a tag assigns a charge to the cluster. `key` is written by [`tag_key`].
    pub fn has_tag(&self, key: &str, value: &str) -> bool {
        (self.owned_tags.contains(key) && !value.is_empty()) || (NAME_TAGS.contains(&key) && self.names.contains(value))
    }

    /// Whether a text contains the name of the cluster, without which no tag assigns it to the cluster.
    pub fn is_named_in(&self, text: &str) -> bool {
        self.names.iter().chain(&self.owned_tags).any(|name| text.contains(name.as_str()))
    }

    pub(super) fn has_machine(&self, id: &ResourceId) -> bool {
        self.machines.contains(id)
    }

    /// Whether a resource is a disk of the cluster, its control plane, or one of its pods.
    pub(super) fn owns(&self, id: &ResourceId) -> bool {
        let is_named = |name: &str| self.names.iter().any(|own| own.eq_ignore_ascii_case(name));
        self.disks.contains(id) || id.cluster_name().is_some_and(is_named)
    }
}

/// The key of a tag as the columns of a Cost and Usage Report write it: in lower case, with `_` for every other
/// character and before capital letters, and without the prefix that tells who made the tag.
pub fn tag_key(key: &str) -> String {
    let name = snake_case(key);
    let own = name.strip_prefix("user_").or_else(|| name.strip_prefix("aws_"));
    own.unwrap_or(name.as_str()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_assign_a_charge_to_the_cluster() {
        for name in ["shop", "arn:aws:eks:us-east-1:111122223333:cluster/shop", "gke_my-project_us-central1_shop"] {
            let cluster = BilledCluster::new(name, [], []);
            for (key, value, expected) in [
                ("user:kubernetes.io/cluster/shop", "owned", true),
                ("user_kubernetes_io_cluster_shop", "shared", true),
                ("kubernetes.io/cluster/shop", "", false),
                ("kubernetes.io/cluster/other", "owned", false),
                ("aws:eks:cluster-name", "shop", true),
                ("aws:eks:cluster-name", "other", false),
                ("goog-k8s-cluster-name", "shop", true),
                ("aks-managed-cluster-name", "shop", true),
                ("KubernetesCluster", "shop", true),
                ("team", "shop", false),
            ] {
                assert_eq!(cluster.has_tag(&tag_key(key), value), expected, "{name} {key}={value}");
            }
        }
    }

    #[test]
    fn a_cluster_owns_its_disks_and_what_carries_its_name() {
        let id = |text: &str| ResourceId::of_bill(text, None).unwrap();
        let cluster = BilledCluster::new("Shop", [], [id("vol-1")]);
        assert!(cluster.owns(&id("arn:aws:ec2:us-east-1:1:volume/vol-1")) && !cluster.owns(&id("vol-2")));
        assert!(cluster.owns(&id("arn:aws:eks:us-east-1:1:cluster/Shop")));
        assert!(!cluster.owns(&id("arn:aws:eks:us-east-1:1:cluster/Shop-2")));
    }
}
