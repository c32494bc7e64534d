//! `capmodel estimate --service`: a running service under its own demand, as it is and in the other language.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::estimate::{OfCluster, Subject, answer, of_cluster, question_about, whole_cluster};
use super::{Failure, Outcome, scrape, service, services, stored_usage};
use crate::inputs::files::{load_curve, parse_policy, parse_work, policy_source, work_source};
use crate::inputs::nearest::{did_you_mean, nearest};
use crate::model::cluster::{Owners, Snapshot, WorkloadId};
use crate::model::estimate::Section;
use crate::model::finding::{Code, Finding};
use crate::model::queueing::{QueueingTables, SHIPPED_TABLES};
use crate::model::report::{ScrapeTarget, blended, recommended_request};
use crate::model::runtime::{RuntimeProfile, Service};
use crate::model::services::{Reported, service_facts};
use crate::model::styles::{Facts, Gathered, Learning, Profiles, ServiceOptions, running_service};
use crate::model::uncertainty::Interval;
use crate::model::usage::{History, Scrape, processes};
use crate::outputs::measured_rate as rate;
use crate::settings::EstimateSettings;
use crate::units::grouped;

/// Reads cluster, history and prices, answers the question, and renders the answer.
pub(super) fn run(
    settings: &EstimateSettings,
    target: &ScrapeTarget,
    demand: Option<Interval>,
) -> Result<Outcome, Failure> {
    let Some(source) = &settings.cluster else {
        return Err(Failure::Value("--service needs --live or --cluster".to_owned()));
    };
    let scraped = scrape::read(&settings.scrapes)?;
    let mut snapshot = whole_cluster(source, settings)?;
    let id = find(&snapshot, target)?;
    let history = history(settings, &snapshot, &id, scraped)?;
    let shapes = services::profiles(settings.evidence)?;
    let facts = facts(&id, &history, &snapshot, &shapes)?;
    let (busy, found) = busy(&facts, demand, &history)?;
    let mut services = compared(settings, &facts, &id)?;
    let own_pods = remove_pods(&mut snapshot, &id);
    let OfCluster { mut basis, room, prices } = of_cluster(settings, &snapshot, &[])?;
    // A cluster share is priced at the cluster's own prices, as in its report.
    if let Some((core_hour, gib_hour)) = blended(&snapshot, &prices) {
        "the cluster".clone_into(&mut basis.share.group);
        basis.share.price.core_hour = core_hour;
        basis.share.price.gib_hour = gib_hour;
    }
    basis.findings.extend(found);
    basis.findings.extend(learned(&facts, own_pods));
    basis.findings.sort();
    if settings.emit.is_some() {
        services.truncate(1);
    }
    let policies = match settings.policies.is_named() {
        true => {
            let named = settings.policies.names.iter().map(|name| parse_policy(&policy_source(name)?));
            named.collect::<Result<Vec<_>, _>>()?
        }
        false => vec![facts.policy.clone()],
    };
    let sections = policies.into_iter().map(|policy| Section { policy, services: services.clone() }).collect();
    let load = if settings.load_given { load_curve(&settings.load)? } else { facts.load.clone() };
    let tables = Arc::new(QueueingTables::parse(SHIPPED_TABLES)?);
    let mut question = question_about(settings, busy, Subject { sections, load }, (Arc::new(basis), tables))?;
    question.cluster = Some(Arc::new(room));
    answer(settings, &question)
}

/// The only workload with pods that a name refers to.
pub(super) fn find(snapshot: &Snapshot, target: &ScrapeTarget) -> Result<WorkloadId, Failure> {
    let owners = Owners::new(&snapshot.workloads);
    let running = snapshot.pods.iter().filter(|pod| !pod.is_terminated());
    let mut all: Vec<WorkloadId> = running.map(|pod| owners.workload(pod)).collect();
    all.sort();
    all.dedup();
    let cluster = &snapshot.cluster.name;
    let meant: Vec<&WorkloadId> = all.iter().filter(|id| target.means(id)).collect();
    match meant.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            let names: Vec<String> = all.iter().map(|id| format!("{}/{}", id.namespace, id.name)).collect();
            let wanted = format!("{}/{}", target.namespace, target.name);
            let near: Vec<String> =
                nearest(&wanted, names.iter().map(String::as_str)).into_iter().map(ToOwned::to_owned).collect();
            Err(Failure::Value(format!("no service {target} runs in the cluster {cluster}{}", did_you_mean(&near))))
        }
        several => {
            let names: Vec<String> = several.iter().map(ToString::to_string).collect();
            Err(Failure::Value(format!("{target} may be any of {}: name one with its kind", names.join(", "))))
        }
    }
}

/// The history of the service: from Prometheus, the snapshot, or a single scrape.
fn history(
    settings: &EstimateSettings,
    snapshot: &Snapshot,
    id: &WorkloadId,
    scraped: BTreeMap<ScrapeTarget, Vec<Scrape>>,
) -> Result<History, Failure> {
    #[cfg(feature = "live")]
    if let Some(prometheus) = &settings.prometheus {
        let period = prometheus.period().ok_or(crate::settings::SettingsError::InvalidPeriod)?;
        return super::history::read(
            prometheus,
            (&settings.spot_labels, &std::collections::BTreeSet::new()),
            period,
            snapshot,
        );
    }
    let _ = settings;
    if scraped.is_empty() {
        return stored_usage::of(snapshot)?.ok_or_else(|| nothing_tells(id));
    }
    let of_one = scraped.into_values().map(|scrapes| (id.clone(), processes(scrapes))).collect();
    History::of_one_point(snapshot, &of_one).ok_or_else(|| nothing_tells(id))
}

fn nothing_tells(id: &WorkloadId) -> Failure {
    Failure::Value(format!(
        "the traffic of {id} is unknown: give --prometheus, take the snapshot with it (capmodel snapshot --prometheus URL), or \
         give the metrics of one of its processes with --scrape"
    ))
}

/// Facts about the service.
pub(super) fn facts<'a>(
    id: &WorkloadId,
    history: &History,
    snapshot: &Snapshot,
    profiles: &'a Profiles,
) -> Result<Facts<'a>, Failure> {
    let unknown = || Failure::Value(format!("no usage of {id} is known in {}", history.grid.period()));
    let workload = history.workloads.iter().find(|workload| workload.id == *id).ok_or_else(unknown)?;
    let request = recommended_request(workload, history.grid, snapshot).map(|request| (id.clone(), request));
    let known = service_facts(snapshot, &Reported::in_history(history), &[]);
    let recommended_request = request.into_iter().collect();
    let gathered =
        Gathered { history, snapshot, recommended_request: &recommended_request, known: &known, next: None, cut: None };
    running_service(id, &gathered, profiles, &ServiceOptions::default()).ok_or_else(unknown)
}

/// The demand to plan for, and a finding about it.
fn busy(facts: &Facts<'_>, asked: Option<Interval>, history: &History) -> Result<(Interval, Option<Finding>), Failure> {
    let (id, period) = (&facts.id, history.grid.period());
    match (&facts.demand, asked) {
        (Err(why), _) => Err(Failure::Value(format!(
            "{id}: {why} in {period}, so its CPU per request is unknown; --requests-query selects a metric of your own"
        ))),
        (Ok(own), asked) => {
            let busy = own.busy;
            let message = format!(
                "it serves {} requests per second at the busy period of {period} ({} to {}) and {} on average, counted by {}{}",
                rate(busy.mid()),
                rate(busy.low()),
                rate(busy.high()),
                rate(own.mean),
                own.counted_by,
                if asked.is_some() { "; this estimate uses the demand of --rps" } else { "" },
            );
            Ok((asked.unwrap_or(busy), Some(Finding::info(Code::ServiceDemand, id.to_string(), message))))
        }
    }
}

/// The service as it is, followed by the other languages.
fn compared(settings: &EstimateSettings, facts: &Facts<'_>, id: &WorkloadId) -> Result<Vec<Service>, Failure> {
    let refused = |why: String| Failure::Value(format!("no profile can be fitted for {id}: {why}"));
    let mut own = facts.own().map_err(refused)?;
    let (shape, learned) = facts.learned.as_ref().map_err(|why| refused(why.clone()))?;
    let others: Vec<RuntimeProfile> = match settings.profiles_given {
        true => service::profiles(settings, facts.policy.evidence)?,
        false => {
            let name = if shape.language == "go" { "python-fastapi" } else { "go-gin" };
            let settings = EstimateSettings { profiles: vec![name.to_owned()], ..settings.clone() };
            service::profiles(&settings, facts.policy.evidence)?
        }
    };
    set_name(&mut own, id, &others);
    let mut all = vec![own];
    let work = if settings.work_given { Some(parse_work(&work_source(&settings.work)?)?) } else { None };
    let kind = work.and_then(|work| work.kind);
    let speed = settings.cpu_speed_given.then_some(settings.cpu_speed);
    for other in &others {
        let beside = (facts.processes.unwrap_or(1), facts.other_containers);
        all.push(learned.under(shape, other, beside, speed.as_ref(), kind.clone()).map_err(refused)?);
    }
    for service in &mut all {
        "its own".clone_into(&mut service.work.name);
        if let Some(bytes) = settings.response_bytes {
            service.work.response_bytes = Some(bytes);
        }
    }
    let profiles: Vec<RuntimeProfile> = all.iter().map(|service| service.profile.clone()).collect();
    service::check_names(&profiles, settings)?;
    all.into_iter().map(|service| service::as_given(service, settings)).collect()
}

/// Gives the profile the service's name, or another one if that is taken.
pub(super) fn set_name(own: &mut Service, id: &WorkloadId, others: &[RuntimeProfile]) {
    let shape = std::mem::take(&mut own.profile.title);
    own.profile.title = format!("{}/{}, as it runs ({shape})", id.namespace, id.name);
    own.profile.name.clone_from(&id.name);
    if others.iter().any(|other| other.name == own.profile.name) {
        own.profile.name.push_str("-as-it-runs");
    }
}

/// Removes the service's own pods from the cluster, so that the planned pods can use their capacity; returns their
/// number.
fn remove_pods(snapshot: &mut Snapshot, id: &WorkloadId) -> usize {
    let owners = Owners::new(&snapshot.workloads);
    let before = snapshot.pods.len();
    let stays: Vec<bool> = snapshot.pods.iter().map(|pod| owners.workload(pod) != *id).collect();
    let mut stays = stays.into_iter();
    snapshot.pods.retain(|_| stays.next().unwrap_or(true));
    before - snapshot.pods.len()
}

/// Findings about how the service's values were obtained.
fn learned(facts: &Facts<'_>, pods: usize) -> Vec<Finding> {
    let id = facts.id.to_string();
    let mut findings: Vec<Finding> = facts.findings.iter().filter(|finding| finding.subject == id).cloned().collect();
    let Learning { calibration, .. } = &facts.learning;
    if let (Ok(calibration), Ok((shape, learned))) = (calibration, &facts.learned) {
        let milliseconds = |seconds: f64| format!("{:.3}", seconds * 1e3);
        let cost = learned.cpu_per_request;
        findings.push(Finding::info(
            Code::ServiceCalibrated,
            &id,
            format!(
                "CPU per request is {} ms ({} to {}), fitted to {} steps ({} left out; median error {:.0}%), on \
                 top of {:.0}m per idle pod; its runtime is modelled as {}",
                milliseconds(cost.mid()),
                milliseconds(cost.low()),
                milliseconds(cost.high()),
                calibration.points,
                calibration.left_out.sum(),
                calibration.error * 100.0,
                learned.idle_cpu.mid() * 1e3,
                shape.name,
            ),
        ));
    }
    let message = format!(
        "the capacity used by its {} pods counts as free, because the planned pods replace them",
        grouped(pods)
    );
    findings.push(Finding::info(Code::ServiceReplaced, &id, message));
    findings
}
