//! Identifiers of cloud resources: nodes and bills write them differently.

/// The identifier of a resource in one spelling for nodes, disks and bills.
///
/// A machine of AWS is `i-…`, one of Google Cloud `gce/PROJECT/ZONE/NAME`, and a resource of Azure its path in lower
/// case. Everything else is the text of the bill in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(String);

/// What a resource is, as its identifier tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    /// A virtual machine, or a scale set of them.
    Machine,
    /// A disk.
    Disk,
    /// A load balancer.
    LoadBalancer,
    /// A managed Kubernetes cluster.
    ControlPlane,
    /// A pod that is billed by its size.
    Pod,
    /// Anything else.
    Other,
}

const SCALE_SET: &str = "/virtualmachinescalesets/";

impl ResourceId {
    /// The machine of a node, from its `spec.providerID`: `aws:///ZONE/i-…`, `gce://PROJECT/ZONE/NAME` or
    /// `azure:///subscriptions/…`. `None` for any other.
    pub fn of_node(provider_id: &str) -> Option<Self> {
        let (scheme, path) = provider_id.split_once("://")?;
        let path = path.trim_start_matches('/');
        match scheme {
            "aws" => path.rsplit('/').next().filter(|id| id.starts_with("i-")).map(|id| Self(id.to_owned())),
            "gce" => (path.split('/').count() == 3).then(|| Self(format!("gce/{}", path.to_ascii_lowercase()))),
            "azure" => Some(path.to_ascii_lowercase()).filter(|path| path.starts_with("subscriptions/")).map(Self),
            _ => None,
        }
    }

    /// The resource of a charge or of a volume. `name` is its name, if the bill has one: Google identifies a machine
    /// by a number, but a node by its name.
    pub fn of_bill(id: &str, name: Option<&str>) -> Option<Self> {
        let id = id.trim();
        let last = id.rsplit(['/', ':']).next()?;
        if id.is_empty() {
            return None;
        }
        if last.starts_with("i-") || last.starts_with("vol-") {
            return Some(Self(last.to_owned()));
        }
        let path = id.trim_matches('/').to_ascii_lowercase();
        if let (Some(project), Some(zone)) = (after(&path, &["projects"]), after(&path, &["zones"])) {
            let is_number = last.bytes().all(|byte| byte.is_ascii_digit());
            let named = name.and_then(|name| name.rsplit('/').next()).filter(|name| is_number && !name.is_empty());
            let name = named.unwrap_or(last).to_ascii_lowercase();
            if after(&path, &["instances"]).is_some() {
                return Some(Self(format!("gce/{project}/{zone}/{name}")));
            }
            if after(&path, &["disks"]).is_some() {
                return Some(Self(format!("gce/{project}/{zone}/disks/{name}")));
            }
        }
        Some(Self(path))
    }

    /// The scale set of a machine of Azure, under which its bill lists the machines.
    pub fn scale_set(&self) -> Option<Self> {
        let (set, _) = self.0.split_once("/virtualmachines/").filter(|(set, _)| set.contains(SCALE_SET))?;
        Some(Self(set.to_owned()))
    }

    /// What it is.
    pub fn kind(&self) -> ResourceKind {
        let id = self.0.as_str();
        let has = |texts: &[&str]| texts.iter().any(|text| id.contains(text));
        if id.starts_with("vol-") || has(&["/disks/"]) {
            ResourceKind::Disk
        } else if id.starts_with("i-") || id.starts_with("gce/") || has(&[SCALE_SET, "/virtualmachines/"]) {
            ResourceKind::Machine
        } else if has(&["elasticloadbalancing", "/loadbalancers/", "/forwardingrules/"]) {
            ResourceKind::LoadBalancer
        } else if has(&[":eks:"]) && has(&[":pod/"]) {
            ResourceKind::Pod
        } else if has(&[":eks:"]) && has(&[":cluster/"]) || has(&["/managedclusters/", "container.googleapis.com/"]) {
            ResourceKind::ControlPlane
        } else {
            ResourceKind::Other
        }
    }

    /// The cluster that the identifier of a control plane or of a pod names, in lower case.
    pub fn cluster_name(&self) -> Option<&str> {
        match self.kind() {
            ResourceKind::ControlPlane => after(&self.0, &["cluster", "managedclusters", "clusters"]),
            ResourceKind::Pod => after(&self.0, &["pod"]),
            _ => None,
        }
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The part of a path that follows one of these.
fn after<'a>(path: &'a str, names: &[&str]) -> Option<&'a str> {
    let mut parts = path.split(['/', ':']);
    parts.find(|part| names.contains(part))?;
    parts.next().filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn billed(id: &str, name: Option<&str>) -> String {
        ResourceId::of_bill(id, name).unwrap().0
    }

    #[test]
    fn a_node_and_its_bill_have_the_same_id() {
        let scale_set =
            "/subscriptions/S/resourceGroups/MC_rg/providers/Microsoft.Compute/virtualMachineScaleSets/aks-p";
        for (node, id, name) in [
            ("aws:///us-east-1a/i-0abc", "i-0abc", None),
            ("aws:///us-east-1a/i-0abc", "arn:aws:ec2:us-east-1:111122223333:instance/i-0abc", None),
            (
                "gce://shop/us-central1-a/gke-n",
                "//compute.googleapis.com/projects/shop/zones/us-central1-a/instances/gke-n",
                None,
            ),
            (
                "gce://shop/us-central1-a/gke-n",
                "//compute.googleapis.com/projects/shop/zones/us-central1-a/instances/77460984",
                Some("projects/1234/instances/gke-n"),
            ),
            (&format!("azure://{scale_set}/virtualMachines/3"), &format!("{scale_set}/virtualMachines/3"), None),
        ] {
            assert_eq!(ResourceId::of_node(node).unwrap().0, billed(id, name), "{node}");
        }
        let node = ResourceId::of_node(&format!("azure://{scale_set}/virtualMachines/3")).unwrap();
        assert_eq!(node.scale_set().unwrap().0, billed(&scale_set.to_uppercase(), None));
        for other in ["", "i-0abc", "kind://docker/x/y", "aws:///us-east-1a/fargate-ip-10-0-0-1", "gce://only/two"] {
            assert_eq!(ResourceId::of_node(other), None, "{other}");
        }
        assert_eq!(ResourceId::of_bill(" ", None), None);
    }

    #[test]
    fn an_id_tells_what_it_is_and_whose() {
        use ResourceKind::{ControlPlane, Disk, LoadBalancer, Machine, Other, Pod};
        for (id, kind, cluster) in [
            ("i-0abc", Machine, None),
            ("arn:aws:ec2:us-east-1:1:volume/vol-0abc", Disk, None),
            ("projects/shop/zones/us-central1-a/disks/pvc-1", Disk, None),
            ("/subscriptions/S/resourceGroups/rg/providers/Microsoft.Compute/disks/pvc-1", Disk, None),
            ("arn:aws:elasticloadbalancing:us-east-1:1:loadbalancer/net/a/1", LoadBalancer, None),
            ("arn:aws:eks:us-east-1:1:cluster/Shop", ControlPlane, Some("shop")),
            ("arn:aws:eks:us-east-1:1:pod/shop/web/web-1/0a", Pod, Some("shop")),
            (
                "/subscriptions/S/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/shop",
                ControlPlane,
                Some("shop"),
            ),
            ("//container.googleapis.com/projects/p/locations/us-central1/clusters/shop", ControlPlane, Some("shop")),
            ("arn:aws:rds:us-east-1:1:cluster:shop", Other, None),
            ("my-bucket", Other, None),
        ] {
            let found = ResourceId::of_bill(id, None).unwrap();
            assert_eq!((found.kind(), found.cluster_name()), (kind, cluster), "{id}");
        }
    }
}
