//! Snapshot files: every field is read back as it was written, and invalid files are refused with the reason.

use std::path::Path;

use capmodel::inputs::files::{SnapshotError, parse_snapshot};
use capmodel::model::cluster::{Names, RedactionKey, Snapshot, StoredSeries, StoredUsage, StoredWorkload, redact};
use capmodel::outputs;

/// One of everything that a snapshot of version 1 can contain. Users have such files, so they must always be readable.
const VERSION_1: &str = include_str!("../../fixtures/snapshot/v1.json");

fn parse(bytes: &[u8]) -> Result<Snapshot, SnapshotError> {
    parse_snapshot(bytes, Path::new("s"))
}

fn error(bytes: &[u8]) -> String {
    parse(bytes).unwrap_err().to_string()
}

#[test]
fn version_1_is_read_and_written() {
    let snapshot = parse(VERSION_1.as_bytes()).unwrap();
    let written = serde_json::to_value(&snapshot).unwrap();
    assert_eq!(written, serde_json::from_str::<serde_json::Value>(VERSION_1).unwrap(), "no key is lost or new");
    let bytes = outputs::snapshot(&snapshot).unwrap();
    assert_eq!(parse(&bytes).unwrap(), snapshot);
    assert_eq!(bytes, outputs::snapshot(&snapshot).unwrap(), "the same snapshot, the same bytes");
}

/// Files of an earlier version, with fewer facts about services.
#[test]
fn fields_that_were_added_later_may_be_absent() {
    fn without(value: &mut serde_json::Value, keys: &[&str]) {
        match value {
            serde_json::Value::Object(map) => {
                map.retain(|key, _| !keys.contains(&key.as_str()));
                map.values_mut().for_each(|inner| without(inner, keys));
            }
            serde_json::Value::Array(list) => list.iter_mut().for_each(|inner| without(inner, keys)),
            _ => {}
        }
    }
    let added = [
        "images",
        "programs",
        "image_known",
        "readiness_probe",
        "startup_probe",
        "started_to_ready_seconds",
        "runtime",
    ];
    let mut old: serde_json::Value = serde_json::from_str(VERSION_1).unwrap();
    assert!(added.iter().all(|key| VERSION_1.contains(&format!("\"{key}\""))));
    without(&mut old, &added);
    let snapshot = parse(old.to_string().as_bytes()).unwrap();
    assert!(snapshot.images.is_empty() && snapshot.pods[0].started_to_ready_seconds.is_none());
    assert_eq!(serde_json::to_value(&snapshot).unwrap(), old);
}

#[test]
fn files_that_are_not_snapshots_are_refused() {
    let snapshot = parse(VERSION_1.as_bytes()).unwrap();
    let bytes = outputs::snapshot(&snapshot).unwrap();
    for length in 3..bytes.len() {
        assert_eq!(error(&bytes[..length]), "s is damaged or cut short", "{length}");
    }
    let mut changed = bytes.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 0x10;
    assert_eq!(error(&changed), "s is damaged or cut short");
    let nothing = "s is not a snapshot; create one with `capmodel snapshot -o FILE`";
    for text in ["", "{}", "hello", "[1]", "{\"schema\":\"capmodel/estimate/v1\"}", "\u{1f}\u{8b}"] {
        assert_eq!(error(text.as_bytes()), nothing, "{text}");
    }
    assert_eq!(
        error(VERSION_1.replace("snapshot/v1", "snapshot/v2").as_bytes()),
        "s has schema `capmodel/snapshot/v2`; this version of capmodel supports `capmodel/snapshot/v1`"
    );
    assert_eq!(error(VERSION_1.replace("\"250m\"", "\"250 m\"").as_bytes()), "s is not a valid snapshot");
}

#[test]
fn redacted_names_can_still_be_joined_and_no_name_is_left() {
    let original = parse(VERSION_1.as_bytes()).unwrap();
    let mut redacted = original.clone();
    let names = redact(&mut redacted, &RedactionKey::new([7; 32]));
    let text = serde_json::to_string(&redacted).unwrap();
    // In the fixture, every user-chosen name contains `acme`.
    assert_eq!(text.match_indices("acme").count(), 0, "{text}");
    assert!(redacted.redacted && !original.redacted);
    let (pod, node) = (&redacted.pods[0], &redacted.nodes[0]);
    assert_eq!(pod.node.as_ref(), Some(&node.name));
    let placement = pod.placement.as_ref().unwrap();
    for (key, value) in &placement.node_selector {
        assert_eq!(node.scheduling_labels.get(key), Some(value), "a pod still finds its node");
    }
    assert_eq!(placement.tolerations[0].key.as_ref(), Some(&node.taints[0].key));
    assert_eq!(redacted.findings[0].subject, node.name);
    let image = &pod.containers[1].image;
    assert_eq!(redacted.images[image], original.images["registry/acme/web:1"], "an image still finds its size");
    assert_eq!(redacted.workloads.iter().find_map(|w| w.runtime.as_deref()), Some("python-fastapi"));
    assert_eq!(pod.containers[1].programs, ["gunicorn", "uvicorn"]);
    // The mapping restores the names.
    let original_of = |kind: &str, hash: &str| names[kind][hash].as_str();
    assert_eq!(original_of("node", &node.name), original.nodes[0].name);
    // Another key gives other hashes, the same key the same hashes.
    let again = |key| {
        let mut snapshot = original.clone();
        (redact(&mut snapshot, &RedactionKey::new([key; 32])), snapshot)
    };
    assert_eq!((names, redacted), again(7));
    let (other, _): (Names, _) = again(8);
    assert!(other["node"].keys().all(|hash| !again(7).0["node"].contains_key(hash)));
}

/// Names in the usage equal those of the cluster before and after redaction; the texts of findings are removed.
#[test]
fn usage_is_redacted_like_the_cluster() {
    let mut whole: serde_json::Value = serde_json::from_str(VERSION_1).unwrap();
    whole["usage"] = serde_json::json!({
        "from": "2026-11-23T08:00:00Z", "until": "2026-11-24T08:00:00Z", "step_seconds": 3600,
        "findings": [
            { "severity": "warning", "code": "request-metric-unattributed", "subject": "Istio", "message": "the first is `acme-x`" },
            { "severity": "warning", "code": "usage-gap", "subject": "the window", "message": "2 hours have no usage" },
        ],
        "nodes": [{
            "name": "acme-node-1", "provider_id": "aws:///us-east-1a/i-acme1", "machine": { "kind": "machine", "pool": "acme-pool" },
            "cpu_millis": 2000, "memory": 8_000_000_000_u64, "gpus": { "nvidia_com_gpu": 1 }, "hours": [0, 414_001, 0, null, 0],
        }],
        "workloads": [
            {
                "namespace": "acme-shop", "kind": "Deployment", "name": "acme-web", "series": { "cores": [3, 405_001, -9] },
                "held": [{ "node": 0, "hours": [1.0, 2.0, 3.0, 0.0, 0.0, 0.0] }], "throttled": 0.25,
                "requests_from": "Istio", "latency": [0.01, 0.1],
                "runtimes": [{ "metric": "python_info", "language": "python", "version": "3.13", "container": "acme-main" }],
                "software": [{ "metric": "fastapi_app_info", "container": "acme-main" }],
            },
            { "namespace": "acme-shop", "kind": "AcmeJob", "name": "acme-one" },
            { "namespace": "acme-shop", "kind": "Pod", "name": "acme-alone" },
        ],
    });
    let original = parse(whole.to_string().as_bytes()).unwrap();
    assert_eq!(parse(serde_json::to_string(&original).unwrap().as_bytes()).unwrap(), original);
    let mut redacted = original.clone();
    let names = redact(&mut redacted, &RedactionKey::new([7; 32]));
    let text = serde_json::to_string(&redacted).unwrap().to_lowercase();
    assert_eq!(text.match_indices("acme").count(), 0, "{text}");
    let usage = redacted.usage.unwrap();
    assert_eq!(usage.nodes[0].name, redacted.nodes[0].name);
    assert_eq!(Some(&usage.nodes[0].provider_id), redacted.nodes[0].provider_id.as_ref());
    assert_eq!(usage.nodes[0].machine.pool, redacted.nodes[0].machine.pool);
    let web = usage.workloads.iter().find(|workload| workload.requests_from.is_some()).unwrap();
    assert!(redacted.workloads.iter().any(|w| (&w.namespace, &w.name) == (&web.namespace, &web.name)));
    assert_eq!(names["workload"][&web.name], "acme-web");
    assert_eq!(web.series, original.usage.unwrap().workloads[0].series);
    let said = |code: &str| &usage.findings.iter().find(|finding| finding.code.as_str() == code).unwrap().message;
    assert_eq!(said("usage-gap"), "2 hours have no usage");
    assert!(said("request-metric-unattributed").ends_with("as it may hold names."));
}

/// The size stated in docs/reports.md: a service with a daily wave and 5 % of noise in every measurement.
#[test]
fn a_month_of_usage_is_as_small_as_documented() {
    let mut state = 1_u64;
    let mut noise = move || {
        // Marsaglia's xorshift; the sum of twelve uniform numbers is approximately normal.
        let mut uniform = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX)
        };
        1.0 + 0.05 * ((0..12).map(|_| uniform()).sum::<f64>() - 6.0)
    };
    const HOURS: u32 = 30 * 24;
    let mut series = |mean: f64, wave: f64, noisy: bool| {
        let day = |hour: u32| 1.0 + wave * (std::f64::consts::TAU * f64::from(hour) / 24.0).sin();
        StoredSeries::new((0..HOURS).map(|hour| (hour as usize, mean * day(hour) * if noisy { noise() } else { 1.0 })))
    };
    let mut workload = |number: usize| {
        let series = [
            ("pod_hours", series(3.0, 0.0, false)),
            ("requested_core_hours", series(1.5, 0.0, false)),
            ("requested_byte_hours", series(1.6e9, 0.0, false)),
            ("cores", series(0.7, 0.6, true)),
            ("cores_of_busiest", series(0.3, 0.6, true)),
            ("memory_byte_hours", series(9e8, 0.1, true)),
            ("memory_peak", series(3.5e8, 0.1, true)),
            ("requests_per_second", series(400.0, 0.6, true)),
        ];
        StoredWorkload {
            namespace: "shop".to_owned(),
            kind: "Deployment".to_owned(),
            name: format!("service-{number}"),
            series: series.into_iter().map(|(name, series)| (name.to_owned(), series)).collect(),
            held: Vec::new(),
            throttled: None,
            requests_from: None,
            latency: Some([0.004, 0.06]),
            response_times: Some([0.0071, 0.93, 1.85, 3.12]),
            runtimes: Vec::new(),
            software: Vec::new(),
        }
    };
    let workloads: Vec<StoredWorkload> = (0..50).map(&mut workload).collect();
    let mut snapshot = parse(VERSION_1.as_bytes()).unwrap();
    let before = outputs::snapshot(&snapshot).unwrap().len();
    snapshot.usage = Some(Box::new(StoredUsage {
        from: snapshot.taken_at - jiff::SignedDuration::from_hours(i64::from(HOURS)),
        until: snapshot.taken_at,
        step_seconds: 3600,
        hours_without_cluster: 0.0,
        hours_without_usage: 0.0,
        findings: Vec::new(),
        nodes: Vec::new(),
        workloads,
    }));
    let file = outputs::snapshot(&snapshot).unwrap();
    let each = (file.len() - before) / 50;
    assert!((6_500..7_500).contains(&each), "{each} bytes of a service: say so in docs/reports.md");
    assert_eq!(parse(&file).unwrap(), snapshot);
}
