//! Prices of everything that is not a machine: control plane, disks, load balancers, traffic, serverless pods.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{LineKind, Negotiated, Offering, PriceGroups, PriceRule};
use crate::model::nodes::{Arch, CapacityType, Provider};
use crate::units::{Date, Money, MoneyPerHour};

/// Where a price that is not a machine's was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceNote {
    /// The region whose price it is; other regions differ.
    pub region: String,
    /// When it was read, where the source says so.
    pub date: Option<Date>,
    /// Source that the price was read from.
    pub source: String,
    /// Whether the source states it; if not, it is from memory.
    pub confirmed: bool,
    /// What replaced the list price, where a pricing file has a rule for it.
    pub negotiated: Option<Negotiated>,
}

impl PriceNote {
    /// By what rule a price of this note is taken.
    pub const fn rule(&self) -> PriceRule {
        if self.confirmed { PriceRule::List } else { PriceRule::Unconfirmed }
    }
}

/// What a provider's clusters pay for beside machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePrices {
    /// Price of the control plane of one cluster.
    pub control_plane: ControlPlane,
    /// Price of the boot disk of one node.
    pub boot_disk: BootDisk,
    /// Price of one load balancer.
    pub load_balancer: LoadBalancer,
    /// Between the zones of a region; `None` where that is free.
    pub cross_zone: Option<CrossZone>,
    /// Prices of traffic to the internet.
    pub egress: Egress,
    /// Volumes by the provider's name of their kind.
    pub volumes: Vec<VolumePrice>,
    /// What EKS Auto Mode asks beside the price of a machine.
    pub auto_mode: Option<AutoModeFee>,
    /// Pods that are billed by their size and have no machine (Fargate, Autopilot), where there are such.
    pub pods: Option<PodPrice>,
}

impl ServicePrices {
    /// Multiplies every price of one kind of line. The fee of EKS Auto Mode stays: it is a share of another price.
    pub fn scale(&mut self, kind: LineKind, factor: Decimal) {
        let money = |price: &mut Money| *price = *price * factor;
        let hourly = |price: &mut MoneyPerHour| *price = *price * factor;
        match kind {
            LineKind::Node => {
                let pods = self.pods.iter_mut();
                pods.flat_map(|pods| [&mut pods.core_hour, &mut pods.gib_hour]).for_each(hourly);
            }
            LineKind::ControlPlane => {
                let plane = &mut self.control_plane;
                [Some(&mut plane.price), plane.extended_support.as_mut()].into_iter().flatten().for_each(hourly);
            }
            LineKind::Disk => {
                let (DiskPrice::PerGbMonth(price) | DiskPrice::PerMonth(price)) = &mut self.boot_disk.price;
                money(price);
                for volume in &mut self.volumes {
                    money(&mut volume.per_gb_month);
                    let performance = [&mut volume.iops, &mut volume.throughput].into_iter().flatten();
                    performance.for_each(|bought| money(&mut bought.per_month));
                }
            }
            LineKind::LoadBalancer => {
                let balancer = &mut self.load_balancer;
                [Some(&mut balancer.price), balancer.public_address.as_mut()].into_iter().flatten().for_each(hourly);
                money(&mut balancer.per_gb);
            }
            LineKind::Traffic => {
                if let Some(zone) = &mut self.cross_zone {
                    money(&mut zone.sent_per_gb);
                    zone.received_per_gb.iter_mut().for_each(money);
                }
                self.egress.tiers.iter_mut().for_each(|tier| money(&mut tier.per_gb));
            }
        }
    }

    /// The notes of the prices of one kind of line.
    pub fn notes_mut(&mut self, kind: LineKind) -> Vec<&mut PriceNote> {
        match kind {
            LineKind::Node => self.pods.iter_mut().map(|pods| &mut pods.note).collect(),
            LineKind::ControlPlane => vec![&mut self.control_plane.note],
            LineKind::Disk => {
                let volumes = self.volumes.iter_mut().map(|volume| &mut volume.note);
                volumes.chain([&mut self.boot_disk.note]).collect()
            }
            LineKind::LoadBalancer => vec![&mut self.load_balancer.note],
            LineKind::Traffic => {
                let zone = self.cross_zone.iter_mut().map(|zone| &mut zone.note);
                zone.chain([&mut self.egress.note]).collect()
            }
        }
    }
}

/// A volume that is billed by its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumePrice {
    /// The provider's name of its kind, as a storage class has it in its parameter `type`.
    pub kind: String,
    /// Each GB for a month.
    pub per_gb_month: Money,
    /// Input and output operations per second that are bought beside the size; `None` where there is no price of them.
    pub iops: Option<PerformancePrice>,
    /// Megabytes per second that are bought beside the size; `None` where there is no price of them.
    pub throughput: Option<PerformancePrice>,
    /// Source and date of the price.
    pub note: PriceNote,
}

/// What is bought of a disk beside its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerformancePrice {
    /// How much of it the size includes.
    pub included: u32,
    /// How much of it has this price; `None` for any amount.
    pub priced_up_to: Option<u32>,
    /// One unit for a month.
    pub per_month: Money,
}

/// A pod that is billed by its size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodPrice {
    /// What the bill calls it.
    pub name: String,
    /// One virtual CPU for an hour.
    pub core_hour: MoneyPerHour,
    /// One GiB for an hour.
    pub gib_hour: MoneyPerHour,
    /// Source and date of the price.
    pub note: PriceNote,
}

/// A fee for machines that the provider runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutoModeFee {
    /// Of the on-demand price of a machine, however it is bought.
    pub of_on_demand: Decimal,
    /// Source and date of the price.
    pub note: PriceNote,
}

impl AutoModeFee {
    /// The fee of AWS, where it is known.
    pub fn of(services: &BTreeMap<Provider, ServicePrices>) -> Option<Self> {
        services.get(&Provider::Aws)?.auto_mode.clone()
    }
}

impl PodPrice {
    /// A core and a GiB on demand in the provider's basis group, by what is sold in a region; `None` where nothing is.
    pub fn of_basis(groups: &PriceGroups, provider: Provider, region: String, sold: &[Offering]) -> Option<Self> {
        let share = groups.share_basis(provider, Arch::Amd64, sold, CapacityType::OnDemand).ok()?;
        let origin = &sold.first()?.origin;
        let date = Some(origin.date(CapacityType::OnDemand));
        let note = PriceNote {
            region,
            date,
            source: origin.dates.on_demand_source.to_string(),
            confirmed: true,
            negotiated: None,
        };
        Some(Self { name: share.group, core_hour: share.price.core_hour, gib_hour: share.price.gib_hour, note })
    }
}

/// Price of a managed control plane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ControlPlane {
    /// What the bill calls it.
    pub name: String,
    /// One cluster for an hour.
    pub price: MoneyPerHour,
    /// The same on a Kubernetes version past its standard support, where that costs more.
    pub extended_support: Option<MoneyPerHour>,
    /// How long a version is in standard support.
    pub support: SupportDates,
    /// Whether there is also a tier at no cost.
    pub free_tier: bool,
    /// Source and date of the price.
    pub note: PriceNote,
}

/// How long the versions of a managed Kubernetes are in standard support.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportDates {
    /// What the provider calls the support after it.
    pub name: String,
    /// The day on which standard support ends, by minor version.
    pub ends: BTreeMap<MinorVersion, Date>,
    /// When the dates were read.
    pub read: Date,
    /// Source of the dates.
    pub source: String,
}

/// A minor version of Kubernetes, `1.34`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MinorVersion {
    major: u32,
    minor: u32,
}

impl std::str::FromStr for MinorVersion {
    type Err = String;
    /// Of a version as a server gives it, `v1.34.1-eks-3025e55`, or of its first two numbers.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a version of Kubernetes; use for example 1.34");
        let mut numbers = text.trim_start_matches('v').split('.').map(|number| number.trim_end_matches('+').parse());
        match (numbers.next(), numbers.next()) {
            (Some(Ok(major)), Some(Ok(minor))) => Ok(Self { major, minor }),
            _ => Err(wrong()),
        }
    }
}

impl std::fmt::Display for MinorVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The disk that a node boots from, as large as the provider makes it by default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootDisk {
    /// What the bill calls it.
    pub name: String,
    /// In the GB of the bill.
    pub size_gb: u32,
    /// Price per GB or per disk.
    pub price: DiskPrice,
    /// Source and date of the price.
    pub note: PriceNote,
}

/// How a disk is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskPrice {
    /// For each GB and month.
    PerGbMonth(Money),
    /// For the whole disk and month, whatever is used of it.
    PerMonth(Money),
}

impl BootDisk {
    /// One disk for a month.
    pub fn per_month(&self) -> Money {
        match self.price {
            DiskPrice::PerGbMonth(gb) => Money::new(gb.amount().saturating_mul(self.size_gb.into())),
            DiskPrice::PerMonth(whole) => whole,
        }
    }
}

/// A balancer in front of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadBalancer {
    /// What the bill calls it.
    pub name: String,
    /// One balancer with one rule for an hour.
    pub price: MoneyPerHour,
    /// Its public address for an hour, where that is billed apart.
    pub public_address: Option<MoneyPerHour>,
    /// Each GB that passes it.
    pub per_gb: Money,
    /// Source and date of the price.
    pub note: PriceNote,
}

impl LoadBalancer {
    /// The balancer and its address for an hour, before any traffic.
    pub fn hourly(&self) -> MoneyPerHour {
        self.price + self.public_address.unwrap_or_default()
    }
}

/// Traffic between two zones of a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossZone {
    /// Each GB at the sender.
    pub sent_per_gb: Money,
    /// Each GB at the receiver, where both pay.
    pub received_per_gb: Option<Money>,
    /// Source and date of the price.
    pub note: PriceNote,
}

impl CrossZone {
    /// One GB that crosses once, both ends paid.
    pub fn per_gb(&self) -> Money {
        self.sent_per_gb + self.received_per_gb.unwrap_or_default()
    }
}

/// Traffic to the internet, cheaper by the month's volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Egress {
    /// By rising bound; the last has none.
    pub tiers: Vec<EgressTier>,
    /// Source and date of the price.
    pub note: PriceNote,
}

/// One price step of [`Egress`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EgressTier {
    /// Where the step ends, in GB per month, counted from zero.
    pub up_to_gb_month: Option<u64>,
    /// Each GB within the step.
    pub per_gb: Money,
}

impl Egress {
    /// A month's traffic of so many GB, each step at its own price; nothing for none.
    pub fn per_month(&self, gb: Decimal) -> Money {
        let mut below = Decimal::ZERO;
        let steps = self.tiers.iter().map(|tier| {
            let end = tier.up_to_gb_month.map_or(gb, |end| gb.min(end.into()));
            let within = (end - below).max(Decimal::ZERO);
            below = below.max(end);
            Money::new(tier.per_gb.amount().saturating_mul(within))
        });
        steps.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn egress_is_priced_by_tiers() {
        let money = |text: &str| Money::new(text.parse().unwrap());
        let note =
            PriceNote { region: "r".to_owned(), date: None, source: "s".to_owned(), confirmed: true, negotiated: None };
        let tier = |up_to_gb_month, price| EgressTier { up_to_gb_month, per_gb: money(price) };
        let tiers = vec![tier(Some(10), "0.09"), tier(Some(50), "0.08"), tier(None, "0.07")];
        let egress = Egress { tiers, note };
        for (gb, cost) in [("0", "0"), ("4", "0.36"), ("10", "0.9"), ("30.5", "2.54"), ("100", "7.6"), ("-1", "0")] {
            assert_eq!(egress.per_month(gb.parse().unwrap()), money(cost), "{gb}");
        }
    }
}
