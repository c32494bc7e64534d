//! An answer as `capmodel/estimate/v1`.

use rust_decimal::Decimal;

use super::convert::{all, exact, exchange_rate, money, nodes_of, percentiles};
use crate::model;
use crate::model::estimate::{Answer, Question, RejectionReason};
use crate::schema::estimate::{
    AutoscalerPlan, Basis, BillLine, BilledPods, ClusterFit, Comparison, Demand, Estimate, Estimates, EstimatesSchema,
    FrontierPoint, Infeasibility, InfeasibilityAmount, InstanceTypesLeftOut, Month, Nodes, Pod, Requests, Round,
    Sensitivity, SettlesAt, SharePrice, Spike,
};
use crate::schema::number::{DecimalText, Interval, PercentileInterval};

impl From<&model::estimate::ClusterFit> for ClusterFit {
    fn from(fit: &model::estimate::ClusterFit) -> Self {
        Self {
            pods_on_existing_nodes: fit.existing_pods,
            existing_nodes: fit.existing_nodes,
            pods_on_new_nodes: fit.new_pods,
            new_nodes: nodes_of(&fit.new_nodes),
            new_node_cost_per_month: money(fit.new_cost),
            unplaced_pods: fit.unplaced_pods,
            unplaced_constraint: fit.constraint.as_ref().map(|constraint| constraint.name().to_owned()),
        }
    }
}

impl From<model::estimate::RatioInterval> for PercentileInterval {
    fn from(interval: model::estimate::RatioInterval) -> Self {
        let [p05, p50, p95] = interval.map(|ratio| ratio.map(number));
        Self { p05, p50, p95 }
    }
}

/// Rounds a unit cost to four significant digits.
fn unit_cost(amount: Option<Decimal>) -> Option<DecimalText> {
    amount.map(|a| exact(a.round_sf(4).unwrap_or(a)))
}

/// Rounds to twelve significant digits, on which different machines agree.
fn number(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

/// A number that JSON can represent; `None` for the infinite wait of an overloaded queue.
fn finite(value: f64) -> Option<f64> {
    value.is_finite().then(|| number(value))
}

/// The document of an answer.
pub(in crate::outputs) fn estimates(question: &Question, answer: &Answer) -> Estimates {
    let basis = &question.basis;
    let demand = &question.demand;
    Estimates {
        schema: EstimatesSchema::V1,
        demand: Demand {
            requests_per_second: Interval::from(demand),
            load: question.load.name.clone(),
            mean_share_of_busy_period: number(question.load.mean(|share| share)),
        },
        basis: Basis {
            provider: basis.provider.to_string(),
            region: basis.region.clone(),
            capacity_type: basis.capacity_type.name().to_owned(),
            distribution: basis.distribution.to_string(),
            currency: basis.currency.to_string(),
            exchange_rate: exchange_rate(basis.currency),
            hours_per_month: DecimalText(basis.hours.amount().to_string()),
            catalogue: basis.catalogue.clone(),
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            samples: question.samples,
            seed: question.seed,
            share_price: SharePrice {
                group: basis.share.group.clone(),
                core_hour: exact(basis.share.price.core_hour.amount()),
                gib_hour: exact(basis.share.price.gib_hour.amount()),
                max_residual: number(basis.share.price.max_residual),
                rule: basis.share.price.rule.name().to_owned(),
            },
            instance_types_considered: basis.candidates.len(),
            instance_types_left_out: InstanceTypesLeftOut {
                arch: basis.excluded.arch,
                burstable: basis.excluded.burstable,
                previous_generation: basis.excluded.previous_generation,
                too_small: basis.excluded.too_small,
                gpu: basis.excluded.gpu,
                unpriced: basis.excluded.unpriced,
            },
            partial: basis.partial,
        },
        estimates: answer.estimates.iter().map(|e| estimate(question, e)).collect(),
        comparisons: all(&answer.comparisons),
        findings: all(&answer.findings),
        sweep: crate::outputs::sweep::rows(&answer.sweep),
    }
}

fn estimate(question: &Question, estimate: &model::estimate::Estimate) -> Estimate {
    let plan = estimate.plan.as_ref().ok();
    let nodes = plan.and_then(|p| p.nodes.as_ref());
    let mut excuses: Vec<Infeasibility> = all(&estimate.rejected);
    if let Err(infeasible) = &estimate.plan {
        excuses.insert(0, Infeasibility::from(infeasible));
    }
    Estimate {
        profile: estimate.profile.clone(),
        policy: estimate.policy.clone(),
        evidence: estimate.evidence.name().to_owned(),
        work: question.work_name().to_owned(),
        feasible: estimate.feasible(),
        excuses,
        pods: plan.map(|p| percentiles(&p.pods, |n| *n)),
        binding: plan.map(|p| p.sizing.binding.name().to_owned()),
        pods_before_rounding: plan.map(|p| number(p.before_rounding.plan)),
        pods_before_rounding_interval: plan.and_then(|p| p.before_rounding.percentiles).map(PercentileInterval::from),
        next_pod_at_requests_per_second: plan.map(|p| p.sizing.next_pod_at),
        pod: plan.zip(question.service(estimate)).map(|(plan, service)| pod(service, plan)),
        requested: plan
            .map(|p| Requests { cpu_millis: p.cpu_requested.millis(), memory_bytes: p.memory_requested.bytes() }),
        autoscaler: plan.map(|p| AutoscalerPlan::from(&p.autoscaler)),
        share_cost_per_month: plan.map(|p| percentiles(&p.share_cost, |cost| money(*cost))),
        nodes: nodes.map(|own| {
            let candidate = &question.basis.candidates[own.plan.candidate];
            vec![Nodes {
                instance_type: candidate.instance.name.clone(),
                count: own.plan.nodes,
                price_per_hour: exact(candidate.price.amount()),
            }]
        }),
        node_cost_per_month: nodes.map(|own| percentiles(&own.cost, |cost| money(*cost))),
        idle_cost_per_month: nodes.map(|own| money(own.idle_cost)),
        cluster: plan.and_then(|p| p.cluster.as_ref()).map(ClusterFit::from),
        share_cost_per_million_requests: unit_cost(plan.and_then(|p| question.per_million(p.share_cost.plan))),
        node_cost_per_million_requests: unit_cost(nodes.and_then(|own| question.per_million(own.cost.plan))),
        total_cost_per_month: nodes.map(|own| money(own.total_cost())),
        lines: nodes.map(|own| all(&own.lines)).unwrap_or_default(),
        billed_pods: plan.and_then(|p| p.billed_pods.as_ref()).map(BilledPods::from),
        objective_holds: plan.map(|p| p.violated.is_none()),
        violated: plan.and_then(|p| p.violated).map(|constraint| constraint.name().to_owned()),
        month: plan.map(|p| Month {
            pod_hours: exact(p.pod_hours.round_dp(6)),
            zero_pod_hours: (!p.zero_pod_hours.is_zero()).then(|| exact(p.zero_pod_hours.round_dp(6))),
            node_hours: nodes.map(|own| exact(own.node_hours.round_dp(6))),
            fixed_share_cost: money(p.fixed.map_or(p.share_cost.plan, |fixed| fixed.share_cost)),
            fixed_node_cost: nodes.map(|own| money(p.fixed.and_then(|f| f.node_cost).unwrap_or(own.cost.plan))),
        }),
        spike: plan.and_then(|p| p.spike.as_ref()).map(Spike::from),
        frontier: estimate.frontier.as_ref().map(|f| all(&f.points)).unwrap_or_default(),
        sensitivity: plan.map(|p| all(&p.sensitivity)).unwrap_or_default(),
        findings: all(&estimate.findings),
    }
}

fn pod(service: &model::runtime::Service, plan: &model::estimate::Plan) -> Pod {
    let resources = &plan.shape.resources;
    Pod {
        cpu_request_millis: resources.cpu_request.millis(),
        memory_request_bytes: resources.memory_request.bytes(),
        cpu_limit_millis: resources.cpu_limit.map(crate::units::CpuMillis::millis),
        memory_limit_bytes: resources.memory_limit.map(crate::units::Bytes::bytes),
        workers: plan.shape.workers,
        threads: plan.shape.threads,
        cpu_speed: Interval::from(&service.cpu_speed),
        requests_per_second: number(plan.rate),
        safe_requests_per_second: number(plan.sizing.safe_rate),
        cpu_seconds_per_request: number(plan.cpu_per_request.plan),
        cpu_seconds_per_request_interval: plan.cpu_per_request.percentiles.map(PercentileInterval::from),
        utilization: number(plan.utilization),
        latency_mean_ms: finite(1e3 * plan.latency.mean),
        latency_p99_ms: finite(1e3 * plan.latency.p99),
        quiet_node_latency_mean_ms: finite(1e3 * plan.quiet_latency.mean),
        quiet_node_latency_p99_ms: finite(1e3 * plan.quiet_latency.p99),
        // Without a limit, nothing is throttled; a request is then the quota only on a busy node, where it determines
        // the share.
        throttled_fraction: if resources.cpu_limit.is_some() { number(plan.latency.throttled_fraction) } else { 0.0 },
        memory_working_set_bytes: finite(plan.replica.working_set(plan.rate).round()),
        sidecar: service.sidecar.as_ref().map(|s| s.name.clone()),
    }
}

impl From<&model::estimate::BilledPods> for BilledPods {
    fn from(pods: &model::estimate::BilledPods) -> Self {
        Self {
            platform: pods.platform.name().to_lowercase(),
            size: Requests { cpu_millis: pods.size.cpu.millis(), memory_bytes: pods.size.memory.bytes() },
            cost_per_month: percentiles(&pods.cost, |cost| money(*cost)),
            total_cost_per_month: money(pods.total_cost()),
            lines: all(&pods.lines),
        }
    }
}

impl From<&model::estimate::RejectedType> for Infeasibility {
    fn from(excuse: &model::estimate::RejectedType) -> Self {
        let (needed, available) = match &excuse.reason {
            RejectionReason::Room { needed, available, .. } => {
                (InfeasibilityAmount::Whole(*needed), InfeasibilityAmount::Whole(*available))
            }
            RejectionReason::Price { cost, chosen } => {
                (InfeasibilityAmount::Money(money(*cost)), InfeasibilityAmount::Money(money(*chosen)))
            }
        };
        Self {
            instance_type: Some(excuse.instance_type.clone()),
            constraint: excuse.reason.name().to_owned(),
            needed,
            available,
        }
    }
}

/// Why a pod is infeasible on any instance type.
impl From<&model::sizing::Infeasible> for Infeasibility {
    fn from(infeasible: &model::sizing::Infeasible) -> Self {
        let model::sizing::Infeasible { constraint, needed, available } = infeasible;
        let real = |value: &f64| InfeasibilityAmount::Real(number(*value));
        Self {
            instance_type: None,
            constraint: constraint.name().to_owned(),
            needed: real(needed),
            available: real(available),
        }
    }
}

impl From<&model::estimate::Autoscaler> for AutoscalerPlan {
    fn from(autoscaler: &model::estimate::Autoscaler) -> Self {
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

impl From<&model::estimate::Spike> for Spike {
    fn from(spike: &model::estimate::Spike) -> Self {
        Self {
            pods_before: spike.pods_before,
            lag_seconds: number(spike.lag),
            backlog_requests: number(spike.backlog),
            drain_seconds: spike.drain.map(number),
            rounds: all(&spike.rounds),
        }
    }
}

impl From<&model::estimate::Round> for Round {
    fn from(round: &model::estimate::Round) -> Self {
        Self { seconds: number(round.at), replicas: round.replicas, serving_seconds: number(round.serving) }
    }
}

impl From<&model::estimate::FrontierPoint> for FrontierPoint {
    fn from(point: &model::estimate::FrontierPoint) -> Self {
        Self {
            objective_p99_ms: number(1e3 * point.objective),
            pods: point.pods,
            share_cost_per_month: money(point.share_cost),
        }
    }
}

impl From<&model::pricing::BillLine> for BillLine {
    fn from(line: &model::pricing::BillLine) -> Self {
        let list = |paid| line.negotiated.as_ref().map_or(Some(paid), |negotiated| negotiated.list_price(paid));
        Self {
            name: line.name.clone(),
            unit: line.unit.to_owned(),
            quantity: exact(line.quantity),
            list_unit_price: line.unit_price.and_then(list).map(exact),
            unit_price: line.unit_price.map(exact),
            cost_per_month: line.cost.map(money),
            price_date: line.price_date.map(|date| date.to_string()),
            price_rule: line.price_rule.name().to_owned(),
            pricing_rule: line.negotiated.as_ref().map(|negotiated| negotiated.rule.to_string()),
            source: line.source.clone(),
        }
    }
}

impl From<&model::uncertainty::Sensitivity> for Sensitivity {
    fn from(sensitivity: &model::uncertainty::Sensitivity) -> Self {
        // The share of a sampled variance is not more accurate than this.
        let share = (sensitivity.share * 1e3).round() / 1e3;
        Self { input: sensitivity.input.name().to_owned(), share_of_variance: share }
    }
}

impl From<&model::estimate::Comparison> for Comparison {
    fn from(comparison: &model::estimate::Comparison) -> Self {
        let ratio = |f: fn(&model::estimate::Ratios) -> f64| comparison.ratios.as_ref().map(|r| number(f(r)));
        let interval = |f: fn(&model::estimate::RatioIntervals) -> model::estimate::RatioInterval| {
            comparison.intervals.as_ref().map(|i| f(i).into())
        };
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
            billed_pod_cost_ratio: comparison.ratios.as_ref().and_then(|r| r.billed_pod_cost).map(number),
            cpu_per_request_ratio: ratio(|r| r.cpu_per_request),
            pods_ratio_interval: interval(|i| i.pods),
            cpu_ratio_interval: interval(|i| i.cpu),
            memory_ratio_interval: interval(|i| i.memory),
            share_cost_ratio_interval: interval(|i| i.share_cost),
            node_cost_ratio_interval: interval(|i| i.node_cost),
            total_cost_ratio_interval: interval(|i| i.total_cost),
            billed_pod_cost_ratio_interval: comparison
                .ratios
                .and_then(|r| r.billed_pod_cost)
                .and_then(|_| interval(|i| i.billed_pod_cost)),
            cpu_per_request_ratio_interval: interval(|i| i.cpu_per_request),
            working_set_ratio: ratio(|r| r.working_set),
            working_set_ratio_interval: interval(|i| i.working_set),
            findings: all(&comparison.findings),
        }
    }
}
