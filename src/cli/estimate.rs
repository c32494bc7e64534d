//! The arguments of `capmodel estimate`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Args, FromArgMatches, ValueEnum};

use super::{DemandText, ObservedText, OverheadText, PerProfile, RampText, SpeedText, SweepText};
use super::{KubeletArgs, OutputArgs, ScrapeSource, SecretValueParser};
use crate::model::nodes::Provider;
use crate::model::report::ScrapeTarget;
use crate::model::runtime::{HandlerTime, Workers};
use crate::units::{Bytes, CpuMillis, RequestTime, RequestsPerSecond, Utilization};

/// Arguments of `capmodel estimate`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  capmodel estimate --rps 5000
  capmodel estimate --rps 4k:5k:9k --profile go-gin --provider gcp --region europe-west4
  capmodel estimate --rps 5000 --explain
  capmodel estimate --cluster cluster.snapshot --service shop/web")]
pub struct EstimateArgs {
    /// Peak demand in requests per second: N, or LOW:MID:HIGH for an interval (5th, 50th and 95th percentile). Accepts
    /// 5k, 5,000, 1.2M, 300000/min and 18M/h
    #[arg(long, value_name = "N|LOW:MID:HIGH", required_unless_present_any = ["workload", "article", "service"])]
    pub rps: Option<DemandText>,
    /// Estimate all services in a TOML file, packed onto shared nodes
    #[arg(long, value_name = "FILE", conflicts_with_all = ["rps", "profile", "replicas", "observed", "article", "emit", "explain", "load", "cpu_request", "cpu_limit", "memory_request", "memory_limit"])]
    pub workload: Option<PathBuf>,
    /// Estimate a running service of the cluster given by --live or --cluster from its own traffic and usage, as it is
    /// and in the other language; --rps replaces its own demand
    #[arg(long, value_name = "NAMESPACE/NAME", conflicts_with_all = ["workload", "observed", "article"])]
    pub service: Option<ScrapeTarget>,
    /// Also plan 40 points over this range of demand: a table and a plot, or data in JSON and CSV
    #[arg(long, value_name = "LOW:HIGH", conflicts_with_all = ["workload", "article", "emit"])]
    pub sweep: Option<SweepText>,

    /// Runtime profile: a built-in name or a TOML file. Repeat to compare; ratios divide the first profile by each of
    /// the others
    /// [default: python-fastapi and go-gin]
    #[arg(long, value_name = "NAME|FILE", help_heading = "Service")]
    pub profile: Vec<String>,
    /// Set of profile values to use [default: the policy's: article for steady, measured for production]
    #[arg(long, value_enum, help_heading = "Service")]
    pub evidence: Option<EvidenceArg>,
    /// Worker processes per pod for event-loop and sync servers; auto uses the fewest for which CPU, not concurrency,
    /// is the limit and that fit in memory
    #[arg(long, value_name = "N|auto", help_heading = "Service")]
    pub workers: Option<Workers>,
    /// CPU request per pod, for all profiles or, as PROFILE=CPU, for one [default: the profile's]
    #[arg(long, value_name = "[PROFILE=]CPU", help_heading = "Service")]
    pub cpu_request: Vec<PerProfile<CpuMillis>>,
    /// CPU limit per pod
    #[arg(long, value_name = "[PROFILE=]CPU", help_heading = "Service")]
    pub cpu_limit: Vec<PerProfile<CpuMillis>>,
    /// Memory request per pod [default: the profile's]
    #[arg(long, value_name = "[PROFILE=]BYTES", help_heading = "Service")]
    pub memory_request: Vec<PerProfile<Bytes>>,
    /// Memory limit per pod
    #[arg(long, value_name = "[PROFILE=]BYTES", help_heading = "Service")]
    pub memory_limit: Vec<PerProfile<Bytes>>,

    /// Kind of work the handler does on top of the framework: json, crud, orm, fanout, compute, parsing, etl,
    /// dataframe, ml, or a TOML file; with --service only the kind is used
    /// [default: json, a constant answer]
    #[arg(long, value_name = "NAME|FILE", help_heading = "Work")]
    pub work: Option<String>,
    /// CPU time the handler needs per request, in Go unless a language is named: 2ms, python=5ms
    #[arg(long, value_name = "[LANGUAGE=]TIME", help_heading = "Work")]
    pub handler_cpu: Option<HandlerTime>,
    /// Time a request spends waiting for downstream services, using no CPU
    #[arg(long, value_name = "TIME", help_heading = "Work")]
    pub wait: Option<RequestTime>,
    /// Bytes each response sends to the internet, headers included
    #[arg(long, value_name = "BYTES", help_heading = "Work")]
    pub response_bytes: Option<Bytes>,
    /// Calibrate a profile (the first, unless one is named) from one observation of a single pod: 400rps:3.2cores:6GiB,
    /// or 400rps:3.2cores:6GiB:4 with the number of its worker processes. The other profiles then show the same service
    /// in their language
    #[arg(long, value_name = "[PROFILE=]RATE:CORES[:MEMORY[:PROCESSES]]", help_heading = "Work")]
    pub observed: Option<ObservedText>,
    /// Sidecar proxy in every pod: istio, or a TOML file
    #[arg(long, value_name = "NAME|FILE", help_heading = "Service")]
    pub sidecar: Option<String>,

    /// Maximum requests per second per pod, where something other than CPU is the limit (connections, a licence, a
    /// downstream service)
    #[arg(long, value_name = "[PROFILE=]RATE", help_heading = "Service")]
    pub max_rps_per_pod: Vec<PerProfile<RequestsPerSecond>>,

    /// Speed of a node core relative to the cores that the profile and the handler were measured on: 0.5 is half as
    /// fast, as next to a busy hyperthread. Every CPU cost is divided by it [default: 1]
    #[arg(long, value_name = "N|LOW:MID:HIGH", help_heading = "Nodes")]
    pub cpu_speed: Option<SpeedText>,

    /// Sizing policy: a built-in name or a TOML file (may be repeated) [default: steady and production]
    #[arg(long, value_name = "NAME|FILE", help_heading = "Policy")]
    pub policy: Vec<String>,
    /// Objective for the p99 response time. This and the following flags modify only the production policy unless
    /// --policy names others
    #[arg(long, value_name = "TIME", help_heading = "Policy")]
    pub slo_p99: Option<RequestTime>,
    /// Target CPU utilization at peak, as a share of the CPU request; above 100%, pods rely on cores that other pods
    /// leave idle
    #[arg(long, value_name = "PERCENT", help_heading = "Policy")]
    pub target_utilization: Option<Utilization>,
    /// Zones to spread pods over
    #[arg(long, value_name = "N", help_heading = "Policy")]
    pub zones: Option<u32>,
    /// Zones that may fail at the same time
    #[arg(long, value_name = "N", help_heading = "Policy")]
    pub survive_zones: Option<u32>,
    /// Minimum number of replicas; 0 runs no pod in hours of --load without demand
    #[arg(long, value_name = "N", help_heading = "Policy")]
    pub min_replicas: Option<u64>,
    /// Pods that may be unavailable during a node drain (maxUnavailable of the PodDisruptionBudget)
    #[arg(long, value_name = "N", help_heading = "Policy")]
    pub max_unavailable: Option<u64>,
    /// Demand increase leading up to the peak, for example 2x/10m. 3x/0s is a step and shows the backlog; none disables
    /// it
    #[arg(long, value_name = "FACTORx/TIME|none", help_heading = "Policy")]
    pub ramp: Option<RampText>,
    /// Load-balancing algorithm
    #[arg(long, value_enum, value_name = "NAME", help_heading = "Policy")]
    pub balancer: Option<BalancerArg>,
    /// Evaluate this number of replicas instead of sizing
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000), help_heading = "Policy")]
    pub replicas: Option<u64>,
    /// Load profile over time that the autoscaler follows: flat, diurnal, weekly, or a CSV file with one value per hour
    /// [default: flat]
    #[arg(long, value_name = "NAME|FILE", help_heading = "Policy")]
    pub load: Option<String>,

    /// Platform to compare dedicated nodes with: on fargate (AWS) and autopilot (GKE), each pod is billed by its size
    #[arg(
        long,
        value_enum,
        default_value = "nodes",
        hide_possible_values = true,
        value_name = "nodes|fargate|autopilot",
        help_heading = "Nodes"
    )]
    pub on: OnArg,
    /// Cloud provider for nodes and prices [default: that of the given cluster, else aws]
    #[arg(long, value_name = "PROVIDER", value_parser = super::provider_name(), help_heading = "Prices")]
    pub provider: Option<Provider>,
    /// Region of the provider [default: the cluster's, else us-east-1, us-central1 or eastus; for on-prem, the only
    /// region in the price table]
    #[arg(long, help_heading = "Prices")]
    pub region: Option<String>,
    /// Instance type for nodes; auto considers all general-purpose types in the region (may be repeated)
    #[arg(long, value_name = "TYPE|auto", help_heading = "Prices")]
    pub instance_type: Vec<String>,
    /// CPU architecture of the nodes [default: that of the given cluster, else amd64]
    #[arg(long, value_enum, help_heading = "Prices")]
    pub arch: Option<ArchArg>,
    /// Purchase option for nodes
    #[arg(long, value_enum, default_value = "on-demand", help_heading = "Prices")]
    pub capacity_type: CapacityTypeArg,
    /// What the kubelet reserves on a planned node, and how many pods it admits
    #[command(flatten)]
    pub kubelet: KubeletArgs,
    /// CPU, memory and pods that DaemonSets use on every node [default: 150m/150Mi/3 (assumed)]
    #[arg(long, value_name = "CPU/MEMORY/PODS", help_heading = "Nodes")]
    pub daemonset_overhead: Option<OverheadText>,
    /// Place pods on the free capacity of the cluster in this snapshot first, then on new nodes of its instance types
    #[arg(long, value_name = "SNAPSHOT", help_heading = "Prices")]
    pub cluster: Option<PathBuf>,
    /// As --cluster, but read the live cluster
    #[cfg(feature = "live")]
    #[arg(long, conflicts_with = "cluster", help_heading = "Prices")]
    pub live: bool,
    /// Access to the live cluster
    #[cfg(feature = "live")]
    #[command(flatten)]
    pub access: super::ClusterArgs,
    /// Source of the traffic of --service; without it the usage in the snapshot, if it was taken with --prometheus
    #[cfg(feature = "live")]
    #[command(flatten)]
    pub prometheus: super::PrometheusArgs,
    /// Without Prometheus: metrics of one process of --service, from a URL or a saved file (may be repeated). Two
    /// scrapes of the same process give current rates instead of averages since its start
    #[arg(long, value_name = "FILE|URL", value_parser = SecretValueParser::<ScrapeSource>::new(), help_heading = "Service")]
    pub scrape: Vec<ScrapeSource>,
    /// Price table (CSV) that overrides the built-in prices
    #[arg(long, value_name = "FILE", help_heading = "Prices")]
    pub prices: Option<PathBuf>,
    /// Negotiated discounts and fixed prices (TOML), applied to the list prices
    #[arg(long, value_name = "FILE", help_heading = "Prices")]
    pub pricing: Option<PathBuf>,
    /// Currency of the result
    #[command(flatten)]
    pub currency: super::CurrencyArgs,
    /// Use the actual hours of this calendar month instead of 730
    #[arg(long, value_name = "YYYY-MM", help_heading = "Prices")]
    pub month: Option<crate::units::Month>,

    /// Number of samples for the intervals (Latin hypercube); 0 disables intervals [default: 1024]
    #[arg(long, value_name = "N", value_parser = samples, help_heading = "Intervals")]
    pub samples: Option<u32>,
    /// Random seed; the same seed gives identical output [default: 1]
    #[arg(long, value_name = "N", help_heading = "Intervals")]
    pub seed: Option<u64>,

    /// Show every row, the bill by line, all assumptions and what is not included
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,
    /// Do not print progress while the cluster is read
    #[cfg(feature = "live")]
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
    /// Show how each number was derived: formulas, inputs, sources and the binding constraint
    #[arg(long, help_heading = "Output")]
    pub explain: bool,
    /// Check the article's claims against the model and print the verdicts; the demand is the article's, so --rps is
    /// not needed
    #[arg(long, conflicts_with = "explain", help_heading = "Output")]
    pub article: bool,
    /// Print a Kubernetes manifest for the plan (needs exactly one profile and one policy)
    #[arg(long, value_enum, value_name = "KIND", conflicts_with_all = ["format", "explain", "article"], help_heading = "Output")]
    pub emit: Option<EmitArg>,
    /// Format and destination of the output
    #[command(flatten)]
    pub output: OutputArgs,
}

impl EstimateArgs {
    /// `capmodel estimate --workload FILE --format json`, with the default of every other option.
    ///
    /// # Errors
    /// Clap's error, which is a bug.
    pub fn of_workload(file: &Path) -> Result<Self, clap::Error> {
        let words: [OsString; 4] = ["estimate".into(), "--format=json".into(), "--workload".into(), file.into()];
        let mut matches = Self::augment_args(clap::Command::new("estimate")).try_get_matches_from(words)?;
        Self::from_arg_matches_mut(&mut matches)
    }
}

/// Parses zero, or a number of samples large enough to determine a 5th percentile.
fn samples(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(samples @ (0 | 20..=1_000_000)) => Ok(samples),
        _ => Err("must be 0 (no intervals) or between 20 and 1000000".to_owned()),
    }
}

/// Kind of Kubernetes object that `--emit` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EmitArg {
    /// apps/v1 Deployment
    Deployment,
    /// autoscaling/v2 HorizontalPodAutoscaler
    Hpa,
}

/// Set of values of a profile, by where they come from.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum EvidenceArg {
    /// Values published in the article
    Article,
    /// Values from load tests; only for profiles that contain them
    Measured,
}

/// Load-balancing algorithm.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum BalancerArg {
    /// Random: kube-proxy with iptables
    Random,
    /// Round robin: IPVS, most ingress controllers
    RoundRobin,
    /// Power of two choices: Envoy, Linkerd
    P2c,
    /// Least requests in flight
    LeastRequest,
}

/// Where pods run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnArg {
    /// Nodes of a cluster
    Nodes,
    /// AWS Fargate
    Fargate,
    /// GKE Autopilot
    Autopilot,
}

/// CPU architecture of nodes.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ArchArg {
    /// x86-64
    Amd64,
    /// 64-bit Arm
    Arm64,
}

/// Purchase option for nodes.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum CapacityTypeArg {
    /// On-demand list price
    OnDemand,
    /// Spot capacity, which can be reclaimed at any time
    Spot,
}
