//! Settings of a `HorizontalPodAutoscaler`, its steady state, and its response to a step of demand.

use super::case::Case;
use super::month::MonthPods;
use crate::model::packing::NodePlan;
use crate::model::sizing::{Controller, MAX_PODS, ObservedPods, Sizer, Sizing, Target};
use crate::model::sizing::{largest_target_below, percent, settle};
use crate::units::Money;

/// Settings of a HorizontalPodAutoscaler, and where it settles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Autoscaler {
    /// Pods at the lowest demand: of the load curve, or before the ramp.
    pub min_replicas: u64,
    /// Pods that carry the high demand at the target utilization even if zones fail.
    pub max_replicas: u64,
    /// Target CPU utilization in whole percent of the request; `None` if another resource saturates at so low a CPU
    /// utilization that no autoscaler on CPU can react.
    pub target_percent: Option<u32>,
    /// Number of pods at which the controller settles with that target; `None` without a target.
    pub settled: Option<Settled>,
}

/// Number of pods at which the controller settles in the busy period, and their cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// After a slow rise of demand from its lowest level.
    pub rising: u64,
    /// After scaling down from `max_replicas`.
    pub falling: u64,
    /// Monthly cost of the requests in a shared cluster: hour by hour, each hour starting from the previous hour's
    /// pods.
    pub share_cost: Money,
    /// The same on nodes of the planned type; `None` if there is no such type.
    pub node_cost: Option<Money>,
}

/// Response to an unexpected step of demand, by controller sync. Times in seconds since the step.
#[derive(Clone, Debug, PartialEq)]
pub struct Spike {
    /// Number of pods before the step.
    pub pods_before: u64,
    /// Time at which the first new pod serves.
    pub lag: f64,
    /// The largest number of waiting requests.
    pub backlog: f64,
    /// Time from the first new pod until the backlog is empty; `None` if the pods never catch up.
    pub drain: Option<f64>,
    /// Every change of the replicas until the backlog is empty.
    pub rounds: Vec<Round>,
}

/// A controller sync that adds pods.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Round {
    /// Time of the evaluation in seconds.
    pub at: f64,
    /// The number of replicas that it sets.
    pub replicas: u64,
    /// Time in seconds at which the added pods serve.
    pub serving: f64,
}

/// Steps of a slow rise of demand: each is less than 1 % of the demand, the resolution of the controller's
/// utilization in percent.
const RISE: u32 = 128;

/// Maximum number of controller syncs simulated: more than four hours at the default of 15 s.
const MAX_ROUNDS: u32 = 1000;

impl Case<'_> {
    /// Replicas from the lowest demand to the high demand with failed zones, and a target at which the controller
    /// never settles below the plan: the highest target that the policy allows for which one pod less is outside the
    /// tolerance.
    pub(super) fn autoscaler(&self, sizer: &Sizer<'_>, sizing: &Sizing, nodes: Option<&NodePlan>) -> Autoscaler {
        let (demand, high) = (self.demand(), self.question.demand.high());
        // For a flat load, the demand before the ramp is the lowest.
        let before = self.policy.ramp.map_or(1.0, |ramp| 1.0 / ramp.factor);
        let low = demand * self.question.load.trough().min(before);
        // A HorizontalPodAutoscaler on CPU keeps one pod: without any there is no CPU to measure.
        let min_replicas = sizer.pods(low).unwrap_or(sizing.pods).clamp(1, sizing.pods.max(1));
        let carried = sizer.pods_without_zones(high).unwrap_or(sizing.pods);
        let with_zones_lost = self.policy.zones.map_or(carried, |zones| zones.pods_for(carried));
        let max_replicas = with_zones_lost.max(sizer.pods(high).unwrap_or(sizing.pods)).max(sizing.pods);
        let without = Autoscaler { min_replicas, max_replicas, target_percent: None, settled: None };

        let tolerance = self.policy.scaling.tolerance;
        let looks_like = |demand: f64, pods: u64| percent(self.usage(sizer, demand, pods), self.requests(pods));
        // Saturated pods must exceed the target too, otherwise the controller would never scale up.
        let saturated = largest_target_below(looks_like(f64::MAX, 1), tolerance);
        let fewer = if sizing.pods > min_replicas { looks_like(demand, sizing.pods - 1) } else { u32::MAX };
        let by_plan = largest_target_below(fewer, tolerance);
        let safe = whole_percent(sizer.replica().cpu_used(sizing.safe_rate) / self.shape.requested().cpu.cores());
        let target = safe.min(saturated).min(by_plan);
        if target == 0 {
            return without;
        }
        let mut settings = Target { min_replicas, max_replicas: MAX_PODS, percent: target, tolerance };
        let rest =
            |settings, demand, from| settle(settings, from, self.requests(1), |pods| self.usage(sizer, demand, pods));
        // If the usage of idle pods alone exceeds the target, each added pod leads to more pods, without end.
        let Some(at_high) = rest(settings, high, sizing.pods).filter(|pods| *pods < MAX_PODS) else { return without };
        settings.max_replicas = max_replicas.max(at_high);
        let rise = (1..=RISE).try_fold(min_replicas, |pods, step| {
            rest(settings, low + (demand - low) * f64::from(step) / f64::from(RISE), pods)
        });
        let fall = rest(settings, demand, settings.max_replicas);
        let (Some(rising), Some(falling)) = (rise, fall) else { return without };
        let month = self.controlled_month(rising, |share, from| rest(settings, demand * share, from).unwrap_or(from));
        let settled = Settled {
            rising,
            falling,
            share_cost: self.pod_month() * month.mean(),
            node_cost: nodes.map(|plan| self.node_cost(plan, &month)),
        };
        Autoscaler {
            min_replicas,
            max_replicas: settings.max_replicas,
            target_percent: Some(target),
            settled: Some(settled),
        }
    }

    /// Pods in each hour of the load curve, each hour starting from the end of the previous one.
    fn controlled_month(&self, busy: u64, rest: impl Fn(f64, u64) -> u64) -> MonthPods {
        let shares = self.question.load.shares();
        if self.question.load.is_flat() || self.question.replicas.is_some() {
            return MonthPods::new(busy, vec![busy]);
        }
        // The curve is periodic: the first hour follows the last.
        let mut pods = shares.iter().fold(busy, |pods, share| rest(*share, pods));
        let hours = shares.iter().map(|share| {
            pods = rest(*share, pods);
            pods
        });
        MonthPods::new(busy, hours.collect())
    }

    /// CPU usage of `pods` pods in millicores; the rate of a pod is capped at its saturation rate on a busy node.
    fn usage(&self, sizer: &Sizer<'_>, demand: f64, pods: u64) -> u64 {
        let pods = real(pods);
        let rate = (demand / pods).min(sizer.saturation_rate());
        whole(sizer.replica().cpu_used(rate) * pods * 1e3)
    }

    /// Total CPU request of `pods` pods in millicores.
    fn requests(&self, pods: u64) -> u64 {
        self.shape.requested().cpu.millis().saturating_mul(pods)
    }

    /// Backlog after a step of demand while the controller adds pods; `None` if the policy has no step.
    pub(super) fn spike(&self, sizer: &Sizer<'_>, planned: u64, settings: &Autoscaler) -> Option<Spike> {
        let ramp = self.policy.ramp.filter(|ramp| ramp.over == 0.0)?;
        let demand = self.demand();
        let scaling = &self.policy.scaling;
        let lag = scaling.lag(sizer.replica().image_size, sizer.replica().cold_start);
        let target = settings.target_percent.map(|percent| Target {
            min_replicas: settings.min_replicas,
            max_replicas: settings.max_replicas,
            percent,
            tolerance: scaling.tolerance,
        });
        let quiet = |pods| self.usage(sizer, demand / ramp.factor, pods);
        let before = match target {
            Some(target) => settle(target, settings.min_replicas, self.requests(1), quiet)?,
            None => sizer.pods(demand / ramp.factor).ok()?,
        };
        let mut queue = Queue::new(demand, sizer.saturation_rate(), before);
        let mut controller = target.map(Controller::new);
        let mut rounds: Vec<Round> = Vec::new();
        let mut replicas = before;
        for round in 0..MAX_ROUNDS {
            let at = scaling.reaction() + f64::from(round) * scaling.sync;
            // The metric is delayed by half its window on average.
            queue.advance(at - scaling.metric_window / 2.0);
            let rate = queue.rate_of_a_pod();
            queue.advance(at);
            if queue.is_terminated() {
                break;
            }
            let ready = queue.serving_since(at - scaling.metric_window);
            let usage = whole(sizer.replica().cpu_used(rate) * real(ready) * 1e3);
            let seen =
                ObservedPods { ready, unready: replicas - ready.min(replicas), usage, request: self.requests(1) };
            // Without a CPU target, an autoscaler on requests is assumed, which sets the planned number of pods at
            // once.
            let next = controller.as_mut().map_or(planned, |controller| controller.sync(at, seen)).max(replicas);
            if next > replicas {
                let serving = at + lag - scaling.reaction();
                queue.arrivals.push((serving, next - replicas));
                rounds.push(Round { at, replicas: next, serving });
                replicas = next;
            }
        }
        let drain = queue.empty_at.map(|at| (at - lag).max(0.0));
        Some(Spike { pods_before: before, lag, backlog: queue.most_waiting, drain, rounds })
    }
}

/// Backlog of requests while the serving pods' capacity is below demand. Times in seconds.
struct Queue {
    demand: f64,
    /// Saturation rate of one pod in requests per second.
    saturation_rate: f64,
    before: u64,
    /// Times at which further pods start to serve, in order, and their number.
    arrivals: Vec<(f64, u64)>,
    now: f64,
    waiting: f64,
    most_waiting: f64,
    /// Time in seconds since which the backlog is empty.
    empty_at: Option<f64>,
}

impl Queue {
    fn new(demand: f64, saturation_rate: f64, before: u64) -> Self {
        let enough = demand <= saturation_rate * real(before);
        let empty_at = enough.then_some(0.0);
        Self {
            demand,
            saturation_rate,
            before,
            arrivals: Vec::new(),
            now: 0.0,
            waiting: 0.0,
            most_waiting: 0.0,
            empty_at,
        }
    }

    /// Pods that have been serving since a time.
    fn serving_since(&self, time: f64) -> u64 {
        let arrived = self.arrivals.iter().filter(|(at, _)| *at <= time).map(|(_, pods)| pods);
        self.before + arrived.sum::<u64>()
    }

    /// Advances the simulation, stopping at every arrival of pods.
    fn advance(&mut self, until: f64) {
        while self.now < until {
            let next =
                self.arrivals.iter().map(|(at, _)| *at).find(|at| *at > self.now).map_or(until, |at| at.min(until));
            let growth = self.demand - self.saturation_rate * real(self.serving_since(self.now));
            let left = self.waiting + growth * (next - self.now);
            if left > 0.0 {
                self.empty_at = None;
            } else if self.empty_at.is_none() {
                self.empty_at = Some(self.now + self.waiting / -growth);
            }
            self.waiting = left.max(0.0);
            self.most_waiting = self.most_waiting.max(self.waiting);
            self.now = next;
        }
    }

    /// Whether the backlog is empty and demand is below capacity.
    fn is_terminated(&self) -> bool {
        self.empty_at.is_some()
    }

    /// Requests per second that each pod serves now.
    fn rate_of_a_pod(&self) -> f64 {
        if self.waiting > 0.0 {
            return self.saturation_rate;
        }
        (self.demand / real(self.serving_since(self.now))).min(self.saturation_rate)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a request, and `as` saturates")]
fn whole_percent(fraction: f64) -> u32 {
    // Rounded down, so that the autoscaler acts no later than the policy requires; the slack makes 0.85 × 100 equal
    // to 85.
    (fraction * 100.0 + 1e-6).floor() as u32
}

#[expect(clippy::cast_precision_loss, reason = "pod counts below 2^47")]
fn real(pods: u64) -> f64 {
    pods as f64
}

/// Rounds down to a whole number, with slack for floating-point errors.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and `as` saturates")]
fn whole(value: f64) -> u64 {
    (value * (1.0 + 1e-9)).floor() as u64
}
