//! Regions, instance types and price groups as `capmodel/prices/v1`.

use super::convert::exact;
use crate::model::nodes::CapacityType;
use crate::model::pricing::{Offering, ShareRule, SpotBasis, superseded};
use crate::outputs::{GroupListing, PriceListing, RegionListing, TypeListing};
use crate::schema::prices::{InstancePrice, PriceEntry, PriceGroup, PriceRegion, Prices, PricesSchema};

pub(in crate::outputs) fn document(listing: &PriceListing) -> Prices {
    match listing {
        PriceListing::Regions(regions) => Prices::Regions(entries(regions)),
        PriceListing::Types(types) => Prices::Types(entries(types)),
        PriceListing::Groups(groups) => Prices::Groups(entries(groups)),
        PriceListing::One(listing) => Prices::Type(Box::new(entry(&**listing))),
    }
}

fn entries<'a, A: 'a, B: From<&'a A>>(listings: &'a [A]) -> Vec<PriceEntry<B>> {
    listings.iter().map(entry).collect()
}

fn entry<'a, A, B: From<&'a A>>(listing: &'a A) -> PriceEntry<B> {
    PriceEntry { schema: PricesSchema::V1, entry: B::from(listing) }
}

impl From<&RegionListing> for PriceRegion {
    fn from(listing: &RegionListing) -> Self {
        let (spot_basis, spot_price_date) = spot(&listing.dates.spot);
        Self {
            provider: listing.provider.name().to_owned(),
            region: listing.region.clone(),
            instance_types: listing.types,
            with_spot_price: listing.spot,
            price_date: listing.dates.on_demand_date.to_string(),
            source: listing.dates.on_demand_source.to_string(),
            spot_basis: spot_basis.to_owned(),
            spot_price_date,
        }
    }
}

impl From<&GroupListing> for PriceGroup {
    fn from(listing: &GroupListing) -> Self {
        let share = &listing.price.price;
        let borrowed_from = match &share.rule {
            ShareRule::Fitted => None,
            ShareRule::Borrowed { from } => Some(from.clone()),
        };
        let text = |price: crate::units::MoneyPerHour| exact(price.amount());
        Self {
            group: listing.price.group.clone(),
            arch: listing.arch.to_string(),
            share_basis: listing.basis,
            machines: share.rows,
            core_hour: text(share.core_hour),
            gib_hour: text(share.gib_hour),
            core_gib_ratio: share.core_hour.ratio(share.gib_hour),
            max_residual: share.max_residual,
            rule: share.rule.name().to_owned(),
            borrowed_from,
            currency: "USD".to_owned(),
        }
    }
}

fn spot(basis: &SpotBasis) -> (&'static str, Option<String>) {
    match basis {
        SpotBasis::List { date } => ("list", Some(date.to_string())),
        SpotBasis::Derived { date } => ("indicative", Some(date.to_string())),
        SpotBasis::None => ("none", None),
    }
}

impl From<&TypeListing> for InstancePrice {
    fn from(listing: &TypeListing) -> Self {
        let Offering { instance, on_demand, spot: spot_price, origin } = &listing.offering;
        let (spot_price_rule, spot_price_date) = match spot_price {
            Some(_) => spot(&origin.dates.spot),
            None => ("none", None),
        };
        Self {
            provider: listing.provider.name().to_owned(),
            region: listing.region.clone(),
            instance_type: instance.name.clone(),
            arch: instance.arch.to_string(),
            vcpu: instance.vcpu,
            memory_bytes: instance.memory.bytes(),
            gpu_count: instance.gpu_count,
            gpu_name: instance.gpu_name.clone(),
            distribution: listing.distribution.to_string(),
            allocatable_cpu_millis: listing.allocatable.cpu.millis(),
            allocatable_memory_bytes: listing.allocatable.memory_estimate.bytes(),
            allocatable_memory_low_bytes: listing.allocatable.memory.bytes(),
            max_pods: listing.allocatable.max_pods,
            price_per_hour: exact(on_demand.amount()),
            currency: "USD".to_owned(),
            price_date: origin.dates.on_demand_date.to_string(),
            price_rule: origin.rule(CapacityType::OnDemand).name().to_owned(),
            source: origin.dates.on_demand_source.to_string(),
            spot_price_per_hour: spot_price.map(|price| exact(price.amount())),
            spot_price_rule: spot_price_rule.to_owned(),
            spot_price_date,
            price_warning: superseded(listing.provider, instance, origin).map(|finding| finding.message),
            list_price_per_hour: origin
                .negotiated
                .as_ref()
                .and_then(|negotiated| negotiated.list_price(on_demand.amount()))
                .map(exact),
            pricing_rule: origin.negotiated.as_ref().map(|negotiated| negotiated.rule.to_string()),
        }
    }
}
