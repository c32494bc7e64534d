use std::path::PathBuf;

#[cfg(feature = "live")]
use super::LiveCluster;
use super::{
    ClusterSource, HandlerCpuText, ObservedText, OutputSettings, OverheadText, Overrides, RampText, SettingsError,
    default_region, today,
};
use crate::cli::{ArchArg, BalancerArg, CapacityTypeArg, EmitArg, EstimateArgs, EvidenceArg, Format};
use crate::model::cluster::SpotLabel;
use crate::model::queueing::Balancer;
use crate::model::{
    Arch, CapacityType, DaemonSetOverhead, Distribution, Evidence, Interval, Kubelet, Policy, Provider, Ramp, Workers,
    Zones,
};
use crate::units::{Bytes, CpuMillis, Date, Hours, Month, Percent};

/// What a pod reserves and may use, where it is not the profile's.
#[derive(Clone, Debug)]
pub struct PodOverrides {
    /// CPU requests.
    pub cpu_request: Overrides<CpuMillis>,
    /// CPU limits.
    pub cpu_limit: Overrides<CpuMillis>,
    /// Memory requests.
    pub memory_request: Overrides<Bytes>,
    /// Memory limits.
    pub memory_limit: Overrides<Bytes>,
}

/// Which nodes, whose prices.
#[derive(Clone, Debug)]
pub struct BasisSettings {
    /// Whose.
    pub provider: Provider,
    /// Where; `None` takes the only region of an own table.
    pub region: Option<String>,
    /// Types by name; empty for every general one.
    pub instance_types: Vec<String>,
    /// Instruction set.
    pub arch: Arch,
    /// How nodes are bought.
    pub capacity_type: CapacityType,
    /// What the kubelets of the nodes keep back and admit.
    pub kubelet: Kubelet,
    /// What every node gives away.
    pub daemonsets: DaemonSetOverhead,
    /// Whether that is the assumption and not a flag.
    pub daemonsets_assumed: bool,
    /// Own price table.
    pub prices: Option<PathBuf>,
    /// Hours that are priced.
    pub hours: Hours,
    /// The day from which prices have an age.
    pub today: Date,
}

/// What was asked for; what was not is the cluster's where one is named.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Whose.
    pub provider: Option<Provider>,
    /// Where.
    pub region: Option<String>,
    /// Instruction set.
    pub arch: Option<Arch>,
    /// Reservation formulas.
    pub distribution: Option<Distribution>,
}

/// Policies by name or file, and what flags change in them.
#[derive(Clone, Debug)]
pub struct PolicySettings {
    /// Names and files.
    pub names: Vec<String>,
    only_production: bool,
    slo_p99: Option<f64>,
    target_utilization: Option<Percent>,
    zones: Option<u32>,
    survive_zones: Option<u32>,
    min_replicas: Option<u64>,
    max_unavailable: Option<u64>,
    ramp: Option<RampText>,
    balancer: Option<Balancer>,
}

impl PolicySettings {
    /// One policy with what a workload file says of it in place of the flags' values; where the file names none it is the one
    /// of `--policy`, else production.
    #[must_use]
    pub fn for_service(
        &self,
        name: Option<String>,
        min_replicas: Option<u64>,
        zones: Option<u32>,
        survive: Option<u32>,
    ) -> Self {
        // What the file names is meant to be changed by what the file says.
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

    /// Changes a policy as the flags say: production alone where no policy was named, else every one.
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

/// What an estimate is about.
#[derive(Clone, Debug)]
pub enum Ask {
    /// One service under a demand in requests a second, in each of the profiles.
    Service(Interval),
    /// The services of a file.
    Workload(PathBuf),
}

/// Everything `capmodel estimate` needs.
#[derive(Clone, Debug)]
pub struct EstimateSettings {
    /// What is asked about.
    pub ask: Ask,
    /// Profiles by name or file.
    pub profiles: Vec<String>,
    /// Their value set.
    pub evidence: Evidence,
    /// Processes of one pod.
    pub workers: Option<Workers>,
    /// Pod sizes that are not the profile's.
    pub pod: PodOverrides,
    /// What the handler does, by name or file.
    pub work: String,
    /// Its CPU, in seconds of a language.
    pub handler_cpu: Option<(String, f64)>,
    /// Seconds that it waits.
    pub wait: Option<f64>,
    /// One line of a dashboard.
    pub observed: Option<ObservedText>,
    /// A proxy by name or file.
    pub sidecar: Option<String>,
    /// The largest rate of one pod, in requests per second.
    pub max_rps_per_pod: Option<f64>,
    /// Policies and what is changed in them.
    pub policies: PolicySettings,
    /// Pods to evaluate instead of sizing.
    pub replicas: Option<u64>,
    /// Load curve by name or file.
    pub load: String,
    /// Nodes and prices.
    pub basis: BasisSettings,
    /// What of the basis was asked for, and is not to be taken from a cluster.
    pub asked: Asked,
    /// A cluster whose free room is used first.
    pub cluster: Option<ClusterSource>,
    /// Labels of one's own that spot machines have.
    pub spot_labels: Vec<SpotLabel>,
    /// Bytes a response sends to the internet.
    pub response_bytes: Option<Bytes>,
    /// Samples for the intervals.
    pub samples: u32,
    /// Seed of the samples.
    pub seed: u64,
    /// Print every step.
    pub explain: bool,
    /// Print the article's claims.
    pub article: bool,
    /// Print a manifest instead of the estimate.
    pub emit: Option<EmitArg>,
    /// Form and place of the result.
    pub output: OutputSettings,
}

impl EstimateSettings {
    /// Flags, environment and defaults in one value.
    ///
    /// # Errors
    /// A value of the environment that cannot be used.
    pub fn resolve(args: EstimateArgs) -> Result<Self, SettingsError> {
        let EstimateArgs {
            rps,
            workload,
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
            provider,
            region,
            instance_type,
            arch,
            capacity_type,
            kubelet,
            daemonset_overhead,
            prices,
            month,
            cluster,
            #[cfg(feature = "live")]
            live,
            #[cfg(feature = "live")]
            access,
            samples,
            seed,
            explain,
            article,
            emit,
            output,
        } = args;
        if workload.is_some() && policy.len() > 1 {
            return Err(SettingsError::NoEffect {
                flag: "a second --policy",
                why: "--workload plans each service once; name a policy per service in the file",
            });
        }
        #[cfg(feature = "live")]
        if !live {
            let given = [
                ("--kubeconfig", access.kubeconfig.is_some()),
                ("--context", access.context.is_some()),
                ("--namespace", !access.namespace.is_empty()),
            ];
            super::refuse_unused(&given, "it says how a cluster is reached, so it needs --live")?;
            let given = [("--spot-label", !access.spot_label.is_empty() && cluster.is_none())];
            super::refuse_unused(&given, "it is about the nodes of a cluster, so it needs --live or --cluster")?;
        }
        let cluster = cluster.map(|file| ClusterSource::Files(vec![file]));
        #[cfg(feature = "live")]
        let spot_labels = access.spot_label.clone();
        #[cfg(not(feature = "live"))]
        let spot_labels = Vec::new();
        #[cfg(feature = "live")]
        let cluster = match live {
            true => Some(ClusterSource::Live(Box::new(LiveCluster::resolve(access, None, None)?))),
            false => cluster,
        };
        let asked = Asked { provider, region, arch: arch.map(Into::into), distribution: kubelet.distribution() };
        let provider = provider.unwrap_or(Provider::Aws);
        if explain && matches!(output.format, Format::Json | Format::Csv) {
            return Err(SettingsError::ExplainForPeople);
        }
        let or_default = |given: Vec<String>, default: &[&str]| {
            if given.is_empty() { default.iter().map(|s| (*s).to_owned()).collect() } else { given }
        };
        Ok(Self {
            ask: match (workload, rps) {
                (Some(file), _) => Ask::Workload(file),
                (None, Some(rps)) => Ask::Service(rps.interval()),
                (None, None) => return Err(SettingsError::NoDemand),
            },
            profiles: or_default(profile, &["python-fastapi", "go-gin"]),
            evidence: evidence.into(),
            workers,
            pod: PodOverrides {
                cpu_request: Overrides::new(cpu_request),
                cpu_limit: Overrides::new(cpu_limit),
                memory_request: Overrides::new(memory_request),
                memory_limit: Overrides::new(memory_limit),
            },
            work,
            handler_cpu: handler_cpu.map(HandlerCpuText::into_parts),
            wait: wait.map(|wait| wait.seconds()),
            observed,
            sidecar,
            max_rps_per_pod: max_rps_per_pod.map(crate::units::RequestsPerSecond::per_second),
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
            load,
            basis: BasisSettings {
                provider,
                region: asked.region.clone().or_else(|| default_region(provider).map(ToOwned::to_owned)),
                instance_types: instance_type.into_iter().filter(|t| t != "auto").collect(),
                arch: asked.arch.unwrap_or(Arch::Amd64),
                capacity_type: capacity_type.into(),
                kubelet: kubelet.of(provider),
                daemonsets_assumed: daemonset_overhead.is_none(),
                daemonsets: daemonset_overhead.unwrap_or(DEFAULT_OVERHEAD).overhead(),
                prices,
                hours: month.map_or(Hours::MONTH, Month::hours),
                today: today()?,
            },
            asked,
            cluster,
            spot_labels,
            response_bytes,
            samples,
            seed,
            explain,
            article,
            emit,
            output: OutputSettings::resolve(output),
        })
    }
}

/// A log agent, a CNI agent and kube-proxy with the requests that EKS, GKE and AKS commonly give them; an assumption,
/// so a finding says it.
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
