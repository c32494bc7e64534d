//! Converts the samples of a period to the history of a cluster.

use std::collections::{BTreeMap, BTreeSet};

use super::complete::exclude_incomplete_rates;
use super::implausible::{exclude_implausible_steps, most_samples};
use super::occupancy::Places;
use super::runtime::{dedup_signs, is_service_container, of_the_service};
use super::{
    Grid, NodeHistory, NodeId, Observed, Occupancy, Owner, OwnerTable, RequestSource, RequestSubject, Series,
    WorkloadHistory, WorkloadSamples,
};
use crate::model::cluster::WorkloadId;
use crate::model::finding::{Code, Finding};

/// How much of a period has data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coverage {
    /// Length of the history in hours.
    pub hours: f64,
    /// Hours without data about nodes and pods. Nothing is counted in these hours.
    pub hours_without_cluster: f64,
    /// Hours with nodes and pods but without CPU usage.
    pub hours_without_usage: f64,
}

impl Coverage {
    /// Hours of the period whose nodes and pods are known.
    pub fn known_hours(&self) -> f64 {
        self.hours - self.hours_without_cluster
    }
}

/// What a cluster did in a period.
#[derive(Clone, Debug)]
pub struct History {
    /// The steps of the period.
    pub grid: Grid,
    /// Every node that existed, by name.
    pub nodes: Vec<NodeHistory>,
    /// Every workload that had a pod, by namespace, kind and name.
    pub workloads: Vec<WorkloadHistory>,
    /// How much of the period is known.
    pub coverage: Coverage,
    /// What a reader must know.
    pub findings: Vec<Finding>,
}

/// Resolves workloads and converts samples to hours.
///
/// An object with `n` samples in a step in which the node with the most samples has `m` existed for `n/m` of the
/// covered part of that step.
pub fn history(mut observed: Observed) -> History {
    let mut findings = exclude_implausible_steps(&mut observed);
    findings.extend(exclude_incomplete_rates(&mut observed));
    let Observed { grid, covered, node_samples, node_facts, workloads, owners, requests, containers, services, .. } =
        observed;
    let hours = HoursPerSample::new(grid, &covered, &node_samples);
    let coverage = hours.coverage(workloads.values().map(|w| &w.cores));
    if coverage.hours_without_cluster > 0.0 {
        findings.push(Finding::warning(
            Code::HistoryGap,
            grid.period().to_string(),
            format!(
                "{} of {} hours have no data about nodes and pods; their cost is not included",
                tenth(coverage.hours_without_cluster),
                tenth(coverage.hours)
            ),
        ));
    }
    if coverage.hours_without_usage > 0.0 {
        findings.push(Finding::warning(
            Code::UsageGap,
            grid.period().to_string(),
            format!("{} hours have data about nodes and pods but no CPU usage", tenth(coverage.hours_without_usage)),
        ));
    }
    let mut facts = node_facts;
    let mut nodes = Vec::with_capacity(node_samples.len());
    for (id, samples) in node_samples {
        let facts = facts.remove(&id).unwrap_or_default();
        nodes.push(NodeHistory { hours: hours.of(&samples), facts, id });
    }
    let mut workloads = resolve(workloads, &owners, (&hours, &Places::new(&nodes)), &mut findings);
    for ((_, convention), source) in requests {
        attach(&mut workloads, (&owners, &services), convention, &source, &mut findings);
    }
    for workload in workloads.values_mut() {
        let containers = containers.get(&workload.id).map_or(&[][..], Vec::as_slice);
        workload.runtimes = dedup_signs(of_the_service(std::mem::take(&mut workload.runtimes), containers));
        workload.software.retain(|sign| is_service_container(sign.container.as_deref(), containers));
        workload.software.sort();
        workload.software.dedup();
    }
    let workloads = workloads.into_values().collect();
    History { grid, nodes, workloads, coverage, findings }
}

/// The number of hours that one sample of a step stands for.
struct HoursPerSample {
    grid: Grid,
    covered: Series,
    worth: Series,
}

impl HoursPerSample {
    fn new(grid: Grid, covered: &Series, nodes: &BTreeMap<NodeId, Series>) -> Self {
        let most = most_samples(nodes);
        // Without coverage data, a step with a node counts as covered.
        let share = |step| if covered.count() == 0 { Some(1.0) } else { covered.get(step).map(|c| c.min(1.0)) };
        let mut counted = Series::default();
        let mut worth = Series::default();
        for (step, samples) in most.iter().filter(|(_, samples)| *samples > 0.0) {
            if let Some(share) = share(step) {
                counted.add(step, share);
                worth.add(step, share * grid.step().hours() / samples);
            }
        }
        Self { grid, covered: counted, worth }
    }

    fn of(&self, samples: &Series) -> Series {
        samples.map(|step, n| self.worth.get(step).map_or(f64::NAN, |hours| n * hours))
    }

    /// The part of a step's usage during which nodes and pods are known; the rest is excluded.
    fn where_covered(&self, used: &Series) -> Series {
        used.map(|step, n| self.covered.get(step).map_or(f64::NAN, |share| n * share))
    }

    fn coverage<'a>(&self, cores: impl Iterator<Item = &'a Series>) -> Coverage {
        let step = self.grid.step().hours();
        #[expect(clippy::cast_precision_loss, reason = "a period has far fewer than 2^53 steps")]
        let hours = self.grid.len() as f64 * step;
        let used: BTreeSet<usize> = cores.flat_map(|series| series.iter().map(|(index, _)| index)).collect();
        let unused =
            self.covered.iter().filter(|(index, _)| !used.contains(index)).fold(0.0, |sum, (_, share)| sum + share);
        let without_cluster = hours - self.covered.sum() * step;
        // Less than half a minute is a rounding error.
        let hours_without_cluster = if without_cluster < 0.01 { 0.0 } else { without_cluster };
        Coverage { hours, hours_without_cluster, hours_without_usage: unused * step }
    }
}

fn tenth(hours: f64) -> f64 {
    (hours * 10.0).round() / 10.0
}

/// A series added up step by step, and its total.
type Slot<'a> = (Series, Option<&'a mut Series>, fn(&mut Occupancy) -> &mut f64);

type Workloads = BTreeMap<WorkloadId, WorkloadHistory>;
type Services = BTreeMap<(String, String), BTreeSet<WorkloadId>>;

fn resolve(
    samples: BTreeMap<Owner, WorkloadSamples>,
    owners: &OwnerTable,
    (hours, places): (&HoursPerSample, &Places<'_>),
    findings: &mut Vec<Finding>,
) -> Workloads {
    let mut workloads: BTreeMap<WorkloadId, (WorkloadHistory, Quotas)> = BTreeMap::new();
    let (mut guessed, mut unknown) = (0_usize, 0.0);
    for (owner, read) in samples {
        let (id, by_name) = owners.resolve(&owner);
        guessed += usize::from(by_name);
        if id.kind.is_empty() {
            unknown += read.cores.sum() * hours.grid.step().hours();
            continue;
        }
        let (workload, quota) =
            workloads.entry(id.clone()).or_insert_with(|| (WorkloadHistory::new(id), Quotas::default()));
        let add = |total: &mut Series, part: &Series| part.iter().for_each(|(step, value)| total.add(step, value));
        for (node, held) in read.held {
            let slots: [Slot<'_>; 6] = [
                (hours.of(&held.running), Some(&mut workload.pod_hours), |held| &mut held.pod_hours),
                (hours.of(&held.requested_cpu), Some(&mut workload.requested_core_hours), |held| {
                    &mut held.requested_core_hours
                }),
                (hours.of(&held.requested_memory), Some(&mut workload.requested_byte_hours), |held| {
                    &mut held.requested_byte_hours
                }),
                (hours.of(&held.requested_gpu), Some(&mut workload.requested_gpu_hours), |held| {
                    &mut held.requested_gpu_hours
                }),
                (hours.where_covered(&held.excess_core_hours), None, |held| &mut held.excess_core_hours),
                (hours.where_covered(&held.excess_byte_hours), None, |held| &mut held.excess_byte_hours),
            ];
            for (hourly, total, slot) in slots {
                places.spread(&node, &hourly, |place, value| *slot(workload.held.entry(place).or_default()) += value);
                if let Some(total) = total {
                    add(total, &hourly);
                }
            }
        }
        add(&mut workload.cores, &read.cores);
        read.cores_of_busiest.iter().for_each(|(step, value)| workload.cores_of_busiest.raise(step, value));
        add(&mut workload.cores_of_sidecars, &read.cores_of_sidecars);
        add(&mut workload.memory_byte_hours, &hours.of(&read.memory));
        read.memory_peak.iter().for_each(|(step, value)| workload.memory_peak.raise(step, value));
        add(&mut quota.used_up, &read.throttled_periods);
        add(&mut quota.all, &read.quota_periods);
        workload.runtimes.extend(read.runtimes);
        workload.software.extend(read.software);
    }
    if guessed > 0 {
        let message = format!(
            "{guessed} ReplicaSets or Jobs have no owner in the history; their Deployment or CronJob is inferred from their name"
        );
        findings.push(Finding::info(Code::OwnerInferredFromName, "workloads", message));
    }
    if unknown > 0.0 {
        let message = format!(
            "{} core-hours were used by pods whose owner is not in the history: they have no row",
            tenth(unknown)
        );
        findings.push(Finding::warning(Code::OwnerUnknown, "workloads", message));
    }
    let finish = |(id, (mut workload, quota)): (WorkloadId, (WorkloadHistory, Quotas))| {
        let share = |used_up: f64, all: f64| if all > 0.0 { (used_up / all).min(1.0) } else { f64::NAN };
        workload.throttled = Some(share(quota.used_up.sum(), quota.all.sum())).filter(|share| !share.is_nan());
        workload.throttled_share = quota.all.map(|step, all| share(quota.used_up.get(step).unwrap_or(0.0), all));
        (id, workload)
    };
    workloads.into_iter().map(finish).collect()
}

/// Throttled and total periods of the CPU quota per second.
#[derive(Default)]
struct Quotas {
    used_up: Series,
    all: Series,
}

/// Assigns the requests and latencies of a convention to the workloads that have none yet.
fn attach(
    workloads: &mut Workloads,
    tables: (&OwnerTable, &Services),
    convention: &'static str,
    source: &RequestSource,
    findings: &mut Vec<Finding>,
) {
    let (mut homeless, mut nameless) = (BTreeSet::new(), false);
    let mut latencies: BTreeMap<WorkloadId, super::Buckets> = BTreeMap::new();
    for (subject, series) in &source.rates {
        match workload_of(workloads, tables, subject).and_then(|id| workloads.get_mut(&id)) {
            Some(workload) if workload.requests_from.is_none_or(|c| c == convention) => {
                workload.requests_from = Some(convention);
                series.iter().for_each(|(step, rate)| workload.requests_per_second.add(step, rate));
            }
            Some(_) => {}
            None if subject.is_unidentified() => nameless = true,
            None => drop(homeless.insert(subject.to_string())),
        }
    }
    for (subject, buckets) in &source.latencies {
        if let Some(id) = workload_of(workloads, tables, subject) {
            latencies.entry(id).or_default().merge(buckets);
        }
    }
    for (id, buckets) in latencies {
        if let Some(workload) = workloads.get_mut(&id).filter(|w| w.requests_from == Some(convention)) {
            workload.latency = buckets.latency();
            workload.response_times = buckets.response_times();
        }
    }
    if nameless {
        // Targets outside the cluster, such as an external etcd.
        let message = format!(
            "{convention} has series that name neither a pod nor a workload: their requests cannot be assigned to anything in this cluster"
        );
        findings.push(Finding::info(Code::RequestMetricUnattributed, convention, message));
    }
    if let Some(first) = homeless.first() {
        let names = match homeless.len() {
            1 => format!("`{first}`, which is neither a workload of this cluster nor a Service of exactly one"),
            many => format!(
                "{many} names that are neither a workload of this cluster nor a Service of exactly one, such as `{first}`"
            ),
        };
        let message = format!("{convention} counts requests for {names}");
        findings.push(Finding::warning(Code::RequestMetricUnattributed, convention, message));
    }
}

/// The workload that the subject of a request metric refers to. If several have the same name, kinds that serve
/// requests come first; if several joined names are a prefix of the text, the longest one matches. A Service of
/// another name refers to the workload that it selects, if there is exactly one.
fn workload_of(
    workloads: &Workloads,
    (owners, services): (&OwnerTable, &Services),
    subject: &RequestSubject,
) -> Option<WorkloadId> {
    const SERVING: [&str; 4] = ["Deployment", "StatefulSet", "DaemonSet", "Rollout"];
    let rank = |id: &WorkloadId| SERVING.iter().position(|kind| *kind == id.kind).unwrap_or(SERVING.len());
    let own = workloads.keys().map(|id| (id.namespace.as_str(), id.name.as_str(), id, rank(id)));
    let selected = services.iter().filter_map(|((namespace, name), selected)| {
        let mut there = selected.iter().filter(|id| workloads.contains_key(id));
        let only = there.next().filter(|_| there.next().is_none())?;
        Some((namespace.as_str(), name.as_str(), only, usize::MAX))
    });
    let named = own.chain(selected).filter(|(_, name, ..)| !name.is_empty());
    match subject {
        RequestSubject::Owner(owner) => Some(owners.resolve(owner).0),
        RequestSubject::Named { namespace, name } => {
            let same = named.filter(|(own_namespace, own_name, ..)| own_namespace == namespace && own_name == name);
            same.min_by_key(|(.., rank)| *rank).map(|(_, _, id, _)| id.clone())
        }
        RequestSubject::Joined(text) => {
            let begins = |(namespace, name, ..): &(&str, &str, &WorkloadId, usize)| {
                ['-', '_', '/', '.'].iter().any(|mark| text.starts_with(&format!("{namespace}{mark}{name}{mark}")))
            };
            let length = |(namespace, name, _, rank): &(&str, &str, &WorkloadId, usize)| {
                (std::cmp::Reverse(namespace.len() + name.len()), *rank)
            };
            named.filter(begins).min_by_key(length).map(|(_, _, id, _)| id.clone())
        }
    }
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;
