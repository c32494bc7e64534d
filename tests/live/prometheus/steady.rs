//! Thirty days of two hundred workloads, whose known values are read back.

use std::collections::BTreeSet;
use std::f64::consts::TAU;

use capmodel::inputs::prometheus::{HistoryQuestion, QUERIES};
use capmodel::model::usage::{Buckets, Grid, History, Period, StepSeconds, WorkloadHistory, history};
use jiff::Timestamp;

use super::openmetrics::OpenMetrics;
use super::{Server, get};
use crate::support::prometheus::{endpoint, off, read};

const DAY: i64 = 86_400;
const SCRAPE: i64 = 600;
const WORKLOADS: u32 = 200;
const NODES: u32 = 20;

fn end() -> i64 {
    "2026-10-01T00:00:00Z".parse::<Timestamp>().unwrap().as_second()
}

fn start() -> i64 {
    end() - 30 * DAY
}

/// A daily wave around a mean, and its sum from the start of the history.
#[derive(Clone, Copy)]
struct Wave {
    mean: f64,
    swing: f64,
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a month are exact in an f64")]
impl Wave {
    fn at(self, second: i64) -> f64 {
        self.mean * (1.0 + self.swing * (TAU * second as f64 / DAY as f64).sin())
    }

    fn until(self, second: i64) -> f64 {
        let wave = |s: i64| -(TAU * s as f64 / DAY as f64).cos() * DAY as f64 / TAU;
        let from = start() - 7200;
        self.mean * ((second - from) as f64 + self.swing * (wave(second) - wave(from)))
    }
}

fn cores(i: u32) -> Wave {
    Wave { mean: 0.05 + 0.01 * f64::from(i), swing: 0.6 }
}

fn memory(i: u32) -> Wave {
    Wave { mean: 1e8 + 1e6 * f64::from(i), swing: 0.2 }
}

fn requests(i: u32) -> Wave {
    Wave { mean: 5.0 + f64::from(i), swing: 0.8 }
}

/// Shares of requests below 10, 50 and 250 ms, and all of them.
const LATENCY: [(&str, f64); 4] = [("0.01", 0.4), ("0.05", 0.8), ("0.25", 0.999), ("+Inf", 1.0)];

fn generate(out: &mut OpenMetrics) {
    let all = (start() - 7200, end(), SCRAPE);
    let rarely = (start() - 7200, end(), 1200);
    let node = |i: u32| format!("node=\"n{}\"", i % NODES);
    // A Deployment of one pod that is replaced in the middle of the month.
    let middle = start() + 15 * DAY + 4321;
    let pods: Vec<(u32, String, (i64, i64))> = (0..WORKLOADS)
        .flat_map(|i| {
            [(i, "b5d7f", (start() - 7200, middle)), (i, "c6f8g", (middle, end()))]
                .map(|(i, hash, life)| (i, format!("namespace=\"ns{}\",pod=\"w{i}-{hash}-x2x4z\"", i % 10), life))
        })
        .collect();
    let lives = |(from, until): (i64, i64), scrape: i64| (from, until, scrape);
    for (i, pod, life) in &pods {
        let labels = format!("{pod},container=\"main\",{}", node(*i));
        out.series("container_cpu_usage_seconds_total", &labels, lives(*life, SCRAPE), |t| {
            cores(*i).until(t) - cores(*i).until(life.0)
        });
    }
    // The series of the pod itself would count its usage twice.
    out.series("container_cpu_usage_seconds_total", &format!("{},container=\"\"", pods[0].1), all, |t| {
        cores(0).until(t)
    });
    for (i, pod, life) in &pods {
        let labels = format!("{pod},container=\"main\",{}", node(*i));
        out.series("container_memory_working_set_bytes", &labels, lives(*life, SCRAPE), |t| memory(*i).at(t));
    }
    for (i, pod, life) in pods.iter().filter(|(i, ..)| *i < 20) {
        let labels = format!("{pod},container=\"main\",{}", node(*i));
        out.series("container_cpu_cfs_periods_total", &labels, lives(*life, SCRAPE), |t| {
            seconds_since(life.0, t) * 10.0
        });
        let throttled = |t| seconds_since(life.0, t) * 10.0 * 0.02 * f64::from(*i);
        out.series("container_cpu_cfs_throttled_periods_total", &labels, lives(*life, SCRAPE), throttled);
    }
    for (i, pod, life) in &pods {
        out.series("http_requests_total", &format!("{pod},code=\"200\""), lives(*life, SCRAPE), |t| {
            requests(*i).until(t) - requests(*i).until(life.0)
        });
    }
    for (i, pod, life) in pods.iter().filter(|(i, ..)| *i < 20) {
        for (bound, share) in LATENCY {
            let labels = format!("{pod},le=\"{bound}\"");
            out.series("http_request_duration_seconds_bucket", &labels, lives(*life, SCRAPE), |t| {
                share * (requests(*i).until(t) - requests(*i).until(life.0))
            });
        }
    }
    for (_, pod, life) in &pods {
        out.series("kube_pod_status_phase", &format!("{pod},phase=\"Running\""), lives(*life, SCRAPE), |_| 1.0);
    }
    for (i, pod, life) in &pods {
        let hash = pod.rsplit('-').nth(1).unwrap();
        let owner = format!("{pod},owner_kind=\"ReplicaSet\",owner_name=\"w{i}-{hash}\",owner_is_controller=\"true\"");
        out.series("kube_pod_owner", &owner, lives(*life, 1200), |_| 1.0);
    }
    for (i, pod, life) in &pods {
        for (resource, amount) in [("cpu", 0.1 + 0.02 * f64::from(*i)), ("memory", 2.56e8)] {
            let labels = format!("{pod},container=\"main\",resource=\"{resource}\",{}", node(*i));
            out.series("kube_pod_container_resource_requests", &labels, lives(*life, 1200), |_| amount);
        }
    }
    for i in 0..WORKLOADS {
        for hash in ["b5d7f", "c6f8g"] {
            let labels = format!(
                "namespace=\"ns{}\",replicaset=\"w{i}-{hash}\",owner_kind=\"Deployment\",owner_name=\"w{i}\"",
                i % 10
            );
            out.series("kube_replicaset_owner", &labels, rarely, |_| 1.0);
        }
    }
    for i in 0..NODES {
        out.series("kube_node_info", &format!("{},provider_id=\"aws:///z/i-{i}\"", node(i)), all, |_| 1.0);
    }
    for i in 0..NODES {
        let labels = format!("{},label_node_kubernetes_io_instance_type=\"m6i.xlarge\"", node(i));
        out.series("kube_node_labels", &labels, rarely, |_| 1.0);
    }
    for i in 0..NODES {
        out.series("kube_node_status_capacity", &format!("{},resource=\"cpu\",unit=\"core\"", node(i)), rarely, |_| {
            4.0
        });
    }
    for (i, pod, life) in pods.iter().filter(|(i, ..)| i % 2 == 0) {
        let labels = format!("{pod},implementation=\"CPython\",version=\"3.12.{}\"", i % 3);
        out.series("python_info", &labels, lives(*life, SCRAPE), |_| 1.0);
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a month are exact in an f64")]
fn seconds_since(from: i64, to: i64) -> f64 {
    (to - from) as f64
}

fn question() -> HistoryQuestion {
    let at = |s| Timestamp::from_second(s).unwrap();
    HistoryQuestion {
        grid: Grid::new(Period::new(at(start()), at(end())).unwrap(), StepSeconds::HOUR),
        matchers: Vec::new(),
        requests_query: None,
        node_labels: std::collections::BTreeSet::new(),
        nodes: (0..NODES).map(|i| format!("n{i}")).collect::<BTreeSet<_>>(),
        now: end() * 1000 - 1,
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "the measured errors and counts are the point")]
fn thirty_days_of_two_hundred_workloads_are_read_to_within_one_percent() {
    let server = Server::start("25m", generate);
    let began = std::time::Instant::now();
    let read = read(&endpoint(&server.url), &question()).unwrap();
    let took = began.elapsed();
    let (queries, requests) = read.counts();
    let findings = read.findings.clone();
    let h = history(read.observed);
    let errors = errors(&h);
    eprintln!("{queries} queries in {requests} HTTP requests, {took:.1?}; largest errors: {errors:?}");
    for finding in findings.iter().chain(&h.findings) {
        eprintln!("{finding:?}");
    }
    assert_eq!(queries, 16);
    // Nine hourly queries over thirty days, five queries of facts in six parts, discovery and identity.
    assert_eq!(requests, 9 * 30 + 5 * 6 + 2);
    assert!(errors.iter().all(|(_, error)| *error < 0.01), "{errors:?}");
    assert_eq!(h.workloads.len(), WORKLOADS as usize);
    assert_eq!(h.nodes.len(), NODES as usize);
    assert!(h.nodes.iter().all(|n| n.facts.instance_type() == Some("m6i.xlarge")));
    every_query_is_promql(&server);
}

/// The data of the report, with its largest error over all workloads.
fn errors(h: &History) -> Vec<(&'static str, f64)> {
    let mut worst: Vec<(&'static str, f64)> = Vec::new();
    let mut note = |name, measured: Option<f64>, truth: f64| {
        let error = measured.map_or(1.0, |m| off(m, truth));
        match worst.iter_mut().find(|(n, _)| *n == name) {
            Some((_, most)) => *most = most.max(error),
            None => worst.push((name, error)),
        }
    };
    let hours = |wave: Wave| (wave.until(end()) - wave.until(start())) / 3600.0;
    for w in &h.workloads {
        assert_eq!(w.id.kind, "Deployment", "{:?}", w.id);
        let i: u32 = w.id.name[1..].parse().unwrap();
        let s = w.summary(h.grid);
        note("core-hours", s.core_hours, hours(cores(i)));
        note("pod-hours", Some(s.pod_hours), 720.0);
        note("requested core-hours", Some(s.requested_core_hours), 720.0 * (0.1 + 0.02 * f64::from(i)));
        note("requested byte-hours", Some(s.requested_byte_hours), 720.0 * 2.56e8);
        note("mean cores of a pod", s.pod_cores.mean, cores(i).mean);
        note("mean memory of a pod", s.pod_memory_mean, memory(i).mean);
        note("peak memory", s.pod_memory_max, memory(i).mean * 1.2);
        note("requests per second", s.requests_per_second.mean, requests(i).mean);
        note("busiest hour", s.requests_per_second.max, requests(i).mean * 1.8);
        if i < 20 {
            latency_and_throttling(w, i, &mut note);
        }
        assert_eq!(w.runtimes.iter().any(|r| r.language == "python"), i.is_multiple_of(2), "{:?}", w.id);
    }
    for node in &h.nodes {
        note("node-hours", Some(node.hours.sum()), 720.0);
    }
    worst
}

fn latency_and_throttling(w: &WorkloadHistory, i: u32, note: &mut impl FnMut(&'static str, Option<f64>, f64)) {
    let mut buckets = Buckets::default();
    LATENCY.iter().for_each(|(bound, share)| buckets.add(bound.parse().unwrap(), *share));
    let truth = buckets.latency().unwrap();
    note("latency p50", w.latency.map(|l| l.p50.seconds()), truth.p50.seconds());
    note("latency p99", w.latency.map(|l| l.p99.seconds()), truth.p99.seconds());
    if i > 0 {
        note("throttled share", w.throttled, 0.02 * f64::from(i));
    }
}

/// Prometheus can parse every query, with and without each optional metric.
fn every_query_is_promql(server: &Server) {
    use capmodel::inputs::prometheus::{AvailableMetrics, Detail};
    let own = "sum by (namespace, pod) (rate(hits_total{$matchers}[$window]))";
    let matcher = r#"cluster=~"a|b""#.parse().unwrap();
    for present in [AvailableMetrics::all(), AvailableMetrics::of(&["kube_node_info", "http_requests_total"])] {
        for query in QUERIES {
            let asked = [
                (None, &[][..], Detail::Scrape),
                (Some(own), std::slice::from_ref(&matcher), Detail::Scrape),
                (None, &[][..], Detail::Step),
            ];
            for (own, matchers, detail) in asked {
                let text = query.promql(&present, own, &std::collections::BTreeSet::new(), matchers, 3600, detail);
                if text.is_empty() {
                    continue;
                }
                let encoded: String = text.bytes().map(|b| format!("%{b:02X}")).collect();
                let answer = get(server.port(), &format!("/api/v1/parse_query?query={encoded}")).unwrap();
                assert!(answer.contains(r#""status":"success""#), "{}: {text}\n{answer}", query.name);
            }
        }
    }
}
