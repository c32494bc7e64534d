use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::ledger::{Ledger, Unpriced};
use super::nodes::{Nodes, add_machine_line};
use super::pool::{Parts, Pool, split};
use super::price::{MachineKey, MachinePrices, Shape};
use super::{ReportInput, beside, by_size};
use crate::model::cluster::{Machine, Node, NodeKind, Owners, Pod, Snapshot, pod_requests};
use crate::model::usage::{History, NodeHistory, Series, StepSeconds, WorkloadHistory, WorkloadId};
use crate::model::{CapacityType, Finding, Provider};
use crate::units::{Hours, Money};

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
            let same = |present: &&&Node| {
                let known = present.provider_id.as_deref().unwrap_or_default();
                known.is_empty() || node.id.provider_id.is_empty() || known == node.id.provider_id
            };
            if let Some(present) = here.get(node.id.name.as_str()).filter(same) {
                let has = if present.capacity.is_empty() { &present.allocatable } else { &present.capacity };
                let shape = Shape::of(has.cpu(), has.memory());
                return PastNode {
                    history: node,
                    machine: present.machine.clone(),
                    has: Parts::of(has),
                    shape: present.machine.instance_type.is_none().then_some(shape),
                };
            }
            let machine = facts.machine(&node.id);
            let (cpu, memory) = (facts.cpu.unwrap_or_default(), facts.memory.unwrap_or_default());
            // Accelerators are most of a price, and which they were is not known.
            let shape = shape.filter(|_| machine.instance_type.is_none() && facts.gpu_sevenths() == 0);
            PastNode { history: node, machine, has: Parts::amounts(cpu, memory, facts.gpu_sevenths()), shape }
        })
        .collect();
    let place = most_common_place(&nodes);
    for node in nodes.iter_mut().filter(|node| node.machine.kind == NodeKind::Machine) {
        if let Some((most, region)) = &place {
            let provider = *node.machine.provider.get_or_insert(*most);
            if node.machine.region.is_none() && provider == *most {
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
            first.history.id.name
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
        let gpus = u64::try_from(self.has.gpu.ceil()).unwrap_or(u64::MAX);
        let key = MachineKey::of(&self.machine).with(&self.history.id.name, gpus);
        MachineKey { shape: self.shape, ..key }
    }

    fn is_spot(&self) -> bool {
        self.machine.kind == NodeKind::Autopilot && self.machine.capacity_type == Some(CapacityType::Spot)
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
    let mut claims = claims(history);
    let kind = past.first().map_or(NodeKind::Machine, |node| node.machine.kind);
    let price = by_size::price(input, kind).filter(|_| past.iter().all(|node| node.machine.kind == kind));
    if let (Some(price), Some(first)) = (price, past.first()) {
        // Nothing but such nodes: all pods are billed by what they requested, those that are bought as spot at prices of
        // their own.
        let owners = Owners::new(&snapshot.workloads);
        let spot: BTreeSet<WorkloadId> =
            snapshot.pods.iter().filter(|pod| by_size::asks_for_spot(pod)).map(|pod| owners.workload(pod)).collect();
        let spot_hours: Decimal = past.iter().filter(|node| node.is_spot()).map(|node| node.hours().amount()).sum();
        if kind == NodeKind::Autopilot && spot_hours > Decimal::ZERO {
            by_size::add_spot_line(nodes, &first.machine, Hours::of(spot_hours));
            findings.insert(by_size::spot_unpriced(&price.name));
            for id in &spot {
                if claims.remove(id).is_some() {
                    ledger.row(id.clone());
                }
            }
        }
        let cost = claims
            .into_iter()
            .filter(|(id, _)| !by_size::is_the_providers_own(kind, &id.namespace))
            .map(|(id, claim)| by_size::add_to_row(ledger, id, price, claim.requested))
            .sum();
        let hours: Decimal = past.iter().map(|node| node.hours().amount()).sum::<Decimal>() - spot_hours;
        if let Some(plain) = past.iter().find(|node| !node.is_spot()) {
            by_size::add_line(nodes, &plain.machine, Hours::of(hours), price, cost);
        }
        by_size::tell_region(&first.machine, price, findings);
        return;
    }
    let (mut pool, mut rates) = (Pool::default(), BTreeSet::new());
    let (mut unknown, mut unknown_hours) = (0_u64, Decimal::ZERO);
    for node in &past {
        let (key, hours) = (node.key(), node.hours());
        if !node.machine.kind.is_machine() {
            if !add_present_pods(input, snapshot, node, &mut claims, (ledger, nodes)) {
                unknown += 1;
                unknown_hours += hours.amount();
                nodes.line(&node.machine, key, hours, (None, None), None);
            }
            continue;
        }
        pool.capacity = pool.capacity.plus(node.has.times(hours.amount()));
        let price = machines.get(&key);
        add_machine_line(&node.machine, key, hours, price, (nodes, findings), NOT_PAID);
        if price.is_some() {
            nodes.room = nodes.room.plus(node.has.times(hours.amount()));
        }
        let cost = price.map(|price| split(price, node.has, hours)).unwrap_or_default();
        rates.insert(cost.cpu.amount().checked_div(node.has.cpu * hours.amount()).map(|rate| rate.round_dp(6)));
        pool.cost = pool.cost.plus(cost);
    }
    if unknown > 0 {
        let message = format!(
            "{unknown} nodes with {} node-hours were no machines (Fargate, Autopilot, virtual) and are gone with the size of their \
             pods: what they cost is lost, and their pods pay as if they had run on the machines",
            unknown_hours.round_dp(1).normalize()
        );
        findings.insert(Finding::warning("node-unpriced", "history", message));
    }
    if rates.len() > 1 {
        let message = "the metrics do not say which node a pod was on: all pay the average of the cluster for a core-hour \
                       and a GiB-hour, on spot machines, on dear ones and on those without a price alike";
        findings.insert(Finding::info("price-blended", "history", message));
    }
    pool.claims = claims.into_iter().map(|(id, claim)| (id, claim.larger)).collect();
    if pool.cost == Parts::default() {
        let unpriced = Unpriced { nodes: true, ..Unpriced::default() };
        pool.claims.iter().for_each(|(id, _)| ledger.add_unpriced(id.clone(), unpriced));
    }
    ledger.add_pool(&pool);
}

/// What is said of machines in a pool that have no price.
const NOT_PAID: &str = "its hours, which count as room in the cluster,";

/// Pods that are still on a node that is no machine: it is there as long as they are, and they say their size. Whether
/// there was a price and a pod.
fn add_present_pods(
    input: &ReportInput,
    snapshot: &Snapshot,
    node: &PastNode<'_>,
    claims: &mut BTreeMap<WorkloadId, Claim>,
    (ledger, nodes): (&mut Ledger, &mut Nodes),
) -> bool {
    let kind = node.machine.kind;
    let name = &node.history.id.name;
    let pods: Vec<&Pod> =
        snapshot.pods.iter().filter(|pod| !pod.is_over() && pod.node.as_ref() == Some(name)).collect();
    let Some(price) = by_size::price(input, kind).filter(|_| !pods.is_empty()) else { return false };
    let owners = Owners::new(&snapshot.workloads);
    let hours = node.hours();
    let mut cost = Money::default();
    for pod in pods.into_iter().filter(|pod| !by_size::is_the_providers_own(kind, &pod.namespace)) {
        let id = owners.workload(pod);
        // What it has paid for here it does not pay for again among the machines.
        if let Some(claim) = claims.get_mut(&id) {
            claim.larger = claim.larger.less(Parts::of(&pod_requests(pod)).times(hours.amount()));
        }
        cost = cost + by_size::add_to_row(ledger, id, price, by_size::billed_size(kind, pod).times(hours.amount()));
    }
    by_size::add_line(nodes, &node.machine, hours, price, cost);
    true
}

/// Some namespaces of a cluster whose nodes may not be read: what they claimed, at catalogue prices.
pub(super) fn add_namespaces(
    input: &ReportInput,
    history: &History,
    only: &[String],
    (ledger, lines, findings): (&mut Ledger, &mut beside::Lines, &mut BTreeSet<Finding>),
) {
    let claims = claims(history).into_iter().filter(|(id, _)| only.contains(&id.namespace));
    let claims: Vec<(WorkloadId, Parts<Decimal>)> = claims.map(|(id, claim)| (id, claim.larger)).collect();
    let message = "the nodes of the cluster were not read, so whether these metrics are its own could not be checked; \
                   --prometheus-matcher keeps clusters apart";
    findings.insert(Finding::warning("cluster-unchecked", "Prometheus", message));
    beside::claims_without_nodes(input, claims, (ledger, lines, findings));
}

/// What a workload claims in a period, in core-hours, GiB-hours and accelerator-hours.
struct Claim {
    requested: Parts<Decimal>,
    /// The larger of request and use.
    larger: Parts<Decimal>,
}

fn claims(history: &History) -> BTreeMap<WorkloadId, Claim> {
    let step = history.grid.step();
    history.workloads.iter().map(|workload| (workload.id.clone(), claim(workload, step))).collect()
}

/// The larger of request and use, hour by hour: a workload that is idle at night does not pay its days with its nights.
/// What was used in a step of which the metrics know no pod is left out, as that step's nodes are.
fn claim(workload: &WorkloadHistory, step: StepSeconds) -> Claim {
    let known = |series: &Series, factor: f64| {
        series.map(|at, value| if workload.pod_hours.get(at).is_some() { value * factor } else { f64::NAN })
    };
    let larger = |requested: &Series, used: &Series| {
        let mut most = requested.clone();
        used.iter().for_each(|(at, value)| most.raise(at, value));
        most.sum()
    };
    let gpu = decimal(workload.requested_gpu_hours.sum());
    Claim {
        requested: Parts {
            cpu: decimal(workload.requested_core_hours.sum()),
            memory: gib(workload.requested_byte_hours.sum()),
            gpu,
        },
        larger: Parts {
            cpu: decimal(larger(&workload.requested_core_hours, &known(&workload.cores, step.hours()))),
            memory: gib(larger(&workload.requested_byte_hours, &workload.memory_byte_hours)),
            gpu,
        },
    }
}

/// To a millionth: a metric is not known better.
pub(super) fn decimal(number: f64) -> Decimal {
    Decimal::from_f64(number.max(0.0)).unwrap_or_default().round_dp(6)
}

fn gib(byte_hours: f64) -> Decimal {
    decimal(byte_hours / f64::from(1_u32 << 30))
}
