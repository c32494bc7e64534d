//! Costs other than nodes: load balancers, and pods if no node can be read.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::books::Books;
use super::ledger::Unpriced;
use super::pool::Parts;
use super::span::Moment;
use super::{ReportInput, nodes, serverless, workload_id};
use crate::model::billed::ResourceKind;
use crate::model::cluster::{Owners, Snapshot, WorkloadId};
use crate::model::finding::Code;
use crate::model::nodes::Provider;

/// The provider of most nodes.
pub(super) fn provider(snapshot: &Snapshot) -> Option<Provider> {
    let mut counts: BTreeMap<Provider, usize> = BTreeMap::new();
    for provider in snapshot.nodes.iter().filter_map(|node| node.machine.provider) {
        *counts.entry(provider).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(provider, nodes)| (*nodes, std::cmp::Reverse(*provider))).map(|(p, _)| p)
}

/// Prices pods by the larger of request and usage if no node could be read; idle cost is then unknown.
pub(super) fn pods_without_nodes(input: &ReportInput, &Moment { snapshot, hours, .. }: &Moment<'_>, books: &mut Books) {
    books.findings.extend(nodes::waiting(snapshot));
    let owners = Owners::new(&snapshot.workloads);
    let usage = nodes::Usage::new(snapshot);
    let running = snapshot.pods.iter().filter(|pod| !pod.is_terminated() && pod.node.is_some());
    let claims = running.map(|pod| (owners.workload(pod), usage.claim(pod).times(hours.amount())));
    claims_without_nodes(input, claims.collect(), books);
}

/// Cost of claims at catalogue prices, if nodes cannot be read.
pub(super) fn claims_without_nodes(input: &ReportInput, claims: Vec<(WorkloadId, Parts<Decimal>)>, books: &mut Books) {
    let Some(price) = &input.without_nodes else {
        let message =
            "no nodes could be read and there is no list price: pods are not included; set --region, or give --prices";
        books.warn(Code::PodsWithoutNode, "pods", message);
        books.add_unpriced(claims.into_iter().map(|(id, _)| id), Unpriced::NODES);
        return;
    };
    let mut claimed = Parts::<Decimal>::default();
    for (id, claim) in claims {
        claimed = claimed.plus(claim);
        serverless::add_to_row(books, id, price, claim);
    }
    for (name, unit, quantity, each) in
        [("cores", "core-hour", claimed.cpu, price.core_hour), ("memory", "GiB-hour", claimed.memory, price.gib_hour)]
    {
        books.add_line(
            ResourceKind::Pod,
            format!("{name} of pods, {}", price.name),
            unit,
            quantity,
            Some((each.amount(), &price.note)),
        );
    }
    let message = format!(
        "no nodes could be read: pods are priced at list prices ({} in {}), without idle cost, spot or accelerators; choose the prices \
         with --provider and --region",
        price.name, price.note.region
    );
    books.warn(Code::PodsAtCataloguePrices, "pods", message);
}

pub(super) fn load_balancers(input: &ReportInput, moment: &Moment<'_>, books: &mut Books) {
    let snapshot = moment.snapshot;
    let prices = provider(snapshot).and_then(|provider| input.services.get(&provider));
    for balancer in snapshot.load_balancers.iter().filter(|balancer| balancer.has_address) {
        let hours = moment.hours_since(balancer.created);
        let id = workload_id(&balancer.namespace, "Service", &balancer.name);
        let Some(price) = prices.map(|prices| &prices.load_balancer) else {
            books.add_line(ResourceKind::LoadBalancer, "load balancers".to_owned(), "hour", hours.amount(), None);
            books.add_unpriced([id], Unpriced::LOAD_BALANCERS);
            let message = "load balancers have no price and are not included";
            books.warn(Code::LoadBalancerUnpriced, "load balancers", message);
            continue;
        };
        let cost = price.hourly() * hours;
        let row = books.ledger.row(id);
        row.load_balancers = row.load_balancers + cost;
        let name = format!("load balancers, {}", price.name);
        books.add_line(
            ResourceKind::LoadBalancer,
            name,
            "hour",
            hours.amount(),
            Some((price.hourly().amount(), &price.note)),
        );
    }
    if !books.lines.is_empty() {
        let message = "network traffic is not included (load balancers, between zones, internet)";
        books.inform(Code::TrafficUnpriced, "cluster", message);
    }
}
