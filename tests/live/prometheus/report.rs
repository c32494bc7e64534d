//! `capmodel report` of a month from a real Prometheus, with deleted nodes, finished Jobs and hours without scrapes.

use capmodel::inputs::prices::{PriceBook, price_groups};
use capmodel::model::nodes::{Arch, CapacityType, Provider};
use serde_json::Value;

use super::Server;
use super::openmetrics::OpenMetrics;
use crate::support::binary::{capmodel, refused};
use crate::support::prometheus::off;

const SCRAPE: i64 = 300;
const HOUR: i64 = 3600;
const SNAPSHOT: &str = "fixtures/report/small.json";

/// 2026-10-01, 00:00 in Berlin; the month there has 745 hours.
const START: i64 = 1_790_805_600;

/// Four hours in which Prometheus was down.
const AWAY: (i64, i64) = (START + 300 * HOUR, START + 304 * HOUR);

fn generate(out: &mut OpenMetrics) {
    // Samples grouped by family, and those of a series in order of time.
    let mut family = |name: &str, all: &[(&str, i64, i64, f64)]| {
        for (labels, from, until, value) in all {
            let (from, until) = (START + from * HOUR, START + until * HOUR);
            for (from, until) in [(from, until.min(AWAY.0)), (from.max(AWAY.1), until)] {
                out.series(name, labels, (from, until, SCRAPE), |_| *value);
            }
        }
    };
    family(
        "kube_node_info",
        &[
            (r#"node="a",provider_id="aws:///local-1a/i-a""#, -24, 769, 1.0),
            (r#"node="gone",provider_id="aws:///local-1a/i-g""#, -24, 200, 1.0),
            (r#"node="nameless",provider_id="aws:///us-east-1a/i-n""#, 400, 500, 1.0),
            (r#"node="again",provider_id="aws:///local-1a/i-1""#, 600, 650, 1.0),
            (r#"node="again",provider_id="aws:///local-1a/i-2""#, 650, 700, 1.0),
            (r#"node="fargate-ip-1",provider_id="aws:///local-1/f/fargate-ip-1""#, -24, 769, 1.0),
        ],
    );
    let again = |kind: &str| {
        format!(
            r#"node="again",label_node_kubernetes_io_instance_type="{kind}",label_topology_kubernetes_io_region="local-1",label_karpenter_sh_capacity_type="on-demand""#
        )
    };
    let (first, second) = (again("z9.large"), again("z9.small"));
    let gone = r#"node="gone",label_node_kubernetes_io_instance_type="z9.large",label_topology_kubernetes_io_region="local-1",label_karpenter_sh_capacity_type="on-demand""#;
    family(
        "kube_node_labels",
        &[
            (gone, -24, 200, 1.0),
            (r#"node="nameless""#, 400, 500, 1.0),
            (&first, 600, 650, 1.0),
            (&second, 650, 700, 1.0),
        ],
    );
    family(
        "kube_node_status_capacity",
        &[
            (r#"node="a",resource="cpu""#, -24, 769, 2.0),
            (r#"node="a",resource="memory""#, -24, 769, 8.589e9),
            (r#"node="gone",resource="cpu""#, -24, 200, 4.0),
            (r#"node="gone",resource="memory""#, -24, 200, 34.3e9),
            (r#"node="nameless",resource="cpu""#, 400, 500, 4.0),
            (r#"node="nameless",resource="memory""#, 400, 500, 16.4e9),
        ],
    );
    let web = r#"namespace="shop",pod="web-7d9f-x""#;
    // 1790848800 is the minute 29847480 since 1970.
    let job = r#"namespace="batch",pod="nightly-29847480-x""#;
    let pods = [(web, -24, 769), (job, 12, 62)];
    let of = |more: &str, values: [f64; 2]| -> Vec<(String, i64, i64, f64)> {
        pods.iter().zip(values).map(|((pod, from, until), v)| (format!("{pod}{more}"), *from, *until, v)).collect()
    };
    let mut each = |name: &str, rows: Vec<(String, i64, i64, f64)>| {
        let rows: Vec<(&str, i64, i64, f64)> = rows.iter().map(|(l, f, u, v)| (l.as_str(), *f, *u, *v)).collect();
        family(name, &rows);
    };
    each("container_memory_working_set_bytes", of(r#",container="main""#, [2e9, 1e9]));
    each("kube_pod_status_phase", of(r#",phase="Running""#, [1.0, 1.0]));
    each("kube_pod_container_resource_requests", of(r#",container="main",resource="cpu""#, [0.5, 1.0]));
    let owners =
        [r#",owner_kind="ReplicaSet",owner_name="web-7d9f""#, r#",owner_kind="Job",owner_name="nightly-29847480""#];
    let owned =
        pods.iter().zip(owners).map(|((pod, from, until), owner)| (format!("{pod}{owner}"), *from, *until, 1.0));
    each("kube_pod_owner", owned.collect());
    for ((pod, from, until), cores) in pods.iter().zip([0.25, 2.0]) {
        #[expect(clippy::cast_precision_loss, reason = "seconds of a month are exact in an f64")]
        let used = |t: i64| cores * (t - START + 24 * HOUR) as f64;
        let (from, until) = (START + from * HOUR, START + until * HOUR);
        for (from, until) in [(from, until.min(AWAY.0)), (from.max(AWAY.1), until)] {
            let labels = format!("{pod},container=\"main\"");
            out.series("container_cpu_usage_seconds_total", &labels, (from, until, SCRAPE), used);
        }
    }
}

fn report(url: &str, more: &[&str]) -> Value {
    let arguments =
        ["report", SNAPSHOT, "--prometheus", url, "--prices", "fixtures/report/prices.csv", "--format", "json"];
    let output = capmodel(&[&arguments, more].concat()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn cents<'a>(rows: impl IntoIterator<Item = &'a Value>) -> i64 {
    rows.into_iter().filter_map(Value::as_str).map(|text| text.replace('.', "").parse::<i64>().unwrap()).sum()
}

fn number(value: &Value) -> f64 {
    value.as_str().map_or_else(|| value.as_f64().unwrap(), |text| text.parse().unwrap())
}

fn message<'a>(report: &'a Value, code: &str) -> Option<&'a str> {
    let findings = report["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["code"] == code).and_then(|finding| finding["message"].as_str())
}

/// A core and a GiB of the group that prices shares in us-east-1, for an hour.
fn share_price() -> [f64; 2] {
    let offerings = PriceBook::embedded().offerings(Provider::Aws, "us-east-1").unwrap();
    let groups = price_groups().unwrap();
    let share = groups.share_basis(Provider::Aws, Arch::Amd64, &offerings, CapacityType::OnDemand).unwrap().price;
    [share.core_hour, share.gib_hour].map(|price| price.amount().to_string().parse().unwrap())
}

#[test]
fn a_month_is_reported_from_its_history() {
    let server = Server::start("11m", generate);
    let report = report(&server.url, &["--month", "last", "--timezone", "Europe/Berlin"]);
    let period = &report["period"];
    assert_eq!((&period["kind"], &period["month"]), (&"history".into(), &"2026-10".into()));
    assert_eq!((&period["start"], &period["end"]), (&"2026-09-30T22:00:00Z".into(), &"2026-10-31T23:00:00Z".into()));
    assert_eq!(period["hours"], "745");
    assert!(off(number(&period["hours_with_data"]), 741.0) < 0.001, "{period}");
    assert!(message(&report, "history-gap").is_some_and(|said| said.contains(" of 745 hours")), "{report:#}");

    let node = |region: &str, cores: u64| {
        let nodes = report["nodes"].as_array().unwrap().iter();
        let is = |node: &&Value| {
            node["billed_as"] == "machine"
                && node["region"] == region
                && (cores == 0 || node["instance_type"] == "z9.large")
        };
        nodes.filter(is).find(|node| cores != 0 || node["instance_type"] != "z9.large").unwrap().clone()
    };
    // 741 hours at 0.10 and 200 at 0.28; 50 each of two machines that had one name after the other; and 100 of four
    // cores and 16 GiB at what those cost in us-east-1.
    assert!(off(number(&node("local-1", 0)["cost"]), 74.10 + 5.0) < 0.001, "{:#}", report["nodes"]);
    assert!(off(number(&node("local-1", 4)["cost"]), 56.00 + 14.0) < 0.001);
    let nameless = node("us-east-1", 0);
    assert_eq!((&nameless["price_rule"], &nameless["shape"]["memory_gib"]), (&"by-shape".into(), &16.into()));
    assert!(off(number(&nameless["cost"]), 100.0 * number(&nameless["price_per_hour"])) < 0.005);
    let share = share_price();
    let of_shape = 4.0 * share[0] + 16.0 * share[1];
    assert!(off(number(&nameless["price_per_hour"]), of_shape) < 1e-6, "{of_shape} for {nameless}");
    assert!(message(&report, "price-by-shape").is_some());
    // The size of a deleted Fargate pod is unknown, and the report says so: 741 of 1,882 node-hours.
    assert!(off(number(&report["priced_node_hours_share"]), 1141.0 / 1882.0) < 0.001, "{report:#}");
    assert!(message(&report, "node-unpriced").is_some_and(|said| said.contains("741 node-hours")));
    assert!(message(&report, "price-blended").is_some());

    let total = cents([&report["cost"]]);
    for list in ["groups", "namespaces", "workloads"] {
        assert_eq!(cents(report[list].as_array().unwrap().iter().map(|row| &row["cost"]["total"])), total, "{list}");
    }
    let workload = |name: &str| {
        report["workloads"]
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["name"] == name)
            .unwrap_or_else(|| panic!("{name}"))
    };
    let (web, nightly) = (workload("web"), workload("nightly"));
    assert_eq!((&web["kind"], &nightly["kind"]), (&"Deployment".into(), &"CronJob".into()));
    assert!(off(number(&web["usage"]["core_hours"]), 741.0 * 0.25) < 0.005, "{web:#}");
    assert!(off(number(&web["usage"]["requested_core_hours"]), 741.0 * 0.5) < 0.001);
    assert!(off(number(&web["efficiency"]["cpu"]), 0.5) < 0.005);
    assert!(off(number(&nightly["usage"]["pod_hours"]), 50.0) < 0.005);
    // A core-hour costs the same for both: the Job used 100 and requested 50, the service requested 370.5.
    let ratio = number(&web["cost"]["cpu"]) / number(&nightly["cost"]["cpu"]);
    assert!(off(ratio, 370.5 / 100.0) < 0.01, "{ratio}");
    assert!(nightly["pods"].is_null(), "it does not run now");

    // In another time zone the month is a different one; a quarter of an hour into a month, the previous month is
    // complete.
    let utc = self::report(&server.url, &["--month", "2026-10"]);
    assert_eq!((&utc["period"]["hours"], &utc["period"]["start"]), (&"744".into(), &"2026-10-01T00:00:00Z".into()));
}

/// The snapshot with additional objects.
fn changed(folder: &std::path::Path, change: impl FnOnce(&mut Value)) -> String {
    let mut snapshot: Value = serde_json::from_str(&std::fs::read_to_string(SNAPSHOT).unwrap()).unwrap();
    change(&mut snapshot);
    let path = folder.join("changed.snapshot");
    std::fs::write(&path, snapshot.to_string()).unwrap();
    path.display().to_string()
}

fn report_of(snapshot: &str, url: &str) -> Value {
    let arguments = ["report", snapshot, "--prometheus", url, "--prices", "fixtures/report/prices.csv"];
    let month = ["--month", "2026-10", "--timezone", "Europe/Berlin", "--format", "json"];
    let output = capmodel(&[&arguments[..], &month].concat()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A pod that is still on Fargate existed as long as its node and has a known size: 741 hours of half a core and a GiB.
#[test]
fn fargate_is_billed_by_the_size_of_its_pods() {
    let server = Server::start("11m", generate);
    let folder = tempfile::tempdir().unwrap();
    let snapshot = changed(folder.path(), |snapshot| {
        let mut node = snapshot["nodes"][0].clone();
        node["name"] = "fargate-ip-1".into();
        node["provider_id"] = "aws:///local-1/f/fargate-ip-1".into();
        node["machine"]["kind"] = "fargate".into();
        snapshot["nodes"].as_array_mut().unwrap().push(node);
        let mut pod = snapshot["pods"][0].clone();
        pod["name"] = "quiet-0".into();
        pod["node"] = "fargate-ip-1".into();
        pod["owner"]["name"] = "quiet".into();
        pod["fargate_size"] = "0.5vCPU 1GB".into();
        pod.as_object_mut().unwrap().remove("claims");
        snapshot["pods"].as_array_mut().unwrap().push(pod);
    });
    let report = report_of(&snapshot, &server.url);
    let line = report["nodes"].as_array().unwrap().iter().find(|node| node["billed_as"] == "fargate").unwrap();
    assert!(off(number(&line["cost"]), 741.0 * (0.5 * 0.04048 + 0.004445)) < 0.002, "{line}");
    let quiet = report["workloads"].as_array().unwrap().iter().find(|row| row["name"] == "quiet").unwrap();
    assert_eq!(quiet["cost"]["direct"], line["cost"]);
    assert_eq!(report["priced_node_hours_share"], 1.0);
}

/// With a namespaced Role, the metrics still cover the whole cluster: only the requested namespace is reported, at
/// catalogue prices.
#[test]
fn a_single_namespace_is_reported() {
    let server = Server::start("11m", generate);
    let folder = tempfile::tempdir().unwrap();
    let snapshot = changed(folder.path(), |snapshot| {
        snapshot["only_namespaces"] = serde_json::json!(["shop"]);
        snapshot["nodes"] = serde_json::json!([]);
        for list in ["pods", "workloads", "load_balancers", "volumes"] {
            if let Some(list) = snapshot[list].as_array_mut() {
                list.retain(|item| item["namespace"] == "shop");
            }
        }
    });
    let report = report_of(&snapshot, &server.url);
    let cores = report["services"].as_array().unwrap().iter().find(|line| line["unit"] == "core-hour").unwrap();
    assert!(off(number(&cores["quantity"]), 370.5) < 0.001, "{cores}");
    let names: Vec<&Value> = report["namespaces"].as_array().unwrap().iter().map(|row| &row["name"]).collect();
    assert_eq!(names, ["shop"]);
    assert!(message(&report, "metrics-cluster-unverified").is_some() && report["partial"] == true);
}

#[test]
fn metrics_of_another_cluster_give_no_cost() {
    let server = Server::start("11m", |out| {
        let labels = r#"namespace="shop",pod="web-0",container="main""#;
        let life = (START, START + 745 * HOUR, SCRAPE);
        out.series("container_memory_working_set_bytes", labels, life, |_| 1e9);
    });
    let (code, said) = refused(&["report", SNAPSHOT, "--prometheus", &server.url, "--month", "2026-10"]);
    assert!(code == 4 && said.contains("has no kube_node_info"), "{said}");
}

#[test]
fn a_month_without_data_is_refused() {
    let server = Server::start("11m", generate);
    let arguments = ["report", SNAPSHOT, "--prometheus", &server.url, "--month"];
    let (code, said) = refused(&[&arguments[..], &["2026-12"]].concat());
    assert!(code == 2 && said.contains("is in the future"), "{said}");
    let (code, said) = refused(&[&arguments[..], &["2026-05"]].concat());
    assert!(code == 4 && said.contains("2026-05-01"), "{said}");
    let (code, said) = refused(&[&arguments[..], &["2026-10", "--timezone", "Europe/Berln"]].concat());
    assert!(code == 2 && said.contains("unknown time zone"), "{said}");
}

/// The snapshot with other requests of the service and an autoscaler with this target in percent of them.
fn scaled(folder: &std::path::Path, cpu: &str, memory: &str, percent: u64) -> String {
    let mut snapshot: Value = serde_json::from_str(&std::fs::read_to_string(SNAPSHOT).unwrap()).unwrap();
    for pod in snapshot["pods"].as_array_mut().unwrap().iter_mut().filter(|pod| pod["namespace"] == "shop") {
        pod["containers"][0]["sizes"]["requests"] = serde_json::json!({ "cpu": cpu, "memory": memory });
    }
    snapshot["autoscalers"] = serde_json::json!([{
        "namespace": "shop", "name": "web", "target": { "kind": "Deployment", "name": "web" },
        "min_replicas": 1, "max_replicas": 9,
        "metrics": [{ "kind": "resource", "name": "cpu", "target": { "utilization-percent": percent } }]
    }]);
    let path = folder.join(format!("{cpu}.snapshot"));
    std::fs::write(&path, snapshot.to_string()).unwrap();
    path.display().to_string()
}

/// Another pod starts at a usage of 300m per pod, and 250m is used. The recommendation keeps this threshold, which is
/// 90 % of 334m; afterwards nothing is left to recommend.
#[test]
fn advice_that_was_followed_is_not_repeated() {
    let server = Server::start("11m", generate);
    let folder = tempfile::tempdir().unwrap();
    let recommended = |snapshot: &str| {
        let arguments = ["report", snapshot, "--prometheus", &server.url, "--month", "2026-10", "--format", "json"];
        let own = ["--prices", "fixtures/report/prices.csv"];
        let output = capmodel(&[&arguments[..], &own].concat()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let row = report["workloads"].as_array().unwrap().iter().find(|row| row["name"] == "web").unwrap().clone();
        (row["recommended"].clone(), report)
    };
    let (first, report) = recommended(&scaled(folder.path(), "600m", "13Gi", 50));
    assert_eq!(first["request"], serde_json::json!({ "cpu_millis": 334, "memory_bytes": 2194_u64 << 20 }), "{first:#}");
    assert_eq!((&first["autoscaler"]["min_replicas"], &first["autoscaler"]["max_replicas"]), (&1.into(), &9.into()));
    assert_eq!(
        first["autoscaler"]["targets"],
        serde_json::json!([{ "resource": "cpu", "now_percent": 50, "target_percent": 90 }])
    );
    // Two pods of 13 GiB and one of 8 would need two large nodes, which cost more than the large and the small one that
    // are there for 744 hours, so that those stay; with 2194 MiB each, one large one does.
    let (now, then) = (&report["consolidation"], &report["rightsizing"]["nodes"]);
    assert_eq!((&now["cost"], &then["cost"]), (&"282.72".into(), &"208.32".into()), "{report:#}");
    // The service used 2e9 bytes and requested none in the past: its cost would have more memory and less CPU.
    let saving = |name: &str| number(&report["rightsizing"][name]);
    assert!(off(saving("share_saving"), number(&first["share_saving"])) < 1e-9);
    let (second, report) = recommended(&scaled(folder.path(), "334m", "2194Mi", 90));
    assert_eq!((&second["status"], &report["rightsizing"]), (&"keep".into(), &Value::Null), "{second:#}");
}
