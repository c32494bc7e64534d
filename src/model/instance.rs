use std::fmt;

use crate::units::{Bytes, MoneyPerHour};

/// Instruction set of a machine or an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arch {
    /// x86-64.
    Amd64,
    /// 64-bit Arm.
    Arm64,
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        })
    }
}

/// The shape of a machine, as its provider publishes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceType {
    /// The provider's name, for example `m6i.large`.
    pub name: String,
    /// Its instruction set.
    pub arch: Arch,
    /// Virtual CPUs, as Kubernetes sees them.
    pub vcpu: u32,
    /// Nominal memory, before the hypervisor and the kernel take theirs.
    pub memory: Bytes,
    /// Accelerators.
    pub gpu_count: u32,
    /// Which accelerators, where there are any.
    pub gpu_name: Option<String>,
    /// Pods that its network interfaces can address with the AWS CNI's default settings; `None` outside AWS or where unknown.
    pub eni_max_pods: Option<u32>,
}

/// An instance type with its price in one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offering {
    /// What is offered.
    pub instance: InstanceType,
    /// List price for an hour, on demand.
    pub on_demand: MoneyPerHour,
    /// Price for an hour of spare capacity that can be taken back, where one is known.
    pub spot: Option<MoneyPerHour>,
}
