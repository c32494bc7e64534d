//! Pods and cost of one service, without what only the screens of an estimate show.

use super::case::Case;
use super::{Question, Spread};
use crate::model::nodes::PodRequest;
use crate::model::runtime::Service;
use crate::model::sizing::{Constraint, Infeasible, Policy};
use crate::units::Money;

/// The pods that a service needs and what they cost per month.
#[derive(Clone, Debug, PartialEq)]
pub struct PodPlan {
    /// Number of pods in the busy period, with the percentiles of the samples.
    pub pods: Spread<u64>,
    /// The constraint that determines it.
    pub binding: Constraint,
    /// Request of one pod.
    pub request: PodRequest,
    /// CPU seconds per request of the application in the busy period, with their percentiles.
    pub cpu_per_request: Spread<f64>,
    /// p99 response time in seconds on a busy node.
    pub p99: f64,
    /// Cost of the requests per month in a shared cluster.
    pub share_cost: Spread<Money>,
    /// Cost per month of the cheapest nodes of one type; `None` if no type has room for a pod.
    pub node_cost: Option<Money>,
}

/// Sizes one service under one policy: the same numbers as [`super::estimate`] gives for it, without autoscaler
/// settings, alternatives, bill lines and sensitivity, which take most of the time.
///
/// # Errors
/// [`Infeasible`] if no number of pods satisfies the policy.
pub fn pod_plan(question: &Question, service: &Service, policy: &Policy) -> Result<PodPlan, Infeasible> {
    let case = Case::new(question, service, policy);
    let sizer = case.sizer()?;
    let demand = case.demand();
    let pods = match question.replicas {
        None => sizer.pods(demand)?,
        Some(pods) => pods,
    };
    let samples = case.samples();
    let month = case.month(sizer, demand, pods);
    let nodes = case.choices().cheapest(pods, case.zones());
    #[expect(clippy::cast_precision_loss, reason = "a pod count below 2^47")]
    let rate = demand / pods as f64;
    let cost = |month: &super::month::MonthPods| case.pod_month() * month.mean();
    Ok(PodPlan {
        pods: Spread { plan: pods, percentiles: samples.busy() },
        binding: sizer.binding(demand, pods),
        request: case.shape.requested(),
        cpu_per_request: Spread { plan: sizer.replica().cpu_per_request(rate), percentiles: samples.cpu_per_request() },
        p99: sizer.p99(rate, pods),
        share_cost: Spread { plan: cost(&month), percentiles: samples.months(|month| Some(cost(month))) },
        node_cost: nodes.map(|nodes| case.node_cost(&nodes, &month)),
    })
}
