//! The price basis of an estimate: location, prices and candidate instance types in one value.

use rust_decimal::Decimal;

use super::{Commitment, GroupPrice, Offering, PriceDates, PriceOrigin, ServicePrices, Sold};
use crate::model::finding::Finding;
use crate::model::nodes::{
    Allocatable, CapacityType, DaemonSetOverhead, Distribution, InstanceType, PodRequest, Provider,
};
use crate::units::{CpuMillis, Currency, Date, Hours, Money, MoneyPerHour};

/// An instance type that a plan may use, with its price and its allocatable capacity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Properties of the instance type.
    pub instance: InstanceType,
    /// Price of one node per hour, with the requested purchase option.
    pub price: MoneyPerHour,
    /// Table and date of the price.
    pub origin: PriceOrigin,
    /// Allocatable capacity of a node.
    pub allocatable: Allocatable,
}

/// Number of the region's instance types that were excluded, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excluded {
    /// Other CPU architecture.
    pub arch: usize,
    /// Burstable or shared-core, so that the price does not buy whole cores.
    pub burstable: usize,
    /// Previous generation, with much slower cores.
    pub previous_generation: usize,
    /// Fewer vCPUs than the distribution's node pools support.
    pub too_small: usize,
    /// With accelerators, which the services do not need.
    pub gpu: usize,
    /// Without a price for this purchase option.
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
    /// Instance types that may be used, sorted by name.
    pub candidates: Vec<Candidate>,
    /// Whether the user's price table overrides part of the catalogue.
    pub own_prices: bool,
    /// Whether the user named the candidates, instead of all general-purpose types of the region being considered.
    pub named: bool,
    /// Number of excluded types, by reason.
    pub excluded: Excluded,
    /// Prices of a core-hour and a GiB-hour in a shared cluster.
    pub share: GroupPrice,
    /// Prices of everything except nodes; `None` if unknown for the provider.
    pub services: Option<ServicePrices>,
    /// Resources that DaemonSets take on every node.
    pub daemonsets: DaemonSetOverhead,
    /// Number of hours in the priced month.
    pub hours: Hours,
    /// Currency of every amount.
    pub currency: Currency,
    /// Name of the price catalogue.
    pub catalogue: String,
    /// Dates and sources of the region's prices.
    pub prices_of: PriceDates,
    /// Commitments that its nodes use; empty where nodes that already run use them first.
    pub commitments: Vec<Commitment>,
    /// The day on which it is priced: commitments apply if their term includes it.
    pub today: Date,
    /// Whether something that is requested or billed has no price, so that the amounts are not the full bill.
    pub partial: bool,
    /// Findings about the prices: their age, and assumptions.
    pub findings: Vec<Finding>,
}

impl Basis {
    /// The smallest vCPU count of the named types; `None` if all types are considered.
    pub fn named_node_cores(&self) -> Option<u32> {
        if self.named { self.candidates.iter().map(|c| c.instance.vcpu).min() } else { None }
    }

    /// What commitments need to know about a candidate; `None` if they do not lower its price: spot, or a fixed price.
    pub fn sold(&self, candidate: &Candidate) -> Option<Sold> {
        let Candidate { instance, price, origin, .. } = candidate;
        let (instance, origin) = (instance.clone(), origin.clone());
        let offering = Offering { instance, on_demand: *price, spot: None, origin };
        (self.capacity_type == CapacityType::OnDemand).then(|| offering.sold(self.provider, &self.region)).flatten()
    }

    /// Monthly cost of the requests of `pods` pods on nodes of one type: the node price is split between cores and
    /// memory in the ratio of the share prices. The rest of the node cost is idle.
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
