//! The rows of an estimate: how each formats a plan, and the ratio of two plans.

use crate::model::estimate::{
    BilledPods, ClusterFit, Comparison, OwnNodes, Plan, Question, RatioInterval, RatioIntervals, Ratios, Settled,
    Spread,
};
use crate::model::pricing::PodPlatform;
use crate::model::sizing::Constraint;
use crate::outputs::amount::seconds;
use crate::outputs::number::{
    bytes, count, cpu, dollars, plural, ratio, rounded_count, significant, unit_price, unknown,
};

use crate::units::Currency;

/// One row.
pub(super) struct Row {
    /// Key in an estimate of the JSON document; empty if that contains another number.
    pub(super) key: &'static str,
    /// Label, for US dollars, indented by two spaces if it is a part of the row above.
    pub(super) label: &'static str,
    /// Whether it is part of the short screen.
    pub(super) is_short: bool,
    /// Formats the value of a plan.
    pub(super) cell: fn(&Question, &Plan) -> String,
    /// Formats the ratio of two plans; empty if there is none.
    pub(super) ratio: fn(&Comparison) -> String,
}

impl Row {
    /// Its label in a currency, as wide as for US dollars: `$/month`, `EUR/mo`.
    pub(super) fn label_in(&self, currency: Currency) -> String {
        if currency == Currency::USD {
            return self.label.to_owned();
        }
        self.label.replace("$/month", &format!("{currency}/mo")).replace('$', currency.code())
    }
}

const fn short(
    (key, label): (&'static str, &'static str),
    cell: fn(&Question, &Plan) -> String,
    ratio: fn(&Comparison) -> String,
) -> Row {
    Row { key, label, is_short: true, cell, ratio }
}

const fn detail(
    (key, label): (&'static str, &'static str),
    cell: fn(&Question, &Plan) -> String,
    ratio: fn(&Comparison) -> String,
) -> Row {
    Row { key, label, is_short: false, cell, ratio }
}

/// The rows of an estimate, money first.
pub(super) const ROWS: &[Row] = &[
    short(
        ("share_cost_per_month", "$/month, shared cluster"),
        |_, p| spread(&p.share_cost, dollars, dollars),
        |c| compared(c, |r| Some(r.share_cost), |i| i.share_cost),
    ),
    detail(
        ("share_cost_per_million_requests", "  $ per million requests"),
        |q, p| q.per_million(p.share_cost.plan).map_or_else(unknown, unit_price),
        no_ratio,
    ),
    short(
        ("node_cost_per_month", "$/month, dedicated nodes"),
        |_, p| own(p, |nodes| spread(&nodes.cost, dollars, dollars)),
        |c| compared(c, |r| r.node_cost, |i| i.node_cost),
    ),
    detail(("nodes", "  nodes"), |q, p| own(p, |nodes| node_names(q, nodes)), no_ratio),
    detail(
        ("idle_cost_per_month", "  of which idle, $/month"),
        |_, p| own(p, |nodes| dollars(nodes.idle_cost)),
        no_ratio,
    ),
    short(
        ("total_cost_per_month", "$/month, whole cluster"),
        |_, p| own(p, |nodes| dollars(nodes.total_cost())),
        |c| compared(c, |r| r.total_cost, |i| i.total_cost),
    ),
    short(
        ("pods", "pods"),
        |_, p| spread(&p.pods, count, rounded_count),
        |c| compared(c, |r| Some(r.pods), |i| i.pods),
    ),
    detail(
        ("pods_before_rounding", "  before rounding"),
        |_, p| significant(p.sizing.before_rounding, 3),
        |c| c.ratios.as_ref().map_or_else(String::new, |r| ratio(r.pods_before_rounding)),
    ),
    detail(
        ("next_pod_at_requests_per_second", "  one more pod from"),
        |q, p| planned(q, || format!("{} req/s", count(p.sizing.next_pod_at))),
        no_ratio,
    ),
    detail(("binding", "  binding constraint"), binding, no_ratio),
    short(
        ("requested.cpu_millis", "CPU requested"),
        |_, p| cpu(p.cpu_requested),
        |c| compared(c, |r| Some(r.cpu), |i| i.cpu),
    ),
    short(
        ("requested.memory_bytes", "memory requested"),
        |_, p| bytes(p.memory_requested),
        |c| compared(c, |r| Some(r.memory), |i| i.memory),
    ),
    detail(
        ("", "CPU per request"),
        |_, p| format!("{} ms", significant(1e3 * p.replica.pod_cpu_per_request(p.rate), 3)),
        |c| compared(c, |r| Some(r.cpu_per_request), |i| i.cpu_per_request),
    ),
    short(
        ("pod.latency_p99_ms", "p99, busy / idle node"),
        |_, p| format!("{} / {}", seconds(p.latency.p99), seconds(p.quiet_latency.p99)),
        no_ratio,
    ),
    detail(("autoscaler", "HPA min–max, CPU target"), autoscaler, no_ratio),
    detail(
        ("autoscaler.settles_at", "  settles at"),
        |q, p| planned(q, || p.autoscaler.settled.map_or_else(unknown, rest)),
        no_ratio,
    ),
    detail(
        ("autoscaler.settles_at.share_cost_per_month", "  $/month at that size"),
        |q, p| planned(q, || p.autoscaler.settled.map_or_else(unknown, |settled| dollars(settled.share_cost))),
        no_ratio,
    ),
];

/// Key of the last row about money; rows of a platform without nodes follow it.
pub(super) const LAST_OF_MONEY: &str = "total_cost_per_month";

/// Rows about pods that are billed by size.
pub(super) fn platform_rows(platform: PodPlatform) -> [Row; 3] {
    let cost = match platform {
        PodPlatform::Fargate => "$/month, Fargate pods",
        PodPlatform::Autopilot => "$/month, Autopilot pods",
    };
    [
        short(
            ("billed_pods.cost_per_month", cost),
            |_, p| billed(p, |pods| spread(&pods.cost, dollars, dollars)),
            |c| compared(c, |r| r.billed_pod_cost, |i| i.billed_pod_cost),
        ),
        short(
            ("billed_pods.size", "  billed size of a pod"),
            |_, p| billed(p, |pods| format!("{}, {}", cpu(pods.size.cpu), bytes(pods.size.memory))),
            no_ratio,
        ),
        short(
            ("billed_pods.total_cost_per_month", "  whole cluster"),
            |_, p| billed(p, |pods| dollars(pods.total_cost())),
            no_ratio,
        ),
    ]
}

fn billed(plan: &Plan, cell: impl Fn(&BilledPods) -> String) -> String {
    plan.billed_pods.as_ref().map_or_else(unknown, cell)
}

/// The rows for a given cluster.
pub(super) const CLUSTER_ROWS: &[Row] = &[
    short(("cluster.pods_on_existing_nodes", "pods on free capacity"), |_, p| fitted(p, on_existing), no_ratio),
    short(("cluster.new_nodes", "  on new nodes"), |_, p| fitted(p, new_nodes), no_ratio),
    short(("cluster.unplaced_pods", "  unschedulable"), |_, p| fitted(p, |fit| count(fit.unplaced_pods)), no_ratio),
    short(
        ("cluster.new_node_cost_per_month", "  $/month, new nodes"),
        |_, p| fitted(p, |fit| dollars(fit.new_cost)),
        no_ratio,
    ),
];

const fn no_ratio(_: &Comparison) -> String {
    String::new()
}

/// `8.2× (5.1–12)`; the interval is omitted if nothing varies, and an end without a plan is `none`.
fn compared(
    comparison: &Comparison,
    plan: fn(&Ratios) -> Option<f64>,
    interval: fn(&RatioIntervals) -> RatioInterval,
) -> String {
    let Some(plan) = comparison.ratios.as_ref().and_then(plan) else { return String::new() };
    let varies = |[low, _, high]: &RatioInterval| (*low, *high) != (Some(plan), Some(plan));
    let Some([low, _, high]) = comparison.intervals.as_ref().map(interval).filter(varies) else { return ratio(plan) };
    let end = |end: Option<f64>| end.map_or_else(|| "none".to_owned(), |end| significant(end, 2));
    format!("{} ({}–{})", ratio(plan), end(low), end(high))
}

fn binding(question: &Question, plan: &Plan) -> String {
    match (question.replicas, plan.violated) {
        (Some(_), Some(broken)) => format!("given; {} not met", constraint(broken)),
        (Some(_), None) => "given; policy met".to_owned(),
        (None, _) => constraint(plan.sizing.binding).to_owned(),
    }
}

fn autoscaler(question: &Question, plan: &Plan) -> String {
    let a = &plan.autoscaler;
    let target = a.target_percent.map_or_else(|| "no CPU target".to_owned(), |percent| format!("{percent}%"));
    planned(question, || format!("{}–{}, {target}", count(a.min_replicas), count(a.max_replicas)))
}

fn on_existing(fit: &ClusterFit) -> String {
    match fit.existing_pods {
        0 => "0".to_owned(),
        pods => format!("{} on {}", count(pods), plural(fit.existing_nodes, "node", "nodes")),
    }
}

/// `4 (2–6)`; the interval is omitted if there is none or nothing varies, and `none` stands for samples without a
/// plan.
fn spread<T: Copy + PartialEq>(spread: &Spread<T>, exact: fn(T) -> String, rounded: fn(T) -> String) -> String {
    let Some([low, _, high]) = spread.percentiles else { return exact(spread.plan) };
    let end = |value: Option<T>| value.map_or_else(|| "none".to_owned(), rounded);
    if low == Some(spread.plan) && high == Some(spread.plan) {
        return exact(spread.plan);
    }
    format!("{} ({}–{})", exact(spread.plan), end(low), end(high))
}

fn fitted(plan: &Plan, cell: impl Fn(&ClusterFit) -> String) -> String {
    plan.cluster.as_ref().map_or_else(unknown, cell)
}

fn new_nodes(fit: &ClusterFit) -> String {
    if fit.new_pods == 0 {
        return "0".to_owned();
    }
    let kinds: Vec<String> = fit.new_nodes.iter().map(|(name, n, _)| format!("{} × {name}", count(*n))).collect();
    format!("{} on {}", count(fit.new_pods), kinds.join(", "))
}

/// `7`, or `7 (8 when scaling down)` if the controller's tolerance keeps more pods.
fn rest(settled: Settled) -> String {
    match settled {
        Settled { rising, falling, .. } if rising == falling => count(rising),
        Settled { rising, falling, .. } => format!("{} ({} when scaling down)", count(rising), count(falling)),
    }
}

/// A value that only a planned number of pods has; with `--replicas` there is no plan.
fn planned(question: &Question, cell: impl Fn() -> String) -> String {
    if question.replicas.is_some() { unknown() } else { cell() }
}

/// Name of a constraint in a table.
const fn constraint(constraint: Constraint) -> &'static str {
    match constraint {
        Constraint::Cpu => "CPU",
        Constraint::Minimum => "minimum replicas",
        other => other.name(),
    }
}

fn own(plan: &Plan, cell: impl Fn(&OwnNodes) -> String) -> String {
    plan.nodes.as_ref().map_or_else(unknown, cell)
}

fn node_names(question: &Question, nodes: &OwnNodes) -> String {
    let name = &question.basis.candidates[nodes.plan.candidate].instance.name;
    format!("{} × {name}", count(nodes.plan.nodes))
}
