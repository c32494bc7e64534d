//! Cost of volumes: size, provisioned IOPS and provisioned throughput.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::books::Books;
use super::ledger::{Ledger, Unpriced};
use super::services::provider;
use super::span::Moment;
use super::{ReportInput, RowKey, workload_id};
use crate::model::billed::ResourceKind;
use crate::model::cluster::{Owners, StorageClass, Volume, WorkloadId};
use crate::model::finding::Code;
use crate::model::pricing::{PerformancePrice, PriceNote, VolumePrice};
use crate::units::{Hours, Money};

/// Adds the volumes of a moment to the ledger, each to the rows of the workloads that mount it.
pub(super) fn volumes(input: &ReportInput, moment: &Moment<'_>, books: &mut Books) {
    let snapshot = moment.snapshot;
    let classes: BTreeMap<&str, &StorageClass> =
        snapshot.storage_classes.iter().map(|class| (class.name.as_str(), class)).collect();
    let owners = Owners::new(&snapshot.workloads);
    let mut mounted: BTreeMap<(&str, &str), BTreeSet<WorkloadId>> = BTreeMap::new();
    for pod in snapshot.pods.iter().filter(|pod| !pod.is_terminated()) {
        for claim in &pod.claims {
            mounted.entry((&pod.namespace, claim)).or_default().insert(owners.workload(pod));
        }
    }
    let prices = provider(snapshot).and_then(|provider| input.services.get(&provider));
    for volume in &snapshot.volumes {
        let disk = Disk::of(volume, volume.class.as_deref().and_then(|name| classes.get(name).copied()));
        let price = prices
            .zip(disk.kind.as_deref())
            .and_then(|(prices, kind)| prices.volumes.iter().find(|price| price.kind == kind));
        let months = moment.hours_since(volume.created).amount() / Hours::MONTH.amount();
        let cost = disk.charge(months, price, books);
        let users: Vec<RowKey> = match &volume.claim {
            Some((namespace, claim)) => match mounted.get(&(namespace.as_str(), claim.as_str())) {
                Some(users) => users.iter().cloned().map(RowKey::Workload).collect(),
                None => vec![workload_id(namespace, "PersistentVolumeClaim", claim).into()],
            },
            None => vec![RowKey::Unclaimed],
        };
        if cost.is_partial {
            books.add_unpriced(users.iter().cloned(), Unpriced::STORAGE);
        }
        give(&mut books.ledger, users, cost.known);
    }
}

/// Splits the cost of a volume equally between the workloads that mount it; the first one pays the rounding
/// remainder.
fn give(ledger: &mut Ledger, users: Vec<RowKey>, cost: Money) {
    let part = cost * (Decimal::ONE / Decimal::from(users.len().max(1)));
    let mut left = cost;
    for user in users.iter().skip(1) {
        left = left - part;
        let row = ledger.row(user.clone());
        row.storage = row.storage + part;
    }
    if let Some(first) = users.into_iter().next() {
        let row = ledger.row(first);
        row.storage = row.storage + left;
    }
}

/// Cost of a volume as far as prices are known.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    known: Money,
    /// Whether a part of the cost has no price.
    is_partial: bool,
}

impl Cost {
    const UNKNOWN: Self = Self { known: Money::new(Decimal::ZERO), is_partial: true };

    fn plus(self, other: Self) -> Self {
        Self { known: self.known + other.known, is_partial: self.is_partial || other.is_partial }
    }
}

/// Billed properties of one volume.
struct Disk<'a> {
    /// Name of its storage class, or `no class`.
    class: &'a str,
    /// The provider's volume type, for example `gp3`.
    kind: Option<String>,
    gib: Decimal,
    /// Provisioned IOPS.
    iops: Provisioned,
    /// Provisioned throughput in MB/s.
    throughput: Provisioned,
}

/// Amount of provisioned performance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Provisioned {
    /// Only the amount that the size includes.
    Included,
    /// Total amount, including what the size includes.
    Amount(Decimal),
    /// The storage class is unknown or has a value that cannot be parsed.
    Unknown,
}

impl<'a> Disk<'a> {
    fn of(volume: &'a Volume, class: Option<&StorageClass>) -> Self {
        let gib = volume.capacity.exact_gib();
        let said = |names: &[&str]| {
            let parameters = class.into_iter().flat_map(|class| &class.parameters);
            let mut values = parameters.filter(|(key, _)| names.iter().any(|name| key.eq_ignore_ascii_case(name)));
            values.next().map(|(_, value)| value.as_str())
        };
        let bought =
            |names: &[&str]| said(names).map(|text| number(text).map_or(Provisioned::Unknown, Provisioned::Amount));
        // If the storage class no longer exists, any performance may have been provisioned.
        let silent =
            if volume.class.is_some() && class.is_none() { Provisioned::Unknown } else { Provisioned::Included };
        let iops = bought(&["iops", "provisioned-iops-on-create", "DiskIOPSReadWrite"]).or_else(|| {
            let per_gib = number(said(&["iopsPerGB"])?);
            Some(per_gib.map_or(Provisioned::Unknown, |per_gib| Provisioned::Amount(per_gib.saturating_mul(gib))))
        });
        let throughput = bought(&["throughput", "provisioned-throughput-on-create", "DiskMBpsReadWrite"]);
        Self {
            class: volume.class.as_deref().unwrap_or("no class"),
            kind: kind(volume, class, said(&["replication-type"])),
            gib,
            iops: iops.unwrap_or(silent),
            throughput: throughput.unwrap_or(silent),
        }
    }

    /// Adds the bill lines of the volume and returns its cost.
    fn charge(&self, months: Decimal, price: Option<&VolumePrice>, books: &mut Books) -> Cost {
        let name = match &self.kind {
            Some(kind) => format!("volumes, {} ({kind})", self.class),
            None => format!("volumes, {}", self.class),
        };
        let gib_months = self.gib.saturating_mul(months);
        books.add_line(
            ResourceKind::Disk,
            name.clone(),
            "GB-month",
            gib_months,
            price.map(|p| (p.per_gb_month.amount(), &p.note)),
        );
        let Some(price) = price else {
            let message = format!(
                "{} have no price and are not included",
                self.kind.as_ref().map_or_else(|| "volumes of this class".to_owned(), |kind| format!("{kind} volumes"))
            );
            books.warn(Code::VolumeUnpriced, self.class, message);
            return Cost::UNKNOWN;
        };
        let mut cost = Cost { known: price.per_gb_month * gib_months, is_partial: false };
        let parts =
            [("IOPS", "IOPS-month", self.iops, price.iops), ("MB/s", "MB/s-month", self.throughput, price.throughput)];
        for (what, unit, bought, each) in parts {
            let Some(each) = each else { continue };
            let part = Performance { name: &name, what, unit, bought, each, note: &price.note };
            cost = cost.plus(part.charge(self.class, months, books));
        }
        cost
    }
}

/// One kind of provisioned performance and its price.
struct Performance<'a> {
    name: &'a str,
    what: &'static str,
    unit: &'static str,
    bought: Provisioned,
    each: PerformancePrice,
    note: &'a PriceNote,
}

impl Performance<'_> {
    fn charge(&self, class: &str, months: Decimal, books: &mut Books) -> Cost {
        let Self { name, what, unit, bought, each, note } = self;
        let included = Decimal::from(each.included);
        let above = |least: Decimal| match least.is_zero() {
            true => format!("{name}, {what}"),
            false => format!("{name}, {what} above {}", least.normalize()),
        };
        let amount = match bought {
            Provisioned::Amount(amount) => *amount,
            // If the size includes nothing, some amount was provisioned, but no class gives it.
            Provisioned::Included if each.included > 0 => return Cost::default(),
            Provisioned::Included | Provisioned::Unknown => {
                let message = format!("the provisioned {what} of its volumes are unknown and not included");
                books.warn(Code::VolumePerformanceUnpriced, class, message);
                books.add_line(ResourceKind::Disk, above(included), unit, Decimal::ZERO, None);
                return Cost::UNKNOWN;
            }
        };
        let end = each.priced_up_to.map_or(amount, |end| amount.min(end.into()));
        let priced = (end - included).max(Decimal::ZERO).saturating_mul(months);
        if priced > Decimal::ZERO {
            books.add_line(ResourceKind::Disk, above(included), unit, priced, Some((each.per_month.amount(), note)));
        }
        if amount > end {
            let message = format!("{what} above {} have no price and are not included", end.normalize());
            books.warn(Code::VolumePerformanceUnpriced, class, message);
            books.add_line(ResourceKind::Disk, above(end), unit, (amount - end).saturating_mul(months), None);
        }
        Cost { known: each.per_month * priced, is_partial: amount > end }
    }
}

/// Parses a storage class parameter: a number, or a Kubernetes quantity in Mi, as Google's driver uses for
/// throughput.
fn number(text: &str) -> Option<Decimal> {
    text.trim().trim_end_matches("Mi").parse().ok().filter(|number| *number >= Decimal::ZERO)
}

/// The provider's type of a volume: as given by its storage class, otherwise the default of its driver
/// (<https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md>,
/// <https://github.com/kubernetes-sigs/gcp-compute-persistent-disk-csi-driver>). A regional disk, which is replicated
/// in several zones, is a type of its own because it costs more.
fn kind(volume: &Volume, class: Option<&StorageClass>, replication: Option<&str>) -> Option<String> {
    let driver = volume.driver.as_deref().or_else(|| class.map(|class| class.provisioner.as_str()));
    let google = matches!(driver, Some("pd.csi.storage.gke.io" | "kubernetes.io/gce-pd"));
    let parameters = class.into_iter().flat_map(|class| &class.parameters);
    let names = ["type", "skuName", "storageAccountType"];
    let mut said = parameters.filter(|(key, _)| names.iter().any(|name| key.eq_ignore_ascii_case(name)));
    let kind = match (said.next(), driver) {
        (Some((_, said)), _) => said.clone(),
        (None, Some("ebs.csi.aws.com" | "ebs.csi.eks.amazonaws.com")) => "gp3".to_owned(),
        (None, Some("kubernetes.io/aws-ebs")) => "gp2".to_owned(),
        (None, _) if google => "pd-standard".to_owned(),
        (None, _) => return None,
    };
    let regional = google && (replication == Some("regional-pd") || volume.zones.len() > 1);
    Some(if regional { format!("{kind}, regional") } else { kind })
}
