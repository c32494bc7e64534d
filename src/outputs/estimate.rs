//! The answer side by side: one column a profile, one section a policy.

use serde::Serialize;

use super::layout::Layout;
use super::number::{bytes, count, cpu, money, plural, rate, ratio, rough_count, rough_money, significant, unit_price};
use super::text::{NOT_IN_IT, findings, wrap};
use super::{explain, json};
use crate::model::{Answer, Comparison, Estimate, Lack, OwnNodes, Plan, Question, Ratios, Severity, Spread};
use crate::units::Money;

pub(super) fn plain(question: &Question, answer: &Answer, explained: bool, width: usize) -> String {
    let mut out = wrap(&headline(question), width, 2);
    out.push('\n');
    out.push_str(&layout(question, answer).plain());
    out.push('\n');
    for line in notes(question, answer) {
        out.push_str(&wrap(&line, width, 2));
    }
    for (severity, subject, message) in findings(answer) {
        let mark = if severity == Severity::Warning { "warning" } else { "note" };
        out.push_str(&wrap(&format!("{mark}: {subject}: {message}"), width, 2));
    }
    if explained {
        out.push('\n');
        out.push_str(&explain::plain(question, answer, width));
    }
    out
}

pub(super) fn markdown(question: &Question, answer: &Answer, explained: bool) -> String {
    let mut out = format!("**{}**\n\n{}\n", headline(question), layout(question, answer).markdown());
    for line in notes(question, answer) {
        out.push_str(&format!("{line}\n\n"));
    }
    for (severity, subject, message) in findings(answer) {
        let mark = if severity == Severity::Warning { "**warning**" } else { "note" };
        out.push_str(&format!("- {mark}: {subject}: {message}\n"));
    }
    if explained {
        out.push('\n');
        out.push_str(&explain::markdown(question, answer));
    }
    out
}

fn headline(question: &Question) -> String {
    let basis = &question.basis;
    let demand = &question.demand;
    let range =
        if demand.is_exact() { String::new() } else { format!(" ({}–{})", rate(demand.low()), rate(demand.high())) };
    format!(
        "{}{range} req/s · work: json · {} {}, {}, list prices of {} · {} h/month · USD",
        rate(demand.mid()),
        basis.provider.title(),
        basis.region,
        basis.capacity_type.name(),
        basis.prices_of.on_demand_date,
        basis.hours.amount(),
    )
}

/// One row: its label, what a profile's cell is, and what the ratio is.
struct Row {
    label: &'static str,
    cell: fn(&Question, &Plan) -> String,
    ratio: fn(&Ratios) -> Option<String>,
}

const ROWS: &[Row] = &[
    Row { label: "pods", cell: |_, p| spread(&p.pods, count, rough_count), ratio: |r| Some(ratio(r.pods)) },
    Row {
        label: "  before rounding to whole pods",
        cell: |_, p| significant(p.sizing.before_rounding, 3),
        ratio: |r| Some(ratio(r.pods_before_rounding)),
    },
    Row { label: "  next pod at", cell: |_, p| format!("{} req/s", count(p.sizing.next_pod_at)), ratio: |_| None },
    Row { label: "  set by", cell: |_, p| p.sizing.binding.name().to_owned(), ratio: |_| None },
    Row {
        label: "CPU per request",
        cell: |_, p| format!("{} ms", significant(1e3 * p.replica.cpu_per_request(p.rate), 3)),
        ratio: |r| Some(ratio(r.cpu_per_request)),
    },
    Row { label: "CPU requested", cell: |_, p| cpu(p.cpu_requested), ratio: |r| Some(ratio(r.cpu)) },
    Row { label: "memory requested", cell: |_, p| bytes(p.memory_requested), ratio: |r| Some(ratio(r.memory)) },
    Row {
        label: "$/month, share of a cluster",
        cell: |_, p| spread(&p.share_cost, money, rough_money),
        ratio: |r| Some(ratio(r.share_cost)),
    },
    Row {
        label: "  $ per million requests",
        cell: |q, p| q.per_million(p.share_cost.plan).map_or_else(none, unit_price),
        ratio: |_| None,
    },
    Row {
        label: "$/month, nodes of its own",
        cell: |_, p| own(p, |nodes| spread(&nodes.cost, money, rough_money)),
        ratio: |r| r.node_cost.map(ratio),
    },
    Row { label: "  nodes", cell: |q, p| own(p, |nodes| node_names(q, nodes)), ratio: |_| None },
    Row { label: "  of which idle", cell: |_, p| own(p, |nodes| money(nodes.idle_cost)), ratio: |_| None },
    Row {
        label: "  with control plane, disks, balancer",
        cell: |_, p| own(p, |nodes| money(nodes.total_cost())),
        ratio: |_| None,
    },
];

fn none() -> String {
    "–".to_owned()
}

fn own(plan: &Plan, cell: impl Fn(&OwnNodes) -> String) -> String {
    plan.nodes.as_ref().map_or_else(none, cell)
}

fn node_names(question: &Question, nodes: &OwnNodes) -> String {
    let name = &question.basis.candidates[nodes.plan.candidate].instance.name;
    format!("{} × {name}", count(nodes.plan.nodes))
}

/// `4 (2–6)`; the interval is left out where there is none or nothing varies, `none` stands where the samples have no plan.
fn spread<T: Copy + PartialEq>(spread: &Spread<T>, exact: fn(T) -> String, rough: fn(T) -> String) -> String {
    let Some([low, _, high]) = spread.percentiles else { return exact(spread.plan) };
    let end = |value: Option<T>| value.map_or_else(|| "none".to_owned(), rough);
    if low == Some(spread.plan) && high == Some(spread.plan) {
        return exact(spread.plan);
    }
    format!("{} ({}–{})", exact(spread.plan), end(low), end(high))
}

fn layout(question: &Question, answer: &Answer) -> Layout {
    let profiles = || question.services.iter().map(|s| s.profile.name.clone());
    // With more than two columns of profiles a column of ratios for each would not fit a screen.
    let with_ratio = question.services.len() == 2;
    let ratio_head = || {
        let [a, b] = question.services.as_slice() else { return String::new() };
        let (a, b) = (&a.profile, &b.profile);
        if a.language == b.language {
            format!("{} ÷ {}", a.name, b.name)
        } else {
            format!("{} ÷ {}", title(&a.language), title(&b.language))
        }
    };
    let header = [String::new()].into_iter().chain(profiles()).chain(with_ratio.then(ratio_head));
    let mut layout = Layout::new(header);
    for (at, policy) in question.policies.iter().enumerate() {
        let width = question.services.len();
        let estimates = &answer.estimates[at * width..(at + 1) * width];
        let comparison = answer.comparisons.iter().find(|c| c.policy == policy.name);
        layout.row([format!("{}: {}", policy.name, policy.summary())]);
        for row in ROWS {
            let cells = estimates.iter().map(|e| match &e.plan {
                Ok(plan) => (row.cell)(question, plan),
                Err(_) if row.label == "pods" => "none".to_owned(),
                Err(_) => none(),
            });
            let ratio = comparison.filter(|_| with_ratio).map(|c| ratio_cell(c, row));
            layout.row([format!("  {}", row.label)].into_iter().chain(cells).chain(ratio));
        }
    }
    layout
}

fn ratio_cell(comparison: &Comparison, row: &Row) -> String {
    comparison.ratios.as_ref().and_then(row.ratio).unwrap_or_default()
}

fn title(language: &str) -> String {
    let mut letters = language.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What stands under the table.
fn notes(question: &Question, answer: &Answer) -> Vec<String> {
    let mut notes: Vec<String> = answer.estimates.iter().filter_map(|e| infeasible(question, e)).collect();
    if question.samples > 0 {
        notes.push(format!(
            "(low–high): 5th to 95th percentile of {} samples over the intervals of the inputs; the plan is the model at their mid values.",
            count(u64::from(question.samples))
        ));
    }
    notes.push(NOT_IN_IT.to_owned());
    notes
}

/// Why there is no plan, and what would make one.
fn infeasible(question: &Question, estimate: &Estimate) -> Option<String> {
    let name = format!("{} under {}", estimate.profile, estimate.policy);
    let plan = match &estimate.plan {
        Err(why) => {
            let amount = |value: f64| explain::amount(why.constraint, value);
            return Some(format!(
                "No plan for {name}: {} — a pod without load needs {}, its request leaves {}; raise the request.",
                why.constraint.name(),
                amount(why.needed),
                amount(why.available)
            ));
        }
        Ok(plan) => plan,
    };
    if plan.nodes.is_some() {
        return None;
    }
    let room = estimate.excuses.iter().filter(|e| matches!(e.lack, Lack::Room { .. })).count();
    let closest = estimate.excuses.iter().rev().find_map(|e| match e.lack {
        Lack::Room { resource, needed, available } => Some(format!(
            "; {} lacks {}: needed {}, available {}",
            e.instance_type,
            resource.name(),
            explain::room(resource, needed),
            explain::room(resource, available)
        )),
        Lack::Price { .. } => None,
    });
    Some(format!(
        "No nodes for {name}: a pod of {} and {} fits none of {}{}.",
        cpu(question.services.iter().find(|s| s.profile.name == estimate.profile)?.resources.cpu_request),
        bytes(plan.shape.resources.memory_request),
        plural(room as u64, "type", "types"),
        closest.unwrap_or_default()
    ))
}

/// One row of a spreadsheet: a profile under a policy.
#[derive(Debug, Serialize)]
pub(super) struct CsvRow {
    profile: String,
    policy: String,
    requests_per_second: f64,
    feasible: bool,
    pods: Option<u64>,
    pods_p05: Option<u64>,
    pods_p50: Option<u64>,
    pods_p95: Option<u64>,
    binding: Option<&'static str>,
    cpu_millis: Option<u64>,
    memory_bytes: Option<u64>,
    share_cost_per_month: Option<String>,
    share_cost_per_month_p05: Option<String>,
    share_cost_per_month_p95: Option<String>,
    instance_type: Option<String>,
    nodes: Option<u64>,
    node_cost_per_month: Option<String>,
    idle_cost_per_month: Option<String>,
    total_cost_per_month: Option<String>,
    currency: &'static str,
    findings: String,
}

pub(super) fn csv_rows(question: &Question, answer: &Answer) -> Vec<CsvRow> {
    let shared = answer.findings.iter().map(|f| f.code.as_str());
    answer
        .estimates
        .iter()
        .map(|estimate| {
            let plan = estimate.plan.as_ref().ok();
            let nodes = plan.and_then(|p| p.nodes.as_ref());
            let pods = plan.and_then(|p| p.pods.percentiles).unwrap_or_default();
            let share = plan.and_then(|p| p.share_cost.percentiles).unwrap_or_default();
            let money = |amount: Money| json::v1::money(amount);
            let codes: Vec<&str> = estimate.findings.iter().map(|f| f.code.as_str()).chain(shared.clone()).collect();
            CsvRow {
                profile: estimate.profile.clone(),
                policy: estimate.policy.clone(),
                requests_per_second: question.demand.mid(),
                feasible: estimate.feasible(),
                pods: plan.map(|p| p.sizing.pods),
                pods_p05: pods[0],
                pods_p50: pods[1],
                pods_p95: pods[2],
                binding: plan.map(|p| p.sizing.binding.name()),
                cpu_millis: plan.map(|p| p.cpu_requested.millis()),
                memory_bytes: plan.map(|p| p.memory_requested.bytes()),
                share_cost_per_month: plan.map(|p| money(p.share_cost.plan)),
                share_cost_per_month_p05: share[0].map(money),
                share_cost_per_month_p95: share[2].map(money),
                instance_type: nodes.map(|n| question.basis.candidates[n.plan.candidate].instance.name.clone()),
                nodes: nodes.map(|n| n.plan.nodes),
                node_cost_per_month: nodes.map(|n| money(n.cost.plan)),
                idle_cost_per_month: nodes.map(|n| money(n.idle_cost)),
                total_cost_per_month: nodes.map(|n| money(n.total_cost())),
                currency: question.basis.currency,
                findings: codes.join(" "),
            }
        })
        .collect()
}
