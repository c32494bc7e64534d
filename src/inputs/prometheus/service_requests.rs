//! The queries for requests and latencies, and the subject of each series in their responses.

use super::answer::AnswerSeries;
use super::conventions::{CONVENTIONS, Convention, Selection, Subject};
use super::discovery::AvailableMetrics;
use super::promql::{OWNER_LABELS, grown, joined};
use crate::model::usage::{Owner, RequestSubject};

/// The convention name of `--requests-query`.
pub(super) const OWN: &str = "--requests-query";

/// The convention with this name; an unknown name from a later version has no convention here.
pub fn known_convention(name: &str) -> &'static str {
    let known = CONVENTIONS.iter().map(|convention| convention.name).chain([OWN]);
    known.into_iter().find(|known| *known == name).unwrap_or("another convention")
}

/// Label value of series that count the samples of the counters.
pub(super) const SAMPLES: &str = "samples";

/// Labels that distinguish replicas of Prometheus unless they are deduplicated.
const REPLICAS: &str = "replica,prometheus_replica,__replica__,prometheus";

/// The quantity to query.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Measure {
    /// Rate per second.
    Rate,
    /// Rate per second for each bucket.
    Buckets,
    /// Number of samples.
    Samples,
}

/// Requests per second of every convention that is present and of the user's own query; and the number of samples
/// behind them.
///
/// The user's query must return the labels `namespace` and `pod`, or `namespace` and `workload`.
pub(super) fn rates(present: &AvailableMetrics, own: Option<&str>) -> String {
    let own = own.map(|text| {
        let served = joined(&format!("sum by (namespace,pod,workload) (({text}))"), present);
        let named = format!("label_replace({served},\"name\",\"$1\",\"workload\",\"(.+)\")");
        tagged(&format!("sum by ({OWNER_LABELS},name) ({named})"), "convention", OWN)
    });
    let known = CONVENTIONS.iter().filter(|c| present.has(c.rate)).flat_map(|c| {
        let samples = tagged(&c.text(c.rate, Measure::Samples, present), "part", SAMPLES);
        [c.text(c.rate, Measure::Rate, present), samples]
    });
    own.into_iter().chain(known).collect::<Vec<_>>().join(" or ")
}

/// Observations per second in each bucket of every convention that is present.
pub(super) fn buckets(present: &AvailableMetrics) -> String {
    let mut seen = Vec::new();
    let known = CONVENTIONS.iter().filter_map(|c| {
        let (bucket, _) = c.bucket.filter(|(bucket, _)| present.has(bucket) && !seen.contains(bucket))?;
        seen.push(bucket);
        Some(c.text(bucket, Measure::Buckets, present))
    });
    known.collect::<Vec<_>>().join(" or ")
}

fn tagged(text: &str, label: &str, value: &str) -> String {
    format!("label_replace({text},\"{label}\",\"{value}\",\"\",\"\")")
}

/// Copies a label to another name, if it is present.
fn copied(text: String, label: &str, from: &str) -> String {
    if label == from { text } else { format!("label_replace({text},\"{label}\",\"$1\",\"{from}\",\"(.+)\")") }
}

impl Convention {
    fn text(&self, metric: &str, measure: Measure, present: &AvailableMetrics) -> String {
        let selections = self.selections.iter().map(|selection| self.selected(metric, selection, measure, present));
        tagged(&format!("({})", selections.collect::<Vec<_>>().join(" or ")), "convention", self.name)
    }

    fn selected(&self, metric: &str, selection: Selection, measure: Measure, present: &AvailableMetrics) -> String {
        let selection: String = selection.iter().map(|(label, value)| format!("{label}=\"{value}\",")).collect();
        // Names with dots cannot be written before the braces.
        let (name, quoted) = match metric.contains('.') {
            true => ("", format!("__name__=\"{metric}\",")),
            false => (metric, String::new()),
        };
        let told = |also: &str| {
            let series = format!("{name}{{{quoted}{selection}{also}$matchers}}");
            let over_time = match measure {
                Measure::Samples => format!("count_over_time({series}[$window#])"),
                Measure::Rate | Measure::Buckets => grown(&series),
            };
            format!("max without ({REPLICAS}) ({over_time})")
        };
        // The number of samples of a pod, or of a proxy's series, is that of the series with the most samples.
        let add = if measure == Measure::Samples { "max" } else { "sum" };
        let also = if measure == Measure::Buckets { ",le" } else { "" };
        let of_pods = |told: String, namespace: &str, pod: &str| {
            let labelled = copied(copied(told, "namespace", namespace), "pod", pod);
            let pods = format!("{add} by (namespace,pod{also}) ({labelled})");
            format!("sum by ({OWNER_LABELS}{also}) ({})", joined(&pods, present))
        };
        match self.subject {
            Subject::Pod { namespace, pod } => of_pods(told(""), namespace, pod),
            Subject::Resource { namespace, pod } => {
                let told = match present.has("target_info") && !pod.contains('.') {
                    true => format!(
                        "({} {} or on (job,instance) {})",
                        told(&format!("{pod}=\"\",")),
                        of_target(namespace, pod),
                        told("")
                    ),
                    false => told(""),
                };
                of_pods(told, namespace, pod)
            }
            // An ingress is scraped either with its own namespace and service in the plain labels, or with
            // `honor_labels` for those in the metric; if there are exported labels, these are the right ones.
            Subject::Named { namespace, name } => {
                let labelled = copied(copied(told(""), "namespace", namespace), "name", "service");
                let labelled = if name == "service" { labelled } else { copied(labelled, "name", name) };
                format!("{add} by (namespace,name{also}) ({labelled})")
            }
            Subject::Joined(label) => {
                let labelled = copied(copied(told(""), "joined", "service"), "joined", label);
                format!("{add} by (joined{also}) ({labelled})")
            }
        }
    }
}

/// Joins the pod in the `target_info` of the same job and instance
/// (<https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#resource-attributes>).
fn of_target(namespace: &str, pod: &str) -> String {
    format!(
        "* on (job,instance) group_left ({namespace},{pod}) topk by (job,instance) (1, group by (job,instance,{namespace},{pod}) \
         (last_over_time(target_info{{{pod}!=\"\",$matchers}}[$window#])))"
    )
}

/// The convention of a series: its rank, its name, and the number of its units per second.
pub(super) fn convention_of(series: &AnswerSeries) -> Option<(usize, &'static str, f64)> {
    let name = series.label("convention");
    if name == OWN {
        return Some((0, OWN, 1.0));
    }
    let rank = CONVENTIONS.iter().position(|c| c.name == name)?;
    let units = CONVENTIONS[rank].bucket.map_or(1.0, |(_, units)| units);
    Some((rank + 1, CONVENTIONS[rank].name, units))
}

/// The counter of a series; `None` for the user's own query.
pub(super) fn counter_of(series: &AnswerSeries) -> Option<&'static str> {
    CONVENTIONS.iter().find(|convention| convention.name == series.label("convention")).map(|c| c.rate)
}

/// The subject of a series.
pub(super) fn subject_of(series: &AnswerSeries) -> RequestSubject {
    let text = |label| series.label(label).to_owned();
    if !series.label("joined").is_empty() {
        return RequestSubject::Joined(text("joined"));
    }
    if !series.label("name").is_empty() {
        return RequestSubject::Named { namespace: text("namespace"), name: text("name") };
    }
    RequestSubject::Owner(Owner { namespace: text("namespace"), kind: text("owner_kind"), name: text("owner_name") })
}
