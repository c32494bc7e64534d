//! The nodes of a cluster at one moment: their cost, and its allocation to the pods on them.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::books::Books;
use super::ledger::Unpriced;
use super::pool::{Parts, Pool, split};
use super::span::Moment;
use super::{ReportInput, serverless};
use crate::model::cluster::{
    ContainerRole, ContainerUsage, Machine, Node, NodeKind, OperatingSystem, Owners, Pod, Resources, Snapshot,
    WorkloadId, pod_requests,
};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::{CapacityType, Provider};
use crate::model::pricing::{CustomType, MachineKey, MachinePrice, MachinePrices, Negotiated, PriceRule, Shape};
use crate::model::usage::NodeId;
use crate::units::{Bytes, CpuMillis, Date, Hours, Money, MoneyPerHour, grouped};

/// Nodes of one type with the same purchase option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeLine {
    /// The provider's name of the type; `None` if no label states it.
    pub instance_type: Option<String>,
    /// Size of nodes that no longer exist and whose type no label states.
    pub shape: Option<Shape>,
    /// Region of the nodes.
    pub region: Option<String>,
    /// Purchase option of the nodes.
    pub capacity_type: CapacityType,
    /// Kind of node, which determines how it is billed.
    pub kind: NodeKind,
    /// Sum of the hours for which they existed.
    pub node_hours: Decimal,
    /// Average number of nodes.
    pub nodes: Decimal,
    /// Price of one node per hour; `None` if it is unknown, or if pods are billed instead of nodes.
    pub price_per_hour: Option<MoneyPerHour>,
    /// Total cost in the period, rounded to the cent; `None` if no price is known.
    pub cost: Option<Money>,
    /// The rule by which the price was chosen.
    pub price_rule: PriceRule,
    /// What replaced the list price, if a pricing file has a matching rule.
    pub negotiated: Option<Negotiated>,
    /// Whether a commitment covers some of the hours, so that the price is a mean.
    pub is_committed: bool,
    /// What the machines have but the price does not include; see [`MachinePrice::lacks`].
    pub lacks: Option<&'static str>,
    /// Date of the price.
    pub price_date: Option<Date>,
    /// Source of the price.
    pub source: String,
}

type LineKey = (NodeKind, MachineKey, Option<MoneyPerHour>, Option<&'static str>);

/// Totals over the nodes and their pods.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    lines: BTreeMap<LineKey, NodeLine>,
    pub(super) hours: Decimal,
    pub(super) priced_hours: Decimal,
    /// Capacity of the machines with a price, in core-hours, GiB-hours and accelerator-hours.
    pub(super) room: Parts<Decimal>,
}

impl Nodes {
    pub(super) fn into_lines(self) -> Vec<NodeLine> {
        let mean = |line: &NodeLine| Some(line.cost?.amount().checked_div(line.node_hours)?.round_dp(9));
        self.lines
            .into_values()
            .map(|mut line| {
                if line.is_committed {
                    line.price_per_hour = mean(&line).map(MoneyPerHour::new);
                }
                line
            })
            .collect()
    }

    /// The share of all node-hours whose price is known; `None` if there are no nodes.
    pub(super) fn priced_share(&self) -> Option<f64> {
        self.priced_hours.checked_div(self.hours)?.to_f64()
    }

    pub(super) fn line(
        &mut self,
        machine: &Machine,
        key: MachineKey,
        hours: Hours,
        (per_hour, lacks): (Option<MoneyPerHour>, Option<&'static str>),
        cost: Option<Money>,
    ) -> &mut NodeLine {
        let key = key.of_line();
        self.hours += hours.amount();
        if cost.is_some() {
            self.priced_hours += hours.amount();
        }
        let line = self.lines.entry((machine.kind, key.clone(), per_hour, lacks)).or_insert_with(|| NodeLine {
            capacity_type: key.capacity_type(),
            instance_type: key.instance_type,
            shape: key.shape,
            region: key.region,
            kind: machine.kind,
            node_hours: Decimal::ZERO,
            nodes: Decimal::ZERO,
            price_per_hour: per_hour,
            cost: cost.map(|_| Money::default()),
            price_rule: PriceRule::Unpriced,
            negotiated: None,
            is_committed: false,
            lacks,
            price_date: None,
            source: String::new(),
        });
        line.node_hours += hours.amount();
        if let (Some(sum), Some(cost)) = (&mut line.cost, cost) {
            *sum = *sum + cost;
        }
        line
    }
}

/// Adds the nodes of a moment to the ledger.
pub(super) fn add_nodes(
    input: &ReportInput,
    &Moment { snapshot, hours, .. }: &Moment<'_>,
    machines: &MachinePrices,
    books: &mut Books,
) {
    let owners = Owners::new(&snapshot.workloads);
    let usage = Usage::new(snapshot);
    let mut pods: BTreeMap<&str, Vec<&Pod>> = BTreeMap::new();
    for pod in snapshot.pods.iter().filter(|pod| !pod.is_terminated()) {
        if let Some(node) = &pod.node {
            pods.entry(node).or_default().push(pod);
        }
    }
    for node in &snapshot.nodes {
        let here = pods.remove(node.name.as_str()).unwrap_or_default();
        let claims: Vec<(WorkloadId, Parts<Decimal>)> =
            here.iter().map(|pod| (owners.workload(pod), usage.claim(pod).times(hours.amount()))).collect();
        match node.machine.kind {
            NodeKind::Machine | NodeKind::EksAutoMode => {
                add_machine(machines, node, claims, hours, books);
            }
            NodeKind::Fargate | NodeKind::Autopilot => {
                serverless::add_pods(input, snapshot, (node, &here), hours, books);
            }
            NodeKind::Virtual => {
                books.add_unpriced(here.iter().map(|pod| owners.workload(pod)), Unpriced::NODES);
                books.nodes.line(&node.machine, MachineKey::from(&node.machine), hours, (None, None), None);
                let message =
                    format!("a virtual node has no hourly price: its {} pods are not included", grouped(here.len()));
                books.warn(Code::NodeUnpriced, &node.name, message);
            }
        }
    }
    for (node, pods) in pods {
        books.add_unpriced(pods.iter().map(|pod| owners.workload(pod)), Unpriced::NODES);
        let message = format!("{} pods run on nodes that were not read; they are not included", grouped(pods.len()));
        books.warn(Code::PodsWithoutNode, node, message);
    }
    books.findings.extend(waiting(snapshot));
}

pub(super) fn waiting(snapshot: &Snapshot) -> Option<Finding> {
    let waiting = snapshot.pods.iter().filter(|pod| pod.is_waiting()).count();
    let message = format!("{} pods are pending and cost nothing yet", grouped(waiting));
    (waiting > 0).then(|| Finding::info(Code::PodsPending, "cluster", message))
}

fn add_machine(
    machines: &MachinePrices,
    node: &Node,
    claims: Vec<(WorkloadId, Parts<Decimal>)>,
    hours: Hours,
    books: &mut Books,
) {
    let key = MachineKey::from(node);
    let price = machines.get(&key);
    let has = Parts::of(if node.capacity.is_empty() { &node.allocatable } else { &node.capacity });
    let id = NodeId { name: node.name.clone(), provider_id: node.provider_id.clone().unwrap_or_default() };
    books.billable.add_machine(id, has.cpu, hours, price.map(|price| price.per_hour * hours));
    let pods = match claims.len() {
        1 => "its pod is".to_owned(),
        count => format!("its {} pods are", grouped(count)),
    };
    if !add_machine_line(&node.machine, key, hours, price, books, &pods) {
        // Every workload gets a row, even if only non-monetary facts are known about it.
        books.add_unpriced(claims.into_iter().map(|(id, _)| id), Unpriced::NODES);
        return;
    }
    if let Some(price) = price {
        let capacity = has.times(hours.amount());
        books.nodes.room = books.nodes.room.plus(capacity);
        books.ledger.add_pool(&Pool { cost: split(price, has, hours), capacity, claims });
    }
}

/// Adds the line of a machine that existed for `hours`, with its findings; returns whether it has a price. `pods`
/// describes what the cost excludes if there is no price.
pub(super) fn add_machine_line(
    machine: &Machine,
    key: MachineKey,
    hours: Hours,
    price: Option<&MachinePrice>,
    books: &mut Books,
    pods: &str,
) -> bool {
    let Some(price) = price else {
        let what = match (&machine.instance_type, &machine.region) {
            (Some(kind), Some(region)) => format!("{kind} in {region}"),
            (Some(kind), None) => format!("{kind} in an unknown region"),
            (None, _) => "a node without a type".to_owned(),
        };
        let remedy = match &key.node {
            Some(node) => format!(
                "give a price with --prices FILE, in a row whose instance_type is the node name {node}, or a type that you label it with: \
                 kubectl label node {node} node.kubernetes.io/instance-type=TYPE"
            ),
            None => match machine.instance_type.as_deref().and_then(CustomType::parse) {
                Some(custom) if machine.provider == Some(Provider::Gcp) => format!(
                    "it is a custom machine type ({} vCPUs, {} MiB), whose rates are not in the catalogue: give its price with --prices FILE, or \
                     rates per core and GiB with --pricing FILE, in a [[price]] with provider = \"gcp\"",
                    custom.vcpu,
                    custom.memory.bytes() >> 20
                ),
                _ => "give a price with --prices FILE".to_owned(),
            },
        };
        books.nodes.line(machine, key, hours, (None, None), None);
        let message = format!("no price: {pods} not included; {remedy}");
        books.warn(Code::NodeUnpriced, what, message);
        return false;
    };
    let windows = (machine.os == OperatingSystem::Windows).then_some("Windows licences");
    let lacks = price.lacks.or(windows);
    // A commitment covers more of some moments than of others: all of them are one line.
    let before = price.uncommitted.unwrap_or(price.per_hour);
    let line = books.nodes.line(machine, key, hours, (Some(before), lacks), Some(price.per_hour * hours));
    line.price_rule = price.rule;
    line.is_committed |= price.uncommitted.is_some();
    if !line.is_committed || price.uncommitted.is_some() {
        line.negotiated.clone_from(&price.negotiated);
    }
    line.price_date = price.date;
    line.source.clone_from(&price.source);
    if windows.is_some() {
        let message = "Windows nodes are priced as Linux nodes; the Windows licence is not included";
        books.warn(Code::NodeWindows, "nodes", message);
    }
    if machine.capacity_type.is_none() {
        let message = "nodes without a capacity-type label are priced as on-demand";
        books.inform(Code::CapacityTypeAssumed, "nodes", message);
    }
    true
}

/// Usage of containers at the time of the snapshot.
pub(super) struct Usage<'a>(BTreeMap<(&'a str, &'a str), &'a [ContainerUsage]>);

impl<'a> Usage<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        let key =
            |u: &'a crate::model::cluster::PodUsage| ((u.namespace.as_str(), u.pod.as_str()), u.containers.as_slice());
        Self(snapshot.pod_usage.iter().map(key).collect())
    }

    /// Usage of a pod; `None` if it was not measured: a source that only reports pods lists no containers, and a
    /// running container uses memory.
    pub(super) fn used(&self, pod: &Pod) -> Option<(CpuMillis, Bytes)> {
        let containers = self.0.get(&(pod.namespace.as_str(), pod.name.as_str()))?;
        let measured = |container: &ContainerUsage| {
            container.usage.get("cpu").is_some() && container.usage.memory() > Bytes::default()
        };
        if containers.is_empty() || !containers.iter().all(measured) {
            return None;
        }
        let sum = |of: fn(&Resources) -> u64| containers.iter().map(|c| of(&c.usage)).fold(0, u64::saturating_add);
        let (cpu, memory) = (sum(|r| r.cpu().millis()), sum(|r| r.memory().bytes()));
        Some((CpuMillis::from_millis(cpu), Bytes::from_bytes(memory)))
    }

    /// The larger of request and usage, container by container, and at least what the scheduler counts for the pod.
    pub(super) fn claim(&self, pod: &Pod) -> Parts<Decimal> {
        let asked = Parts::of(&pod_requests(pod));
        let Some(used) = self.0.get(&(pod.namespace.as_str(), pod.name.as_str())) else { return asked };
        let running = pod.containers.iter().filter(|container| container.role != ContainerRole::Init);
        let larger = running.fold(Parts::default(), |sum: Parts<Decimal>, container| {
            let requested = Parts::of(&container.sizes.requests);
            let used = used.iter().find(|used| used.name == container.name).map(|used| Parts::of(&used.usage));
            sum.plus(used.map_or(requested, |used| used.max(requested)))
        });
        asked.max(larger)
    }
}
