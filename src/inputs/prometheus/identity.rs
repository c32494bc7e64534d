//! Checks that the metrics belong to the cluster that was read.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::Answer;
use super::error::PrometheusError;

/// Labels that describe a single node or the exporter, and so do not distinguish clusters.
const OF_ONE_NODE: [&str; 12] = [
    "__name__",
    "container_runtime_version",
    "deprecated_os_image",
    "internal_ip",
    "kernel_version",
    "kubelet_version",
    "kubeproxy_version",
    "node",
    "os_image",
    "pod_cidr",
    "provider_id",
    "system_uuid",
];

/// At most one in this many nodes may be unknown to the cluster: nodes come and go between two queries.
const CHANGING: usize = 10;

/// Whether the nodes in the response to the identity query belong to another cluster, or include nodes of another
/// cluster.
///
/// Returns nothing if the response is empty, or if the names of this cluster's nodes are unknown.
pub fn other_cluster(answer: &Answer, nodes: &BTreeSet<String>) -> Option<PrometheusError> {
    let seen: BTreeSet<&str> = answer.series.iter().map(|s| s.label("node")).filter(|n| !n.is_empty()).collect();
    let foreign: Vec<&str> = seen.iter().copied().filter(|node| !nodes.contains(*node)).collect();
    let (total, count) = (seen.len(), foreign.len());
    let example = (*foreign.first()?).to_owned();
    if nodes.is_empty() {
        return None;
    }
    let (covered, candidates) = candidates(answer, nodes);
    // A node that is merely new has the same labels as the others; a node that differs from all of them belongs to
    // another cluster.
    let set_apart = !candidates.is_empty() && covered == total - count;
    let too_many = count > 1.max(total / CHANGING) || count == total;
    (set_apart || too_many).then_some(PrometheusError::OtherCluster { foreign: count, total, example, candidates })
}

/// The nodes of this cluster, and the others.
type Sides<'a> = (BTreeSet<&'a str>, BTreeSet<&'a str>);

/// Labels for which all nodes with one value belong to this cluster, as matchers, with the number of those nodes.
fn candidates(answer: &Answer, ours: &BTreeSet<String>) -> (usize, Vec<String>) {
    let mut values: BTreeMap<(&str, &str), Sides> = BTreeMap::new();
    for series in &answer.series {
        let node = series.label("node");
        for (label, value) in series.metric.iter().filter(|(l, _)| !OF_ONE_NODE.contains(&l.as_str())) {
            let (own, other) = values.entry((label, value)).or_default();
            if ours.contains(node) {
                own.insert(node)
            } else {
                other.insert(node)
            };
        }
    }
    let mut found: Vec<(usize, String)> = values
        .into_iter()
        .filter(|(_, (own, other))| !own.is_empty() && other.is_empty())
        .map(|((label, value), (own, _))| (own.len(), format!("{label}={}", quote(value))))
        .collect();
    // A label that only some of the nodes have is worse than one that all of them have.
    let most = found.iter().map(|(count, _)| *count).max().unwrap_or(0);
    found.retain(|(count, _)| *count == most);
    found.sort_by(|a, b| (rank(&a.1), &a.1).cmp(&(rank(&b.1), &b.1)));
    found.truncate(3);
    (most, found.into_iter().map(|(_, matcher)| matcher).collect())
}

/// Sort key: labels with `cluster` in their name first, the exporter's own address last.
fn rank(matcher: &str) -> u8 {
    match matcher {
        m if m.starts_with("cluster=") => 0,
        m if m.contains("cluster") => 1,
        m if ["instance=", "pod=", "job=", "endpoint=", "container="].iter().any(|l| m.starts_with(l)) => 3,
        _ => 2,
    }
}

fn quote(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inputs::prometheus::AnswerSeries;

    fn answer(nodes: &[(&str, &str)]) -> Answer {
        let one = |(cluster, node): &(&str, &str)| {
            let mut series = AnswerSeries::default();
            for (label, value) in [("cluster", cluster), ("node", node), ("job", &"ksm"), ("instance", cluster)] {
                series.metric.insert(label.to_owned(), (*value).to_owned());
            }
            series
        };
        Answer { series: nodes.iter().map(one).collect(), ..Answer::default() }
    }

    fn names(nodes: &[&str]) -> BTreeSet<String> {
        nodes.iter().map(|n| (*n).to_owned()).collect()
    }

    #[test]
    fn two_clusters_in_one_prometheus_are_distinguished() {
        let both = answer(&[("prod", "a"), ("prod", "b"), ("test", "c"), ("test", "d")]);
        let error = other_cluster(&both, &names(&["a", "b"])).unwrap();
        assert_eq!(
            error.to_string(),
            "2 of 4 nodes in Prometheus belong to another cluster, for example c; select this cluster with \
             --prometheus-matcher 'cluster=\"prod\"' or --prometheus-matcher 'instance=\"prod\"'"
        );
    }

    #[test]
    fn metrics_of_another_cluster_are_refused() {
        let error = other_cluster(&answer(&[("test", "c")]), &names(&["a"])).unwrap();
        assert!(error.to_string().contains("no label distinguishes them"), "{error}");
    }

    #[test]
    fn nodes_that_come_and_go_are_not_another_cluster() {
        assert!(other_cluster(&answer(&[("p", "a"), ("p", "b"), ("p", "new")]), &names(&["a", "b", "c"])).is_none());
        assert!(other_cluster(&answer(&[("p", "a"), ("p", "new")]), &names(&["a"])).is_none());
        assert!(other_cluster(&answer(&[]), &names(&["a"])).is_none());
        assert!(other_cluster(&answer(&[("p", "a")]), &names(&[])).is_none());
    }
}
