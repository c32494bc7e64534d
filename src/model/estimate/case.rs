//! One service under one policy.

use super::excuse::excuses;
use super::findings::findings;
use super::month::MonthPods;
use super::{Autoscaler, Estimate, FixedMonth, OwnNodes, Plan, Question, Service, Spike, Spread};
use crate::model::{
    Draw, Infeasible, Input, NodeChoices, NodePlan, PodShape, Policy, Sizer, Sizing, UncertainInputs, cost_lines,
    desired_replicas, sensitivity,
};
use crate::units::Money;

/// A service with everything that its sizing needs, ready to be asked about any demand.
pub(super) struct Case<'a> {
    pub(super) question: &'a Question,
    pub(super) service: &'a Service,
    pub(super) policy: &'a Policy,
    pub(super) shape: PodShape,
    pub(super) inputs: UncertainInputs,
    mid: Draw,
    sizer: Result<Sizer<'a>, Infeasible>,
}

impl<'a> Case<'a> {
    pub(super) fn new(question: &'a Question, service: &'a Service, policy: &'a Policy) -> Self {
        let inputs = UncertainInputs::new(question.demand, service);
        let mid = inputs.mid();
        let cores = question.basis.named_node_cores();
        let shape = PodShape::new(service, cores, policy.target_utilization.fraction(), &mid);
        let sizer = Sizer::new(&shape, &mid, policy, &question.tables);
        Self { question, service, policy, inputs, shape, mid, sizer }
    }

    /// The sizer at mid values.
    pub(super) fn sizer(&self) -> Result<&Sizer<'a>, Infeasible> {
        self.sizer.as_ref().map_err(|infeasible| *infeasible)
    }

    /// Pods for a demand, at mid values of everything else.
    pub(super) fn pods_at(&self, demand: f64) -> Result<u64, Infeasible> {
        self.sizer()?.pods(demand)
    }

    /// Cost of the requests of so many pods, all month, in a cluster that many share.
    pub(super) fn share_cost(&self, pods: u64) -> Money {
        self.pod_month() * pods
    }

    fn pod_month(&self) -> Money {
        let request = self.shape.requested();
        self.question.basis.share.price.cost_per_hour(request.cpu, request.memory) * self.question.basis.hours
    }

    pub(super) fn estimate(&self) -> Estimate {
        let basis = &self.question.basis;
        let request = self.shape.requested();
        let choices = NodeChoices::new(&basis.candidates, &basis.daemonsets, &request);
        let mut plan = self.sizer().and_then(|sizer| self.plan(sizer, &choices));
        if let (Some(room), Ok(plan)) = (&self.question.cluster, &mut plan) {
            let name = &self.service.profile.name;
            plan.cluster = Some(super::fit::fit(room, name, self.policy, plan, basis.hours));
        }
        let chosen = plan.as_ref().ok().and_then(|plan| Some((plan.sizing.pods, &plan.nodes.as_ref()?.plan)));
        Estimate {
            profile: self.service.profile.name.clone(),
            title: self.service.profile.title.clone(),
            policy: self.policy.name.clone(),
            excuses: excuses(basis, &request, chosen),
            findings: findings(self, plan.as_ref().ok()),
            plan,
        }
    }

    fn plan(&self, sizer: &Sizer<'_>, choices: &NodeChoices) -> Result<Plan, Infeasible> {
        let demand = self.mid.get(Input::Demand);
        let hours = self.question.basis.hours;
        let (sizing, violated) = match self.question.replicas {
            None => (sizer.size(demand)?, None),
            Some(pods) => (sizer.evaluate(demand, pods), sizer.violated(demand, pods)),
        };
        let samples = self.samples();
        let month = self.month(sizer, demand, sizing.pods);
        let share_cost = |month: &MonthPods| self.pod_month() * month.mean();
        let request = self.shape.requested();
        let replica = *sizer.replica();
        #[expect(clippy::cast_precision_loss, reason = "a pod count below 2^47")]
        let rate = demand / sizing.pods as f64;
        let zones = self.policy.zones.map_or(1, |zones| zones.count);
        let chosen = choices.cheapest(sizing.pods, zones);
        Ok(Plan {
            shape: self.shape,
            replica,
            rate,
            violated,
            cpu_requested: request.cpu * sizing.pods,
            memory_requested: request.memory * sizing.pods,
            utilization: replica.cpu_used(rate) / request.cpu.cores(),
            latency: sizer.latency(rate, sizing.pods),
            quiet_latency: sizer.quiet_latency(rate, sizing.pods),
            autoscaler: self.autoscaler(sizer, &month, &sizing),
            share_cost: Spread { plan: share_cost(&month), percentiles: samples.months(|m| Some(share_cost(m))) },
            nodes: chosen.map(|plan| {
                let percentiles =
                    samples.months(|month| Some(self.node_cost(&choices.cheapest(month.busy(), zones)?, month)));
                let cost = Spread { plan: self.node_cost(&plan, &month), percentiles };
                self.own_nodes(plan, &month, cost)
            }),
            fixed: (!self.question.load.is_flat()).then(|| FixedMonth {
                share_cost: self.share_cost(sizing.pods),
                node_cost: chosen.map(|plan| plan.price_per_hour * hours),
            }),
            cluster: None,
            spike: self.spike(sizer, demand, sizing.pods),
            sensitivity: sensitivity(&self.inputs, &samples.draws, &samples.output()),
            pods: Spread { plan: sizing.pods, percentiles: samples.busy() },
            pod_hours: month.mean() * hours.amount(),
            sizing,
        })
    }

    /// The nodes of one type that the pods need hour by hour, for the month.
    fn node_cost(&self, plan: &NodePlan, month: &MonthPods) -> Money {
        let basis = &self.question.basis;
        basis.candidates[plan.candidate].price * basis.hours * month.mean_nodes(plan)
    }

    fn own_nodes(&self, plan: NodePlan, month: &MonthPods, cost: Spread<Money>) -> OwnNodes {
        let question = self.question;
        let basis = &question.basis;
        let demand = question.load.mean(|share| share) * self.mid.get(Input::Demand);
        let node_hours = month.mean_nodes(&plan) * basis.hours.amount();
        let requested = basis.requested_cost(&basis.candidates[plan.candidate], &self.shape.requested(), month.mean());
        OwnNodes {
            idle_cost: cost.plan - requested,
            lines: cost_lines(basis, &plan, node_hours, demand, self.service.work.response_bytes),
            node_hours,
            plan,
            cost,
        }
    }

    /// Replicas from the quietest hour to the high demand, and the target that starts a pod when one is needed.
    fn autoscaler(&self, sizer: &Sizer<'_>, month: &MonthPods, sizing: &Sizing) -> Autoscaler {
        let request = self.shape.requested();
        let replica = sizer.replica();
        let target_percent = whole_percent(replica.cpu_used(sizing.safe_rate) / request.cpu.cores());
        let high = self.question.demand.high();
        #[expect(clippy::cast_precision_loss, reason = "a pod count below 2^47")]
        let usage = replica.cpu_used(high / sizing.pods as f64) * sizing.pods as f64 * 1000.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and `as` saturates")]
        let asked = desired_replicas(
            sizing.pods,
            usage as u64,
            request.cpu.millis().saturating_mul(sizing.pods),
            target_percent,
            self.policy.scaling.tolerance,
        );
        let needed = sizer.pods(high).unwrap_or(sizing.pods);
        Autoscaler {
            min_replicas: month.trough().max(self.policy.min_replicas).min(sizing.pods),
            max_replicas: needed.max(asked).max(sizing.pods),
            target_percent,
        }
    }

    /// What a step of demand leaves waiting until the first new pods serve.
    fn spike(&self, sizer: &Sizer<'_>, demand: f64, pods: u64) -> Option<Spike> {
        let ramp = self.policy.ramp.filter(|ramp| ramp.over == 0.0)?;
        let replica = sizer.replica();
        let before = sizer.pods(demand / ramp.factor).ok()?;
        let quota = self.shape.busy_node_quota();
        let most = replica.rate_at_cpu(quota).min(replica.rate_at_threads(1.0));
        let lag = self.policy.scaling.lag(replica.image_size, replica.cold_start);
        #[expect(clippy::cast_precision_loss, reason = "pod counts below 2^47")]
        let (served_before, served_after) = (before as f64 * most, pods as f64 * most);
        let backlog = ((demand - served_before) * lag).max(0.0);
        let drain =
            if backlog == 0.0 { Some(0.0) } else { (served_after > demand).then(|| backlog / (served_after - demand)) };
        Some(Spike { pods_before: before, lag, backlog, drain })
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a request, and `as` saturates")]
fn whole_percent(fraction: f64) -> u32 {
    // Down, so that the autoscaler acts no later than the policy says; the slack is for 0.85 × 100 = 85.
    (fraction * 100.0 + 1e-6).floor() as u32
}
