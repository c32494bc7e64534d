//! One service under one policy.

use super::excuse::excuses;
use super::findings::findings;
use super::month::MonthPods;
use super::{Autoscaler, Estimate, FixedMonth, OwnNodes, Plan, Question, Service, Spike, Spread};
use crate::model::{
    Draw, Infeasible, Input, NodeChoices, NodePlan, PodShape, Policy, Replica, Sizer, Sizing, UncertainInputs,
    cost_lines, desired_replicas, sensitivity,
};
use crate::units::Money;

/// Demands between the quietest and the highest at which the autoscaler's target is tried.
const AUTOSCALER_LOOKS: u32 = 24;

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
            one_less: sizing
                .pods
                .checked_sub(1)
                .filter(|_| sizing.binding.is_about_load())
                .map(|fewer| sizer.stress(demand, fewer, sizing.binding)),
            cpu_requested: request.cpu * sizing.pods,
            memory_requested: request.memory * sizing.pods,
            utilization: replica.cpu_used(rate) / request.cpu.cores(),
            latency: sizer.latency(rate, sizing.pods),
            quiet_latency: sizer.quiet_latency(rate, sizing.pods),
            autoscaler: self.autoscaler(sizer, &sizing),
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
            lines: cost_lines(basis, &plan, node_hours, demand, &self.service.work),
            node_hours,
            plan,
            cost,
        }
    }

    /// Replicas from the quietest time to the high demand with zones lost, and a target at which the autoscaler keeps at least
    /// the pods that the plan has from the busy period up. Below it, whole pods in zones need more than any one target gives
    /// without overshooting the plan.
    fn autoscaler(&self, sizer: &Sizer<'_>, sizing: &Sizing) -> Autoscaler {
        let request = self.shape.requested().cpu.cores();
        let replica = sizer.replica();
        let demand = self.mid.get(Input::Demand);
        // A flat load was quieter before its ramp.
        let before = self.policy.ramp.map_or(1.0, |ramp| 1.0 / ramp.factor);
        let (low, high) = (demand * self.question.load.trough().min(before), self.question.demand.high());
        let min_replicas = sizer.pods(low).unwrap_or(sizing.pods).min(sizing.pods);
        let steps =
            (0..=AUTOSCALER_LOOKS).map(|n| demand + (high - demand) * f64::from(n) / f64::from(AUTOSCALER_LOOKS));
        let by_plan = steps.filter_map(|demand| {
            let pods = sizer.pods(demand).ok()?;
            #[expect(clippy::cast_precision_loss, reason = "pod counts below 2^47")]
            let percent = whole_percent(replica.cpu_used(demand / pods as f64) / request);
            (pods > min_replicas).then(|| keeps(pods, percent))
        });
        let safe = whole_percent(replica.cpu_used(sizing.safe_rate) / request);
        let target_percent = Some(by_plan.fold(safe, u32::min)).filter(|percent| *percent > 0);
        let asked = target_percent.map_or(0, |percent| self.asked_at(replica, high, sizing.pods, percent));
        let carried = sizer.pods_without_zones(high).unwrap_or(sizing.pods);
        let with_zones_lost = self.policy.zones.map_or(carried, |zones| zones.pods_for(carried));
        Autoscaler {
            min_replicas,
            max_replicas: with_zones_lost.max(sizer.pods(high).unwrap_or(sizing.pods)).max(asked).max(sizing.pods),
            target_percent,
        }
    }

    /// Replicas that the autoscaler asks for when the plan's pods meet a demand.
    fn asked_at(&self, replica: &Replica, demand: f64, pods: u64, target_percent: u32) -> u64 {
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "pod counts below 2^47, positive, and `as` saturates"
        )]
        let usage = (replica.cpu_used(demand / pods as f64) * pods as f64 * 1000.0) as u64;
        let requests = self.shape.requested().cpu.millis().saturating_mul(pods);
        desired_replicas(pods, usage, requests, target_percent, self.policy.scaling.tolerance)
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

/// The largest target in percent at which the autoscaler keeps n pods at a utilization: `ceil(n·u ÷ t) ≥ n`.
fn keeps(pods: u64, percent: u32) -> u32 {
    let total = u128::from(pods) * u128::from(percent);
    let target = total.div_ceil(u128::from(pods.max(2) - 1)).saturating_sub(1);
    u32::try_from(target).unwrap_or(u32::MAX)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a request, and `as` saturates")]
fn whole_percent(fraction: f64) -> u32 {
    // Down, so that the autoscaler acts no later than the policy says; the slack is for 0.85 × 100 = 85.
    (fraction * 100.0 + 1e-6).floor() as u32
}
