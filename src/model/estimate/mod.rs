//! Estimates: from demand, profiles, policies and prices to pods, nodes and cost.

mod by_pod;
mod case;
mod committed;
mod compare;
mod curves;
mod findings;
mod fit;
mod frontier;
mod lines;
mod month;
mod pod_plan;
mod rejected;
mod scaled;
mod sweep;
mod workload;

pub use by_pod::BilledPods;
pub use compare::{Comparison, RatioInterval, RatioIntervals, Ratios};
pub use curves::{Curves, HourlyPods, LatencyCurve, curves};
pub use fit::{ClusterCapacity, ClusterFit};
pub use frontier::{Frontier, FrontierPoint, LargerRequest};
pub use pod_plan::{PodPlan, pod_plan};
pub use rejected::{RejectedType, RejectionReason};
pub use scaled::{Autoscaler, Round, Settled, Spike};
pub use sweep::{SWEEP_POINTS, SweepInterval, SweepPlan, SweepPoint, sweep};
pub use workload::{OnCluster, SizedService, WorkloadPlan, plan_workload};

use std::sync::Arc;

use super::queueing::{Latency, QueueingTables};
use crate::model::finding::Finding;
use crate::model::packing::NodePlan;
use crate::model::pricing::{Basis, BillLine, PodPlatform};
use crate::model::runtime::{Evidence, PodShape, Replica, Service};
use crate::model::sizing::{Constraint, Infeasible, LoadCurve, Policy, Sizing, Stress};
use crate::model::uncertainty::{Interval, Sensitivity};
use crate::units::{Bytes, CpuMillis, Money};
use case::Case;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

/// All inputs of an estimate.
#[derive(Clone, Debug)]
pub struct Question {
    /// Requests per second in the busy period.
    pub demand: Interval,
    /// Sizing policies with their services; each gives its own estimates.
    pub sections: Vec<Section>,
    /// Location, prices and candidate instance types.
    pub basis: Arc<Basis>,
    /// Demand of each hour relative to the busy period.
    pub load: LoadCurve,
    /// Number of pods to evaluate instead of sizing.
    pub replicas: Option<u64>,
    /// Precomputed tables for queues without a closed formula.
    pub tables: Arc<QueueingTables>,
    /// Platform without nodes that the dedicated nodes are compared with, if any.
    pub platform: Option<PodPlatform>,
    /// Existing cluster whose free capacity is used first, if given.
    pub cluster: Option<Arc<ClusterCapacity>>,
    /// Number of Latin hypercube samples; zero gives the plan without intervals.
    pub samples: u32,
    /// Seed of all random streams.
    pub seed: u64,
    /// Whether pods before rounding also get percentiles: this takes about as long as sizing the pods, and only the
    /// most detailed outputs show them.
    pub detailed: bool,
}

/// A sizing policy, and the services as they are modelled under it.
#[derive(Clone, Debug)]
pub struct Section {
    /// The policy.
    pub policy: Policy,
    /// Services to compare; the first is the numerator of every ratio. All sections have the same services in the same
    /// order, but their profiles may have other value sets.
    pub services: Vec<Service>,
}

/// The plan alongside the 5th, 50th and 95th percentile of the samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread<T> {
    /// Value at mid values of the inputs.
    pub plan: T,
    /// 5th, 50th and 95th percentile; `None` without samples, and an element is `None` if the samples at that rank
    /// have no plan.
    pub percentiles: Option<[Option<T>; 3]>,
}

/// A feasible number of pods and everything that follows from it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Number of pods and the binding constraint.
    pub sizing: Sizing,
    /// Resources, threads and CPU of a pod.
    pub shape: PodShape,
    /// Behaviour of a pod at mid values.
    pub replica: Replica,
    /// Requests per second per pod.
    pub rate: f64,
    /// Number of pods, with the percentiles of the samples.
    pub pods: Spread<u64>,
    /// Demand ÷ the safe rate of a pod, with its percentiles.
    pub before_rounding: Spread<f64>,
    /// CPU seconds per request of the application at that rate, with their percentiles.
    pub cpu_per_request: Spread<f64>,
    /// Requested CPU of all pods.
    pub cpu_requested: CpuMillis,
    /// Requested memory of all pods.
    pub memory_requested: Bytes,
    /// CPU usage ÷ CPU request, including idle usage.
    pub utilization: f64,
    /// Response time on a busy node: the pod gets its limit, or its request if it has no limit.
    pub latency: Latency,
    /// Response time on a node with spare cores: only a limit restricts the pod.
    pub quiet_latency: Latency,
    /// The same pods with a CPU limit instead of none, or the reverse; `None` if they could not run that way.
    pub other_limit: Option<OtherLimit>,
    /// Effect of one pod less, if load, zones or a ramp determine the number.
    pub one_less: Option<Stress>,
    /// Constraint that a given number of pods violates; always `None` if the pods were sized.
    pub violated: Option<Constraint>,
    /// Recommended autoscaler settings.
    pub autoscaler: Autoscaler,
    /// Cost of the requests per month in a shared cluster.
    pub share_cost: Spread<Money>,
    /// Dedicated nodes; `None` if no type has room for a pod.
    pub nodes: Option<OwnNodes>,
    /// The pods on the given platform without nodes; `None` if none was given or none of its sizes is large enough.
    pub billed_pods: Option<BilledPods>,
    /// Placement of the pods on the given cluster.
    pub cluster: Option<ClusterFit>,
    /// Pod-hours per month.
    pub pod_hours: Decimal,
    /// Hours of the month without any pod, if the policy scales to zero and the load has hours without demand.
    pub zero_pod_hours: Decimal,
    /// Cost of the same month if the busy period's pods run all the time; `None` for a flat load, for which it is the
    /// same.
    pub fixed: Option<FixedMonth>,
    /// Backlog after a step of demand; `None` if the policy has no step.
    pub spike: Option<Spike>,
    /// Inputs by their share of the variance of the number of pods.
    pub sensitivity: Vec<Sensitivity>,
}

/// Monthly cost without an autoscaler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedMonth {
    /// Cost of the requests in a shared cluster.
    pub share_cost: Money,
    /// Cost of the nodes; `None` if no type has room for a pod.
    pub node_cost: Option<Money>,
}

/// The same pods at the same rate with the opposite choice of CPU limit: without the current one, or with one equal
/// to the request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OtherLimit {
    /// The limit they have instead; `None` for no limit.
    pub cpu_limit: Option<CpuMillis>,
    /// Response time on a busy node.
    pub latency: Latency,
    /// Response time on a node with spare cores.
    pub quiet_latency: Latency,
    /// Pods that meet the policy on nodes with spare cores; `None` if no number does.
    pub quiet_pods: Option<u64>,
}

/// The cheapest nodes of one type that run only these pods.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnNodes {
    /// Instance type and number of nodes.
    pub plan: NodePlan,
    /// Cost of the nodes per month, with the unused parts of commitments; the type is chosen anew for each percentile.
    pub cost: Spread<Money>,
    /// Node-hours per month.
    pub node_hours: Decimal,
    /// The part of the cost that no pod requested.
    pub idle_cost: Money,
    /// Full bill of a dedicated cluster, line by line.
    pub lines: Vec<BillLine>,
}

/// One profile under one policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Name of the runtime profile.
    pub profile: String,
    /// Title of the profile.
    pub title: String,
    /// Name of the sizing policy.
    pub policy: String,
    /// Value set of the profile.
    pub evidence: Evidence,
    /// The plan, or why it is infeasible.
    pub plan: Result<Plan, Infeasible>,
    /// Feasible alternatives if no number of pods meets the objective.
    pub frontier: Option<Frontier>,
    /// Why instance types were rejected.
    pub rejected: Vec<RejectedType>,
    /// Findings about this estimate.
    pub findings: Vec<Finding>,
}

impl Estimate {
    /// Whether the pods can be sized and some instance type holds them.
    pub fn feasible(&self) -> bool {
        self.plan.as_ref().is_ok_and(|plan| plan.nodes.is_some())
    }
}

/// The result of a question: all estimates and their comparison.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// By policy, then by profile, in the order of the question.
    pub estimates: Vec<Estimate>,
    /// The first profile compared with each of the others, by policy.
    pub comparisons: Vec<Comparison>,
    /// Findings that concern every estimate.
    pub findings: Vec<Finding>,
    /// Plans over a range of demand, if requested.
    pub sweep: Vec<SweepPoint>,
    /// What plots show besides; empty where none are drawn.
    pub curves: Curves,
}

impl Answer {
    /// Whether any estimate is feasible.
    pub fn any_feasible(&self) -> bool {
        self.estimates.iter().any(Estimate::feasible)
    }
}

/// Sizes, prices and compares every service of the question under every policy.
pub fn estimate(question: &Question) -> Answer {
    let findings = question.basis.findings.clone();
    let mut answer = Answer {
        estimates: Vec::new(),
        comparisons: Vec::new(),
        findings,
        sweep: Vec::new(),
        curves: Curves::default(),
    };
    for Section { policy, services } in &question.sections {
        let cases: Vec<Case<'_>> = services.iter().map(|service| Case::new(question, service, policy)).collect();
        let (estimates, samples): (Vec<Estimate>, Vec<_>) = cases.iter().map(Case::estimate).unzip();
        if estimates.len() > 1 {
            let sides = cases.iter().zip(&estimates).zip(&samples);
            let mut sides = sides.map(|((case, estimate), samples)| compare::Side::new(case, estimate, samples));
            if let Some(first) = sides.next() {
                answer.comparisons.extend(sides.map(|other| compare::compare(question, &first, &other)));
            }
        }
        answer.estimates.extend(estimates);
    }
    answer
}

impl OwnNodes {
    /// Sum of the bill lines with a known cost.
    pub fn total_cost(&self) -> Money {
        BillLine::total(&self.lines)
    }
}

impl Question {
    /// The services under the first policy: names, languages and work are the same under every policy.
    pub fn services(&self) -> &[Service] {
        self.sections.first().map_or(&[], |section| section.services.as_slice())
    }

    /// The service of an estimate.
    pub fn service(&self, estimate: &Estimate) -> Option<&Service> {
        let section = self.sections.iter().find(|section| section.policy.name == estimate.policy)?;
        section.services.iter().find(|service| service.profile.name == estimate.profile)
    }

    /// Name of the work that the handlers do; `none` without services.
    pub fn work_name(&self) -> &str {
        self.services().first().map_or("none", |service| service.work.name.as_str())
    }

    /// Monthly cost ÷ million requests per month; `None` without requests, or if the result overflows.
    pub fn per_million(&self, cost: Money) -> Option<Decimal> {
        let mean = self.demand.mid() * self.load.mean(|share| share);
        let millions = Decimal::from_f64(mean * self.basis.hours.seconds() / 1e6)?;
        cost.amount().checked_div(millions)
    }
}
