//! What a cluster's machines cost: labels → prices.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::basis::OLD_AFTER_DAYS;
use crate::inputs::prices::PriceBook;
use crate::model::report::{MachineKey, MachinePrice, MachinePrices, Shape};
use crate::model::{
    Arch, AutoModeFee, CapacityType, Finding, Offering, PriceGroups, PriceTable, Provider, ServicePrices, SpotBasis,
    opencost_default, superseded,
};
use crate::units::{Date, MoneyPerHour};

/// The price of every machine that has one, and what a reader must know about them.
pub(super) fn machine_prices(
    book: &PriceBook,
    groups: &PriceGroups,
    auto_mode: Option<&AutoModeFee>,
    machines: BTreeSet<MachineKey>,
    today: Date,
) -> (MachinePrices, Vec<Finding>) {
    let mut lookup = Lookup { book, groups, auto_mode, regions: BTreeMap::new(), findings: BTreeSet::new(), today };
    let prices = machines.into_iter().filter_map(|key| Some((key.clone(), lookup.price(&key)?))).collect();
    (prices, lookup.findings.into_iter().collect())
}

/// What EKS Auto Mode asks.
pub(super) fn auto_mode_fee(services: &BTreeMap<Provider, ServicePrices>) -> Option<AutoModeFee> {
    services.get(&Provider::Aws)?.auto_mode.clone()
}

struct Lookup<'a> {
    book: &'a PriceBook,
    groups: &'a PriceGroups,
    auto_mode: Option<&'a AutoModeFee>,
    /// What a region sells, read once.
    regions: BTreeMap<(Provider, String), Vec<Offering>>,
    findings: BTreeSet<Finding>,
    today: Date,
}

impl Lookup<'_> {
    fn price(&mut self, key: &MachineKey) -> Option<MachinePrice> {
        let (provider, region, offering) = match (key.instance_type.as_deref(), key.node.as_deref()) {
            (Some(name), _) => self.find(key, name)?,
            (None, node) => match node.and_then(|node| self.book.of_node(node)) {
                Some(own) => own,
                None => return self.price_of_shape(key, key.shape?),
            },
        };
        let name = offering.instance.name.as_str();
        let capacity_type = key.capacity_type();
        let mut lacks = None;
        let per_hour = offering.price(capacity_type).unwrap_or_else(|| {
            lacks = Some("spot");
            self.findings.insert(Finding::warning(
                "spot-price-missing",
                name,
                format!("no spot price is known in {region}: the on-demand price is used, which is above it"),
            ));
            offering.on_demand
        });
        if key.accelerated && offering.instance.gpu_count == 0 {
            lacks = Some("accelerators");
            self.findings.insert(Finding::warning(
                "accelerators-unpriced",
                name,
                format!(
                    "nodes of this type in {region} have accelerators, and its price is that of a machine without: they are not in \
                     the cost; give the price of both with --prices FILE, in a row with their gpu_count"
                ),
            ));
        }
        self.findings.extend(superseded(provider, &offering.instance, &offering.origin));
        if provider == Provider::Aws && offering.instance.is_burstable(provider) {
            self.findings.insert(Finding::info(
                "surplus-credits",
                name,
                "what AWS bills for CPU above the baseline of a burstable type (surplus credits) is not in the cost",
            ));
        }
        if let (CapacityType::Spot, SpotBasis::Derived { date }, PriceTable::Catalogue) =
            (capacity_type, offering.origin.dates.spot, offering.origin.table)
        {
            self.findings.insert(Finding::warning(
                "spot-price-indicative",
                &region,
                format!(
                    "spot prices are on-demand prices less an average saving of {date} in whole percent: indicative"
                ),
            ));
        }
        let date = offering.origin.date(capacity_type);
        if (self.today - date).get_days() > OLD_AFTER_DAYS {
            self.findings.insert(Finding::warning(
                "price-age",
                &region,
                format!("prices are of {date}, over a year old: check them against a bill, or lay your own over them with --prices"),
            ));
        }
        let (core_hour, gib_hour) = self.share(provider, &region, &offering);
        Some(MachinePrice {
            per_hour: per_hour + self.fee(key, offering.on_demand),
            on_demand: offering.on_demand,
            core_hour,
            gib_hour,
            rule: offering.origin.rule(capacity_type),
            date,
            source: offering.origin.dates.on_demand_source.to_string(),
            lacks,
        })
    }

    /// What EKS Auto Mode asks for a machine beside its price.
    fn fee(&mut self, key: &MachineKey, on_demand: MoneyPerHour) -> MoneyPerHour {
        let Some(fee) = self.auto_mode.filter(|_| key.auto_mode) else { return MoneyPerHour::default() };
        self.findings.insert(Finding::info(
            "auto-mode-fee",
            "nodes",
            format!(
                "nodes of EKS Auto Mode have its fee in their price, {} % of the on-demand price ({}): AWS lists it by type",
                (fee.of_on_demand * Decimal::ONE_HUNDRED).normalize(),
                fee.note.source
            ),
        ));
        on_demand * fee.of_on_demand
    }

    /// What cores and memory of this size cost in the provider's basis group, on demand.
    fn price_of_shape(&mut self, key: &MachineKey, shape: Shape) -> Option<MachinePrice> {
        let (provider, region) = (key.provider?, key.region.as_deref()?);
        let sold = self.book.offerings(provider, region).ok()?;
        let split = self.groups.share_basis(provider, Arch::Amd64, &sold, CapacityType::OnDemand).ok()?;
        let (core_hour, gib_hour) = (split.price.core_hour, split.price.gib_hour);
        let date = sold.iter().map(|offering| offering.origin.date(CapacityType::OnDemand)).max()?;
        let cores = Decimal::from(shape.cpu.millis()) / Decimal::ONE_THOUSAND;
        let on_demand = core_hour * cores + gib_hour * shape.memory_gib;
        let per_hour = on_demand + self.fee(key, on_demand);
        self.findings.insert(Finding::warning(
            "price-by-shape",
            format!("{} cores, {} GiB", cores.normalize(), shape.memory_gib),
            format!(
                "no label says the type of nodes of this size: each is priced at {} USD an hour, what its cores and memory \
                 cost on demand in {region} by {}; what accelerators, another architecture or spot change is not in it",
                per_hour.amount().round_dp(4).normalize(),
                split.group
            ),
        ));
        let lacks = key.accelerated.then_some("accelerators");
        Some(MachinePrice {
            per_hour,
            on_demand,
            core_hour,
            gib_hour,
            rule: "by-shape",
            date,
            source: split.group,
            lacks,
        })
    }

    /// The provider and region of the labels, or the only ones that fit what the labels leave open.
    fn find(&mut self, key: &MachineKey, name: &str) -> Option<(Provider, String, Offering)> {
        let providers = match key.provider {
            Some(provider) => vec![provider],
            None => Provider::ALL.to_vec(),
        };
        let mut found: Vec<(Provider, String, Offering)> = Vec::new();
        for provider in providers {
            let regions: Vec<String> = match &key.region {
                Some(region) => vec![region.clone()],
                // One's own machines often have no region; where the table has but one, it is that.
                None => self.book.regions(provider).into_iter().map(ToOwned::to_owned).collect(),
            };
            if key.region.is_none() && regions.len() != 1 {
                continue;
            }
            for region in regions {
                if let Ok(offering) = self.book.find(provider, &region, name) {
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
                "provider-assumed",
                name,
                format!(
                    "no label says whose machine it is; {} sells a type of that name in {}",
                    found.0.title(),
                    found.1
                ),
            ));
        }
        Some(found)
    }

    /// A core and a GiB at the price of the type's own group, else of the provider's basis, else in OpenCost's ratio.
    fn share(&mut self, provider: Provider, region: &str, offering: &Offering) -> (MoneyPerHour, MoneyPerHour) {
        let sold = self
            .regions
            .entry((provider, region.to_owned()))
            .or_insert_with(|| self.book.offerings(provider, region).unwrap_or_default());
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
