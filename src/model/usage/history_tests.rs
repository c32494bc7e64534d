use super::*;

fn node(name: &str) -> NodeId {
    NodeId { name: name.to_owned(), provider_id: String::new() }
}

use crate::model::usage::{Period, StepSeconds};
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

fn owner(kind: &str, name: &str) -> Owner {
    Owner { namespace: "prod".to_owned(), kind: kind.to_owned(), name: name.to_owned() }
}

#[test]
fn samples_are_shares_of_the_longest_lived_node() {
    let mut o = observed(3);
    // Two replicas of Prometheus in the last hour double every count; the second hour is half covered.
    o.covered = series(&[(0, 1.0), (1, 0.5), (2, 1.0)]);
    o.node_samples.insert(node("always"), series(&[(0, 60.0), (1, 30.0), (2, 120.0)]));
    o.node_samples.insert(node("short"), series(&[(1, 15.0), (2, 30.0)]));
    let job = WorkloadSamples {
        running: series(&[(0, 20.0), (2, 20.0)]),
        requested_cpu: series(&[(0, 40.0), (2, 40.0)]),
        cores: series(&[(0, 0.5), (2, 0.25)]),
        ..WorkloadSamples::default()
    };
    o.workloads.insert(owner("Job", "report-29000123"), job);
    let h = history(o);
    let hours: Vec<f64> = h.nodes.iter().map(|n| n.hours.sum()).collect();
    assert_eq!(hours, [2.5, 0.5]);
    let job = &h.workloads[0];
    assert_eq!((job.id.kind.as_str(), job.id.name.as_str()), ("CronJob", "report"));
    let summary = job.summary(h.grid);
    assert!((summary.pod_hours - 0.5).abs() < 1e-6, "{}", summary.pod_hours);
    assert!((summary.requested_core_hours - 1.0).abs() < 1e-6);
    assert!((summary.core_hours.unwrap() - 0.75).abs() < 1e-6);
    assert!((summary.pod_cores.mean.unwrap() - 1.5).abs() < 1e-5);
    assert_eq!(h.coverage, Coverage { hours: 3.0, hours_without_cluster: 0.5, hours_without_usage: 0.5 });
    let codes: Vec<&str> = h.findings.iter().map(|f| f.code.as_str()).collect();
    assert_eq!(codes, ["history-gap", "usage-gap", "owner-by-name"]);
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
fn the_service_s_own_count_before_a_proxy_s() {
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
    let finding = h.findings.iter().find(|f| f.code == "requests-without-workload").unwrap();
    assert!(finding.message.contains("prod/gone"), "{}", finding.message);
}
