//! Two days in which half of the nodes live under six hours and Jobs use a third of the CPU.

use std::collections::BTreeSet;

use capmodel::inputs::prometheus::HistoryQuestion;
use capmodel::model::usage::{Grid, Period, StepSeconds, history};
use jiff::Timestamp;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::Server;
use super::openmetrics::OpenMetrics;
use crate::support::prometheus::{endpoint, off, read};

const SCRAPE: i64 = 30;
const HOUR: i64 = 3600;

fn end() -> i64 {
    "2026-10-01T00:00:00Z".parse::<Timestamp>().unwrap().as_second()
}

fn start() -> i64 {
    end() - 48 * HOUR
}

struct Node {
    name: String,
    kind: &'static str,
    life: (i64, i64),
}

struct Pod {
    labels: String,
    owner: String,
    is_job: bool,
    cores: f64,
    /// From the start of its container to its end, and to the deletion of the pod.
    life: (i64, i64),
    deleted: i64,
}

fn between(rng: &mut ChaCha8Rng, low: i64, high: i64) -> i64 {
    low + i64::from(rng.next_u32()) % (high - low)
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a month are exact in an f64")]
fn hours((from, until): (i64, i64)) -> f64 {
    (until.min(end()) - from.max(start())).max(0) as f64 / 3600.0
}

fn nodes() -> Vec<Node> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let long = (0..20).map(|i| Node { name: format!("n{i}"), kind: "m6i.large", life: (start() - HOUR, end()) });
    let mut all: Vec<Node> = long.collect();
    for i in 0..20 {
        let born = between(&mut rng, start(), end() - 6 * HOUR);
        let life = (born, born + between(&mut rng, 900, 6 * HOUR));
        all.push(Node { name: format!("s{i}"), kind: "c6i.xlarge", life });
    }
    all
}

fn pods() -> Vec<Pod> {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut all = Vec::new();
    for i in 0..30 {
        all.push(Pod {
            labels: format!("namespace=\"prod\",pod=\"web{i}-0\""),
            owner: format!("owner_kind=\"StatefulSet\",owner_name=\"web{i}\""),
            is_job: false,
            cores: 0.2 + 0.01 * f64::from(i),
            life: (start() - HOUR, end()),
            deleted: end(),
        });
    }
    // Ten CronJobs, at every half hour, for 4 to 25 minutes; a finished pod stays for an hour.
    for (job, at) in (0..10).flat_map(|j| (0..96).map(move |k| (j, start() + 60 + k * 1800))) {
        let born = at + between(&mut rng, 0, 60);
        let done = born + between(&mut rng, 240, 1500);
        let minute = at / 60;
        all.push(Pod {
            labels: format!("namespace=\"batch\",pod=\"job{job}-{minute}-{:05x}\"", rng.next_u32() & 0xf_ffff),
            owner: format!("owner_kind=\"Job\",owner_name=\"job{job}-{minute}\""),
            is_job: true,
            cores: 0.5 + 0.1 * f64::from(job),
            life: (born, done.min(end())),
            deleted: (done + HOUR).min(end()),
        });
    }
    all
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a month are exact in an f64")]
fn generate(out: &mut OpenMetrics) {
    let (nodes, pods) = (nodes(), pods());
    for n in &nodes {
        out.series("kube_node_info", &format!("node=\"{}\"", n.name), (n.life.0, n.life.1, SCRAPE), |_| 1.0);
    }
    for n in &nodes {
        let labels = format!("node=\"{}\",label_node_kubernetes_io_instance_type=\"{}\"", n.name, n.kind);
        out.series("kube_node_labels", &labels, (n.life.0, n.life.1, SCRAPE), |_| 1.0);
    }
    for p in &pods {
        let labels = format!("{},container=\"main\"", p.labels);
        let used = |t: i64| p.cores * (t - p.life.0) as f64;
        out.series("container_cpu_usage_seconds_total", &labels, (p.life.0, p.life.1, SCRAPE), used);
    }
    for p in &pods {
        let labels = format!("{},container=\"main\"", p.labels);
        out.series("container_memory_working_set_bytes", &labels, (p.life.0, p.life.1, SCRAPE), |_| 1e8);
    }
    for p in &pods {
        let alive = (p.life.0, p.deleted, SCRAPE);
        out.series("kube_pod_owner", &format!("{},{}", p.labels, p.owner), alive, |_| 1.0);
    }
    for p in &pods {
        let alive = (p.life.0, p.deleted, SCRAPE);
        let running = |t: i64| if t < p.life.1 { 1.0 } else { 0.0 };
        out.series("kube_pod_status_phase", &format!("{},phase=\"Running\"", p.labels), alive, running);
    }
    for p in &pods {
        let labels = format!("{},container=\"main\",resource=\"cpu\"", p.labels);
        out.series("kube_pod_container_resource_requests", &labels, (p.life.0, p.deleted, SCRAPE), |_| p.cores * 2.0);
    }
    for p in pods.iter().filter(|p| p.is_job) {
        let name = p.owner.rsplit('"').nth(1).unwrap();
        let labels = format!(
            "namespace=\"batch\",job_name=\"{name}\",owner_kind=\"CronJob\",owner_name=\"{}\"",
            name.split('-').next().unwrap()
        );
        out.series("kube_job_owner", &labels, (p.life.0, p.deleted, SCRAPE), |_| 1.0);
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "the measured errors and counts are the point")]
fn short_lived_pods_and_nodes_count_for_their_lifetime() {
    let server = Server::start("5m", generate);
    let at = |s| Timestamp::from_second(s).unwrap();
    let question = HistoryQuestion {
        grid: Grid::new(Period::new(at(start()), at(end())).unwrap(), StepSeconds::HOUR),
        matchers: Vec::new(),
        requests_query: None,
        node_labels: std::collections::BTreeSet::new(),
        nodes: BTreeSet::new(),
        now: end() * 1000 - 1,
    };
    let read = read(&endpoint(&server.url), &question).unwrap();
    let (queries, requests) = read.counts();
    let h = history(read.observed);

    let (nodes, pods) = (nodes(), pods());
    let short = nodes.iter().filter(|n| n.life.1 - n.life.0 < 6 * HOUR).count();
    assert_eq!(short * 2, nodes.len());
    let kind_hours = |kind: &str| nodes.iter().filter(|n| n.kind == kind).map(|n| hours(n.life)).sum::<f64>();
    let read_hours = |kind: &str| {
        h.nodes.iter().filter(|n| n.facts.instance_type() == Some(kind)).map(|n| n.hours.sum()).sum::<f64>()
    };
    let total = |jobs: bool, of: fn(&Pod) -> f64| {
        pods.iter().filter(|p| p.is_job == jobs).map(|p| of(p) * hours(p.life)).sum::<f64>()
    };
    let cpu_hours = |jobs| total(jobs, |p| p.cores);
    let share = cpu_hours(true) / (cpu_hours(true) + cpu_hours(false));
    assert!(share > 0.3, "Jobs are {share} of the CPU-hours");

    let read_total = |kind: &str, of: fn(&capmodel::model::usage::UsageSummary) -> f64| {
        h.workloads.iter().filter(|w| w.id.kind == kind).map(|w| of(&w.summary(h.grid))).sum::<f64>()
    };
    let mut errors = vec![
        ("hours of short-lived nodes", off(read_hours("c6i.xlarge"), kind_hours("c6i.xlarge"))),
        ("hours of long-lived nodes", off(read_hours("m6i.large"), kind_hours("m6i.large"))),
        ("core-hours of Jobs", off(read_total("CronJob", |s| s.core_hours.unwrap_or(0.0)), cpu_hours(true))),
        ("core-hours of others", off(read_total("StatefulSet", |s| s.core_hours.unwrap_or(0.0)), cpu_hours(false))),
        ("pod-hours of Jobs", off(read_total("CronJob", |s| s.pod_hours), total(true, |_| 1.0))),
        ("requested core-hours of Jobs", off(read_total("CronJob", |s| s.requested_core_hours), 2.0 * cpu_hours(true))),
        (
            "byte-hours of Jobs",
            off(read_total("CronJob", |s| s.memory_byte_hours.unwrap_or(0.0)), total(true, |_| 1e8)),
        ),
    ];
    let worst_job = h.workloads.iter().filter(|w| w.id.kind == "CronJob").map(|w| {
        let mine = |p: &&Pod| p.is_job && p.owner.contains(&format!("\"{}-", w.id.name));
        let truth: f64 = pods.iter().filter(mine).map(|p| p.cores * hours(p.life)).sum();
        off(w.summary(h.grid).core_hours.unwrap_or(0.0), truth)
    });
    errors.push(("core-hours of any one CronJob", worst_job.fold(0.0, f64::max)));
    eprintln!(
        "{queries} queries in {requests} HTTP requests; Jobs are {:.0} % of CPU; errors: {errors:?}",
        share * 100.0
    );
    assert!(errors.iter().all(|(_, error)| *error < 0.01), "{errors:?}");
    assert_eq!(h.workloads.len(), 40);
    assert_eq!(h.coverage.hours_without_cluster, 0.0);
}
