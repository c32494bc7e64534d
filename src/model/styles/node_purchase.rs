//! Purchase option and architecture of the nodes of a service, and the price of equal nodes with the other
//! architecture.

use rust_decimal::Decimal;

use crate::model::cluster::Node;
use crate::model::nodes::{Arch, CapacityType};
use crate::model::pricing::Candidate;
use crate::units::Money;

/// Purchase option and architecture of nodes. A pod may move between nodes with the same values without a decision,
/// as in consolidation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodePurchase {
    /// On demand or spot.
    pub capacity_type: CapacityType,
    /// CPU architecture.
    pub arch: Arch,
}

impl NodePurchase {
    /// From the labels of a node; on demand and x86-64 without labels.
    pub fn of(node: &Node) -> Self {
        Self {
            capacity_type: node.machine.capacity_type.unwrap_or(CapacityType::OnDemand),
            arch: node.machine.arch.unwrap_or(Arch::Amd64),
        }
    }
}

/// Price of nodes of the same size and purchase option with the other architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherPrice {
    /// The other architecture.
    pub arch: Arch,
    /// Price there ÷ price of the current nodes; below one.
    pub ratio: Decimal,
    /// Names of the equivalent instance types, sorted, without duplicates.
    pub types: Vec<String>,
}

/// The right-sized service on nodes with the other architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherArchitecture {
    /// The other architecture.
    pub arch: Arch,
    /// Cost of its requests there per month.
    pub share_cost: Money,
    /// Names of the equivalent instance types.
    pub types: Vec<String>,
}

impl OtherArchitecture {
    /// Condition of the move, as the continuation of `only if`.
    pub const CONDITION: &'static str =
        "its image is built for that architecture and a vCPU there does as much of its work";

    /// From the cost on the current nodes.
    pub fn of(price: &OtherPrice, share_cost: Money) -> Self {
        Self { arch: price.arch, share_cost: share_cost * price.ratio, types: price.types.clone() }
    }
}

impl OtherPrice {
    /// From the cluster's types, each with its number of nodes, and the types offered with the other architecture:
    /// the equivalent of a type is the cheapest one with the same number of vCPUs and at least as much memory. `None`
    /// if a type has no equivalent, if the prices come from different tables (a negotiated price is not comparable
    /// with a list price), or if it is not cheaper.
    pub fn of(own: &[(&Candidate, u64)], others: &[Candidate]) -> Option<Self> {
        let (mut now, mut then) = (Decimal::ZERO, Decimal::ZERO);
        let mut types = Vec::new();
        for (candidate, nodes) in own {
            let shape = &candidate.instance;
            let alike = |other: &&Candidate| {
                other.instance.vcpu == shape.vcpu
                    && other.instance.memory >= shape.memory
                    && other.instance.arch != shape.arch
                    && other.origin.table == candidate.origin.table
            };
            let other = others.iter().filter(alike).min_by_key(|other| (other.price, &other.instance.name))?;
            now += candidate.price.amount() * Decimal::from(*nodes);
            then += other.price.amount() * Decimal::from(*nodes);
            types.push(other.instance.name.clone());
        }
        types.sort();
        types.dedup();
        let ratio = then.checked_div(now)?.round_dp(9);
        let arch = others.first()?.instance.arch;
        (ratio < Decimal::ONE).then_some(Self { arch, ratio, types })
    }
}
