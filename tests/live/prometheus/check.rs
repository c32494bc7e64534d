//! `capmodel check` as a user runs it.

use std::net::TcpListener;

use assert_cmd::Command;

use super::Server;
use crate::support::api;

fn check(args: &[&str]) -> assert_cmd::assert::Assert {
    // Without a cluster, on any machine.
    let mut command = Command::cargo_bin("capmodel").unwrap();
    let command = command.env_remove("KUBECONFIG").env_remove("KUBERNETES_SERVICE_HOST").env("HOME", "/nonexistent");
    command.arg("check").args(args).env("SOURCE_DATE_EPOCH", NOW.to_string()).assert()
}

const NOW: i64 = 1_790_812_800;

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn check_states_the_consequence_of_each_missing_metric() {
    let life = (NOW - 3600, NOW, 60);
    let server = Server::start("5m", |out| {
        let pod = "cluster=\"a\",namespace=\"prod\",pod=\"web-0\",container=\"main\"";
        out.series("container_cpu_usage_seconds_total", pod, life, |_| 1.0);
        out.series("container_memory_working_set_bytes", &pod.replace(",container=\"main\"", ""), life, |_| 1.0);
        out.series("kube_node_info", "cluster=\"a\",node=\"n1\"", life, |_| 1.0);
        out.series("kube_node_labels", "cluster=\"a\",node=\"n1\",label_kubernetes_io_arch=\"amd64\"", life, |_| 1.0);
        let moved = "namespace=\"monitoring\",pod=\"ksm\",exported_namespace=\"prod\",exported_pod=\"web-0\"";
        out.series("kube_pod_owner", moved, life, |_| 1.0);
        out.series("istio_requests_total", "cluster=\"b\",reporter=\"destination\"", life, |_| 1.0);
    });
    let shown =
        check(&["--prometheus", &server.url, "--prometheus-matcher", "cluster=a", "-v", "--width", "200"]).code(4);
    let table = text(&shown.get_output().stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    for line in [
        "container_cpu_usage_seconds_total",
        "a request counter (http_requests_total or any of 31 others)",
        "(its series have no label `container`)",
        "kubernetes_io_arch) kube-state-metrics found",
    ] {
        assert!(table.contains(line), "{line}\n{table}");
    }
    assert!(!table.contains("honor_labels"), "{table}");
    let shown = check(&["--prometheus", &server.url, "--format", "json"]).code(4);
    let document: serde_json::Value = serde_json::from_slice(&shown.get_output().stdout).unwrap();
    assert_eq!(document["schema"], "capmodel/check/v1");
    let all = document["requirements"].as_array().unwrap();
    let state = |name: &str| all.iter().find(|r| r["name"] == name).unwrap()["state"].clone();
    assert_eq!(state("container_cpu_usage_seconds_total"), "found");
    assert_eq!(state("container_memory_working_set_bytes"), "unusable");
    assert_eq!(state("kube_pod_owner"), "unusable");
    assert_eq!(state("istio_requests_total"), "found");
    assert_eq!(state("http_requests_total"), "not needed");
    // A report would be refused without it, and the check says so.
    assert_eq!(state("kube_pod_status_phase"), "missing");
    let vital = |name: &str| all.iter().find(|r| r["name"] == name).unwrap()["vital"] == true;
    assert!(vital("kube_pod_status_phase") && vital("kube_node_info") && !vital("kube_node_labels"));
}

#[test]
fn a_failed_check_exits_with_the_code_of_a_failed_report() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let down = check(&["--prometheus", &format!("http://127.0.0.1:{port}")]).code(4);
    let said = text(&down.get_output().stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("(cannot reach Prometheus at http://127.0.0.1:"), "{said}");
    assert!(said.contains("cluster access"), "{said}");
    // A container image without CA certificates is no problem without TLS.
    let args = ["check", "--prometheus", &format!("http://127.0.0.1:{port}")];
    let mut bare = Command::cargo_bin("capmodel").unwrap();
    bare.args(args).env("SSL_CERT_FILE", "/dev/null").env("SSL_CERT_DIR", "/nowhere").assert().code(4);
    check(&["--prometheus", "nowhere"]).code(3);
    check(&["--prometheus", "http://x", "--prometheus-auth-file", "/no/such/file"]).code(3);
    check(&["--prometheus", "http://x", "--prometheus-matcher", "a=\"b\"}"]).code(2);
    check(&["--window", "5m"]).code(2);
    check(&["--prices", "/no/such/file"]).code(3);
    // Neither a cluster nor Prometheus is available.
    let without = check(&[]).code(4);
    let said = text(&without.get_output().stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("no cluster configured") && said.contains("give --prometheus URL"), "{said}");
}

/// A report fails if the metrics belong to another cluster, and the check reports this beforehand.
#[test]
fn nodes_of_another_cluster_are_detected() {
    let cluster = api::kubeconfig(&api::serve(|path, _| api::healthy(path)));
    let life = (NOW - 3600, NOW, 60);
    let of = |names: &'static [(&str, &str)]| {
        Server::start("5m", move |out| {
            for (cluster, node) in names {
                out.series("kube_node_info", &format!("cluster=\"{cluster}\",node=\"{node}\""), life, |_| 1.0);
            }
            for (cluster, node) in names {
                let labels = format!("cluster=\"{cluster}\",namespace=\"shop\",pod=\"on-{node}\",phase=\"Running\"");
                out.series("kube_pod_status_phase", &labels, life, |_| 1.0);
            }
        })
    };
    let both = of(&[("a", "n"), ("b", "other"), ("b", "another")]);
    let shown = |flags: &[&str], code| {
        let arguments = ["--kubeconfig", cluster.to_str().unwrap(), "--prometheus", &both.url, "--format", "json"];
        let shown = check(&[&arguments[..], flags].concat()).code(code);
        let document: serde_json::Value = serde_json::from_slice(&shown.get_output().stdout).unwrap();
        let all = document["requirements"].as_array().unwrap().clone();
        all.into_iter().find(|row| row["name"] == "metrics of this cluster only")
    };
    let row = shown(&[], 4).unwrap();
    assert_eq!((&row["state"], &row["vital"]), (&"missing".into(), &true.into()));
    let lost = row["lost"].as_str().unwrap();
    assert!(lost.contains("2 of 3 nodes") && lost.contains("--prometheus-matcher 'cluster=\"a\"'"), "{lost}");
    assert_eq!(shown(&["--prometheus-matcher", "cluster=a"], 0), None);
}
