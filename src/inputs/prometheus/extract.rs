//! Adds the response to a query to the observed samples.

use std::collections::BTreeMap;

use super::answer::{Answer, AnswerSeries};
use super::promql::look;
use super::queries::QueryId;
use super::service_requests::{SAMPLES, convention_of, counter_of, subject_of};
use crate::model::software::SoftwareSign;
use crate::model::usage::{
    Grid, NodeId, Observed, OccupancySamples, Owner, RequestSubject, RuntimeSign, Series, WorkloadSamples,
    exported_gpu_sevenths,
};
use crate::units::{Bytes, CpuMillis};

/// Adds one response to the observed samples, and returns the number of implausible values.
///
/// `grid` is the grid of the query, which is coarser than the steps for facts.
pub fn extract(query: QueryId, answer: &Answer, grid: Grid, observed: &mut Observed) -> usize {
    let mut not_numbers = 0;
    for series in &answer.series {
        not_numbers += series.samples().filter(|(_, value)| !is_plausible(*value)).count();
        one(query, series, grid, observed);
    }
    not_numbers
}

fn one(query: QueryId, series: &AnswerSeries, grid: Grid, observed: &mut Observed) {
    match query {
        QueryId::Discovery | QueryId::Identity => {}
        QueryId::Covered => {
            let step = grid.step().seconds();
            #[expect(clippy::cast_precision_loss, reason = "a few looks in a step")]
            let whole = (step / look(step)) as f64;
            each(series, grid, |step, points| observed.covered.raise(step, points / whole));
        }
        QueryId::Nodes => {
            let id = node(series);
            if !id.name.is_empty() {
                let samples = observed.node_samples.entry(id).or_default();
                each(series, grid, |step, count| samples.add(step, count));
            }
        }
        QueryId::NodeLabels => {
            let facts = observed.node_facts.entry(node(series)).or_default();
            let steps = series.samples().count();
            let labels = series.metric.iter().filter(|(name, _)| name.starts_with("label_"));
            let labels: BTreeMap<String, String> = labels.map(|(name, value)| (name.clone(), value.clone())).collect();
            // If two exporters describe one node, the one with more labels is used.
            if (steps, labels.len()) > (facts.steps, facts.labels.len()) {
                (facts.labels, facts.steps) = (labels, steps);
            }
        }
        QueryId::NodeCapacity => capacity(series, observed),
        QueryId::Owners => {
            let (kind, child) = match (series.label("replicaset"), series.label("job_name")) {
                ("", "") => return,
                ("", job) => ("Job", job),
                (replica_set, _) => ("ReplicaSet", replica_set),
            };
            let namespace = series.label("namespace").to_owned();
            let child = Owner { namespace, kind: kind.to_owned(), name: child.to_owned() };
            observed.owners.insert(child, series.label("owner_kind"), series.label("owner_name"));
        }
        QueryId::Requests => {
            let Some((rank, name, _)) = convention_of(series) else { return };
            let source = observed.requests.entry((rank, name)).or_default();
            let told = if series.label("part") == SAMPLES { &mut source.samples } else { &mut source.rates };
            let subject = subject_of(series);
            // A counter that is specific to one framework identifies the framework too.
            let sign = counter_of(series).and_then(|counter| SoftwareSign::of(counter, ""));
            if let (RequestSubject::Owner(owner), Some(sign)) = (&subject, sign) {
                observed.workloads.entry(owner.clone()).or_default().add_software(sign);
            }
            let told = told.entry(subject).or_default();
            each(series, grid, |step, value| told.add(step, value));
        }
        QueryId::Latency => {
            let Some((rank, name, units_per_second)) = convention_of(series) else { return };
            let Ok(bound) = series.label("le").parse::<f64>() else { return };
            let source = observed.requests.entry((rank, name)).or_default();
            let buckets = source.latencies.entry(subject_of(series)).or_default();
            for (_, rate) in series.samples().filter(|(_, rate)| is_plausible(*rate)) {
                buckets.add(bound / units_per_second, rate * grid.step().as_f64());
            }
        }
        QueryId::Pods
        | QueryId::Requested
        | QueryId::Cpu
        | QueryId::Throttling
        | QueryId::Memory
        | QueryId::MemoryPeak
        | QueryId::Runtimes => workload(query, series, grid, observed),
    }
}

fn node(series: &AnswerSeries) -> NodeId {
    NodeId { name: series.label("node").to_owned(), provider_id: series.label("provider_id").to_owned() }
}

/// Whether a value is plausible for these metrics: none of them is negative, and none comes near 10²⁰.
fn is_plausible(value: f64) -> bool {
    (0.0..1e20).contains(&value)
}

fn each(series: &AnswerSeries, grid: Grid, mut take: impl FnMut(usize, f64)) {
    for (second, value) in series.samples().filter(|(_, value)| is_plausible(*value)) {
        if let Some(step) = grid.ending_at(second) {
            take(step, value);
        }
    }
}

fn capacity(series: &AnswerSeries, observed: &mut Observed) {
    let facts = observed.node_facts.entry(node(series)).or_default();
    let mut values: Vec<f64> = series.samples().map(|(_, v)| v).filter(|v| is_plausible(*v)).collect();
    values.sort_by(f64::total_cmp);
    // The median, because in a step in which a name passes to another machine, the values of both are present.
    let usual = values.get(values.len() / 2).copied().unwrap_or_default();
    match series.label("resource") {
        "cpu" if usual > 0.0 => facts.cpu = Some(CpuMillis::nearest(usual)),
        "memory" if usual > 0.0 => facts.memory = Some(Bytes::nearest(usual)),
        name if exported_gpu_sevenths(name).is_some() => {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` keeps to the range")]
            let gpus = usual.round() as u32;
            let own = facts.gpus.entry(name.to_owned()).or_default();
            *own = gpus.max(*own);
        }
        _ => {}
    }
}

fn workload(query: QueryId, series: &AnswerSeries, grid: Grid, observed: &mut Observed) {
    let label = |name| series.label(name).to_owned();
    let owner = Owner { namespace: label("namespace"), kind: label("owner_kind"), name: label("owner_name") };
    let samples = observed.workloads.entry(owner).or_default();
    if query == QueryId::MemoryPeak {
        return each(series, grid, |step, value| samples.memory_peak.raise(step, value));
    }
    if query == QueryId::Pods && series.label("part") == "longest" {
        return each(series, grid, |step, value| samples.running_longest.raise(step, value));
    }
    if query == QueryId::Cpu && series.label("part") == "busiest" {
        return each(series, grid, |step, value| samples.cores_of_busiest.raise(step, value));
    }
    if query == QueryId::Runtimes {
        let sign = RuntimeSign::of(series.label("metric"), |label| series.label(label));
        samples.runtimes.extend(sign.filter(|sign| !samples.runtimes.contains(sign)));
        let software = SoftwareSign::of(series.label("metric"), series.label("container"));
        software.into_iter().for_each(|sign| samples.add_software(sign));
        return;
    }
    let sevenths = exported_gpu_sevenths(series.label("resource")).filter(|_| query == QueryId::Requested);
    if let Some(sevenths) = sevenths {
        #[expect(clippy::cast_precision_loss, reason = "a slice is a few sevenths")]
        let part = sevenths as f64 / 7.0;
        let held = samples.held.entry(label("node")).or_default();
        return each(series, grid, |step, value| held.requested_gpu.add(step, value * part));
    }
    if let Some(target) = target(query, series, samples) {
        each(series, grid, |step, value| target.add(step, value));
    }
}

fn target<'a>(query: QueryId, series: &AnswerSeries, samples: &'a mut WorkloadSamples) -> Option<&'a mut Series> {
    let held = |samples: &'a mut WorkloadSamples| -> &'a mut OccupancySamples {
        samples.held.entry(series.label("node").to_owned()).or_default()
    };
    Some(match (query, series.label("resource"), series.label("part")) {
        (QueryId::Pods, _, _) => &mut held(samples).running,
        (QueryId::Requested, "cpu", _) => &mut held(samples).requested_cpu,
        (QueryId::Requested, "memory", _) => &mut held(samples).requested_memory,
        (QueryId::Cpu, _, "sidecars") => &mut samples.cores_of_sidecars,
        (QueryId::Cpu, _, "excess") => &mut held(samples).excess_core_hours,
        (QueryId::Memory, _, "excess") => &mut held(samples).excess_byte_hours,
        (QueryId::Cpu, _, _) => &mut samples.cores,
        (QueryId::Throttling, _, "used up") => &mut samples.throttled_periods,
        (QueryId::Throttling, _, "all") => &mut samples.quota_periods,
        (QueryId::Memory, _, _) => &mut samples.memory,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::prometheus::extract_answer;
    use crate::model::usage::{Period, StepSeconds};
    use jiff::Timestamp;

    fn read(query: QueryId, series: &str) -> (Observed, usize) {
        let at = |s| Timestamp::from_second(s).unwrap();
        let grid = Grid::new(Period::new(at(0), at(10_800)).unwrap(), StepSeconds::HOUR);
        let mut observed = Observed::new(grid);
        let body = format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{series}]}}}}"#);
        let not_numbers = extract(query, &extract_answer(body.as_bytes()).unwrap(), grid, &mut observed);
        (observed, not_numbers)
    }

    #[test]
    fn usage_is_added_by_owner_and_step() {
        let (o, not_numbers) = read(
            QueryId::Cpu,
            r#"{"metric":{"namespace":"prod","owner_kind":"StatefulSet","owner_name":"db"},
                "values":[[3599.999,"0.5"],[7199.999,"NaN"],[10799.999,"1.5"],[99999,"7"]]}"#,
        );
        let samples = o.workloads.values().next().unwrap();
        assert_eq!(samples.cores.iter().collect::<Vec<_>>(), [(0, 0.5), (2, 1.5)]);
        assert_eq!(not_numbers, 1);
    }

    #[test]
    fn facts_of_nodes_are_read() {
        let n1 = NodeId { name: "n1".to_owned(), provider_id: String::new() };
        let (o, _) = read(
            QueryId::NodeLabels,
            r#"{"metric":{"node":"n1","label_node_kubernetes_io_instance_type":"m6i.large","other":"x"},"values":[[0,"1"]]}"#,
        );
        assert_eq!(o.node_facts[&n1].instance_type(), Some("m6i.large"));
        assert_eq!(o.node_facts[&n1].labels.len(), 1);
        let (o, _) = read(
            QueryId::NodeCapacity,
            r#"{"metric":{"node":"n1","resource":"cpu"},"values":[[0,"1.93"],[3600,"NaN"]]},
               {"metric":{"node":"n1","resource":"memory"},"values":[[0,"8132001792"]]}"#,
        );
        assert_eq!(o.node_facts[&n1].cpu, Some(CpuMillis::from_millis(1930)));
        assert_eq!(o.node_facts[&n1].memory, Some(Bytes::from_bytes(8_132_001_792)));
    }

    #[test]
    fn milliseconds_are_converted_to_seconds() {
        let series = |le: &str, n: &str| {
            format!(
                r#"{{"metric":{{"convention":"Istio","namespace":"prod","name":"web","le":"{le}"}},"values":[[3599.999,"{n}"]]}}"#
            )
        };
        let (o, _) = read(QueryId::Latency, &[series("100", "5"), series("+Inf", "10")].join(","));
        let source = &o.requests.iter().next().unwrap().1;
        let (subject, buckets) = source.latencies.iter().next().unwrap();
        assert_eq!(*subject, RequestSubject::Named { namespace: "prod".to_owned(), name: "web".to_owned() });
        assert_eq!(buckets.quantile(0.5), Some(0.1));
    }

    #[test]
    fn counters_and_metric_names_identify_frameworks() {
        let (o, _) = read(
            QueryId::Requests,
            r#"{"metric":{"convention":"Echo","namespace":"a","owner_kind":"StatefulSet","owner_name":"x"},"values":[[3600,"1"]]},
               {"metric":{"convention":"Echo","part":"samples","namespace":"a","owner_kind":"StatefulSet","owner_name":"x"},"values":[[3600,"9"]]},
               {"metric":{"convention":"gRPC","namespace":"a","owner_kind":"StatefulSet","owner_name":"x"},"values":[[3600,"1"]]}"#,
        );
        let sign =
            |metric, container: Option<&str>| SoftwareSign { metric, container: container.map(ToOwned::to_owned) };
        let software = |o: &Observed| o.workloads.values().flat_map(|w| w.software.clone()).collect::<Vec<_>>();
        assert_eq!(software(&o), [sign("echo_requests_total", None)]);
        let (o, _) = read(
            QueryId::Runtimes,
            r#"{"metric":{"namespace":"a","owner_kind":"StatefulSet","owner_name":"x","container":"api","metric":"flask_exporter_info"},"values":[[0,"1"]]},
               {"metric":{"namespace":"a","owner_kind":"StatefulSet","owner_name":"x","container":"api","metric":"python_info","version":"3.13"},"values":[[0,"1"]]}"#,
        );
        assert_eq!(software(&o), [sign("flask_exporter_info", Some("api"))]);
        assert_eq!(o.workloads.values().next().unwrap().runtimes[0].version, "3.13");
    }

    #[test]
    fn jobs_and_replica_sets_have_owners() {
        let (o, _) = read(
            QueryId::Owners,
            r#"{"metric":{"namespace":"a","job_name":"x-1","owner_kind":"CronJob","owner_name":"x"},"values":[[0,"1"]]},
               {"metric":{"namespace":"a","replicaset":"y-1","owner_kind":"Rollout","owner_name":"y"},"values":[[0,"1"]]}"#,
        );
        let resolve = |kind: &str, name: &str| {
            let owner = Owner { namespace: "a".to_owned(), kind: kind.to_owned(), name: name.to_owned() };
            o.owners.resolve(&owner).0.kind
        };
        assert_eq!((resolve("Job", "x-1"), resolve("ReplicaSet", "y-1")), ("CronJob".to_owned(), "Rollout".to_owned()));
    }
}
