//! Platforms without nodes that bill each pod by its size: AWS Fargate and GKE Autopilot.

use crate::model::nodes::{PodRequest, Provider};
use crate::units::{Bytes, CpuMillis};

/// A platform that runs pods without nodes of the user's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodPlatform {
    /// Amazon EKS on AWS Fargate.
    Fargate,
    /// Google Kubernetes Engine in Autopilot mode, general-purpose platform.
    Autopilot,
}

/// Memory that Fargate adds to each pod for kubelet, kube-proxy and containerd
/// (<https://docs.aws.amazon.com/eks/latest/userguide/fargate-pod-configuration.html>).
const FARGATE_OVERHEAD: Bytes = Bytes::from_mib(256);

/// CPU of each Fargate size in millicores, with its smallest memory, its largest memory and the step between sizes in
/// MiB; same source as [`FARGATE_OVERHEAD`]. A quarter of a vCPU comes with 0.5, 1 or 2 GB, which takes the first two
/// rows.
const FARGATE_SIZES: [(u64, u64, u64, u64); 8] = [
    (250, 512, 512, 512),
    (250, 1024, 2048, 1024),
    (500, 1024, 4096, 1024),
    (1000, 2048, 8192, 1024),
    (2000, 4096, 16_384, 1024),
    (4000, 8192, 30_720, 1024),
    (8000, 16_384, 61_440, 4096),
    (16_000, 32_768, 122_880, 8192),
];

/// Smallest and largest pod of Autopilot on clusters that support bursting; each vCPU has between 1 and 6.5 GiB
/// (<https://docs.cloud.google.com/kubernetes-engine/docs/concepts/autopilot-resource-requests>).
const AUTOPILOT_SMALLEST: PodRequest = PodRequest { cpu: CpuMillis::from_millis(50), memory: Bytes::from_mib(52) };
const AUTOPILOT_LARGEST: PodRequest = PodRequest { cpu: CpuMillis::from_cores(30), memory: Bytes::from_gib(110) };

impl PodPlatform {
    /// Stable name in documents and flags.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fargate => "Fargate",
            Self::Autopilot => "Autopilot",
        }
    }

    /// Provider of the platform.
    pub const fn provider(self) -> Provider {
        match self {
            Self::Fargate => Provider::Aws,
            Self::Autopilot => Provider::Gcp,
        }
    }

    /// The size that a pod with these requests is billed for; `None` if it exceeds the largest size of the platform.
    pub fn billed(self, request: PodRequest) -> Option<PodRequest> {
        match self {
            Self::Fargate => fargate(request),
            Self::Autopilot => autopilot(request),
        }
    }
}

fn fargate(request: PodRequest) -> Option<PodRequest> {
    let memory = request.memory + FARGATE_OVERHEAD;
    FARGATE_SIZES.iter().find_map(|&(millis, smallest, largest, step)| {
        let mib = smallest + memory.bytes().div_ceil(1 << 20).saturating_sub(smallest).div_ceil(step) * step;
        let fits = request.cpu.millis() <= millis && mib <= largest;
        fits.then(|| PodRequest { cpu: CpuMillis::from_millis(millis), memory: Bytes::from_mib(mib) })
    })
}

fn autopilot(request: PodRequest) -> Option<PodRequest> {
    let cpu = request.cpu.max(AUTOPILOT_SMALLEST.cpu);
    let memory = request.memory.max(AUTOPILOT_SMALLEST.memory);
    // At least 1 GiB per vCPU, which is 1 MiB per 1,000 ÷ 1,024 millicores.
    let memory = memory.max(Bytes::from_mib((cpu.millis() * 1024).div_ceil(1000)));
    let cpu = cpu.max(CpuMillis::from_millis((memory.bytes() * 2000).div_ceil(13 << 30)));
    let fits = cpu <= AUTOPILOT_LARGEST.cpu && memory <= AUTOPILOT_LARGEST.memory;
    fits.then_some(PodRequest { cpu, memory })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn billed(platform: PodPlatform, millis: u64, mib: u64) -> Option<(u64, u64)> {
        let request = PodRequest { cpu: CpuMillis::from_millis(millis), memory: Bytes::from_mib(mib) };
        platform.billed(request).map(|size| (size.cpu.millis(), size.memory.bytes() >> 20))
    }

    #[test]
    fn fargate_rounds_up_to_a_size_with_room_for_its_own_components() {
        let fargate = |millis, mib| billed(PodPlatform::Fargate, millis, mib);
        assert_eq!(fargate(250, 64), Some((250, 512)));
        assert_eq!(fargate(250, 256), Some((250, 512)));
        assert_eq!(fargate(250, 257), Some((250, 1024)));
        assert_eq!(fargate(251, 64), Some((500, 1024)));
        // The provider's own example: 1 vCPU and 8 GB become 2 vCPU and 9 GB.
        assert_eq!(fargate(1000, 8192), Some((2000, 9216)));
        assert_eq!(fargate(4000, 30_720), Some((8000, 32_768)));
        assert_eq!(fargate(16_000, 122_880 - 256), Some((16_000, 122_880)));
        assert_eq!((fargate(16_000, 122_880), fargate(16_001, 64)), (None, None));
    }

    #[test]
    fn autopilot_keeps_the_ratio_of_memory_to_cpu() {
        let autopilot = |millis, mib| billed(PodPlatform::Autopilot, millis, mib);
        assert_eq!(autopilot(10, 10), Some((50, 52)));
        assert_eq!(autopilot(250, 64), Some((250, 256)));
        assert_eq!(autopilot(1000, 6656), Some((1000, 6656)));
        assert_eq!(autopilot(1000, 8192), Some((1231, 8192)));
        assert_eq!((autopilot(30_001, 64), autopilot(1000, 112_641)), (None, None));
    }
}
