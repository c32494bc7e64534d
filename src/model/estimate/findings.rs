//! What a reader of one estimate must know.

use super::Plan;
use super::case::Case;
use crate::model::queueing::Balancer;
use crate::model::{Finding, Kind, Service, ThreadRule};
use crate::units::CpuMillis;

/// The largest cluster that Kubernetes is tested for (<https://kubernetes.io/docs/setup/best-practices/cluster-large/>).
const TESTED_PODS: u64 = 150_000;
/// A CPU request that was more likely meant in thousandths of a core.
const LARGE_REQUEST: CpuMillis = CpuMillis::from_cores(64);
/// As [`TESTED_PODS`], for nodes.
const TESTED_NODES: u64 = 5_000;

pub(super) fn findings(case: &Case<'_>, plan: Option<&Plan>) -> Vec<Finding> {
    let mut findings = case.service.profile.values.findings.clone();
    findings.extend(of_service(case));
    if let Some(plan) = plan {
        findings.extend(of_plan(case, plan));
        findings.extend(limit_costs_pods(case, plan));
    }
    findings.sort();
    findings
}

fn of_service(case: &Case<'_>) -> Vec<Finding> {
    let Service { profile, work, .. } = case.service;
    let name = profile.name.as_str();
    let mut findings = Vec::new();
    let threads = case.shape.threads;
    // A limit that is good for fewer threads than the node has cores makes the node's cores irrelevant.
    let by_limit = case.shape.resources.cpu_limit.is_some_and(|limit| f64::from(threads) >= limit.cores().max(2.0));
    let by_node = profile.threads == ThreadRule::Node || !by_limit;
    let assumed = by_node && case.question.basis.named_node_cores().is_none();
    if profile.kind == Kind::Threads && assumed {
        findings.push(Finding::info(
            "threads-assumed",
            name,
            format!("the node's cores are not known here; {threads} threads are taken (name an --instance-type to change it)"),
        ));
    }
    let request = case.shape.resources.cpu_request;
    if request >= LARGE_REQUEST {
        findings.push(Finding::warning(
            "cpu-request-large",
            name,
            format!(
                "a pod requests {} cores, more than most nodes offer; {}m would be thousandths of a core",
                request.cores(),
                request.cores()
            ),
        ));
    }
    if work.name == "ml" {
        findings.push(Finding::info(
            "machine-learning",
            name,
            "the article's first step is to stay with Python where a service computes with PyTorch, TensorFlow or transformers: \
             its time is spent in native libraries, so another language saves little",
        ));
    }
    if let Some(worth) = case.shape.threads_worth() {
        let remedy = match profile.language.as_str() {
            "go" => format!("set GOMAXPROCS={worth}, or build with Go 1.25 or later, which does"),
            _ => "start no more than that".to_owned(),
        };
        findings.push(Finding::warning(
            "threads-above-limit",
            name,
            format!(
                "{threads} threads under a CPU limit that is good for {worth} cost {:.0} % of the throughput: {remedy}",
                100.0 * (1.0 - case.shape.kept_throughput())
            ),
        ));
    }
    if let Some(handler) = &work.handler
        && handler.language != profile.language
        && !work.kind_known(profile)
    {
        findings.push(Finding::warning(
            "handler-kind-unknown",
            name,
            format!("nobody says what kind of work the handler does, so its CPU in {} spans every kind (name one with --work)", profile.language),
        ));
    }
    if work.response_bytes.is_none() && case.question.basis.services.is_some() {
        findings.push(Finding::info(
            "traffic-unpriced",
            name,
            "traffic to the internet is not in the bill: say how large a response is with --response-bytes",
        ));
    }
    if let Some(bytes) = work.response_bytes.filter(|_| work.response_assumed && case.question.basis.services.is_some())
    {
        findings.push(Finding::warning(
            "traffic-assumed",
            name,
            format!(
                "the whole bill has every response go to the internet at {bytes} each, which work {} assumes: say what yours is with --response-bytes (0 for none)",
                work.name
            ),
        ));
    }
    if matches!(case.policy.balancer, Balancer::PowerOfTwo | Balancer::LeastRequest) && case.policy.slo_p99.is_some() {
        findings.push(Finding::info(
            "balancer-under-quota",
            name,
            "on a busy node a balancer that looks at the pods counts as one that does not: p99 there is an upper bound, and pods may be fewer",
        ));
    }
    if work.wait.interval.high() > 0.0 && case.policy.slo_p99.is_some() {
        findings.push(Finding::info(
            "downstream-tail",
            name,
            "time waiting downstream is taken as constant; where it has a tail of its own, p99 is longer",
        ));
    }
    findings
}

fn of_plan(case: &Case<'_>, plan: &Plan) -> Vec<Finding> {
    let name = case.service.profile.name.as_str();
    let mut findings = Vec::new();
    let nodes = plan.nodes.as_ref().map_or(0, |own| own.plan.nodes);
    if plan.sizing.pods > TESTED_PODS || nodes > TESTED_NODES {
        findings.push(Finding::warning(
            "beyond-one-cluster",
            name,
            format!(
                "{} pods on {nodes} nodes: Kubernetes is tested up to {TESTED_PODS} pods and {TESTED_NODES} nodes in one cluster; take several clusters, or larger pods",
                plan.sizing.pods
            ),
        ));
    }
    if plan.pods.percentiles.is_some_and(|p| p.contains(&None)) {
        findings.push(Finding::warning(
            "samples-infeasible",
            name,
            "in part of the samples no number of pods is enough: there a request alone takes longer than the objective, or a pod has too little CPU or memory for it",
        ));
    }
    if let Some(constraint) = plan.violated {
        findings.push(Finding::warning(
            "objective-missed",
            name,
            format!(
                "{} pods do not hold policy {} at this demand: {} is the first constraint that breaks",
                plan.sizing.pods,
                case.policy.name,
                constraint.name()
            ),
        ));
    }
    if case.question.replicas.is_none() {
        findings.extend(overshoot(name, plan));
    }
    let lag = case.policy.scaling.lag(plan.replica.image_size, plan.replica.cold_start);
    if case.policy.ramp.is_some_and(|ramp| ramp.over > 0.0 && ramp.outruns(lag)) {
        findings.push(Finding::warning(
            "ramp-outruns-autoscaler",
            name,
            format!("the ramp is over before the first new pod serves ({lag:.0} s): the pods of the quiet time carry all of it"),
        ));
    }
    findings
}

/// An autoscaler that rests well above the plan.
fn overshoot(name: &str, plan: &Plan) -> Option<Finding> {
    let (settled, percent) = plan.autoscaler.settled.zip(plan.autoscaler.target_percent)?;
    let more = settled.rising.checked_sub(plan.sizing.pods)?;
    // Less than a twentieth is within what whole pods do to a plan anyway.
    (more > plan.sizing.pods / 20).then(|| {
        Finding::warning(
            "autoscaler-above-plan",
            name,
            format!(
                "an autoscaler that never rests below the plan's {} pods needs a target of {percent} %, and its tolerance then makes it rest at {}: {more} more than the plan is priced with (--emit deployment keeps the plan)",
                plan.sizing.pods, settled.rising
            ),
        )
    })
}

/// A limit that costs pods: without it fewer would do where nodes have cores to spare.
fn limit_costs_pods(case: &Case<'_>, plan: &Plan) -> Option<Finding> {
    let limit = case.shape.resources.cpu_limit?;
    let without = plan.other_limit?.quiet_pods?;
    let more = plan.sizing.pods.checked_sub(without).filter(|more| *more > 0 && case.question.replicas.is_none())?;
    Some(Finding::warning(
        "cpu-limit-costs-pods",
        case.service.profile.name.as_str(),
        format!(
            "the CPU limit of {limit} costs {more} of {} pods: {without} would do without it on nodes with cores to spare",
            plan.sizing.pods
        ),
    ))
}
