use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::ledger::{Ledger, Unpriced};
use super::pool::{Parts, Pool, split};
use super::span::Moment;
use super::{MachineKey, MachinePrice, MachinePrices, ReportInput, Shape, beside, by_size};
use crate::model::cluster::{
    ContainerRole, ContainerUsage, Machine, Node, NodeKind, OperatingSystem, Owners, Pod, Resources, Snapshot,
    pod_requests,
};
use crate::model::usage::WorkloadId;
use crate::model::{CapacityType, Finding};
use crate::units::{Bytes, CpuMillis, Date, Hours, Money, MoneyPerHour};

/// Nodes of one type that are bought alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeLine {
    /// The provider's name of the type; `None` where no label says it.
    pub instance_type: Option<String>,
    /// What they had, where they are gone and no label said the type.
    pub shape: Option<Shape>,
    /// Where.
    pub region: Option<String>,
    /// How they are bought.
    pub capacity_type: CapacityType,
    /// How they are billed.
    pub kind: NodeKind,
    /// Hours that they were there, together.
    pub node_hours: Decimal,
    /// How many there are on average.
    pub nodes: Decimal,
    /// One for an hour; `None` where no price is known, or where pods are billed and not nodes.
    pub price_per_hour: Option<MoneyPerHour>,
    /// All for the month, to the cent; `None` where no price is known.
    pub cost: Option<Money>,
    /// `list`, `indicative`, `own-table`, `unconfirmed`, `unpriced`.
    pub price_rule: &'static str,
    /// What the price is not of, though the machines have it; see [`MachinePrice::lacks`].
    pub lacks: Option<&'static str>,
    /// Day of the price.
    pub price_date: Option<Date>,
    /// Who published it.
    pub source: String,
}

type LineKey = (NodeKind, MachineKey, Option<MoneyPerHour>, Option<&'static str>);

/// What nodes and pods come to.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    lines: BTreeMap<LineKey, NodeLine>,
    pub(super) hours: Decimal,
    pub(super) priced_hours: Decimal,
    /// What the machines with a price have, in core-hours, GiB-hours and accelerator-hours.
    pub(super) room: Parts<Decimal>,
}

impl Nodes {
    pub(super) fn into_lines(self) -> Vec<NodeLine> {
        self.lines.into_values().collect()
    }

    /// Of the hours of all nodes those whose price is known; `None` where there are no nodes.
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
            price_rule: "unpriced",
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

/// Puts the nodes of a moment into the ledger.
pub(super) fn add_nodes(
    input: &ReportInput,
    &Moment { snapshot, hours, .. }: &Moment<'_>,
    machines: &MachinePrices,
    (ledger, nodes, findings): (&mut Ledger, &mut Nodes, &mut BTreeSet<Finding>),
) {
    let owners = Owners::new(&snapshot.workloads);
    let usage = Usage::new(snapshot);
    let mut pods: BTreeMap<&str, Vec<&Pod>> = BTreeMap::new();
    for pod in snapshot.pods.iter().filter(|pod| !pod.is_over()) {
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
                add_machine(machines, node, claims, hours, (ledger, nodes, findings));
            }
            NodeKind::Fargate | NodeKind::Autopilot => {
                by_size::add_pods(input, snapshot, (node, &here), hours, (ledger, nodes, findings));
            }
            NodeKind::Virtual => {
                let unpriced = Unpriced { nodes: true, ..Unpriced::default() };
                here.iter().for_each(|pod| ledger.add_unpriced(owners.workload(pod), unpriced));
                nodes.line(&node.machine, MachineKey::of(&node.machine), hours, (None, None), None);
                let message =
                    format!("a virtual node has no price by the hour: its {} pods are not in the cost", here.len());
                findings.insert(Finding::warning("node-unpriced", &node.name, message));
            }
        }
    }
    for (node, pods) in pods {
        let unpriced = Unpriced { nodes: true, ..Unpriced::default() };
        pods.iter().for_each(|pod| ledger.add_unpriced(owners.workload(pod), unpriced));
        let message = format!("{} pods run on a node that was not read: they are not in the cost", pods.len());
        findings.insert(Finding::warning("pods-without-node", node, message));
    }
    findings.extend(waiting(snapshot));
}

pub(super) fn waiting(snapshot: &Snapshot) -> Option<Finding> {
    let waiting = snapshot.pods.iter().filter(|pod| pod.is_waiting()).count();
    let message = format!("{waiting} pods wait for a node: they cost nothing yet");
    (waiting > 0).then(|| Finding::info("pods-waiting", "cluster", message))
}

fn add_machine(
    machines: &MachinePrices,
    node: &Node,
    claims: Vec<(WorkloadId, Parts<Decimal>)>,
    hours: Hours,
    (ledger, nodes, findings): (&mut Ledger, &mut Nodes, &mut BTreeSet<Finding>),
) {
    let key = MachineKey::of_node(node);
    let price = machines.get(&key);
    let pods = format!("{} pods on it", claims.len());
    if !add_machine_line(&node.machine, key, hours, price, (nodes, findings), &pods) {
        // Who is there has a row, if only for what is known of it beside money.
        let nodes = Unpriced { nodes: true, ..Unpriced::default() };
        claims.into_iter().for_each(|(id, _)| ledger.add_unpriced(id, nodes));
        return;
    }
    if let Some(price) = price {
        let has = if node.capacity.is_empty() { &node.allocatable } else { &node.capacity };
        let has = Parts::of(has);
        let capacity = has.times(hours.amount());
        nodes.room = nodes.room.plus(capacity);
        ledger.add_pool(&Pool { cost: split(price, has, hours), capacity, claims });
    }
}

/// The line of a machine that was there for so long, and what a reader must know of it; whether it has a price. `pods`
/// says what is not in the cost where it has none.
pub(super) fn add_machine_line(
    machine: &Machine,
    key: MachineKey,
    hours: Hours,
    price: Option<&MachinePrice>,
    (nodes, findings): (&mut Nodes, &mut BTreeSet<Finding>),
    pods: &str,
) -> bool {
    let Some(price) = price else {
        let what = match (&machine.instance_type, &machine.region) {
            (Some(kind), Some(region)) => format!("{kind} in {region}"),
            (Some(kind), None) => format!("{kind} in a region that no label says"),
            (None, _) => "a node without a type".to_owned(),
        };
        let remedy = match &key.node {
            Some(node) => format!(
                "give one with --prices FILE, in a row whose instance_type is the name of the node, {node}, or that of a type \
                 with which you label it: kubectl label node {node} node.kubernetes.io/instance-type=TYPE"
            ),
            None => "give one with --prices FILE".to_owned(),
        };
        nodes.line(machine, key, hours, (None, None), None);
        let message = format!("no price is known: {pods} are not in the cost; {remedy}");
        findings.insert(Finding::warning("node-unpriced", what, message));
        return false;
    };
    let windows = (machine.os == OperatingSystem::Windows).then_some("Windows licences");
    let lacks = price.lacks.or(windows);
    let line = nodes.line(machine, key, hours, (Some(price.per_hour), lacks), Some(price.per_hour * hours));
    line.price_rule = price.rule;
    line.price_date = Some(price.date);
    line.source.clone_from(&price.source);
    if windows.is_some() {
        let message = "Windows nodes are priced as Linux ones: their licence is not in the cost";
        findings.insert(Finding::warning("node-windows", "nodes", message));
    }
    if machine.capacity_type.is_none() {
        let message = "nodes that no label calls spot or on-demand are priced as on-demand";
        findings.insert(Finding::info("capacity-type-assumed", "nodes", message));
    }
    true
}

/// What containers used when the snapshot was taken.
pub(super) struct Usage<'a>(BTreeMap<(&'a str, &'a str), &'a [ContainerUsage]>);

impl<'a> Usage<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        let key =
            |u: &'a crate::model::cluster::PodUsage| ((u.namespace.as_str(), u.pod.as_str()), u.containers.as_slice());
        Self(snapshot.pod_usage.iter().map(key).collect())
    }

    /// What a pod used; `None` where it was not measured: a source that reports pods alone has no containers in it, and a
    /// container that runs has memory.
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

    /// The larger of request and use, container by container, and no less than the scheduler counts for the pod.
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

/// The row of what nobody asked for.
pub(super) fn idle_row() -> WorkloadId {
    beside("", "Cluster", "idle")
}

/// The row of what is for everyone.
pub(super) fn shared_row() -> WorkloadId {
    beside("", "Cluster", "shared")
}
