//! What a cluster pays for beside nodes: pods where no node is read, and load balancers.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::ledger::{Ledger, Unpriced};
use super::pool::Parts;
use super::span::Moment;
use super::{ReportInput, beside, by_size, nodes};
use crate::model::cluster::{Owners, Snapshot};
use crate::model::usage::WorkloadId;
use crate::model::{Finding, PriceNote, Provider};
use crate::units::{Date, Money};

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

/// Adds so many of something; `price` is that of one, `None` where it is not known.
pub(super) fn add(
    lines: &mut Lines,
    name: String,
    unit: &'static str,
    quantity: Decimal,
    price: Option<(Decimal, &PriceNote)>,
) {
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
        let nodes = Unpriced { nodes: true, ..Unpriced::default() };
        claims.into_iter().for_each(|(id, _)| ledger.add_unpriced(id, nodes));
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
            let unpriced = Unpriced { load_balancers: true, ..Unpriced::default() };
            ledger.add_unpriced(beside(&balancer.namespace, "Service", &balancer.name), unpriced);
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
