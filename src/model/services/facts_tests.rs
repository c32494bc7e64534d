//! Tests of the facts that are collected about each workload.

use serde_json::json;

use super::*;
use crate::model::cluster::{ClusterId, ImageSize, RedactionKey, redact};
use crate::units::{Bytes, Timestamp};

/// A Deployment in the middle of a rollout, a cron job, and pods of an owner of an unknown kind.
fn snapshot() -> Snapshot {
    let probe = json!({ "period_seconds": 2, "success_threshold": 1 });
    let web = |image: &str| {
        json!([{ "name": "istio-proxy", "image": "docker.io/istio/proxyv2:1.27" },
               { "name": "acme-web", "image": image, "programs": ["uvicorn"], "readiness_probe": probe }])
    };
    let pod = |name: &str, owner: &str, containers: serde_json::Value, created: &str, seconds: Option<u16>| {
        let (kind, name_of_owner) = owner.split_once('/').unwrap();
        json!({ "namespace": "acme-shop", "name": name, "phase": "running", "created": created, "containers": containers,
                "owner": { "kind": kind, "name": name_of_owner }, "started_to_ready_seconds": seconds })
    };
    let (old, new) = ("python:3.12", "python:3.13");
    let pods = json!([
        pod("acme-web-1", "ReplicaSet/acme-web-a", web(new), "2026-11-01T00:00:00Z", Some(9)),
        pod("acme-web-2", "ReplicaSet/acme-web-a", web(new), "2026-11-01T00:00:01Z", Some(10)),
        pod("acme-web-3", "ReplicaSet/acme-web-b", web(old), "2026-10-01T00:00:00Z", Some(60)),
        pod(
            "acme-night-1",
            "Job/acme-night-1",
            json!([{ "name": "acme-main", "image": "acme.example/night" }]),
            "2026-11-01T00:00:00Z",
            None
        ),
        pod(
            "acme-roll-1",
            "Rollout/acme-roll",
            json!([{ "name": "acme-main", "image": "acme.example/roll", "runtime": "go-acme" }]),
            "2026-11-01T00:00:00Z",
            None
        ),
    ]);
    let mut snapshot = Snapshot::new(Timestamp::UNIX_EPOCH, ClusterId::default());
    snapshot.pods = serde_json::from_value(pods).unwrap();
    let owned = |kind: &str, name: &str, by: Option<(&str, &str)>| {
        let owner = by.map(|(kind, name)| json!({ "kind": kind, "name": name }));
        json!({ "kind": kind, "namespace": "acme-shop", "name": name, "owner": owner })
    };
    snapshot.workloads = serde_json::from_value(json!([
        owned("Deployment", "acme-web", None),
        owned("ReplicaSet", "acme-web-a", Some(("Deployment", "acme-web"))),
        owned("ReplicaSet", "acme-web-b", Some(("Deployment", "acme-web"))),
        owned("Job", "acme-night-1", Some(("CronJob", "acme-night"))),
        owned("CronJob", "acme-night", None),
    ]))
    .unwrap();
    let size = ImageSize::Exact(Bytes::from_mib(41));
    snapshot.images.insert(new.to_owned(), serde_json::from_value(json!({ "size": size })).unwrap());
    snapshot
}

fn id(kind: &str, name: &str) -> WorkloadId {
    WorkloadId { namespace: "acme-shop".to_owned(), kind: kind.to_owned(), name: name.to_owned() }
}

#[test]
fn every_workload_has_facts() {
    let snapshot = snapshot();
    let facts = service_facts(&snapshot, &BTreeMap::new(), &[]);
    assert_eq!(facts.len(), 3);
    let web = &facts[&id("Deployment", "acme-web")];
    assert_eq!((web.runtime.language, web.runtime.server), (Some("python"), Some("uvicorn")));
    assert_eq!(web.runtime.confidence.name(), "high");
    assert_eq!(web.image.unwrap().size, ImageSize::Exact(Bytes::from_mib(41)));
    let start = web.cold_start.unwrap();
    assert_eq!((start.low.seconds(), start.high.seconds(), start.pods), (7.0, 10.0, 2), "of the new version only");
    assert!(web.kinds.is_empty());
    let night = &facts[&id("CronJob", "acme-night")];
    assert_eq!((night.runtime.language, night.cold_start), (None, Err(NoColdStart::NoProbe)));
    assert!(night.kinds.contains_key(&Kind::Etl));
    let roll = &facts[&id("Rollout", "acme-roll")].runtime;
    assert_eq!((roll.language, roll.framework.as_deref()), (Some("go"), Some("acme")), "from a label of its pods");
}

#[test]
fn owners_and_metrics_count_as_evidence() {
    let snapshot = snapshot();
    let runtimes =
        [RuntimeSign { language: "go", version: "go1.26".to_owned(), metric: "go_info".to_owned(), container: None }];
    let reported = Reported { runtimes: &runtimes, software: &[] };
    let ids = [id("CronJob", "acme-night"), id("Deployment", "acme-gone")];
    let reported: BTreeMap<_, _> = ids.into_iter().map(|id| (id, reported)).collect();
    let rule = RuntimeRule { runtime: "java".to_owned(), workloads: vec!["acme-shop/CronJob/*".to_owned()] };
    let facts = service_facts(&snapshot, &reported, &[rule]);
    let language = |kind: &str, name: &str| facts[&id(kind, name)].runtime.language;
    assert_eq!(language("CronJob", "acme-night"), Some("jvm"));
    assert_eq!(language("Deployment", "acme-gone"), Some("go"), "from metrics only");
    assert_eq!(language("Deployment", "acme-web"), Some("python"));
}

/// All facts are the same after redaction, except for user-chosen names.
#[test]
fn redaction_preserves_all_facts() {
    let (original, mut redacted) = (snapshot(), snapshot());
    redact(&mut redacted, &RedactionKey::new([7; 32]));
    let text = serde_json::to_string(&redacted).unwrap();
    assert!(!text.contains("acme") && !text.contains("proxyv2") && !text.contains("python:3"), "{text}");
    let of = |snapshot: &Snapshot| {
        let facts = service_facts(snapshot, &BTreeMap::new(), &[]);
        let mut all: Vec<String> = facts
            .into_values()
            .map(|mut facts| {
                facts.runtime.framework = facts.runtime.framework.filter(|name| name != "acme");
                facts.runtime.evidence.iter_mut().for_each(|e| e.name = e.name.replace("go-acme", "go"));
                facts.runtime.evidence.iter_mut().for_each(|e| e.says = e.says.replace("go with acme", "go"));
                format!("{facts:?}")
            })
            .collect();
        all.sort();
        all
    };
    assert_eq!(of(&original), of(&redacted));
}
