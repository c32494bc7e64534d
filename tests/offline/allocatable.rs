//! Allocatable resources of nodes, compared with those that real nodes reported and with published tables.

use capmodel::inputs::prices::Catalogue;
use capmodel::inputs::prices::PriceBook;
use capmodel::model::nodes::{
    Allocatable, Arch, Distribution, InstanceType, Kubelet, MaxPods, Provider, allocatable, eni_max_pods,
    memory_capacity,
};
use capmodel::units::{Bytes, CpuMillis};
use serde_json::Value;

use crate::support::binary::{capmodel, estimate, refused};

const ENIS: &str = include_str!("../../profiles/prices/eni-max-pods.csv");
const EKS: &str = include_str!("../../fixtures/eks-allocatable.csv");
/// Allocatable resources that nodes of real clusters reported. Each row states its source: issue threads, documentation
/// and node dumps in public repositories.
const REAL: &str = include_str!("../../fixtures/real-nodes.csv");

/// The rows of a table, each as a lookup by column name.
pub(crate) fn rows(text: &str) -> Vec<impl Fn(&str) -> String> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let field = |record: csv::StringRecord, header: csv::StringRecord| {
        move |column: &str| record[header.iter().position(|name| name == column).unwrap()].to_owned()
    };
    reader.records().map(|record| field(record.unwrap(), header.clone())).collect()
}

/// Karpenter's table of allocatable resources of EKS nodes (half of its rows): CPU exact to the millicore, and every
/// pod limit. Its memory is an estimate for scheduling, 7.5 % below the advertised memory, and not the kubelet's value.
#[test]
fn cpu_and_pods_of_eks_nodes_equal_karpenters_table() {
    let catalogue = Catalogue::embedded();
    for row in rows(EKS) {
        let name = row("instance_type");
        let instance = InstanceType {
            arch: row("arch").parse::<Arch>().unwrap(),
            vcpu: row("vcpu").parse().unwrap(),
            memory: Bytes::from_mib(row("memory_mib").parse().unwrap()),
            gpu_count: 0,
            gpu_name: None,
            eni_max_pods: catalogue.eni_max_pods(&name),
            name,
        };
        let offered = allocatable(Provider::Aws, &instance, &Kubelet::of(Distribution::Eks));
        let name = &instance.name;
        assert_eq!(offered.cpu, row("allocatable_cpu").parse::<CpuMillis>().unwrap(), "{name}");
        assert_eq!(offered.max_pods.to_string(), row("max_pods"), "{name}");
    }
}

#[test]
fn max_pods_follow_the_network_interfaces() {
    let catalogue = Catalogue::embedded();
    for row in rows(ENIS) {
        let (name, stated) = (row("instance_type"), row("max_pods").parse().unwrap());
        let (enis, addresses) = (row("default_card_enis").parse().unwrap(), row("ipv4_per_eni").parse().unwrap());
        assert_eq!(eni_max_pods(enis, addresses), stated, "{name}");
        assert_eq!(catalogue.eni_max_pods(&name), Some(stated), "{name}");
        // The list has no cores, or no prefixes, for a few old types.
        let recommended = row("max_pods_prefix_delegation_recommended");
        let Some(vcpu) = row("vcpu").parse().ok().filter(|_| !recommended.is_empty()) else { continue };
        let prefixes = Kubelet { max_pods: Some(MaxPods::PrefixDelegation), ..Kubelet::of(Distribution::Eks) };
        let machine = shape(&name, Arch::Amd64, vcpu, Bytes::from_gib(1024));
        assert_eq!(allocatable(Provider::Aws, &machine, &prefixes).max_pods.to_string(), recommended, "{name}");
    }
    assert_eq!(catalogue.eni_max_pods("m6i.largest"), None);
}

fn shape(name: &str, arch: Arch, vcpu: u32, memory: Bytes) -> InstanceType {
    let eni_max_pods = Catalogue::embedded().eni_max_pods(name);
    InstanceType { name: name.to_owned(), arch, vcpu, memory, gpu_count: 0, gpu_name: None, eni_max_pods }
}

/// The Xen families are those that the list of AWS's network interfaces calls so, and have their own formula: 0.983 of
/// an m4.large's 8 GiB less 112 MiB, and 0.968 of an m6i.large's less 152 MiB.
#[test]
fn memory_differs_between_xen_and_nitro() {
    let estimate =
        |name: &str, mib| memory_capacity(Provider::Aws, &shape(name, Arch::Amd64, 2, Bytes::from_mib(mib))).estimate;
    let mib = |bytes: Bytes| bytes.bytes() >> 20;
    for row in rows(ENIS).iter().filter(|row| row("hypervisor") == "xen") {
        assert_eq!(mib(estimate(&row("instance_type"), 8192)), 7940, "{}", row("instance_type"));
    }
    assert_eq!(mib(estimate("m6i.large", 8192)), 7777);
    assert_eq!(mib(estimate("i4i.large", 2048)), 1894, "no bounce buffers at 2 GiB");
}

/// A node of the table with its type from the catalogue.
struct Real {
    provider: Provider,
    instance: InstanceType,
    distribution: String,
    version: Option<u32>,
    image: String,
    source: String,
    capacity: Option<Bytes>,
    allocatable: Option<Bytes>,
    max_pods: Option<u32>,
}

/// Retired types that no longer have a price: cores and GiB (Microsoft Learn, NC series).
const RETIRED: [(&str, u32, u64); 2] = [("Standard_NC6", 6, 56), ("Standard_NC12", 12, 112)];

fn real_nodes() -> Vec<Real> {
    let book = PriceBook::embedded();
    let all = rows(REAL).into_iter().map(|row| {
        let provider: Provider = row("provider").parse().unwrap();
        let name = row("instance_type");
        let known = book.everywhere(provider, &name).into_iter().next().map(|(_, offering)| offering.instance);
        let retired = RETIRED.iter().find(|(retired, ..)| *retired == name);
        let retired = || retired.map(|(_, vcpu, gib)| shape(&name, Arch::Amd64, *vcpu, Bytes::from_gib(*gib)));
        let kib = |column: &str| row(column).parse().ok().map(|kib: u64| Bytes::from_bytes(kib << 10));
        let version = row("kubelet_version");
        Real {
            provider,
            instance: known.or_else(retired).unwrap_or_else(|| panic!("{name}")),
            distribution: row("distribution"),
            version: version.split('.').nth(1).and_then(|minor| minor.parse().ok()),
            image: row("os_image"),
            source: row("source"),
            capacity: kib("capacity_memory_ki"),
            allocatable: kib("allocatable_memory_ki"),
            max_pods: row("pods").parse().ok(),
        }
    });
    all.collect()
}

impl Real {
    /// Distribution whose reservation applies; `None` if its operator set a reservation.
    fn distributions(&self) -> &'static [Distribution] {
        let early = ["before AMI v20191119", "2019-10)", "2018-09)"].iter().any(|mark| self.source.contains(mark));
        let own = self.source.contains("raised to 1000Mi");
        // The AKS ladder applies from version 1.12.
        match (self.distribution.as_str(), self.version) {
            ("EKS", _) if early => &[],
            ("EKS", _) if self.image.starts_with("Bottlerocket") => &[Distribution::Bottlerocket],
            ("EKS", _) => &[Distribution::Eks],
            ("GKE" | "GKE 1.25" | "GKE Autopilot NAP", _) => &[Distribution::Gke],
            ("AKS", Some(..12)) => &[],
            ("AKS", Some(12..29)) => &[Distribution::Aks128],
            ("AKS", Some(_)) => &[Distribution::Aks],
            // The version of these nodes is unknown.
            ("AKS", None) if !own => &[Distribution::Aks, Distribution::Aks128],
            ("AKS Windows", _) => &[Distribution::AksWindows],
            _ => &[],
        }
    }

    fn offered(&self, distribution: Distribution) -> Allocatable {
        let max_pods = self.max_pods.map(MaxPods::Number);
        allocatable(self.provider, &self.instance, &Kubelet { max_pods, ..Kubelet::of(distribution) })
    }

    /// Memory that the formula reserves.
    fn reserved(&self, distribution: Distribution) -> Bytes {
        let capacity = match distribution {
            Distribution::AksWindows => self.instance.memory.saturating_sub(Bytes::from_bytes(460 << 10)),
            _ => memory_capacity(self.provider, &self.instance).estimate,
        };
        capacity.saturating_sub(self.offered(distribution).memory_estimate)
    }

    /// Memory that the node reserves.
    fn reserves(&self) -> Option<Bytes> {
        Some(self.capacity?.saturating_sub(self.allocatable?))
    }

    /// Distribution whose reservation the node has.
    fn is_of(&self) -> Option<Distribution> {
        let reserves = self.reserves();
        let near = |d: &Distribution| {
            // Some rows are printed in thousandths of a GiB.
            reserves.is_none_or(|real| self.reserved(*d).bytes().abs_diff(real.bytes()) <= 1 << 20)
        };
        self.distributions().iter().copied().find(near)
    }

    /// Whether the row is about a Linux image that is still released.
    fn is_current(&self) -> bool {
        let current =
            ["Amazon Linux 2023", "Bottlerocket", "COS, kernel 5", "COS, kernel 6", "Ubuntu 22.04", "Windows"];
        current.iter().any(|image| self.image.starts_with(image))
    }
}

/// Exact to the MiB on every node whose operator did not set its own.
#[test]
fn reserved_resources_match_real_nodes() {
    let mut checked = 0;
    for node in real_nodes().iter().filter(|node| node.reserves().is_some() && !node.distributions().is_empty()) {
        assert!(node.is_of().is_some(), "{} {} reserves {:?}", node.instance.name, node.source, node.reserves());
        checked += 1;
    }
    assert!(checked > 50, "{checked}");
}

/// The estimate is within 1 % on current images, 1.4 % on others, and the low end at most 0.6 % above what a node
/// offers.
#[test]
fn allocatable_memory_matches_real_nodes() {
    let mut checked = 0;
    for node in &real_nodes() {
        let Some((real, distribution)) = node.allocatable.zip(node.is_of()) else { continue };
        let offered = node.offered(distribution);
        let error = |ours: Bytes| ours.as_f64() / real.as_f64() - 1.0;
        let bound = if node.is_current() { 0.01 } else { 0.014 };
        let name = &node.instance.name;
        assert!(
            error(offered.memory_estimate).abs() <= bound,
            "{name}: {} ({})",
            error(offered.memory_estimate),
            node.source
        );
        assert!(error(offered.memory) <= 0.006, "{name}: {} ({})", error(offered.memory), node.source);
        checked += 1;
    }
    assert!(checked > 60, "{checked}");
}

/// The capacity depends on the machine, not on the distribution.
#[test]
fn capacity_matches_real_nodes() {
    for node in real_nodes().iter().filter(|node| node.distribution != "AKS Windows") {
        let Some(real) = node.capacity else { continue };
        let capacity = memory_capacity(node.provider, &node.instance);
        let error = |ours: Bytes| ours.as_f64() / real.as_f64() - 1.0;
        let name = &node.instance.name;
        assert!(error(capacity.estimate).abs() <= 0.013, "{name}: {} ({})", error(capacity.estimate), node.source);
        // Other images (OpenShift) reserve a little more.
        assert!(error(capacity.low) <= 0.001, "{name}: {} ({})", error(capacity.low), node.source);
    }
}

/// kubernetes-sigs/karpenter#692: a c5.large has 3106640Ki allocatable, so a pod of 3000Mi stays pending next to
/// DaemonSets with 100Mi.
#[test]
fn no_pod_is_planned_on_a_node_without_room_for_it() {
    let arguments = [
        "estimate",
        "--rps",
        "10",
        "--cpu-request",
        "1600m",
        "--memory-request",
        "3000Mi",
        "--daemonset-overhead",
        "225m/100Mi/5",
        "--instance-type",
        "c5.large",
        "--samples",
        "0",
    ];
    let output = capmodel(&arguments).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("No nodes for") && text.contains("c5.large, is short of memory (needs 2.9"), "{text}");
}

/// aws/karpenter-provider-aws#6611: an i4i.32xlarge has 1007423Mi allocatable, and four pods of 240954Mi run on it.
#[test]
fn a_node_is_filled_completely() {
    let document = estimate(&[
        "--rps",
        "40",
        "--profile",
        "go-gin",
        "--policy",
        "steady",
        "--replicas",
        "4",
        "--cpu-request",
        "31",
        "--memory-request",
        "240954Mi",
        "--instance-type",
        "i4i.32xlarge",
        "--daemonset-overhead",
        "0/0/0",
        "--samples",
        "0",
    ]);
    let nodes = &document["estimates"][0]["nodes"][0];
    assert_eq!((&nodes["instance_type"], &nodes["count"]), (&"i4i.32xlarge".into(), &1.into()));
}

fn shown(arguments: &[&str]) -> Value {
    let arguments = [&["prices", "show", "--format", "json"], arguments].concat();
    let output = capmodel(&arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn kubelet_settings_can_be_given() {
    let large = ["m5.large", "--region", "us-east-1"];
    let usual = shown(&large);
    assert_eq!(usual["max_pods"], 29);
    let (expected, low) = (usual["allocatable_memory_bytes"].as_u64(), usual["allocatable_memory_low_bytes"].as_u64());
    assert!(low < expected, "{usual}");
    let dense = shown(&[&large[..], &["--max-pods", "prefix-delegation"]].concat());
    assert_eq!((&dense["max_pods"], dense["allocatable_memory_bytes"].as_u64()), (&110.into(), expected));
    let own = shown(&[&large[..], &["--node-reserved", "500m/1Gi", "--max-pods", "50"]].concat());
    assert_eq!((&own["max_pods"], &own["allocatable_cpu_millis"]), (&50.into(), &1500.into()));
    for (arguments, said) in [
        (["--max-pods", "0"], "a whole number from 1, or prefix-delegation"),
        (["--node-reserved", "1Gi"], "expected CPU/MEMORY, the sum of"),
    ] {
        let (code, message) = refused(&[&["prices", "show"], &large[..], &arguments].concat());
        assert!(code == 2 && message.contains(said), "{message}");
    }
    let arguments = ["prices", "show", "n2-standard-4", "--region", "us-central1", "--max-pods", "prefix-delegation"];
    let (code, message) = refused(&arguments);
    assert!(code == 3 && message.contains("only available with the AWS VPC CNI"), "{message}");
    // For small pods, the pod limit determines the number of nodes.
    let nodes = |more: &[&str]| {
        let plan = [
            "--rps",
            "100",
            "--profile",
            "go-gin",
            "--policy",
            "steady",
            "--replicas",
            "100",
            "--cpu-request",
            "10m",
            "--memory-request",
            "32Mi",
            "--instance-type",
            "m5.large",
            "--samples",
            "0",
        ];
        estimate(&[&plan, more].concat())["estimates"][0]["nodes"][0]["count"].as_u64().unwrap()
    };
    assert_eq!((nodes(&[]), nodes(&["--max-pods", "prefix-delegation"])), (4, 1));
}
