//! What volumes cost: their size, and the operations and the throughput that are bought beside it.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::beside::{Lines, add, provider};
use super::ledger::{Ledger, Unpriced};
use super::span::Moment;
use super::{ReportInput, beside};
use crate::model::cluster::{Owners, StorageClass, Volume};
use crate::model::usage::WorkloadId;
use crate::model::{Finding, PerformancePrice, PriceNote, VolumePrice};
use crate::units::{Hours, Money};

/// Puts the volumes of a moment into the ledger, each into the rows of the workloads that mount it.
pub(super) fn volumes(
    input: &ReportInput,
    moment: &Moment<'_>,
    (ledger, lines, findings): (&mut Ledger, &mut Lines, &mut BTreeSet<Finding>),
) {
    let snapshot = moment.snapshot;
    let classes: BTreeMap<&str, &StorageClass> =
        snapshot.storage_classes.iter().map(|class| (class.name.as_str(), class)).collect();
    let owners = Owners::new(&snapshot.workloads);
    let mut mounted: BTreeMap<(&str, &str), BTreeSet<WorkloadId>> = BTreeMap::new();
    for pod in snapshot.pods.iter().filter(|pod| !pod.is_over()) {
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
        let cost = disk.charge(months, price, (lines, findings));
        let users: Vec<WorkloadId> = match &volume.claim {
            Some((namespace, claim)) => match mounted.get(&(namespace.as_str(), claim.as_str())) {
                Some(users) => users.iter().cloned().collect(),
                None => vec![beside(namespace, "PersistentVolumeClaim", claim)],
            },
            None => vec![beside("", "Cluster", "volumes without a claim")],
        };
        let storage = Unpriced { storage: cost.is_partial, ..Unpriced::default() };
        users.iter().filter(|_| cost.is_partial).for_each(|user| ledger.add_unpriced(user.clone(), storage));
        give(ledger, users, cost.known);
    }
}

/// Several workloads that share a volume pay the same each; the first what does not divide.
fn give(ledger: &mut Ledger, users: Vec<WorkloadId>, cost: Money) {
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

/// What a volume costs.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    known: Money,
    /// Whether something of it has no price.
    is_partial: bool,
}

impl Cost {
    const UNKNOWN: Self = Self { known: Money::new(Decimal::ZERO), is_partial: true };

    fn plus(self, other: Self) -> Self {
        Self { known: self.known + other.known, is_partial: self.is_partial || other.is_partial }
    }
}

/// What is bought of one volume.
struct Disk<'a> {
    /// Its storage class, or that it has none.
    class: &'a str,
    /// The provider's kind of it.
    kind: Option<String>,
    gib: Decimal,
    /// Operations per second beside the size.
    iops: Bought,
    /// Megabytes per second beside the size.
    throughput: Bought,
}

/// How much performance is bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bought {
    /// What comes with the size.
    Included,
    /// So much altogether.
    Amount(Decimal),
    /// What no storage class says, or says in a way that is not understood.
    Unknown,
}

impl<'a> Disk<'a> {
    fn of(volume: &'a Volume, class: Option<&StorageClass>) -> Self {
        let gib = Decimal::from(volume.capacity.bytes()) / Decimal::from(1_u64 << 30);
        let said = |names: &[&str]| {
            let parameters = class.into_iter().flat_map(|class| &class.parameters);
            let mut values = parameters.filter(|(key, _)| names.iter().any(|name| key.eq_ignore_ascii_case(name)));
            values.next().map(|(_, value)| value.as_str())
        };
        let bought = |names: &[&str]| said(names).map(|text| number(text).map_or(Bought::Unknown, Bought::Amount));
        // A class that is gone can have bought anything.
        let silent = if volume.class.is_some() && class.is_none() { Bought::Unknown } else { Bought::Included };
        let iops = bought(&["iops", "provisioned-iops-on-create", "DiskIOPSReadWrite"]).or_else(|| {
            let per_gib = number(said(&["iopsPerGB"])?);
            Some(per_gib.map_or(Bought::Unknown, |per_gib| Bought::Amount(per_gib.saturating_mul(gib))))
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

    /// Adds its lines.
    fn charge(
        &self,
        months: Decimal,
        price: Option<&VolumePrice>,
        (lines, findings): (&mut Lines, &mut BTreeSet<Finding>),
    ) -> Cost {
        let name = match &self.kind {
            Some(kind) => format!("volumes, {} ({kind})", self.class),
            None => format!("volumes, {}", self.class),
        };
        let gib_months = self.gib.saturating_mul(months);
        add(lines, name.clone(), "GB-month", gib_months, price.map(|p| (p.per_gb_month.amount(), &p.note)));
        let Some(price) = price else {
            let message = format!(
                "{} have no price here: they are not in the cost",
                self.kind.as_ref().map_or_else(|| "volumes of this class".to_owned(), |kind| format!("{kind} volumes"))
            );
            findings.insert(Finding::warning("volume-unpriced", self.class, message));
            return Cost::UNKNOWN;
        };
        let mut cost = Cost { known: price.per_gb_month * gib_months, is_partial: false };
        let parts =
            [("IOPS", "IOPS-month", self.iops, price.iops), ("MB/s", "MB/s-month", self.throughput, price.throughput)];
        for (what, unit, bought, each) in parts {
            let Some(each) = each else { continue };
            let part = Performance { name: &name, what, unit, bought, each, note: &price.note };
            cost = cost.plus(part.charge(self.class, months, (lines, findings)));
        }
        cost
    }
}

/// One thing that is bought beside the size, and its price.
struct Performance<'a> {
    name: &'a str,
    what: &'static str,
    unit: &'static str,
    bought: Bought,
    each: PerformancePrice,
    note: &'a PriceNote,
}

impl Performance<'_> {
    fn charge(&self, class: &str, months: Decimal, (lines, findings): (&mut Lines, &mut BTreeSet<Finding>)) -> Cost {
        let Self { name, what, unit, bought, each, note } = self;
        let included = Decimal::from(each.included);
        let above = |least: Decimal| match least.is_zero() {
            true => format!("{name}, {what}"),
            false => format!("{name}, {what} above {}", least.normalize()),
        };
        let amount = match bought {
            Bought::Amount(amount) => *amount,
            // Where the size includes nothing, something was bought, and no class says how much.
            Bought::Included if each.included > 0 => return Cost::default(),
            Bought::Included | Bought::Unknown => {
                let message =
                    format!("how many {what} were bought for its volumes is not known: they are not in the cost");
                findings.insert(Finding::warning("volume-performance-unpriced", class, message));
                add(lines, above(included), unit, Decimal::ZERO, None);
                return Cost::UNKNOWN;
            }
        };
        let end = each.priced_up_to.map_or(amount, |end| amount.min(end.into()));
        let priced = (end - included).max(Decimal::ZERO).saturating_mul(months);
        if priced > Decimal::ZERO {
            add(lines, above(included), unit, priced, Some((each.per_month.amount(), note)));
        }
        if amount > end {
            let message = format!("{what} above {} have no price here: they are not in the cost", end.normalize());
            findings.insert(Finding::warning("volume-performance-unpriced", class, message));
            add(lines, above(end), unit, (amount - end).saturating_mul(months), None);
        }
        Cost { known: each.per_month * priced, is_partial: amount > end }
    }
}

/// A parameter of a class: a number, or a quantity of Kubernetes in Mi, as Google's driver takes throughput.
fn number(text: &str) -> Option<Decimal> {
    text.trim().trim_end_matches("Mi").parse().ok().filter(|number| *number >= Decimal::ZERO)
}

/// The provider's kind of a volume: what its class says, else what its driver makes where the class says nothing
/// (<https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md>,
/// <https://github.com/kubernetes-sigs/gcp-compute-persistent-disk-csi-driver>). A disk that is kept in several zones is a
/// kind of its own, for it costs more.
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
