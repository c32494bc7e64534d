//! The sentences below the tables of a report, and its findings.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::tables::node_name;
use super::{forecast, percent, reconciliation, scraped, service_forecast};
use crate::model::pricing::{Negotiated, PriceRule};
use crate::model::report::{Consolidation, IdleCost, IdleResource, KindCount, Report, Rightsizing, Split, WithChange};
use crate::model::runtime::Evidence;
use crate::outputs::number::{count, money, plural, significant, unit_price, unknown};
use crate::units::{Currency, MoneyPerHour};

pub(super) fn notes(report: &Report, verbose: bool) -> Vec<String> {
    let (shared, idle) = report.splits;
    let given = |split: Split| match split {
        Split::Even => "allocated evenly",
        Split::Proportional => "allocated in proportion to CPU and memory cost",
        Split::Weighted => "allocated by the weights of the owners",
        Split::None => "shown separately",
    };
    let mut notes = Vec::new();
    if verbose {
        let (shared, idle) = (given(shared), given(idle));
        // Of the lines that are not nodes, only unused commitments have a price of the pricing file alone.
        let is_unused = report.services.iter().any(|line| line.price_rule == PriceRule::PricingFile);
        let plane = if is_unused { "control plane, unused commitments" } else { "control plane" };
        notes.push(format!("Shared cost ({plane} and shared namespaces) is {shared}; idle cost is {idle}."));
        notes.extend(pricing_rules(report));
    }
    // `USD per month`: what every amount of a sentence is.
    let (currency, per) = (report.currency, format!("{} {}", report.currency, report.span.per()));
    notes.extend(report.idle.as_ref().map(|idle| about_idle(idle, currency, &per)));
    if let Some(found) = &report.consolidation {
        notes.push(consolidation(found, &per));
        notes.extend(found.with_changes.iter().map(|change| with_change(change, found, &report.span.per())));
    }
    notes.extend(report.rightsizing.as_ref().map(|found| rightsizing(found, report.consolidation.as_ref(), &per)));
    notes.extend(
        report.evidence.filter(|_| report.running_services.iter().any(|one| one.demand.is_ok())).map(about_styles),
    );
    notes.extend(scraped::lines(report));
    notes.extend(report.predicted.as_ref().map(|predicted| forecast::about_predicted(predicted, report.currency)));
    notes.extend(report.reconciliation.as_ref().map(reconciliation::about));
    notes.extend(report.forecast.as_ref().map(|forecast| forecast::about_forecast(forecast, report.currency)));
    notes.extend(report.back_test.as_ref().map(service_forecast::about_back_test));
    notes
}

/// What services in another language are planned with.
fn about_styles(evidence: Evidence) -> String {
    match evidence {
        Evidence::Article => {
            "Python-style and Go-style use the article's profile values (--evidence article)."
        }
        Evidence::Measured => {
            "Python-style and Go-style use profile values from load tests where there are any; --evidence article uses the article's."
        }
    }
    .to_owned()
}

/// The rules of a pricing file that set prices, each with the lines that it is for.
fn pricing_rules(report: &Report) -> Vec<String> {
    let mut lines: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for line in &report.nodes {
        if let Some(negotiated) = &line.negotiated {
            let paid = line.price_per_hour.map(MoneyPerHour::amount);
            lines.entry(&negotiated.rule).or_default().push(node_name(line) + &in_place_of(negotiated, paid));
        }
    }
    for line in &report.services {
        if let Some(negotiated) = &line.negotiated {
            let item = line.name.clone() + &in_place_of(negotiated, line.unit_price);
            lines.entry(&negotiated.rule).or_default().push(item);
        }
    }
    lines.into_iter().map(|(rule, lines)| format!("Priced by {rule}: {}.", lines.join("; "))).collect()
}

/// The price that is paid for a unit, and the list price that it replaces.
fn in_place_of(negotiated: &Negotiated, paid: Option<Decimal>) -> String {
    let Some(paid) = paid else { return String::new() };
    match negotiated.list_price(paid) {
        Some(list) => format!(" ({} in place of {})", unit_price(paid), unit_price(list)),
        None => format!(" ({}, no list price)", unit_price(paid)),
    }
}

/// Capacity that was neither requested nor used, by resource.
fn about_idle(idle: &IdleCost, currency: Currency, per: &str) -> String {
    let share = |room: &IdleResource| percent(room.share);
    let amount = |room: &IdleResource| significant(room.amount.to_f64().unwrap_or_default(), 3);
    let mut parts = vec![
        format!("{} cores ({}% of CPU, {} {currency})", amount(&idle.cpu), share(&idle.cpu), money(idle.cpu.cost)),
        format!(
            "{} GiB ({}% of memory, {} {currency})",
            amount(&idle.memory),
            share(&idle.memory),
            money(idle.memory.cost)
        ),
    ];
    parts.extend(
        idle.gpu.as_ref().map(|gpu| {
            format!("{} accelerators ({}% of them, {} {currency})", amount(gpu), share(gpu), money(gpu.cost))
        }),
    );
    format!("Idle: {} {per}, neither requested nor used: {}.", money(idle.cost), parts.join(", "))
}

/// Nodes with another purchase option or architecture, with the condition for them.
fn with_change(change: &WithChange, found: &Consolidation, per: &str) -> String {
    format!(
        "Another {}: {} more {per} would be saved on {} ({}), but only if {}.",
        change.change.name().replace('-', " "),
        money(found.cost - change.cost),
        plural(nodes_of(&change.nodes), "node", "nodes"),
        kinds(&change.nodes),
        change.change.condition()
    )
}

fn kinds(nodes: &[KindCount]) -> String {
    let kinds: Vec<String> = nodes.iter().map(|kind| format!("{} × {}", count(kind.count), kind.name)).collect();
    kinds.join(", ")
}

fn nodes_of(nodes: &[KindCount]) -> u64 {
    nodes.iter().map(|kind| kind.count).fold(0, u64::saturating_add)
}

fn consolidation(found: &Consolidation, per: &str) -> String {
    if found.cost >= found.cost_now {
        return format!(
            "Consolidation: no cheaper set of the cluster's instance types was found than the present {}; the lower bound is \
             {} {per}.",
            plural(found.nodes_now, "node", "nodes"),
            money(found.lower_bound)
        );
    }
    format!(
        "Consolidation: the present pods fit on {} ({}) instead of {} at the same purchase option: {} instead of {} {per}, \
         saving {}. No headroom for peaks or failures is included.",
        plural(found.nodes_then(), "node", "nodes"),
        kinds(&found.nodes),
        count(found.nodes_now),
        money(found.cost),
        money(found.cost_now),
        money(found.saving())
    )
}

fn rightsizing(found: &Rightsizing, as_they_are: Option<&Consolidation>, per: &str) -> String {
    let mut text = format!(
        "Requests: {} should change (CPU: 95th percentile of the busiest pod's hours plus 15%; memory: peak plus 15%; \
         the target of an HPA follows the request). The cost allocated to them falls by {} {per}, but nothing is saved \
         until nodes are removed.",
        plural(found.workloads, "workload", "workloads"),
        found.share_saving.map_or_else(unknown, money)
    );
    if let Some((then, now)) = found.nodes.as_ref().zip(as_they_are).filter(|(then, now)| then.cost != now.cost) {
        text.push_str(&format!(
            " In whole nodes: the present pods fit on {} for {} {per} with their present requests, and on {} for {} with the recommended ones.",
            plural(now.nodes_then(), "node", "nodes"),
            money(now.cost),
            plural(then.nodes_then(), "node", "nodes"),
            money(then.cost)
        ));
    }
    text
}
