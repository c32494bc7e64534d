//! Cost of a period with metrics: past nodes, and the allocation of their cost to workloads.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::books::Books;
use super::ledger::Unpriced;
use super::nodes::add_machine_line;
use super::pool::{Parts, Pool, split};
use super::{ReportInput, serverless, services};
use crate::model::cluster::{Machine, Node, NodeKind, Owners, Pod, Snapshot, WorkloadId, pod_requests};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::{CapacityType, Provider};
use crate::model::pricing::{MachineKey, MachinePrices, Shape};
use crate::model::usage::{History, NodeHistory, Occupancy, Series, WorkloadHistory};
use crate::units::{CpuMillis, Hours, Money, grouped};

/// A node of the past with its machine and capacity.
struct PastNode<'a> {
    history: &'a NodeHistory,
    machine: Machine,
    has: Parts<Decimal>,
    shape: Option<Shape>,
}

/// Every node of the period. Nodes that still exist are described by the snapshot; nodes that no longer exist by
/// their recorded labels. If these lack the provider or region, those of most other nodes are assumed.
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
            // Accelerators dominate the price, and their model is unknown, so such nodes are not priced by size.
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
        Code::NodeTypeUnknown,
        "history",
        format!(
            "{} nodes with {} node-hours (the first is {}) have no instance-type label and are priced by their size; {} of them cannot be \
             priced at all. kube-state-metrics exports the label with \
             --metric-labels-allowlist=nodes=[node.kubernetes.io/instance-type,…]",
            grouped(untyped.len()),
            grouped(hours.round_dp(1).normalize()),
            first.history.id.name,
            grouped(shapeless)
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
        let millis = (self.has.cpu * Decimal::ONE_THOUSAND).round().to_u64().unwrap_or_default();
        let memory_gib = self.has.memory.ceil().to_u64().unwrap_or_default();
        let size = Shape { cpu: CpuMillis::from_millis(millis), memory_gib };
        let key = MachineKey::from(&self.machine).with(&self.history.id.name, size, gpus);
        MachineKey { shape: self.shape, ..key }
    }

    fn is_spot(&self) -> bool {
        self.machine.kind == NodeKind::Autopilot && self.machine.capacity_type == Some(CapacityType::Spot)
    }

    fn hours(&self) -> Hours {
        Hours::of(decimal(self.history.hours.sum()))
    }
}

/// The machines of a period that are billed by the hour, including those that still exist.
pub fn machines_of_history(history: &History, snapshot: &Snapshot) -> BTreeSet<MachineKey> {
    let past = past_nodes(history, snapshot);
    past.iter().filter(|node| node.machine.kind.is_machine()).map(PastNode::key).collect()
}

/// Every machine of the period with its hours in each step.
pub(super) fn node_hours<'a>(
    history: &'a History,
    snapshot: &Snapshot,
) -> impl Iterator<Item = (MachineKey, &'a Series)> + use<'a> {
    let machines = past_nodes(history, snapshot).into_iter().filter(|node| node.machine.kind.is_machine());
    machines.map(|node| (node.key(), &node.history.hours))
}

/// Dollars per hour for all machines with a price, in every step with data: pairs of the start of the step in Unix
/// seconds and the amount.
pub(super) fn node_dollars(
    history: &History,
    snapshot: &Snapshot,
    machines: &MachinePrices,
    known: &Series,
) -> Vec<(i64, f64)> {
    let mut paid = Series::default();
    for node in past_nodes(history, snapshot) {
        if let Some(price) = machines.get(&node.key()).filter(|_| node.machine.kind.is_machine()) {
            let per_hour = price.per_hour.amount().to_f64().unwrap_or_default();
            node.history.hours.iter().for_each(|(step, hours)| paid.add(step, hours * per_hour));
        }
    }
    let grid = history.grid;
    let begin = |step: usize| grid.end_of(step) - grid.step().seconds();
    paid.iter().filter_map(|(step, dollars)| Some((begin(step), dollars / known.get(step)?))).collect()
}

/// Adds a period to the ledger: a workload pays for its claim on a node at that node's price. Claims whose node is
/// unknown pay the average cost of the remaining capacity.
pub(super) fn add_history(
    input: &ReportInput,
    history: &History,
    snapshot: &Snapshot,
    machines: &MachinePrices,
    books: &mut Books,
) {
    let past = past_nodes(history, snapshot);
    books.findings.extend(without_type(&past));
    let kind = past.first().map_or(NodeKind::Machine, |node| node.machine.kind);
    let price = serverless::price(input, kind).filter(|_| past.iter().all(|node| node.machine.kind == kind));
    if let (Some(price), Some(first)) = (price, past.first()) {
        // Only serverless nodes: all pods are billed by their requests; Spot Pods have their own prices.
        let owners = Owners::new(&snapshot.workloads);
        let spot: BTreeSet<WorkloadId> =
            snapshot.pods.iter().filter(|pod| serverless::requests_spot(pod)).map(|pod| owners.workload(pod)).collect();
        let spot_hours: Decimal = past.iter().filter(|node| node.is_spot()).map(|node| node.hours().amount()).sum();
        let has_spot = kind == NodeKind::Autopilot && spot_hours > Decimal::ZERO;
        if has_spot {
            serverless::add_spot_line(books, &first.machine, Hours::of(spot_hours), price);
        }
        let mut cost = Money::default();
        for workload in &history.workloads {
            let id = &workload.id;
            if has_spot && spot.contains(id) {
                books.ledger.row(id.clone());
            } else if !serverless::is_provider_managed(kind, &id.namespace) {
                cost = cost + serverless::add_to_row(books, id.clone(), price, whole_claim(workload).requested);
            }
        }
        let hours: Decimal = past.iter().map(|node| node.hours().amount()).sum::<Decimal>() - spot_hours;
        if let Some(plain) = past.iter().find(|node| !node.is_spot()) {
            serverless::add_line(books, &plain.machine, Hours::of(hours), price, cost);
        }
        serverless::note_region(books, &first.machine, price);
        return;
    }
    let mut claims = Claims::new(history);
    let (mut rest, mut rates) = (Pool::default(), BTreeSet::new());
    let (mut unknown, mut unknown_hours) = (0_u64, Decimal::ZERO);
    for (place, node) in past.iter().enumerate() {
        let (key, hours) = (node.key(), node.hours());
        let here = claims.on(place);
        if !node.machine.kind.is_machine() {
            if !add_pods_by_size(input, snapshot, (node, here), &mut claims, books) {
                unknown += 1;
                unknown_hours += hours.amount();
                books.nodes.line(&node.machine, key, hours, (None, None), None);
            }
            continue;
        }
        let price = machines.get(&key);
        books.billable.add_machine(
            node.history.id.clone(),
            node.has.cpu,
            hours,
            price.map(|price| price.per_hour * hours),
        );
        let not_paid = format!("its hours and the {} workloads on it", grouped(here.len()));
        add_machine_line(&node.machine, key, hours, price, books, &not_paid);
        if price.is_some() {
            books.nodes.room = books.nodes.room.plus(node.has.times(hours.amount()));
        } else {
            books.add_unpriced(here.iter().map(|(id, _)| id.clone()), Unpriced::NODES);
        }
        let cost = price.map(|price| split(price, node.has, hours)).unwrap_or_default();
        rates.insert(cost.cpu.amount().checked_div(node.has.cpu * hours.amount()).map(|rate| rate.round_dp(6)));
        let here = here.into_iter().map(|(id, claim)| (id, claim.larger)).collect();
        let left = books.ledger.pay_claims(&Pool { cost, capacity: node.has.times(hours.amount()), claims: here });
        rest.cost = rest.cost.plus(left.cost);
        rest.capacity = rest.capacity.plus(left.capacity);
    }
    if unknown > 0 {
        let message = format!(
            "{} nodes with {} node-hours were not machines (Fargate, Autopilot, virtual nodes), and none of their pods is known: their \
             cost is not included, and their pods are allocated cost as if they had run on the machines",
            grouped(unknown),
            grouped(unknown_hours.round_dp(1).normalize())
        );
        books.warn(Code::NodeUnpriced, "history", message);
    }
    rest.claims = claims.nowhere.into_iter().map(|(id, claim)| (id, claim.larger)).collect();
    let unplaced = rest.claims.iter().filter(|(_, claim)| *claim != Parts::default()).count();
    if rates.len() > 1 && unplaced > 0 {
        let message = format!(
            "for {} of {} workloads the metrics do not give the node of all pods: these pods are allocated the average cost of the \
             remaining capacity, whatever node they ran on; kube_pod_info of kube-state-metrics has the node",
            grouped(unplaced),
            grouped(history.workloads.len())
        );
        books.inform(Code::PriceBlended, "history", message);
    }
    if rest.cost == Parts::default() && books.nodes.room == Parts::default() {
        books.add_unpriced(rest.claims.iter().map(|(id, _)| id.clone()), Unpriced::NODES);
    }
    books.ledger.add_pool(&rest);
}

/// Adds pods on a node that is not a machine and whose pods are billed by size: the size of pods that still exist is
/// known, that of others is taken from their requests. Returns whether there was a price and a pod.
fn add_pods_by_size(
    input: &ReportInput,
    snapshot: &Snapshot,
    (node, here): (&PastNode<'_>, Vec<(WorkloadId, Claim)>),
    claims: &mut Claims,
    books: &mut Books,
) -> bool {
    let kind = node.machine.kind;
    let name = &node.history.id.name;
    let pods: Vec<&Pod> =
        snapshot.pods.iter().filter(|pod| !pod.is_terminated() && pod.node.as_ref() == Some(name)).collect();
    let Some(price) = serverless::price(input, kind).filter(|_| !pods.is_empty() || !here.is_empty()) else {
        return false;
    };
    let owners = Owners::new(&snapshot.workloads);
    let hours = node.hours();
    let is_billed = |namespace: &str| !serverless::is_provider_managed(kind, namespace);
    let mut cost = Money::default();
    for pod in pods.iter().filter(|pod| is_billed(&pod.namespace)) {
        let id = owners.workload(pod);
        // The node exists as long as its pods. What they pay here must not be charged again on the machines.
        if let Some(claim) = claims.nowhere.get_mut(&id) {
            claim.larger = claim.larger.less(Parts::of(&pod_requests(pod)).times(hours.amount()));
        }
        cost =
            cost + serverless::add_to_row(books, id, price, serverless::billed_size(kind, pod).times(hours.amount()));
    }
    if pods.is_empty() {
        let billed = here.into_iter().filter(|(id, _)| is_billed(&id.namespace));
        cost = billed.map(|(id, claim)| serverless::add_to_row(books, id, price, claim.requested)).sum();
    }
    serverless::add_line(books, &node.machine, hours, price, cost);
    true
}

/// Adds some namespaces of a cluster whose nodes cannot be read: their claims at catalogue prices.
pub(super) fn add_namespaces(input: &ReportInput, history: &History, only: &[String], books: &mut Books) {
    let told = history.workloads.iter().filter(|workload| only.contains(&workload.id.namespace));
    let claims = told.map(|workload| (workload.id.clone(), whole_claim(workload).larger)).collect();
    let message = "the nodes of the cluster could not be read, so it is unknown whether these metrics belong to it; --prometheus-matcher selects one \
                   cluster";
    books.warn(Code::MetricsClusterUnverified, "Prometheus", message);
    services::claims_without_nodes(input, claims, books);
}

/// Requested resources of a workload, and the larger of request and usage, in core-hours, GiB-hours and
/// accelerator-hours.
#[derive(Clone, Copy, Default)]
struct Claim {
    requested: Parts<Decimal>,
    /// The larger of request and usage.
    larger: Parts<Decimal>,
}

impl Claim {
    fn of(held: &Occupancy) -> Self {
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

/// The claim of a workload summed over all nodes.
fn whole_claim(workload: &WorkloadHistory) -> Claim {
    workload.held.values().map(Claim::of).fold(Claim::default(), |sum, claim| Claim {
        requested: sum.requested.plus(claim.requested),
        larger: sum.larger.plus(claim.larger),
    })
}

/// Claims by node, and claims whose node is unknown.
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
            // Every workload gets a row, even if only non-monetary facts are known about it.
            if workload.held.is_empty() {
                claims.nowhere.insert(workload.id.clone(), Claim::default());
            }
        }
        claims
    }

    /// Removes and returns the claims on this node.
    fn on(&mut self, place: usize) -> Vec<(WorkloadId, Claim)> {
        self.by_node.remove(&place).unwrap_or_default()
    }
}

/// Converts to a decimal with six places, the precision of metrics; negative values become zero.
pub(super) fn decimal(number: f64) -> Decimal {
    Decimal::from_f64(number.max(0.0)).unwrap_or_default().round_dp(6)
}

fn gib(byte_hours: f64) -> Decimal {
    decimal(byte_hours / f64::from(1_u32 << 30))
}
