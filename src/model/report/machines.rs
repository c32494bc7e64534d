//! Which machines of a snapshot need a price.

use std::collections::BTreeSet;

use crate::model::cluster::{Machine, Node, NodeKind, Snapshot};
use crate::model::nodes::CapacityType;
use crate::model::pricing::MachineKey;

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
        }
    }
}

/// The price key of a node, from its labels and its number of accelerators.
impl From<&Node> for MachineKey {
    fn from(node: &Node) -> Self {
        let gpus = node.capacity.gpus().max(node.allocatable.gpus());
        Self::from(&node.machine).with(&node.name, gpus)
    }
}

/// The machines of a snapshot that are billed by the hour.
pub fn machines_of(snapshot: &Snapshot) -> BTreeSet<MachineKey> {
    snapshot.nodes.iter().filter(|node| node.machine.kind.is_machine()).map(MachineKey::from).collect()
}
