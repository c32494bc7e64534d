use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::ReportInput;
use super::ledger::Ledger;
use super::nodes::{Nodes, add_machine_line, tell_region};
use super::pool::{Parts, Pool, split};
use super::price::{MachineKey, MachinePrices, Shape};
use crate::model::cluster::{Machine, Node, NodeKind, Snapshot};
use crate::model::usage::{History, NodeHistory, Series, StepSeconds, WorkloadHistory, WorkloadId};
use crate::model::{Finding, Provider};
use crate::units::Hours;

/// A node of the past: what it was and what it had.
struct PastNode<'a> {
    history: &'a NodeHistory,
    machine: Machine,
    has: Parts<Decimal>,
    shape: Option<Shape>,
}

/// Every node that existed. What is still there says itself what it is; of what is gone the labels say it that were seen,
/// and where they do not say a provider or a region, it was where most of the others are.
fn past_nodes<'a>(history: &'a History, snapshot: &Snapshot) -> Vec<PastNode<'a>> {
    let here: BTreeMap<&str, &Node> = snapshot.nodes.iter().map(|node| (node.name.as_str(), node)).collect();
    let mut nodes: Vec<PastNode<'a>> = history
        .nodes
        .iter()
        .map(|node| {
            let facts = &node.facts;
            let shape = facts.cpu.zip(facts.memory).map(|(cpu, memory)| Shape::of(cpu, memory));
            if let Some(present) = here.get(node.name.as_str()) {
                let has = if present.capacity.is_empty() { &present.allocatable } else { &present.capacity };
                return PastNode { history: node, machine: present.machine.clone(), has: Parts::of(has), shape: None };
            }
            let machine = facts.machine(&node.name);
            let (cpu, memory) = (facts.cpu.unwrap_or_default(), facts.memory.unwrap_or_default());
            let shape = shape.filter(|_| machine.instance_type.is_none());
            PastNode { history: node, machine, has: Parts::amounts(cpu, memory, facts.gpus.into()), shape }
        })
        .collect();
    let place = most_common_place(&nodes);
    for node in nodes.iter_mut().filter(|node| node.machine.kind == NodeKind::Machine) {
        if let Some((provider, region)) = &place {
            let provider = *node.machine.provider.get_or_insert(*provider);
            if node.machine.region.is_none() && place.as_ref().is_some_and(|(p, _)| *p == provider) {
                node.machine.region = Some(region.clone());
            }
        }
    }
    nodes
}

fn without_type(nodes: &[PastNode<'_>]) -> Option<Finding> {
    let untyped: Vec<&PastNode<'_>> =
        nodes.iter().filter(|node| node.machine.kind.is_machine() && node.machine.instance_type.is_none()).collect();
    let first = untyped.first()?;
    let hours: Decimal = untyped.iter().map(|node| node.hours().amount()).sum();
    let shapeless = untyped.iter().filter(|node| node.shape.is_none()).count();
    Some(Finding::warning(
        "node-type-unknown",
        "history",
        format!(
            "{} nodes with {} node-hours (the first is {}) have no instance-type label: their shape stands for it, and \
             {shapeless} have not even that; kube-state-metrics gives the label with \
             --metric-labels-allowlist=nodes=[node.kubernetes.io/instance-type,…]",
            untyped.len(),
            hours.round_dp(1).normalize(),
            first.history.name
        ),
    ))
}

fn most_common_place(nodes: &[PastNode<'_>]) -> Option<(Provider, String)> {
    let mut places: BTreeMap<(Provider, &str), u64> = BTreeMap::new();
    for machine in nodes.iter().map(|node| &node.machine) {
        if let Some(place) = machine.provider.zip(machine.region.as_deref()) {
            *places.entry(place).or_default() += 1;
        }
    }
    let most = places.into_iter().max_by_key(|(_, nodes)| *nodes)?;
    Some((most.0.0, most.0.1.to_owned()))
}

impl PastNode<'_> {
    fn key(&self) -> MachineKey {
        MachineKey { shape: self.shape, ..MachineKey::of(&self.machine) }
    }

    fn hours(&self) -> Hours {
        Hours::of(decimal(self.history.hours.sum()))
    }
}

/// The machines of a period that were bought by the hour, those included that are there still.
pub fn machines_of_history(history: &History, snapshot: &Snapshot) -> BTreeSet<MachineKey> {
    let past = past_nodes(history, snapshot);
    past.iter().filter(|node| node.machine.kind.is_machine()).map(PastNode::key).collect()
}

/// Puts a period into the ledger. Which workload ran on which node the metrics do not say, so all machines are one pool: a
/// workload pays for a core-hour what a core-hour cost on average.
pub(super) fn add_history(
    input: &ReportInput,
    history: &History,
    snapshot: &Snapshot,
    machines: &MachinePrices,
    (ledger, nodes, findings): (&mut Ledger, &mut Nodes, &mut BTreeSet<Finding>),
) {
    let past = past_nodes(history, snapshot);
    findings.extend(without_type(&past));
    let step = history.grid.step();
    let claims: Vec<(WorkloadId, Parts<Decimal>)> =
        history.workloads.iter().map(|workload| (workload.id.clone(), claim(workload, step))).collect();
    let autopilot = past.iter().all(|node| node.machine.kind == NodeKind::Autopilot);
    if autopilot && add_by_size(input, history, &past, (&mut *ledger, &mut *nodes, &mut *findings)) {
        return;
    }
    let mut pool = Pool { claims, ..Pool::default() };
    let mut rates = BTreeSet::new();
    let (mut billed_otherwise, mut hours_otherwise) = (0_u64, Decimal::ZERO);
    for node in &past {
        let (key, hours) = (node.key(), node.hours());
        if !node.machine.kind.is_machine() {
            billed_otherwise += 1;
            hours_otherwise += hours.amount();
            nodes.line(&node.machine, key, hours, None, None);
            continue;
        }
        pool.capacity = pool.capacity.plus(node.has.times(hours.amount()));
        let price = machines.get(&key);
        if add_machine_line(&node.machine, key, hours, price, (nodes, findings), "the pods that ran on it")
            && let Some(price) = price
        {
            rates.insert((price.core_hour, price.gib_hour, node.machine.capacity_type));
            pool.cost = pool.cost.plus(split(price, node.has, hours));
        }
    }
    if billed_otherwise > 0 {
        let message = format!(
            "{billed_otherwise} nodes with {} node-hours are no machines (Fargate, Autopilot, virtual) and the metrics do not \
             say how large their pods were: they are not in the cost",
            hours_otherwise.round_dp(1).normalize()
        );
        findings.insert(Finding::warning("node-unpriced", "history", message));
    }
    if rates.len() > 1 {
        let message = "the metrics do not say which node a pod was on: all pay the average of the cluster for a core-hour \
                       and a GiB-hour, on spot and dear machines alike";
        findings.insert(Finding::info("price-blended", "history", message));
    }
    ledger.add_pool(&pool);
}

/// Autopilot bills what pods request, all of it theirs. Whether it could be done: there is a price.
fn add_by_size(
    input: &ReportInput,
    history: &History,
    past: &[PastNode<'_>],
    (ledger, nodes, findings): (&mut Ledger, &mut Nodes, &mut BTreeSet<Finding>),
) -> bool {
    let Some(first) = past.first() else { return false };
    let price = input.services.get(&Provider::Gcp).and_then(|services| services.pods.as_ref());
    let Some(price) = price else { return false };
    let mut cost = crate::units::Money::default();
    for workload in &history.workloads {
        let (cores, gib) = (decimal(workload.requested_core_hours.sum()), gib(workload.requested_byte_hours.sum()));
        let hour = Hours::of(Decimal::ONE);
        let (cpu, memory) = (price.core_hour * cores * hour, price.gib_hour * gib * hour);
        cost = cost + cpu + memory;
        let row = ledger.row(workload.id.clone());
        row.cpu = row.cpu + cpu;
        row.memory = row.memory + memory;
    }
    tell_region(&first.machine, price, findings);
    let hours: Decimal = past.iter().map(|node| node.hours().amount()).sum();
    let key = MachineKey::of(&Machine { instance_type: None, ..first.machine.clone() });
    let line = nodes.line(&first.machine, key, Hours::of(hours), None, Some(cost));
    line.price_rule = if price.note.confirmed { "list" } else { "unconfirmed" };
    line.price_date = price.note.date;
    line.source.clone_from(&price.note.source);
    true
}

/// The larger of request and use, hour by hour: a workload that is idle at night does not pay its days with its nights.
/// What was used in a step of which the metrics know no pod is left out, as that step's nodes are.
fn claim(workload: &WorkloadHistory, step: StepSeconds) -> Parts<Decimal> {
    let known = |series: &Series, factor: f64| {
        series.map(|at, value| if workload.pod_hours.get(at).is_some() { value * factor } else { f64::NAN })
    };
    let larger = |requested: &Series, used: &Series| {
        let mut most = requested.clone();
        used.iter().for_each(|(at, value)| most.raise(at, value));
        most.sum()
    };
    Parts {
        cpu: decimal(larger(&workload.requested_core_hours, &known(&workload.cores, step.hours()))),
        memory: gib(larger(&workload.requested_byte_hours, &workload.memory_byte_hours)),
        gpu: decimal(workload.requested_gpu_hours.sum()),
    }
}

/// To a millionth: a metric is not known better.
pub(super) fn decimal(number: f64) -> Decimal {
    Decimal::from_f64(number.max(0.0)).unwrap_or_default().round_dp(6)
}

fn gib(byte_hours: f64) -> Decimal {
    decimal(byte_hours / f64::from(1_u32 << 30))
}
