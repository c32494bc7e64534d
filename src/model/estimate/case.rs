//! One service under one policy.

use super::excuse::excuses;
use super::{Autoscaler, Estimate, OwnNodes, Plan, Question, Service, Spread};
use crate::model::sampling::{latin_hypercube, quantile};
use crate::model::{
    ASSUMED_NODE_CORES, Draw, Finding, Infeasible, Input, Kind, NodeChoices, NodePlan, PodRequest, PodShape, Policy,
    Replica, Sizing, UncertainInputs, cost_lines, size,
};
use crate::units::Money;

/// The largest cluster that Kubernetes is tested for (<https://kubernetes.io/docs/setup/best-practices/cluster-large/>).
const TESTED_PODS: u64 = 150_000;
/// As [`TESTED_PODS`], for nodes.
const TESTED_NODES: u64 = 5_000;

/// A service with everything that its sizing needs, ready to be asked about any demand.
pub(super) struct Case<'a> {
    question: &'a Question,
    service: &'a Service,
    pub(super) policy: &'a Policy,
    inputs: UncertainInputs,
    shape: PodShape,
    mid: Draw,
}

impl<'a> Case<'a> {
    pub(super) fn new(question: &'a Question, service: &'a Service, policy: &'a Policy) -> Self {
        let inputs = UncertainInputs::new(question.demand, &service.profile);
        let mid = inputs.mid();
        let target = policy.target_utilization.fraction();
        let cores = question.basis.named_node_cores();
        let shape = PodShape::new(&service.profile, service.workers, service.resources, cores, target, &mid);
        Self { question, service, policy, inputs, shape, mid }
    }

    /// The plan for a demand, at mid values of everything else.
    pub(super) fn size_at(&self, demand: f64) -> Result<Sizing, Infeasible> {
        size(&Replica::new(&self.shape, &self.mid), &self.shape, self.policy, demand)
    }

    /// Cost of the requests of so many pods for a month in a cluster that many share.
    pub(super) fn share_cost(&self, pods: u64) -> Money {
        let request = self.pod_request();
        self.question.basis.share.price.cost_per_hour(request.cpu, request.memory) * pods * self.question.basis.hours
    }

    fn pod_request(&self) -> PodRequest {
        PodRequest { cpu: self.shape.resources.cpu_request, memory: self.shape.resources.memory_request }
    }

    pub(super) fn estimate(&self) -> Estimate {
        let basis = &self.question.basis;
        let request = self.pod_request();
        let choices = NodeChoices::new(&basis.candidates, &basis.daemonsets, &request);
        let plan = self.size_at(self.mid.get(Input::Demand)).map(|sizing| self.plan(sizing, &choices));
        let chosen = plan.as_ref().ok().and_then(|plan| Some((plan.sizing.pods, &plan.nodes.as_ref()?.plan)));
        Estimate {
            profile: self.service.profile.name.clone(),
            title: self.service.profile.title.clone(),
            policy: self.policy.name.clone(),
            excuses: excuses(basis, &request, chosen),
            findings: self.findings(plan.as_ref().ok()),
            plan,
        }
    }

    fn plan(&self, sizing: Sizing, choices: &NodeChoices) -> Plan {
        let replica = Replica::new(&self.shape, &self.mid);
        let request = self.pod_request();
        let pods = self.spread_of_pods(sizing.pods);
        let hours = self.question.basis.hours;
        let nodes = choices.cheapest(sizing.pods).map(|plan| {
            let cost = pods.map(|pods| choices.cheapest(pods).map(|plan| plan.price_per_hour * hours));
            self.own_nodes(sizing.pods, plan, Spread { plan: plan.price_per_hour * hours, percentiles: cost })
        });
        #[expect(clippy::cast_precision_loss, reason = "a pod count far below 2^53")]
        let rate = self.mid.get(Input::Demand) / sizing.pods as f64;
        let high = self.size_at(self.question.demand.high()).map_or(sizing.pods, |high| high.pods);
        Plan {
            shape: self.shape,
            replica,
            rate,
            cpu_requested: request.cpu * sizing.pods,
            memory_requested: request.memory * sizing.pods,
            utilization: replica.cpu_used(rate) / request.cpu.cores(),
            autoscaler: Autoscaler {
                min_replicas: sizing.pods,
                max_replicas: high,
                target_percent: whole_percent(replica.cpu_used(sizing.safe_rate) / request.cpu.cores()),
            },
            share_cost: Spread {
                plan: self.share_cost(sizing.pods),
                percentiles: pods.map(|pods| Some(self.share_cost(pods))),
            },
            nodes,
            pods,
            sizing,
        }
    }

    fn own_nodes(&self, pods: u64, plan: NodePlan, cost: Spread<Money>) -> OwnNodes {
        let basis = &self.question.basis;
        let request = self.pod_request();
        OwnNodes {
            idle_cost: cost.plan - basis.requested_cost(&basis.candidates[plan.candidate], &request, pods),
            lines: cost_lines(basis, &plan, self.mid.get(Input::Demand), self.question.response_bytes),
            plan,
            cost,
        }
    }

    /// The number of pods in every sample, and its percentiles.
    fn spread_of_pods(&self, plan: u64) -> Spread<u64> {
        let name = &self.service.profile.name;
        let mut pods: Vec<u64> = latin_hypercube(&self.inputs, name, self.question.samples, self.question.seed)
            .iter()
            .map(|draw| {
                let replica = Replica::new(&self.shape, draw);
                // Where a pod cannot hold its constraints at any rate, no number of pods is enough.
                size(&replica, &self.shape, self.policy, draw.get(Input::Demand)).map_or(u64::MAX, |s| s.pods)
            })
            .collect();
        pods.sort_unstable();
        let percentile = |p| quantile(&pods, p).filter(|pods| *pods != u64::MAX);
        let percentiles = (!pods.is_empty()).then(|| [percentile(0.05), percentile(0.5), percentile(0.95)]);
        Spread { plan, percentiles }
    }

    /// What a reader of this estimate must know.
    fn findings(&self, plan: Option<&Plan>) -> Vec<Finding> {
        let profile = &self.service.profile;
        let name = profile.name.as_str();
        let mut findings = profile.values.findings.clone();
        if profile.kind == Kind::Threads
            && self.question.basis.named_node_cores().is_none()
            && self.shape.threads == ASSUMED_NODE_CORES
        {
            findings.push(Finding::info(
                "threads-assumed",
                name,
                format!("the node's cores are not known here; {ASSUMED_NODE_CORES} threads are taken (name an --instance-type to change it)"),
            ));
        }
        if let Some(plan) = plan {
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
                    "in part of the samples a pod does not fit its own requests, so no number of pods is enough; raise the pod's memory or CPU request",
                ));
            }
        }
        findings.sort();
        findings
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a request, and `as` saturates")]
fn whole_percent(fraction: f64) -> u32 {
    // Down, so that the autoscaler acts no later than the policy says; the slack is for 0.85 × 100 = 85.
    (fraction * 100.0 + 1e-6).floor() as u32
}
