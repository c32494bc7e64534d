//! Checks which of the metrics that a report needs are present.

use std::collections::BTreeSet;

use super::answer::Answer;
use super::conventions::{CONVENTIONS, Convention, Subject};
use super::discovery::AvailableMetrics;
use super::matcher::Matcher;
use super::metric::{NODE_LABELS, OPTIONAL_METRICS, VITAL_METRICS};
use super::queries::{QUERIES, QueryId, all_metrics, node_labels};
use crate::model::cluster::{ARCH_LABELS, REGION_LABELS, TYPE_LABELS, purchase_labels};
use crate::model::requirement::{Availability, Requirement};
use crate::model::usage::{RUNTIME_METRICS, exported_label};

const AREA: &str = "Prometheus";

/// The responses that a check is based on.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    /// Names of the metrics that are present.
    pub present: AvailableMetrics,
    /// Metrics that have the labels `namespace` and `pod`, by name.
    pub with_pod: Answer,
    /// Metrics of containers that have the label `container`, by name.
    pub with_container: Answer,
    /// Series with the labels of nodes.
    pub node_labels: Answer,
    /// Request counters that have series matching the report's selection, by name.
    pub selected: Answer,
}

/// The queries of a check other than the discovery: which metrics have pod labels, which have container labels, which
/// node labels exist, and which counters have series matching the selection.
#[cfg_attr(not(feature = "live"), expect(dead_code, reason = "asked by `live` alone"))]
pub(super) fn promql(matchers: &[Matcher]) -> [String; 4] {
    let matchers = matchers.iter().map(|m| format!(",{m}")).collect::<String>();
    let named = |label: &str| {
        let names = all_metrics().join("|");
        format!(
            "group by (__name__) ({{__name__=~\"{names}\",namespace!=\"\",{label}!=\"\",exported_pod=\"\"{matchers}}})"
        )
    };
    let labels = format!(
        "group by ({}) ({NODE_LABELS}{{node!=\"\"{matchers}}})",
        node_labels(&std::collections::BTreeSet::new()).join(",")
    );
    let selected = CONVENTIONS.iter().filter(|c| c.wants().is_some()).flat_map(|c| {
        c.selections.iter().map(|selection| {
            let selection: String = selection.iter().map(|(label, value)| format!(",{label}=\"{value}\"")).collect();
            format!("group by (__name__) ({{__name__=\"{}\"{selection}{matchers}}})", c.rate)
        })
    });
    [named("pod"), named("container"), labels, selected.collect::<Vec<_>>().join(" or ")]
}

/// The requirements of a report on Prometheus, whether they are met, and what the report loses otherwise.
pub fn check_metrics(checked: &Checked) -> Vec<Requirement> {
    let names = |answer: &Answer| -> BTreeSet<String> {
        answer.series.iter().map(|s| s.label("__name__").to_owned()).collect()
    };
    let (pods, containers) = (names(&checked.with_pod), names(&checked.with_container));
    let selected = names(&checked.selected);
    let wants = |metric: &str| {
        let convention = CONVENTIONS.iter().find(|c| c.rate == metric && !selected.contains(metric));
        convention.filter(|_| checked.present.has(metric)).and_then(Convention::wants)
    };
    let mut all = Vec::new();
    for query in QUERIES {
        let any = matches!(query.id, QueryId::Requests | QueryId::Latency | QueryId::Runtimes);
        let found = any && query.can_be_asked(&checked.present);
        // A mesh that the cluster does not have is not a loss, unless nothing counts requests at all.
        if any && !found {
            all.push(Requirement {
                area: AREA,
                name: any_of(query.id, query.needs),
                from: query.from,
                state: Availability::Missing,
                without: query.without.to_owned(),
                vital: false,
            });
            continue;
        }
        for (place, metric) in query.needs.iter().enumerate() {
            if all.iter().any(|r: &Requirement| r.name == *metric) {
                continue;
            }
            let lacks = wants(metric);
            let state = match checked.present.has(metric) {
                true if lacks.is_some() => Availability::Unusable,
                true if is_of_pods(metric) && !pods.contains(*metric) => Availability::Unusable,
                true if metric.starts_with("container_") && !containers.contains(*metric) => Availability::Unusable,
                true => Availability::Found,
                // If several metrics are alternatives, any one is enough, and the first represents all of them if
                // there is none.
                false if found || any && place > 0 => Availability::NotNeeded,
                false => Availability::Missing,
            };
            let losses = QUERIES.iter().filter(|q| q.needs.contains(metric)).map(|q| q.without);
            let mut without = losses.collect::<Vec<_>>().join("; ");
            if let Some(lacks) = lacks {
                without.push_str(&format!(" (none of its series has {lacks})"));
            } else if any && state == Availability::Missing {
                without.push_str(&format!(" (any one of {} metrics is enough)", query.needs.len()));
            } else if state == Availability::Unusable {
                let label =
                    if metric.starts_with("container_") && pods.contains(*metric) { "container" } else { "pod" };
                without.push_str(&unlabelled(label, query.from));
            }
            all.push(Requirement {
                area: AREA,
                name: (*metric).to_owned(),
                from: query.from,
                state,
                without,
                vital: VITAL_METRICS.contains(metric),
            });
        }
    }
    all.extend(OPTIONAL_METRICS.map(|metric| optional(metric, checked, &pods)));
    all.extend(labels(checked));
    all
}

/// Description of a group of alternative metrics, with an example, because the whole list would fill a screen.
fn any_of(query: QueryId, metrics: &[&str]) -> String {
    let what = match query {
        QueryId::Latency => "a latency histogram",
        QueryId::Runtimes => "a runtime metric",
        _ => "a request counter",
    };
    let others = metrics.len().saturating_sub(1);
    format!("{what} ({} or any of {others} others)", metrics.first().unwrap_or(&""))
}

fn is_of_pods(metric: &str) -> bool {
    let of_pods = |convention: &Convention| matches!(convention.subject, Subject::Pod { .. });
    let elsewhere = CONVENTIONS
        .iter()
        .filter(|c| !of_pods(c))
        .any(|c| c.rate == metric || c.bucket.is_some_and(|(bucket, _)| bucket == metric));
    // OpenTelemetry uses its own labels for them.
    let of_resources = RUNTIME_METRICS.contains(&metric);
    let of_nodes =
        metric.starts_with("kube_node_") || metric.starts_with("kube_replicaset_") || metric.starts_with("kube_job_");
    !of_nodes && !elsewhere && !of_resources
}

fn unlabelled(label: &str, from: &str) -> String {
    let remedy = match from {
        "kube-state-metrics" => ": scrape it with honor_labels: true",
        _ => "",
    };
    format!(" (its series have no label `{label}`{remedy})")
}

fn optional((metric, without): (&'static str, &str), checked: &Checked, pods: &BTreeSet<String>) -> Requirement {
    let mut without = without.to_owned();
    let state = match checked.present.has(metric) {
        true if is_of_pods(metric) && !pods.contains(metric) => {
            without.push_str(&unlabelled("pod", "kube-state-metrics"));
            Availability::Unusable
        }
        true => Availability::Found,
        false => Availability::Missing,
    };
    Requirement { area: AREA, name: metric.to_owned(), from: "kube-state-metrics", state, without, vital: false }
}

/// The labels that are needed to price deleted nodes; of alternative labels, any one is enough.
fn labels(checked: &Checked) -> Vec<Requirement> {
    let has = |label: &str| checked.node_labels.series.iter().any(|s| !s.label(label).is_empty());
    let purchase: Vec<&str> = purchase_labels().collect();
    let groups: [(&str, &[&str], &str); 4] = [
        ("instance type", &TYPE_LABELS, "the instance type of deleted nodes (priced by size instead)"),
        ("region", &REGION_LABELS, "the region of deleted nodes (the region of current nodes is used)"),
        ("architecture", &ARCH_LABELS, "the architecture of deleted nodes"),
        ("capacity type", &purchase, "whether deleted nodes were spot (priced as on-demand instead)"),
    ];
    let one = |(what, keys, without): (&str, &[&str], &str)| {
        let names: Vec<String> = keys.iter().map(|key| exported_label(key)).collect();
        let found = names.iter().find(|name| has(name));
        let state = if found.is_some() { Availability::Found } else { Availability::Missing };
        let name = format!("{NODE_LABELS}: {what} ({})", found.unwrap_or(&names[0]));
        let hint = if found.is_some() { "" } else { " (kube-state-metrics: --metric-labels-allowlist=nodes=[…])" };
        Requirement {
            area: AREA,
            name,
            from: "kube-state-metrics",
            state,
            without: format!("{without}{hint}"),
            vital: false,
        }
    };
    groups.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::prometheus::AnswerSeries;

    fn series(labels: &[(&str, &str)]) -> AnswerSeries {
        let mut series = AnswerSeries::default();
        labels.iter().for_each(|(k, v)| drop(series.metric.insert((*k).to_owned(), (*v).to_owned())));
        series
    }

    #[test]
    fn each_missing_item_states_what_the_report_lacks() {
        let there = ["container_cpu_usage_seconds_total", "http_requests_total", "kube_node_info", "kube_pod_owner"];
        let with_pod = ["container_cpu_usage_seconds_total", "http_requests_total"];
        let checked = Checked {
            present: AvailableMetrics::of(&there),
            with_pod: Answer { series: with_pod.map(|name| series(&[("__name__", name)])).into(), ..Answer::default() },
            with_container: Answer::default(),
            node_labels: Answer { series: vec![series(&[("label_kubernetes_io_arch", "arm64")])], ..Answer::default() },
            selected: Answer::default(),
        };
        let all = check_metrics(&checked);
        let of =
            |name: &str| all.iter().find(|r| r.name.contains(name)).map(|r| (r.state, r.without.as_str())).unwrap();
        assert_eq!(of("kube_node_info").0, Availability::Found);
        assert_eq!(of("http_requests_total").0, Availability::Found);
        assert_eq!(of("istio_requests_total").0, Availability::NotNeeded);
        assert_eq!(of("container_memory_working_set_bytes").0, Availability::Missing);
        assert!(of("container_memory_working_set_bytes").1.contains("recommended memory requests"));
        let (state, without) = of("container_cpu_usage_seconds_total");
        assert_eq!(state, Availability::Unusable);
        assert!(without.contains("no label `container`"), "{without}");
        assert!(of("kube_pod_owner").1.contains("honor_labels"));
        assert_eq!(of("architecture").0, Availability::Found);
        assert!(of("instance type").1.contains("metric-labels-allowlist"));
    }
    /// A mesh without sidecars is counted at its waypoints, and a mesh whose destinations are not scraped is not
    /// counted at all.
    #[test]
    fn a_counter_without_matching_series_is_useless() {
        let state = |selected: &[&str]| {
            let checked = Checked {
                present: AvailableMetrics::of(&["istio_requests_total"]),
                selected: Answer {
                    series: selected.iter().map(|name| series(&[("__name__", name)])).collect(),
                    ..Answer::default()
                },
                ..Checked::default()
            };
            let all = check_metrics(&checked);
            let row = all.into_iter().find(|r| r.name == "istio_requests_total").unwrap();
            (row.state, row.without)
        };
        assert_eq!(state(&["istio_requests_total"]).0, Availability::Found);
        let (unusable, without) = state(&[]);
        assert_eq!(unusable, Availability::Unusable);
        let wants = "(none of its series has reporter=\"destination\" or reporter=\"waypoint\")";
        assert!(without.ends_with(wants), "{without}");
        let [.., selected] = promql(&["cluster=a".parse().unwrap()]);
        assert!(
            selected.contains("{__name__=\"istio_requests_total\",reporter=\"waypoint\",cluster=\"a\"}"),
            "{selected}"
        );
    }
}
