//! The chain from demand to money, a line a step: what, formula with its numbers, result, source.

mod money;

use super::layout::Layout;
use super::number::{apart, bytes, bytes_apart, count, cpu, plural, rate, significant, trimmed};
use super::text::wrap;
use crate::model::{Answer, Constraint, Estimate, NodeResource, Plan, Policy, Question, Service, Sourced};
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
    let mut chains = vec![("Prices".to_owned(), money::prices(question))];
    let mut estimates = answer.estimates.iter();
    for policy in &question.policies {
        for service in &question.services {
            if let Some(estimate) = estimates.next() {
                chains.push((
                    format!("{} under {}", estimate.profile, estimate.policy),
                    chain(question, service, policy, estimate),
                ));
            }
        }
    }
    chains
}

fn chain(question: &Question, service: &Service, policy: &Policy, estimate: &Estimate) -> Vec<Step> {
    let v = &service.profile.values;
    let mut steps = vec![
        step("demand", "", format!("{} req/s", rate(question.demand.mid())), "--rps"),
        input("throughput", &v.throughput, |x| format!("{} req/s on {} cores", rate(x), v.benchmark.cores)),
    ];
    let Ok(plan) = &estimate.plan else { return steps };
    if let Some(most) = plan.sensitivity.first() {
        let ranked: Vec<String> = plan
            .sensitivity
            .iter()
            .map(|s| format!("{} {} %", s.input.name(), significant(100.0 * s.share, 2)))
            .collect();
        steps.insert(
            0,
            step(
                "measure this first",
                "",
                format!("{} (share of the variance of pods: {})", most.input.name(), ranked.join(", ")),
                "",
            ),
        );
    }
    steps.extend(cpu_steps(service, plan));
    steps.extend(pod_steps(question, service, policy, plan));
    steps.extend(latency_steps(policy, plan));
    steps.extend(money::cost_steps(question, estimate, plan));
    steps
}

fn cpu_steps(service: &Service, plan: &Plan) -> Vec<Step> {
    let v = &service.profile.values;
    let replica = &plan.replica;
    let ms = |seconds: f64| significant(1e3 * seconds, 4);
    let mut steps = vec![step(
        "CPU a request, framework",
        format!("D_sat = cores ÷ throughput = {} ÷ {}", v.benchmark.cores, rate(v.throughput.interval.mid())),
        format!("{} ms", ms(replica.framework_cpu)),
        "",
    )];
    if let Some(handler) = &service.work.handler {
        let factor = &service.handler_factor;
        steps.push(step(
            "CPU a request, handler",
            format!(
                "{} ms of {} × {} ({}–{}) for {}",
                ms(handler.seconds.interval.mid()),
                handler.language,
                significant(factor.mid(), 3),
                significant(factor.low(), 3),
                significant(factor.high(), 3),
                service.work.kind.as_deref().unwrap_or("work of unknown kind")
            ),
            format!("{} ms", ms(replica.handler_cpu)),
            &handler.seconds.source,
        ));
    }
    if let Some(worth) = plan.shape.threads_worth() {
        steps.push(step(
            "threads above the limit",
            format!("{} threads where the limit is good for {worth}", plan.shape.threads),
            format!("{} % of the throughput is kept", significant(100.0 * plan.shape.kept_throughput(), 3)),
            "uber-go/automaxprocs, README: 44,715 req/s with 2 threads under 2 CPUs, 33,112 with 8, 22,191 with 24; both parts above are divided by it",
        ));
    }
    steps.push(step(
        "CPU a request, at this rate",
        format!(
            "D = D_sat + handler + W·(1 − rate ÷ saturation) = {} + {} + {}·(1 − {} ÷ {})",
            ms(replica.framework_cpu),
            ms(replica.handler_cpu),
            significant(1e3 * replica.wakeup_cpu, 3),
            significant(plan.rate, 4),
            significant(replica.saturation_rate(), 4)
        ),
        format!("{} ms", ms(replica.cpu_per_request(plan.rate))),
        &v.wakeup_cpu.source,
    ));
    steps
}

fn pod_steps(question: &Question, service: &Service, policy: &Policy, plan: &Plan) -> Vec<Step> {
    let v = &service.profile.values;
    let resources = &plan.shape.resources;
    let requested = plan.shape.requested();
    let sidecar = service.sidecar.as_ref().map(|s| format!(" with {}", s.title)).unwrap_or_default();
    vec![
        step(
            "pod",
            format!("requests {} and {}{sidecar}", cpu(requested.cpu), bytes(requested.memory)),
            format!(
                "{} serving on {}",
                plural(plan.shape.workers.into(), "process", "processes"),
                plural(plan.shape.threads.into(), "thread", "threads")
            ),
            if *resources == v.pod { &v.pod_source } else { "flags" },
        ),
        step(
            "safe rate of a pod",
            safe_rate(plan, policy),
            format!("{} req/s", significant(plan.sizing.safe_rate, 5)),
            &policy.sources.targets,
        ),
        step(
            "pods",
            format!(
                "⌈{} ÷ {}⌉ = ⌈{}⌉, at least {}",
                rate(question.demand.mid()),
                significant(plan.sizing.safe_rate, 5),
                significant(plan.sizing.before_rounding, 4),
                policy.min_replicas
            ),
            format!(
                "{}, set by {}; one more from {} req/s",
                count(plan.sizing.pods),
                plan.sizing.binding.name(),
                count(plan.sizing.next_pod_at)
            ),
            "",
        ),
        step(
            "memory of a pod",
            format!(
                "loaded + further workers + in flight ({} requests, 99th percentile)",
                significant(plan.replica.in_flight(plan.rate), 2)
            ),
            format!(
                "{} of {}",
                bytes(Bytes::from_bytes(round(plan.replica.working_set(plan.rate)))),
                bytes(requested.memory)
            ),
            &v.memory_loaded.source,
        ),
        step("autoscaler", "", autoscaler(plan, policy), ""),
    ]
}

/// What the autoscaler is set to and what it makes of it.
fn autoscaler(plan: &Plan, policy: &Policy) -> String {
    let a = &plan.autoscaler;
    let range = format!("{} to {} pods", count(a.min_replicas), count(a.max_replicas));
    let Some((percent, settled)) = a.target_percent.zip(a.settled) else {
        return format!("{range} by something else than CPU, which is idle when they run out");
    };
    let tolerance = significant(100.0 * policy.scaling.tolerance, 3);
    format!(
        "{range} at {percent} % of the CPU request; by its own rule (whole percents, {tolerance} % tolerance) it comes to rest at {} when demand rises to this and at {} when it falls to it",
        count(settled.rising),
        count(settled.falling)
    )
}

fn latency_steps(policy: &Policy, plan: &Plan) -> Vec<Step> {
    let objective = policy.slo_p99.map(|p99| format!(" (objective {})", seconds(p99))).unwrap_or_default();
    let quota = cpu(CpuMillis::from_millis(round(plan.shape.busy_node_quota() * 1e3)));
    let limited = plan.shape.resources.cpu_limit.is_some();
    let mut steps = vec![
        step(
            "latency, busy node",
            format!("{quota} in every 100 ms, the {}", if limited { "limit" } else { "request" }),
            format!("p99 {}, mean {}{objective}", seconds(plan.latency.p99), seconds(plan.latency.mean)),
            format!(
                "Whitt 1993 and tables of the simulator (profiles/queueing){}",
                if policy.sources.latency.is_empty() {
                    String::new()
                } else {
                    format!("; objective: {}", policy.sources.latency)
                }
            ),
        ),
        step(
            "latency, quiet node",
            if limited { "the limit alone holds it back" } else { "all threads run" },
            format!("p99 {}, mean {}", seconds(plan.quiet_latency.p99), seconds(plan.quiet_latency.mean)),
            "",
        ),
        step("should I set a CPU limit", "", limit_advice(plan), ""),
    ];
    if let Some(stress) = &plan.one_less {
        steps.push(step(
            "with one pod less",
            format!(
                "{} under {} req/s each, where {} breaks",
                plural(stress.pods, "pod", "pods"),
                significant(stress.rate, 4),
                plan.sizing.binding.name()
            ),
            format!("{} % of the request, p99 {}", significant(100.0 * stress.utilization, 3), seconds(stress.p99)),
            "",
        ));
    }
    if let Some(zones) = &policy.zones {
        let left = zones.survivors(plan.sizing.pods);
        steps.push(step(
            "zone loss",
            format!("{} pods over {} zones, the fullest {} gone", count(plan.sizing.pods), zones.count, zones.survive),
            format!("{} left at up to {}", count(left), policy.max_utilization),
            &policy.sources.zones,
        ));
    }
    if let Some(ramp) = policy.ramp.filter(|ramp| ramp.over > 0.0) {
        let lag = policy.scaling.lag(plan.replica.image_size, plan.replica.cold_start);
        steps.push(step(
            "ramp",
            format!(
                "lag {} (metrics, autoscaler, node, image, cold start), demand unseen by then {} %, tolerance {} %",
                seconds(lag),
                significant(100.0 * ramp.unseen(lag), 2),
                significant(100.0 * policy.scaling.tolerance, 2)
            ),
            format!(
                "utilization may be {} % before it",
                significant(
                    100.0 * policy.max_utilization.fraction() / (1.0 + policy.scaling.tolerance + ramp.unseen(lag)),
                    3
                )
            ),
            format!("{}; {}", policy.sources.ramp, policy.sources.scaling),
        ));
    }
    steps
}

/// The pods as they are beside the same pods with the other choice about a limit.
fn limit_advice(plan: &Plan) -> String {
    let (busy, quiet) = (plan.latency.p99, plan.quiet_latency.p99);
    let throttled = significant(100.0 * plan.latency.throttled_fraction, 2);
    match (plan.shape.resources.cpu_limit, &plan.other_limit) {
        (Some(limit), Some(other)) => format!(
            "the limit of {} stops the pod in {throttled} % of periods and makes p99 {}; without it p99 is {} on a busy node and {} where cores are spare",
            cpu(limit),
            seconds(busy),
            seconds(other.latency.p99),
            seconds(other.quiet_latency.p99)
        ),
        (None, Some(other)) if quiet > 0.9 * other.latency.p99 => format!(
            "it would change little: p99 is {} with one at the request and {} without where cores are spare",
            seconds(other.latency.p99),
            seconds(quiet)
        ),
        (None, Some(other)) => format!(
            "no: with one at the request p99 would be {} on every node; without one it is {} where cores are spare",
            seconds(other.latency.p99),
            seconds(quiet)
        ),
        (_, None) => {
            format!("p99 is {} as it is; the other choice leaves the pod without the CPU it needs", seconds(busy))
        }
    }
}

fn step(what: &'static str, how: impl Into<String>, result: impl Into<String>, source: impl Into<String>) -> Step {
    Step { what, how: how.into(), result: result.into(), source: source.into() }
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
        Constraint::Cpu => format!("rate·D ≤ {target} × {} − idle {idle}", cpu(plan.shape.requested().cpu)),
        Constraint::Parallelism => format!("rate·D ≤ {target} × {} threads", plan.shape.threads),
        Constraint::Concurrency => format!("rate·(D + wait) ≤ {target} × {} workers", plan.shape.workers),
        Constraint::Rate => format!("rate ≤ {} req/s, as given", significant(plan.shape.max_rate, 4)),
        Constraint::Memory => format!("working set ≤ {}", bytes(plan.shape.requested().memory)),
        Constraint::Latency | Constraint::Throttling => {
            format!("p99 ≤ {}", policy.slo_p99.map_or_else(String::new, seconds))
        }
        Constraint::Ramp => "holds the objective while demand outruns the autoscaler".to_owned(),
        Constraint::Zones | Constraint::Minimum => String::new(),
    }
}

/// What is needed and what there is, in the unit of the constraint, with enough digits to see which is more.
pub(super) fn amounts(constraint: Constraint, needed: f64, available: f64) -> (String, String) {
    match constraint {
        Constraint::Memory => bytes_apart(Bytes::from_bytes(round(needed)), Bytes::from_bytes(round(available))),
        Constraint::Latency | Constraint::Throttling | Constraint::Zones | Constraint::Ramp => {
            apart((needed, available), 3..=12, seconds_to)
        }
        _ => apart((needed, available), 0..=6, |cores, decimals| match decimals {
            0 => cpu(CpuMillis::from_millis(round(cores * 1e3))),
            more => format!("{:.*} millicores", more as usize, cores * 1e3),
        }),
    }
}

/// A span of time in the unit that reads best.
pub(super) fn seconds(value: f64) -> String {
    seconds_to(value, 3)
}

/// The same to so many significant figures.
fn seconds_to(value: f64, figures: u32) -> String {
    let figures = i32::try_from(figures).unwrap_or(i32::MAX);
    match value {
        v if !v.is_finite() => "∞".to_owned(),
        v if v < 1e-3 => format!("{} µs", trimmed(v * 1e6, figures)),
        v if v < 1.0 => format!("{} ms", trimmed(v * 1e3, figures)),
        v => format!("{} s", trimmed(v, figures)),
    }
}

/// What a pod needs of a node's resource and what there is of it.
pub(super) fn rooms(resource: NodeResource, needed: u64, available: u64) -> (String, String) {
    match resource {
        NodeResource::Cpu => (cpu(CpuMillis::from_millis(needed)), cpu(CpuMillis::from_millis(available))),
        NodeResource::Memory => bytes_apart(Bytes::from_bytes(needed), Bytes::from_bytes(available)),
        NodeResource::Pods => (count(needed), count(available)),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounding for display; `as` saturates")]
fn round(value: f64) -> u64 {
    value.round() as u64
}

fn trimmed_decimal(value: rust_decimal::Decimal) -> String {
    use rust_decimal::prelude::ToPrimitive;
    value.to_f64().map_or_else(|| value.to_string(), |v| trimmed(v, 6))
}
