use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::OutputArgs;
use crate::model::{Distribution, Provider, Workers};
use crate::settings::{DemandText, OverheadText, PerProfile};
use crate::units::{Bytes, CpuMillis};

/// Arguments of `capmodel estimate`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  capmodel estimate --rps 5000
  capmodel estimate --rps 4k:5k:9k --profile go-gin --provider gcp --region europe-west4
  capmodel estimate --rps 5000 --explain")]
pub struct EstimateArgs {
    /// Demand at the busy period in requests a second: N, or LOW:MID:HIGH (5th, 50th, 95th percentile); 5k and 1.2M work
    #[arg(long, value_name = "N|LOW:MID:HIGH", allow_hyphen_values = true)]
    pub rps: DemandText,

    /// Runtime profile, built in or a .toml file; repeat to compare, the first is the numerator of ratios
    /// [default: python-fastapi and go-gin]
    #[arg(long, value_name = "NAME|FILE", help_heading = "Service")]
    pub profile: Vec<String>,
    /// Which numbers of the profile to use
    #[arg(long, value_enum, default_value = "article", help_heading = "Service")]
    pub evidence: EvidenceArg,
    /// Processes of an event-loop or sync server in one pod; auto: the fewest for which CPU binds, as memory allows
    #[arg(long, value_name = "N|auto", help_heading = "Service")]
    pub workers: Option<Workers>,
    /// CPU request of the pod, of every profile or of one [default: the profile's]
    #[arg(long, value_name = "[PROFILE=]CPU", help_heading = "Service")]
    pub cpu_request: Vec<PerProfile<CpuMillis>>,
    /// CPU limit of the pod
    #[arg(long, value_name = "[PROFILE=]CPU", help_heading = "Service")]
    pub cpu_limit: Vec<PerProfile<CpuMillis>>,
    /// Memory request of the pod [default: the profile's]
    #[arg(long, value_name = "[PROFILE=]BYTES", help_heading = "Service")]
    pub memory_request: Vec<PerProfile<Bytes>>,
    /// Memory limit of the pod
    #[arg(long, value_name = "[PROFILE=]BYTES", help_heading = "Service")]
    pub memory_limit: Vec<PerProfile<Bytes>>,

    /// Sizing policy, built in or a .toml file; repeat to show several [default: steady]
    #[arg(long, value_name = "NAME|FILE", help_heading = "Policy")]
    pub policy: Vec<String>,

    /// Whose nodes and prices
    #[arg(long, default_value = "aws", value_name = "aws|gcp|azure|on-prem", help_heading = "Prices")]
    pub provider: Provider,
    /// Region of the provider [default: us-east-1, us-central1, eastus; of on-prem, the table's only one]
    #[arg(long, help_heading = "Prices")]
    pub region: Option<String>,
    /// Instance type to plan nodes with, or auto for every general one of the region; repeat to allow several
    #[arg(long, value_name = "TYPE|auto", help_heading = "Prices")]
    pub instance_type: Vec<String>,
    /// Instruction set of the nodes
    #[arg(long, value_enum, default_value = "amd64", help_heading = "Prices")]
    pub arch: ArchArg,
    /// How nodes are bought
    #[arg(long, value_enum, default_value = "on-demand", help_heading = "Prices")]
    pub capacity_type: CapacityTypeArg,
    /// Whose reservation formulas give a node's allocatable: eks, gke, aks, kubelet, k3s [default: the provider's]
    #[arg(long, value_name = "NAME", help_heading = "Prices")]
    pub distribution: Option<Distribution>,
    /// CPU, memory and pods that DaemonSets take on every node [default: 150m/150Mi/3, an assumption]
    #[arg(long, value_name = "CPU/MEMORY/PODS", help_heading = "Prices")]
    pub daemonset_overhead: Option<OverheadText>,
    /// Bytes that each response sends to the internet, payload and headers
    #[arg(long, value_name = "BYTES", help_heading = "Prices")]
    pub response_bytes: Option<Bytes>,
    /// Own price table (CSV), laid over the built-in catalogue
    #[arg(long, value_name = "FILE", help_heading = "Prices")]
    pub prices: Option<PathBuf>,
    /// Price the exact hours of a calendar month instead of 730
    #[arg(long, value_name = "YYYY-MM", help_heading = "Prices")]
    pub month: Option<crate::settings::Month>,

    /// Samples for the intervals, stratified; 0 gives the plan alone
    #[arg(long, default_value_t = 1024, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1_000_000), help_heading = "Intervals")]
    pub samples: u32,
    /// Seed of the samples: same seed, same bytes
    #[arg(long, default_value_t = 1, value_name = "N", help_heading = "Intervals")]
    pub seed: u64,

    /// Print every step: formula, inputs, sources, what bound
    #[arg(long, help_heading = "Output")]
    pub explain: bool,
    /// Print the claims of the article that a model can check, with their verdicts
    #[arg(long, help_heading = "Output")]
    pub article: bool,
    /// Form and place of the result
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Value set of a profile.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum EvidenceArg {
    /// Published figures
    Article,
    /// Load tests of this project
    Measured,
}

/// Instruction set.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ArchArg {
    /// x86-64
    Amd64,
    /// 64-bit Arm
    Arm64,
}

/// How nodes are bought.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum CapacityTypeArg {
    /// List price
    OnDemand,
    /// Spare capacity that may be taken back
    Spot,
}
