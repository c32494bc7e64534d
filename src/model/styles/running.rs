//! One running service in every style, and the advice.

use rust_decimal::Decimal;

use super::advice::{Advice, AdviceInput, Saving, Team, advise};
use super::back_test::ServiceBackTest;
use super::demand::Demand;
use super::learned::{Learned, OtherContainers};
use super::learning::Learning;
use super::node_purchase::{NodePurchase, OtherArchitecture};
use super::plan::{ClusterBasis, Outcome};
use super::service_forecast::{CountedIn, Expected, ServiceForecast};
use crate::model::cluster::WorkloadId;
use crate::model::finding::{Code, Finding};
use crate::model::nodes::PodRequest;
use crate::model::runtime::{PodResources, RuntimeProfile, Service};
use crate::model::services::ServiceFacts;
use crate::model::sizing::{LoadCurve, Policy};
use crate::model::uncertainty::Interval;
use crate::units::{Bytes, CpuMillis, Money};

/// Demand factors that every style is planned at.
pub const FACTORS: [f64; 3] = [1.0, 2.0, 10.0];

/// A style at the busy demand times each of [`FACTORS`].
pub type Style = [Outcome; FACTORS.len()];

/// Facts about a service before it is planned in any style.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Identifier of the workload.
    pub id: WorkloadId,
    /// Its demand, or why it is unknown.
    pub demand: Result<Demand, String>,
    /// Number of pods in the busy period, and mean number over the window.
    pub pods: (u64, Decimal),
    /// Current request of a pod, all containers together.
    pub request: PodRequest,
    /// Recommended request of a pod; `None` if no change is recommended.
    pub right_sized: Option<PodRequest>,
    /// Its runtime, image and cold start.
    pub known: ServiceFacts,
    /// Result of learning from its own steps.
    pub learning: Learning,
    /// The profile of its runtime and the learned values, or why there are none.
    pub learned: Result<(&'a RuntimeProfile, Learned), String>,
    /// The service in the other language in the pod that it would have, or why it is unknown.
    pub other: Result<Service, String>,
    /// Number of serving processes in one pod; `None` uses the profile's.
    pub processes: Option<u32>,
    /// Other containers of the pod; `None` without any.
    pub other_containers: Option<OtherContainers>,
    /// Sizing policy.
    pub policy: Policy,
    /// Its load curve if an autoscaler follows it; otherwise flat.
    pub load: LoadCurve,
    /// Evidence of machine learning, data processing and infrastructure.
    pub signs: KindEvidence,
    /// Purchase option and architecture of most of its pods' nodes; `None` if unknown.
    pub bought: Option<NodePurchase>,
    /// Maximum number of pods without intervention: that of its autoscaler, otherwise the current number.
    pub most_pods: u64,
    /// Forecast of the next month before pricing, or why there is none.
    pub expected: Result<Expected, String>,
    /// Back-test of this service.
    pub tested: ServiceBackTest,
    /// Findings about this service.
    pub findings: Vec<Finding>,
}

impl Facts<'_> {
    /// The service in its own language with the learned values, in its right-sized pod.
    ///
    /// # Errors
    /// Why nothing was learned.
    pub fn own(&self) -> Result<Service, String> {
        let (shape, learned) = self.learned.as_ref().map_err(String::clone)?;
        let service = learned.service(shape, self.own_pod(), self.processes, self.other_containers);
        service.ok_or_else(|| "the fitted values are out of range".to_owned())
    }

    /// The built-in profile of its runtime, and the part of the cost of a request that the profile does not explain.
    fn own_profile(&self) -> Result<OwnProfile, String> {
        let (shape, learned) = self.learned.as_ref().map_err(String::clone)?;
        let framework = f64::from(shape.values.benchmark.cores) / shape.values.throughput.interval.mid();
        Ok(OwnProfile {
            profile: shape.name.clone(),
            language: shape.language.clone(),
            handler_seconds: (learned.cpu_per_request.mid() - framework).max(0.0),
            request: self.right_sized.unwrap_or(self.request),
        })
    }

    /// Right-sized resources of the service's own container, without limits, because the planned usage must not be
    /// throttled.
    fn own_pod(&self) -> PodResources {
        let PodRequest { cpu, memory } = self.right_sized.unwrap_or(self.request);
        let other_containers = self.other_containers.map(|other_containers| other_containers.resources);
        PodResources {
            cpu_request: other_containers
                .map_or(cpu, |other_containers| cpu.saturating_sub(other_containers.cpu_request)),
            memory_request: other_containers
                .map_or(memory, |other_containers| memory.saturating_sub(other_containers.memory_request)),
            cpu_limit: None,
            memory_limit: None,
        }
    }
}

/// Evidence for the service kinds that the article's steps depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindEvidence {
    /// Evidence that it serves or trains machine-learning models.
    pub machine_learning: Option<String>,
    /// Evidence that it processes data.
    pub data_processing: Option<String>,
    /// Evidence that it is infrastructure.
    pub infrastructure: Option<String>,
}

/// Settings given by the user, for all services.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ServiceOptions {
    /// Objective for p99 in seconds.
    pub objective: Option<f64>,
    /// Language that the team knows.
    pub team: Option<Team>,
    /// One-time cost of a rewrite.
    pub rewrite_cost: Option<Money>,
    /// Speed of the cluster's cores relative to those that the profiles were measured on; `None` if unknown.
    pub cpu_speed: Option<Interval>,
}

/// A service as a built-in profile plus the work of its handler.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnProfile {
    /// Name of the profile.
    pub profile: String,
    /// Language of the profile.
    pub language: String,
    /// CPU seconds per request in addition to the framework's cost on the profile's benchmark cores; at least zero.
    pub handler_seconds: f64,
    /// Recommended request of one of its pods.
    pub request: PodRequest,
}

/// A running service in every style.
#[derive(Clone, Debug, PartialEq)]
pub struct RunningService {
    /// Identifier of the workload.
    pub id: WorkloadId,
    /// Its demand, or why it is unknown.
    pub demand: Result<Demand, String>,
    /// Its runtime, image and cold start.
    pub known: ServiceFacts,
    /// Result of learning from its own steps.
    pub learning: Learning,
    /// Its runtime's profile and the additional cost of a request, or why there is none.
    pub own: Result<OwnProfile, String>,
    /// Current pods and requests.
    pub as_is: Style,
    /// The same pods with the recommended requests.
    pub right_sized: Style,
    /// Sized under a Python profile.
    pub python: Style,
    /// Sized under a Go profile.
    pub go: Style,
    /// Right-sized on nodes with the other architecture; `None` if that is not cheaper or has no price.
    pub other_architecture: Option<OtherArchitecture>,
    /// Recommended action with its reason.
    pub advice: Advice,
    /// Forecast of the next month, or why there is none.
    pub forecast: Result<ServiceForecast, String>,
    /// Back-test of this service.
    pub tested: ServiceBackTest,
    /// Findings about this service.
    pub findings: Vec<Finding>,
}

impl RunningService {
    /// Plans a service in every style.
    pub fn new(mut facts: Facts<'_>, place: &ClusterBasis, given: &ServiceOptions) -> Self {
        let place = &place.on(facts.bought);
        let now = |request| FACTORS.map(|factor| as_many(&facts, place, factor, request));
        let as_is = now(facts.request);
        let right_sized = now(facts.right_sized.unwrap_or(facts.request));
        let profile = facts.own_profile();
        let own = facts.own();
        let forecast =
            facts.expected.as_ref().map_err(String::clone).map(|expected| next_month(&facts, expected, place, &own));
        let own = planned(&facts, place, &own);
        if let Ok(forecast) = &forecast {
            facts.findings.extend(beyond_its_pods(&facts, &own[0], forecast));
        }
        let other_price = facts.bought.and_then(|bought| place.others.get(&bought));
        let other_architecture = other_price
            .zip(right_sized[0].as_ref().ok())
            .map(|(price, sized)| OtherArchitecture::of(price, sized.share_cost.plan));
        let other = planned(&facts, place, &facts.other);
        let advice = advise(&AdviceInput {
            language: facts.known.runtime.language,
            machine_learning: facts.signs.machine_learning.as_deref(),
            data_processing: facts.signs.data_processing.as_deref(),
            infrastructure: facts.signs.infrastructure.as_deref(),
            busy: facts.demand.as_ref().ok().map(|demand| demand.busy.mid()),
            objective: given.objective,
            team: given.team,
            by_right_sizing: facts.right_sized.and_then(|_| saved(&as_is[0], &right_sized[0])),
            by_rewriting: saving(&[&as_is[0], &right_sized[0]], other_architecture.as_ref(), &other[0]),
            other_architecture: other_architecture.as_ref().map(|other| other.arch),
            rewrite_cost: given.rewrite_cost,
        });
        let (python, go) = if facts.known.runtime.language == Some("go") { (other, own) } else { (own, other) };
        Self {
            id: facts.id,
            demand: facts.demand,
            known: facts.known,
            learning: facts.learning,
            own: profile,
            as_is,
            right_sized,
            python,
            go,
            other_architecture,
            advice,
            forecast,
            tested: facts.tested,
            findings: facts.findings,
        }
    }
}

/// Adds cost, and the pods that the service's own profile needs, to the forecast.
fn next_month(
    facts: &Facts<'_>,
    expected: &Expected,
    place: &ClusterBasis,
    own: &Result<Service, String>,
) -> ServiceForecast {
    let asks = facts.request.cpu > CpuMillis::default() || facts.request.memory > Bytes::default();
    let needed = match (own, expected.counted_in) {
        (Ok(service), CountedIn::Requests) => {
            place.plan(service, &facts.policy, expected.busy, (&facts.load, expected.mean.mid()))
        }
        (Ok(_), CountedIn::Cores) => Err("it has no request counter".to_owned()),
        (Err(why), _) => Err(why.clone()),
    };
    ServiceForecast::new(expected, place, asks.then_some(facts.request), &needed)
}

/// Finding about a service whose pods are enough today, but whose maximum number of pods is below next month's need.
fn beyond_its_pods(facts: &Facts<'_>, today: &Outcome, forecast: &ServiceForecast) -> Option<Finding> {
    let (today, needed) = (today.as_ref().ok()?.pods.plan, forecast.needed.as_ref().ok()?.plan);
    let most = facts.most_pods;
    (today <= most && needed > most).then(|| {
        let message = format!(
            "{} is expected to need {needed} pods at {:.0} requests per second, but nothing scales it beyond {most}",
            forecast.month,
            forecast.busy.mid()
        );
        Finding::warning(Code::ForecastExceedsPods, format!("{}/{}", facts.id.namespace, facts.id.name), message)
    })
}

/// Today's pods scaled in proportion to the demand.
fn as_many(facts: &Facts<'_>, place: &ClusterBasis, factor: f64, request: PodRequest) -> Outcome {
    if request.cpu == CpuMillis::default() || request.memory == Bytes::default() {
        return Err("its pods do not request both CPU and memory, so the cluster share has no price".to_owned());
    }
    let (busy, average) = facts.pods;
    let times = Decimal::try_from(factor).unwrap_or(Decimal::ONE);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "pods")]
    let busy = (busy as f64 * factor).ceil() as u64;
    let mean = facts.demand.as_ref().map_or(0.0, |demand| demand.mean * factor);
    let zones = facts.policy.zones.map_or(1, |zones| zones.count);
    Ok(place.price(busy, average * times, request, zones, mean))
}

fn planned(facts: &Facts<'_>, place: &ClusterBasis, service: &Result<Service, String>) -> Style {
    FACTORS.map(|factor| {
        let demand = facts.demand.as_ref().map_err(String::clone)?;
        let service = service.as_ref().map_err(String::clone)?;
        let busy = demand.busy_times(factor).ok_or_else(|| "its demand is out of range".to_owned())?;
        place.plan(service, &facts.policy, busy, (&facts.load, demand.mean * factor))
    })
}

fn saved(from: &Outcome, to: &Outcome) -> Option<Money> {
    Some(from.as_ref().ok()?.share_cost.plan - to.as_ref().ok()?.share_cost.plan)
}

/// Saving of a style compared with the cheapest alternative.
fn saving(others: &[&Outcome], elsewhere: Option<&OtherArchitecture>, style: &Outcome) -> Option<Saving> {
    let here = others.iter().filter_map(|other| Some(other.as_ref().ok()?.share_cost.plan)).min()?;
    let best = elsewhere.map_or(here, |elsewhere| elsewhere.share_cost.min(here));
    let cost = style.as_ref().ok()?.share_cost;
    let [low, _, high] = cost.percentiles.unwrap_or([Some(cost.plan); 3]);
    Some(Saving { low: best - high?, mid: best - cost.plan, high: best - low? })
}
