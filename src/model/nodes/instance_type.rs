//! Cloud providers, purchase options, CPU architectures and instance types.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::units::{Bytes, ParseError};

/// Cloud provider of the machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Provider {
    /// Amazon Web Services.
    Aws,
    /// Google Cloud.
    Gcp,
    /// Microsoft Azure.
    Azure,
    /// Own machines or those of another provider: every price comes from the user's price table.
    OnPrem,
}

impl Provider {
    /// All providers, in order.
    pub const ALL: [Self; 4] = [Self::Aws, Self::Gcp, Self::Azure, Self::OnPrem];

    /// Display name.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Gcp => "Google Cloud",
            Self::Azure => "Azure",
            Self::OnPrem => "on-prem",
        }
    }

    /// Stable name in documents and flags.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Gcp => "gcp",
            Self::Azure => "azure",
            Self::OnPrem => "on-prem",
        }
    }

    /// The region that is meant if none is given: the one with the most instance types in the catalogue.
    pub const fn default_region(self) -> Option<&'static str> {
        match self {
            Self::Aws => Some("us-east-1"),
            Self::Gcp => Some("us-central1"),
            Self::Azure => Some("eastus"),
            Self::OnPrem => None,
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Accepts exactly the names that `Display` prints.
impl FromStr for Provider {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let known = Self::ALL.into_iter().find(|provider| provider.name() == text);
        known.ok_or_else(|| ParseError::new("a provider", text, "expected aws, gcp, azure or on-prem"))
    }
}

/// Purchase option of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CapacityType {
    /// Billed per hour without interruption by the provider.
    OnDemand,
    /// Spare capacity at a discount that the provider can reclaim.
    Spot,
}

impl CapacityType {
    /// Stable name in documents and flags.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::Spot => "spot",
        }
    }
}

/// CPU architecture of a machine or an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
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

/// Accepts exactly the names that `Display` prints.
impl FromStr for Arch {
    type Err = ParseError;
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let known = [Self::Amd64, Self::Arm64].into_iter().find(|arch| arch.to_string() == text);
        known.ok_or_else(|| ParseError::new("an architecture", text, "expected amd64 or arm64"))
    }
}

/// Properties of an instance type, as published by its provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceType {
    /// The provider's name, for example `m6i.large`.
    pub name: String,
    /// CPU architecture of the type.
    pub arch: Arch,
    /// Number of vCPUs, as seen by Kubernetes.
    pub vcpu: u32,
    /// Advertised memory, before hypervisor and kernel overhead.
    pub memory: Bytes,
    /// Number of accelerators.
    pub gpu_count: u32,
    /// Name of the accelerators; `None` without any or if unknown.
    pub gpu_name: Option<String>,
    /// Maximum number of pods that its network interfaces can address with the AWS CNI's default settings; `None`
    /// outside AWS or if unknown.
    pub eni_max_pods: Option<u32>,
}
