//! The steps about prices, nodes and lines.

use super::{Step, step, trimmed_decimal};
use crate::model::{Estimate, Lack, NodeResource, Plan, Question, ShareRule};
use crate::outputs::number::{bytes, count, cpu, money, plural, significant, unit_price};
pub(super) fn prices(question: &Question) -> Vec<Step> {
    let basis = &question.basis;
    let share = &basis.share.price;
    let rule = match &share.rule {
        ShareRule::Fitted => format!("least squares over {} prices of {}", share.rows, basis.share.group),
        ShareRule::Borrowed { from } => {
            format!("{} prices of {} split by the ratio of {from}", share.rows, basis.share.group)
        }
    };
    let left_out = &basis.left_out;
    vec![
        Step {
            what: "price of a share",
            how: rule,
            result: format!(
                "{} $ a core-hour, {} $ a GiB-hour; largest residual {} %",
                unit_price(share.core_hour.amount()),
                unit_price(share.gib_hour.amount()),
                significant(100.0 * share.max_residual, 2)
            ),
            source: format!("{}, {}", basis.prices_of.on_demand_source, basis.prices_of.on_demand_date),
        },
        Step {
            what: "instance types",
            how: format!(
                "left out: {} of another instruction set, {} burstable, {} of a previous generation, {} too small for {}, {} with GPUs, {} without a price",
                left_out.arch,
                left_out.burstable,
                left_out.previous_generation,
                left_out.too_small,
                basis.distribution,
                left_out.gpu,
                left_out.unpriced
            ),
            result: format!("{} considered", basis.candidates.len()),
            source: format!("catalogue of {}; reservations of {}", basis.catalogue, basis.distribution),
        },
    ]
}

pub(super) fn cost_steps(question: &Question, estimate: &Estimate, plan: &Plan) -> Vec<Step> {
    let basis = &question.basis;
    let share = &basis.share.price;
    let mut steps = vec![Step {
        what: "share of a cluster",
        how: format!(
            "({} × {} + {} × {}) × {} h",
            cpu(plan.cpu_requested),
            unit_price(share.core_hour.amount()),
            bytes(plan.memory_requested),
            unit_price(share.gib_hour.amount()),
            basis.hours.amount()
        ),
        result: format!("{} $ a month", money(plan.share_cost.plan)),
        source: String::new(),
    }];
    if let Some(fixed) = &plan.fixed {
        steps.push(step(
            "autoscaled month",
            format!("{} pod-hours over the {} load", trimmed_decimal(plan.pod_hours), question.load.name),
            format!("{} $ against {} $ at fixed size", money(plan.share_cost.plan), money(fixed.share_cost)),
            "",
        ));
    }
    let Some(own) = &plan.nodes else { return steps };
    let candidate = &basis.candidates[own.plan.candidate];
    let node = &candidate.allocatable;
    steps.push(Step {
        what: "nodes of its own",
        how: format!(
            "{} on each {} ({}, {}, {} pods to give, less DaemonSets of {}, {}, {})",
            plural(own.plan.pods_per_node, "pod", "pods"),
            candidate.instance.name,
            cpu(node.cpu),
            bytes(node.memory),
            node.max_pods,
            cpu(basis.daemonsets.cpu),
            bytes(basis.daemonsets.memory),
            basis.daemonsets.pods
        ),
        result: format!("{} × {} = {} $ a month", count(own.plan.nodes), candidate.instance.name, money(own.cost.plan)),
        source: format!("reservations of {}", basis.distribution),
    });
    for line in &own.lines {
        steps.push(Step {
            what: "line",
            how: format!(
                "{}: {} {} × {} $",
                line.name,
                trimmed_decimal(line.quantity),
                line.unit,
                unit_price(line.unit_price)
            ),
            result: format!("{} $ a month", money(line.cost)),
            source: format!(
                "{}, {}{}",
                line.source,
                line.price_rule,
                line.price_date.map(|d| format!(", {d}")).unwrap_or_default()
            ),
        });
    }
    steps.extend(rejected(estimate));
    steps
}

/// Types that were rejected: how many lack what, and the closest on price.
fn rejected(estimate: &Estimate) -> Vec<Step> {
    let mut steps = Vec::new();
    for resource in [NodeResource::Cpu, NodeResource::Memory, NodeResource::Pods] {
        let lacking: Vec<&str> = estimate
            .excuses
            .iter()
            .filter(|e| matches!(e.lack, Lack::Room { resource: r, .. } if r == resource))
            .map(|e| e.instance_type.as_str())
            .collect();
        if let Some(first) = lacking.first() {
            steps.push(Step {
                what: "rejected",
                how: String::new(),
                result: format!(
                    "{} without room for one pod, short of {}, such as {first}",
                    count(lacking.len() as u64),
                    resource.name()
                ),
                source: String::new(),
            });
        }
    }
    for excuse in &estimate.excuses {
        if let Lack::Price { cost, .. } = &excuse.lack {
            steps.push(Step {
                what: "rejected",
                how: String::new(),
                result: format!("{} would cost {} $ a month", excuse.instance_type, money(*cost)),
                source: String::new(),
            });
        }
    }
    steps
}
