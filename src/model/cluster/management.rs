//! Who runs a cluster's control plane, according to its API server and its nodes.

use super::node_label::CONTROL_PLANE_LABELS;
use super::{Node, NodeKind, Snapshot};
use crate::model::nodes::{Distribution, Provider};

impl Snapshot {
    /// The provider that runs the control plane; `None` if nothing indicates a provider, or if a node belongs to a
    /// self-managed control plane.
    pub fn managed_by(&self) -> Option<Distribution> {
        if self.nodes.iter().any(is_control_plane) {
            return None;
        }
        let server = self.cluster.server_version.as_deref().and_then(of_version);
        let kubelet = || self.nodes.iter().find_map(|node| of_version(node.kubelet_version.as_deref()?));
        server.or_else(|| self.nodes.iter().find_map(of_node)).or_else(kubelet)
    }

    /// The distribution whose formulas give the reserved resources of its nodes; a plain kubelet's if it is unknown.
    pub fn distribution(&self) -> Distribution {
        let versions = self.nodes.iter().filter_map(|node| node.kubelet_version.as_deref());
        let k3s =
            versions.chain(self.cluster.server_version.as_deref()).any(|v| v.contains("+k3s") || v.contains("+rke2"));
        let other = if k3s { Distribution::K3s } else { Distribution::Kubelet };
        self.managed_by().unwrap_or(other)
    }
}

/// EKS and GKE write their name into the version: `v1.33.5-eks-3025e55`, `v1.33.5-gke.1080000`. AKS does not.
fn of_version(version: &str) -> Option<Distribution> {
    match version {
        version if version.contains("-eks-") => Some(Distribution::Eks),
        version if version.contains("-gke.") => Some(Distribution::Gke),
        _ => None,
    }
}

fn of_node(node: &Node) -> Option<Distribution> {
    let machine = &node.machine;
    let by_kind = match machine.kind {
        NodeKind::EksAutoMode | NodeKind::Fargate => Some(Distribution::Eks),
        NodeKind::Autopilot => Some(Distribution::Gke),
        NodeKind::Machine | NodeKind::Virtual => None,
    };
    // A snapshot of an older version has only the name; only AKS names its nodes like this.
    let by_name =
        (machine.provider == Some(Provider::Azure) && node.name.starts_with("aks")).then_some(Distribution::Aks);
    machine.distribution.or(by_kind).or(by_name)
}

/// kubeadm, kops, Cluster API and similar tools taint and label control-plane nodes; providers do not show theirs
/// (<https://kubernetes.io/docs/reference/labels-annotations-taints/#node-role-kubernetes-io-control-plane-taint>).
fn is_control_plane(node: &Node) -> bool {
    node.taints.iter().any(|taint| CONTROL_PLANE_LABELS.contains(&taint.key.as_str()))
        || CONTROL_PLANE_LABELS.iter().any(|role| node.scheduling_labels.contains_key(*role))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cluster::{ClusterId, Machine, Taint, TaintEffect};
    use crate::units::Timestamp;

    fn node(name: &str, distribution: Option<Distribution>) -> Node {
        let machine = Machine { provider: Some(Provider::Azure), distribution, ..Machine::default() };
        Node { name: name.to_owned(), machine, ..Node::default() }
    }

    fn of(version: &str, nodes: Vec<Node>) -> Snapshot {
        let cluster = ClusterId { server_version: Some(version.to_owned()), ..ClusterId::default() };
        let mut snapshot = Snapshot::new(Timestamp::UNIX_EPOCH, cluster);
        snapshot.nodes = nodes;
        snapshot
    }

    #[test]
    fn the_control_plane_s_provider_is_identified() {
        use Distribution::{Aks, Eks, Gke};
        let taint = |key: &str| Taint { key: key.to_owned(), value: String::new(), effect: TaintEffect::NoSchedule };
        let own = Node { taints: vec![taint("node-role.kubernetes.io/control-plane")], ..node("cp", None) };
        for (version, nodes, want) in [
            ("v1.33.5-eks-3025e55", vec![node("n", None)], Some(Eks)),
            ("v1.33.5-gke.1080000", vec![node("n", None)], Some(Gke)),
            // AKS is only recognisable by the labels and names of its nodes.
            ("v1.33.5", vec![node("n", Some(Aks))], Some(Aks)),
            ("v1.33.5", vec![node("aks-pool1-12345678-vmss000000", None)], Some(Aks)),
            // Cluster API on Azure, and kops on EC2 with its own kubelet.
            ("v1.33.5", vec![node("capz-md-0", None), own.clone()], None),
            ("v1.33.5", vec![node("capz-md-0", None)], None),
            ("v1.33.5", vec![node("n", Some(Eks)), own], None),
        ] {
            assert_eq!(of(version, nodes).managed_by(), want, "{version}");
        }
    }

    #[test]
    fn nodes_are_assigned_the_distribution_of_their_reservations() {
        assert_eq!(of("v1.33.5+k3s1", vec![node("n", None)]).distribution(), Distribution::K3s);
        assert_eq!(of("v1.33.5", vec![node("n", None)]).distribution(), Distribution::Kubelet);
        assert_eq!(of("v1.33.5", vec![node("n", Some(Distribution::Aks))]).distribution(), Distribution::Aks);
    }
}
