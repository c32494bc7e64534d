use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::ledger::{Ledger, Unpriced};
use super::nodes::{Nodes, add_machine_line};
use super::pool::{Parts, Pool, split};
use super::price::{MachineKey, MachinePrices, Shape};
use super::{ReportInput, beside, by_size};
use crate::model::cluster::{Machine, Node, NodeKind, Owners, Pod, Snapshot, pod_requests};
use crate::model::usage::{Held, History, NodeHistory, WorkloadHistory, WorkloadId};
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

/// Puts a period into the ledger: what a workload held on a node it pays at that node's price. What the metrics place on no
/// node pays for the room that the others leave, at what that cost on average.
pub(super) fn add_history(
    input: &ReportInput,
    history: &History,
    snapshot: &Snapshot,
    machines: &MachinePrices,
    (ledger, nodes, findings): (&mut Ledger, &mut Nodes, &mut BTreeSet<Finding>),
) {
    let past = past_nodes(history, snapshot);
    findings.extend(without_type(&past));
    let kind = past.first().map_or(NodeKind::Machine, |node| node.machine.kind);
    let price = by_size::price(input, kind).filter(|_| past.iter().all(|node| node.machine.kind == kind));
    if let (Some(price), Some(first)) = (price, past.first()) {
        // Nothing but such nodes: all pods are billed by what they requested, those that are bought as spot at prices of
        // their own.
        let owners = Owners::new(&snapshot.workloads);
        let spot: BTreeSet<WorkloadId> =
            snapshot.pods.iter().filter(|pod| by_size::asks_for_spot(pod)).map(|pod| owners.workload(pod)).collect();
        let spot_hours: Decimal = past.iter().filter(|node| node.is_spot()).map(|node| node.hours().amount()).sum();
        let has_spot = kind == NodeKind::Autopilot && spot_hours > Decimal::ZERO;
        if has_spot {
            by_size::add_spot_line(nodes, &first.machine, Hours::of(spot_hours));
            findings.insert(by_size::spot_unpriced(&price.name));
        }
        let mut cost = Money::default();
        for workload in &history.workloads {
            let id = &workload.id;
            if has_spot && spot.contains(id) {
                ledger.row(id.clone());
            } else if !by_size::is_the_providers_own(kind, &id.namespace) {
                cost = cost + by_size::add_to_row(ledger, id.clone(), price, whole_claim(workload).requested);
            }
        }
        let hours: Decimal = past.iter().map(|node| node.hours().amount()).sum::<Decimal>() - spot_hours;
        if let Some(plain) = past.iter().find(|node| !node.is_spot()) {
            by_size::add_line(nodes, &plain.machine, Hours::of(hours), price, cost);
        }
        by_size::tell_region(&first.machine, price, findings);
        return;
    }
    let on_unpriced_nodes = Unpriced { nodes: true, ..Unpriced::default() };
    let mut claims = Claims::new(history);
    let (mut rest, mut rates) = (Pool::default(), BTreeSet::new());
    let (mut unknown, mut unknown_hours) = (0_u64, Decimal::ZERO);
    for (place, node) in past.iter().enumerate() {
        let (key, hours) = (node.key(), node.hours());
        let here = claims.on(place);
        if !node.machine.kind.is_machine() {
            if !add_pods_by_size(input, snapshot, (node, here), &mut claims, (ledger, nodes)) {
                unknown += 1;
                unknown_hours += hours.amount();
                nodes.line(&node.machine, key, hours, (None, None), None);
            }
            continue;
        }
        let price = machines.get(&key);
        let not_paid = format!("its hours and the {} workloads on it", here.len());
        add_machine_line(&node.machine, key, hours, price, (nodes, findings), &not_paid);
        if price.is_some() {
            nodes.room = nodes.room.plus(node.has.times(hours.amount()));
        } else {
            here.iter().for_each(|(id, _)| ledger.add_unpriced(id.clone(), on_unpriced_nodes));
        }
        let cost = price.map(|price| split(price, node.has, hours)).unwrap_or_default();
        rates.insert(cost.cpu.amount().checked_div(node.has.cpu * hours.amount()).map(|rate| rate.round_dp(6)));
        let here = here.into_iter().map(|(id, claim)| (id, claim.larger)).collect();
        let left = ledger.pay_claims(&Pool { cost, capacity: node.has.times(hours.amount()), claims: here });
        rest.cost = rest.cost.plus(left.cost);
        rest.capacity = rest.capacity.plus(left.capacity);
    }
    if unknown > 0 {
        let message = format!(
            "{unknown} nodes with {} node-hours were no machines (Fargate, Autopilot, virtual), and no pod on them is known: \
             what they cost is lost, and their pods pay as if they had run on the machines",
            unknown_hours.round_dp(1).normalize()
        );
        findings.insert(Finding::warning("node-unpriced", "history", message));
    }
    rest.claims = claims.nowhere.into_iter().map(|(id, claim)| (id, claim.larger)).collect();
    let unplaced = rest.claims.iter().filter(|(_, claim)| *claim != Parts::default()).count();
    if rates.len() > 1 && unplaced > 0 {
        let message = format!(
            "of {unplaced} of {} workloads the metrics do not say, or not for all of their pods, which node they were on: they \
             pay what the room beside the others cost on average, on spot machines and on dear ones alike; kube_pod_info of \
             kube-state-metrics says it",
            history.workloads.len()
        );
        findings.insert(Finding::info("price-blended", "history", message));
    }
    if rest.cost == Parts::default() && nodes.room == Parts::default() {
        rest.claims.iter().for_each(|(id, _)| ledger.add_unpriced(id.clone(), on_unpriced_nodes));
    }
    ledger.add_pool(&rest);
}

/// Pods on a node that is no machine, which are billed by their size: those that are still there say it, of others their
/// requests do. Whether there was a price and a pod.
fn add_pods_by_size(
    input: &ReportInput,
    snapshot: &Snapshot,
    (node, here): (&PastNode<'_>, Vec<(WorkloadId, Claim)>),
    claims: &mut Claims,
    (ledger, nodes): (&mut Ledger, &mut Nodes),
) -> bool {
    let kind = node.machine.kind;
    let name = &node.history.id.name;
    let pods: Vec<&Pod> =
        snapshot.pods.iter().filter(|pod| !pod.is_over() && pod.node.as_ref() == Some(name)).collect();
    let Some(price) = by_size::price(input, kind).filter(|_| !pods.is_empty() || !here.is_empty()) else {
        return false;
    };
    let owners = Owners::new(&snapshot.workloads);
    let hours = node.hours();
    let is_billed = |namespace: &str| !by_size::is_the_providers_own(kind, namespace);
    let mut cost = Money::default();
    for pod in pods.iter().filter(|pod| is_billed(&pod.namespace)) {
        let id = owners.workload(pod);
        // The node is there as long as its pods. What they have paid for here they do not pay for again among the machines.
        if let Some(claim) = claims.nowhere.get_mut(&id) {
            claim.larger = claim.larger.less(Parts::of(&pod_requests(pod)).times(hours.amount()));
        }
        cost = cost + by_size::add_to_row(ledger, id, price, by_size::billed_size(kind, pod).times(hours.amount()));
    }
    if pods.is_empty() {
        let billed = here.into_iter().filter(|(id, _)| is_billed(&id.namespace));
        cost = billed.map(|(id, claim)| by_size::add_to_row(ledger, id, price, claim.requested)).sum();
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
    let told = history.workloads.iter().filter(|workload| only.contains(&workload.id.namespace));
    let claims = told.map(|workload| (workload.id.clone(), whole_claim(workload).larger)).collect();
    let message = "the nodes of the cluster were not read, so whether these metrics are its own could not be checked; \
                   --prometheus-matcher keeps clusters apart";
    findings.insert(Finding::warning("cluster-unchecked", "Prometheus", message));
    beside::claims_without_nodes(input, claims, (ledger, lines, findings));
}

/// What a workload claims, in core-hours, GiB-hours and accelerator-hours.
#[derive(Clone, Copy, Default)]
struct Claim {
    requested: Parts<Decimal>,
    /// The larger of request and use.
    larger: Parts<Decimal>,
}

impl Claim {
    fn of(held: &Held) -> Self {
        let requested = Parts {
            cpu: decimal(held.requested_core_hours),
            memory: gib(held.requested_byte_hours),
            gpu: decimal(held.requested_gpu_hours),
        };
        let beyond =
            Parts { cpu: decimal(held.excess_core_hours), memory: gib(held.excess_byte_hours), gpu: Decimal::ZERO };
        Self { requested, larger: requested.plus(beyond) }
    }
}

/// On all nodes together.
fn whole_claim(workload: &WorkloadHistory) -> Claim {
    workload.held.values().map(Claim::of).fold(Claim::default(), |sum, claim| Claim {
        requested: sum.requested.plus(claim.requested),
        larger: sum.larger.plus(claim.larger),
    })
}

/// What was claimed on each node, and what on no node that is known.
struct Claims {
    by_node: BTreeMap<usize, Vec<(WorkloadId, Claim)>>,
    nowhere: BTreeMap<WorkloadId, Claim>,
}

impl Claims {
    fn new(history: &History) -> Self {
        let mut claims = Self { by_node: BTreeMap::new(), nowhere: BTreeMap::new() };
        for workload in &history.workloads {
            for (place, held) in &workload.held {
                let claim = Claim::of(held);
                match place {
                    Some(place) => claims.by_node.entry(*place).or_default().push((workload.id.clone(), claim)),
                    None => drop(claims.nowhere.insert(workload.id.clone(), claim)),
                }
            }
            // Who is there has a row, if only for what is known of it beside money.
            if workload.held.is_empty() {
                claims.nowhere.insert(workload.id.clone(), Claim::default());
            }
        }
        claims
    }

    /// Takes what was claimed on this node.
    fn on(&mut self, place: usize) -> Vec<(WorkloadId, Claim)> {
        self.by_node.remove(&place).unwrap_or_default()
    }
}

/// To a millionth: a metric is not known better.
pub(super) fn decimal(number: f64) -> Decimal {
    Decimal::from_f64(number.max(0.0)).unwrap_or_default().round_dp(6)
}

fn gib(byte_hours: f64) -> Decimal {
    decimal(byte_hours / f64::from(1_u32 << 30))
}
