//! Findings about one estimate.

use super::case::Case;
use super::{OwnNodes, Plan};
use crate::model::finding::{Code, Finding};
use crate::model::pricing::about_unused;
use crate::model::queueing::Balancer;
use crate::model::runtime::{Kind, Service, ThreadRule};
use crate::model::sizing::Policy;
use crate::model::uncertainty::Interval;
use crate::units::{CpuMillis, grouped};

/// The largest number of pods that Kubernetes is tested with
/// (<https://kubernetes.io/docs/setup/best-practices/cluster-large/>).
const TESTED_PODS: u64 = 150_000;
/// The largest number of nodes that Kubernetes is tested with, same source as [`TESTED_PODS`].
const TESTED_NODES: u64 = 5_000;
/// A CPU request from which on millicores were probably meant instead of cores.
const LARGE_REQUEST: CpuMillis = CpuMillis::from_cores(64);

pub(super) fn findings(case: &Case<'_>, plan: Option<&Plan>) -> Vec<Finding> {
    let mut findings = case.service.profile.values.findings.clone();
    findings.extend(of_service(case));
    findings.extend(case.platform_findings());
    if let Some(plan) = plan {
        findings.extend(of_plan(case, plan));
        findings.extend(limit_costs_pods(case, plan));
        if let Some(own) = &plan.nodes {
            findings.extend(unused_commitments(case, own));
        }
    }
    findings.sort();
    findings
}

/// Findings about commitments that the nodes of a plan do not use; they differ between profiles and policies.
fn unused_commitments(case: &Case<'_>, own: &OwnNodes) -> Vec<Finding> {
    let basis = &case.question.basis;
    // The first line is that of the nodes, whose price has the rules of the commitments too.
    let unused = own.lines.get(1..).unwrap_or_default();
    let of = format!("nodes of {} under {}", case.service.profile.name, case.policy.name);
    let named = |finding: Finding| Finding { message: format!("{of}: {}", finding.message), ..finding };
    about_unused(&basis.commitments, unused, basis.currency.code()).into_iter().map(named).collect()
}

fn of_service(case: &Case<'_>) -> Vec<Finding> {
    let Service { profile, work, .. } = case.service;
    let name = profile.name.as_str();
    let mut findings = Vec::new();
    let threads = case.shape.threads;
    // If the limit keeps the thread count below the node's core count, the node's cores do not matter.
    let by_limit = case.shape.resources.cpu_limit.is_some_and(|limit| f64::from(threads) >= limit.cores().max(2.0));
    let by_node = profile.threads == ThreadRule::Node || !by_limit;
    let assumed = by_node && case.question.basis.named_node_cores().is_none();
    if profile.kind == Kind::Threads && assumed {
        findings.push(Finding::info(
            Code::ThreadsAssumed,
            name,
            format!("the node's core count is unknown, so {threads} threads are assumed (set --instance-type)"),
        ));
    }
    findings.extend(cpu_speed(case.service));
    findings.extend(spare_cores(case));
    let request = case.shape.resources.cpu_request;
    let cores = request.cores();
    if request >= LARGE_REQUEST {
        findings.push(Finding::warning(
            Code::CpuRequestLarge,
            name,
            format!(
                "a pod requests {cores} cores, more than most nodes offer; did you mean {cores}m ({} cores)?",
                request.cores() / 1000.0
            ),
        ));
    }
    if work.name == "ml" {
        findings.push(Finding::info(
            Code::MlTimeInNativeCode,
            name,
            "the article recommends staying with Python for services that use PyTorch, TensorFlow or transformers: most of the time is \
             spent in native libraries, so another language saves little",
        ));
    }
    if let Some(worth) = case.shape.threads_worth() {
        let remedy = match profile.language.as_str() {
            "go" => format!("set GOMAXPROCS={worth}, or build with Go 1.25 or later, which sets it"),
            _ => format!("start no more than {worth}"),
        };
        findings.push(Finding::warning(
            Code::ThreadsAboveCpuLimit,
            name,
            format!(
                "{threads} threads under a CPU limit equal to {worth} reduce throughput by {:.0}%: {remedy}",
                100.0 * (1.0 - case.shape.kept_throughput())
            ),
        ));
    }
    if let Some(handler) = &work.handler
        && handler.language != profile.language
        && !work.kind_known(profile)
    {
        findings.push(Finding::warning(
            Code::HandlerKindUnknown,
            name,
            format!(
                "the kind of work is not specified, so the handler's CPU in {} covers all kinds (specify --work)",
                profile.language
            ),
        ));
    }
    if work.response_bytes.is_none() && case.question.basis.services.is_some() {
        findings.push(Finding::info(
            Code::TrafficUnpriced,
            name,
            "internet egress is not included; set --response-bytes to include it",
        ));
    }
    if let Some(bytes) = work.response_bytes.filter(|_| work.response_assumed && case.question.basis.services.is_some())
    {
        findings.push(Finding::warning(
            Code::TrafficAssumed,
            name,
            format!(
                "the total bill includes internet egress of {bytes} per response, the assumption of work {}; set --response-bytes to change it (0 for none)",
                work.name
            ),
        ));
    }
    if matches!(case.policy.balancer, Balancer::PowerOfTwo | Balancer::LeastRequest) && case.policy.slo_p99.is_some() {
        findings.push(Finding::info(
            Code::BalancerP99UpperBound,
            name,
            "on busy nodes load-aware balancing is modelled as random: p99 is an upper bound, and fewer pods may be enough",
        ));
    }
    if work.wait.interval.high() > 0.0 && case.policy.slo_p99.is_some() {
        findings.push(Finding::info(
            Code::DownstreamLatencyConstant,
            name,
            "downstream latency is modelled as constant; if it varies, the real p99 is higher",
        ));
    }
    findings
}

/// Finding about hours without demand, in which no pod runs.
fn scale_to_zero(case: &Case<'_>, plan: &Plan) -> Option<Finding> {
    let hours = plan.zero_pod_hours;
    if hours.is_zero() {
        return None;
    }
    let scaling = &case.policy.scaling;
    let start = scaling.from_zero(plan.replica.image_size, plan.replica.cold_start);
    let message = format!(
        "no pod runs in {} hours of the month: the first request after them waits for a cold start of {start:.1} s on an existing node, \
         and {:.0} s more if a node must start first. KEDA and Knative scale to zero; a HorizontalPodAutoscaler only does so with the \
         feature gate HPAScaleToZero, so its minReplicas is {} here",
        hours.round_dp(1).normalize(),
        scaling.node_start,
        plan.autoscaler.min_replicas
    );
    Some(Finding::warning(Code::ScaleToZero, case.service.profile.name.as_str(), message))
}

/// Finding about pods that use more CPU than they request.
fn spare_cores(case: &Case<'_>) -> Option<Finding> {
    let Policy { target_utilization: target, max_utilization: most, .. } = case.policy;
    if !case.policy.counts_on_spare_cores() {
        return None;
    }
    let bound = match case.shape.resources.cpu_limit {
        Some(limit) => format!("up to its limit of {limit}"),
        None => "up to the cores of the node, because it has no limit".to_owned(),
    };
    let when = if target.fraction() > 1.0 { format!("At {target}") } else { format!("Up to {most}") };
    let message = format!(
        "{when} of its CPU request, a pod relies on cores that other pods leave idle, {bound}: on a full node it gets only its \
         request and is slower than shown; dedicated nodes are planned with the cores that it uses at the target"
    );
    Some(Finding::warning(Code::SpareCores, case.service.profile.name.as_str(), message))
}

/// Finding about cores whose speed differs from those of the measurements.
fn cpu_speed(service: &Service) -> Option<Finding> {
    let speed = &service.cpu_speed;
    if *speed == Interval::ONE {
        return None;
    }
    let range = if speed.is_exact() { String::new() } else { format!(" ({} to {})", speed.low(), speed.high()) };
    let message = format!(
        "cores are assumed to be {}{range} times as fast as those the CPU costs were measured on (--cpu-speed): the CPU of framework, \
         handler, idle process and sidecar is divided by it, the cold start is not",
        speed.mid()
    );
    Some(Finding::info(Code::CpuSpeed, service.profile.name.as_str(), message))
}

fn of_plan(case: &Case<'_>, plan: &Plan) -> Vec<Finding> {
    let name = case.service.profile.name.as_str();
    let mut findings = Vec::new();
    let nodes = plan.nodes.as_ref().map_or(0, |own| own.plan.nodes);
    if plan.sizing.pods > TESTED_PODS || nodes > TESTED_NODES {
        findings.push(Finding::warning(
            Code::BeyondOneCluster,
            name,
            format!(
                "{} pods on {} nodes: Kubernetes is tested up to {} pods and {} nodes in one cluster; use several clusters, or larger pods",
                grouped(plan.sizing.pods),
                grouped(nodes),
                grouped(TESTED_PODS),
                grouped(TESTED_NODES)
            ),
        ));
    }
    if plan.pods.percentiles.is_some_and(|p| p.contains(&None)) {
        findings.push(Finding::warning(
            Code::SamplesWithoutPlan,
            name,
            "some samples have no feasible plan: in them a single request takes longer than the objective, or a pod has too little CPU or memory",
        ));
    }
    if let Some(constraint) = plan.violated {
        findings.push(Finding::warning(
            Code::ReplicasInsufficient,
            name,
            format!(
                "{} not meet policy {} at this demand; the first constraint to fail is {}",
                if plan.sizing.pods == 1 {
                    "1 pod does".to_owned()
                } else {
                    format!("{} pods do", grouped(plan.sizing.pods))
                },
                case.policy.name,
                constraint.name()
            ),
        ));
    }
    if case.question.replicas.is_none() {
        findings.extend(overshoot(name, plan));
    }
    findings.extend(scale_to_zero(case, plan));
    let lag = case.policy.scaling.lag(plan.replica.image_size, plan.replica.cold_start);
    if case.policy.ramp.is_some_and(|ramp| ramp.over > 0.0 && ramp.outruns(lag)) {
        findings.push(Finding::warning(
            Code::RampOutrunsAutoscaler,
            name,
            format!("the ramp ends before the first new pod is ready ({lag:.0} s), so the pods from before the ramp must handle all of it"),
        ));
    }
    findings
}

/// Finding about an autoscaler that settles well above the plan.
fn overshoot(name: &str, plan: &Plan) -> Option<Finding> {
    let (settled, percent) = plan.autoscaler.settled.zip(plan.autoscaler.target_percent)?;
    let more = settled.rising.checked_sub(plan.sizing.pods)?;
    // A difference below 5 % is within the effect of rounding to whole pods.
    (more > plan.sizing.pods / 20).then(|| {
        Finding::warning(
            Code::AutoscalerAbovePlan,
            name,
            format!(
                "an autoscaler that never settles below the plan's {} pods needs a target of {percent}%, and with its tolerance it then settles at {}: {} more than the plan is priced with (--emit deployment keeps the plan)",
                grouped(plan.sizing.pods),
                grouped(settled.rising),
                grouped(more)
            ),
        )
    })
}

/// Finding about a CPU limit that requires more pods than running without it would on nodes with spare cores.
fn limit_costs_pods(case: &Case<'_>, plan: &Plan) -> Option<Finding> {
    let limit = case.shape.resources.cpu_limit?;
    let without = plan.other_limit?.quiet_pods?;
    let more = plan.sizing.pods.checked_sub(without).filter(|more| *more > 0 && case.question.replicas.is_none())?;
    Some(Finding::warning(
        Code::CpuLimitCostsPods,
        case.service.profile.name.as_str(),
        format!(
            "without the CPU limit of {limit}, {more} fewer pods would be enough on nodes with spare cores: {without} instead of {}",
            plan.sizing.pods
        ),
    ))
}
