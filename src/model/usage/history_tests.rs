//! Tests of the history: shares of steps, gaps, owners and request counters.

use super::*;
use crate::model::usage::OccupancySamples;

fn node(name: &str) -> NodeId {
    NodeId { name: name.to_owned(), provider_id: String::new() }
}

use crate::model::usage::{NodeFacts, Period, StepSeconds};
use crate::units::{Bytes, CpuMillis};
use jiff::Timestamp;

fn observed(steps: i64) -> Observed {
    let at = |s| Timestamp::from_second(s).unwrap();
    Observed::new(Grid::new(Period::new(at(0), at(steps * 3600)).unwrap(), StepSeconds::HOUR))
}

fn series(values: &[(usize, f64)]) -> Series {
    let mut series = Series::default();
    values.iter().for_each(|(step, value)| series.add(*step, *value));
    series
}

fn on_a_node(held: OccupancySamples) -> BTreeMap<String, OccupancySamples> {
    [("n".to_owned(), held)].into()
}

fn owner(kind: &str, name: &str) -> Owner {
    Owner { namespace: "prod".to_owned(), kind: kind.to_owned(), name: name.to_owned() }
}

#[test]
fn samples_count_as_shares_of_those_of_the_longest_lived_node() {
    let mut o = observed(3);
    // Two replicas of Prometheus in the last hour double every count; the second hour is half covered.
    o.covered = series(&[(0, 1.0), (1, 0.5), (2, 1.0)]);
    o.node_samples.insert(node("always"), series(&[(0, 60.0), (1, 30.0), (2, 120.0)]));
    o.node_samples.insert(node("short"), series(&[(1, 15.0), (2, 30.0)]));
    let held = OccupancySamples {
        running: series(&[(0, 20.0), (2, 20.0)]),
        requested_cpu: series(&[(0, 40.0), (2, 40.0)]),
        excess_core_hours: series(&[(0, 0.5), (2, 0.25)]),
        ..OccupancySamples::default()
    };
    let job = WorkloadSamples {
        held: [("always".to_owned(), held)].into(),
        cores: series(&[(0, 0.5), (2, 0.25)]),
        ..WorkloadSamples::default()
    };
    o.workloads.insert(owner("Job", "report-29000123"), job);
    let h = history(o);
    let hours: Vec<f64> = h.nodes.iter().map(|n| n.hours.sum()).collect();
    assert_eq!(hours, [2.5, 0.5]);
    let job = &h.workloads[0];
    assert_eq!((job.id.kind.as_str(), job.id.name.as_str()), ("CronJob", "report"));
    let on_node = job.held[&Some(0)];
    assert!((on_node.requested_core_hours - 1.0).abs() < 1e-6 && (on_node.excess_core_hours - 0.75).abs() < 1e-6);
    let summary = job.summary(h.grid);
    assert!((summary.pod_hours - 0.5).abs() < 1e-6, "{}", summary.pod_hours);
    assert!((summary.requested_core_hours - 1.0).abs() < 1e-6);
    assert!((summary.core_hours.unwrap() - 0.75).abs() < 1e-6);
    assert!((summary.pod_cores.mean.unwrap() - 1.5).abs() < 1e-5);
    assert_eq!(h.coverage, Coverage { hours: 3.0, hours_without_cluster: 0.5, hours_without_usage: 0.5 });
    let codes: Vec<&str> = h.findings.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["history-gap", "usage-gap", "owner-inferred-from-name"]);
}

#[test]
fn hours_without_data_are_not_filled() {
    let mut o = observed(10);
    o.covered = series(&[(4, 1.0)]);
    o.node_samples.insert(node("n"), series(&[(4, 60.0)]));
    let h = history(o);
    assert_eq!(h.nodes[0].hours.sum(), 1.0);
    assert_eq!(h.coverage.hours_without_cluster, 9.0);
    assert!((h.coverage.known_hours() / h.coverage.hours - 0.1).abs() < 1e-12);
}

#[test]
fn a_service_s_own_request_count_takes_precedence_over_a_proxy_s() {
    let mut o = observed(1);
    for name in ["web", "api", "api-v2"] {
        o.workloads.insert(owner("Deployment", name), WorkloadSamples::default());
    }
    o.workloads.insert(owner("Job", "api"), WorkloadSamples::default());
    let rate = |value: f64| series(&[(0, value)]);
    let own = RequestSource {
        rates: [(RequestSubject::Owner(owner("ReplicaSet", "web-7d4b9c")), rate(5.0))].into(),
        ..RequestSource::default()
    };
    let named = |name: &str| RequestSubject::Named { namespace: "prod".to_owned(), name: name.to_owned() };
    let mesh = RequestSource {
        rates: [(named("web"), rate(7.0)), (named("api"), rate(8.0)), (named("gone"), rate(9.0))].into(),
        ..RequestSource::default()
    };
    let joined = RequestSource {
        rates: [(RequestSubject::Joined("prod-api-v2-http@kubernetes".to_owned()), rate(3.0))].into(),
        ..RequestSource::default()
    };
    o.requests = [((0, "client"), own), ((1, "mesh"), mesh), ((2, "proxy"), joined)].into();
    let h = history(o);
    let seen: Vec<(String, Option<f64>, Option<&str>)> = h
        .workloads
        .iter()
        .map(|w| (format!("{}/{}", w.id.kind, w.id.name), w.requests_per_second.get(0), w.requests_from))
        .collect();
    let expected = [
        ("Deployment/api", Some(8.0), Some("mesh")),
        ("Deployment/api-v2", Some(3.0), Some("proxy")),
        ("Deployment/web", Some(5.0), Some("client")),
        ("Job/api", None, None),
    ];
    assert_eq!(seen, expected.map(|(id, rate, from)| (id.to_owned(), rate, from)));
    let finding = h.findings.iter().find(|f| f.code == Code::RequestMetricUnattributed).unwrap();
    assert!(finding.message.contains("prod/gone"), "{}", finding.message);
}

/// <https://github.com/google/cadvisor/issues/3611>: a CPU counter of 1.73e9 for ten minutes, a working set of 1.8e19.
#[test]
fn usage_beyond_the_largest_node_is_excluded_and_reported() {
    let mut o = observed(4);
    o.covered = series(&[(0, 1.0), (1, 1.0), (2, 1.0), (3, 1.0)]);
    o.node_samples.insert(node("n"), series(&[(0, 60.0), (1, 60.0), (2, 60.0), (3, 60.0)]));
    let facts = |cpu: u32, gib: u64| NodeFacts {
        cpu: Some(CpuMillis::from_cores(cpu)),
        memory: Some(Bytes::from_gib(gib)),
        ..NodeFacts::default()
    };
    o.node_facts.insert(node("n"), facts(4, 16));
    // The largest node no longer exists, or exists only now.
    o.node_facts.insert(node("large"), facts(8, 16));
    o.present_nodes = vec![(CpuMillis::from_cores(2), Bytes::from_gib(32))];
    let gib = |n: f64| n * 1_073_741_824.0;
    let web = WorkloadSamples {
        held: on_a_node(OccupancySamples {
            running: series(&[(0, 120.0), (1, 120.0), (2, 120.0), (3, 120.0)]),
            ..OccupancySamples::default()
        }),
        // Two pods together may use more than a node has, one pod may not.
        cores: series(&[(0, 12.0), (1, 480_556.5), (2, 1.0), (3, 1.0)]),
        cores_of_busiest: series(&[(0, 7.5), (1, 480_556.0), (2, 0.5), (3, 0.5)]),
        memory: series(&[(0, gib(3600.0)), (1, gib(60.0)), (2, 1.8e19), (3, gib(60.0))]),
        memory_peak: series(&[(0, gib(31.0)), (1, gib(1.0)), (2, 1.8e19), (3, gib(33.0))]),
        ..WorkloadSamples::default()
    };
    o.workloads.insert(owner("ReplicaSet", "web-7d4b9c"), web);
    let h = history(o);
    let web = &h.workloads[0];
    assert_eq!(web.cores.iter().collect::<Vec<_>>(), [(0, 12.0), (2, 1.0), (3, 1.0)]);
    assert_eq!(web.cores_of_busiest.max(), Some(7.5));
    assert_eq!(web.memory_peak.iter().map(|(step, _)| step).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(web.memory_byte_hours.count(), 2);
    let said = |code: &str| h.findings.iter().find(|f| f.code.as_str() == code).map(|f| f.message.as_str()).unwrap();
    assert_eq!(
        said("cpu-usage-implausible"),
        "1 step of 1 workload is excluded: a pod of prod/Deployment/web seems to have used 480556 cores at \
         1970-01-01T02:00:00Z, but the largest node has 8"
    );
    assert!(
        said("memory-usage-implausible").starts_with("2 steps of 1 workload are excluded"),
        "{}",
        said("memory-usage-implausible")
    );
    // If no node reports its size, the largest machine on the market is the bound.
    let mut o = observed(1);
    o.node_samples.insert(node("n"), series(&[(0, 60.0)]));
    let web = WorkloadSamples { cores_of_busiest: series(&[(0, 3000.0)]), ..WorkloadSamples::default() };
    o.workloads.insert(owner("StatefulSet", "web"), web);
    assert_eq!(history(o).workloads[0].cores_of_busiest.count(), 0);
}

/// A pod cannot have more samples than the longest-lived node: <https://github.com/opencost/opencost/issues/1465>.
#[test]
fn a_pod_that_is_counted_twice_is_one_pod() {
    let mut o = observed(2);
    o.covered = series(&[(0, 1.0), (1, 1.0)]);
    o.node_samples.insert(node("n"), series(&[(0, 60.0), (1, 60.0)]));
    let web = WorkloadSamples {
        held: on_a_node(OccupancySamples {
            running: series(&[(0, 240.0), (1, 121.0)]),
            requested_cpu: series(&[(0, 60.0), (1, 60.0)]),
            ..OccupancySamples::default()
        }),
        running_longest: series(&[(0, 120.0), (1, 61.0)]),
        memory: series(&[(0, 240.0), (1, 120.0)]),
        ..WorkloadSamples::default()
    };
    o.workloads.insert(owner("StatefulSet", "web"), web);
    let h = history(o);
    let web = &h.workloads[0];
    assert_eq!(web.pod_hours.get(0), Some(2.0));
    assert!((web.requested_core_hours.get(0).unwrap() - 0.5).abs() < 1e-6);
    assert!((web.memory_byte_hours.get(0).unwrap() - 2.0).abs() < 1e-6);
    // One more sample is within the tolerance.
    assert!((web.requested_core_hours.get(1).unwrap() - 1.0).abs() < 1e-6);
    let said = h.findings.iter().find(|f| f.code == Code::PodsCountedTwice).unwrap();
    assert!(said.message.contains("prod/StatefulSet/web has 120 samples"), "{}", said.message);
}

/// With half an hour of samples, `rate()` returns half the rate, while the CPU usage of that hour is complete.
#[test]
fn a_step_with_half_of_its_scrapes_has_no_request_rate() {
    let mut o = observed(4);
    o.covered = series(&[(0, 1.0), (1, 1.0), (2, 1.0), (3, 1.0)]);
    o.node_samples.insert(node("n"), series(&[(0, 60.0), (1, 60.0), (2, 60.0), (3, 60.0)]));
    // A pod that lived until the middle of the last hour has half of its scrapes, and half an hour.
    let web = WorkloadSamples {
        held: on_a_node(OccupancySamples {
            running: series(&[(0, 60.0), (1, 60.0), (2, 60.0), (3, 30.0)]),
            ..OccupancySamples::default()
        }),
        ..WorkloadSamples::default()
    };
    o.workloads.insert(owner("StatefulSet", "web"), web);
    let subject = RequestSubject::Owner(owner("StatefulSet", "web"));
    let rates = series(&[(0, 30.0), (1, 15.0), (2, 30.0), (3, 15.0)]);
    let samples = series(&[(0, 120.0), (1, 60.0), (2, 118.0), (3, 60.0)]);
    let source = RequestSource {
        rates: [(subject.clone(), rates)].into(),
        samples: [(subject, samples)].into(),
        ..RequestSource::default()
    };
    o.requests = [((0, "client"), source)].into();
    let h = history(o);
    let kept: Vec<_> = h.workloads[0].requests_per_second.iter().collect();
    assert_eq!(kept, [(0, 30.0), (2, 30.0), (3, 15.0)]);
    let said = h.findings.iter().find(|f| f.code == Code::RequestRateIncomplete).unwrap();
    assert_eq!(
        said.message,
        "the rate of one step is excluded, because fewer scrapes than usual counted requests: 50% for prod/web in the step \
         that ends at 1970-01-01T02:00:00Z"
    );
}

/// An ingress controller counts by Service, and a Service may have another name than the workload that it selects.
#[test]
fn requests_of_a_service_are_assigned_to_the_workload_that_it_selects() {
    let mut o = observed(1);
    for name in ["storefront", "canary", "web"] {
        o.workloads.insert(owner("Deployment", name), WorkloadSamples::default());
    }
    let id = |name: &str| owner_id("Deployment", name);
    let service = |name: &str| ("prod".to_owned(), name.to_owned());
    o.services = [
        (service("storefront-http"), [id("storefront")].into()),
        (service("web"), [id("canary")].into()),
        (service("both"), [id("web"), id("canary")].into()),
    ]
    .into();
    let named = |name: &str| RequestSubject::Named { namespace: "prod".to_owned(), name: name.to_owned() };
    let joined = RequestSubject::Joined("prod-storefront-http-80@kubernetes".to_owned());
    let rates = |subjects: Vec<(RequestSubject, f64)>| RequestSource {
        rates: subjects.into_iter().map(|(subject, rate)| (subject, series(&[(0, rate)]))).collect(),
        ..RequestSource::default()
    };
    let nginx = rates(vec![(named("storefront-http"), 7.0), (named("web"), 8.0), (named("both"), 9.0)]);
    o.requests = [((0, "nginx"), nginx), ((1, "traefik"), rates(vec![(joined, 5.0)]))].into();
    let h = history(o);
    let seen: Vec<(&str, Option<f64>)> =
        h.workloads.iter().map(|w| (w.id.name.as_str(), w.requests_per_second.get(0))).collect();
    // A workload takes precedence over a Service of the same name; a Service that selects two workloads is assigned
    // to neither.
    assert_eq!(seen, [("canary", None), ("storefront", Some(7.0)), ("web", Some(8.0))]);
    let said = h.findings.iter().find(|f| f.code == Code::RequestMetricUnattributed).unwrap();
    assert!(said.message.contains("`prod/both`, which"), "{}", said.message);
}

fn owner_id(kind: &str, name: &str) -> WorkloadId {
    WorkloadId { namespace: "prod".to_owned(), kind: kind.to_owned(), name: name.to_owned() }
}
