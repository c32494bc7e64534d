use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{KubeletArgs, OutputArgs};
use crate::model::{Provider, Workers};
use crate::settings::{DemandText, HandlerCpuText, ObservedText, OverheadText, PerProfile, RampText};
use crate::units::{Bytes, CpuMillis, Percent, RequestsPerSecond, Seconds};

/// Arguments of `capmodel estimate`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  capmodel estimate --rps 5000
  capmodel estimate --rps 4k:5k:9k --profile go-gin --provider gcp --region europe-west4
  capmodel estimate --rps 5000 --explain")]
pub struct EstimateArgs {
    /// Demand at the busy period in requests per second: N, or LOW:MID:HIGH (5th, 50th, 95th percentile); 5k, 5,000, 1.2M,
    /// 300000/min and 18M/h work too
    #[arg(long, value_name = "N|LOW:MID:HIGH", allow_hyphen_values = true, required_unless_present = "workload")]
    pub rps: Option<DemandText>,
    /// Many services at once from a .toml file, packed onto nodes together
    #[arg(long, value_name = "FILE", conflicts_with_all = ["rps", "profile", "replicas", "observed", "article", "emit", "explain", "load", "cpu_request", "cpu_limit", "memory_request", "memory_limit"])]
    pub workload: Option<PathBuf>,

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

    /// What the handler does beside the framework: json, crud, fanout, compute, ml, etl, or a .toml file
    #[arg(long, default_value = "json", value_name = "NAME|FILE", help_heading = "Work")]
    pub work: String,
    /// CPU of the handler for a request, in Go's milliseconds or another language's: 2ms, python=5ms
    #[arg(long, value_name = "[LANGUAGE=]TIME", help_heading = "Work")]
    pub handler_cpu: Option<HandlerCpuText>,
    /// Time that a request waits downstream, without CPU
    #[arg(long, value_name = "TIME", help_heading = "Work")]
    pub wait: Option<Seconds>,
    /// Bytes that each response sends to the internet, payload and headers
    #[arg(long, value_name = "BYTES", help_heading = "Work")]
    pub response_bytes: Option<Bytes>,
    /// Calibrate a profile (the first, unless one is named) by one line of a dashboard about one pod: 400rps:3.2cores:6GiB
    #[arg(long, value_name = "[PROFILE=]RATE:CORES[:MEMORY]", help_heading = "Work")]
    pub observed: Option<ObservedText>,
    /// A proxy beside every pod: istio, or a .toml file
    #[arg(long, value_name = "NAME|FILE", help_heading = "Service")]
    pub sidecar: Option<String>,

    /// Largest rate of one pod, where something other than CPU bounds it: connections, a licence, a downstream
    #[arg(long, value_name = "RATE", help_heading = "Service")]
    pub max_rps_per_pod: Option<RequestsPerSecond>,

    /// Sizing policy, built in or a .toml file; repeat to show several [default: steady and production]
    #[arg(long, value_name = "NAME|FILE", help_heading = "Policy")]
    pub policy: Vec<String>,
    /// 99th percentile of a response that must hold; this and the flags below change production alone, unless --policy
    /// names others
    #[arg(long, value_name = "TIME", help_heading = "Policy")]
    pub slo_p99: Option<Seconds>,
    /// Share of the CPU request in use at the busy period
    #[arg(long, value_name = "PERCENT", help_heading = "Policy")]
    pub target_utilization: Option<Percent>,
    /// Zones that pods are spread over
    #[arg(long, value_name = "N", help_heading = "Policy")]
    pub zones: Option<u32>,
    /// Zones that may be lost at once
    #[arg(long, value_name = "N", help_heading = "Policy")]
    pub survive_zones: Option<u32>,
    /// Fewest replicas
    #[arg(long, value_name = "N", help_heading = "Policy")]
    pub min_replicas: Option<u64>,
    /// Pods that a drain may take at a time
    #[arg(long, value_name = "N", help_heading = "Policy")]
    pub max_unavailable: Option<u64>,
    /// Rise of demand that ends at the busy period: 2x/10m; 3x/0s is a step, shown with its backlog; none for no ramp
    #[arg(long, value_name = "FACTORx/TIME|none", help_heading = "Policy")]
    pub ramp: Option<RampText>,
    /// How requests are spread over the pods
    #[arg(long, value_enum, value_name = "NAME", help_heading = "Policy")]
    pub balancer: Option<BalancerArg>,
    /// Evaluate so many pods instead of sizing
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000), help_heading = "Policy")]
    pub replicas: Option<u64>,
    /// Hours around the busy period, which pods follow: flat, diurnal, weekly, or a .csv file with one number an hour
    #[arg(long, default_value = "flat", value_name = "NAME|FILE", help_heading = "Policy")]
    pub load: String,

    /// Whose nodes and prices [default: the cluster's that is named, else aws]
    #[arg(long, value_name = "aws|gcp|azure|on-prem", help_heading = "Prices")]
    pub provider: Option<Provider>,
    /// Region of the provider [default: the cluster's, else us-east-1, us-central1, eastus; of on-prem, the table's only one]
    #[arg(long, help_heading = "Prices")]
    pub region: Option<String>,
    /// Instance type to plan nodes with, or auto for every general one of the region; repeat to allow several
    #[arg(long, value_name = "TYPE|auto", help_heading = "Prices")]
    pub instance_type: Vec<String>,
    /// Instruction set of the nodes [default: the cluster's that is named, else amd64]
    #[arg(long, value_enum, help_heading = "Prices")]
    pub arch: Option<ArchArg>,
    /// How nodes are bought
    #[arg(long, value_enum, default_value = "on-demand", help_heading = "Prices")]
    pub capacity_type: CapacityTypeArg,
    /// What the kubelets of the nodes keep back and admit
    #[command(flatten)]
    pub kubelet: KubeletArgs,
    /// CPU, memory and pods that DaemonSets take on every node [default: 150m/150Mi/3, an assumption]
    #[arg(long, value_name = "CPU/MEMORY/PODS", help_heading = "Nodes")]
    pub daemonset_overhead: Option<OverheadText>,
    /// A snapshot of a cluster: pods go onto the free room of its nodes first, the rest onto new nodes of its types
    #[arg(long, value_name = "SNAPSHOT", conflicts_with = "workload", help_heading = "Prices")]
    pub cluster: Option<PathBuf>,
    /// The same with the cluster itself
    #[cfg(feature = "live")]
    #[arg(long, conflicts_with_all = ["cluster", "workload"], help_heading = "Prices")]
    pub live: bool,
    /// How the cluster is reached
    #[cfg(feature = "live")]
    #[command(flatten)]
    pub access: super::ClusterArgs,
    /// Own price table (CSV), laid over the built-in catalogue
    #[arg(long, value_name = "FILE", help_heading = "Prices")]
    pub prices: Option<PathBuf>,
    /// Price the exact hours of a calendar month instead of 730
    #[arg(long, value_name = "YYYY-MM", help_heading = "Prices")]
    pub month: Option<crate::units::Month>,

    /// Samples for the intervals, stratified; 0 gives the plan alone
    #[arg(long, default_value_t = 1024, value_name = "N", value_parser = samples, help_heading = "Intervals")]
    pub samples: u32,
    /// Seed of the samples: same seed, same bytes
    #[arg(long, default_value_t = 1, value_name = "N", help_heading = "Intervals")]
    pub seed: u64,

    /// Print every step: formula, inputs, sources, what bound
    #[arg(long, help_heading = "Output")]
    pub explain: bool,
    /// Print the claims of the article that a model can check, with their verdicts
    #[arg(long, conflicts_with = "explain", help_heading = "Output")]
    pub article: bool,
    /// Print a manifest sized as planned, for one profile and one policy
    #[arg(long, value_enum, value_name = "KIND", conflicts_with_all = ["format", "explain", "article"], help_heading = "Output")]
    pub emit: Option<EmitArg>,
    /// Form and place of the result
    #[command(flatten)]
    pub output: OutputArgs,
}

/// None, or enough for a 5th percentile to be one.
fn samples(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(samples @ (0 | 20..=1_000_000)) => Ok(samples),
        _ => Err("write 0 for none, or 20 to 1000000".to_owned()),
    }
}

/// Kind of manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EmitArg {
    /// apps/v1 Deployment
    Deployment,
    /// autoscaling/v2 HorizontalPodAutoscaler
    Hpa,
}

/// Value set of a profile.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum EvidenceArg {
    /// Published figures
    Article,
    /// Load tests of this project
    Measured,
}

/// How requests are spread over pods.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum BalancerArg {
    /// By lot: kube-proxy with iptables
    Random,
    /// In turn: IPVS, most ingress controllers
    RoundRobin,
    /// The emptier of two by lot: Envoy, Linkerd
    P2c,
    /// The one with fewest in flight
    LeastRequest,
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
