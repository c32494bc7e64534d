//! Memory capacity as reported by a node: the kernel's `MemTotal`, which is less than the advertised memory.
//!
//! Page structures take 1/64 of the memory, bounce buffers (`swiotlb`) 64 MiB on machines with addresses above 4 GiB,
//! and firmware and hypervisor the rest. The formulas were fitted to the `MemTotal` of real machines of about 2,700
//! types (SpareCores, <https://github.com/SpareCores/sc-inspector-data>, CC BY-SA 4.0); above 2 GiB the mean error is
//! 0.11 % and the maximum error 0.4 % (AWS Nitro: 0.07 %, 2.2 %).

use super::{Arch, InstanceType, Provider};
use crate::units::Bytes;

/// Memory capacity of a node of some type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryCapacity {
    /// Expected capacity in bytes.
    pub estimate: Bytes,
    /// Lower bound of the capacity: it varies within a type, because hosts and kernels differ.
    pub low: Bytes,
}

/// `advertised × share − fixed`, and 64 MiB less if the advertised memory is above `bounce_above_mib`.
struct Line {
    /// Share of the advertised memory in millionths.
    share: u32,
    fixed_mib: u64,
    /// `None` if the bounce buffers are included in the fixed part.
    bounce_above_mib: Option<u64>,
}

/// Only the kernel's share: machines without a hypervisor term, including Google's.
const KERNEL: Line = Line { share: 984_375, fixed_mib: 46, bounce_above_mib: Some(3072) };
const GCP_ARM: Line = Line { share: 981_320, fixed_mib: 122, bounce_above_mib: None };
const AZURE: Line = Line { share: 983_670, fixed_mib: 121, bounce_above_mib: None };
const AZURE_SMALL: Line = Line { fixed_mib: 114, ..AZURE };
const AZURE_ARM: Line = Line { share: 981_370, fixed_mib: 114, bounce_above_mib: None };
const AWS_XEN: Line = Line { share: 983_000, fixed_mib: 48, bounce_above_mib: Some(3840) };
const AWS_NITRO: Line = Line { share: 968_000, fixed_mib: 88, bounce_above_mib: Some(3072) };
const AWS_NITRO_ARM: Line = Line { share: 966_000, fixed_mib: 88, bounce_above_mib: Some(1024) };

/// AWS families that run on Xen (awslabs/amazon-eks-ami, hypervisors of `eni-max-pods`).
const XEN: [&str; 26] = [
    "c1", "c3", "c4", "cc2", "cr1", "d2", "f1", "g2", "g3", "g3s", "h1", "hs1", "i2", "i3", "m1", "m2", "m3", "m4",
    "p2", "p3", "r3", "r4", "t1", "t2", "x1", "x1e",
];

/// AWS Nitro families whose share differs from that of their architecture, in millionths.
const NITRO: [(u32, &[&str]); 16] = [
    (942_000, &["vt1"]),
    (948_000, &["g6", "gr6", "g6f", "gr6f"]),
    (951_000, &["a1"]),
    (962_000, &["m6g", "m6gd"]),
    (962_700, &["c5", "c5d"]),
    (
        963_000,
        &["m5", "m5d", "c5n", "c6a", "c7a", "m6a", "m7a", "r6a", "r7a", "hpc6a", "hpc7a", "inf1", "inf2", "m5zn"],
    ),
    (965_000, &["c8a", "m8azn", "m9g", "m9gd"]),
    (966_000, &["m8a", "r8a"]),
    (971_000, &["g6e"]),
    (972_000, &["r6g", "r6gd", "x2gd", "t4g", "i4g"]),
    (
        973_000,
        &["r5", "r5b", "r5d", "r5dn", "r5n", "m5n", "m5dn", "c5a", "c5ad", "d3", "d3en", "g4dn", "g5", "i3en", "z1d"],
    ),
    (974_000, &["t3", "dl1", "dl2q", "p3dn", "p4d", "x2iezn"]),
    (976_000, &["r5a", "r5ad", "f2", "g7e"]),
    (977_000, &["t3a", "x2idn"]),
    (980_000, &["x2iedn", "u-3tb1", "u-6tb1"]),
    (982_000, &["u7i-6tb"]),
];

/// Families that run on two generations of hosts, with the lower share of the two: `MemTotal` differs by 1.06 % on m5
/// and 0.7 % on c5 (two m5.16xlarge in kubernetes/autoscaler, `compare_nodegroups_test.go`: 257218528 and 259970052
/// Ki).
const SMALLER_HOSTS: [(u32, [&str; 2]); 2] = [(958_500, ["m5", "m5d"]), (959_000, ["c5", "c5d"])];

/// Amazon Linux 2 kernels reserve up to 96 MiB more than those of Amazon Linux 2023 and Bottlerocket; rounded up.
const AWS_KERNELS: Bytes = Bytes::from_mib(100);

/// Memory capacity of a node of this type.
pub fn memory_capacity(provider: Provider, instance: &InstanceType) -> MemoryCapacity {
    let arm = instance.arch == Arch::Arm64;
    let mib = instance.memory.bytes() >> 20;
    // Maximum error of each formula above 2 GiB, in millionths.
    let (line, error) = match provider {
        Provider::Aws => return aws(instance),
        Provider::Gcp if arm => (GCP_ARM, 1200),
        Provider::Azure if arm => (AZURE_ARM, 1000),
        Provider::Azure if mib <= 3072 => (AZURE_SMALL, 3300),
        Provider::Azure => (AZURE, 3300),
        Provider::Gcp | Provider::OnPrem => (KERNEL, 3700),
    };
    let estimate = line.of(instance.memory);
    MemoryCapacity { estimate, low: share_of(estimate, 1_000_000 - error) }
}

fn aws(instance: &InstanceType) -> MemoryCapacity {
    let family = instance.family(Provider::Aws);
    let family = family.as_str();
    let line = match instance.arch {
        _ if XEN.contains(&family) => AWS_XEN,
        Arch::Amd64 => AWS_NITRO,
        Arch::Arm64 => AWS_NITRO_ARM,
    };
    let own = NITRO.iter().find(|(_, families)| families.contains(&family));
    let line = Line { share: own.map_or(line.share, |(share, _)| *share), ..line };
    let estimate = line.of(instance.memory);
    let smaller = SMALLER_HOSTS.iter().find(|(_, families)| families.contains(&family));
    let least = smaller.map_or(estimate, |(share, _)| Line { share: *share, ..line }.of(instance.memory));
    MemoryCapacity { estimate, low: least.saturating_sub(AWS_KERNELS) }
}

impl Line {
    fn of(&self, advertised: Bytes) -> Bytes {
        let bounce = self.bounce_above_mib.is_some_and(|above| advertised > Bytes::from_mib(above));
        let bounce = if bounce { 64 } else { 0 };
        share_of(advertised, self.share).saturating_sub(Bytes::from_mib(self.fixed_mib + bounce))
    }
}

/// A share in millionths of an amount, in whole KiB like nodes report theirs.
fn share_of(amount: Bytes, millionths: u32) -> Bytes {
    let kib = u128::from(amount.bytes() >> 10) * u128::from(millionths) / 1_000_000;
    Bytes::from_bytes(u64::try_from(kib).unwrap_or(u64::MAX).saturating_mul(1024))
}
