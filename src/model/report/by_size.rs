//! Pods that are billed by their size, and what they run on is not: Fargate and Autopilot. They have no idle.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::ledger::{Ledger, Unpriced};
use super::nodes::Nodes;
use super::pool::Parts;
use super::{MachineKey, ReportInput};
use crate::model::cluster::{Machine, Node, NodeKind, NodeTerm, Operator, Owners, Pod, Snapshot, pod_requests};
use crate::model::usage::WorkloadId;
use crate::model::{CapacityType, Finding, PodPrice, Provider};
use crate::units::{Hours, Money};

/// The price of pods on such nodes; `None` where there is none.
pub(super) fn price(input: &ReportInput, kind: NodeKind) -> Option<&PodPrice> {
    let provider = match kind {
        NodeKind::Fargate => Provider::Aws,
        NodeKind::Autopilot => Provider::Gcp,
        NodeKind::Machine | NodeKind::EksAutoMode | NodeKind::Virtual => return None,
    };
    input.services.get(&provider)?.pods.as_ref()
}

/// The pods on one node of a snapshot, which stands for so many hours.
pub(super) fn add_pods(
    input: &ReportInput,
    snapshot: &Snapshot,
    (node, pods): (&Node, &[&Pod]),
    hours: Hours,
    (ledger, nodes, findings): (&mut Ledger, &mut Nodes, &mut BTreeSet<Finding>),
) {
    let owners = Owners::new(&snapshot.workloads);
    let Some(price) = price(input, node.machine.kind) else {
        nodes.line(&node.machine, MachineKey::of(&node.machine), hours, (None, None), None);
        let message = format!(
            "pods here are billed by their size, and no price of that is known: {} are not in the cost",
            pods.len()
        );
        findings.insert(Finding::warning("node-unpriced", &node.name, message));
        let unpriced = Unpriced { nodes: true, ..Unpriced::default() };
        pods.iter().for_each(|pod| ledger.add_unpriced(owners.workload(pod), unpriced));
        return;
    };
    if is_spot(node, pods) {
        let unpriced = Unpriced { nodes: true, ..Unpriced::default() };
        pods.iter().for_each(|pod| ledger.add_unpriced(owners.workload(pod), unpriced));
        add_spot_line(nodes, &node.machine, hours);
        findings.insert(spot_unpriced(&price.name));
        return;
    }
    let billed = pods.iter().filter(|pod| !is_the_providers_own(node.machine.kind, &pod.namespace));
    let cost = billed
        .map(|pod| {
            let sizes = billed_size(node.machine.kind, pod).times(hours.amount());
            add_to_row(ledger, owners.workload(pod), price, sizes)
        })
        .sum();
    add_line(nodes, &node.machine, hours, price, cost);
    tell_region(&node.machine, price, findings);
}

/// Puts cores × hours and GiB × hours of a workload into its row; what they cost.
pub(super) fn add_to_row(ledger: &mut Ledger, id: WorkloadId, price: &PodPrice, sizes: Parts<Decimal>) -> Money {
    let cpu = Money::new(price.core_hour.amount().saturating_mul(sizes.cpu));
    let memory = Money::new(price.gib_hour.amount().saturating_mul(sizes.memory));
    let row = ledger.row(id);
    row.cpu = row.cpu + cpu;
    row.memory = row.memory + memory;
    cpu + memory
}

/// The line of such nodes.
pub(super) fn add_line(nodes: &mut Nodes, machine: &Machine, hours: Hours, price: &PodPrice, cost: Money) {
    let key = MachineKey::of(&Machine { instance_type: None, ..machine.clone() });
    let line = nodes.line(machine, key, hours, (None, None), Some(cost));
    line.price_rule = if price.note.confirmed { "list" } else { "unconfirmed" };
    line.price_date = price.note.date;
    line.source.clone_from(&price.note.source);
}

/// The line of nodes whose pods are bought as spot, which have another price that is not known.
pub(super) fn add_spot_line(nodes: &mut Nodes, machine: &Machine, hours: Hours) {
    let spot = Machine { instance_type: None, capacity_type: Some(CapacityType::Spot), ..machine.clone() };
    nodes.line(&spot, MachineKey::of(&spot), hours, (None, None), None);
}

/// What a reader must know of them.
pub(super) fn spot_unpriced(name: &str) -> Finding {
    let message = "Spot Pods are billed at prices of their own, well below the others and not known here: they are not in the \
                   cost, which is too low by them";
    Finding::warning("spot-pods-unpriced", name, message)
}

/// Whether the pods on a node are bought as spot: Autopilot runs Spot Pods on nodes of their own, which pods choose by this
/// label (<https://docs.cloud.google.com/kubernetes-engine/docs/how-to/autopilot-spot-pods>). Fargate Spot is not for EKS.
fn is_spot(node: &Node, pods: &[&Pod]) -> bool {
    node.machine.kind == NodeKind::Autopilot
        && (node.machine.capacity_type == Some(CapacityType::Spot) || pods.iter().any(|pod| asks_for_spot(pod)))
}

/// Whether a pod asks Autopilot for spot.
pub(super) fn asks_for_spot(pod: &Pod) -> bool {
    const SPOT: &str = "cloud.google.com/gke-spot";
    let Some(placement) = pod.placement.as_deref() else { return false };
    let by_term = |term: &NodeTerm| {
        term.labels.iter().any(|r| r.key == SPOT && r.operator == Operator::In && r.values.iter().all(|v| v == "true"))
    };
    let terms = &placement.node_affinity;
    placement.node_selector.get(SPOT).is_some_and(|value| value == "true")
        || (!terms.is_empty() && terms.iter().all(by_term))
}

pub(super) fn tell_region(machine: &Machine, price: &PodPrice, findings: &mut BTreeSet<Finding>) {
    if machine.region.as_ref().is_some_and(|region| *region != price.note.region) {
        let message = format!("{} is at the price of {}", price.name, price.note.region);
        findings.insert(Finding::info("service-prices-region", &price.name, message));
    }
}

/// Whether the provider runs these pods for itself and bills nobody for them: on Autopilot all in the namespaces that
/// nobody else may use (<https://docs.cloud.google.com/kubernetes-engine/docs/concepts/autopilot-security>).
pub(super) fn is_the_providers_own(kind: NodeKind, namespace: &str) -> bool {
    let googles = namespace == "kube-system" || namespace.starts_with("gke-") || namespace.starts_with("gmp-");
    kind == NodeKind::Autopilot && googles
}

/// What a pod without a machine is billed for, in cores and GiB: for Fargate the size it was given, else its requests.
pub(super) fn billed_size(kind: NodeKind, pod: &Pod) -> Parts<Decimal> {
    let given = pod.fargate_size.as_deref().filter(|_| kind == NodeKind::Fargate).and_then(fargate_size);
    given.unwrap_or_else(|| Parts::of(&pod_requests(pod)))
}

/// `0.25vCPU 0.5GB`.
fn fargate_size(text: &str) -> Option<Parts<Decimal>> {
    let (cpu, memory) = text.split_once(' ')?;
    let number = |text: &str, unit| text.trim().strip_suffix(unit)?.parse::<Decimal>().ok();
    Some(Parts { cpu: number(cpu, "vCPU")?, memory: number(memory, "GB")?, gpu: Decimal::ZERO })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_fargate() {
        let size = fargate_size("0.25vCPU 0.5GB").unwrap();
        assert_eq!((size.cpu, size.memory), (Decimal::new(25, 2), Decimal::new(5, 1)));
        assert!(fargate_size("0.25 0.5").is_none() && fargate_size("").is_none());
    }
}
