//! The answer side by side: one column a profile, one section a policy.

use serde::Serialize;

use super::explain::seconds;
use super::layout::Layout;
use super::number::{
    End, bytes, count, cpu, money, plural, rate, ratio, rough_count, rough_money, significant, unit_price,
};
use super::text::{NOT_IN_IT, findings, wrap};
use super::{explain, json};
use crate::model::{
    Answer, ClusterFit, Comparison, Constraint, Estimate, FrontierPoint, Lack, LargerRequest, OwnNodes, Plan, Question,
    RatioInterval, RatioIntervals, Ratios, Settled, Severity, Spread,
};
use crate::units::Money;

pub(super) fn plain(question: &Question, answer: &Answer, explained: bool, width: usize) -> String {
    let mut out = wrap(&headline(question), width, 2);
    out.push('\n');
    out.push_str(&layout(question, answer).plain());
    out.push('\n');
    for estimate in &answer.estimates {
        out.push_str(&infeasible(question, estimate).map_or_else(String::new, |why| wrap(&why, width, 2)));
        if let Some(frontier) = frontier(estimate) {
            out.push_str(&format!("{}\n", frontier.plain()));
        }
    }
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
    for estimate in &answer.estimates {
        out.push_str(&infeasible(question, estimate).map_or_else(String::new, |why| format!("{why}\n\n")));
        if let Some(frontier) = frontier(estimate) {
            out.push_str(&format!("{}\n", frontier.markdown()));
        }
    }
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
        "{}{range} req/s · work: {} · {} {}, {}, prices of {}{} · {} h/month · USD{}",
        rate(demand.mid()),
        question.work_name(),
        basis.provider.title(),
        basis.region,
        basis.capacity_type.name(),
        basis.prices_of.on_demand_date,
        if basis.own_prices { ", your own laid over them" } else { "" },
        basis.hours.amount(),
        if basis.partial { " · partial" } else { "" },
    )
}

/// One row: its label, what a profile's cell is, and what the ratio is.
struct Row {
    label: &'static str,
    cell: fn(&Question, &Plan) -> String,
    ratio: fn(&Ratios) -> Option<f64>,
    interval: fn(&RatioIntervals) -> Option<RatioInterval>,
}

const ROWS: &[Row] = &[
    Row {
        label: "pods",
        cell: |_, p| spread(&p.pods, count, rough_count),
        ratio: |r| Some(r.pods),
        interval: |i| Some(i.pods),
    },
    Row {
        label: "  before rounding to whole pods",
        cell: |_, p| significant(p.sizing.before_rounding, 3),
        ratio: |r| Some(r.pods_before_rounding),
        interval: |_| None,
    },
    Row {
        label: "  next pod at",
        cell: |_, p| format!("{} req/s", count(p.sizing.next_pod_at)),
        ratio: |_| None,
        interval: |_| None,
    },
    Row {
        label: "  set by",
        cell: |q, p| match (q.replicas, p.violated) {
            (Some(_), Some(broken)) => format!("--replicas; {} breaks", broken.name()),
            (Some(_), None) => "--replicas; holds".to_owned(),
            (None, _) => p.sizing.binding.name().to_owned(),
        },
        ratio: |_| None,
        interval: |_| None,
    },
    Row {
        label: "CPU per request",
        cell: |_, p| format!("{} ms", significant(1e3 * p.replica.pod_cpu_per_request(p.rate), 3)),
        ratio: |r| Some(r.cpu_per_request),
        interval: |_| None,
    },
    Row {
        label: "p99 on a busy node / a quiet one",
        cell: |_, p| format!("{} / {}", seconds(p.latency.p99), seconds(p.quiet_latency.p99)),
        ratio: |_| None,
        interval: |_| None,
    },
    Row {
        label: "autoscaler min–max, CPU target",
        cell: |_, p| {
            let a = &p.autoscaler;
            let target = a.target_percent.map_or_else(|| "not on CPU".to_owned(), |percent| format!("{percent} %"));
            format!("{}–{}, {target}", count(a.min_replicas), count(a.max_replicas))
        },
        ratio: |_| None,
        interval: |_| None,
    },
    Row {
        label: "  comes to rest at",
        cell: |_, p| p.autoscaler.settled.map_or_else(none, rest),
        ratio: |_| None,
        interval: |_| None,
    },
    Row {
        label: "  $/month there, share",
        cell: |_, p| p.autoscaler.settled.map_or_else(none, |settled| money(settled.share_cost)),
        ratio: |_| None,
        interval: |_| None,
    },
    Row {
        label: "CPU requested",
        cell: |_, p| cpu(p.cpu_requested),
        ratio: |r| Some(r.cpu),
        interval: |i| Some(i.cpu),
    },
    Row {
        label: "memory requested",
        cell: |_, p| bytes(p.memory_requested),
        ratio: |r| Some(r.memory),
        interval: |i| Some(i.memory),
    },
    Row {
        label: "$/month, share of a cluster",
        cell: |_, p| spread(&p.share_cost, money, rough_money),
        ratio: |r| Some(r.share_cost),
        interval: |i| Some(i.share_cost),
    },
    Row {
        label: "  $ per million requests",
        cell: |q, p| q.per_million(p.share_cost.plan).map_or_else(none, unit_price),
        ratio: |_| None,
        interval: |_| None,
    },
    Row {
        label: "$/month, nodes of its own",
        cell: |_, p| own(p, |nodes| spread(&nodes.cost, money, rough_money)),
        ratio: |r| r.node_cost,
        interval: |i| Some(i.node_cost),
    },
    Row { label: "  nodes", cell: |q, p| own(p, |nodes| node_names(q, nodes)), ratio: |_| None, interval: |_| None },
    Row {
        label: "  of which idle",
        cell: |_, p| own(p, |nodes| money(nodes.idle_cost)),
        ratio: |_| None,
        interval: |_| None,
    },
    Row {
        label: "  whole bill of such a cluster",
        cell: |_, p| own(p, |nodes| money(nodes.total_cost())),
        ratio: |r| r.total_cost,
        interval: |i| Some(i.total_cost),
    },
];

/// What is said of a cluster that was given.
const CLUSTER_ROWS: &[Row] = &[
    Row {
        label: "pods on the cluster's free room",
        cell: |_, p| {
            fitted(p, |fit| match fit.existing_pods {
                0 => "0".to_owned(),
                pods => format!("{} on {}", count(pods), plural(fit.existing_nodes, "node", "nodes")),
            })
        },
        ratio: |_| None,
        interval: |_| None,
    },
    Row {
        label: "  on new nodes of its types",
        cell: |_, p| fitted(p, new_nodes),
        ratio: |_| None,
        interval: |_| None,
    },
    Row {
        label: "  on none",
        cell: |_, p| fitted(p, |fit| count(fit.unplaced_pods)),
        ratio: |_| None,
        interval: |_| None,
    },
    Row {
        label: "  $/month, new nodes",
        cell: |_, p| fitted(p, |fit| money(fit.new_cost)),
        ratio: |_| None,
        interval: |_| None,
    },
];

fn fitted(plan: &Plan, cell: impl Fn(&ClusterFit) -> String) -> String {
    plan.cluster.as_ref().map_or_else(none, cell)
}

fn new_nodes(fit: &ClusterFit) -> String {
    if fit.new_pods == 0 {
        return "0".to_owned();
    }
    let kinds: Vec<String> = fit.new_nodes.iter().map(|(name, n, _)| format!("{} × {name}", count(*n))).collect();
    format!("{} on {}", count(fit.new_pods), kinds.join(", "))
}

/// `7`, or `7 (8 coming down)` where the controller's tolerance keeps more.
fn rest(settled: Settled) -> String {
    match settled {
        Settled { rising, falling, .. } if rising == falling => count(rising),
        Settled { rising, falling, .. } => format!("{} ({} coming down)", count(rising), count(falling)),
    }
}

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
fn spread<T: Copy + PartialEq>(spread: &Spread<T>, exact: fn(T) -> String, rough: fn(T, End) -> String) -> String {
    let Some([low, _, high]) = spread.percentiles else { return exact(spread.plan) };
    let end = |value: Option<T>, end| value.map_or_else(|| "none".to_owned(), |value| rough(value, end));
    if low == Some(spread.plan) && high == Some(spread.plan) {
        return exact(spread.plan);
    }
    format!("{} ({}–{})", exact(spread.plan), end(low, End::Low), end(high, End::High))
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
        let of_cluster = if question.cluster.is_some() { CLUSTER_ROWS } else { &[] };
        for row in ROWS.iter().chain(of_cluster) {
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

/// `8.2× (5.1–12)`; the interval is left out where nothing varies, an end without a plan is `none`.
fn ratio_cell(comparison: &Comparison, row: &Row) -> String {
    let Some(plan) = comparison.ratios.as_ref().and_then(row.ratio) else { return String::new() };
    let interval = comparison.intervals.as_ref().and_then(row.interval);
    let varies = |[low, _, high]: &RatioInterval| (*low, *high) != (Some(plan), Some(plan));
    let Some([low, _, high]) = interval.filter(varies) else { return ratio(plan) };
    let end = |end: Option<f64>| end.map_or_else(|| "none".to_owned(), |end| significant(end, 2));
    format!("{} ({}–{})", ratio(plan), end(low), end(high))
}

fn title(language: &str) -> String {
    let mut letters = language.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What stands under the table.
fn notes(question: &Question, answer: &Answer) -> Vec<String> {
    let mut notes = Vec::new();
    if question.samples > 0 {
        notes.push(format!(
            "(low–high): 5th to 95th percentile of {} samples over the intervals of the inputs; the plan is the model at their mid values.",
            count(u64::from(question.samples))
        ));
    }
    notes.extend(why_the_ratio(question, answer));
    notes.extend(answer.estimates.iter().filter_map(autoscaled));
    notes.extend(answer.estimates.iter().filter_map(|e| spike(e, question.demand.mid())));
    notes.push(NOT_IN_IT.to_owned());
    notes
}

/// Where the ratio of two languages comes from once the handler does something.
fn why_the_ratio(question: &Question, answer: &Answer) -> Option<String> {
    let [a, b] = question.services.as_slice() else { return None };
    let handler = a.work.handler.as_ref()?;
    let plan = |at: usize| answer.estimates.get(at)?.plan.as_ref().ok();
    let (p, q) = (&plan(0)?.replica, &plan(1)?.replica);
    let part = |x: f64, y: f64| {
        format!("{} against {} ms ({})", significant(1e3 * x, 3), significant(1e3 * y, 3), ratio(x / y))
    };
    let kind = a.work.kind.as_deref().unwrap_or("work of unknown kind");
    if handler.seconds.interval.mid() == 0.0 || q.handler_cpu == 0.0 {
        return None;
    }
    Some(format!(
        "Why {} for CPU: the framework takes {}, the handler ({kind}) {}; what both languages do alike draws the ratio together.",
        ratio(p.saturated_cpu() / q.saturated_cpu()),
        part(p.framework_cpu, q.framework_cpu),
        part(p.handler_cpu, q.handler_cpu),
    ))
    .filter(|_| a.profile.language != b.profile.language)
}

/// What following the load saves against the busy period's pods all month.
fn autoscaled(estimate: &Estimate) -> Option<String> {
    let plan = estimate.plan.as_ref().ok()?;
    let fixed = plan.fixed.as_ref()?;
    let saved = |now: Money, then: Money| now.ratio(then).map(|r| significant(100.0 * (1.0 - r), 2));
    let share = saved(plan.share_cost.plan, fixed.share_cost)?;
    let nodes = plan.nodes.as_ref().zip(fixed.node_cost).and_then(|(own, then)| {
        Some(format!(
            "; nodes {} $ against {} $, {} % less",
            money(own.cost.plan),
            money(then),
            saved(own.cost.plan, then)?
        ))
    });
    Some(format!(
        "{} under {}: following the load, {} $ a month against {} $ at fixed size, {share} % less{}.",
        estimate.profile,
        estimate.policy,
        money(plan.share_cost.plan),
        money(fixed.share_cost),
        nodes.unwrap_or_default()
    ))
}

/// What a step leaves waiting, and how the autoscaler follows it.
fn spike(estimate: &Estimate, demand: f64) -> Option<String> {
    let spike = estimate.plan.as_ref().ok()?.spike.as_ref()?;
    let head = format!(
        "{} under {}: a step to {} req/s meets {}",
        estimate.profile,
        estimate.policy,
        rate(demand),
        plural(spike.pods_before, "pod", "pods")
    );
    if spike.backlog == 0.0 {
        return Some(format!("{head}: nothing waits."));
    }
    let asked: Vec<String> =
        spike.rounds.iter().map(|round| format!("{} after {}", count(round.replicas), seconds(round.at))).collect();
    let waiting = significant(spike.backlog, 3);
    let drain = match spike.drain {
        Some(drain) => format!("up to {waiting} requests wait, and none any more {} later", seconds(drain)),
        None => format!("{waiting} requests wait in the end and are never caught up with"),
    };
    Some(match asked.as_slice() {
        [] => format!("{head}; the autoscaler adds none: {drain}."),
        _ => format!(
            "{head}; the autoscaler asks for {}; the first new pod serves after {}: {drain}.",
            asked.join(", "),
            seconds(spike.lag)
        ),
    })
}

/// Why there is no plan, and what would make one.
fn infeasible(question: &Question, estimate: &Estimate) -> Option<String> {
    let name = format!("{} under {}", estimate.profile, estimate.policy);
    let plan = match &estimate.plan {
        Err(why) => {
            let (needed, available) = explain::amounts(why.constraint, why.needed, why.available);
            let works = if frontier(estimate).is_some() { " What would work:" } else { "" };
            return Some(match why.constraint {
                Constraint::Cpu => format!(
                    "No plan for {name}: without any load a pod uses {needed} of CPU, its request leaves {available}; raise the request."
                ),
                Constraint::Memory => format!(
                    "No plan for {name}: with one request in flight a pod uses {needed} of memory, its request leaves {available}; raise the request."
                ),
                _ if question
                    .service(&estimate.profile)
                    .is_some_and(|s| s.work.wait.interval.mid() >= why.available) =>
                {
                    format!(
                        "No plan for {name}: waiting downstream alone takes as long as the p99 objective of {available}; raise the objective or wait less.{works}"
                    )
                }
                _ => format!(
                    "No plan for {name}: one request alone takes {needed} at p99, so no number of pods meets {available}; {}.{works}",
                    larger_request(estimate)
                ),
            });
        }
        Ok(plan) => plan,
    };
    if plan.nodes.is_some() {
        return None;
    }
    let room = estimate.excuses.iter().filter(|e| matches!(e.lack, Lack::Room { .. })).count();
    let lacks = estimate.excuses.iter().filter_map(|e| match e.lack {
        Lack::Room { resource, needed, available } => Some((resource, available, needed, &e.instance_type)),
        Lack::Price { .. } => None,
    });
    // The roomiest in what most of them lack; the first by name where several are alike.
    let closest = lacks.max_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(b.3.cmp(a.3))).map(
        |(resource, available, needed, name)| {
            let (needed, available) = explain::rooms(resource, needed, available);
            format!("; the nearest, {name}, lacks {}: needed {needed}, available {available}", resource.name())
        },
    );
    Some(format!(
        "No nodes for {name}: a pod of {} and {} fits none of {} considered{}.",
        cpu(question.services.iter().find(|s| s.profile.name == estimate.profile)?.resources.cpu_request),
        bytes(plan.shape.resources.memory_request),
        plural(room as u64, "type", "types"),
        closest.unwrap_or_default()
    ))
}

/// Whether a larger CPU request would make a plan.
fn larger_request(estimate: &Estimate) -> String {
    let larger = estimate.frontier.as_ref().and_then(|frontier| frontier.larger_request.as_ref());
    match larger {
        Some(LargerRequest { cpu_request, pods: Some(pods), .. }) => {
            format!("a CPU request of {} would, with {}", cpu(*cpu_request), plural(*pods, "pod", "pods"))
        }
        Some(LargerRequest { cpu_request, least_p99, .. }) => {
            format!("a larger CPU request does not help ({}: {})", cpu(*cpu_request), seconds(*least_p99))
        }
        None => "a pod with a larger CPU request has no plan either".to_owned(),
    }
}

/// Objectives that hold where the one asked for does not.
fn frontier(estimate: &Estimate) -> Option<Layout> {
    let points = &estimate.frontier.as_ref()?.points;
    if points.is_empty() {
        return None;
    }
    let line = |label: &str, cell: fn(&FrontierPoint) -> String| {
        [label.to_owned()].into_iter().chain(points.iter().map(cell)).collect::<Vec<_>>()
    };
    let mut layout = Layout::new(line("  objective", |point| seconds(point.objective)));
    layout.row(line("  pods", |point| count(point.pods)));
    layout.row(line("  $/month, share", |point| money(point.share_cost)));
    Some(layout)
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
