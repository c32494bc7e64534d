//! Two clusters in one Prometheus, each scraped by two replicas, with an hour without any scrapes.

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
                // The second replica was down for an hour; one hour before the end nothing was scraped.
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
        node_labels: std::collections::BTreeSet::new(),
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
    // Five of the six hours; a sample counts as current for another five minutes.
    assert!((h.nodes[0].hours.sum() - 5.0).abs() < 0.1, "{}", h.nodes[0].hours.sum());
    assert!((h.coverage.hours_without_cluster - 1.0).abs() < 0.1, "{:?}", h.coverage);
    let [web] = h.workloads.as_slice() else { panic!("{:?}", h.workloads) };
    let summary = web.summary(h.grid);
    assert!(off(summary.pod_cores.mean.unwrap(), 0.5) < 0.01, "{summary:?}");
    assert!(off(summary.requests_per_second.p50.unwrap(), 30.0) < 0.01, "{summary:?}");
    assert!(off(summary.pod_memory_mean.unwrap(), 1e8) < 0.01, "{summary:?}");
    assert!(off(summary.requested_core_hours, h.nodes[0].hours.sum()) < 0.01, "{summary:?}");
    assert!(h.findings.iter().any(|f| f.code.as_str() == "history-gap"), "{:?}", h.findings);

    // A user-defined query for requests, by pod and by workload.
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

/// Hourly steps of a cluster with one node.
fn the_last_four_hours() -> HistoryQuestion {
    let at = |s| Timestamp::from_second(s).unwrap();
    HistoryQuestion {
        grid: Grid::new(Period::new(at(end() - 4 * HOUR), at(end())).unwrap(), StepSeconds::HOUR),
        matchers: Vec::new(),
        requests_query: None,
        nodes: ["n1".to_owned()].into(),
        node_labels: std::collections::BTreeSet::new(),
        now: end() * 1000 - 1,
    }
}

/// OpenCost and Kubecost export copies of the pod metrics of kube-state-metrics, but no `kube_node_info`
/// (<https://github.com/opencost/opencost/issues/1465>). A pod must count once, whatever labels the copy is scraped
/// with.
#[test]
fn copies_of_pod_metrics_change_nothing() {
    let of = |sources: &'static [&'static str]| {
        let server = Server::start("5m", |out| two_pods(out, sources));
        let question = the_last_four_hours();
        history(read(&endpoint(&server.url), &question).unwrap().observed)
    };
    let alone = of(&[]);
    let summaries = |h: &capmodel::model::usage::History| -> Vec<_> {
        h.workloads.iter().map(|w| (w.id.clone(), w.summary(h.grid))).collect()
    };
    let before = summaries(&alone);
    assert_eq!(before.len(), 2);
    // One pod exists all the time, another one during the first half of each of two hours.
    assert!(off(before[1].1.pod_hours, 4.0) < 0.01, "{before:?}");
    assert!(off(before[0].1.pod_hours, 1.0) < 0.05, "{before:?}");
    // Half a core is half a core under either control group, and after a restart.
    assert!(off(before[1].1.core_hours.unwrap(), 2.0) < 0.02, "{before:?}");
    for copies in [&["job=\"opencost\",instance=\"10.0.0.9:9003\""][..], &["job=\"ksm\",instance=\"10.0.0.9:9003\""]] {
        let beside = of(copies);
        assert_eq!(summaries(&beside), before, "{copies:?}");
        assert_eq!(beside.findings, alone.findings);
    }
    // A copy that no label distinguishes from the original, as after a federation, is detected and counted once.
    let same = of(&["job=\"ksm\",instance=\"10.0.0.1:8080\",copy=\"1\""]);
    assert!(off(summaries(&same)[1].1.pod_hours, 4.0) < 0.01, "{:?}", summaries(&same));
    assert!(same.findings.iter().any(|f| f.code.as_str() == "pods-counted-twice"), "{:?}", same.findings);
}

/// Metrics of two pods from kube-state-metrics and the kubelet, and copies of them.
fn two_pods(out: &mut OpenMetrics, copies: &[&str]) {
    let (all, long) = ((end() - 5 * HOUR, end(), SCRAPE), "namespace=\"prod\",pod=\"web-0\"");
    let short = "namespace=\"prod\",pod=\"burst\"";
    // kube-state-metrics moves to another node after a third of an hour.
    let moved = end() - 2 * HOUR + 20 * 60;
    let own = [
        ("job=\"ksm\",instance=\"10.0.0.1:8080\"", (end() - 5 * HOUR, moved)),
        ("job=\"ksm\",instance=\"10.0.0.2:8080\"", (moved, end())),
    ];
    let others: Vec<_> = copies.iter().map(|source| (*source, (end() - 5 * HOUR, end()))).collect();
    let bursts = [(end() - 3 * HOUR, end() - 3 * HOUR + 1800), (end() - 2 * HOUR, end() - 2 * HOUR + 1800)];
    #[expect(clippy::cast_precision_loss, reason = "seconds of a day are exact in an f64")]
    let since = |t: i64| (t - end() + 5 * HOUR) as f64;
    // One container in two control groups (https://github.com/kubernetes/kubernetes/issues/129253), and restarted.
    let hash = |digit: &str| digit.repeat(64);
    let nested = format!("/kubepods.slice/cri-containerd-{0}.scope/kubepods.slice/cri-containerd-{0}.scope", hash("a"));
    for (id, life) in [
        (format!("/kubepods.slice/cri-containerd-{}.scope", hash("a")), (end() - 5 * HOUR, end() - 90 * 60)),
        (nested, (end() - 5 * HOUR, end() - 90 * 60)),
        (format!("/kubepods.slice/cri-containerd-{}.scope", hash("b")), (end() - 90 * 60, end())),
    ] {
        let labels = format!("{long},container=\"main\",id=\"{id}\",node=\"n1\"");
        out.series("container_cpu_usage_seconds_total", &labels, (life.0, life.1, SCRAPE), |t| 0.5 * since(t));
    }
    out.series("container_memory_working_set_bytes", &format!("{long},container=\"main\",id=\"/a\""), all, |_| 1e8);
    let lives = |(from, until): (i64, i64), life: (i64, i64)| (from.max(life.0), until.min(life.1), SCRAPE);
    for (source, life) in own {
        out.series("kube_node_info", &format!("{source},node=\"n1\""), lives(life, life), |_| 1.0);
    }
    for (source, life) in own.iter().chain(&others) {
        out.series("kube_pod_status_phase", &format!("{source},{long},phase=\"Running\""), lives(*life, *life), |_| {
            1.0
        });
        for burst in bursts {
            let labels = format!("{source},{short},phase=\"Running\"");
            out.series("kube_pod_status_phase", &labels, lives(*life, burst), |_| 1.0);
        }
    }
    for (source, life) in own.iter().chain(&others) {
        let labels = format!("{source},{long},container=\"main\",resource=\"cpu\",node=\"n1\"");
        out.series("kube_pod_container_resource_requests", &labels, lives(*life, *life), |_| 0.65);
    }
    for (source, life) in own.iter().chain(&others) {
        let owner = format!("{source},{long},owner_kind=\"StatefulSet\",owner_name=\"web\"");
        out.series("kube_pod_owner", &owner, lives(*life, *life), |_| 1.0);
        for burst in bursts {
            let owner = format!("{source},{short},owner_kind=\"StatefulSet\",owner_name=\"burst\"");
            out.series("kube_pod_owner", &owner, lives(*life, burst), |_| 1.0);
        }
    }
}

/// In one of four hours the service was only scraped for half an hour, while its counters continued.
#[test]
fn a_step_with_half_of_its_scrapes_has_no_request_rate() {
    let server = Server::start("5m", |out| {
        #[expect(clippy::cast_precision_loss, reason = "seconds of a day are exact in an f64")]
        let since = |t: i64| (t - end() + 5 * HOUR) as f64;
        let (all, pod) = ((end() - 5 * HOUR, end(), SCRAPE), "namespace=\"prod\",pod=\"web-0\"");
        out.series("container_cpu_usage_seconds_total", &format!("{pod},container=\"main\",id=\"/x\""), all, |t| {
            0.5 * since(t)
        });
        for (from, until) in [(end() - 5 * HOUR, end() - 2 * HOUR), (end() - HOUR - 1800, end())] {
            out.series("http_requests_total", &format!("{pod},code=\"200\""), (from, until, SCRAPE), |t| {
                30.0 * since(t)
            });
        }
        out.series("kube_node_info", "node=\"n1\"", all, |_| 1.0);
        out.series("kube_pod_owner", &format!("{pod},owner_kind=\"StatefulSet\",owner_name=\"web\""), all, |_| 1.0);
        out.series("kube_pod_status_phase", &format!("{pod},phase=\"Running\""), all, |_| 1.0);
    });
    let question = the_last_four_hours();
    let h = history(read(&endpoint(&server.url), &question).unwrap().observed);
    let web = &h.workloads[0];
    assert_eq!(web.requests_per_second.iter().map(|(step, _)| step).collect::<Vec<_>>(), [0, 1, 3]);
    assert!(web.requests_per_second.iter().all(|(_, rate)| off(rate, 30.0) < 0.02), "{:?}", web.requests_per_second);
    assert_eq!(web.cores.count(), 4);
    let said = h.findings.iter().find(|f| f.code.as_str() == "request-rate-incomplete").unwrap();
    assert!(said.message.contains("one step") && said.message.contains("50% for prod/web"), "{}", said.message);
}
