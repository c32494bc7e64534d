//! What a node offers to pods: capacity minus what its distribution reserves. Exact integers throughout.
//!
//! Memory is the nominal memory of the instance type; in a live cluster `status.allocatable` is always better.

use super::{Arch, Distribution, InstanceType};
use crate::units::{Bytes, CpuMillis};

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
    /// Memory.
    pub memory: Bytes,
    /// Pods.
    pub max_pods: u32,
}

/// What a node of this type offers; a node too small for its own reservations offers 0.
///
/// `max_pods_override` replaces the default of [`max_pods`], for example 110 with prefix delegation on EKS or 250 with an
/// overlay network on AKS; the memory that EKS and AKS reserve follows it.
pub fn allocatable(distribution: Distribution, instance: &InstanceType, max_pods_override: Option<u32>) -> Allocatable {
    let max_pods = max_pods_override.unwrap_or_else(|| max_pods(distribution, instance));
    let capacity = CpuMillis::from_cores(instance.vcpu);
    let memory = instance.memory;
    let (cpu_reserved, memory) = match distribution {
        Distribution::Eks => (core_ladder(instance.vcpu), eks_memory(instance, max_pods)),
        Distribution::Gke => (gke_cpu(instance), gke_memory(instance)),
        Distribution::Aks => (aks_cpu(instance.vcpu), aks_memory(memory, max_pods)),
        Distribution::Kubelet => (CpuMillis::default(), memory.saturating_sub(EVICTION)),
        // k3s starts its kubelet with `eviction-hard=imagefs.available<5%,nodefs.available<5%`. A list given replaces the
        // default one, so memory.available<100Mi is gone and nothing is kept back (k3s `pkg/daemons/agent`).
        Distribution::K3s => (CpuMillis::default(), memory),
    };
    Allocatable { cpu: capacity.saturating_sub(cpu_reserved), memory, max_pods }
}

/// Pods that a node of this type runs by default.
///
/// - EKS: what the AWS CNI can address ([`eni_max_pods`]); 110 where the type's interfaces are unknown, as nodeadm does.
/// - GKE, kubelet, k3s: 110.
/// - AKS: 110, the default of kubenet and of a network of one's own. The Azure CNI gives 250 with an overlay network and 30
///   without (Microsoft Learn, "AKSNodeClass configuration", `maxPods`), and the type says nothing about the network.
pub fn max_pods(distribution: Distribution, instance: &InstanceType) -> u32 {
    match distribution {
        Distribution::Eks => instance.eni_max_pods.unwrap_or(KUBELET_MAX_PODS),
        Distribution::Gke | Distribution::Aks | Distribution::Kubelet | Distribution::K3s => KUBELET_MAX_PODS,
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

/// Memory that EKS offers (nodeadm `getMemoryMebibytesToReserve`, Karpenter `pkg/providers/instancetype/types.go`), in MiB:
/// - 64 MiB are taken by the firmware of Graviton machines;
/// - 7.5 % of the rest, rounded up, is what Karpenter assumes hypervisor and kernel to take (`VM_MEMORY_OVERHEAD_PERCENT`);
/// - 255 MiB and 11 MiB for each pod the node may run are reserved for kubelet and container runtime;
/// - 100 MiB is the eviction threshold.
fn eks_memory(instance: &InstanceType, max_pods: u32) -> Bytes {
    let nominal = instance.memory.bytes() >> 20;
    let nominal = if instance.arch == Arch::Arm64 { nominal.saturating_sub(64) } else { nominal };
    let seen = nominal - (nominal * 3).div_ceil(40);
    Bytes::from_mib(seen.saturating_sub(255 + 11 * u64::from(max_pods))).saturating_sub(EVICTION)
}

/// The e2 shared-core types, seen as two cores, keep 1060 millicores back (Google "Plan node sizes").
fn gke_cpu(instance: &InstanceType) -> CpuMillis {
    match instance.name.as_str() {
        "e2-micro" | "e2-small" | "e2-medium" => CpuMillis::from_millis(1060),
        _ => core_ladder(instance.vcpu),
    }
}

/// Memory that GKE offers: the nominal memory without what the kernel holds back, what GKE reserves and the eviction threshold.
///
/// Google's published tables start from the nominal memory; a node's real `status.capacity` is below it by
/// [`gke_kernel_reserved`], so that is taken too, as cluster-autoscaler does when it predicts a node.
fn gke_memory(instance: &InstanceType) -> Bytes {
    let offered = instance.memory.saturating_sub(gke_kube_reserved(instance.memory)).saturating_sub(EVICTION);
    offered.saturating_sub(gke_kernel_reserved(instance.memory, instance.arch))
}

/// Memory that GKE reserves for its own agents (Google "Plan node sizes"): 255 MiB of a machine of at most 1 GiB; else 25 % of
/// the first 4 GiB, 20 % of the next 4, 10 % of the next 8, 6 % of the next 112 and 2 % above 128. Rounded up to a byte.
fn gke_kube_reserved(memory: Bytes) -> Bytes {
    const GIB: u64 = 1 << 30;
    if memory.bytes() <= GIB {
        return Bytes::from_mib(255);
    }
    let steps = [(4, 25), (8, 20), (16, 10), (128, 6), (u64::MAX / GIB, 2)];
    let mut below = 0;
    let hundredths: u128 = steps
        .into_iter()
        .map(|(up_to, percent)| {
            let within = memory.bytes().min(up_to * GIB).saturating_sub(below);
            below = up_to * GIB;
            u128::from(within) * percent
        })
        .sum();
    Bytes::from_bytes(u64::try_from(hundredths.div_ceil(100)).unwrap_or(u64::MAX))
}

/// Memory that the kernel of a Google machine with Container-Optimized OS holds back before the kubelet sees it
/// (kubernetes/autoscaler `gce_reserved.go`, `CalculateKernelReserved`):
/// - 1/64 for page tables and the like, and 16 MiB;
/// - 64 MiB of bounce buffers (software IO TLB) above 3 GiB, where 64-bit addresses are needed;
/// - 8 MiB up to 8 GiB, and 0.175 % but at most 248 MiB: corrections that its authors fitted to real nodes;
/// - on arm64 the sum × 0.9971, fitted too, rounded to the nearest byte.
pub fn gke_kernel_reserved(memory: Bytes, arch: Arch) -> Bytes {
    let bytes = memory.bytes();
    let mut reserved = bytes / 64 + (16 << 20);
    if bytes > 3 << 30 {
        reserved += 64 << 20;
    }
    if bytes <= 8 << 30 {
        reserved += 8 << 20;
    }
    // 0.175 % is 7 of 4000.
    reserved += (bytes / 4000 * 7 + bytes % 4000 * 7 / 4000).min(248 << 20);
    let scaled = (u128::from(reserved) * 9971 + 5000) / 10_000;
    Bytes::from_bytes(if arch == Arch::Arm64 { u64::try_from(scaled).unwrap_or(u64::MAX) } else { reserved })
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

/// Memory that AKS 1.29 and later offers (same page): less 20 MiB for each pod the node may run and 50 MiB, but at most a
/// quarter of the memory, and less the eviction threshold. The page writes MB; the kubelet flag that it becomes is in Mi.
fn aks_memory(memory: Bytes, max_pods: u32) -> Bytes {
    let reserved = Bytes::from_mib(20 * u64::from(max_pods) + 50).min(Bytes::from_bytes(memory.bytes() / 4));
    memory.saturating_sub(reserved).saturating_sub(EVICTION)
}

#[cfg(test)]
mod tests {
    use super::*;

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

    /// To the nearest MiB, as the published tables are.
    fn mib(bytes: Bytes) -> u64 {
        (bytes.bytes() + (1 << 19)) >> 20
    }

    #[test]
    fn cpu() {
        for (vcpu, reserved) in [(1, 60), (2, 70), (4, 80), (8, 90), (16, 110), (5, 83), (96, 310), (0, 0)] {
            assert_eq!(core_ladder(vcpu).millis(), reserved, "{vcpu}");
        }
        for (vcpu, reserved) in [(1, 60), (2, 100), (4, 140), (8, 180), (16, 260), (32, 420), (64, 740), (0, 0)] {
            assert_eq!(aks_cpu(vcpu).millis(), reserved, "{vcpu}");
        }
        assert_eq!(allocatable(Distribution::K3s, &machine(4, 8), None).cpu.millis(), 4000);
        let shared = |vcpu| InstanceType { name: "e2-small".to_owned(), ..machine(vcpu, 2) };
        assert_eq!(allocatable(Distribution::Gke, &shared(2), None).cpu.millis(), 940);
        assert_eq!(allocatable(Distribution::Gke, &shared(1), None).cpu.millis(), 0);
    }

    /// The worked table of Google's and Microsoft's formulas, without the kernel's part.
    #[test]
    fn memory_of_the_published_formulas() {
        for (gib, gke, aks) in [(8, 6249, 6044), (16, 13_622, 14_034), (32, 29_023, 30_418), (64, 59_824, 63_186)] {
            let memory = Bytes::from_gib(gib);
            assert_eq!(mib(memory.saturating_sub(gke_kube_reserved(memory)).saturating_sub(EVICTION)), gke, "{gib}");
            assert_eq!(mib(aks_memory(memory, 110)), aks, "{gib}");
        }
        assert_eq!(gke_kube_reserved(Bytes::from_gib(1)), Bytes::from_mib(255));
        // 2662.4 + 6720 × 1.024 + 2 % of 128 GiB
        assert_eq!(mib(gke_kube_reserved(Bytes::from_gib(256))), 12_165);
        assert_eq!(mib(aks_memory(Bytes::from_gib(8), 30)), 8192 - 650 - 100);
    }

    #[test]
    fn memory_that_googles_kernel_holds_back() {
        let at = |gib| gke_kernel_reserved(Bytes::from_gib(gib), Arch::Amd64).bytes();
        const MIB: u64 = 1 << 20;
        // 0.175 % of 2 GiB, 8 GiB and 16 GiB, rounded down to a byte
        assert_eq!(at(2), (32 + 16 + 8) * MIB + 3_758_096);
        assert_eq!(at(8), (128 + 16 + 64 + 8) * MIB + 15_032_385);
        assert_eq!(at(16), (256 + 16 + 64) * MIB + 30_064_771);
        assert_eq!(at(256), (4096 + 16 + 64 + 248) * MIB);
        let arm = gke_kernel_reserved(Bytes::from_gib(256), Arch::Arm64).bytes();
        assert_eq!(arm, (4424 * MIB * 9971 + 5000) / 10_000);
        let whole = allocatable(Distribution::Gke, &machine(2, 8), None).memory;
        // 6248.8 − 216 − 14.336
        assert_eq!(mib(whole), 6018);
    }

    #[test]
    fn plain_kubelets() {
        assert_eq!(allocatable(Distribution::Kubelet, &machine(2, 8), None).memory, Bytes::from_mib(8092));
        assert_eq!(allocatable(Distribution::K3s, &machine(2, 8), None).memory, Bytes::from_gib(8));
    }

    #[test]
    fn pods() {
        assert_eq!(max_pods(Distribution::Eks, &machine(2, 8)), 110);
        let m6i = InstanceType { eni_max_pods: Some(eni_max_pods(3, 10)), ..machine(2, 8) };
        assert_eq!(max_pods(Distribution::Eks, &m6i), 29);
        assert_eq!(max_pods(Distribution::Gke, &m6i), 110);
        let dense = allocatable(Distribution::Eks, &m6i, Some(110));
        // 8192 − ceil(614.4) − (255 + 11·110) − 100
        assert_eq!((dense.max_pods, dense.memory), (110, Bytes::from_mib(6012)));
    }

    #[test]
    fn a_node_too_small_offers_nothing() {
        let tiny = InstanceType { arch: Arch::Arm64, vcpu: 0, memory: Bytes::from_mib(32), ..machine(1, 1) };
        for distribution in [Distribution::Eks, Distribution::Gke, Distribution::Aks, Distribution::Kubelet] {
            let offered = allocatable(distribution, &tiny, Some(u32::MAX));
            assert_eq!((offered.cpu.millis(), offered.memory.bytes()), (0, 0), "{distribution}");
        }
        let vast = InstanceType { vcpu: u32::MAX, memory: Bytes::from_bytes(u64::MAX), ..machine(1, 1) };
        for distribution in [Distribution::Eks, Distribution::Gke, Distribution::Aks, Distribution::K3s] {
            assert!(allocatable(distribution, &vast, None).memory > Bytes::from_gib(1 << 30), "{distribution}");
        }
    }
}
