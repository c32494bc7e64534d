//! Prices of a cluster's machines, found by their labels.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::caveats::{indicative_price, old_price, superseded};
use super::{
    AutoModeFee, Billed, FixedPrice, MachineKey, MachinePrice, MachinePrices, Negotiated, Offering, PriceGroups,
    PriceList, PriceRule, Rate, Shape, is_implausible, opencost_default,
};
use crate::model::finding::{Code, Finding};
use crate::model::nodes::{Arch, CapacityType, Provider};
use crate::units::{Date, MoneyPerHour};

/// The prices of all machines that have one, and the findings about them.
pub fn machine_prices(
    list: &dyn PriceList,
    groups: &PriceGroups,
    auto_mode: Option<&AutoModeFee>,
    machines: BTreeSet<MachineKey>,
    today: Date,
) -> (MachinePrices, Vec<Finding>) {
    let mut lookup = Lookup { list, groups, auto_mode, regions: BTreeMap::new(), findings: BTreeSet::new(), today };
    let prices = machines.into_iter().filter_map(|key| Some((key.clone(), lookup.price(&key)?))).collect();
    (prices, lookup.findings.into_iter().collect())
}

struct Lookup<'a> {
    list: &'a dyn PriceList,
    groups: &'a PriceGroups,
    auto_mode: Option<&'a AutoModeFee>,
    /// Offerings of each region, read once.
    regions: BTreeMap<(Provider, String), Vec<Offering>>,
    findings: BTreeSet<Finding>,
    today: Date,
}

impl Lookup<'_> {
    fn price(&mut self, key: &MachineKey) -> Option<MachinePrice> {
        let listed = match (key.instance_type.as_deref(), key.node.as_deref()) {
            (Some(name), _) => self.find(key, name),
            (None, node) => node.and_then(|node| self.list.of_node(node)),
        };
        let own = key.own.as_ref().and_then(|own| self.fixed(key, own, listed.as_ref()));
        if own.is_some() {
            return own;
        }
        let Some((provider, region, offering)) = listed else {
            let default = self.list.default_price(key.provider);
            return match default.and_then(|default| self.fixed(key, &default, None)) {
                None if key.instance_type.is_none() => self.price_of_shape(key, key.shape?),
                price => price,
            };
        };
        let name = offering.instance.name.as_str();
        let capacity_type = key.capacity_type();
        let mut lacks = None;
        let per_hour = offering.price(capacity_type).unwrap_or_else(|| {
            lacks = Some("spot");
            self.findings.insert(Finding::warning(
                Code::SpotPriceMissing,
                name,
                format!("there is no spot price in {region}: the higher on-demand price is used"),
            ));
            offering.on_demand
        });
        if key.accelerated && offering.instance.gpu_count == 0 {
            lacks = Some("accelerators");
            self.findings.insert(Finding::warning(
                Code::AcceleratorsUnpriced,
                name,
                format!(
                    "nodes of this type in {region} have accelerators, but the price is for a machine without them: accelerators are not included. \
                     Give the price with --prices FILE, in a row with gpu_count"
                ),
            ));
        }
        self.findings.extend(superseded(provider, &offering.instance, &offering.origin));
        if provider == Provider::Aws && offering.instance.is_burstable(provider) {
            self.findings.insert(Finding::info(
                Code::SurplusCreditsUnpriced,
                name,
                "charges for CPU above the baseline of a burstable type (surplus credits) are not included",
            ));
        }
        // If the spot price is unknown, the on-demand price is used.
        let bought_as = if lacks == Some("spot") { CapacityType::OnDemand } else { capacity_type };
        let date = offering.origin.date(capacity_type);
        self.findings.extend(indicative_price(&region, &offering.origin, capacity_type));
        self.findings.extend(old_price(&region, date, self.today));
        let (core_hour, gib_hour) = self.share(provider, &region, &offering);
        let sold = (capacity_type == CapacityType::OnDemand).then(|| offering.sold(provider, &region)).flatten();
        Some(MachinePrice {
            per_hour: per_hour + self.fee(key, offering.on_demand),
            on_demand: offering.on_demand,
            core_hour,
            gib_hour,
            rule: offering.origin.rule(capacity_type),
            date: Some(date),
            source: offering.origin.dates.on_demand_source.to_string(),
            lacks,
            negotiated: offering.origin.negotiated(bought_as).cloned(),
            sold,
            uncommitted: None,
        })
    }

    /// The price that a pricing file states for the node itself, in the currency of the list; `None` if it depends on
    /// an unknown size.
    fn fixed(
        &mut self,
        key: &MachineKey,
        own: &FixedPrice,
        listed: Option<&(Provider, String, Offering)>,
    ) -> Option<MachinePrice> {
        let billed = key.billed();
        let factor = self.list.currency().rate().map_or(Decimal::ONE, |rate| rate.per_usd());
        let on_demand = own.machine(billed)? * factor;
        let capacity_type = key.capacity_type();
        let list = listed.and_then(|(.., offering)| {
            let paid = offering.price(capacity_type)?;
            let negotiated = offering.origin.negotiated(capacity_type);
            let list = negotiated.map_or(Some(paid.amount()), |negotiated| negotiated.list_price(paid.amount()));
            list.map(MoneyPerHour::new)
        });
        let usual = list.or_else(|| Some(billed.as_ref()?.usual() * factor));
        if let Some(usual) = usual.filter(|usual| is_implausible(on_demand.amount(), usual.amount())) {
            self.findings.insert(Finding::warning(
                Code::PriceImplausible,
                &*own.rule,
                format!(
                    "the price is {} {currency} per hour, while machines of this size usually cost about {}: check that it is per hour and not \
                     per month, or the reverse",
                    on_demand.amount().round_dp(6).normalize(),
                    usual.amount().round_dp(4).normalize(),
                    currency = self.list.currency()
                ),
            ));
        }
        let (core_hour, gib_hour) = match (own.rate, listed) {
            (Rate::Units(rates), _) => (rates.core * factor, rates.gib * factor),
            (Rate::Machine(_), Some((provider, region, offering))) => self.share(*provider, region, offering),
            (Rate::Machine(_), None) => opencost_default(),
        };
        let gpus = billed.map_or(0, |Billed { gpus, .. }| gpus);
        let lacks = (gpus > 0 && own.lacks_accelerators()).then_some("accelerators");
        if lacks.is_some() {
            self.findings.insert(Finding::warning(
                Code::AcceleratorsUnpriced,
                &*own.rule,
                "nodes with accelerators are priced by their cores and memory only: accelerators are not included. Add usd_per_gpu_hour to the rule",
            ));
        }
        Some(MachinePrice {
            per_hour: on_demand + own.upkeep * factor + self.fee(key, on_demand),
            on_demand,
            core_hour,
            gib_hour,
            rule: PriceRule::PricingFile,
            date: None,
            source: "pricing file".to_owned(),
            lacks,
            negotiated: Some(Negotiated::fixed(&own.rule, list)),
            sold: None,
            uncommitted: None,
        })
    }

    /// Fee of EKS Auto Mode on top of the machine's price, per hour.
    fn fee(&mut self, key: &MachineKey, on_demand: MoneyPerHour) -> MoneyPerHour {
        let Some(fee) = self.auto_mode.filter(|_| key.auto_mode) else { return MoneyPerHour::default() };
        self.findings.insert(Finding::info(
            Code::EksAutoModeFee,
            "nodes",
            format!(
                "the price of EKS Auto Mode nodes includes its fee, {}% of the on-demand price ({}); AWS lists the fee by instance type",
                (fee.of_on_demand * Decimal::ONE_HUNDRED).normalize(),
                fee.note.source
            ),
        ));
        on_demand * fee.of_on_demand
    }

    /// On-demand price of this many cores and this much memory in the provider's basis group.
    fn price_of_shape(&mut self, key: &MachineKey, shape: Shape) -> Option<MachinePrice> {
        let (provider, region) = (key.provider?, key.region.as_deref()?);
        let sold = self.list.offerings(provider, region);
        let split = self.groups.share_basis(provider, Arch::Amd64, &sold, CapacityType::OnDemand).ok()?;
        let (core_hour, gib_hour) = (split.price.core_hour, split.price.gib_hour);
        let date = sold.iter().map(|offering| offering.origin.date(CapacityType::OnDemand)).max()?;
        let cores = Decimal::from(shape.cpu.millis()) / Decimal::ONE_THOUSAND;
        let on_demand = core_hour * cores + gib_hour * shape.memory_gib;
        let per_hour = on_demand + self.fee(key, on_demand);
        self.findings.insert(Finding::warning(
            Code::PriceByShape,
            format!("{} cores, {} GiB", cores.normalize(), shape.memory_gib),
            format!(
                "no label gives the instance type of nodes of this size: each is priced at {} {} per hour, the on-demand price of its cores and \
                 memory in {region} by {}, without accelerators, another architecture or spot",
                per_hour.amount().round_dp(4).normalize(),
                self.list.currency(),
                split.group
            ),
        ));
        let lacks = key.accelerated.then_some("accelerators");
        Some(MachinePrice {
            per_hour,
            on_demand,
            core_hour,
            gib_hour,
            rule: PriceRule::ByShape,
            date: Some(date),
            source: split.group,
            lacks,
            negotiated: None,
            sold: None,
            uncommitted: None,
        })
    }

    /// The provider and region that the labels state; if they are incomplete, the only ones that match them.
    fn find(&mut self, key: &MachineKey, name: &str) -> Option<(Provider, String, Offering)> {
        let providers = match key.provider {
            Some(provider) => vec![provider],
            None => Provider::ALL.to_vec(),
        };
        let mut found: Vec<(Provider, String, Offering)> = Vec::new();
        for provider in providers {
            let regions: Vec<String> = match &key.region {
                Some(region) => vec![region.clone()],
                // On-prem machines often have no region label; if the price table has only one region, it applies.
                None => self.list.regions(provider).into_iter().map(ToOwned::to_owned).collect(),
            };
            if key.region.is_none() && regions.len() != 1 {
                continue;
            }
            for region in regions {
                if let Some(offering) = self.list.find(provider, &region, name) {
                    found.push((provider, region, offering));
                }
            }
        }
        if found.len() > 1 {
            return None;
        }
        let found = found.pop()?;
        if key.provider.is_none() {
            self.findings.insert(Finding::info(
                Code::ProviderAssumed,
                name,
                format!("no label names the provider; {} offers a type of that name in {}", found.0.title(), found.1),
            ));
        }
        Some(found)
    }

    /// Prices of a core and a GiB in the type's own group, otherwise in the provider's basis group, otherwise in
    /// OpenCost's ratio.
    fn share(&mut self, provider: Provider, region: &str, offering: &Offering) -> (MoneyPerHour, MoneyPerHour) {
        let sold =
            self.regions.entry((provider, region.to_owned())).or_insert_with(|| self.list.offerings(provider, region));
        let (family, arch): (_, Arch) = (offering.instance.family(provider), offering.instance.arch);
        let own = self.groups.iter().find(|g| g.provider == provider && g.arch == arch && g.families.contains(&family));
        let on_demand = CapacityType::OnDemand;
        let split = match own {
            Some(group) => self.groups.share_price(group, sold, on_demand),
            None => self.groups.share_basis(provider, arch, sold, on_demand),
        };
        match split {
            Ok(split) => {
                self.findings.extend(split.findings);
                (split.price.core_hour, split.price.gib_hour)
            }
            Err(_) => opencost_default(),
        }
    }
}
