use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::PriceOrigin;
use crate::units::{Bytes, MoneyPerHour, ParseError};

/// Who rents the machines out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provider {
    /// Amazon Web Services.
    Aws,
    /// Google Cloud.
    Gcp,
    /// Microsoft Azure.
    Azure,
    /// Machines of one's own, or of anyone else: every price comes from the user's table.
    OnPrem,
}

impl Provider {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Aws, Self::Gcp, Self::Azure, Self::OnPrem];

    /// The name that people read.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Gcp => "Google Cloud",
            Self::Azure => "Azure",
            Self::OnPrem => "on-prem",
        }
    }

    /// The name that people type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Gcp => "gcp",
            Self::Azure => "azure",
            Self::OnPrem => "on-prem",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The exact name.
impl FromStr for Provider {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let known = Self::ALL.into_iter().find(|provider| provider.name() == text);
        known.ok_or_else(|| ParseError::new("a provider", text, "write aws, gcp, azure or on-prem"))
    }
}

/// How a machine is bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CapacityType {
    /// By the hour, kept for as long as it is wanted.
    OnDemand,
    /// Spare capacity that can be taken back.
    Spot,
}

impl CapacityType {
    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::Spot => "spot",
        }
    }
}

/// Instruction set of a machine or an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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

/// The exact name.
impl FromStr for Arch {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let known = [Self::Amd64, Self::Arm64].into_iter().find(|arch| arch.to_string() == text);
        known.ok_or_else(|| ParseError::new("an architecture", text, "write amd64 or arm64"))
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
    /// Which table the prices are from, and how old they are.
    pub origin: PriceOrigin,
}

impl Offering {
    /// The price for an hour, bought that way; `None` where no such price is known.
    pub const fn price(&self, capacity_type: CapacityType) -> Option<MoneyPerHour> {
        match capacity_type {
            CapacityType::OnDemand => Some(self.on_demand),
            CapacityType::Spot => self.spot,
        }
    }
}
