//! What a cluster pays for beside nodes: control plane, volumes, load balancers.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::ledger::Ledger;
use super::pool::Parts;
use super::span::Moment;
use super::{ReportInput, beside, by_size, nodes};
use crate::model::cluster::{Owners, Snapshot, StorageClass, Volume};
use crate::model::usage::WorkloadId;
use crate::model::{Distribution, Finding, PriceNote, Provider, ServicePrices, VolumePrice};
use crate::units::{Date, Hours, Money};

/// One priced line that is no node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceLine {
    /// What is paid for.
    pub name: String,
    /// In what it is counted.
    pub unit: &'static str,
    /// How many of them in the month.
    pub quantity: Decimal,
    /// Price of one; `None` where it is not known.
    pub unit_price: Option<Decimal>,
    /// Price of all, to the cent; `None` where it is not known.
    pub cost: Option<Money>,
    /// Day of the price, where the source gives one.
    pub price_date: Option<Date>,
    /// `list`, `unconfirmed`, `unpriced`.
    pub price_rule: &'static str,
    /// Who published it; empty where nobody.
    pub source: String,
}

/// Lines by their name: a part of each snapshot is added to the same.
pub(super) type Lines = BTreeMap<String, ServiceLine>;

fn add(lines: &mut Lines, name: String, unit: &'static str, quantity: Decimal, price: Option<(Decimal, &PriceNote)>) {
    let line = lines.entry(name.clone()).or_insert_with(|| ServiceLine {
        name,
        unit,
        quantity: Decimal::ZERO,
        unit_price: price.map(|(price, _)| price),
        cost: price.map(|_| Money::default()),
        price_date: price.and_then(|(_, note)| note.date),
        price_rule: match price {
            Some((_, note)) if note.confirmed => "list",
            Some(_) => "unconfirmed",
            None => "unpriced",
        },
        source: price.map_or_else(String::new, |(_, note)| format!("{}, {}", note.source, note.region)),
    });
    line.quantity += quantity;
    if let (Some(cost), Some((price, _))) = (&mut line.cost, price) {
        *cost = *cost + Money::new(price.saturating_mul(quantity));
    }
}

/// The provider of most of the nodes.
pub(super) fn provider(snapshot: &Snapshot) -> Option<Provider> {
    let mut counts: BTreeMap<Provider, usize> = BTreeMap::new();
    for provider in snapshot.nodes.iter().filter_map(|node| node.machine.provider) {
        *counts.entry(provider).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(provider, nodes)| (*nodes, std::cmp::Reverse(*provider))).map(|(p, _)| p)
}

/// End of standard support of the versions of EKS
/// (<https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html>); later ones are not known here.
const EKS_STANDARD_SUPPORT: [(&str, &str); 7] = [
    ("1.27", "2024-07-24"),
    ("1.28", "2024-11-26"),
    ("1.29", "2025-03-23"),
    ("1.30", "2025-07-23"),
    ("1.31", "2025-11-26"),
    ("1.32", "2026-03-23"),
    ("1.33", "2026-07-29"),
];

/// The last day on which EKS asks no more for this version; `None` where it is not known to have one.
fn end_of_support(version: &str) -> Option<Date> {
    let mut numbers = version.trim_start_matches('v').split('.');
    let minor = format!("{}.{}", numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    let (_, end) = EKS_STANDARD_SUPPORT.iter().find(|(known, _)| *known == minor)?;
    end.parse().ok()
}

/// Of the hours of a moment those in which EKS asks more for this version.
fn extended_hours(version: &str, moment: &Moment<'_>) -> Hours {
    let Some(end) = end_of_support(version) else { return Hours::default() };
    let first = end.tomorrow().ok().and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC).ok());
    match (first.map(|first| first.timestamp()), moment.before) {
        (Some(first), Some(_)) => moment.hours_since(Some(first)),
        (Some(first), None) if moment.snapshot.taken_at >= first => moment.hours,
        _ => Hours::default(),
    }
}

pub(super) fn control_plane(
    input: &ReportInput,
    moment: &Moment<'_>,
    (ledger, lines, findings): (&mut Ledger, &mut Lines, &mut BTreeSet<Finding>),
) {
    let snapshot = moment.snapshot;
    let Some((provider, prices)) = provider(snapshot).and_then(|p| Some((p, input.services.get(&p)?))) else { return };
    let plane = &prices.control_plane;
    let of = snapshot.managed_by();
    if of != Some(Distribution::of(provider)) {
        let message = "no version, label or name of a node says that the provider runs the control plane: it is taken to run \
                       on the cluster's own machines, and no fee for it is in the cost";
        findings.insert(Finding::info("control-plane-own", &plane.name, message));
        return;
    }
    let version = snapshot.cluster.server_version.as_deref().unwrap_or_default();
    let dearer = plane.extended_support.map(|price| (price, extended_hours(version, moment)));
    let extended = dearer.map_or_else(Hours::default, |(_, hours)| hours);
    let plain = Hours::of(moment.hours.amount() - extended.amount());
    if plane.free_tier {
        let message =
            format!("the control plane is taken to be of the paid tier, {}; there is one at no cost", plane.name);
        findings.insert(Finding::info("control-plane-tier-assumed", &plane.name, message));
    }
    let name = &plane.name;
    let parts = [
        (format!("control plane, {name}"), plane.price, plain),
        (
            format!("control plane, {name}, extended support of {version}"),
            plane.extended_support.unwrap_or(plane.price),
            extended,
        ),
    ];
    for (name, price, hours) in parts.into_iter().filter(|(_, _, hours)| *hours > Hours::default()) {
        ledger.shared = ledger.shared + price * hours;
        add(lines, name, "hour", hours.amount(), Some((price.amount(), &plane.note)));
    }
}

/// Pods at the price of what they claim, where no node could be read: what is idle beside them is not known.
pub(super) fn pods_without_nodes(
    input: &ReportInput,
    &Moment { snapshot, hours, .. }: &Moment<'_>,
    (ledger, lines, findings): (&mut Ledger, &mut Lines, &mut BTreeSet<Finding>),
) {
    findings.extend(nodes::waiting(snapshot));
    let owners = Owners::new(&snapshot.workloads);
    let usage = nodes::Usage::new(snapshot);
    let running = snapshot.pods.iter().filter(|pod| !pod.is_over() && pod.node.is_some());
    let claims = running.map(|pod| (owners.workload(pod), usage.claim(pod).times(hours.amount())));
    claims_without_nodes(input, claims.collect(), (ledger, lines, findings));
}

/// Claims at catalogue prices.
pub(super) fn claims_without_nodes(
    input: &ReportInput,
    claims: Vec<(WorkloadId, Parts<Decimal>)>,
    (ledger, lines, findings): (&mut Ledger, &mut Lines, &mut BTreeSet<Finding>),
) {
    let Some(price) = &input.without_nodes else {
        let message = "no node was read and there is no catalogue price: pods are not in the cost; name --region, or give \
                       --prices";
        findings.insert(Finding::warning("pods-without-node", "pods", message));
        claims.into_iter().for_each(|(id, _)| ledger.add_unpriced(id));
        return;
    };
    let mut claimed = Parts::<Decimal>::default();
    for (id, claim) in claims {
        claimed = claimed.plus(claim);
        by_size::add_to_row(ledger, id, price, claim);
    }
    for (name, unit, quantity, each) in
        [("cores", "core-hour", claimed.cpu, price.core_hour), ("memory", "GiB-hour", claimed.memory, price.gib_hour)]
    {
        add(lines, format!("{name} of pods, {}", price.name), unit, quantity, Some((each.amount(), &price.note)));
    }
    let message = format!(
        "no node was read: pods are at catalogue prices, what {} costs in {}; idle, spot and accelerators are not in it, and \
         --provider and --region say whose prices hold",
        price.name, price.note.region
    );
    findings.insert(Finding::warning("pods-at-catalogue-prices", "pods", message));
}

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
        let months = moment.hours_since(volume.created).amount() / Hours::MONTH.amount();
        let class = volume.class.as_deref().and_then(|name| classes.get(name).copied());
        let kind = kind(volume, class);
        let price = prices.zip(kind.as_deref()).and_then(|(prices, kind)| volume_price(prices, kind));
        let label = volume.class.as_deref().unwrap_or("no class");
        let name = match &kind {
            Some(kind) => format!("volumes, {label} ({kind})"),
            None => format!("volumes, {label}"),
        };
        let gib = Decimal::from(volume.capacity.bytes()) / Decimal::from(1_u64 << 30);
        let quantity = gib.saturating_mul(months);
        add(lines, name, "GB-month", quantity, price.map(|p| (p.per_gb_month.amount(), &p.note)));
        let Some(price) = price else {
            let message = "volumes of this storage class have no price here: they are not in the cost";
            findings.insert(Finding::warning("volume-unpriced", label, message));
            continue;
        };
        let cost = price.per_gb_month * quantity;
        let users: Vec<WorkloadId> = match &volume.claim {
            Some((namespace, claim)) => match mounted.get(&(namespace.as_str(), claim.as_str())) {
                Some(users) => users.iter().cloned().collect(),
                None => vec![beside(namespace, "PersistentVolumeClaim", claim)],
            },
            None => vec![beside("", "Cluster", "volumes without a claim")],
        };
        // Several workloads that share a volume pay the same each; the first what does not divide.
        let part = cost * (Decimal::ONE / Decimal::from(users.len()));
        let mut left = cost;
        for user in users.iter().skip(1) {
            left = left - part;
            let row = ledger.row(user.clone());
            row.storage = row.storage + part;
        }
        if let Some(first) = users.first() {
            let row = ledger.row(first.clone());
            row.storage = row.storage + left;
        }
    }
}

/// The provider's kind of a volume: what its class says, else what its driver makes where the class says nothing
/// (<https://github.com/kubernetes-sigs/aws-ebs-csi-driver/blob/master/docs/parameters.md>,
/// <https://github.com/kubernetes-sigs/gcp-compute-persistent-disk-csi-driver>).
fn kind(volume: &Volume, class: Option<&StorageClass>) -> Option<String> {
    let parameters = class.map(|class| &class.parameters);
    let said = parameters.and_then(|parameters| parameters.get("type").or_else(|| parameters.get("skuname")));
    if let Some(said) = said {
        return Some(said.clone());
    }
    let driver = volume.driver.as_deref().or_else(|| class.map(|class| class.provisioner.as_str()))?;
    let default = match driver {
        "ebs.csi.aws.com" | "ebs.csi.eks.amazonaws.com" => "gp3",
        "kubernetes.io/aws-ebs" => "gp2",
        "pd.csi.storage.gke.io" | "kubernetes.io/gce-pd" => "pd-standard",
        _ => return None,
    };
    Some(default.to_owned())
}

fn volume_price<'a>(prices: &'a ServicePrices, kind: &str) -> Option<&'a VolumePrice> {
    prices.volumes.iter().find(|price| price.kind == kind)
}

pub(super) fn load_balancers(
    input: &ReportInput,
    moment: &Moment<'_>,
    (ledger, lines, findings): (&mut Ledger, &mut Lines, &mut BTreeSet<Finding>),
) {
    let snapshot = moment.snapshot;
    let prices = provider(snapshot).and_then(|provider| input.services.get(&provider));
    for balancer in snapshot.load_balancers.iter().filter(|balancer| balancer.has_address) {
        let hours = moment.hours_since(balancer.created);
        let Some(price) = prices.map(|prices| &prices.load_balancer) else {
            add(lines, "load balancers".to_owned(), "hour", hours.amount(), None);
            let message = "load balancers have no price here: they are not in the cost";
            findings.insert(Finding::warning("load-balancer-unpriced", "load balancers", message));
            continue;
        };
        let cost = price.hourly() * hours;
        let row = ledger.row(beside(&balancer.namespace, "Service", &balancer.name));
        row.load_balancers = row.load_balancers + cost;
        let name = format!("load balancers, {}", price.name);
        add(lines, name, "hour", hours.amount(), Some((price.hourly().amount(), &price.note)));
    }
    if !lines.is_empty() {
        let message = "traffic is not in the cost: through load balancers, between zones and to the internet";
        findings.insert(Finding::info("traffic-unpriced", "cluster", message));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::usage::Period;

    #[test]
    fn extended_support_by_version_and_day() {
        let hours = |version: &str, taken_at: &str, before: Option<(&str, &str)>| {
            let snapshot = Snapshot::new(taken_at.parse().unwrap(), crate::model::cluster::ClusterId::default());
            let before = before.map(|(start, end)| Period::new(start.parse().unwrap(), end.parse().unwrap()).unwrap());
            let hours = Hours::from_hours(744);
            extended_hours(version, &Moment { snapshot: &snapshot, hours, before }).amount().normalize().to_string()
        };
        assert_eq!(hours("v1.29.3-eks-adc7111", "2025-03-24T00:00:00Z", None), "744");
        assert_eq!(hours("v1.29.3-eks-adc7111", "2025-03-23T12:00:00Z", None), "0");
        assert_eq!(hours("v1.99.0", "2026-11-24T00:00:00Z", None), "0", "not known to be over");
        // Support of 1.33 ends with the 29th of July: of that month two days are dearer, whenever it is told.
        let july = Some(("2026-07-01T00:00:00Z", "2026-08-01T00:00:00Z"));
        assert_eq!(hours("v1.33.1-eks-1", "2026-08-01T06:00:00Z", july), "48");
    }
}
