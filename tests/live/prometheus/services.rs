//! A mixed cluster over eight days, read from a real Prometheus: every service as it is, right-sized, Python-style and
//! Go-style, with its advice.

mod one_file;

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Server;
use super::openmetrics::OpenMetrics;
use crate::support::binary::capmodel;
use crate::support::prometheus::off;

const SCRAPE: i64 = 300;
const DAY: i64 = 86_400;
const END: i64 = 1_795_651_200; // 2026-11-26T00:00:00Z

fn start() -> i64 {
    END - 8 * DAY - 7200
}

/// One workload: its identity, the usage of its pods, and the metrics that they export.
struct Service {
    namespace: &'static str,
    name: &'static str,
    pods: i64,
    /// Requests per second of the whole service at the mean of its daily wave, which has an amplitude of 60 %; zero for
    /// none.
    rate: f64,
    /// CPU seconds per request.
    per_request: f64,
    /// Cores of one pod without requests.
    idle: f64,
    memory: f64,
    /// CPU request in cores.
    request: f64,
    image: &'static str,
    programs: &'static [&'static str],
    runtime: &'static str,
}

const SERVICES: [Service; 6] = [
    Service {
        namespace: "shop",
        name: "api",
        pods: 12,
        rate: 9000.0,
        per_request: 0.0004,
        idle: 0.01,
        memory: 180e6,
        request: 1.0,
        image: "registry.example/shop/api:1",
        programs: &["uvicorn"],
        runtime: "python_info{implementation=\"CPython\",version=\"3.13.1\"",
    },
    Service {
        namespace: "ml",
        name: "ranker",
        pods: 4,
        rate: 300.0,
        per_request: 0.004,
        idle: 0.05,
        memory: 2.5e9,
        request: 1.0,
        image: "pytorch/torchserve:0.12.0",
        programs: &["torchserve"],
        runtime: "python_info{implementation=\"CPython\",version=\"3.12.4\"",
    },
    Service {
        namespace: "shop",
        name: "small",
        pods: 2,
        rate: 60.0,
        per_request: 0.001,
        idle: 0.002,
        memory: 90e6,
        request: 0.1,
        image: "registry.example/shop/small:1",
        programs: &["uvicorn"],
        runtime: "python_info{implementation=\"CPython\",version=\"3.13.1\"",
    },
    Service {
        namespace: "shop",
        name: "cart",
        pods: 3,
        rate: 4000.0,
        per_request: 0.00006,
        idle: 0.005,
        memory: 40e6,
        request: 0.25,
        image: "registry.example/shop/cart:1",
        programs: &[],
        runtime: "go_info{version=\"go1.25.3\"",
    },
    Service {
        namespace: "legacy",
        name: "billing",
        pods: 2,
        rate: 200.0,
        per_request: 0.002,
        idle: 0.05,
        memory: 900e6,
        request: 1.0,
        image: "eclipse-temurin:21",
        programs: &["java"],
        runtime: "jvm_info{version=\"21.0.4\"",
    },
    Service {
        namespace: "data",
        name: "nightly",
        pods: 1,
        rate: 0.0,
        per_request: 0.0,
        idle: 0.8,
        memory: 600e6,
        request: 1.0,
        image: "registry.example/data/dbt-nightly:1",
        programs: &["python", "dbt"],
        runtime: "",
    },
];

impl Service {
    /// Number of requests to one pod from the start until a second.
    #[expect(clippy::cast_precision_loss, reason = "seconds of a week are exact in an f64")]
    fn served(&self, second: i64) -> f64 {
        let wave = |s: i64| -(TAU * s as f64 / DAY as f64).cos() * DAY as f64 / TAU;
        let all = self.rate * ((second - start()) as f64 + 0.6 * (wave(second) - wave(start())));
        all / self.pods as f64
    }

    fn pod(&self, number: i64) -> String {
        match self.name {
            "nightly" => format!("{}-29927520-p{number}aaa", self.name),
            _ => format!("{}-7d9f8b6c5-p{number}aaa", self.name),
        }
    }
}

fn generate(out: &mut OpenMetrics) {
    let life = (start(), END, SCRAPE);
    for node in 0..4 {
        out.series("kube_node_info", &format!("node=\"n{node}\""), life, |_| 1.0);
    }
    let each = |out: &mut OpenMetrics,
                metric: &str,
                labels: &dyn Fn(&Service) -> Option<String>,
                value: &dyn Fn(&Service, i64) -> f64| {
        for service in &SERVICES {
            for number in 0..service.pods {
                let pod = format!("namespace=\"{}\",pod=\"{}\"", service.namespace, service.pod(number));
                if let Some(more) = labels(service) {
                    out.series(metric, &format!("{pod}{more}"), life, |t| value(service, t));
                }
            }
        }
    };
    let main = |_: &Service| Some(",container=\"main\"".to_owned());
    #[expect(clippy::cast_precision_loss, reason = "seconds of a week are exact in an f64")]
    let since = |t: i64| (t - start()) as f64;
    each(out, "container_cpu_usage_seconds_total", &main, &|s, t| s.idle * since(t) + s.per_request * s.served(t));
    each(out, "container_memory_working_set_bytes", &main, &|s, _| s.memory);
    let counts = |s: &Service| (s.rate > 0.0).then(|| ",code=\"200\"".to_owned());
    each(out, "http_requests_total", &counts, &|s, t| s.served(t));
    each(out, "kube_pod_status_phase", &|_| Some(",phase=\"Running\"".to_owned()), &|_, _| 1.0);
    let owner = |s: &Service| {
        Some(match s.name {
            "nightly" => format!(",owner_kind=\"Job\",owner_name=\"{}-29927520\"", s.name),
            _ => format!(",owner_kind=\"ReplicaSet\",owner_name=\"{}-7d9f8b6c5\"", s.name),
        })
    };
    each(out, "kube_pod_owner", &owner, &|_, _| 1.0);
    let cpu = |_: &Service| Some(",container=\"main\",resource=\"cpu\",unit=\"core\"".to_owned());
    each(out, "kube_pod_container_resource_requests", &cpu, &|s, _| s.request);
    for name in ["python_info", "go_info", "jvm_info"] {
        let info = |s: &Service| {
            let (metric, labels) = s.runtime.split_once('{')?;
            (metric == name).then(|| format!(",{labels}"))
        };
        each(out, name, &info, &|_, _| 1.0);
    }
}

/// Requests of a service's pods; those of the oldest service have none.
fn sizes(service: &Service) -> Value {
    if service.name == "billing" {
        return json!({});
    }
    json!({ "requests": {
        "cpu": format!("{}m", service.request * 1000.0), "memory": format!("{}", service.memory * 1.3),
    } })
}

/// The final state of the cluster: four m6i.2xlarge of us-east-1 in two zones.
fn snapshot(folder: &Path) -> PathBuf {
    let node = |number: usize| {
        json!({
            "name": format!("n{number}"),
            "machine": {
                "kind": "machine", "provider": "aws", "region": "us-east-1",
                "zone": format!("us-east-1{}", ["a", "b"][number % 2]),
                "instance_type": "m6i.2xlarge", "capacity_type": "on-demand", "arch": "amd64",
            },
            "allocatable": { "cpu": "7910m", "memory": "31482644Ki", "pods": "58" },
            "capacity": { "cpu": "8", "memory": "32386968Ki", "pods": "58" },
            "ready": true,
        })
    };
    let mut pods = Vec::new();
    for service in &SERVICES {
        for number in 0..service.pods {
            let owner = match service.name {
                "nightly" => json!({ "kind": "Job", "name": "nightly-29927520" }),
                name => json!({ "kind": "ReplicaSet", "name": format!("{name}-7d9f8b6c5") }),
            };
            pods.push(json!({
                "namespace": service.namespace, "name": service.pod(number),
                "node": format!("n{}", number % 4), "phase": "running", "owner": owner,
                "containers": [{
                    "name": "main", "image": service.image, "programs": service.programs,
                    "sizes": sizes(service),
                }],
            }));
        }
    }
    let mut workloads = Vec::new();
    for service in &SERVICES {
        let kinds: [(&str, String, Value); 2] = match service.name {
            "nightly" => [
                ("CronJob", service.name.to_owned(), Value::Null),
                ("Job", "nightly-29927520".to_owned(), json!({ "kind": "CronJob", "name": service.name })),
            ],
            name => [
                ("Deployment", name.to_owned(), Value::Null),
                ("ReplicaSet", format!("{name}-7d9f8b6c5"), json!({ "kind": "Deployment", "name": name })),
            ],
        };
        for (kind, name, owner) in kinds {
            let mut workload = json!({ "kind": kind, "namespace": service.namespace, "name": name });
            if !owner.is_null() {
                workload["owner"] = owner;
            }
            workloads.push(workload);
        }
    }
    let whole = json!({
        "schema": "capmodel/snapshot/v1", "tool_version": "0.1.0", "taken_at": "2026-11-26T00:00:00Z",
        "cluster": { "name": "mixed" }, "nodes": (0..4).map(node).collect::<Vec<_>>(),
        "workloads": workloads, "pods": pods,
    });
    let path = folder.join("mixed.json");
    std::fs::write(&path, whole.to_string()).unwrap();
    path
}

fn run(server: &Server, snapshot: &Path, more: &[&str]) -> String {
    let snapshot = snapshot.display().to_string();
    let arguments = ["report", &snapshot, "--prometheus", &server.url, "--window", "8d"];
    let mut command = capmodel(&[&arguments, more].concat());
    let output = command.env("SOURCE_DATE_EPOCH", END.to_string()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_str().map_or_else(|| value.as_f64().unwrap_or(f64::NAN), |text| text.parse().unwrap())
}

#[test]
fn every_service_is_planned_in_both_styles() {
    let server = Server::start("11m", generate);
    let snapshot = snapshot(&server.folder);
    let document: Value = serde_json::from_str(&run(&server, &snapshot, &["--format", "json"])).unwrap();
    let services = document["running_services"].as_array().unwrap();
    let of = |name: &str| services.iter().find(|service| service["name"] == name).unwrap();
    assert_eq!(services.len(), SERVICES.len(), "{services:#?}");

    // The learned values have intervals that contain the generated ones.
    for service in SERVICES.iter().filter(|service| service.rate > 0.0 && service.name != "billing") {
        let found = of(service.name);
        let profile = &found["profile"];
        assert_eq!(profile["status"], "calibrated", "{}: {profile}", service.name);
        let learned = &profile["cpu_seconds_per_request"];
        assert!(off(number(&learned["mid"]), service.per_request) < 0.03, "{}: {learned}", service.name);
        // The busiest hundredth of the steps of a wave is near its maximum.
        assert!(off(number(&found["demand"]["busy"]["mid"]), service.rate * 1.6) < 0.01, "{}", found["demand"]);
        let at = &found["styles"]["as_is"]["at"]["busy"];
        assert_eq!(at["pods"]["plan"].as_i64(), Some(service.pods), "{at}");
    }
    let runtimes = |name: &str| of(name)["runtime"]["language"].clone();
    assert_eq!((runtimes("api"), runtimes("cart"), runtimes("billing")), ("python".into(), "go".into(), "jvm".into()));

    // By the article's second step, a Python service with high throughput should move to Go, where it is probably
    // more than twice as cheap by the measured profiles; unknown properties such as the speed of its cores make this a question.
    let api = of("api");
    let advice = &api["advice"];
    assert_eq!((&advice["action"], &advice["step"]), (&"ask".into(), &"throughput".into()), "{advice}");
    let cost = |style: &str| number(&api["styles"][style]["at"]["busy"]["share_cost_per_month"]["plan"]);
    assert!(cost("go") * 2.0 < cost("python"), "{} {}", cost("go"), cost("python"));
    assert!(cost("right_sized") < cost("as_is"));
    // Twice the traffic needs more pods, ten times the traffic at least five times as many.
    let pods = |demand: &str| number(&api["styles"]["go"]["at"][demand]["pods"]["plan"]);
    assert!(
        pods("x2") > pods("busy") && pods("x10") > 5.0 * pods("busy"),
        "{} {} {}",
        pods("busy"),
        pods("x2"),
        pods("x10")
    );

    // Services that the article's steps keep: a model server, an ETL CronJob, a service with little traffic, and one in
    // Go.
    for (name, step) in [("ranker", 1), ("nightly", 3), ("small", 5), ("cart", 5)] {
        let advice = &of(name)["advice"];
        assert!(["keep", "right-size"].contains(&advice["action"].as_str().unwrap()), "{name}: {advice}");
        assert_eq!(advice["step_number"], step, "{name}: {advice}");
    }
    // Without a profile, only the current style is available, and the others have a reason.
    let java = &of("billing")["styles"]["go"]["at"]["busy"];
    assert_eq!(java["feasible"], false);
    assert!(java["excuses"][0].as_str().unwrap().contains("no profile for its runtime (jvm)"), "{java}");

    // The cost of pods without requests is unknown, not zero.
    let as_is = &of("billing")["styles"]["as_is"]["at"]["busy"];
    assert_eq!(as_is["feasible"], false, "{as_is}");
    assert!(as_is["excuses"][0].as_str().unwrap().contains("do not request both CPU and memory"), "{as_is}");

    // The table lists the service with the largest saving first.
    let screen = run(&server, &snapshot, &[]);
    let rows: Vec<&str> = screen.lines().skip_while(|line| !line.starts_with("service, USD per month")).collect();
    assert!(rows[1].starts_with("shop/api"), "{screen}");
    assert!(rows.iter().any(|row| row.starts_with("legacy/billing") && row.contains('–')), "{screen}");

    one_file::tells_the_same(&server);
}
