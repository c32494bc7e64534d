//! A cluster of generated services with a history of some days and known parameters, for a benchmark and for properties
//! that hold for every cluster.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    reason = "a test and a benchmark use a part of it each, and a generator that cannot go on has failed"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use capmodel::model::cluster::{
    Autoscaler, ClusterId, Container, Machine, MetricKind, MetricTarget, Node, Owner, Pod, PodPhase, Resources,
    ScaleMetric, Sizes, Snapshot, WorkloadId,
};
use capmodel::model::nodes::{Arch, CapacityType, Provider};
use capmodel::model::usage::{
    Coverage, Grid, History, NodeFacts, NodeHistory, NodeId, Occupancy, Period, RuntimeSign, Series, StepSeconds,
    WorkloadHistory,
};
use capmodel::units::Timestamp;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// 2026-10-01, a Thursday.
const START: i64 = 1_790_812_800;
const HOUR: i64 = 3600;

/// Kind of generated cluster.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kind {
    pub(crate) seed: u64,
    pub(crate) services: usize,
    pub(crate) days: usize,
    pub(crate) spot: bool,
}

/// A generated cluster with its history.
pub(crate) struct Fleet {
    pub(crate) snapshot: Snapshot,
    pub(crate) history: History,
    /// An observation of each service, as a user would write it down: requests per second, cores and bytes in the
    /// busiest hour.
    pub(crate) dashboard: Vec<(f64, f64, f64)>,
}

/// One service before its history is generated.
struct Plan {
    id: WorkloadId,
    language: &'static str,
    pods: usize,
    millis: u64,
    mib: u64,
    scaled: bool,
    rate: f64,
    cost: f64,
    idle: f64,
    memory: f64,
    weekend: f64,
    night: f64,
}

struct Dice(ChaCha8Rng);

impl Dice {
    fn share(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    fn one_of<T: Copy>(&mut self, of: &[T]) -> T {
        of[(self.share() * of.len() as f64) as usize % of.len()]
    }

    /// Approximately normal: the sum of twelve uniform numbers.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.share()).sum::<f64>() - 6.0
    }
}

fn plan(index: usize, dice: &mut Dice) -> Plan {
    let language = dice.one_of(&["python", "python", "go"]);
    let pods = dice.one_of(&[1_usize, 2, 2, 3, 4, 6]);
    let cost = if language == "python" { dice.between(0.002, 0.02) } else { dice.between(0.0002, 0.004) };
    // Each pod uses 10 to 70 % of a core in its busiest hour.
    let rate = pods as f64 * dice.between(0.1, 0.7) / cost;
    Plan {
        id: WorkloadId {
            namespace: format!("team-{:02}", index % 20),
            kind: "StatefulSet".to_owned(),
            name: format!("service-{index:04}"),
        },
        language,
        pods,
        millis: dice.one_of(&[250, 500, 1000, 1500]),
        mib: dice.one_of(&[256, 512, 1024, 2048]),
        scaled: dice.share() < 0.3,
        rate,
        cost,
        idle: dice.between(0.002, 0.03),
        memory: dice.between(0.3, 1.2) * 512.0 * 1_048_576.0,
        weekend: dice.between(0.4, 1.0),
        night: dice.between(0.05, 0.5),
    }
}

fn resources(cpu: &str, memory: &str) -> Resources {
    Resources::new([("cpu", cpu.parse().unwrap()), ("memory", memory.parse().unwrap())])
}

fn node(index: usize, spot: bool) -> Node {
    let mut capacity = resources("16", "64Gi");
    capacity.set("pods", "110".parse().unwrap());
    let mut allocatable = resources("15890m", "60Gi");
    allocatable.set("pods", "110".parse().unwrap());
    Node {
        name: format!("node-{index:03}"),
        machine: Machine {
            provider: Some(Provider::Aws),
            instance_type: Some("m6i.4xlarge".to_owned()),
            region: Some("us-east-1".to_owned()),
            zone: Some(format!("us-east-1{}", ["a", "b", "c"][index % 3])),
            arch: Some(Arch::Amd64),
            capacity_type: Some(if spot { CapacityType::Spot } else { CapacityType::OnDemand }),
            ..Machine::default()
        },
        allocatable,
        capacity,
        ready: true,
        ..Node::default()
    }
}

/// Node of each pod: the nodes are filled one after another, as far as their cores and memory allow.
struct Room {
    nodes: usize,
    millis: u64,
    mib: u64,
}

impl Room {
    fn place(&mut self, plan: &Plan) -> usize {
        if self.nodes == 0 || self.millis < plan.millis || self.mib < plan.mib {
            (self.nodes, self.millis, self.mib) = (self.nodes + 1, 15_890, 60 * 1024);
        }
        self.millis -= plan.millis;
        self.mib -= plan.mib;
        self.nodes - 1
    }
}

pub(crate) fn fleet(kind: Kind) -> Fleet {
    let Kind { seed, services, days, spot } = kind;
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed));
    let end = START + i64::try_from(days).unwrap() * 24 * HOUR;
    let at = |second: i64| Timestamp::from_second(second).unwrap();
    let grid = Grid::new(Period::new(at(START), at(end)).unwrap(), StepSeconds::HOUR);
    let mut snapshot = Snapshot::new(at(end), ClusterId { name: "fleet".to_owned(), ..ClusterId::default() });
    let mut room = Room { nodes: 0, millis: 0, mib: 0 };
    let (mut workloads, mut dashboard) = (Vec::new(), Vec::new());
    for index in 0..services {
        let plan = plan(index, &mut dice);
        let places: Vec<usize> = (0..plan.pods).map(|_| room.place(&plan)).collect();
        add_pods(&mut snapshot, &plan, &places);
        let workload = run(&plan, &places, grid, &mut dice);
        let busiest = workload.requests_per_second.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        let cores = workload.cores.get(busiest.0).unwrap() / plan.pods as f64;
        dashboard.push((busiest.1 / plan.pods as f64, cores, plan.memory));
        workloads.push(workload);
    }
    snapshot.nodes = (0..room.nodes).map(|index| node(index, spot)).collect();
    snapshot.sort_and_dedup();
    let nodes = snapshot.nodes.iter().map(|node| NodeHistory {
        id: NodeId { name: node.name.clone(), provider_id: String::new() },
        facts: NodeFacts::default(),
        hours: whole(grid, 1.0),
    });
    let hours = (days * 24) as f64;
    let coverage = Coverage { hours, hours_without_cluster: 0.0, hours_without_usage: 0.0 };
    let history = History { grid, nodes: nodes.collect(), workloads, coverage, findings: Vec::new() };
    Fleet { snapshot, history, dashboard }
}

fn whole(grid: Grid, value: f64) -> Series {
    let mut series = Series::default();
    (0..grid.len()).for_each(|step| series.add(step, value));
    series
}

fn add_pods(snapshot: &mut Snapshot, plan: &Plan, places: &[usize]) {
    let WorkloadId { namespace, kind, name } = &plan.id;
    let requests = resources(&format!("{}m", plan.millis), &format!("{}Mi", plan.mib));
    let container = Container {
        name: "main".to_owned(),
        image: format!("registry.example/{name}:1"),
        sizes: Sizes { requests, ..Sizes::default() },
        ..Container::default()
    };
    let containers = Arc::new(vec![container]);
    for (number, place) in places.iter().enumerate() {
        snapshot.pods.push(Pod {
            namespace: namespace.clone(),
            name: format!("{name}-{number}"),
            node: Some(format!("node-{place:03}")),
            phase: PodPhase::Running,
            owner: Some(Arc::new(Owner { kind: kind.clone(), name: name.clone() })),
            containers: containers.clone(),
            ..Pod::default()
        });
    }
    if plan.scaled {
        snapshot.autoscalers.push(Autoscaler {
            namespace: namespace.clone(),
            name: name.clone(),
            owner: None,
            target: Owner { kind: kind.clone(), name: name.clone() },
            min_replicas: 1,
            max_replicas: 20,
            current_replicas: u32::try_from(plan.pods).unwrap(),
            desired_replicas: u32::try_from(plan.pods).unwrap(),
            metrics: vec![ScaleMetric {
                kind: MetricKind::Resource,
                name: "cpu".to_owned(),
                container: None,
                target: Some(MetricTarget::UtilizationPercent(70)),
            }],
        });
    }
}

/// Its usage in every hour.
fn run(plan: &Plan, places: &[usize], grid: Grid, dice: &mut Dice) -> WorkloadHistory {
    let pods = plan.pods as f64;
    let (cores, bytes) = (pods * plan.millis as f64 / 1e3, pods * plan.mib as f64 * 1_048_576.0);
    let hours = grid.len() as f64;
    let mut held: BTreeMap<Option<usize>, Occupancy> = BTreeMap::new();
    for place in places {
        let here = held.entry(Some(*place)).or_default();
        here.pod_hours += hours;
        here.requested_core_hours += hours * cores / pods;
        here.requested_byte_hours += hours * bytes / pods;
    }
    let runtime = RuntimeSign::of(if plan.language == "go" { "go_info" } else { "python_info" }, |_| "");
    let mut workload = WorkloadHistory {
        id: plan.id.clone(),
        pod_hours: whole(grid, pods),
        requested_core_hours: whole(grid, cores),
        requested_byte_hours: whole(grid, bytes),
        requested_gpu_hours: Series::default(),
        held,
        cores: Series::default(),
        cores_of_busiest: Series::default(),
        cores_of_sidecars: Series::default(),
        throttled: None,
        throttled_share: Series::default(),
        memory_byte_hours: Series::default(),
        memory_peak: whole(grid, plan.memory * 1.05),
        requests_per_second: Series::default(),
        requests_from: Some("client library (http_requests_total)"),
        latency: None,
        response_times: None,
        runtimes: runtime.into_iter().collect(),
        software: Vec::new(),
    };
    for step in 0..grid.len() {
        let hour = (step % 24) as f64;
        let wave = 0.5 - 0.5 * (std::f64::consts::TAU * (hour - 3.0) / 24.0).cos();
        // The grid begins on a Thursday.
        let weekend = if matches!(step / 24 % 7, 2 | 3) { plan.weekend } else { 1.0 };
        let rate = plan.rate * (plan.night + (1.0 - plan.night) * wave) * weekend * (0.06 * dice.normal()).exp();
        let falls = 1.0 + 0.5 * (1.0 - (rate / plan.rate).min(1.0));
        let used = (pods * plan.idle + rate * plan.cost * falls) * (0.05 * dice.normal()).exp();
        workload.requests_per_second.add(step, rate);
        workload.cores.add(step, used);
        workload.cores_of_busiest.add(step, used / pods * 1.1);
        workload.memory_byte_hours.add(step, plan.memory * pods * (1.0 + 0.02 * rate / plan.rate));
    }
    workload
}
