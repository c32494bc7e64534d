//! Prices of everything except machines: control plane, disks, load balancers, traffic, pods billed by size.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{LineKind, Negotiated, Offering, PriceGroups, PriceRule};
use crate::model::nodes::{Arch, CapacityType, Provider};
use crate::units::{Date, Money, MoneyPerHour};

/// Source of a price of something other than a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceNote {
    /// Region of the price; prices of other regions may differ.
    pub region: String,
    /// Date on which it was read; `None` if unknown.
    pub date: Option<Date>,
    /// Source that the price was read from.
    pub source: String,
    /// Whether the source was checked to state the price.
    pub confirmed: bool,
    /// The pricing-file rule that replaced the list price, if any.
    pub negotiated: Option<Negotiated>,
}

impl PriceNote {
    /// How a price with this note was determined.
    pub const fn rule(&self) -> PriceRule {
        if self.confirmed { PriceRule::List } else { PriceRule::Unconfirmed }
    }
}

/// Prices of everything that a provider bills for a cluster except machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePrices {
    /// Price of the control plane of one cluster.
    pub control_plane: ControlPlane,
    /// Price of the boot disk of one node.
    pub boot_disk: BootDisk,
    /// Price of one load balancer.
    pub load_balancer: LoadBalancer,
    /// Price of traffic between zones of a region; `None` if it is free.
    pub cross_zone: Option<CrossZone>,
    /// Prices of traffic to the internet.
    pub egress: Egress,
    /// Prices of volumes by type.
    pub volumes: Vec<VolumePrice>,
    /// Fee of EKS Auto Mode on top of the machine price.
    pub auto_mode: Option<AutoModeFee>,
    /// Price of pods that are billed by their size (Fargate, Autopilot); `None` if the provider has no such platform.
    pub pods: Option<PodPrice>,
}

impl ServicePrices {
    /// Multiplies every price of one kind of bill line. The fee of EKS Auto Mode is not scaled, because it is a share
    /// of another price.
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

    /// The notes of all prices of one kind of bill line.
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

/// Price of a volume type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumePrice {
    /// The provider's name of the volume type, as in the parameter `type` of a storage class.
    pub kind: String,
    /// Price of a GB per month.
    pub per_gb_month: Money,
    /// Price of provisioned I/O operations per second; `None` if they have no price of their own.
    pub iops: Option<PerformancePrice>,
    /// Price of provisioned throughput in megabytes per second; `None` if it has no price of its own.
    pub throughput: Option<PerformancePrice>,
    /// Source and date of the price.
    pub note: PriceNote,
}

/// Price of provisioned performance of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerformancePrice {
    /// Amount that is included in the price of the size.
    pub included: u32,
    /// Amount up to which this price applies; `None` for any amount.
    pub priced_up_to: Option<u32>,
    /// Price of one unit per month.
    pub per_month: Money,
}

/// Price of pods that are billed by their size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodPrice {
    /// Name of the bill line.
    pub name: String,
    /// Price of a vCPU per hour.
    pub core_hour: MoneyPerHour,
    /// Price of a GiB of memory per hour.
    pub gib_hour: MoneyPerHour,
    /// Source and date of the price.
    pub note: PriceNote,
}

/// Fee for machines that the provider manages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutoModeFee {
    /// Share of the machine's on-demand price, whatever its purchase option.
    pub of_on_demand: Decimal,
    /// Source and date of the price.
    pub note: PriceNote,
}

impl AutoModeFee {
    /// The fee of AWS; `None` if unknown.
    pub fn of(services: &BTreeMap<Provider, ServicePrices>) -> Option<Self> {
        services.get(&Provider::Aws)?.auto_mode.clone()
    }
}

impl PodPrice {
    /// On-demand prices of a core and a GiB in the provider's basis group, computed from the offerings of a region;
    /// `None` without offerings.
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
    /// Name of the bill line.
    pub name: String,
    /// Price of one cluster per hour.
    pub price: MoneyPerHour,
    /// The same for a Kubernetes version in extended support; `None` if that does not cost more.
    pub extended_support: Option<MoneyPerHour>,
    /// End of standard support by version.
    pub support: SupportDates,
    /// Whether the provider also has a free tier.
    pub free_tier: bool,
    /// Source and date of the price.
    pub note: PriceNote,
}

/// End of standard support of the Kubernetes versions of a managed service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportDates {
    /// The provider's name for the support period that follows.
    pub name: String,
    /// Day on which standard support ends, by minor version.
    pub ends: BTreeMap<MinorVersion, Date>,
    /// Date on which the dates were read.
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
    /// Parses a version as the API server reports it, `v1.34.1-eks-3025e55`, or its first two numbers.
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

/// The boot disk of a node, with the provider's default size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootDisk {
    /// Name of the bill line.
    pub name: String,
    /// Size in the provider's billing unit GB.
    pub size_gb: u32,
    /// Price per GB or per disk.
    pub price: DiskPrice,
    /// Source and date of the price.
    pub note: PriceNote,
}

/// How a disk is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiskPrice {
    /// Price per GB and month.
    PerGbMonth(Money),
    /// Price of the whole disk per month, however much of it is used.
    PerMonth(Money),
}

impl BootDisk {
    /// Price of one disk per month.
    pub fn per_month(&self) -> Money {
        match self.price {
            DiskPrice::PerGbMonth(gb) => Money::new(gb.amount().saturating_mul(self.size_gb.into())),
            DiskPrice::PerMonth(whole) => whole,
        }
    }
}

/// Price of a load balancer in front of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadBalancer {
    /// Name of the bill line.
    pub name: String,
    /// Price of one load balancer with one rule per hour.
    pub price: MoneyPerHour,
    /// Price of its public address per hour; `None` if it is not billed separately.
    pub public_address: Option<MoneyPerHour>,
    /// Price per GB that it processes.
    pub per_gb: Money,
    /// Source and date of the price.
    pub note: PriceNote,
}

impl LoadBalancer {
    /// Hourly price of the load balancer and its address, without traffic.
    pub fn hourly(&self) -> MoneyPerHour {
        self.price + self.public_address.unwrap_or_default()
    }
}

/// Price of traffic between two zones of a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossZone {
    /// Price per GB, billed to the sender.
    pub sent_per_gb: Money,
    /// Price per GB, billed to the receiver; `None` if only the sender is billed.
    pub received_per_gb: Option<Money>,
    /// Source and date of the price.
    pub note: PriceNote,
}

impl CrossZone {
    /// Total price of one GB that crosses a zone boundary once.
    pub fn per_gb(&self) -> Money {
        self.sent_per_gb + self.received_per_gb.unwrap_or_default()
    }
}

/// Price of traffic to the internet, in tiers by monthly volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Egress {
    /// Tiers by increasing upper bound; the last one has no bound.
    pub tiers: Vec<EgressTier>,
    /// Source and date of the price.
    pub note: PriceNote,
}

/// One tier of [`Egress`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EgressTier {
    /// Upper bound of the tier in GB per month, counted from zero.
    pub up_to_gb_month: Option<u64>,
    /// Price per GB within the tier.
    pub per_gb: Money,
}

impl Egress {
    /// Cost of a month's traffic in GB, each tier at its own price; zero for no traffic.
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
