//! The chain from demand to money, a line a step: what, formula with its numbers, result, source.

use super::layout::Layout;
use super::number::{bytes, count, cpu, money, plural, rate, significant, unit_price};
use super::text::wrap;
use crate::model::{
    Answer, Constraint, Estimate, Lack, NodeResource, Plan, Policy, Question, RuntimeProfile, ShareRule, Sourced,
};
use crate::units::{Bytes, CpuMillis};

/// One step of the chain.
struct Step {
    what: &'static str,
    how: String,
    result: String,
    source: String,
}

pub(super) fn plain(question: &Question, answer: &Answer, width: usize) -> String {
    let mut out = String::new();
    for (title, steps) in chains(question, answer) {
        out.push_str(&format!("{title}\n"));
        for Step { what, how, result, source } in steps {
            let how = if how.is_empty() { String::new() } else { format!("{how} = ") };
            out.push_str(&wrap(&format!("  {what}: {how}{result}"), width, 4));
            if !source.is_empty() {
                out.push_str(&wrap(&format!("      [{source}]"), width, 7));
            }
        }
        out.push('\n');
    }
    out
}

pub(super) fn markdown(question: &Question, answer: &Answer) -> String {
    let mut out = String::new();
    for (title, steps) in chains(question, answer) {
        let mut layout = Layout::new(["step", "formula", "result", "source"]);
        layout.text_columns = vec![1, 2, 3];
        for Step { what, how, result, source } in steps {
            layout.row([what.to_owned(), how, result, source]);
        }
        out.push_str(&format!("### {title}\n\n{}\n", layout.markdown()));
    }
    out
}

fn chains(question: &Question, answer: &Answer) -> Vec<(String, Vec<Step>)> {
    let mut chains = vec![("Prices".to_owned(), prices(question))];
    let mut estimates = answer.estimates.iter();
    for policy in &question.policies {
        for service in &question.services {
            if let Some(estimate) = estimates.next() {
                chains.push((
                    format!("{} under {}", estimate.profile, estimate.policy),
                    chain(question, &service.profile, policy, estimate),
                ));
            }
        }
    }
    chains
}

fn prices(question: &Question) -> Vec<Step> {
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
                "left out: {} of another instruction set, {} burstable, {} of a previous generation, {} with GPUs, {} without a price",
                left_out.arch, left_out.burstable, left_out.previous_generation, left_out.gpu, left_out.unpriced
            ),
            result: format!("{} considered", basis.candidates.len()),
            source: format!("catalogue of {}; reservations of {}", basis.catalogue, basis.distribution),
        },
    ]
}

fn chain(question: &Question, profile: &RuntimeProfile, policy: &Policy, estimate: &Estimate) -> Vec<Step> {
    let v = &profile.values;
    let mut steps = vec![
        Step {
            what: "demand",
            how: String::new(),
            result: format!("{} req/s", rate(question.demand.mid())),
            source: "--rps".to_owned(),
        },
        input("throughput", &v.throughput, |x| format!("{} req/s on {} cores", rate(x), v.benchmark.cores)),
    ];
    let Ok(plan) = &estimate.plan else {
        return steps;
    };
    let replica = &plan.replica;
    steps.push(Step {
        what: "CPU a request, at saturation",
        how: format!("D_sat = cores ÷ throughput = {} ÷ {}", v.benchmark.cores, rate(v.throughput.interval.mid())),
        result: format!("{} ms", significant(1e3 * replica.saturated_cpu, 4)),
        source: String::new(),
    });
    steps.push(Step {
        what: "CPU a request, at this rate",
        how: format!(
            "D = D_sat + W·(1 − rate ÷ saturation) = {} + {}·(1 − {} ÷ {})",
            significant(1e3 * replica.saturated_cpu, 4),
            significant(1e3 * replica.wakeup_cpu, 3),
            significant(plan.rate, 4),
            significant(replica.saturation_rate(), 4)
        ),
        result: format!("{} ms", significant(1e3 * replica.cpu_per_request(plan.rate), 4)),
        source: v.wakeup_cpu.source.clone(),
    });
    steps.push(Step {
        what: "pod",
        how: format!(
            "requests {} and {}",
            cpu(plan.shape.resources.cpu_request),
            bytes(plan.shape.resources.memory_request)
        ),
        result: format!(
            "{} serving on {}",
            plural(plan.shape.workers.into(), "process", "processes"),
            plural(plan.shape.threads.into(), "thread", "threads")
        ),
        source: if plan.shape.resources == v.pod { v.pod_source.clone() } else { "flags".to_owned() },
    });
    steps.push(Step {
        what: "safe rate of a pod",
        how: safe_rate(plan, policy),
        result: format!("{} req/s", significant(plan.sizing.safe_rate, 5)),
        source: policy.source.clone(),
    });
    steps.push(Step {
        what: "pods",
        how: format!(
            "⌈{} ÷ {}⌉ = ⌈{}⌉, at least {}",
            rate(question.demand.mid()),
            significant(plan.sizing.safe_rate, 5),
            significant(plan.sizing.before_rounding, 4),
            policy.min_replicas
        ),
        result: format!(
            "{}, set by {}; one more from {} req/s",
            count(plan.sizing.pods),
            plan.sizing.binding.name(),
            count(plan.sizing.next_pod_at)
        ),
        source: String::new(),
    });
    steps.push(Step {
        what: "memory of a pod",
        how: format!(
            "loaded + further workers + in flight ({} requests)",
            significant(replica.in_flight(plan.rate), 2)
        ),
        result: format!(
            "{} of {}",
            bytes(Bytes::from_bytes(round(replica.working_set(plan.rate)))),
            bytes(plan.shape.resources.memory_request)
        ),
        source: v.memory_loaded.source.clone(),
    });
    steps.extend(cost_steps(question, estimate, plan));
    steps
}

fn cost_steps(question: &Question, estimate: &Estimate, plan: &Plan) -> Vec<Step> {
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
    let Some(own) = &plan.nodes else { return steps };
    let candidate = &basis.candidates[own.plan.candidate];
    let node = &candidate.allocatable;
    steps.push(Step {
        what: "nodes of its own",
        how: format!(
            "{} pods on each {} ({}, {}, {} pods to give, less DaemonSets of {}, {}, {})",
            count(own.plan.pods_per_node),
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
                "{}: {} {}s × {} $",
                line.name,
                significant_decimal(line.quantity),
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

fn input(what: &'static str, sourced: &Sourced, text: impl Fn(f64) -> String) -> Step {
    let interval = &sourced.interval;
    let range = if interval.is_exact() {
        String::new()
    } else {
        format!(" (5th percentile {}, 95th {})", significant(interval.low(), 4), significant(interval.high(), 4))
    };
    Step {
        what,
        how: String::new(),
        result: format!("{}{range}", text(interval.mid())),
        source: sourced.source.clone(),
    }
}

/// The formula of the constraint that sets the rate one pod may take.
fn safe_rate(plan: &Plan, policy: &Policy) -> String {
    let target = policy.target_utilization;
    let idle = significant(plan.replica.idle_cpu, 3);
    match plan.sizing.safe_by {
        Constraint::Cpu => format!("rate·D ≤ {target} × {} − idle {idle}", cpu(plan.shape.resources.cpu_request)),
        Constraint::Parallelism => format!("rate·D ≤ {target} × {} threads", plan.shape.threads),
        Constraint::Concurrency => format!("rate·(D + wait) ≤ {target} × {} workers", plan.shape.workers),
        Constraint::Memory => format!("working set ≤ {}", bytes(plan.shape.resources.memory_request)),
        Constraint::Minimum => String::new(),
    }
}

/// An amount in the unit of the constraint it belongs to.
pub(super) fn amount(constraint: Constraint, value: f64) -> String {
    match constraint {
        Constraint::Memory => bytes(Bytes::from_bytes(round(value))),
        _ => cpu(CpuMillis::from_millis(round(value * 1e3))),
    }
}

/// An amount of a node's resource.
pub(super) fn room(resource: NodeResource, value: u64) -> String {
    match resource {
        NodeResource::Cpu => cpu(CpuMillis::from_millis(value)),
        NodeResource::Memory => bytes(Bytes::from_bytes(value)),
        NodeResource::Pods => count(value),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounding for display; `as` saturates")]
fn round(value: f64) -> u64 {
    value.round() as u64
}

fn significant_decimal(value: rust_decimal::Decimal) -> String {
    use rust_decimal::prelude::ToPrimitive;
    value.to_f64().map_or_else(|| value.to_string(), |v| significant(v, 6))
}
