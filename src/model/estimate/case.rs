//! One service under one policy, sized and priced.

use super::findings::findings;
use super::lines::besides_compute;
use super::month::{MonthPods, Samples};
use super::rejected::rejected_types;
use super::{Estimate, FixedMonth, OtherLimit, OwnNodes, Plan, Question, Spread};
use crate::model::packing::{NodeChoices, NodePlan};
use crate::model::pricing::BillLine;
use crate::model::runtime::Service;
use crate::model::runtime::{PodResources, PodShape};
use crate::model::sizing::{Infeasible, Policy, Sizer};
use crate::model::uncertainty::{Draw, Input, UncertainInputs, sensitivity};
use crate::units::Money;

/// A service under a policy, with everything that its sizing needs for any demand.
pub(super) struct Case<'a> {
    pub(super) question: &'a Question,
    pub(super) service: &'a Service,
    pub(super) policy: &'a Policy,
    pub(super) shape: PodShape,
    pub(super) inputs: UncertainInputs,
    pub(super) mid: Draw,
    sizer: Result<Sizer<'a>, Infeasible>,
}

impl<'a> Case<'a> {
    pub(super) fn new(question: &'a Question, service: &'a Service, policy: &'a Policy) -> Self {
        let inputs = service.uncertain_inputs(question.demand);
        let mid = inputs.mid();
        let shape = shape_of(question, service, service.resources, policy, &mid);
        let sizer = Sizer::new(&shape, &mid, policy, &question.tables);
        Self { question, service, policy, inputs, shape, mid, sizer }
    }

    /// The sizer with the mid value of every input.
    pub(super) fn sizer(&self) -> Result<&Sizer<'a>, Infeasible> {
        self.sizer.as_ref().map_err(|infeasible| *infeasible)
    }

    /// The sizer for one sample of the inputs; `None` if a pod violates a constraint even without load.
    pub(super) fn sizer_of(&self, draw: &Draw) -> Option<Sizer<'a>> {
        Sizer::new(&self.shape, draw, self.policy, &self.question.tables).ok()
    }

    /// The shape of the same service's pods with other resources.
    pub(super) fn shape_with(&self, resources: PodResources) -> PodShape {
        shape_of(self.question, self.service, resources, self.policy, &self.mid)
    }

    /// Demand in the busy period, in requests per second, at mid values.
    pub(super) const fn demand(&self) -> f64 {
        self.mid.get(Input::Demand)
    }

    /// Mean demand of the month, in requests per second, at mid values.
    pub(super) fn mean_demand(&self) -> f64 {
        self.question.load.mean(|share| share) * self.demand()
    }

    /// The number of pods for a demand, with every other input at its mid value.
    pub(super) fn pods_at(&self, demand: f64) -> Result<u64, Infeasible> {
        self.sizer()?.pods(demand)
    }

    /// Monthly cost of the requests of this number of pods in a shared cluster.
    pub(super) fn share_cost(&self, pods: u64) -> Money {
        self.pod_month() * pods
    }

    pub(super) fn pod_month(&self) -> Money {
        let request = self.shape.requested();
        self.question.basis.share.price.cost_per_hour(request.cpu, request.memory) * self.question.basis.hours
    }

    /// The estimate, and the samples that its intervals are computed from.
    pub(super) fn estimate(&self) -> (Estimate, Samples) {
        let basis = &self.question.basis;
        let room = self.shape.room();
        let choices = self.choices();
        let samples = self.samples();
        let mut plan = self.sizer().and_then(|sizer| self.plan(sizer, &choices, &samples));
        if let (Some(room), Ok(plan)) = (&self.question.cluster, &mut plan) {
            let name = &self.service.profile.name;
            plan.cluster = Some(super::fit::fit(room, name, self.policy, plan, basis.hours));
        }
        let chosen = plan.as_ref().ok().and_then(|plan| Some((plan.sizing.pods, &plan.nodes.as_ref()?.plan)));
        let estimate = Estimate {
            profile: self.service.profile.name.clone(),
            title: self.service.profile.title.clone(),
            policy: self.policy.name.clone(),
            evidence: self.service.profile.values.evidence,
            rejected: rejected_types(basis, &room, chosen),
            findings: findings(self, plan.as_ref().ok()),
            frontier: plan.as_ref().err().and_then(|infeasible| self.frontier(infeasible)),
            plan,
        };
        (estimate, samples)
    }

    /// Instance types that have room for one of its pods.
    pub(super) fn choices(&self) -> NodeChoices {
        let basis = &self.question.basis;
        NodeChoices::new(&basis.candidates, &basis.daemonsets, &self.shape.room())
    }

    /// Number of zones that its pods are spread over.
    pub(super) fn zones(&self) -> u32 {
        self.policy.zones.map_or(1, |zones| zones.count)
    }

    fn plan(&self, sizer: &Sizer<'_>, choices: &NodeChoices, samples: &Samples) -> Result<Plan, Infeasible> {
        let demand = self.demand();
        let hours = self.question.basis.hours;
        let (sizing, violated) = match self.question.replicas {
            None => (sizer.size(demand)?, None),
            Some(pods) => (sizer.evaluate(demand, pods), sizer.violated(demand, pods)),
        };
        let month = self.month(sizer, demand, sizing.pods);
        let share_cost = |month: &MonthPods| self.pod_month() * month.mean();
        let request = self.shape.requested();
        let replica = *sizer.replica();
        #[expect(clippy::cast_precision_loss, reason = "a pod count below 2^47")]
        let rate = demand / sizing.pods as f64;
        let zones = self.zones();
        let chosen = choices.cheapest(sizing.pods, zones);
        let autoscaler = self.autoscaler(sizer, &sizing, chosen.as_ref());
        Ok(Plan {
            shape: self.shape,
            replica,
            rate,
            violated,
            one_less: sizing
                .pods
                .checked_sub(1)
                .filter(|_| sizing.binding.is_about_load())
                .map(|fewer| sizer.stress(demand, fewer, sizing.binding)),
            before_rounding: Spread { plan: sizing.before_rounding, percentiles: samples.before_rounding() },
            cpu_per_request: Spread { plan: replica.cpu_per_request(rate), percentiles: samples.cpu_per_request() },
            cpu_requested: request.cpu * sizing.pods,
            memory_requested: request.memory * sizing.pods,
            utilization: replica.cpu_used(rate) / request.cpu.cores(),
            latency: sizer.latency(rate, sizing.pods),
            quiet_latency: sizer.quiet_latency(rate, sizing.pods),
            other_limit: self.other_limit(rate, sizing.pods),
            spike: self.spike(sizer, sizing.pods, &autoscaler),
            autoscaler,
            share_cost: Spread { plan: share_cost(&month), percentiles: samples.months(|m| Some(share_cost(m))) },
            nodes: chosen.map(|plan| {
                let percentiles =
                    samples.months(|month| Some(self.node_cost(&choices.cheapest(month.busy(), zones)?, month)));
                let cost = Spread { plan: self.node_cost(&plan, &month), percentiles };
                self.own_nodes(plan, &month, cost)
            }),
            fixed: (!self.question.load.is_flat()).then(|| FixedMonth {
                share_cost: self.share_cost(sizing.pods),
                node_cost: chosen.map(|plan| self.node_cost(&plan, &MonthPods::new(sizing.pods, vec![sizing.pods]))),
            }),
            billed_pods: self.billed_pods(&month, samples),
            cluster: None,
            sensitivity: sensitivity(&self.inputs, &samples.draws, &samples.output()),
            pods: Spread { plan: sizing.pods, percentiles: samples.busy() },
            pod_hours: month.mean() * hours.amount(),
            zero_pod_hours: month.without_pods() * hours.amount(),
            sizing,
        })
    }

    /// Monthly cost of the nodes of one type that hold the pods of each hour, and of commitments that they do not use.
    pub(super) fn node_cost(&self, plan: &NodePlan, month: &MonthPods) -> Money {
        let basis = &self.question.basis;
        if basis.commitments.is_empty() {
            return basis.candidates[plan.candidate].price * basis.hours * month.mean_nodes(plan);
        }
        BillLine::total(&self.bought(plan, month))
    }

    pub(super) fn own_nodes(&self, plan: NodePlan, month: &MonthPods, cost: Spread<Money>) -> OwnNodes {
        let question = self.question;
        let basis = &question.basis;
        let node_hours = month.mean_nodes(&plan) * basis.hours.amount();
        let candidate = &basis.candidates[plan.candidate];
        let mut requested = basis.requested_cost(candidate, &self.shape.requested(), month.mean());
        let mut lines = self.bought(&plan, month);
        // A commitment lowers the cost of what is requested as much as that of what is idle.
        let paid = lines.first().and_then(|nodes| nodes.cost).filter(|_| !basis.commitments.is_empty());
        let list = node_hours * candidate.price.amount();
        if let Some(paid) = paid.and_then(|paid| paid.amount().checked_div(list)) {
            requested = Money::new(requested.amount() * paid);
        }
        lines.extend(besides_compute(basis, node_hours, plan.zones, self.mean_demand(), &self.service.work));
        OwnNodes { idle_cost: cost.plan - requested, lines, node_hours, plan, cost }
    }

    /// The same pods with the opposite choice of CPU limit.
    fn other_limit(&self, rate: f64, pods: u64) -> Option<OtherLimit> {
        let own = self.shape.resources;
        let cpu_limit = if own.cpu_limit.is_some() { None } else { Some(own.cpu_request) };
        if cpu_limit.is_some() && self.policy.counts_on_spare_cores() {
            return None;
        }
        let shape = self.shape_with(PodResources { cpu_limit, ..own });
        let sizer = Sizer::new(&shape, &self.mid, self.policy, &self.question.tables).ok()?;
        let needed = |sizer: Sizer<'_>| sizer.pods(self.demand()).ok();
        Some(OtherLimit {
            cpu_limit,
            latency: sizer.latency(rate, pods),
            quiet_latency: sizer.quiet_latency(rate, pods),
            quiet_pods: needed(if cpu_limit.is_some() { sizer } else { sizer.without_quota() }),
        })
    }
}

fn shape_of(question: &Question, service: &Service, resources: PodResources, policy: &Policy, mid: &Draw) -> PodShape {
    let cores = question.basis.named_node_cores();
    PodShape::new(service, resources, cores, policy.target_utilization.fraction(), mid)
}
