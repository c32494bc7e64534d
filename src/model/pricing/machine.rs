//! The key by which a machine's price is looked up, and the price found.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Billed, FixedPrice, Negotiated, PriceRule, Sold};
use crate::model::nodes::{CapacityType, Provider};
use crate::units::{Bytes, CpuMillis, Date, MoneyPerHour};

/// Lookup key of a machine's price: everything that the node's labels state.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachineKey {
    /// Cloud provider of the machine.
    pub provider: Option<Provider>,
    /// Region of the machine.
    pub region: Option<String>,
    /// The provider's name of its type.
    pub instance_type: Option<String>,
    /// Whether it is a spot machine; on-demand is assumed if no label states the purchase option.
    pub spot: bool,
    /// Whether EKS Auto Mode manages it, for a fee.
    pub auto_mode: bool,
    /// Whether it has accelerators, according to its labels or its capacity: the price may be of a type without any.
    pub accelerated: bool,
    /// Name of the node if no label states its type: a row of the user's price table may apply to this node alone.
    pub node: Option<String>,
    /// Size of a deleted machine whose type no label stated; its price is computed from this size.
    pub shape: Option<Shape>,
    /// The price that a pricing file states for this node by its name or a label.
    pub own: Option<Arc<FixedPrice>>,
    /// Its size and the number of its accelerators; `None` if unknown.
    pub size: Option<(Shape, u64)>,
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
    /// The size of a node. Memory is rounded up to whole GiB, because kernel and firmware keep a part of the last one.
    pub fn of(cpu: CpuMillis, memory: Bytes) -> Self {
        Self { cpu, memory_gib: memory.bytes().div_ceil(1 << 30) }
    }
}

impl MachineKey {
    /// The same key with the node's name, its size and the number of its accelerators.
    #[must_use]
    pub fn with(self, node: &str, shape: Shape, gpus: u64) -> Self {
        let node = self.instance_type.is_none().then(|| node.to_owned());
        let size = (shape.cpu > CpuMillis::default()).then_some((shape, gpus));
        Self { accelerated: self.accelerated || gpus > 0, node, size, ..self }
    }

    /// The resources that unit rates are multiplied by; `None` if unknown.
    pub fn billed(&self) -> Option<Billed> {
        self.size.map(|(shape, gpus)| Billed::of(shape, gpus))
    }

    /// The same key without the name and the size of the node: identical nodes with the same price share one bill line.
    #[must_use]
    pub fn of_line(self) -> Self {
        Self { accelerated: false, node: None, size: None, ..self }
    }

    /// Purchase option of the machine.
    pub const fn capacity_type(&self) -> CapacityType {
        if self.spot { CapacityType::Spot } else { CapacityType::OnDemand }
    }
}

/// The price of one machine and its split into cores and memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachinePrice {
    /// Price of the machine per hour, with its purchase option.
    pub per_hour: MoneyPerHour,
    /// On-demand price of the machine per hour, which the core and GiB prices are shares of.
    pub on_demand: MoneyPerHour,
    /// Price of a core-hour in its price group.
    pub core_hour: MoneyPerHour,
    /// Price of a GiB-hour in its price group.
    pub gib_hour: MoneyPerHour,
    /// How the price was determined.
    pub rule: PriceRule,
    /// Date of the price; `None` for one of a pricing file, which states no date.
    pub date: Option<Date>,
    /// Source of the price.
    pub source: String,
    /// What the machine has but the price does not include: `accelerators`, or `spot` if the on-demand price replaces
    /// an unknown spot price.
    pub lacks: Option<&'static str>,
    /// The pricing-file rule that replaced the list price, if any.
    pub negotiated: Option<Negotiated>,
    /// What commitments need to know; `None` for spot machines and for those with a price of their own.
    pub sold: Option<Sold>,
    /// Price per hour without commitments, if they make it lower.
    pub uncommitted: Option<MoneyPerHour>,
}

/// Prices of the cluster's machines; machines without a price are absent.
pub type MachinePrices = BTreeMap<MachineKey, MachinePrice>;
