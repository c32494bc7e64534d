//! Allocatable capacity of a node: capacity less the reservations of its distribution, in exact integers.
//!
//! In a live cluster `status.allocatable` is used instead, because it is always more accurate.

use std::str::FromStr;

use super::MemoryCapacity;
use super::{Distribution, InstanceType, Provider};
use crate::model::nodes::memory_capacity::memory_capacity;
use crate::units::{Bytes, CpuMillis, ParseError};

/// Default limit of pods per node (`KubeletConfiguration.maxPods`), which GKE, kubeadm and k3s use.
const KUBELET_MAX_PODS: u32 = 110;

/// `evictionHard: memory.available<100Mi`, the kubelet's default on Linux, which EKS, GKE and AKS keep: the scheduler
/// must not use memory below the eviction threshold.
const EVICTION: Bytes = Bytes::from_mib(100);

/// Resources that pods may request on a node, including DaemonSets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allocatable {
    /// Amount of CPU in millicores.
    pub cpu: CpuMillis,
    /// Lower bound of the allocatable memory over all hosts and kernels of the type: plans use it, so that no pod is
    /// planned on a node that rejects it.
    pub memory: Bytes,
    /// Expected allocatable memory in bytes.
    pub memory_estimate: Bytes,
    /// Maximum number of pods.
    pub max_pods: u32,
}

/// Kubelet configuration of the nodes: the distribution and overrides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kubelet {
    /// Distribution whose defaults apply.
    pub distribution: Distribution,
    /// Override of the distribution's pod limit.
    pub max_pods: Option<MaxPods>,
    /// Override of the distribution's reservation.
    pub reserved: Option<Reserved>,
}

/// The maximum number of pods on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxPods {
    /// The same number on every node.
    Number(u32),
    /// The number that the AWS CNI can address with prefixes of 16 addresses instead of single addresses, at most 110
    /// below 30 vCPUs and 250 from 30 (awslabs/amazon-eks-ami, `max-pods-calculator.sh`).
    PrefixDelegation,
}

/// Resources reserved from pods: `kube-reserved`, `system-reserved` and the hard eviction threshold together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// Amount of CPU in millicores.
    pub cpu: CpuMillis,
    /// Amount of memory in bytes.
    pub memory: Bytes,
}

/// Parses a number from 1, or `prefix-delegation`.
impl FromStr for MaxPods {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        match (text, text.parse()) {
            ("prefix-delegation", _) => Ok(Self::PrefixDelegation),
            (_, Ok(pods @ 1..)) => Ok(Self::Number(pods)),
            _ => Err(ParseError::new("a pod limit", text, "expected a whole number from 1, or prefix-delegation")),
        }
    }
}

/// Parses CPU and memory separated by a slash.
impl FromStr for Reserved {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let parts = text.split_once('/').and_then(|(cpu, memory)| cpu.parse().ok().zip(memory.parse().ok()));
        let (cpu, memory) = parts.ok_or_else(|| {
            ParseError::new("a reservation", text, "expected CPU/MEMORY, the sum of kube-reserved, system-reserved and the hard eviction threshold, for example 200m/1.5Gi")
        })?;
        Ok(Self { cpu, memory })
    }
}

impl Kubelet {
    /// A kubelet with the limits and reservations of its distribution.
    pub const fn of(distribution: Distribution) -> Self {
        Self { distribution, max_pods: None, reserved: None }
    }
}

/// Allocatable capacity of a node of this type; zero if the node is smaller than its reservations.
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

/// Reservation of a distribution on a node of this type, including the eviction threshold.
fn reserved(instance: &InstanceType, distribution: Distribution, max_pods: u32) -> Reserved {
    let (vcpu, memory) = (instance.vcpu, instance.memory);
    match distribution {
        // The reservation uses the pod count of the type's interfaces, whatever limit the node was given (nodeadm
        // `withDefaultReservedResources`, and `bootstrap.sh` of Amazon Linux 2: an m5.large that runs 110 pods
        // reserves for 29).
        Distribution::Eks => {
            Reserved { cpu: core_ladder(vcpu), memory: eks_memory(instance.eni_max_pods.unwrap_or(max_pods)) }
        }
        Distribution::Bottlerocket => Reserved { cpu: core_ladder(vcpu), memory: eks_memory(max_pods) },
        Distribution::Gke => Reserved { cpu: gke_cpu(instance), memory: gke_memory(memory) },
        Distribution::Aks => Reserved { cpu: aks_cpu(vcpu), memory: aks_memory(memory, max_pods) },
        // `memory.available<750Mi` was the eviction threshold before 1.29; Windows nodes have none and reserve 2 GiB
        // for the system.
        Distribution::Aks128 => Reserved { cpu: aks_cpu(vcpu), memory: ladder(memory, 1024, Bytes::from_mib(750)) },
        Distribution::AksWindows => Reserved { cpu: aks_cpu(vcpu), memory: ladder(memory, 1024, Bytes::from_gib(2)) },
        Distribution::Kubelet => Reserved { cpu: CpuMillis::default(), memory: EVICTION },
        // k3s starts its kubelet with `eviction-hard=imagefs.available<5%,nodefs.available<5%`. An explicit list
        // replaces the default one, so memory.available<100Mi does not apply and nothing is reserved (k3s
        // `pkg/daemons/agent`).
        Distribution::K3s => Reserved { cpu: CpuMillis::default(), memory: Bytes::default() },
    }
}

/// Maximum number of pods on a node of this type.
///
/// - EKS: the number that the AWS CNI can address ([`eni_max_pods`]); 110 if the type's interfaces are unknown, like
///   nodeadm.
/// - GKE, kubelet, k3s: 110.
/// - AKS: 110, the default of kubenet and of a bring-your-own CNI. The Azure CNI defaults to 250 with an overlay
///   network and 30 without (Microsoft Learn, "AKSNodeClass configuration", `maxPods`), but the network is not known
///   from the type. Windows nodes: 30, the default of the Azure CNI.
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

/// `ENIs × (addresses − 1) + 2`: the first address of an interface is the node's own, and `aws-node` and `kube-proxy`
/// use the host network (awslabs/amazon-eks-ami, `max-pods-calculator.sh`). Addresses are IPv4 addresses per
/// interface of the default network card.
pub const fn eni_max_pods(enis: u32, addresses_per_eni: u32) -> u32 {
    enis.saturating_mul(addresses_per_eni.saturating_sub(1)).saturating_add(2)
}

/// CPU that EKS and GKE reserve: 6 % of the first core, 1 % of the second, 0.5 % of the third and fourth, 0.25 % of
/// each further core (awslabs/amazon-eks-ami nodeadm `getCPUMillicoresToReserve`; Google "Plan node sizes").
///
/// Computed in quarter millicores and rounded up, because a fraction of a millicore is not allocatable.
fn core_ladder(vcpu: u32) -> CpuMillis {
    let cores = u64::from(vcpu);
    let third_and_fourth = cores.clamp(2, 4) - 2;
    let quarters =
        240 * cores.min(1) + 40 * (cores.clamp(1, 2) - 1) + 20 * third_and_fourth + 10 * cores.saturating_sub(4);
    CpuMillis::from_millis(quarters.div_ceil(4))
}

/// Memory that EKS reserves: 255 MiB plus 11 MiB per pod (nodeadm `getMemoryMebibytesToReserve`), plus the eviction
/// threshold. Exact on 41 of 44 nodes of real clusters; the other three use images from before November 2019, which
/// only reserved the threshold.
fn eks_memory(pods: u32) -> Bytes {
    Bytes::from_mib(255 + 11 * u64::from(pods) + 100)
}

/// The e2 shared-core types, which appear as two cores, reserve 1060 millicores (Google "Plan node sizes").
fn gke_cpu(instance: &InstanceType) -> CpuMillis {
    match instance.name.as_str() {
        "e2-micro" | "e2-small" | "e2-medium" => CpuMillis::from_millis(1060),
        _ => core_ladder(instance.vcpu),
    }
}

/// Memory that GKE reserves, based on the advertised memory (Google "Plan node sizes"): 255 MiB below 1 GiB,
/// otherwise graduated shares whose brackets are multiples of 1000 MiB rather than GiB; plus the eviction threshold.
/// Exact on 38 of 38 nodes of real clusters.
fn gke_memory(memory: Bytes) -> Bytes {
    if memory < Bytes::from_gib(1) { Bytes::from_mib(255 + 100) } else { ladder(memory, 1000, EVICTION) }
}

/// 25 % of the first 4 units of advertised memory, 20 % of the next 4, 10 % of the next 8, 6 % of the next 112 and 2
/// % above 128, in whole MiB, plus a threshold. A unit is `unit_mib` MiB.
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

/// CPU that AKS reserves (Microsoft "Node resource reservations", 2026-06): 60, 100, 140, 180, 260, 420, 740
/// millicores for 1, 2, 4, 8, 16, 32, 64 cores, linear in between: 40 for the second core, 20 for the third and
/// fourth, 10 for each further core.
fn aks_cpu(vcpu: u32) -> CpuMillis {
    let cores = u64::from(vcpu);
    let steps =
        [(60, cores.min(1)), (40, cores.clamp(1, 2) - 1), (20, cores.clamp(2, 4) - 2), (10, cores.saturating_sub(4))];
    CpuMillis::from_millis(steps.into_iter().map(|(millis, cores)| millis * cores).sum())
}

/// Memory that AKS 1.29 and later reserves (same page): 20 MiB per pod that the node may run plus 50 MiB, but at most a
/// quarter of the advertised memory; plus the eviction threshold. The page says MB; the resulting kubelet flag is in
/// Mi.
fn aks_memory(memory: Bytes, max_pods: u32) -> Bytes {
    let quarter = (memory.bytes() >> 20) / 4;
    Bytes::from_mib((20 * u64::from(max_pods) + 50).min(quarter) + 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::nodes::Arch;

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
    fn reserved_cpu_matches_published_values() {
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

    /// Google's and Microsoft's published formulas; a GKE node of 32 GiB reserves 3706 MiB
    /// (2i2c-org/infrastructure#2121).
    #[test]
    fn reserved_memory_matches_published_values() {
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
    fn plain_kubelets_reserve_at_most_the_eviction_threshold() {
        let capacity = memory_capacity(Provider::Aws, &machine(2, 8));
        let kubelet = offered(Distribution::Kubelet, &machine(2, 8));
        assert_eq!(kubelet.memory_estimate, capacity.estimate.saturating_sub(EVICTION));
        let k3s = offered(Distribution::K3s, &machine(2, 8));
        assert_eq!((k3s.memory, k3s.memory_estimate), (capacity.low, capacity.estimate));
    }

    /// An m5.large with prefix delegation runs 110 pods, not 29 (awslabs/amazon-eks-ami#782).
    #[test]
    fn pods_per_node_follow_the_distribution() {
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

    /// Amazon Linux reserves for the type's own pod count, Bottlerocket for the configured limit of the node.
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
    fn given_reservations_override_those_of_the_distribution() {
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
