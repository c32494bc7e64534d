//! Which machines of a snapshot need a price.

use std::collections::BTreeSet;

use crate::model::cluster::{Machine, Node, NodeKind, Snapshot};
use crate::model::nodes::CapacityType;
use crate::model::pricing::{MachineKey, Shape};

/// The price key of a machine, from the labels of its node.
impl From<&Machine> for MachineKey {
    fn from(machine: &Machine) -> Self {
        Self {
            provider: machine.provider,
            region: machine.region.clone(),
            instance_type: machine.instance_type.clone(),
            spot: machine.capacity_type == Some(CapacityType::Spot),
            auto_mode: machine.kind == NodeKind::EksAutoMode,
            accelerated: machine.gpu.is_some(),
            node: None,
            shape: None,
            own: machine.own_price.clone(),
            size: None,
        }
    }
}

/// The price key of a node, from its labels and its resources.
impl From<&Node> for MachineKey {
    fn from(node: &Node) -> Self {
        let gpus = node.capacity.gpus().max(node.allocatable.gpus());
        let has = if node.capacity.is_empty() { &node.allocatable } else { &node.capacity };
        Self::from(&node.machine).with(&node.name, Shape::of(has.cpu(), has.memory()), gpus)
    }
}

/// The machines of a snapshot that are billed by the hour.
pub fn machines_of(snapshot: &Snapshot) -> BTreeSet<MachineKey> {
    snapshot.nodes.iter().filter(|node| node.machine.kind.is_machine()).map(MachineKey::from).collect()
}
