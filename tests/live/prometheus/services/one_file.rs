//! The same cluster from one snapshot file that contains its usage: report, estimate, profile and workload file without
//! Prometheus; and redacted.

use std::path::Path;

use serde_json::{Value, json};

use super::{END, SERVICES, Server, Service, number};
use crate::support::api::{kubeconfig, reply, serve};
use crate::support::binary::capmodel;
use crate::support::prometheus::off;

/// Every number of a stored series has four significant digits.
const FOUR_DIGITS: f64 = 1e-3;
/// Maximum relative difference between the cost per request from rounded steps and from exact ones. This history has no
/// noise, so rounding alone determines how cores are divided between idle usage and requests: 3.9 % at most, for
/// `cart`.
const APART: f64 = 0.04;

pub(super) fn tells_the_same(server: &Server) {
    let config = kubeconfig(&serve(|path, _| reply(200, list(path).to_string()))).display().to_string();
    let file = |name: &str| server.folder.join(name).display().to_string();
    let (plain, redacted, bare) = (file("cluster.snapshot"), file("redacted.snapshot"), file("bare.snapshot"));
    let past = ["--prometheus", &server.url, "--window", "8d"];
    let take = |more: &[&str]| ok(&[&["snapshot", "--quiet", "--kubeconfig", &config], more].concat());
    take(&[&past[..], &["--output", &plain]].concat());
    take(&[&past[..], &["--redact", "--output", &redacted]].concat());
    take(&["--output", &bare]);

    // The table of services equals that of the live report.
    let live = report(&[&["--kubeconfig", &config][..], &past].concat());
    let stored = report(&[&plain]);
    same_services(&live, &stored, "live and stored");
    let hidden = report(&[&redacted]);
    let text = hidden.to_string();
    for service in &SERVICES {
        let named = |name: &str| text.contains(&format!("\"{name}\""));
        assert!(!named(service.namespace) && !named(service.name), "{}", service.name);
    }
    assert_eq!(by_demand(&stored), by_demand(&hidden), "redacted");
    // The file grows by its usage; the documentation states the bytes per step of a workload's series.
    let size = |path: &str| std::fs::metadata(path).unwrap().len();
    let steps = SERVICES.len() as u64 * 8 * 24;
    let each = (size(&plain) - size(&bare)) / steps;
    assert!(each < 30, "{} and {} bytes: {each} for a step of a workload", size(&plain), size(&bare));

    // The estimate of a service has the same plan as the report.
    let asked = ["estimate", "--cluster", &plain, "--service", "shop/api", "--format", "json"];
    let estimate: Value = serde_json::from_str(&ok(&asked)).unwrap();
    let api = service(&stored, "api");
    assert_eq!(
        estimate["demand"]["requests_per_second"]["mid"].as_f64().map(|mid| off(mid, 14_400.0) < 0.01),
        Some(true)
    );
    for (at, (profile, style)) in [("api", "python"), ("go-gin", "go")].into_iter().enumerate() {
        let (planned, told) = (&estimate["estimates"][at], &api["styles"][style]["at"]["busy"]);
        assert_eq!((&planned["profile"], &planned["policy"]), (&json!(profile), &json!("production")));
        assert_eq!(planned["pods"]["plan"], told["pods"]["plan"], "{profile}");
        let dollars = |value: &Value| number(&value["share_cost_per_month"]["plan"]);
        assert!((dollars(planned) - dollars(told)).abs() < 0.01, "{profile}: {} {}", dollars(planned), dollars(told));
    }
    let twice = ["estimate", "--cluster", &plain, "--service", "shop/api", "--rps", "28800", "--format", "json"];
    let twice: Value = serde_json::from_str(&ok(&twice)).unwrap();
    let pods = |estimate: &Value| number(&estimate["estimates"][1]["pods"]["plan"]);
    assert!(pods(&twice) > 1.7 * pods(&estimate), "{} {}", pods(&twice), pods(&estimate));

    // The live estimate has the same headline.
    let live = [&["estimate", "--live", "--kubeconfig", &config, "--service", "shop/Deployment/api", "-v"][..], &past]
        .concat();
    let screen = ok(&live);
    let words: Vec<&str> = screen.split_whitespace().collect();
    assert!(words.join(" ").contains("fitted to"), "{screen}");

    fits_a_profile(&plain, &file("api.toml"));
    writes_a_workload(&plain, &file("services.toml"));
    refuses(&plain, &bare);
}

/// The fitted profile can be checked and loaded, and its intervals contain the generated values.
fn fits_a_profile(snapshot: &str, profile: &str) {
    ok(&["profiles", "fit", "--from", snapshot, "--service", "shop/api", "--output", profile]);
    let checked = ok(&["profiles", "check", profile]);
    assert!(checked.contains("valid profile api with measured values"), "{checked}");
    let shown = ok(&["profiles", "show", profile, "--evidence", "measured", "--format", "json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let text = std::fs::read_to_string(profile).unwrap();
    assert!(
        text.contains("shop/Deployment/api in the cluster c, 2026-11-18T00:00:00Z to 2026-11-26T00:00:00Z"),
        "{text}"
    );
    let rate = text.lines().skip_while(|line| *line != "[measured.throughput]").nth(2).unwrap();
    let rate: f64 = rate.trim_start_matches("mid = \"").trim_end_matches("rps\"").parse().unwrap();
    assert!(off(1.0 / rate, 0.0004) < 0.03, "{rate}: {shown}");
    ok(&["estimate", "--rps", "14400", "--profile", profile, "--profile", "go-gin"]);
}

/// It contains the services with demand and a profile; the others are listed as left out.
fn writes_a_workload(snapshot: &str, workload: &str) {
    ok(&["report", snapshot, "--format", "workload", "--output", workload]);
    let text = std::fs::read_to_string(workload).unwrap();
    assert!(text.contains("# legacy/Deployment/billing: left out, because there is no profile"), "{text}");
    let plan: Value = serde_json::from_str(&ok(&["estimate", "--workload", workload, "--format", "json"])).unwrap();
    let mut names: Vec<&str> =
        plan["services"].as_array().unwrap().iter().map(|service| service["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["api", "cart", "ranker", "small"]);
}

fn refuses(snapshot: &str, bare: &str) {
    for (file, service, why) in [
        (snapshot, "shop/apy", "no service shop/apy runs in the cluster c; did you mean shop/api?"),
        (snapshot, "data/nightly", "data/CronJob/nightly: it has no request counter"),
        (snapshot, "legacy/billing", "there is no profile for its runtime (jvm)"),
        (bare, "shop/api", "the traffic of shop/Deployment/api is unknown"),
    ] {
        let output = run(&["estimate", "--cluster", file, "--service", service]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{service}: {said}");
        assert!(said.contains(why), "{service}: {said}");
    }
}

fn same_services(one: &Value, other: &Value, what: &str) {
    let (one, other) = (services(one), services(other));
    assert_eq!(one.len(), other.len(), "{what}");
    for (one, other) in one.iter().zip(other) {
        let name = one["name"].as_str().unwrap();
        for same in ["namespace", "kind", "name", "runtime"] {
            assert_eq!(one[same], other[same], "{what}: {name}");
        }
        assert_eq!(one["profile"]["status"], other["profile"]["status"], "{what}: {name}");
        assert_eq!(one["advice"]["action"], other["advice"]["action"], "{what}: {name}");
        // The inputs of sizing agree in all stored digits.
        let busy = |service: &Value| number(&service["profile"]["cores_at_busy"]["mid"]);
        if busy(one).is_finite() {
            assert!(off(busy(one), busy(other)) < FOUR_DIGITS, "{what}: {name}: {} {}", busy(one), busy(other));
        }
        // Idle usage and cost per request share these cores, and without noise only rounding determines how.
        let cost = |service: &Value| number(&service["profile"]["cpu_seconds_per_request"]["mid"]);
        if cost(one).is_finite() {
            assert!(off(cost(one), cost(other)) < APART, "{what}: {name}: {} {}", cost(one), cost(other));
        }
    }
}

/// Needs and costs of services, without their names.
fn by_demand(report: &Value) -> Vec<String> {
    let of = |service: &Value| {
        json!([service["demand"], service["profile"], service["styles"], service["runtime"]["language"]]).to_string()
    };
    let mut all: Vec<String> = services(report).iter().map(of).collect();
    all.sort();
    all
}

fn services(report: &Value) -> &Vec<Value> {
    report["running_services"].as_array().unwrap()
}

fn service<'a>(report: &'a Value, name: &str) -> &'a Value {
    services(report).iter().find(|service| service["name"] == name).unwrap()
}

fn report(arguments: &[&str]) -> Value {
    serde_json::from_str(&ok(&[&["report", "--format", "json"], arguments].concat())).unwrap()
}

fn run(arguments: &[&str]) -> std::process::Output {
    capmodel(arguments).env("SOURCE_DATE_EPOCH", END.to_string()).output().unwrap()
}

fn ok(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Responses of the cluster's API server.
fn list(path: &str) -> Value {
    let path = Path::new(path.split('?').next().unwrap_or_default());
    let items: Vec<Value> = match path.file_name().and_then(|name| name.to_str()) {
        Some("version") => return json!({ "gitVersion": "v1.36.3" }),
        Some("nodes") if path.starts_with("/api") => (0..4).map(node).collect(),
        Some("pods") if path.starts_with("/api") => {
            SERVICES.iter().flat_map(|service| (0..service.pods).map(|number| pod(service, number))).collect()
        }
        Some("deployments") => deployed(|service| object(service.namespace, service.name, None)),
        Some("replicasets") => {
            deployed(|service| object(service.namespace, &owner(service).1, Some(("Deployment", service.name))))
        }
        Some("cronjobs") => vec![object("data", "nightly", None)],
        Some("jobs") => vec![object("data", "nightly-29927520", Some(("CronJob", "nightly")))],
        _ => Vec::new(),
    };
    json!({ "metadata": {}, "items": items })
}

fn deployed(of: impl Fn(&Service) -> Value) -> Vec<Value> {
    SERVICES.iter().filter(|service| service.name != "nightly").map(of).collect()
}

fn owner(service: &Service) -> (&'static str, String) {
    match service.name {
        "nightly" => ("Job", "nightly-29927520".to_owned()),
        name => ("ReplicaSet", format!("{name}-7d9f8b6c5")),
    }
}

fn object(namespace: &str, name: &str, owner: Option<(&str, &str)>) -> Value {
    let owners: Vec<Value> = owner
        .into_iter()
        .map(|(kind, name)| json!({ "kind": kind, "name": name, "controller": true, "apiVersion": "apps/v1", "uid": "u" }))
        .collect();
    json!({ "metadata": { "namespace": namespace, "name": name, "ownerReferences": owners }, "spec": {} })
}

fn pod(service: &Service, number: i64) -> Value {
    let (kind, name) = owner(service);
    let mut pod = object(service.namespace, &service.pod(number), Some((kind, &name)));
    pod["spec"] = json!({
        "nodeName": format!("n{}", number % 4),
        "containers": [{
            "name": "main", "image": service.image, "command": service.programs, "resources": super::sizes(service),
        }],
    });
    pod["status"] = json!({ "phase": "Running" });
    pod
}

fn node(number: usize) -> Value {
    let zone = format!("us-east-1{}", ["a", "b"][number % 2]);
    json!({
        "metadata": { "name": format!("n{number}"), "labels": {
            "node.kubernetes.io/instance-type": "m6i.2xlarge", "kubernetes.io/arch": "amd64", "kubernetes.io/os": "linux",
            "topology.kubernetes.io/region": "us-east-1", "topology.kubernetes.io/zone": zone,
            "eks.amazonaws.com/capacityType": "ON_DEMAND",
        } },
        "spec": { "providerID": format!("aws:///{zone}/i-{number}") },
        "status": {
            "capacity": { "cpu": "8", "memory": "32386968Ki", "pods": "58" },
            "allocatable": { "cpu": "7910m", "memory": "31482644Ki", "pods": "58" },
        },
    })
}
