//! Allocation of the cost of sixty hours: a generated cluster of spot and on-demand machines of two sizes, of which one
//! is deleted, one is added and one is replaced under the same name, with pods that move, burst, wait and end after
//! minutes. The expected cost of each workload is computed here minute by minute, by the rule of OpenCost's
//! specification (<https://github.com/opencost/opencost/blob/develop/spec/opencost-specv01.md>): the larger of request
//! and usage of each container, at the price of its node; resources that the scheduler reserves beyond that count too.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Server;
use super::openmetrics::OpenMetrics;
use crate::support::binary::capmodel;

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const GIB: f64 = 1_073_741_824.0;

/// 2026-11-24, 00:00.
const END: i64 = 1_795_478_400;
const HOURS: i64 = 60;
const START: i64 = END - HOURS * HOUR;

/// All machines have four GiB per core, so that their prices are split as in OpenCost's `configs/default.json`:
/// 0.031611 per core-hour and 0.004237 per GiB-hour.
const CPU_SHARE: f64 = 0.031_611 / (0.031_611 + 4.0 * 0.004_237);

/// Expensive machines, for which a cent is negligible.
const PRICES: &str = "\
provider,region,instance_type,arch,vcpu,memory_gib,ondemand_usd_per_hour,spot_usd_per_hour,price_date
aws,local-1,z9.small,amd64,4,16,20.00,6.00,2026-11-01
aws,local-1,z9.large,amd64,16,64,80.00,24.00,2026-11-01
";

struct Machine {
    name: &'static str,
    id: &'static str,
    large: bool,
    spot: bool,
    /// In hours of the period.
    life: (i64, i64),
}

const fn machine(name: &'static str, id: &'static str, large: bool, spot: bool, life: (i64, i64)) -> Machine {
    Machine { name, id, large, spot, life }
}

const MACHINES: [Machine; 8] = [
    machine("large", "i-1", true, false, (-3, HOURS)),
    machine("small", "i-2", false, false, (-3, HOURS)),
    machine("large-spot", "i-3", true, true, (-3, HOURS)),
    machine("small-spot", "i-4", false, true, (-3, HOURS)),
    machine("gone", "i-5", false, false, (-3, 30)),
    machine("new", "i-6", false, true, (40, HOURS)),
    machine("again", "i-7", false, false, (-3, 36)),
    machine("again", "i-8", true, true, (36, HOURS)),
];

impl Machine {
    fn kind(&self) -> &'static str {
        if self.large { "z9.large" } else { "z9.small" }
    }

    fn cores(&self) -> f64 {
        if self.large { 16.0 } else { 4.0 }
    }

    fn price(&self) -> f64 {
        self.cores() * if self.spot { 1.5 } else { 5.0 }
    }

    fn seconds(&self) -> (i64, i64) {
        (START + self.life.0 * HOUR, START + self.life.1 * HOUR)
    }
}

/// Request and usage of a container at a minute since 1970, in cores and GiB.
#[derive(Clone, Copy)]
struct Container {
    name: &'static str,
    asks: Option<(f64, f64)>,
    uses: fn(i64) -> (f64, f64),
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Pending,
    Running,
}

#[derive(Clone)]
struct Pod {
    namespace: &'static str,
    name: String,
    /// Owner as in `kube_pod_owner`, and the workload that it belongs to.
    owner: (&'static str, String),
    workload: &'static str,
    /// Seconds from and until which the pod is on a node; a pod without a node is pending.
    on: Vec<(i64, i64, Option<&'static str>)>,
    /// How long the finished pod still exists.
    kept: i64,
    phase: Phase,
    containers: Vec<Container>,
    sidecar: Option<Container>,
    init: Option<(f64, f64)>,
    overhead: Option<(f64, f64)>,
}

fn at(hours: i64, minutes: i64) -> i64 {
    START + hours * HOUR + minutes * MINUTE
}

fn pod(workload: &'static str, name: &str, node: &'static str, life: (i64, i64), containers: &[Container]) -> Pod {
    Pod {
        namespace: "prod",
        name: name.to_owned(),
        owner: ("StatefulSet", workload.to_owned()),
        workload,
        on: vec![(life.0, life.1, Some(node))],
        kept: 0,
        phase: Phase::Running,
        containers: containers.to_vec(),
        sidecar: None,
        init: None,
        overhead: None,
    }
}

const fn asks(name: &'static str, cores: f64, gib: f64, uses: fn(i64) -> (f64, f64)) -> Container {
    Container { name, asks: Some((cores, gib)), uses }
}

/// The first five minutes of each hour.
fn burst(minute: i64) -> (f64, f64) {
    if minute.rem_euclid(60) < 5 { (2.0, 3.0) } else { (0.1, 0.5) }
}

/// Alternately below and above a core, with a period that does not divide an hour.
fn wave(minute: i64) -> (f64, f64) {
    if minute.rem_euclid(37) < 11 { (1.6, 1.0) } else { (0.2, 2.5) }
}

fn pods() -> Vec<Pod> {
    let all = (at(-3, 0), END);
    let calm: fn(i64) -> (f64, f64) = |_| (0.2, 0.5);
    let main = asks("main", 0.5, 1.0, calm);
    let mut pods = vec![
        pod("dear", "dear-0", "large", all, &[main, main_of("second", 1.0)]),
        pod("cheap", "cheap-0", "large-spot", all, &[main, main_of("second", 1.0)]),
        pod("sidecar", "sidecar-0", "large", all, &[main, asks("proxy", 0.1, 0.1, |_| (0.5, 0.3))]),
        pod("bursts", "bursts-0", "large", all, &[asks("main", 0.5, 1.0, burst)]),
        pod("waves", "waves-0", "large-spot", all, &[asks("main", 1.0, 2.0, wave)]),
        pod("greedy", "greedy-0", "small", all, &[Container { name: "main", asks: None, uses: |_| (0.4, 2.0) }]),
        Pod { init: Some((1.5, 0.5)), ..pod("migrated", "migrated-0", "large", all, &[main]) },
        Pod {
            sidecar: Some(asks("mesh", 0.3, 0.25, |_| (0.6, 0.25))),
            ..pod("meshed", "meshed-0", "large-spot", all, &[main])
        },
        Pod { overhead: Some((0.25, 0.125)), ..pod("kata", "kata-0", "large", all, &[main]) },
        // A pod that is on a node whose image pull takes a day, and one without a node.
        Pod { phase: Phase::Pending, ..pod("bound", "bound-0", "large", (at(20, 0), at(44, 0)), &[main]) },
        Pod {
            phase: Phase::Pending,
            on: vec![(at(20, 0), at(30, 30), None), (at(30, 30), at(44, 0), Some("small-spot"))],
            ..pod("waiting", "waiting-0", "large", all, &[main])
        },
        // A pod that keeps its name while it moves to another node within hours.
        Pod {
            on: vec![
                (at(-3, 0), at(10, 23), Some("large")),
                (at(10, 23), at(40, 50), Some("large-spot")),
                (at(40, 50), END, Some("large")),
            ],
            ..pod("moving", "moving-0", "large", all, &[asks("main", 2.0, 4.0, calm)])
        },
        pod("stays", "stays-0", "again", (at(-3, 0), at(36, 0)), &[asks("main", 1.0, 2.0, calm)]),
        pod("stays", "stays-1", "again", (at(36, 0), END), &[asks("main", 1.0, 2.0, calm)]),
    ];
    for shard in 0..4 {
        let uses = if shard == 0 { |_| (2.0, 1.5) } else { calm };
        let name = format!("hot-{shard}");
        let node = ["large", "large-spot", "small", "small-spot"][shard];
        pods.push(pod("hot", &name, node, all, &[asks("main", 0.8, 1.0, uses)]));
    }
    for machine in &MACHINES {
        let name = format!("agent-{}", machine.id);
        let daemon = pod("agent", &name, machine.name, machine.seconds(), &[asks("main", 0.1, 0.25, |_| (0.05, 0.4))]);
        pods.push(Pod { owner: ("DaemonSet", "agent".to_owned()), ..daemon });
    }
    // A Deployment that is rolled out every six hours, half an hour past, and moves to another node.
    for (round, from) in (-3..HOURS).step_by(6).enumerate() {
        let node = ["large", "small-spot", "large-spot"][round % 3];
        let life = (at(from, 30), at(from + 6, 30).min(END));
        let hash = ["7d4b9", "6c8f5", "5b7c4"][round % 3];
        let rolled = pod("rolled", &format!("rolled-{hash}-{round}"), node, life, &[main]);
        pods.push(Pod { owner: ("ReplicaSet", format!("rolled-{hash}")), ..rolled });
    }
    // Jobs of four to nine minutes every half hour, whose pods exist for another hour.
    for number in 0..2 * HOURS {
        let from = at(0, 30 * number + 1);
        let node = if number % 2 == 0 { "small-spot" } else { "large" };
        let until = (from + (4 + number % 6) * MINUTE).min(END);
        let minute = from / 60;
        let name = format!("short-{minute}");
        let job = pod("short", &format!("{name}-x"), node, (from, until), &[asks("main", 0.5, 0.5, |_| (1.0, 0.75))]);
        pods.push(Pod { owner: ("Job", name), kept: HOUR, ..job });
    }
    pods
}

const fn main_of(name: &'static str, cores: f64) -> Container {
    asks(name, cores, 2.0, |_| (0.3, 1.0))
}

impl Pod {
    fn life(&self) -> (i64, i64) {
        (self.on[0].0, self.on[self.on.len() - 1].1)
    }

    fn labels(&self) -> String {
        format!("namespace=\"{}\",pod=\"{}\"", self.namespace, self.name)
    }

    fn all(&self) -> impl Iterator<Item = &Container> {
        self.containers.iter().chain(&self.sidecar)
    }
}

type Series = (String, (i64, i64), Box<dyn Fn(i64) -> f64>);

/// Samples grouped by family, and those of a series in order of time.
#[derive(Default)]
struct Families(BTreeMap<&'static str, Vec<Series>>);

impl Families {
    fn add(&mut self, name: &'static str, labels: String, life: (i64, i64), value: impl Fn(i64) -> f64 + 'static) {
        let life = (life.0, life.1.min(END));
        if life.0 < life.1 {
            self.0.entry(name).or_default().push((labels, life, Box::new(value)));
        }
    }

    fn constant(&mut self, name: &'static str, labels: String, life: (i64, i64), value: f64) {
        self.add(name, labels, life, move |_| value);
    }
}

fn families(machines: &[Machine], pods: &[Pod]) -> Families {
    let mut all = Families::default();
    for machine in machines {
        let node = format!("node=\"{}\"", machine.name);
        let life = machine.seconds();
        all.constant("kube_node_info", format!("{node},provider_id=\"aws:///local-1a/{}\"", machine.id), life, 1.0);
        let bought = if machine.spot { "spot" } else { "on-demand" };
        let labels = format!(
            "{node},label_node_kubernetes_io_instance_type=\"{}\",label_topology_kubernetes_io_region=\"local-1\",\
             label_karpenter_sh_capacity_type=\"{bought}\"",
            machine.kind()
        );
        all.constant("kube_node_labels", labels, life, 1.0);
        for (resource, amount) in [("cpu", machine.cores()), ("memory", 4.0 * machine.cores() * GIB)] {
            let labels = format!("{node},resource=\"{resource}\"");
            all.constant("kube_node_status_capacity", labels, life, amount);
        }
    }
    for pod in pods {
        describe(pod, &mut all);
        let running = pod.on.iter().filter(|(_, _, node)| node.is_some() && pod.phase == Phase::Running);
        for (from, until, _) in running {
            for container in pod.all() {
                measure(pod, container, (*from, *until), &mut all);
            }
        }
    }
    all
}

/// The metrics of kube-state-metrics.
fn describe(pod: &Pod, all: &mut Families) {
    let labels = pod.labels();
    let (kind, owner) = &pod.owner;
    let (from, until) = pod.life();
    let exists = (from, until + pod.kept);
    let owner = format!("{labels},owner_kind=\"{kind}\",owner_name=\"{owner}\",owner_is_controller=\"true\"");
    all.constant("kube_pod_owner", owner, exists, 1.0);
    for phase in ["Pending", "Running", "Succeeded", "Failed", "Unknown"] {
        let lives = if pod.phase == Phase::Pending { "Pending" } else { "Running" };
        all.add("kube_pod_status_phase", format!("{labels},phase=\"{phase}\""), exists, move |t| {
            f64::from(u8::from(if t < until { phase == lives } else { phase == "Succeeded" }))
        });
    }
    for (index, (from, until, node)) in pod.on.iter().enumerate() {
        let last = index + 1 == pod.on.len();
        let life = (*from, if last { until + pod.kept } else { *until });
        let labels = format!("{labels},uid=\"{index}\",node=\"{}\"", node.unwrap_or_default());
        all.constant("kube_pod_info", format!("{labels},created_by_kind=\"{kind}\""), life, 1.0);
        let mut request = |metric, container: &str, (cores, gib): (f64, f64)| {
            for (resource, amount) in [("cpu", cores), ("memory", gib * GIB)] {
                let labels = format!("{labels},container=\"{container}\",resource=\"{resource}\"");
                all.constant(metric, labels, life, amount);
            }
        };
        for container in &pod.containers {
            if let Some(asks) = container.asks {
                request("kube_pod_container_resource_requests", container.name, asks);
            }
        }
        if let Some(init) = pod.init {
            request("kube_pod_init_container_resource_requests", "migrate", init);
        }
        if let Some(Container { name, asks: Some(asks), .. }) = pod.sidecar {
            request("kube_pod_init_container_resource_requests", name, asks);
        }
    }
    if let Some(Container { name, .. }) = pod.sidecar {
        let labels = format!("{labels},container=\"{name}\",restart_policy=\"Always\"");
        all.constant("kube_pod_init_container_info", labels, exists, 1.0);
    }
    if let Some((cores, gib)) = pod.overhead {
        all.constant("kube_pod_overhead_cpu_cores", labels.clone(), exists, cores);
        all.constant("kube_pod_overhead_memory_bytes", labels, exists, gib * GIB);
    }
}

/// The metrics of cAdvisor.
fn measure(pod: &Pod, container: &Container, (from, until): (i64, i64), all: &mut Families) {
    let labels = format!("{},container=\"{}\",id=\"/{from}/{}\",cpu=\"total\"", pod.labels(), container.name, pod.name);
    let uses = container.uses;
    let mut sum = 0.0;
    let total: Vec<f64> = (from / 60..until / 60)
        .map(|minute| {
            let before = sum;
            sum += uses(minute).0 * 60.0;
            before
        })
        .collect();
    all.add("container_cpu_usage_seconds_total", labels.clone(), (from, until), move |t| {
        total[usize::try_from((t - from) / 60).unwrap()]
    });
    all.add("container_memory_working_set_bytes", labels, (from, until), move |t| uses(t / 60).1 * GIB);
}

/// Expected cost of each workload, and cost of the nodes.
fn truth(machines: &[Machine], pods: &[Pod]) -> (BTreeMap<&'static str, f64>, f64) {
    let mut paid: BTreeMap<&'static str, f64> = BTreeMap::new();
    let mut claimed: BTreeMap<(&str, i64), (f64, f64)> = BTreeMap::new();
    for pod in pods {
        for (from, until, node) in &pod.on {
            let Some(node) = node else { continue };
            for minute in (from.max(&START) / 60)..(until.min(&END) / 60) {
                let machine = machines.iter().find(|machine| {
                    machine.name == *node && (machine.seconds().0..machine.seconds().1).contains(&(minute * 60))
                });
                let machine = machine.unwrap();
                let claim = claim(pod, minute);
                let on_node = claimed.entry((machine.id, minute)).or_default();
                *on_node = (on_node.0 + claim.0, on_node.1 + claim.1);
                assert!(on_node.0 <= machine.cores() && on_node.1 <= 4.0 * machine.cores(), "{} is full", machine.name);
                let per_core = machine.price() * CPU_SHARE / machine.cores();
                let per_gib = machine.price() * (1.0 - CPU_SHARE) / (4.0 * machine.cores());
                *paid.entry(pod.workload).or_default() += (claim.0 * per_core + claim.1 * per_gib) / 60.0;
            }
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "hours of some days")]
    let hours = |machine: &Machine| (machine.life.1 - machine.life.0.max(0)) as f64;
    (paid, machines.iter().map(|machine| hours(machine) * machine.price()).sum())
}

fn claim(pod: &Pod, minute: i64) -> (f64, f64) {
    let (mut cores, mut gib) = (0.0, 0.0);
    for container in pod.all() {
        let asked = container.asks.unwrap_or_default();
        let used = if pod.phase == Phase::Running { (container.uses)(minute) } else { (0.0, 0.0) };
        cores += asked.0.max(used.0);
        gib += asked.1.max(used.1);
    }
    let init = pod.init.unwrap_or_default();
    let overhead = pod.overhead.unwrap_or_default();
    (cores.max(init.0) + overhead.0, gib.max(init.1) + overhead.1)
}

fn snapshot(machines: &[Machine], pods: &[Pod]) -> Value {
    let node = |machine: &Machine| {
        let amounts = json!({ "cpu": machine.cores().to_string(), "memory": format!("{}Gi", 4.0 * machine.cores()) });
        json!({
            "name": machine.name, "provider_id": format!("aws:///local-1a/{}", machine.id),
            "machine": {
                "kind": "machine", "provider": "aws", "instance_type": machine.kind(), "region": "local-1",
                "zone": "local-1a", "arch": "amd64", "os": "linux",
                "capacity_type": if machine.spot { "spot" } else { "on-demand" },
            },
            "allocatable": amounts, "capacity": amounts, "ready": true,
        })
    };
    let here = |machine: &&Machine| machine.life.1 == HOURS;
    let pods: Vec<Value> = pods
        .iter()
        .map(|pod| {
            let containers: Vec<Value> = pod
                .containers
                .iter()
                .map(|c| {
                    let (cores, gib) = c.asks.unwrap();
                    let requests = json!({ "cpu": cores.to_string(), "memory": format!("{}Mi", gib * 1024.0) });
                    json!({ "name": c.name, "image": "x", "sizes": { "requests": requests } })
                })
                .collect();
            let owner = json!({ "kind": pod.owner.0, "name": pod.owner.1 });
            json!({
                "namespace": pod.namespace, "name": pod.name, "node": pod.on[0].2, "phase": "running",
                "owner": owner, "containers": containers,
            })
        })
        .collect();
    json!({
        "schema": "capmodel/snapshot/v1", "tool_version": "0.1.0", "taken_at": "2026-11-24T00:00:00Z",
        "cluster": { "name": "accounts", "uid": "0f0e0d0c-0000-0000-0000-000000000002" },
        "nodes": machines.iter().filter(here).map(node).collect::<Vec<_>>(), "pods": pods,
    })
}

struct Files {
    _folder: tempfile::TempDir,
    snapshot: String,
    prices: String,
}

fn files(snapshot: &Value) -> Files {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (snapshot, prices) = (write("cluster.snapshot", &snapshot.to_string()), write("prices.csv", PRICES));
    Files { _folder: folder, snapshot, prices }
}

fn report(files: &Files, more: &[&str]) -> Value {
    let arguments = ["report", &files.snapshot, "--prices", &files.prices, "--format", "json"];
    let output = capmodel(&[&arguments, more].concat()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn money(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

/// Rows of the workloads by name.
fn paid(report: &Value) -> BTreeMap<String, f64> {
    let rows = report["workloads"].as_array().unwrap().iter().filter(|row| row["namespace"] == "prod");
    rows.map(|row| (row["name"].as_str().unwrap().to_owned(), money(&row["cost"]["direct"]))).collect()
}

fn start(machines: &[Machine], pods: &[Pod]) -> Server {
    let Families(all) = families(machines, pods);
    Server::start("5m", |out: &mut OpenMetrics| {
        for (name, series) in &all {
            for (labels, life, value) in series {
                out.series(name, labels, (life.0, life.1, MINUTE), value);
            }
        }
    })
}

#[test]
#[expect(clippy::print_stderr, reason = "the measured errors are the point")]
fn each_workload_pays_for_its_requests_on_its_nodes() {
    let pods = pods();
    let server = start(&MACHINES, &pods);
    let files = files(&snapshot(&MACHINES, &[]));
    let window = format!("{HOURS}h");
    let report = report(&files, &["--prometheus", &server.url, "--window", &window]);
    let (truth, nodes) = truth(&MACHINES, &pods);
    let read = paid(&report);
    let node_cost: f64 = report["nodes"].as_array().unwrap().iter().map(|node| money(&node["cost"])).sum();
    assert!((node_cost / nodes - 1.0).abs() < 0.001, "{node_cost} for {nodes}");
    let mut misplaced = 0.0;
    let mut wrong = Vec::new();
    for (name, truth) in &truth {
        let cost = read.get(*name).copied().unwrap_or_default();
        misplaced += (cost - truth).abs();
        let bound = if ["bursts", "short"].contains(name) { 0.02 } else { 0.005 };
        eprintln!("{name:>10} {truth:9.4} {cost:9.2} {:+.2} %", (cost / truth - 1.0) * 100.0);
        if (cost - truth).abs() > truth * bound {
            wrong.push((*name, *truth, cost));
        }
    }
    eprintln!("{:.3} % of the bill in another row", misplaced / 2.0 / nodes * 100.0);
    for finding in report["findings"].as_array().unwrap() {
        eprintln!("{}: {}", finding["code"], finding["message"]);
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(misplaced / 2.0 < nodes * 0.003, "{misplaced} of {nodes}");
    assert_eq!(read.len(), truth.len(), "{read:?}");
    let codes: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect();
    assert!(!codes.contains(&"price-blended") && codes.contains(&"usage-compared-per-scrape"), "{codes:?}");
    assert!(!report.to_string().contains("-0.0"));
}

/// If nothing changes, an hour of history costs as much as an hour of the current state.
#[test]
fn with_and_without_history_the_same_workload_costs_the_same() {
    let calm: fn(i64) -> (f64, f64) = |_| (0.2, 0.5);
    let all = (at(-3, 0), END);
    let pods = [
        pod("dear", "dear-0", "large", all, &[asks("main", 1.0, 2.0, calm)]),
        pod("cheap", "cheap-0", "large-spot", all, &[asks("main", 1.0, 2.0, calm)]),
        pod("both", "both-0", "small", all, &[asks("main", 1.5, 6.0, calm)]),
        pod("both", "both-1", "small-spot", all, &[asks("main", 1.5, 6.0, calm)]),
    ];
    let machines = &MACHINES[..4];
    let server = start(machines, &pods);
    let files = files(&snapshot(machines, &pods));
    let window = format!("{HOURS}h");
    let past = report(&files, &["--prometheus", &server.url, "--window", &window]);
    let present = report(&files, &[]);
    let hours = |report: &Value| money(&report["period"]["hours"]);
    let now = paid(&present);
    for (name, cost) in paid(&past) {
        let (then, now) = (cost / hours(&past), now[&name] / hours(&present));
        assert!((then - now).abs() < now * 0.001, "{name}: {then} and {now} an hour");
    }
}
