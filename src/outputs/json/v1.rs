//! Schema `capmodel/estimate/v1`. Money is a decimal string in `basis.currency`; a number that cannot be had is `null`.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::model::{self, Answer, Lack, Question, Spread};
use crate::units::Money;

/// The whole document.
#[derive(Debug, Serialize)]
pub(in crate::outputs) struct Estimates {
    schema: &'static str,
    demand: Demand,
    basis: Basis,
    estimates: Vec<Estimate>,
    comparisons: Vec<Comparison>,
    findings: Vec<Finding>,
}

#[derive(Debug, Serialize)]
struct Demand {
    requests_per_second: Interval,
    load: String,
    mean_share_of_busy_period: f64,
}

#[derive(Debug, Serialize)]
struct Interval {
    low: f64,
    mid: f64,
    high: f64,
}

#[derive(Debug, Serialize)]
struct Basis {
    provider: String,
    region: String,
    capacity_type: &'static str,
    distribution: String,
    currency: &'static str,
    hours_per_month: String,
    catalogue: String,
    tool_version: &'static str,
    samples: u32,
    seed: u64,
    share_price: SharePrice,
    instance_types_considered: usize,
    instance_types_left_out: LeftOut,
    /// Whether something that is asked for or paid for has no price here.
    partial: bool,
}

#[derive(Debug, Serialize)]
struct SharePrice {
    group: String,
    core_hour: String,
    gib_hour: String,
    max_residual: f64,
    rule: &'static str,
}

#[derive(Debug, Serialize)]
struct LeftOut {
    arch: usize,
    burstable: usize,
    previous_generation: usize,
    too_small: usize,
    gpu: usize,
    unpriced: usize,
}

#[derive(Debug, Serialize)]
struct Estimate {
    profile: String,
    policy: String,
    work: String,
    feasible: bool,
    excuses: Vec<Excuse>,
    pods: Option<Percentiles<u64>>,
    binding: Option<&'static str>,
    pods_before_rounding: Option<f64>,
    next_pod_at_requests_per_second: Option<u64>,
    pod: Option<Pod>,
    requested: Option<Requested>,
    autoscaler: Option<Autoscaler>,
    share_cost_per_month: Option<Percentiles<String>>,
    nodes: Option<Vec<Nodes>>,
    node_cost_per_month: Option<Percentiles<String>>,
    idle_cost_per_month: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<ClusterFit>,
    share_cost_per_million_requests: Option<String>,
    node_cost_per_million_requests: Option<String>,
    total_cost_per_month: Option<String>,
    lines: Vec<Line>,
    objective_holds: Option<bool>,
    violated: Option<&'static str>,
    month: Option<Month>,
    spike: Option<Spike>,
    /// Objectives that hold where the one asked for does not, tightest first.
    frontier: Vec<FrontierPoint>,
    sensitivity: Vec<Sensitivity>,
    findings: Vec<Finding>,
}

/// The month hour by hour, and the same month at fixed size.
#[derive(Debug, Serialize)]
struct Month {
    pod_hours: String,
    node_hours: Option<String>,
    fixed_share_cost: String,
    fixed_node_cost: Option<String>,
}

#[derive(Debug, Serialize)]
struct Spike {
    pods_before: u64,
    lag_seconds: f64,
    backlog_requests: f64,
    drain_seconds: Option<f64>,
    rounds: Vec<Round>,
}

/// A round of the autoscaler that adds pods; times from the step.
#[derive(Debug, Serialize)]
struct Round {
    seconds: f64,
    replicas: u64,
    serving_seconds: f64,
}

#[derive(Debug, Serialize)]
struct FrontierPoint {
    objective_p99_ms: f64,
    pods: u64,
    share_cost_per_month: String,
}

#[derive(Debug, Serialize)]
struct Sensitivity {
    input: &'static str,
    share_of_variance: f64,
}

#[derive(Debug, Serialize)]
struct Excuse {
    instance_type: Option<String>,
    constraint: &'static str,
    needed: Amount,
    available: Amount,
}

/// Millicores, bytes or pods of a node; cores or bytes of a pod; money.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Amount {
    Whole(u64),
    Real(f64),
    Money(String),
}

#[derive(Debug, Serialize)]
struct Percentiles<T> {
    plan: T,
    p05: Option<T>,
    p50: Option<T>,
    p95: Option<T>,
}

#[derive(Debug, Serialize)]
struct Pod {
    cpu_request_millis: u64,
    memory_request_bytes: u64,
    cpu_limit_millis: Option<u64>,
    memory_limit_bytes: Option<u64>,
    workers: u32,
    threads: u32,
    requests_per_second: f64,
    safe_requests_per_second: f64,
    cpu_seconds_per_request: f64,
    utilization: f64,
    latency_mean_ms: Option<f64>,
    latency_p99_ms: Option<f64>,
    quiet_node_latency_mean_ms: Option<f64>,
    quiet_node_latency_p99_ms: Option<f64>,
    throttled_fraction: f64,
    memory_working_set_bytes: Option<f64>,
    sidecar: Option<String>,
}

#[derive(Debug, Serialize)]
struct Requested {
    cpu_millis: u64,
    memory_bytes: u64,
}

#[derive(Debug, Serialize)]
struct Autoscaler {
    min_replicas: u64,
    max_replicas: u64,
    target_cpu_utilization_percent: Option<u32>,
    settles_at: Option<SettlesAt>,
}

/// The replicas at which the controller comes to rest at the busy period, and the month that it makes of the load.
#[derive(Debug, Serialize)]
struct SettlesAt {
    rising: u64,
    falling: u64,
    share_cost_per_month: String,
    node_cost_per_month: Option<String>,
}

#[derive(Debug, Serialize)]
struct Nodes {
    instance_type: String,
    count: u64,
    price_per_hour: String,
}

/// The pods on the cluster that was given.
#[derive(Debug, Serialize)]
struct ClusterFit {
    pods_on_existing_nodes: u64,
    existing_nodes: u64,
    pods_on_new_nodes: u64,
    new_nodes: Vec<Nodes>,
    new_node_cost_per_month: String,
    unplaced_pods: u64,
    unplaced_constraint: Option<String>,
}

impl From<&model::ClusterFit> for ClusterFit {
    fn from(fit: &model::ClusterFit) -> Self {
        Self {
            pods_on_existing_nodes: fit.existing_pods,
            existing_nodes: fit.existing_nodes,
            pods_on_new_nodes: fit.new_pods,
            new_nodes: fit
                .new_nodes
                .iter()
                .map(|(name, count, price)| Nodes {
                    instance_type: name.clone(),
                    count: *count,
                    price_per_hour: price.amount().normalize().to_string(),
                })
                .collect(),
            new_node_cost_per_month: money(fit.new_cost),
            unplaced_pods: fit.unplaced_pods,
            unplaced_constraint: fit.constraint.as_ref().map(|constraint| constraint.name().to_owned()),
        }
    }
}

#[derive(Debug, Serialize)]
struct Line {
    name: String,
    unit: &'static str,
    quantity: String,
    list_unit_price: String,
    unit_price: String,
    cost_per_month: String,
    price_date: Option<String>,
    price_rule: &'static str,
    source: String,
}

#[derive(Debug, Serialize)]
struct Comparison {
    policy: String,
    numerator: String,
    denominator: String,
    pods_ratio: Option<f64>,
    pods_before_rounding_ratio: Option<f64>,
    cpu_ratio: Option<f64>,
    memory_ratio: Option<f64>,
    share_cost_ratio: Option<f64>,
    node_cost_ratio: Option<f64>,
    total_cost_ratio: Option<f64>,
    cpu_per_request_ratio: Option<f64>,
    pods_ratio_interval: Option<RatioInterval>,
    cpu_ratio_interval: Option<RatioInterval>,
    memory_ratio_interval: Option<RatioInterval>,
    share_cost_ratio_interval: Option<RatioInterval>,
    node_cost_ratio_interval: Option<RatioInterval>,
    total_cost_ratio_interval: Option<RatioInterval>,
    findings: Vec<Finding>,
}

#[derive(Debug, Serialize)]
struct RatioInterval {
    p05: Option<f64>,
    p50: Option<f64>,
    p95: Option<f64>,
}

impl From<model::RatioInterval> for RatioInterval {
    fn from(interval: model::RatioInterval) -> Self {
        let [p05, p50, p95] = interval.map(|ratio| ratio.map(number));
        Self { p05, p50, p95 }
    }
}

/// Something a reader must know; the same in every schema.
#[derive(Debug, Serialize)]
pub(in crate::outputs) struct Finding {
    code: String,
    severity: &'static str,
    subject: String,
    message: String,
}

impl From<&model::Finding> for Finding {
    fn from(finding: &model::Finding) -> Self {
        let model::Finding { severity, code, subject, message } = finding;
        let severity = match severity {
            model::Severity::Info => "info",
            model::Severity::Warning => "warning",
        };
        Self { code: code.clone(), severity, subject: subject.clone(), message: message.clone() }
    }
}

fn all<'a, A: 'a, B: From<&'a A>>(values: &'a [A]) -> Vec<B> {
    values.iter().map(B::from).collect()
}

/// To a millionth, as far as any unit of a currency is split.
pub(in crate::outputs) fn money(amount: Money) -> String {
    amount.amount().round_dp(6).normalize().to_string()
}

/// Unit costs carry four significant digits.
fn unit_cost(amount: Option<Decimal>) -> Option<String> {
    amount.map(|a| a.round_sf(4).unwrap_or(a).normalize().to_string())
}

/// Twelve significant digits: what arithmetic on different machines agrees on.
fn number(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

/// A number that JSON can write; an overloaded queue waits for ever.
fn finite(value: f64) -> Option<f64> {
    value.is_finite().then(|| number(value))
}

fn percentiles<T: Copy, U>(spread: &Spread<T>, convert: impl Fn(T) -> U) -> Percentiles<U> {
    let [p05, p50, p95] = spread.percentiles.unwrap_or_default().map(|value| value.map(&convert));
    Percentiles { plan: convert(spread.plan), p05, p50, p95 }
}

/// The document of an answer.
pub(in crate::outputs) fn estimates(question: &Question, answer: &Answer) -> Estimates {
    let basis = &question.basis;
    let demand = &question.demand;
    Estimates {
        schema: "capmodel/estimate/v1",
        demand: Demand {
            requests_per_second: Interval { low: demand.low(), mid: demand.mid(), high: demand.high() },
            load: question.load.name.clone(),
            mean_share_of_busy_period: number(question.load.mean(|share| share)),
        },
        basis: Basis {
            provider: basis.provider.to_string(),
            region: basis.region.clone(),
            capacity_type: basis.capacity_type.name(),
            distribution: basis.distribution.to_string(),
            currency: basis.currency,
            hours_per_month: basis.hours.amount().to_string(),
            catalogue: basis.catalogue.clone(),
            tool_version: env!("CARGO_PKG_VERSION"),
            samples: question.samples,
            seed: question.seed,
            share_price: SharePrice {
                group: basis.share.group.clone(),
                core_hour: basis.share.price.core_hour.amount().normalize().to_string(),
                gib_hour: basis.share.price.gib_hour.amount().normalize().to_string(),
                max_residual: number(basis.share.price.max_residual),
                rule: basis.share.price.rule.name(),
            },
            instance_types_considered: basis.candidates.len(),
            instance_types_left_out: LeftOut {
                arch: basis.left_out.arch,
                burstable: basis.left_out.burstable,
                previous_generation: basis.left_out.previous_generation,
                too_small: basis.left_out.too_small,
                gpu: basis.left_out.gpu,
                unpriced: basis.left_out.unpriced,
            },
            partial: basis.partial,
        },
        estimates: answer.estimates.iter().map(|e| estimate(question, e)).collect(),
        comparisons: all(&answer.comparisons),
        findings: all(&answer.findings),
    }
}

fn estimate(question: &Question, estimate: &model::Estimate) -> Estimate {
    let plan = estimate.plan.as_ref().ok();
    let nodes = plan.and_then(|p| p.nodes.as_ref());
    let mut excuses: Vec<Excuse> = all(&estimate.excuses);
    if let Err(infeasible) = &estimate.plan {
        excuses.insert(0, Excuse::from(infeasible));
    }
    Estimate {
        profile: estimate.profile.clone(),
        policy: estimate.policy.clone(),
        work: question.work_name().to_owned(),
        feasible: estimate.feasible(),
        excuses,
        pods: plan.map(|p| percentiles(&p.pods, |n| n)),
        binding: plan.map(|p| p.sizing.binding.name()),
        pods_before_rounding: plan.map(|p| number(p.sizing.before_rounding)),
        next_pod_at_requests_per_second: plan.map(|p| p.sizing.next_pod_at),
        pod: plan.zip(question.service(&estimate.profile)).map(|(plan, service)| pod(service, plan)),
        requested: plan
            .map(|p| Requested { cpu_millis: p.cpu_requested.millis(), memory_bytes: p.memory_requested.bytes() }),
        autoscaler: plan.map(|p| Autoscaler::from(&p.autoscaler)),
        share_cost_per_month: plan.map(|p| percentiles(&p.share_cost, money)),
        nodes: nodes.map(|own| {
            let candidate = &question.basis.candidates[own.plan.candidate];
            vec![Nodes {
                instance_type: candidate.instance.name.clone(),
                count: own.plan.nodes,
                price_per_hour: candidate.price.amount().normalize().to_string(),
            }]
        }),
        node_cost_per_month: nodes.map(|own| percentiles(&own.cost, money)),
        idle_cost_per_month: nodes.map(|own| money(own.idle_cost)),
        cluster: plan.and_then(|p| p.cluster.as_ref()).map(ClusterFit::from),
        share_cost_per_million_requests: unit_cost(plan.and_then(|p| question.per_million(p.share_cost.plan))),
        node_cost_per_million_requests: unit_cost(nodes.and_then(|own| question.per_million(own.cost.plan))),
        total_cost_per_month: nodes.map(|own| money(own.total_cost())),
        lines: nodes.map(|own| all(&own.lines)).unwrap_or_default(),
        objective_holds: plan.map(|p| p.violated.is_none()),
        violated: plan.and_then(|p| p.violated).map(model::Constraint::name),
        month: plan.map(|p| Month {
            pod_hours: p.pod_hours.round_dp(6).normalize().to_string(),
            node_hours: nodes.map(|own| own.node_hours.round_dp(6).normalize().to_string()),
            fixed_share_cost: money(p.fixed.map_or(p.share_cost.plan, |fixed| fixed.share_cost)),
            fixed_node_cost: nodes.map(|own| money(p.fixed.and_then(|f| f.node_cost).unwrap_or(own.cost.plan))),
        }),
        spike: plan.and_then(|p| p.spike.as_ref()).map(Spike::from),
        frontier: estimate.frontier.as_ref().map(|f| all(&f.points)).unwrap_or_default(),
        sensitivity: plan.map(|p| all(&p.sensitivity)).unwrap_or_default(),
        findings: all(&estimate.findings),
    }
}

fn pod(service: &model::Service, plan: &model::Plan) -> Pod {
    let resources = &plan.shape.resources;
    Pod {
        cpu_request_millis: resources.cpu_request.millis(),
        memory_request_bytes: resources.memory_request.bytes(),
        cpu_limit_millis: resources.cpu_limit.map(crate::units::CpuMillis::millis),
        memory_limit_bytes: resources.memory_limit.map(crate::units::Bytes::bytes),
        workers: plan.shape.workers,
        threads: plan.shape.threads,
        requests_per_second: number(plan.rate),
        safe_requests_per_second: number(plan.sizing.safe_rate),
        cpu_seconds_per_request: number(plan.replica.cpu_per_request(plan.rate)),
        utilization: number(plan.utilization),
        latency_mean_ms: finite(1e3 * plan.latency.mean),
        latency_p99_ms: finite(1e3 * plan.latency.p99),
        quiet_node_latency_mean_ms: finite(1e3 * plan.quiet_latency.mean),
        quiet_node_latency_p99_ms: finite(1e3 * plan.quiet_latency.p99),
        // Without a limit nothing is throttled; the request is then the quota of a busy node, where it is a share.
        throttled_fraction: if resources.cpu_limit.is_some() { number(plan.latency.throttled_fraction) } else { 0.0 },
        memory_working_set_bytes: finite(plan.replica.working_set(plan.rate).round()),
        sidecar: service.sidecar.as_ref().map(|s| s.name.clone()),
    }
}

impl From<&model::Excuse> for Excuse {
    fn from(excuse: &model::Excuse) -> Self {
        let (needed, available) = match &excuse.lack {
            Lack::Room { needed, available, .. } => (Amount::Whole(*needed), Amount::Whole(*available)),
            Lack::Price { cost, chosen } => (Amount::Money(money(*cost)), Amount::Money(money(*chosen))),
        };
        Self { instance_type: Some(excuse.instance_type.clone()), constraint: excuse.lack.name(), needed, available }
    }
}

/// A pod that no instance type can help.
impl From<&model::Infeasible> for Excuse {
    fn from(infeasible: &model::Infeasible) -> Self {
        let model::Infeasible { constraint, needed, available } = infeasible;
        let real = |value: &f64| Amount::Real(number(*value));
        Self { instance_type: None, constraint: constraint.name(), needed: real(needed), available: real(available) }
    }
}

impl From<&model::Autoscaler> for Autoscaler {
    fn from(autoscaler: &model::Autoscaler) -> Self {
        Self {
            min_replicas: autoscaler.min_replicas,
            max_replicas: autoscaler.max_replicas,
            target_cpu_utilization_percent: autoscaler.target_percent,
            settles_at: autoscaler.settled.map(|settled| SettlesAt {
                rising: settled.rising,
                falling: settled.falling,
                share_cost_per_month: money(settled.share_cost),
                node_cost_per_month: settled.node_cost.map(money),
            }),
        }
    }
}

impl From<&model::Spike> for Spike {
    fn from(spike: &model::Spike) -> Self {
        Self {
            pods_before: spike.pods_before,
            lag_seconds: number(spike.lag),
            backlog_requests: number(spike.backlog),
            drain_seconds: spike.drain.map(number),
            rounds: all(&spike.rounds),
        }
    }
}

impl From<&model::Round> for Round {
    fn from(round: &model::Round) -> Self {
        Self { seconds: number(round.at), replicas: round.replicas, serving_seconds: number(round.serving) }
    }
}

impl From<&model::FrontierPoint> for FrontierPoint {
    fn from(point: &model::FrontierPoint) -> Self {
        Self {
            objective_p99_ms: number(1e3 * point.objective),
            pods: point.pods,
            share_cost_per_month: money(point.share_cost),
        }
    }
}

impl From<&model::CostLine> for Line {
    fn from(line: &model::CostLine) -> Self {
        Self {
            name: line.name.clone(),
            unit: line.unit,
            quantity: line.quantity.normalize().to_string(),
            list_unit_price: line.unit_price.normalize().to_string(),
            unit_price: line.unit_price.normalize().to_string(),
            cost_per_month: money(line.cost),
            price_date: line.price_date.map(|date| date.to_string()),
            price_rule: line.price_rule,
            source: line.source.clone(),
        }
    }
}

impl From<&model::Sensitivity> for Sensitivity {
    fn from(sensitivity: &model::Sensitivity) -> Self {
        // A share of sampled variance has no more digits than this.
        let share = (sensitivity.share * 1e3).round() / 1e3;
        Self { input: sensitivity.input.name(), share_of_variance: share }
    }
}

impl From<&model::Comparison> for Comparison {
    fn from(comparison: &model::Comparison) -> Self {
        let ratio = |f: fn(&model::Ratios) -> f64| comparison.ratios.as_ref().map(|r| number(f(r)));
        let interval =
            |f: fn(&model::RatioIntervals) -> model::RatioInterval| comparison.intervals.as_ref().map(|i| f(i).into());
        Self {
            policy: comparison.policy.clone(),
            numerator: comparison.numerator.clone(),
            denominator: comparison.denominator.clone(),
            pods_ratio: ratio(|r| r.pods),
            pods_before_rounding_ratio: ratio(|r| r.pods_before_rounding),
            cpu_ratio: ratio(|r| r.cpu),
            memory_ratio: ratio(|r| r.memory),
            share_cost_ratio: ratio(|r| r.share_cost),
            node_cost_ratio: comparison.ratios.as_ref().and_then(|r| r.node_cost).map(number),
            total_cost_ratio: comparison.ratios.as_ref().and_then(|r| r.total_cost).map(number),
            cpu_per_request_ratio: ratio(|r| r.cpu_per_request),
            pods_ratio_interval: interval(|i| i.pods),
            cpu_ratio_interval: interval(|i| i.cpu),
            memory_ratio_interval: interval(|i| i.memory),
            share_cost_ratio_interval: interval(|i| i.share_cost),
            node_cost_ratio_interval: interval(|i| i.node_cost),
            total_cost_ratio_interval: interval(|i| i.total_cost),
            findings: all(&comparison.findings),
        }
    }
}
