//! From demand, profiles, policies and prices to pods, nodes and money.

mod case;
mod compare;
mod excuse;
mod findings;
mod fit;
mod frontier;
mod month;
mod scaled;

pub use compare::{Comparison, RatioInterval, RatioIntervals, Ratios};
pub use excuse::{Excuse, Lack};
pub use fit::{ClusterFit, ClusterRoom};
pub use frontier::{Frontier, FrontierPoint, LargerRequest};
pub use scaled::{Autoscaler, Round, Settled, Spike};

use std::sync::Arc;

use super::queueing::{Latency, QueueingTables};
use super::{
    Basis, Constraint, CostLine, Finding, Infeasible, Interval, LoadCurve, NodePlan, PodResources, PodShape, Policy,
    Replica, RuntimeProfile, Sensitivity, Sidecar, Sizing, Stress, Work, Workers,
};
use crate::units::{Bytes, CpuMillis, Money};
use case::Case;
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

/// One service to plan: a profile and the pod it runs in.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// How it behaves.
    pub profile: RuntimeProfile,
    /// Its pod.
    pub resources: PodResources,
    /// Processes, where they are given.
    pub workers: Option<Workers>,
    /// What the handler does.
    pub work: Work,
    /// Its CPU in the profile's language ÷ its CPU as it was given.
    pub handler_factor: Interval,
    /// A proxy beside it.
    pub sidecar: Option<Sidecar>,
    /// The largest rate that one pod may take, in requests per second, where something other than CPU bounds it.
    pub max_rate: Option<f64>,
}

impl Service {
    /// A profile in its own pod with a work whose CPU is given in the profile's language, or in none.
    pub fn with_work(profile: RuntimeProfile, work: Work) -> Self {
        let resources = profile.values.pod;
        Self { profile, resources, workers: None, work, handler_factor: Interval::ONE, sidecar: None, max_rate: None }
    }
}

/// Everything an estimate is made of.
#[derive(Clone, Debug)]
pub struct Question {
    /// Requests a second at the busy period.
    pub demand: Interval,
    /// What is compared; the first is the numerator of every ratio.
    pub services: Vec<Service>,
    /// How pods are sized; an estimate each.
    pub policies: Vec<Policy>,
    /// Where, and at what prices.
    pub basis: Arc<Basis>,
    /// Hours around the busy period.
    pub load: LoadCurve,
    /// Pods to evaluate, instead of sizing.
    pub replicas: Option<u64>,
    /// Where no formula exists.
    pub tables: Arc<QueueingTables>,
    /// A cluster whose free room is used first, where one is given.
    pub cluster: Option<Arc<ClusterRoom>>,
    /// Latin-hypercube samples; zero gives the plan alone.
    pub samples: u32,
    /// Of every random stream.
    pub seed: u64,
}

/// The plan beside the 5th, 50th and 95th percentile of the samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread<T> {
    /// The model at mid values.
    pub plan: T,
    /// 5th, 50th and 95th percentile; `None` without samples, or where that part of the samples has no plan.
    pub percentiles: Option<[Option<T>; 3]>,
}

/// A number of pods that works, with what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Pods and why.
    pub sizing: Sizing,
    /// What a pod is made of.
    pub shape: PodShape,
    /// How it behaves at mid values.
    pub replica: Replica,
    /// Requests a second that each pod takes.
    pub rate: f64,
    /// Pods with their spread.
    pub pods: Spread<u64>,
    /// Requested CPU of all pods.
    pub cpu_requested: CpuMillis,
    /// Requested memory of all pods.
    pub memory_requested: Bytes,
    /// Share of the CPU request in use, idle use included.
    pub utilization: f64,
    /// Time to answer where the node is busy: the pod gets its limit, or its request where it has none.
    pub latency: Latency,
    /// Time to answer where the node has cores to spare: only a limit holds the pod back.
    pub quiet_latency: Latency,
    /// How the pods would fare with a CPU limit, or without theirs; `None` where they could not run so.
    pub other_limit: Option<OtherLimit>,
    /// How one pod less would fare where latency, zones or a ramp set the number.
    pub one_less: Option<Stress>,
    /// What a given number of pods breaks; always `None` where the pods were sized.
    pub violated: Option<Constraint>,
    /// What an autoscaler should be set to.
    pub autoscaler: Autoscaler,
    /// Cost of the requests for a month in a cluster that many share.
    pub share_cost: Spread<Money>,
    /// Nodes of its own; `None` where no type has room for a pod.
    pub nodes: Option<OwnNodes>,
    /// Where the pods go on the cluster that was given.
    pub cluster: Option<ClusterFit>,
    /// Pod-hours of the month.
    pub pod_hours: Decimal,
    /// The same month with the busy period's pods all the time; `None` for a flat load, where it is the same.
    pub fixed: Option<FixedMonth>,
    /// What a step of demand leaves waiting; `None` without a step in the policy.
    pub spike: Option<Spike>,
    /// Inputs by the share of the variance of the pods that they cause.
    pub sensitivity: Vec<Sensitivity>,
}

/// A month without an autoscaler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FixedMonth {
    /// Cost of the requests in a cluster that many share.
    pub share_cost: Money,
    /// Price of the nodes.
    pub node_cost: Option<Money>,
}

/// The same pods at the same rate with the other choice about a CPU limit: without the one there is, or with one at the
/// request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OtherLimit {
    /// The limit they have instead.
    pub cpu_limit: Option<CpuMillis>,
    /// Time to answer on a busy node.
    pub latency: Latency,
    /// Time to answer where the node has cores to spare.
    pub quiet_latency: Latency,
    /// Pods that hold the policy where nodes have cores to spare; `None` where no number does.
    pub quiet_pods: Option<u64>,
}

/// The cheapest nodes that hold the pods and nothing else.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnNodes {
    /// Type and number.
    pub plan: NodePlan,
    /// Price of the nodes for a month; they are chosen anew for each percentile.
    pub cost: Spread<Money>,
    /// Node-hours of the month.
    pub node_hours: Decimal,
    /// The part of it that no pod asked for.
    pub idle_cost: Money,
    /// The whole bill of a cluster of its own, line by line.
    pub lines: Vec<CostLine>,
}

/// One profile under one policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Name of the profile.
    pub profile: String,
    /// Its title.
    pub title: String,
    /// Name of the policy.
    pub policy: String,
    /// The plan, or why there is none.
    pub plan: Result<Plan, Infeasible>,
    /// What would work where no number of pods holds the objective.
    pub frontier: Option<Frontier>,
    /// Why instance types were rejected.
    pub excuses: Vec<Excuse>,
    /// What a reader must know.
    pub findings: Vec<Finding>,
}

impl Estimate {
    /// Whether the pods can be sized and some instance type holds them.
    pub fn feasible(&self) -> bool {
        self.plan.as_ref().is_ok_and(|plan| plan.nodes.is_some())
    }
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// By policy, then by profile, in the order asked.
    pub estimates: Vec<Estimate>,
    /// The first profile against each other one, by policy.
    pub comparisons: Vec<Comparison>,
    /// What concerns every estimate.
    pub findings: Vec<Finding>,
}

impl Answer {
    /// Whether anything that was asked for can be run.
    pub fn any_feasible(&self) -> bool {
        self.estimates.iter().any(Estimate::feasible)
    }
}

/// Answers the question.
pub fn estimate(question: &Question) -> Answer {
    let mut answer =
        Answer { estimates: Vec::new(), comparisons: Vec::new(), findings: question.basis.findings.clone() };
    for policy in &question.policies {
        let cases: Vec<Case<'_>> =
            question.services.iter().map(|service| Case::new(question, service, policy)).collect();
        let (estimates, samples): (Vec<Estimate>, Vec<_>) = cases.iter().map(Case::estimate).unzip();
        let sides = cases.iter().zip(&estimates).zip(&samples);
        let mut sides = sides.map(|((case, estimate), samples)| compare::Side::new(case, estimate, samples));
        if let Some(first) = sides.next() {
            answer.comparisons.extend(sides.map(|other| compare::compare(question, &first, &other)));
        }
        answer.estimates.extend(estimates);
    }
    answer
}

impl OwnNodes {
    /// The sum of the lines.
    pub fn total_cost(&self) -> Money {
        self.lines.iter().map(|line| line.cost).sum()
    }
}

impl Question {
    /// The service of a profile.
    pub fn service(&self, profile: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.profile.name == profile)
    }

    /// What the handlers do.
    pub fn work_name(&self) -> &str {
        self.services.first().map_or("none", |service| service.work.name.as_str())
    }

    /// A month's cost ÷ a month's million requests; `None` when that is beyond a decimal.
    pub fn per_million(&self, cost: Money) -> Option<Decimal> {
        let mean = self.demand.mid() * self.load.mean(|share| share);
        let millions = Decimal::from_f64(mean * self.basis.hours.seconds() / 1e6)?;
        cost.amount().checked_div(millions)
    }
}
