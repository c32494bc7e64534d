//! Where pods run and what that costs: everything about prices that a plan needs, as one value.

use rust_decimal::Decimal;

use super::{GroupPrice, PriceDates, PriceOrigin, ServicePrices};
use crate::model::finding::Finding;
use crate::model::nodes::{
    Allocatable, CapacityType, DaemonSetOverhead, Distribution, InstanceType, PodRequest, Provider,
};
use crate::units::{CpuMillis, Currency, Hours, Money, MoneyPerHour};

/// An instance type that may be used, with what it costs and what it offers to pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Shape of the instance type.
    pub instance: InstanceType,
    /// Price of one for an hour, in the capacity type asked for.
    pub price: MoneyPerHour,
    /// Where that price was read.
    pub origin: PriceOrigin,
    /// What the node offers to pods.
    pub allocatable: Allocatable,
}

/// Offerings of the region that were not considered, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excluded {
    /// Types with another CPU architecture.
    pub arch: usize,
    /// Burstable or shared-core: their price does not buy a whole core.
    pub burstable: usize,
    /// Of a generation that the provider no longer recommends: their cores are far slower.
    pub previous_generation: usize,
    /// Smaller than the distribution's node pools take.
    pub too_small: usize,
    /// With accelerators, which this workload does not ask for.
    pub gpu: usize,
    /// Without a price in this capacity type.
    pub unpriced: usize,
}

/// The price basis of an estimate.
#[derive(Clone, Debug, PartialEq)]
pub struct Basis {
    /// Cloud provider of the prices.
    pub provider: Provider,
    /// Region of the prices.
    pub region: String,
    /// Purchase option of the nodes.
    pub capacity_type: CapacityType,
    /// Distribution whose reservation formulas apply.
    pub distribution: Distribution,
    /// Usable types, sorted by name.
    pub candidates: Vec<Candidate>,
    /// Whether a table of the reader's own is laid over the catalogue.
    pub own_prices: bool,
    /// Whether they were named, and not every general type of the region.
    pub named: bool,
    /// Number of types that were excluded, by reason.
    pub excluded: Excluded,
    /// Price of a core-hour and a GiB-hour.
    pub share: GroupPrice,
    /// Prices of what is not a node, where the provider has them.
    pub services: Option<ServicePrices>,
    /// What every node gives away.
    pub daemonsets: DaemonSetOverhead,
    /// Hours in the month that is priced.
    pub hours: Hours,
    /// The currency of every amount.
    pub currency: Currency,
    /// Name of the price catalogue.
    pub catalogue: String,
    /// How old the region's prices are and where they are from.
    pub prices_of: PriceDates,
    /// Whether something that is asked for or paid for has no price here, so that the amounts are not the whole bill.
    pub partial: bool,
    /// What a reader of any amount must know: the age of prices, what was assumed.
    pub findings: Vec<Finding>,
}

impl Basis {
    /// The fewest cores of the types that were named; unknown where the plan chooses among all.
    pub fn named_node_cores(&self) -> Option<u32> {
        if self.named { self.candidates.iter().map(|c| c.instance.vcpu).min() } else { None }
    }

    /// What the requests of so many pods cost on nodes of one type, for the month: the node's price split between cores and
    /// memory in the ratio of the share price. The rest of the node is idle.
    pub fn requested_cost(&self, candidate: &Candidate, pod: &PodRequest, pods: Decimal) -> Money {
        let share = &self.share.price;
        let whole = share.cost_per_hour(CpuMillis::from_cores(candidate.instance.vcpu), candidate.instance.memory);
        let requested = share.cost_per_hour(pod.cpu, pod.memory) * pods;
        match requested.amount().checked_div(whole.amount()) {
            Some(nodes) => candidate.price * nodes * self.hours,
            None => Money::default(),
        }
    }
}
