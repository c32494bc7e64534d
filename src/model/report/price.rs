use std::collections::{BTreeMap, BTreeSet};

use crate::model::cluster::{Machine, Node, NodeKind, Snapshot};
use crate::model::{CapacityType, Provider};
use crate::units::{Bytes, CpuMillis, Date, MoneyPerHour};

/// What a machine's price is looked up by: what its labels say, whatever that is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachineKey {
    /// Whose.
    pub provider: Option<Provider>,
    /// Where.
    pub region: Option<String>,
    /// The provider's name of its type.
    pub instance_type: Option<String>,
    /// How it is bought; on-demand where no label says it.
    pub spot: bool,
    /// Whether EKS Auto Mode runs it, for a fee.
    pub auto_mode: bool,
    /// Whether it has accelerators, by its labels or by what it offers: a price may be of a machine without.
    pub accelerated: bool,
    /// Its own name, where no label says the type: a row of the user's table can be of it alone.
    pub node: Option<String>,
    /// What a machine had that is gone and of which no label said the type: its shape has to stand for it.
    pub shape: Option<Shape>,
}

/// The size of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shape {
    /// Its cores.
    pub cpu: CpuMillis,
    /// Its memory in GiB.
    pub memory_gib: u64,
}

impl Shape {
    /// What a node has of cores and memory; the kernel and the firmware keep a part of the last GiB for themselves.
    pub fn of(cpu: CpuMillis, memory: Bytes) -> Self {
        Self { cpu, memory_gib: memory.bytes().div_ceil(1 << 30) }
    }
}

impl MachineKey {
    /// Of a node's labels.
    pub fn of(machine: &Machine) -> Self {
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

    /// Of a node with what it has.
    pub fn of_node(node: &Node) -> Self {
        let gpus = node.capacity.gpus().max(node.allocatable.gpus());
        Self::of(&node.machine).with(&node.name, gpus)
    }

    /// The same with the node's name and the number of its accelerators.
    #[must_use]
    pub fn with(self, node: &str, gpus: u64) -> Self {
        let node = self.instance_type.is_none().then(|| node.to_owned());
        Self { accelerated: self.accelerated || gpus > 0, node, ..self }
    }

    /// What a line of the bill is about: nodes alike at one price are one line, whatever they are called.
    #[must_use]
    pub fn of_line(self) -> Self {
        Self { accelerated: false, node: None, ..self }
    }

    /// How it is bought.
    pub const fn capacity_type(&self) -> CapacityType {
        if self.spot { CapacityType::Spot } else { CapacityType::OnDemand }
    }
}

/// The price of one machine and how it is split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachinePrice {
    /// One for an hour, bought as it is.
    pub per_hour: MoneyPerHour,
    /// One for an hour on demand, of which core and GiB are shares.
    pub on_demand: MoneyPerHour,
    /// A core-hour of its price group.
    pub core_hour: MoneyPerHour,
    /// A GiB-hour of its price group.
    pub gib_hour: MoneyPerHour,
    /// What kind of price it is: `list`, `indicative`, `own-table`, `by-shape`.
    pub rule: &'static str,
    /// Day of the price.
    pub date: Date,
    /// Who published it.
    pub source: String,
    /// What it is not the price of, though the machine has it: `accelerators`, or `spot` where the on-demand price stands
    /// for one that is not known.
    pub lacks: Option<&'static str>,
}

/// The machines of a cluster that have a price.
pub type MachinePrices = BTreeMap<MachineKey, MachinePrice>;

/// The machines of a snapshot that are bought by the hour.
pub fn machines_of(snapshot: &Snapshot) -> BTreeSet<MachineKey> {
    snapshot.nodes.iter().filter(|node| node.machine.kind.is_machine()).map(MachineKey::of_node).collect()
}
