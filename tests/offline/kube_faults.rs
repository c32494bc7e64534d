//! Effects of a slow, failing or misbehaving API server on a snapshot: a repeated request, a finding, or a clear error.

use std::net::TcpListener;
use std::sync::Mutex;
use std::time::Duration;

use capmodel::inputs::kube::{Access, Api, KeptMetadata, KubeError, Progress, ReadOptions, read_snapshot};
use capmodel::model::cluster::Snapshot;
use capmodel::net::RetryPolicy;
use capmodel::units::Timestamp;

use crate::support::api::{Reply, healthy, kubeconfig, refusal, reply, serve};
use crate::support::binary::{output as capmodel, text};

/// Result of a snapshot, and its messages.
fn snapshot(server: &str) -> (Result<Snapshot, KubeError>, Vec<String>) {
    let kubeconfig = kubeconfig(server);
    let retry = RetryPolicy {
        timeout: Duration::from_millis(400),
        attempts: 3,
        pause: Duration::from_millis(10),
        longest_pause: Duration::from_secs(2),
        total: Duration::MAX,
    };
    let wanted = ReadOptions {
        namespaces: Vec::new(),
        keep: KeptMetadata::default(),
        cluster_name: None,
        spot_labels: Vec::new(),
        price_labels: std::collections::BTreeSet::new(),
        taken_at: Timestamp::UNIX_EPOCH,
    };
    let said = Mutex::new(Vec::new());
    let on_progress = |progress: Progress<'_>| match progress {
        Progress::Waiting { what, why, wait } => {
            said.lock().unwrap().push(format!("{what}: {why}, {:.0} s", wait.as_secs_f32()));
        }
        Progress::Again { what } => said.lock().unwrap().push(format!("{what}: again")),
        Progress::Page { .. } | Progress::Read { .. } => {}
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let access = Access { kubeconfig: Some(kubeconfig.clone()), ..Access::default() };
    let result =
        runtime.block_on(async { read_snapshot(&Api::connect(&access, retry).await?, &wanted, &on_progress).await });
    std::fs::remove_file(kubeconfig).unwrap();
    (result, said.into_inner().unwrap())
}

/// The second page of pods fails in one way.
fn second_page(
    fault: impl Fn(u32) -> Option<Reply> + Send + Sync + 'static,
) -> (Result<Snapshot, KubeError>, Vec<String>) {
    snapshot(&serve(move |path, count| {
        let fault = if path.ends_with("continue=two") { fault(count) } else { None };
        fault.unwrap_or_else(|| healthy(path))
    }))
}

fn pods(snapshot: &Snapshot) -> Vec<&str> {
    snapshot.pods.iter().map(|pod| pod.name.as_str()).collect()
}

fn code_and_text(result: Result<Snapshot, KubeError>) -> (u8, String) {
    let error = result.unwrap_err();
    (error.code(), error.to_string())
}

const ALL: [&str; 3] = ["p1", "p2", "p3"];

#[test]
fn a_cluster_without_faults_is_read_completely() {
    let (result, said) = second_page(|_| None);
    let snapshot = result.unwrap();
    assert_eq!((pods(&snapshot).as_slice(), snapshot.nodes.len(), said.len()), (&ALL[..], 1, 0));
}

#[test]
fn a_list_that_expires_is_read_again() {
    let (result, said) = second_page(|count| (count == 1).then(|| refusal(410, "too old")));
    assert_eq!((pods(&result.unwrap()).as_slice(), said), (&ALL[..], vec!["pods: again".to_owned()]));
}

#[test]
fn a_list_that_keeps_expiring_is_continued_if_the_server_allows_it() {
    let offer = r#"{"kind":"Status","message":"too old","metadata":{"continue":"late"},"code":410}"#;
    let (result, _) = second_page(move |_| Some(reply(410, offer)));
    let mended = result.unwrap();
    assert_eq!(pods(&mended), ["p1", "p4"]);
    assert!(mended.findings.iter().any(|finding| finding.code.as_str() == "list-inconsistent"));

    // The list is not continued if it makes no progress, or if the server offers no continuation.
    let (result, _) = snapshot(&serve(move |path, _| match path {
        path if path.contains("continue=") => reply(410, offer),
        path => healthy(path),
    }));
    assert!(code_and_text(result).1.contains("expired 3 times"));
    let (result, _) = second_page(|_| Some(refusal(410, "too old")));
    assert_eq!(
        code_and_text(result).1,
        "the list of pods expired 3 times while it was read (410): the API server or the network is too slow"
    );
}

#[test]
fn retry_after_is_respected() {
    let retry = |count| (count == 1).then(|| Reply { headers: "Retry-After: 1\r\n", ..refusal(429, "slow down") });
    let (result, said) = second_page(retry);
    assert_eq!(pods(&result.unwrap()), ALL);
    assert_eq!(said, ["pods: 429 slow down, 1 s"]);
}

#[test]
fn temporary_failures_are_retried_and_permanent_ones_reported() {
    let (result, said) = second_page(|count| (count < 3).then(|| refusal(500, "etcd")));
    assert_eq!((pods(&result.unwrap()).as_slice(), said.len()), (&ALL[..], 2));
    let (result, _) = second_page(|_| Some(refusal(503, "etcd")));
    let (code, text) = code_and_text(result);
    assert!(code == 4 && text.ends_with("answered 503: etcd (tried 3 times)"), "{text}");
}

#[test]
fn a_kind_that_cannot_be_read_is_a_finding() {
    let snapshot = snapshot(&serve(|path, _| match path {
        "/api/v1/persistentvolumes?limit=500" => refusal(500, "etcd"),
        "/api/v1/services?limit=500" => refusal(403, "no"),
        path if path.contains("metrics.k8s.io") => refusal(404, "no"),
        path => healthy(path),
    }));
    let snapshot = snapshot.0.unwrap();
    let found: Vec<_> = snapshot.findings.iter().map(|f| (f.code.as_str(), f.subject.as_str())).collect();
    for finding in [
        ("read-failed", "persistentvolumes"),
        ("access-refused", "services"),
        ("metrics-api-absent", "nodes.metrics.k8s.io"),
        ("cluster-uid-unknown", "cluster"),
    ] {
        assert!(found.contains(&finding), "{finding:?} in {found:?}");
    }
    assert_eq!(pods(&snapshot), ALL);
}

#[test]
fn truncated_responses_are_read_again() {
    let (result, said) = second_page(|count| {
        (count == 1).then(|| Reply { cut: Some(30), ..healthy("/api/v1/pods?limit=500&continue=two") })
    });
    assert_eq!((pods(&result.unwrap()).as_slice(), said.len()), (&ALL[..], 1), "{said:?}");
    // Truncated by a proxy that marks the response as complete.
    let (result, said) = second_page(|count| (count == 1).then(|| reply(200, r#"{"metadata":{},"items":[{"meta"#)));
    assert_eq!((pods(&result.unwrap()).as_slice(), said.len()), (&ALL[..], 1), "{said:?}");
    let (result, _) = second_page(|_| Some(reply(200, "<html>Sign in</html>")));
    let (code, text) = code_and_text(result);
    assert!(code == 4 && text.ends_with("returned something other than a Kubernetes list for pods"), "{text}");
}

#[test]
fn credentials_that_expire_during_the_run_are_an_error() {
    let (result, said) = second_page(|_| Some(refusal(401, "Unauthorized")));
    let (code, text) = code_and_text(result);
    assert!(code == 4 && text.contains("(401)") && said.is_empty(), "{text}");
}

#[test]
fn a_slow_server_is_asked_again_and_an_unresponsive_one_is_an_error() {
    // A server that is slow once is asked again; one that never responds leads to an error.
    let late = |count| {
        (count == 1)
            .then(|| Reply { delay: Duration::from_millis(900), ..healthy("/api/v1/pods?limit=500&continue=two") })
    };
    let (result, said) = second_page(late);
    assert_eq!((pods(&result.unwrap()).as_slice(), said.len()), (&ALL[..], 1), "{said:?}");
    let (result, _) = snapshot(&serve(|_, _| Reply { delay: Duration::from_secs(3), ..reply(200, "{}") }));
    let (code, text) = code_and_text(result);
    assert!(code == 4 && text.ends_with("does not respond (tried 3 times)"), "{text}");
    // No server is listening.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(code_and_text(snapshot(&format!("http://{free}")).0).0, 4);
}

#[test]
fn both_http_clients_work_in_one_process() {
    // With two TLS providers in one process, the second client would panic.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _inside = runtime.enter();
    let config = kube::Config::new("https://127.0.0.1:1".parse().unwrap());
    kube::Client::try_from(config).unwrap();
    reqwest::Client::builder().build().unwrap();
}

#[test]
fn a_full_disk_is_an_error_and_leaves_no_file() {
    let config = kubeconfig(&serve(|path, _| healthy(path)));
    let map = config.with_extension("map");
    let [config_text, map_text] = [&config, &map].map(|path| path.to_str().unwrap());
    let flags = ["snapshot", "--kubeconfig", config_text, "--redact", "--redact-map", map_text, "-o"];
    let output = capmodel(&[&flags[..], &["/dev/full"]].concat());
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("cannot write /dev/full"), "{}", text(&output.stderr));
    assert!(!map.exists(), "names without a snapshot");
    // A missing folder is detected before anything is read.
    let output = capmodel(&[&flags[..], &["/nonexistent/s"]].concat());
    let said = text(&output.stderr);
    assert!(
        output.status.code() == Some(3) && said.contains("no folder /nonexistent") && !said.contains("pods:"),
        "{said}"
    );
    std::fs::remove_file(config).unwrap();
}

#[test]
fn a_check_reports_failures_and_continues() {
    let check = |server: &str| {
        let config = kubeconfig(server);
        let output = capmodel(&["check", "--format", "json", "--kubeconfig", config.to_str().unwrap()]);
        std::fs::remove_file(config).unwrap();
        let all: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), all["requirements"].as_array().unwrap().clone())
    };
    let (code, all) = check(&serve(|path, _| match path {
        path if path.starts_with("/apis/metrics.k8s.io/v1beta1/nodes") => refusal(503, "no endpoints"),
        path if path.starts_with("/apis/apps/v1/deployments") => reply(200, "<html>Sign in</html>"),
        path => healthy(path),
    }));
    let find = |name: &str| all.iter().find(|row| row["name"] == name).unwrap();
    assert_eq!((code, &find("list pods")["state"]), (Some(0), &"found".into()));
    let usage = find("list nodes.metrics.k8s.io");
    assert_eq!((&usage["state"], &usage["from"]), (&"unusable".into(), &"metrics-server".into()));
    assert_eq!(usage["lost"], "current node usage (the server answered 503 no endpoints)");
    let deployments = find("list deployments.apps");
    assert_eq!((&deployments["state"], &deployments["from"]), (&"unusable".into(), &"API server".into()));

    // Rejected credentials, and a server that is not Kubernetes, give one line instead of seventeen.
    for (status, part) in [(401, "rejected the credentials (401)"), (404, "version not found on")] {
        let (code, all) = check(&serve(move |_, _| refusal(status, "no")));
        // The second line states that no Prometheus was given.
        assert_eq!((code, all.len()), (Some(4), 2), "{all:?}");
        assert!(all[0]["lost"].as_str().unwrap().contains(part), "{all:?}");
    }
}

#[test]
fn two_snapshots_of_one_second_are_both_kept() {
    let config = kubeconfig(&serve(|path, _| healthy(path)));
    let folder = tempfile::tempdir().unwrap();
    let into = format!("{}/", folder.path().display());
    for _ in 0..2 {
        let arguments = ["snapshot", "--kubeconfig", config.to_str().unwrap(), "--redact", "-q", "-o", &into];
        let mut command = crate::support::binary::capmodel(&arguments);
        command.assert().success();
    }
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "2026-11-24T000000Z-2.snapshot",
            "2026-11-24T000000Z-2.snapshot.names.json",
            "2026-11-24T000000Z.snapshot",
            "2026-11-24T000000Z.snapshot.names.json"
        ]
    );
}
