//! What a machine's price is looked up by, and what it then costs.

use std::collections::BTreeMap;

use super::{Negotiated, PriceRule};
use crate::model::nodes::{CapacityType, Provider};
use crate::units::{Bytes, CpuMillis, Date, MoneyPerHour};

/// What a machine's price is looked up by: what its labels say, whatever that is.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachineKey {
    /// Cloud provider of the machine.
    pub provider: Option<Provider>,
    /// Region of the machine.
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
    /// CPU capacity in millicores.
    pub cpu: CpuMillis,
    /// Memory capacity, rounded to GiB.
    pub memory_gib: u64,
}

impl Shape {
    /// What a node has of cores and memory; the kernel and the firmware keep a part of the last GiB for themselves.
    pub fn of(cpu: CpuMillis, memory: Bytes) -> Self {
        Self { cpu, memory_gib: memory.bytes().div_ceil(1 << 30) }
    }
}

impl MachineKey {
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

    /// Purchase option of the machine.
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
    /// By what rule the price was taken.
    pub rule: PriceRule,
    /// Date of the price.
    pub date: Date,
    /// Source of the price.
    pub source: String,
    /// What it is not the price of, though the machine has it: `accelerators`, or `spot` where the on-demand price stands
    /// for one that is not known.
    pub lacks: Option<&'static str>,
    /// What replaced the list price, where a pricing file has a rule for it.
    pub negotiated: Option<Negotiated>,
}

/// The machines of a cluster that have a price.
pub type MachinePrices = BTreeMap<MachineKey, MachinePrice>;
