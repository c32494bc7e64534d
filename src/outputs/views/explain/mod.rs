//! The derivation from demand to money, one line per step: quantity, formula with its numbers, result, source.

mod money;

use crate::model::calibration::{WAKEUP_RATE, wakeup_share};
use crate::model::estimate::{Answer, Estimate, Plan, Question, Section, Spread};
use crate::model::runtime::{Service, Sourced};
use crate::model::sizing::{Constraint, Policy};
use crate::model::uncertainty::Interval;
use crate::outputs::amount::{round, seconds};
use crate::outputs::document::{Document, Step};
use crate::outputs::number::{bytes, count, cpu, plural, rate, significant, trimmed};
use crate::units::{Bytes, CpuMillis};

/// Adds all steps from demand to money.
pub(super) fn explain(document: &mut Document, question: &Question, answer: &Answer) {
    for (heading, steps) in chains(question, answer) {
        document.steps(heading, steps);
    }
}

fn chains(question: &Question, answer: &Answer) -> Vec<(String, Vec<Step>)> {
    let mut chains = vec![("Prices".to_owned(), money::prices(question))];
    let mut estimates = answer.estimates.iter();
    for Section { policy, services } in &question.sections {
        for service in services {
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
            .map(|s| format!("{} {}%", s.input.name(), significant(100.0 * s.share, 2)))
            .collect();
        steps.insert(
            0,
            step(
                "most worth measuring",
                "",
                format!("{} (share of the variance in pods: {})", most.input.name(), ranked.join(", ")),
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
    let mut steps = Vec::new();
    // Dividing by a speed of one changes nothing.
    let by_speed = match &service.cpu_speed {
        speed if *speed == Interval::ONE => String::new(),
        speed => {
            let range = if speed.is_exact() {
                String::new()
            } else {
                format!(" (5th percentile {}, 95th {})", trimmed(speed.low(), 4), trimmed(speed.high(), 4))
            };
            steps.push(step(
                "speed of a core",
                "",
                format!("{}{range} of those that the CPU costs were measured on; framework, handler, wake-ups, idle use and sidecar are divided by it", trimmed(speed.mid(), 4)),
                "--cpu-speed",
            ));
            format!(" ÷ {}", trimmed(speed.mid(), 4))
        }
    };
    steps.push(step(
        "CPU per request, framework",
        format!("D_sat = cores ÷ throughput = {} ÷ {}{by_speed}", v.benchmark.cores, rate(v.throughput.interval.mid())),
        format!("{} ms", ms(replica.framework_cpu)),
        "",
    ));
    if let Some(handler) = &service.work.handler {
        let factor = &service.handler_factor;
        steps.push(step(
            "CPU per request, handler",
            format!(
                "{} ms of {} × {} ({}–{}) for {}{by_speed}",
                ms(handler.seconds.interval.mid()),
                handler.language,
                significant(factor.mid(), 3),
                significant(factor.low(), 3),
                significant(factor.high(), 3),
                service.work.kind.as_deref().unwrap_or("unknown kind of work")
            ),
            format!("{} ms", ms(replica.handler_cpu)),
            &handler.seconds.source,
        ));
    }
    if let Some(worth) = plan.shape.threads_worth() {
        steps.push(step(
            "more threads than the CPU limit",
            format!("{} threads, limit worth {worth}", plan.shape.threads),
            format!("throughput drops to {}%", significant(100.0 * plan.shape.kept_throughput(), 3)),
            "uber-go/automaxprocs, README: 44,715 req/s with 2 threads under 2 CPUs, 33,112 with 8, 22,191 with 24; both parts above are divided by it",
        ));
    }
    steps.push(step(
        "CPU per request, at this rate",
        format!(
            "D = D_sat + handler + W·√({WAKEUP_RATE} ÷ rate of a process) = {} + {} + {}·{}",
            ms(replica.framework_cpu),
            ms(replica.handler_cpu),
            significant(1e3 * replica.wakeup_cpu, 3),
            significant(wakeup_share(plan.rate / replica.processes()), 3)
        ),
        format!("{} ms{}", ms(plan.cpu_per_request.plan), range_of(&plan.cpu_per_request, ms)),
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
            "maximum rate per pod",
            safe_rate(plan, policy),
            format!("{} req/s", significant(plan.sizing.safe_rate, 5)),
            &policy.sources.targets,
        ),
        step(
            "pods",
            question.replicas.map_or_else(String::new, |_| "given by --replicas; the demand needs ".to_owned())
                + &format!(
                    "⌈{} ÷ {}⌉ = ⌈{}{}⌉, at least {}",
                    rate(question.demand.mid()),
                    significant(plan.sizing.safe_rate, 5),
                    significant(plan.before_rounding.plan, 4),
                    range_of(&plan.before_rounding, |pods| significant(pods, 4)),
                    policy.min_replicas
                ),
            match question.replicas {
                Some(given) => count(given),
                None => format!(
                    "{}, set by {}; one more from {} req/s",
                    count(plan.sizing.pods),
                    plan.sizing.binding.name(),
                    count(plan.sizing.next_pod_at)
                ),
            },
            "",
        ),
        step(
            "memory per pod",
            format!(
                "base + additional workers + requests in flight ({} at p99)",
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

/// The settings of the autoscaler and the resulting number of pods.
fn autoscaler(plan: &Plan, policy: &Policy) -> String {
    let a = &plan.autoscaler;
    let range = match a.max_replicas {
        most if most == a.min_replicas => plural(most, "pod", "pods"),
        most => format!("{} to {}", count(a.min_replicas), plural(most, "pod", "pods")),
    };
    let Some((percent, settled)) = a.target_percent.zip(a.settled) else {
        return format!("{range}, scaled on something other than CPU, which is not the limit here");
    };
    let tolerance = significant(100.0 * policy.scaling.tolerance, 3);
    format!(
        "{range} at {percent}% of the CPU request; with the HPA's rounding and {tolerance}% tolerance it settles at {} when demand rises to this level and at {} when it falls to it",
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
            match (policy.counts_on_spare_cores(), limited) {
                (true, false) => "all threads can run: the plan counts on more than the request".to_owned(),
                (_, true) => format!("{quota} in every 100 ms, the limit"),
                (false, false) => format!("{quota} in every 100 ms, the request"),
            },
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
            "latency, idle node",
            if limited { "only the CPU limit applies" } else { "all threads can run" },
            format!("p99 {}, mean {}", seconds(plan.quiet_latency.p99), seconds(plan.quiet_latency.mean)),
            "",
        ),
        step("CPU limit", "", limit_advice(plan), ""),
    ];
    if let Some(stress) = &plan.one_less {
        steps.push(step(
            "with one pod fewer",
            format!(
                "{} at {} req/s each, where the {} constraint fails",
                plural(stress.pods, "pod", "pods"),
                significant(stress.rate, 4),
                plan.sizing.binding.name()
            ),
            format!(
                "{}% of the request, p99 {}",
                significant(100.0 * stress.utilization, 3),
                if stress.p99.is_finite() { seconds(stress.p99) } else { "unbounded".to_owned() }
            ),
            "",
        ));
    }
    if let Some(zones) = &policy.zones {
        let left = zones.survivors(plan.sizing.pods);
        steps.push(step(
            "zone loss",
            format!(
                "{} in {} zones; losing {}",
                plural(plan.sizing.pods, "pod", "pods"),
                zones.count,
                fullest(zones.survive)
            ),
            format!("{} left, at up to {} utilization", count(left), policy.max_utilization),
            &policy.sources.zones,
        ));
    }
    if let Some(ramp) = policy.ramp.filter(|ramp| ramp.over > 0.0) {
        let lag = policy.scaling.lag(plan.replica.image_size, plan.replica.cold_start);
        steps.push(step(
            "ramp",
            format!(
                "scaling lag {} (metrics, autoscaler, node, image, cold start); demand grows {}% in that time, HPA tolerance {}%",
                seconds(lag),
                significant(100.0 * ramp.unseen(lag), 2),
                significant(100.0 * policy.scaling.tolerance, 2)
            ),
            format!(
                "utilization before the ramp must stay below {}%",
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

/// The zones that are assumed to fail, fullest first.
fn fullest(zones: u32) -> String {
    if zones == 1 { "the fullest".to_owned() } else { format!("the fullest {zones}") }
}

/// Comparison of the pods with and without a CPU limit.
fn limit_advice(plan: &Plan) -> String {
    let (busy, quiet) = (plan.latency.p99, plan.quiet_latency.p99);
    let throttled = significant(100.0 * plan.latency.throttled_fraction, 2);
    match (plan.shape.resources.cpu_limit, &plan.other_limit) {
        (Some(limit), Some(other)) => format!(
            "the limit of {} throttles the pod in {throttled}% of periods and makes p99 {}; without it p99 is {} on a busy node and {} where cores are free",
            cpu(limit),
            seconds(busy),
            seconds(other.latency.p99),
            seconds(other.quiet_latency.p99)
        ),
        (None, Some(other)) if quiet > 0.9 * other.latency.p99 => format!(
            "makes little difference: p99 is {} with a limit at the request and {} without one where cores are free",
            seconds(other.latency.p99),
            seconds(quiet)
        ),
        (None, Some(other)) => format!(
            "not recommended: with a limit at the request p99 would be {} on every node; without one it is {} where cores are free",
            seconds(other.latency.p99),
            seconds(quiet)
        ),
        (_, None) => {
            format!(
                "p99 is {} with the present choice; otherwise the pod would not get the CPU it needs",
                seconds(busy)
            )
        }
    }
}

fn step(what: &'static str, how: impl Into<String>, result: impl Into<String>, source: impl Into<String>) -> Step {
    Step { what, how: how.into(), result: result.into(), source: source.into() }
}

/// The interval of a number from the samples; empty if there is none, or nothing varies.
fn range_of(spread: &Spread<f64>, text: impl Fn(f64) -> String) -> String {
    let Some([low, _, high]) = spread.percentiles else { return String::new() };
    if low == Some(spread.plan) && high == Some(spread.plan) {
        return String::new();
    }
    let end = |end: Option<f64>| end.map_or_else(|| "none".to_owned(), &text);
    format!(" (5th percentile {}, 95th {})", end(low), end(high))
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

/// The formula of the constraint that determines the maximum rate per pod.
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

fn trimmed_decimal(value: rust_decimal::Decimal) -> String {
    use rust_decimal::prelude::ToPrimitive;
    value.to_f64().map_or_else(|| value.to_string(), |v| trimmed(v, 6))
}
