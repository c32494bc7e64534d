//! Two clusters in one Prometheus, each scraped by two replicas, with an hour that nothing was scraped.

use capmodel::inputs::prometheus::{HistoryQuestion, PrometheusError};
use capmodel::model::usage::{Grid, Period, StepSeconds, history};
use capmodel::run::Failure;
use jiff::Timestamp;

use super::Server;
use super::openmetrics::OpenMetrics;
use crate::support::prometheus::{endpoint, off, read};

const SCRAPE: i64 = 30;
const HOUR: i64 = 3600;

fn end() -> i64 {
    "2026-10-01T00:00:00Z".parse::<Timestamp>().unwrap().as_second()
}

fn generate(out: &mut OpenMetrics) {
    let mut family = |name: &str, labels: &str, value: &dyn Fn(i64) -> f64| {
        for cluster in ["one", "two"] {
            for replica in ["a", "b"] {
                let labels =
                    format!("cluster=\"{cluster}\",prometheus_replica=\"{replica}\",{}", labels.replace("$c", cluster));
                // The second replica was away for an hour; an hour before the end nothing was scraped.
                let begin = if replica == "b" { end() - 5 * HOUR } else { end() - 7 * HOUR };
                for life in [(begin, end() - 2 * HOUR, SCRAPE), (end() - HOUR, end(), SCRAPE)] {
                    out.series(name, &labels, life, value);
                }
            }
        }
    };
    #[expect(clippy::cast_precision_loss, reason = "seconds of a day are exact in an f64")]
    let since = |t: i64| (t - end() + 7 * HOUR) as f64;
    let pod = "namespace=\"prod\",pod=\"web-0\"";
    family("container_cpu_usage_seconds_total", &format!("{pod},container=\"main\",id=\"/x\""), &|t| 0.5 * since(t));
    family("container_memory_working_set_bytes", &format!("{pod},container=\"main\",id=\"/x\""), &|_| 1e8);
    family("http_requests_total", &format!("{pod},code=\"200\""), &|t| 30.0 * since(t));
    family("kube_node_info", "node=\"$c-n1\"", &|_| 1.0);
    family("kube_pod_owner", &format!("{pod},owner_kind=\"StatefulSet\",owner_name=\"web\""), &|_| 1.0);
    family("kube_pod_status_phase", &format!("{pod},phase=\"Running\""), &|_| 1.0);
    family("kube_pod_container_resource_requests", &format!("{pod},container=\"main\",resource=\"cpu\""), &|_| 1.0);
}

#[test]
fn a_matcher_keeps_clusters_apart_and_replicas_count_once() {
    let server = Server::start("5m", generate);
    let at = |s| Timestamp::from_second(s).unwrap();
    let mut question = HistoryQuestion {
        grid: Grid::new(Period::new(at(end() - 6 * HOUR), at(end())).unwrap(), StepSeconds::FIVE_MINUTES),
        matchers: Vec::new(),
        requests_query: None,
        spot_labels: Vec::new(),
        nodes: ["one-n1".to_owned()].into(),
        now: end() * 1000 - 1,
    };
    let error = read(&endpoint(&server.url), &question).unwrap_err();
    assert!(matches!(error, PrometheusError::OtherCluster { foreign: 1, total: 2, .. }), "{error}");
    assert!(error.to_string().contains("--prometheus-matcher 'cluster=\"one\"'"), "{error}");
    assert_eq!(Failure::from(error).code(), 4);

    question.matchers = vec!["cluster=one".parse().unwrap()];
    let h = history(read(&endpoint(&server.url), &question).unwrap().observed);
    assert_eq!(h.nodes.len(), 1);
    // Five of the six hours; a sample stands for now for another five minutes.
    assert!((h.nodes[0].hours.sum() - 5.0).abs() < 0.1, "{}", h.nodes[0].hours.sum());
    assert!((h.coverage.hours_without_cluster - 1.0).abs() < 0.1, "{:?}", h.coverage);
    let [web] = h.workloads.as_slice() else { panic!("{:?}", h.workloads) };
    let summary = web.summary(h.grid);
    assert!(off(summary.pod_cores.mean.unwrap(), 0.5) < 0.01, "{summary:?}");
    assert!(off(summary.requests_per_second.p50.unwrap(), 30.0) < 0.01, "{summary:?}");
    assert!(off(summary.pod_memory_mean.unwrap(), 1e8) < 0.01, "{summary:?}");
    assert!(off(summary.requested_core_hours, h.nodes[0].hours.sum()) < 0.01, "{summary:?}");
    assert!(h.findings.iter().any(|f| f.code == "history-gap"), "{:?}", h.findings);

    // One's own query of requests, by pod and by workload.
    for own in [
        "sum by (namespace, pod) (rate(http_requests_total{prometheus_replica=\"a\",$matchers}[$window]))",
        "label_replace(sum by (namespace) (rate(http_requests_total{prometheus_replica=\"a\",$matchers}[$window])), \
         \"workload\", \"web\", \"\", \"\")",
    ] {
        question.requests_query = Some(own.to_owned());
        let h = history(read(&endpoint(&server.url), &question).unwrap().observed);
        let web = h.workloads.iter().find(|w| w.id.name == "web").unwrap();
        assert_eq!(web.requests_from, Some("--requests-query"));
        assert!(off(web.summary(h.grid).requests_per_second.p50.unwrap(), 30.0) < 0.01, "{own}");
    }
    question.requests_query = Some("sum by (".to_owned());
    let error = read(&endpoint(&server.url), &question).unwrap_err();
    assert!(matches!(error, PrometheusError::Rejected { .. }), "{error}");
}
