//! The settings of `capmodel estimate`.

use std::path::PathBuf;

use super::{
    ClusterSource, DemandText, ObservedText, OutputSettings, OverheadText, Overrides, RampText, ScrapeSettings,
    SettingsError, SpeedText, SweepText, today,
};
#[cfg(feature = "live")]
use super::{LiveCluster, PrometheusSettings};
use crate::cli::{ArchArg, BalancerArg, CapacityTypeArg, EmitArg, EstimateArgs, EvidenceArg, Format, OnArg};
use crate::model::cluster::SpotLabel;
use crate::model::nodes::{Arch, CapacityType, DaemonSetOverhead, Distribution, Kubelet, Provider};
use crate::model::pricing::PodPlatform;
use crate::model::queueing::Balancer;
use crate::model::report::ScrapeTarget;
use crate::model::runtime::{Evidence, HandlerTime, Workers};
use crate::model::sizing::{Policy, Ramp, Zones};
use crate::model::uncertainty::Interval;
use crate::outputs::EstimateDetail;
use crate::units::{Bytes, CpuMillis, Currency, Date, Hours, Month, RequestsPerSecond, Timestamp, Utilization};

/// Requests and limits of a pod that replace those of its profile.
#[derive(Clone, Debug)]
pub struct PodOverrides {
    /// CPU requests per profile.
    pub cpu_request: Overrides<CpuMillis>,
    /// CPU limits per profile.
    pub cpu_limit: Overrides<CpuMillis>,
    /// Memory requests per profile.
    pub memory_request: Overrides<Bytes>,
    /// Memory limits per profile.
    pub memory_limit: Overrides<Bytes>,
}

/// Nodes and prices that an estimate is based on.
#[derive(Clone, Debug)]
pub struct BasisSettings {
    /// Cloud provider of nodes and prices.
    pub provider: Provider,
    /// Region of the prices; `None` for the only region of the user's price table.
    pub region: Option<String>,
    /// Names of the instance types; empty for all general-purpose types.
    pub instance_types: Vec<String>,
    /// CPU architecture of the nodes.
    pub arch: Arch,
    /// Purchase option of the nodes.
    pub capacity_type: CapacityType,
    /// Reservations and pod limit of the nodes' kubelets.
    pub kubelet: Kubelet,
    /// Resources that DaemonSets take on every node.
    pub daemonsets: DaemonSetOverhead,
    /// Whether `daemonsets` is the default, which is an assumption.
    pub daemonsets_assumed: bool,
    /// Path of a price table (CSV) that overrides the built-in prices.
    pub prices: Option<PathBuf>,
    /// Path of a pricing file (TOML) with negotiated discounts and prices.
    pub pricing: Option<PathBuf>,
    /// Currency of every amount.
    pub currency: Currency,
    /// Number of priced hours.
    pub hours: Hours,
    /// Today's date, which the age of prices is relative to.
    pub today: Date,
}

/// The explicitly requested values. The others are taken from the cluster, if one is given.
#[derive(Clone, Debug, Default)]
pub struct RequestedBasis {
    /// Cloud provider of nodes and prices.
    pub provider: Option<Provider>,
    /// Region of nodes and prices.
    pub region: Option<String>,
    /// CPU architecture of the nodes.
    pub arch: Option<Arch>,
    /// Distribution whose kubelet reservations apply.
    pub distribution: Option<Distribution>,
}

/// Policies by name or file, and the options that modify them.
#[derive(Clone, Debug)]
pub struct PolicySettings {
    /// Names or paths of the policies.
    pub names: Vec<String>,
    only_production: bool,
    slo_p99: Option<f64>,
    target_utilization: Option<Utilization>,
    pub(super) zones: Option<u32>,
    pub(super) survive_zones: Option<u32>,
    pub(super) min_replicas: Option<u64>,
    max_unavailable: Option<u64>,
    ramp: Option<RampText>,
    balancer: Option<Balancer>,
}

impl PolicySettings {
    /// Whether `--policy` was given.
    pub const fn is_named(&self) -> bool {
        !self.only_production
    }

    /// The settings for one service of a workload file, whose values replace those of the options. Its policy is the
    /// one that the file names, otherwise the one of `--policy`, otherwise production.
    #[must_use]
    pub fn for_service(
        &self,
        name: Option<String>,
        min_replicas: Option<u64>,
        zones: Option<u32>,
        survive: Option<u32>,
    ) -> Self {
        // Values of the file apply to any policy that the file names.
        let only_production = self.only_production && name.is_none();
        let name = name.unwrap_or_else(|| match self.names.as_slice() {
            [one] => one.clone(),
            _ => "production".to_owned(),
        });
        Self {
            names: vec![name],
            only_production,
            min_replicas: min_replicas.or(self.min_replicas),
            zones: zones.or(self.zones),
            survive_zones: survive.or(self.survive_zones),
            ..self.clone()
        }
    }

    /// Modifies a policy as the options require: every policy that was named with `--policy`, otherwise only
    /// production.
    pub fn apply(&self, policy: &mut Policy) {
        if self.only_production && policy.name != "production" {
            return;
        }
        policy.slo_p99 = self.slo_p99.or(policy.slo_p99);
        policy.target_utilization = self.target_utilization.unwrap_or(policy.target_utilization);
        if policy.target_utilization > policy.max_utilization && self.target_utilization.is_some() {
            policy.max_utilization = policy.target_utilization;
        }
        policy.min_replicas = self.min_replicas.unwrap_or(policy.min_replicas);
        policy.balancer = self.balancer.unwrap_or(policy.balancer);
        if self.zones.is_some() || self.survive_zones.is_some() || self.max_unavailable.is_some() {
            let own = policy.zones.unwrap_or(Zones { count: 3, survive: 0, max_unavailable: 0 });
            policy.zones = Some(Zones {
                count: self.zones.unwrap_or(own.count),
                survive: self
                    .survive_zones
                    .unwrap_or(own.survive.min(self.zones.unwrap_or(own.count).saturating_sub(1))),
                max_unavailable: self.max_unavailable.unwrap_or(own.max_unavailable),
            });
        }
        match self.ramp {
            None => {}
            Some(RampText::None) => policy.ramp = None,
            Some(RampText::Rise { factor, over }) => policy.ramp = Some(Ramp { factor, over }),
        }
    }
}

impl From<BalancerArg> for Balancer {
    fn from(arg: BalancerArg) -> Self {
        match arg {
            BalancerArg::Random => Self::Random,
            BalancerArg::RoundRobin => Self::RoundRobin,
            BalancerArg::P2c => Self::PowerOfTwo,
            BalancerArg::LeastRequest => Self::LeastRequest,
        }
    }
}

/// Subject of an estimate.
#[derive(Clone, Debug)]
pub enum EstimateSubject {
    /// One service with a demand in requests per second, under each of the profiles.
    Service(Interval),
    /// A running service of a cluster, with its own demand or with the given one.
    Running(ScrapeTarget, Option<Interval>),
    /// The services of a workload file.
    Workload(PathBuf),
    /// The claims of the article, checked at the article's demand. The given demand is kept only to be refused.
    Article(Option<Interval>),
}

/// The complete settings of `capmodel estimate`.
#[derive(Clone, Debug)]
pub struct EstimateSettings {
    /// Subject of the estimate.
    pub subject: EstimateSubject,
    /// Profiles by name or file.
    pub profiles: Vec<String>,
    /// Whether the profiles were named explicitly.
    pub profiles_given: bool,
    /// Set of profile values to use.
    pub evidence: Option<Evidence>,
    /// Number of worker processes per pod.
    pub workers: Option<Workers>,
    /// Requests and limits that replace those of the profiles.
    pub pod: PodOverrides,
    /// Work of the handler, by name or file.
    pub work: String,
    /// Whether the work was named explicitly; assumed work must not be used to interpret a measured handler.
    pub work_given: bool,
    /// CPU time of the handler: the language and the seconds per request.
    pub handler_cpu: Option<(String, f64)>,
    /// Seconds per request spent waiting for downstream services.
    pub wait: Option<f64>,
    /// An observation of one pod, as a dashboard shows it.
    pub observed: Option<ObservedText>,
    /// Sidecar proxy, by name or file.
    pub sidecar: Option<String>,
    /// Maximum rate of one pod, per profile.
    pub max_rps_per_pod: Overrides<RequestsPerSecond>,
    /// Speed of a core relative to the cores that the CPU costs were measured on.
    pub cpu_speed: Interval,
    /// Whether `--cpu-speed` was given.
    pub cpu_speed_given: bool,
    /// Policies and their modifications.
    pub policies: PolicySettings,
    /// Pods to evaluate instead of sizing.
    pub replicas: Option<u64>,
    /// Platform without nodes to compare with.
    pub platform: Option<PodPlatform>,
    /// Load curve by name or file.
    pub load: String,
    /// Whether the load curve was named explicitly.
    pub load_given: bool,
    /// Lowest and highest demand of the sweep, in requests per second.
    pub sweep: Option<(f64, f64)>,
    /// Prometheus with the metrics of the running service.
    #[cfg(feature = "live")]
    pub prometheus: Option<PrometheusSettings>,
    /// Metrics scraped directly from processes of the running service.
    pub scrapes: ScrapeSettings,
    /// Nodes and prices.
    pub basis: BasisSettings,
    /// The parts of the basis that were requested explicitly and must not be taken from a cluster.
    pub requested: RequestedBasis,
    /// Cluster whose free capacity is used first.
    pub cluster: Option<ClusterSource>,
    /// User-defined labels that mark spot nodes.
    pub spot_labels: Vec<SpotLabel>,
    /// Bytes that a response sends to the internet.
    pub response_bytes: Option<Bytes>,
    /// Number of samples for the intervals; 0 for none.
    pub samples: u32,
    /// Seed of all random streams.
    pub seed: u64,
    /// Level of detail of the screen.
    pub detail: EstimateDetail,
    /// Kind of the manifest to print instead of the estimate.
    pub emit: Option<EmitArg>,
    /// Format and destination of the result.
    pub output: OutputSettings,
}

impl EstimateSettings {
    /// Resolves the arguments with the environment and the defaults.
    ///
    /// # Errors
    /// A value of the environment that cannot be used.
    pub fn resolve(args: EstimateArgs, now: Timestamp) -> Result<Self, SettingsError> {
        super::refused::estimate(&args)?;
        let EstimateArgs {
            rps,
            workload,
            service,
            sweep,
            profile,
            evidence,
            workers,
            cpu_request,
            cpu_limit,
            memory_request,
            memory_limit,
            work,
            handler_cpu,
            wait,
            response_bytes,
            observed,
            sidecar,
            max_rps_per_pod,
            cpu_speed,
            policy,
            slo_p99,
            target_utilization,
            zones,
            survive_zones,
            min_replicas,
            max_unavailable,
            ramp,
            balancer,
            replicas,
            load,
            on,
            provider,
            region,
            instance_type,
            arch,
            capacity_type,
            kubelet,
            daemonset_overhead,
            prices,
            pricing,
            currency,
            month,
            cluster,
            #[cfg(feature = "live")]
            live,
            #[cfg(feature = "live")]
            access,
            #[cfg(feature = "live")]
            prometheus,
            scrape,
            samples,
            seed,
            verbose,
            #[cfg(feature = "live")]
            quiet,
            explain,
            article,
            emit,
            output,
        } = args;
        let cluster = cluster.map(|file| ClusterSource::Files(vec![file]));
        let scrapes = match &service {
            Some(service) => scrape.into_iter().map(|source| source.of(service.clone())).collect(),
            None => Vec::new(),
        };
        #[cfg(feature = "live")]
        let spot_labels = access.spot_label.clone();
        #[cfg(not(feature = "live"))]
        let spot_labels = Vec::new();
        #[cfg(feature = "live")]
        let cluster = match live {
            true => Some(ClusterSource::Live(Box::new(LiveCluster::resolve(access, None, None, quiet, now)?))),
            false => cluster,
        };
        let requested =
            RequestedBasis { provider, region, arch: arch.map(Into::into), distribution: kubelet.distribution() };
        let platform = platform(on, provider)?;
        let provider = provider.or(platform.map(PodPlatform::provider)).unwrap_or(Provider::Aws);
        if explain && matches!(output.format, Format::Json | Format::Csv) {
            return Err(SettingsError::ExplainForPeople);
        }
        let or_default = |given: Vec<String>, default: &[&str]| {
            if given.is_empty() { default.iter().map(|s| (*s).to_owned()).collect() } else { given }
        };
        Ok(Self {
            subject: match (workload, service, rps) {
                (Some(file), ..) => EstimateSubject::Workload(file),
                (None, Some(service), rps) => EstimateSubject::Running(service, rps.map(DemandText::interval)),
                (None, None, rps) if article => EstimateSubject::Article(rps.map(DemandText::interval)),
                (None, None, Some(rps)) => EstimateSubject::Service(rps.interval()),
                (None, None, None) => return Err(SettingsError::NoDemand),
            },
            scrapes: ScrapeSettings::resolve(scrapes, now)?,
            sweep: sweep.map(SweepText::ends),
            #[cfg(feature = "live")]
            prometheus: Some(PrometheusSettings::resolve(prometheus, quiet, now)?)
                .filter(|settings| settings.url.is_some()),
            profiles_given: !profile.is_empty(),
            load_given: load.is_some(),
            profiles: or_default(profile, &["python-fastapi", "go-gin"]),
            evidence: evidence.map(Into::into),
            workers,
            pod: PodOverrides {
                cpu_request: Overrides::new(cpu_request),
                cpu_limit: Overrides::new(cpu_limit),
                memory_request: Overrides::new(memory_request),
                memory_limit: Overrides::new(memory_limit),
            },
            work_given: work.is_some(),
            work: work.unwrap_or_else(|| "json".to_owned()),
            handler_cpu: handler_cpu.map(HandlerTime::into_parts),
            wait: wait.map(|wait| wait.seconds()),
            observed,
            sidecar,
            max_rps_per_pod: Overrides::new(max_rps_per_pod),
            cpu_speed: cpu_speed.map_or(Interval::ONE, SpeedText::interval),
            cpu_speed_given: cpu_speed.is_some(),
            policies: PolicySettings {
                only_production: policy.is_empty(),
                names: or_default(policy, &["steady", "production"]),
                slo_p99: slo_p99.map(|p99| p99.seconds()),
                target_utilization,
                zones,
                survive_zones,
                min_replicas,
                max_unavailable,
                ramp,
                balancer: balancer.map(Into::into),
            },
            replicas,
            platform,
            load: load.unwrap_or_else(|| "flat".to_owned()),
            basis: BasisSettings {
                provider,
                region: requested.region.clone().or_else(|| provider.default_region().map(ToOwned::to_owned)),
                instance_types: instance_type.into_iter().filter(|t| t != "auto").collect(),
                arch: requested.arch.unwrap_or(Arch::Amd64),
                capacity_type: capacity_type.into(),
                kubelet: kubelet.of(provider),
                daemonsets_assumed: daemonset_overhead.is_none(),
                daemonsets: daemonset_overhead.unwrap_or(DEFAULT_OVERHEAD).overhead(),
                prices,
                pricing,
                currency: currency.resolve(now)?,
                hours: month.map_or(Hours::MONTH, Month::hours),
                today: today(now),
            },
            requested,
            cluster,
            spot_labels,
            response_bytes,
            samples: samples.unwrap_or(DEFAULT_SAMPLES),
            seed: seed.unwrap_or(1),
            detail: EstimateDetail { verbose, explained: explain },
            emit,
            output: OutputSettings::resolve(output)?,
        })
    }
}

/// Number of samples at which the 5th percentile changes by less than one percent between seeds; computed in
/// milliseconds.
const DEFAULT_SAMPLES: u32 = 1024;

/// Requests that EKS, GKE and AKS commonly give a log agent, a CNI agent and kube-proxy together. This is an
/// assumption, so a finding reports it.
const DEFAULT_OVERHEAD: OverheadText = OverheadText::new(CpuMillis::from_millis(150), Bytes::from_mib(150), 3);

impl From<EvidenceArg> for Evidence {
    fn from(arg: EvidenceArg) -> Self {
        match arg {
            EvidenceArg::Article => Self::Article,
            EvidenceArg::Measured => Self::Measured,
        }
    }
}

impl From<ArchArg> for Arch {
    fn from(arg: ArchArg) -> Self {
        match arg {
            ArchArg::Amd64 => Self::Amd64,
            ArchArg::Arm64 => Self::Arm64,
        }
    }
}

impl From<CapacityTypeArg> for CapacityType {
    fn from(arg: CapacityTypeArg) -> Self {
        match arg {
            CapacityTypeArg::OnDemand => Self::OnDemand,
            CapacityTypeArg::Spot => Self::Spot,
        }
    }
}

/// The platform of `--on`, which must belong to the given provider.
fn platform(on: OnArg, given: Option<Provider>) -> Result<Option<PodPlatform>, SettingsError> {
    let (platform, name) = match on {
        OnArg::Nodes => return Ok(None),
        OnArg::Fargate => (PodPlatform::Fargate, "fargate"),
        OnArg::Autopilot => (PodPlatform::Autopilot, "autopilot"),
    };
    let own = platform.provider();
    match given.filter(|given| *given != own) {
        Some(given) => Err(SettingsError::OtherProvider { platform: name, own, given }),
        None => Ok(Some(platform)),
    }
}
