//! What a node offers to pods: capacity less what its distribution reserves. Exact integers throughout.
//!
//! In a live cluster `status.allocatable` is always better, and is what is read there.

use std::str::FromStr;

use super::memory_capacity::{MemoryCapacity, memory_capacity};
use super::{Distribution, InstanceType, Provider};
use crate::units::{Bytes, CpuMillis, ParseError};

/// Pods per node that the kubelet admits where nothing else is set (`KubeletConfiguration.maxPods`), and so GKE, kubeadm and k3s.
const KUBELET_MAX_PODS: u32 = 110;

/// `evictionHard: memory.available<100Mi`, the kubelet's default on Linux, kept by EKS, GKE and AKS: the scheduler may not use
/// what the kubelet would evict for.
const EVICTION: Bytes = Bytes::from_mib(100);

/// What pods may request on a node, DaemonSets included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocatable {
    /// CPU.
    pub cpu: CpuMillis,
    /// Memory that every node of the type offers, whatever its host and kernel: what plans are made with, so that no pod is
    /// planned on a node that refuses it.
    pub memory: Bytes,
    /// The expected memory.
    pub memory_estimate: Bytes,
    /// Pods.
    pub max_pods: u32,
}

/// The kubelet of the nodes: whose it is, and what it was told beside that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kubelet {
    /// Whose defaults hold.
    pub distribution: Distribution,
    /// The pod limit, where it is not the distribution's.
    pub max_pods: Option<MaxPods>,
    /// What is kept back, where it is not what the distribution reserves.
    pub reserved: Option<Reserved>,
}

/// The pod limit of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxPods {
    /// So many on every node.
    Number(u32),
    /// What the AWS CNI can address where it assigns prefixes of 16 addresses and not single ones, at most 110 below 30 vCPUs
    /// and 250 from there (awslabs/amazon-eks-ami, `max-pods-calculator.sh`).
    PrefixDelegation,
}

/// What kubelet and system keep from pods: `kube-reserved`, `system-reserved` and the hard eviction threshold together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// CPU.
    pub cpu: CpuMillis,
    /// Memory.
    pub memory: Bytes,
}

/// A number from 1, or `prefix-delegation`.
impl FromStr for MaxPods {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        match (text, text.parse()) {
            ("prefix-delegation", _) => Ok(Self::PrefixDelegation),
            (_, Ok(pods @ 1..)) => Ok(Self::Number(pods)),
            _ => Err(ParseError::new("a pod limit", text, "write a whole number from 1, or prefix-delegation")),
        }
    }
}

/// CPU and memory between a slash.
impl FromStr for Reserved {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let parts = text.split_once('/').and_then(|(cpu, memory)| cpu.parse().ok().zip(memory.parse().ok()));
        let (cpu, memory) = parts.ok_or_else(|| {
            ParseError::new("a reservation", text, "write CPU/MEMORY like 200m/1.5Gi: kube-reserved, system-reserved and the hard eviction threshold together")
        })?;
        Ok(Self { cpu, memory })
    }
}

impl Kubelet {
    /// With the distribution's own limits and reservations.
    pub const fn of(distribution: Distribution) -> Self {
        Self { distribution, max_pods: None, reserved: None }
    }
}

/// What a node of this type offers; a node too small for its own reservations offers 0.
pub fn allocatable(provider: Provider, instance: &InstanceType, kubelet: &Kubelet) -> Allocatable {
    let max_pods = max_pods(instance, kubelet);
    let MemoryCapacity { estimate, low } = match kubelet.distribution {
        // Windows reports the advertised memory less 460 KiB (nodes of 7 and 128 GiB alike).
        Distribution::AksWindows => {
            let seen = instance.memory.saturating_sub(Bytes::from_bytes(460 << 10));
            MemoryCapacity { estimate: seen, low: seen }
        }
        _ => memory_capacity(provider, instance),
    };
    let reserved = kubelet.reserved.unwrap_or_else(|| reserved(instance, kubelet.distribution, max_pods));
    Allocatable {
        cpu: CpuMillis::from_cores(instance.vcpu).saturating_sub(reserved.cpu),
        memory: low.saturating_sub(reserved.memory),
        memory_estimate: estimate.saturating_sub(reserved.memory),
        max_pods,
    }
}

/// What a distribution keeps back on a node of this type, the eviction threshold included.
fn reserved(instance: &InstanceType, distribution: Distribution, max_pods: u32) -> Reserved {
    let (vcpu, memory) = (instance.vcpu, instance.memory);
    match distribution {
        // The pod count is that of the type's interfaces whatever limit the node was given (nodeadm
        // `withDefaultReservedResources`, and `bootstrap.sh` of Amazon Linux 2: an m5.large that runs 110 pods reserves for 29).
        Distribution::Eks => {
            Reserved { cpu: core_ladder(vcpu), memory: eks_memory(instance.eni_max_pods.unwrap_or(max_pods)) }
        }
        Distribution::Bottlerocket => Reserved { cpu: core_ladder(vcpu), memory: eks_memory(max_pods) },
        Distribution::Gke => Reserved { cpu: gke_cpu(instance), memory: gke_memory(memory) },
        Distribution::Aks => Reserved { cpu: aks_cpu(vcpu), memory: aks_memory(memory, max_pods) },
        // `memory.available<750Mi` is the eviction threshold before 1.29; Windows nodes have none and keep 2 GiB for the system.
        Distribution::Aks128 => Reserved { cpu: aks_cpu(vcpu), memory: ladder(memory, 1024, Bytes::from_mib(750)) },
        Distribution::AksWindows => Reserved { cpu: aks_cpu(vcpu), memory: ladder(memory, 1024, Bytes::from_gib(2)) },
        Distribution::Kubelet => Reserved { cpu: CpuMillis::default(), memory: EVICTION },
        // k3s starts its kubelet with `eviction-hard=imagefs.available<5%,nodefs.available<5%`. A list given replaces the
        // default one, so memory.available<100Mi is gone and nothing is kept back (k3s `pkg/daemons/agent`).
        Distribution::K3s => Reserved { cpu: CpuMillis::default(), memory: Bytes::default() },
    }
}

/// Pods that a node of this type runs.
///
/// - EKS: what the AWS CNI can address ([`eni_max_pods`]); 110 where the type's interfaces are unknown, as nodeadm does.
/// - GKE, kubelet, k3s: 110.
/// - AKS: 110, the default of kubenet and of a network of one's own. The Azure CNI gives 250 with an overlay network and 30
///   without (Microsoft Learn, "AKSNodeClass configuration", `maxPods`), and the type says nothing about the network. Windows
///   nodes: 30, the default of the Azure CNI.
fn max_pods(instance: &InstanceType, kubelet: &Kubelet) -> u32 {
    match (kubelet.max_pods, kubelet.distribution) {
        (Some(MaxPods::Number(pods)), _) => pods,
        (Some(MaxPods::PrefixDelegation), _) => {
            let most = if instance.vcpu < 30 { KUBELET_MAX_PODS } else { 250 };
            instance
                .eni_max_pods
                .map_or(most, |single| single.saturating_sub(2).saturating_mul(16).saturating_add(2).min(most))
        }
        (None, Distribution::Eks | Distribution::Bottlerocket) => instance.eni_max_pods.unwrap_or(KUBELET_MAX_PODS),
        (None, Distribution::AksWindows) => 30,
        (None, _) => KUBELET_MAX_PODS,
    }
}

/// `ENIs × (addresses − 1) + 2`: the first address of an interface is the node's own, and `aws-node` and `kube-proxy` use the
/// host's network (awslabs/amazon-eks-ami, `max-pods-calculator.sh`). Addresses are IPv4 per interface of the default card.
pub const fn eni_max_pods(enis: u32, addresses_per_eni: u32) -> u32 {
    enis.saturating_mul(addresses_per_eni.saturating_sub(1)).saturating_add(2)
}

/// CPU that EKS and GKE reserve: 6 % of the first core, 1 % of the second, 0.5 % of the third and fourth, 0.25 % of each after
/// them (awslabs/amazon-eks-ami nodeadm `getCPUMillicoresToReserve`; Google "Plan node sizes").
///
/// Counted in quarter millicores and rounded up, as half a millicore more is not offered.
fn core_ladder(vcpu: u32) -> CpuMillis {
    let cores = u64::from(vcpu);
    let third_and_fourth = cores.clamp(2, 4) - 2;
    let quarters =
        240 * cores.min(1) + 40 * (cores.clamp(1, 2) - 1) + 20 * third_and_fourth + 10 * cores.saturating_sub(4);
    CpuMillis::from_millis(quarters.div_ceil(4))
}

/// Memory that EKS reserves: 255 MiB and 11 MiB for each pod (nodeadm `getMemoryMebibytesToReserve`), and the threshold. Exact
/// on 41 of 44 nodes of real clusters; the other three are images from before November 2019, which reserved the threshold alone.
fn eks_memory(pods: u32) -> Bytes {
    Bytes::from_mib(255 + 11 * u64::from(pods) + 100)
}

/// The e2 shared-core types, seen as two cores, keep 1060 millicores back (Google "Plan node sizes").
fn gke_cpu(instance: &InstanceType) -> CpuMillis {
    match instance.name.as_str() {
        "e2-micro" | "e2-small" | "e2-medium" => CpuMillis::from_millis(1060),
        _ => core_ladder(instance.vcpu),
    }
}

/// Memory that GKE reserves, of the advertised memory (Google "Plan node sizes"): 255 MiB below 1 GiB, else a ladder whose
/// brackets are thousands of MiB and not GiB, and the threshold. Exact on 38 of 38 nodes of real clusters.
fn gke_memory(memory: Bytes) -> Bytes {
    if memory < Bytes::from_gib(1) { Bytes::from_mib(255 + 100) } else { ladder(memory, 1000, EVICTION) }
}

/// 25 % of the first 4 units of advertised memory, 20 % of the next 4, 10 % of the next 8, 6 % of the next 112 and 2 % above
/// 128, in whole MiB, and a threshold. A unit has so many MiB.
fn ladder(memory: Bytes, unit_mib: u64, threshold: Bytes) -> Bytes {
    let mib = memory.bytes() >> 20;
    let steps = [(4, 25), (8, 20), (16, 10), (128, 6), (u64::MAX / unit_mib, 2)];
    let mut below = 0;
    let hundredths: u64 = steps
        .into_iter()
        .map(|(up_to, percent)| {
            let within = mib.min(up_to * unit_mib).saturating_sub(below);
            below = up_to * unit_mib;
            within * percent
        })
        .sum();
    let reserved = Bytes::from_mib(hundredths / 100);
    Bytes::from_bytes(reserved.bytes().saturating_add(threshold.bytes()))
}

/// CPU that AKS reserves (Microsoft "Node resource reservations", 2026-06): 60, 100, 140, 180, 260, 420, 740 millicores of
/// 1, 2, 4, 8, 16, 32, 64 cores; between these the published steps are straight: 40 for the second core, 20 for the third and
/// fourth, 10 for each after them.
fn aks_cpu(vcpu: u32) -> CpuMillis {
    let cores = u64::from(vcpu);
    let steps =
        [(60, cores.min(1)), (40, cores.clamp(1, 2) - 1), (20, cores.clamp(2, 4) - 2), (10, cores.saturating_sub(4))];
    CpuMillis::from_millis(steps.into_iter().map(|(millis, cores)| millis * cores).sum())
}

/// Memory that AKS 1.29 and later reserves (same page): 20 MiB for each pod the node may run and 50 MiB, but at most a quarter
/// of the advertised memory, and the threshold. The page writes MB; the kubelet flag that it becomes is in Mi.
fn aks_memory(memory: Bytes, max_pods: u32) -> Bytes {
    let quarter = (memory.bytes() >> 20) / 4;
    Bytes::from_mib((20 * u64::from(max_pods) + 50).min(quarter) + 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Arch;

    fn machine(vcpu: u32, gib: u64) -> InstanceType {
        InstanceType {
            name: "test".to_owned(),
            arch: Arch::Amd64,
            vcpu,
            memory: Bytes::from_gib(gib),
            gpu_count: 0,
            gpu_name: None,
            eni_max_pods: None,
        }
    }

    fn offered(distribution: Distribution, instance: &InstanceType) -> Allocatable {
        allocatable(Provider::Aws, instance, &Kubelet::of(distribution))
    }

    #[test]
    fn cpu() {
        for (vcpu, reserved) in [(1, 60), (2, 70), (4, 80), (8, 90), (16, 110), (5, 83), (96, 310), (0, 0)] {
            assert_eq!(core_ladder(vcpu).millis(), reserved, "{vcpu}");
        }
        for (vcpu, reserved) in [(1, 60), (2, 100), (4, 140), (8, 180), (16, 260), (32, 420), (64, 740), (0, 0)] {
            assert_eq!(aks_cpu(vcpu).millis(), reserved, "{vcpu}");
        }
        assert_eq!(offered(Distribution::K3s, &machine(4, 8)).cpu.millis(), 4000);
        let shared = |vcpu| InstanceType { name: "e2-small".to_owned(), ..machine(vcpu, 2) };
        assert_eq!(offered(Distribution::Gke, &shared(2)).cpu.millis(), 940);
        assert_eq!(offered(Distribution::Gke, &shared(1)).cpu.millis(), 0);
    }

    /// Google's and Microsoft's published formulas; a GKE node of 32 GiB reserves 3706 MiB (2i2c-org/infrastructure#2121).
    #[test]
    fn memory_that_is_reserved() {
        let mib = |bytes: Bytes| bytes.bytes() >> 20;
        for (gib, gke, aks, before) in
            [(4, 1119, 1124, 1774), (8, 1919, 2148, 2593), (16, 2723, 2350, 3412), (32, 3706, 2350, 4395)]
        {
            let memory = Bytes::from_gib(gib);
            assert_eq!(mib(gke_memory(memory)), gke, "{gib}");
            assert_eq!(mib(aks_memory(memory, 110)), aks, "{gib}");
            assert_eq!(mib(ladder(memory, 1024, Bytes::from_mib(750))), before, "{gib}");
        }
        assert_eq!(mib(gke_memory(Bytes::from_gib(128))), 9481);
        assert_eq!(mib(gke_memory(Bytes::from_mib(614))), 355);
        assert_eq!(mib(aks_memory(Bytes::from_gib(8), 30)), 750);
    }

    #[test]
    fn plain_kubelets() {
        let capacity = memory_capacity(Provider::Aws, &machine(2, 8));
        let kubelet = offered(Distribution::Kubelet, &machine(2, 8));
        assert_eq!(kubelet.memory_estimate, capacity.estimate.saturating_sub(EVICTION));
        let k3s = offered(Distribution::K3s, &machine(2, 8));
        assert_eq!((k3s.memory, k3s.memory_estimate), (capacity.low, capacity.estimate));
    }

    /// An m5.large with prefix delegation runs 110 pods, not 29 (awslabs/amazon-eks-ami#782).
    #[test]
    fn pods() {
        let pods = |distribution, instance: &InstanceType, max_pods| {
            allocatable(Provider::Aws, instance, &Kubelet { max_pods, ..Kubelet::of(distribution) }).max_pods
        };
        assert_eq!(pods(Distribution::Eks, &machine(2, 8), None), 110);
        let large = InstanceType { eni_max_pods: Some(eni_max_pods(3, 10)), ..machine(2, 8) };
        assert_eq!(pods(Distribution::Eks, &large, None), 29);
        assert_eq!(pods(Distribution::Gke, &large, None), 110);
        assert_eq!(pods(Distribution::Eks, &large, Some(MaxPods::PrefixDelegation)), 110);
        let medium = InstanceType { eni_max_pods: Some(eni_max_pods(2, 4)), ..machine(1, 2) };
        assert_eq!(pods(Distribution::Eks, &medium, Some(MaxPods::PrefixDelegation)), 98);
        let whole = InstanceType { eni_max_pods: Some(eni_max_pods(15, 50)), ..machine(96, 384) };
        assert_eq!(pods(Distribution::Eks, &whole, Some(MaxPods::PrefixDelegation)), 250);
        assert_eq!(pods(Distribution::Aks, &large, Some(MaxPods::Number(250))), 250);
    }

    /// Amazon Linux reserves for the type's own pod count, Bottlerocket for the limit that the node has.
    #[test]
    fn more_pods_reserve_more_only_on_bottlerocket() {
        let large = InstanceType { eni_max_pods: Some(29), ..machine(2, 8) };
        let dense = |distribution| {
            let kubelet = Kubelet { max_pods: Some(MaxPods::Number(110)), ..Kubelet::of(distribution) };
            allocatable(Provider::Aws, &large, &kubelet).memory_estimate
        };
        let usual = offered(Distribution::Eks, &large).memory_estimate;
        assert_eq!(dense(Distribution::Eks), usual);
        assert_eq!(dense(Distribution::Bottlerocket), usual.saturating_sub(Bytes::from_mib(11 * 81)));
    }

    #[test]
    fn reservations_that_are_given_replace_the_distributions() {
        let reserved = Reserved { cpu: CpuMillis::from_millis(500), memory: Bytes::from_gib(1) };
        let kubelet = Kubelet { reserved: Some(reserved), ..Kubelet::of(Distribution::Eks) };
        let node = allocatable(Provider::Aws, &machine(2, 8), &kubelet);
        let capacity = memory_capacity(Provider::Aws, &machine(2, 8));
        assert_eq!((node.cpu.millis(), node.memory), (1500, capacity.low.saturating_sub(Bytes::from_gib(1))));
    }

    #[test]
    fn a_node_too_small_offers_nothing() {
        let tiny = InstanceType { arch: Arch::Arm64, vcpu: 0, memory: Bytes::from_mib(32), ..machine(1, 1) };
        for distribution in Distribution::ALL {
            let kubelet = Kubelet { max_pods: Some(MaxPods::Number(u32::MAX)), ..Kubelet::of(distribution) };
            for provider in Provider::ALL {
                let offered = allocatable(provider, &tiny, &kubelet);
                assert_eq!((offered.cpu.millis(), offered.memory.bytes()), (0, 0), "{distribution} {provider}");
            }
        }
        let vast = InstanceType { vcpu: u32::MAX, memory: Bytes::from_bytes(u64::MAX), ..machine(1, 1) };
        for distribution in Distribution::ALL {
            assert!(offered(distribution, &vast).memory > Bytes::from_gib(1 << 30), "{distribution}");
        }
    }
}
