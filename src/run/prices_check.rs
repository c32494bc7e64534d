//! `capmodel prices check` of a pricing file: which rule sets how many prices.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Failure;
use crate::inputs::files::read_snapshot_file;
use crate::inputs::prices::{PriceBook, price_groups, service_prices};
use crate::model::cluster::{Node, Snapshot};
use crate::model::finding::Finding;
use crate::model::nodes::Provider;
use crate::model::pricing::{AutoModeFee, MachineKey, Match, Pricing, about_term, machine_prices};
use crate::model::report::machines_of;
use crate::units::Date;

/// What is said about a valid pricing file: the number of prices by rule, of the nodes of a cluster or of the catalogue.
pub(super) fn text(
    name: &str,
    book: PriceBook,
    pricing: Pricing,
    cluster: Option<&Path>,
    today: Date,
) -> Result<String, Failure> {
    let rules = pricing.discounts.len() + pricing.prices.len() + pricing.commitments.len();
    let mut text = format!("{name}: valid pricing file; rules: {rules}\n\n");
    let mut findings: BTreeSet<Finding> = about_term(&pricing.commitments, today).into_iter().collect();
    match cluster {
        None => text.push_str(&of_catalogue(&book, &pricing)),
        Some(path) => {
            let mut snapshot = read_snapshot_file(path)?;
            let mut used = BTreeSet::new();
            snapshot.mark_prices(&pricing, &mut used)?;
            findings.extend(pricing.unused(&used));
            let (nodes, found) = of_cluster(&book.with_pricing(pricing), &snapshot, today)?;
            findings.extend(found);
            text.push_str(&nodes);
        }
    }
    if !findings.is_empty() {
        text.push_str("\nfindings\n");
    }
    for Finding { severity, code, subject, message } in findings {
        text.push_str(&format!("  {}: {subject}: {message} [{code}]\n", severity.as_str()));
    }
    Ok(text)
}

/// The number of catalogue prices that each kind of rule sets.
fn of_catalogue(book: &PriceBook, pricing: &Pricing) -> String {
    let mut counts: BTreeMap<Match, usize> = BTreeMap::new();
    for provider in Provider::ALL {
        for region in book.regions(provider) {
            for offering in book.offerings(provider, region).unwrap_or_default() {
                *counts.entry(pricing.matched(provider, region, &offering.instance)).or_default() += 1;
            }
        }
    }
    let shown = [Match::Exact, Match::Family, Match::Kind, Match::All, Match::Unmatched];
    let rows = shown.map(|matched| (what(matched), counts.get(&matched).copied().unwrap_or_default()));
    table("prices in the built-in catalogue by rule", &rows)
}

/// The number of nodes that each kind of rule prices, and the nodes that no rule names.
fn of_cluster(book: &PriceBook, snapshot: &Snapshot, today: Date) -> Result<(String, Vec<Finding>), Failure> {
    let fee = AutoModeFee::of(&service_prices()?);
    let (prices, findings) = machine_prices(book, &price_groups()?, fee.as_ref(), machines_of(snapshot), today);
    let pricing = book.pricing();
    let mut counts: BTreeMap<Match, usize> = BTreeMap::new();
    let (mut unpriced, mut others) = (0, Vec::new());
    let machines: Vec<&Node> = snapshot.nodes.iter().filter(|node| node.machine.kind.is_machine()).collect();
    for node in machines {
        let Some(price) = prices.get(&MachineKey::from(node)) else {
            unpriced += 1;
            others.push(about(node, "no price"));
            continue;
        };
        let matched = pricing.match_of(price.negotiated.as_ref().map(|negotiated| &*negotiated.rule));
        *counts.entry(matched).or_default() += 1;
        if matched >= Match::Provider {
            others.push(about(node, what(matched)));
        }
    }
    let shown = [
        Match::Node,
        Match::Label,
        Match::Exact,
        Match::Family,
        Match::Provider,
        Match::Kind,
        Match::All,
        Match::Unmatched,
    ];
    let rows = shown.map(|matched| (what(matched), counts.get(&matched).copied().unwrap_or_default()));
    let mut text = table(&format!("nodes of {} by rule", snapshot.cluster.name), &rows);
    text.push_str(&row("no price", unpriced));
    if !others.is_empty() {
        text.push_str("\nnodes without a price of their own\n");
        others.iter().for_each(|line| text.push_str(line));
    }
    Ok((text, findings))
}

/// A node, and what prices it in the absence of a rule for it.
fn about(node: &Node, price: &str) -> String {
    let words = [node.machine.instance_type.as_deref(), node.machine.region.as_deref()];
    let known: Vec<&str> = words.into_iter().flatten().collect();
    let place = if known.is_empty() { "of an unknown type".to_owned() } else { known.join(" in ") };
    format!("  {}, {place}: {price}\n", node.name)
}

const fn what(matched: Match) -> &'static str {
    match matched {
        Match::Node => "fixed price of the node",
        Match::Label => "fixed price of a label",
        Match::Exact => "fixed price",
        Match::Family => "discount on the family",
        Match::Provider => "price of the provider",
        Match::Kind => "discount on nodes",
        Match::All => "discount on everything",
        Match::Unmatched => "list price",
    }
}

fn table(title: &str, rows: &[(&str, usize)]) -> String {
    let rows: String = rows.iter().map(|(what, count)| row(what, *count)).collect();
    format!("{title}\n{rows}")
}

fn row(what: &str, count: usize) -> String {
    format!("  {what:<24}{count:>8}\n")
}
