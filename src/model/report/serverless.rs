//! Pods billed by their own size instead of by node: Fargate and Autopilot. They have no idle cost.

use rust_decimal::Decimal;

use super::ReportInput;
use super::books::Books;
use super::ledger::Unpriced;
use super::pool::Parts;
use crate::model::billed::ResourceKind;
use crate::model::cluster::{
    GKE_SPOT_LABEL, Machine, Node, NodeKind, NodeTerm, Operator, Owners, Pod, Snapshot, WorkloadId, pod_requests,
};
use crate::model::finding::Code;
use crate::model::nodes::{CapacityType, Provider};
use crate::model::pricing::{MachineKey, PodPrice};
use crate::units::{Hours, Money};

/// The price of pods on nodes of this kind; `None` if the kind is not billed by pod or has no price.
pub(super) fn price(input: &ReportInput, kind: NodeKind) -> Option<&PodPrice> {
    let provider = match kind {
        NodeKind::Fargate => Provider::Aws,
        NodeKind::Autopilot => Provider::Gcp,
        NodeKind::Machine | NodeKind::EksAutoMode | NodeKind::Virtual => return None,
    };
    input.services.get(&provider)?.pods.as_ref()
}

/// Adds the pods of one node in a snapshot that represents `hours` hours.
pub(super) fn add_pods(
    input: &ReportInput,
    snapshot: &Snapshot,
    (node, pods): (&Node, &[&Pod]),
    hours: Hours,
    books: &mut Books,
) {
    let owners = Owners::new(&snapshot.workloads);
    let Some(price) = price(input, node.machine.kind) else {
        books.nodes.line(&node.machine, MachineKey::from(&node.machine), hours, (None, None), None);
        let message =
            format!("pods are billed by size here, and there is no price for that: {} are not included", pods.len());
        books.warn(Code::NodeUnpriced, &node.name, message);
        books.add_unpriced(pods.iter().map(|pod| owners.workload(pod)), Unpriced::NODES);
        return;
    };
    if is_spot(node, pods) {
        books.add_unpriced(pods.iter().map(|pod| owners.workload(pod)), Unpriced::NODES);
        add_spot_line(books, &node.machine, hours, price);
        return;
    }
    let billed = pods.iter().filter(|pod| !is_provider_managed(node.machine.kind, &pod.namespace));
    let cost = billed
        .map(|pod| {
            let sizes = billed_size(node.machine.kind, pod).times(hours.amount());
            add_to_row(books, owners.workload(pod), price, sizes)
        })
        .sum();
    add_line(books, &node.machine, hours, price, cost);
    note_region(books, &node.machine, price);
}

/// Adds core-hours and GiB-hours of a workload to its row and returns their cost.
pub(super) fn add_to_row(books: &mut Books, id: WorkloadId, price: &PodPrice, sizes: Parts<Decimal>) -> Money {
    let cpu = Money::new(price.core_hour.amount().saturating_mul(sizes.cpu));
    let memory = Money::new(price.gib_hour.amount().saturating_mul(sizes.memory));
    let row = books.ledger.row(id);
    row.cpu = row.cpu + cpu;
    row.memory = row.memory + memory;
    cpu + memory
}

/// Adds the node line of nodes whose pods are billed; nodes of all sizes share one line.
pub(super) fn add_line(books: &mut Books, machine: &Machine, hours: Hours, price: &PodPrice, cost: Money) {
    let key = MachineKey::from(&Machine { instance_type: None, ..machine.clone() });
    books.billable.add(ResourceKind::Pod, cost);
    let line = books.nodes.line(machine, key, hours, (None, None), Some(cost));
    line.price_rule = price.note.rule();
    line.negotiated.clone_from(&price.note.negotiated);
    line.price_date = price.note.date;
    line.source.clone_from(&price.note.source);
}

/// Adds the node line of nodes that run Spot Pods. Spot Pods have their own price, which is unknown.
pub(super) fn add_spot_line(books: &mut Books, machine: &Machine, hours: Hours, price: &PodPrice) {
    let spot = Machine { instance_type: None, capacity_type: Some(CapacityType::Spot), ..machine.clone() };
    books.nodes.line(&spot, MachineKey::from(&spot), hours, (None, None), None);
    let message =
        "Spot Pods have separate, much lower prices, which are unknown: they are not included, so the total is too low";
    books.warn(Code::SpotPodsUnpriced, &price.name, message);
}

/// Whether the pods on a node are Spot Pods: Autopilot runs them on dedicated nodes, which pods select with this
/// label
/// (<https://docs.cloud.google.com/kubernetes-engine/docs/how-to/autopilot-spot-pods>). EKS does not support Fargate
/// Spot.
fn is_spot(node: &Node, pods: &[&Pod]) -> bool {
    node.machine.kind == NodeKind::Autopilot
        && (node.machine.capacity_type == Some(CapacityType::Spot) || pods.iter().any(|pod| requests_spot(pod)))
}

/// Whether the node selector or node affinity of a pod requires Autopilot Spot.
pub(super) fn requests_spot(pod: &Pod) -> bool {
    let Some(placement) = pod.placement.as_deref() else { return false };
    let by_term = |term: &NodeTerm| {
        term.labels
            .iter()
            .any(|r| r.key == GKE_SPOT_LABEL && r.operator == Operator::In && r.values.iter().all(|v| v == "true"))
    };
    let terms = &placement.node_affinity;
    placement.node_selector.get(GKE_SPOT_LABEL).is_some_and(|value| value == "true")
        || (!terms.is_empty() && terms.iter().all(by_term))
}

pub(super) fn note_region(books: &mut Books, machine: &Machine, price: &PodPrice) {
    if machine.region.as_ref().is_some_and(|region| *region != price.note.region) {
        let message = format!("{} is priced as in {}", price.name, price.note.region);
        books.inform(Code::NonNodePricesOtherRegion, &price.name, message);
    }
}

/// Whether the provider runs these pods for its own purposes and does not bill them: on Autopilot, all pods in the
/// reserved namespaces (<https://docs.cloud.google.com/kubernetes-engine/docs/concepts/autopilot-security>).
pub(super) fn is_provider_managed(kind: NodeKind, namespace: &str) -> bool {
    let googles = namespace == "kube-system" || namespace.starts_with("gke-") || namespace.starts_with("gmp-");
    kind == NodeKind::Autopilot && googles
}

/// The billed size of a pod in cores and GiB: the size that Fargate assigned, otherwise the pod's requests.
pub(super) fn billed_size(kind: NodeKind, pod: &Pod) -> Parts<Decimal> {
    let given = pod.fargate_size.as_deref().filter(|_| kind == NodeKind::Fargate).and_then(fargate_size);
    given.unwrap_or_else(|| Parts::of(&pod_requests(pod)))
}

/// Parses the Fargate size annotation of a pod, for example `0.25vCPU 0.5GB`.
fn fargate_size(text: &str) -> Option<Parts<Decimal>> {
    let (cpu, memory) = text.split_once(' ')?;
    let number = |text: &str, unit| text.trim().strip_suffix(unit)?.parse::<Decimal>().ok();
    Some(Parts { cpu: number(cpu, "vCPU")?, memory: number(memory, "GB")?, gpu: Decimal::ZERO })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fargate_sizes_are_parsed() {
        let size = fargate_size("0.25vCPU 0.5GB").unwrap();
        assert_eq!((size.cpu, size.memory), (Decimal::new(25, 2), Decimal::new(5, 1)));
        assert!(fargate_size("0.25 0.5").is_none() && fargate_size("").is_none());
    }
}
