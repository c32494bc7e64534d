//! The derivation steps for prices, nodes and bill lines.

use super::{step, trimmed_decimal};
use crate::model::estimate::{Estimate, Plan, Question, RejectionReason};
use crate::model::packing::NodeResource;
use crate::model::pricing::{BillLine, ShareRule};
use crate::outputs::document::Step;
use crate::outputs::number::{bytes, count, cpu, money, plural, significant, unit_price, unknown};
use crate::units::{Currency, Money};

pub(super) fn prices(question: &Question) -> Vec<Step> {
    let basis = &question.basis;
    let (share, currency) = (&basis.share.price, basis.currency);
    let rule = match &share.rule {
        ShareRule::Fitted => format!("least squares over {} prices of {}", share.rows, basis.share.group),
        ShareRule::Borrowed { from } => {
            format!("{} prices of {} split by the ratio of {from}", share.rows, basis.share.group)
        }
    };
    let excluded = &basis.excluded;
    let reasons = [
        (excluded.arch, "with another architecture".to_owned()),
        (excluded.burstable, "burstable".to_owned()),
        (excluded.previous_generation, "of a previous generation".to_owned()),
        (excluded.too_small, format!("too small for {}", basis.distribution)),
        (excluded.gpu, "with GPUs".to_owned()),
        (excluded.unpriced, "without a price".to_owned()),
    ];
    let reasons: Vec<String> =
        reasons.iter().filter(|(number, _)| *number > 0).map(|(number, why)| format!("{number} {why}")).collect();
    vec![
        Step {
            what: "unit prices of a cluster share",
            how: rule,
            result: format!(
                "{} per core-hour, {} per GiB-hour; largest residual {}%",
                currency.amount(unit_price(share.core_hour.amount())),
                currency.amount(unit_price(share.gib_hour.amount())),
                significant(100.0 * share.max_residual, 2)
            ),
            source: format!("{}, {}", basis.prices_of.on_demand_source, basis.prices_of.on_demand_date),
        },
        Step {
            what: "instance types",
            how: if reasons.is_empty() { String::new() } else { format!("excluded: {}", reasons.join(", ")) },
            result: format!("{} considered", basis.candidates.len()),
            source: format!("catalogue of {}; reservations of {}", basis.catalogue, basis.distribution),
        },
    ]
}

pub(super) fn cost_steps(question: &Question, estimate: &Estimate, plan: &Plan) -> Vec<Step> {
    let basis = &question.basis;
    let (share, currency) = (&basis.share.price, basis.currency);
    let amount = |cost: Money| currency.amount(money(cost));
    let mut steps = vec![Step {
        what: "share of a shared cluster",
        how: format!(
            "({} × {} + {} × {}) × {} h",
            cpu(plan.cpu_requested),
            currency.amount(unit_price(share.core_hour.amount())),
            bytes(plan.memory_requested),
            currency.amount(unit_price(share.gib_hour.amount())),
            basis.hours.amount()
        ),
        result: format!("{} per month", amount(plan.share_cost.plan)),
        source: String::new(),
    }];
    if let Some(fixed) = &plan.fixed {
        steps.push(step(
            "autoscaled month",
            format!("{} pod-hours over the {} load", trimmed_decimal(plan.pod_hours), question.load.name),
            format!("{} instead of {} at a fixed size", amount(plan.share_cost.plan), amount(fixed.share_cost)),
            "",
        ));
    }
    let Some(own) = &plan.nodes else { return steps };
    let candidate = &basis.candidates[own.plan.candidate];
    let node = &candidate.allocatable;
    steps.push(Step {
        what: "dedicated nodes",
        how: format!(
            "{} on each {} ({}, {} and {} pods allocatable, less DaemonSets of {}, {} and {})",
            plural(own.plan.pods_per_node, "pod", "pods"),
            candidate.instance.name,
            cpu(node.cpu),
            bytes(node.memory),
            node.max_pods,
            cpu(basis.daemonsets.cpu),
            bytes(basis.daemonsets.memory),
            basis.daemonsets.pods
        ),
        result: format!(
            "{} × {} = {} per month{}",
            count(own.plan.nodes),
            candidate.instance.name,
            amount(own.cost.plan),
            if basis.commitments.is_empty() { "" } else { ", with commitments and what is not used of them" }
        ),
        source: format!("reservations of {}", basis.distribution),
    });
    for line in &own.lines {
        steps.push(Step {
            what: "line item",
            how: format!(
                "{}: {} × {}",
                line.name,
                units(line.quantity, line.unit),
                line.unit_price.map_or_else(unknown, |price| currency.amount(unit_price(price)))
            ),
            result: format!("{} per month", line.cost.map_or_else(unknown, amount)),
            source: format!(
                "{}, {}{}{}",
                line.source,
                line.price_rule,
                line.price_date.map(|d| format!(", {d}")).unwrap_or_default(),
                negotiated(line, currency)
            ),
        });
    }
    steps.extend(rejected(estimate, currency));
    steps
}

/// The list price, and the rule that replaced it.
fn negotiated(line: &BillLine, currency: Currency) -> String {
    let Some((negotiated, paid)) = line.negotiated.as_ref().zip(line.unit_price) else { return String::new() };
    let list = negotiated.list_price(paid).map_or_else(unknown, |list| currency.amount(unit_price(list)));
    format!("; list price {list}, {}", negotiated.rule)
}

/// Rejected instance types: how many lack which resource, and the one closest in price.
fn rejected(estimate: &Estimate, currency: Currency) -> Vec<Step> {
    let mut steps = Vec::new();
    for resource in [NodeResource::Cpu, NodeResource::Memory, NodeResource::Pods] {
        let lacking: Vec<&str> = estimate
            .rejected
            .iter()
            .filter(|e| matches!(e.reason, RejectionReason::Room { resource: r, .. } if r == resource))
            .map(|e| e.instance_type.as_str())
            .collect();
        if let Some(first) = lacking.first() {
            steps.push(Step {
                what: "rejected",
                how: String::new(),
                result: format!(
                    "{} that cannot hold one pod, short of {}, for example {first}",
                    count(lacking.len() as u64),
                    resource.name()
                ),
                source: String::new(),
            });
        }
    }
    for rejected in &estimate.rejected {
        if let RejectionReason::Price { cost, .. } = &rejected.reason {
            steps.push(Step {
                what: "rejected",
                how: String::new(),
                result: format!("{} would cost {} per month", rejected.instance_type, currency.amount(money(*cost))),
                source: String::new(),
            });
        }
    }
    steps
}

/// `1,460 hours`, `1 node`.
fn units(quantity: rust_decimal::Decimal, unit: &str) -> String {
    let ending = if quantity == rust_decimal::Decimal::ONE { "" } else { "s" };
    format!("{} {unit}{ending}", trimmed_decimal(quantity))
}
