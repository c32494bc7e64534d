//! Sizing: the smallest number of pods that satisfies every constraint.

mod constraint;
mod hpa;
mod load_curve;
mod policy;
mod search;

pub use constraint::{Constraint, Infeasible};
pub use hpa::{Controller, ObservedPods, Target, settle};
pub(in crate::model) use hpa::{largest_target_below, percent};
pub use load_curve::LoadCurve;
pub use policy::{Policy, PolicySources, Ramp, Scaling, Zones};
use search::{smallest, smallest_above, smallest_near};

use super::queueing::{Latency, QueueingTables};
use crate::model::runtime::{Kind, PodShape, Replica};
use crate::model::uncertainty::Draw;

/// Slack for floating-point errors: demand that exactly fills a whole number of pods must not need one more.
const ROUNDING: f64 = 1e-9;

/// More pods than any service has; what fails at this number is infeasible.
pub(in crate::model) const MAX_PODS: u64 = 1 << 46;

/// A number of pods and the reasons for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizing {
    /// Number of pods.
    pub pods: u64,
    /// The constraint that fails with one pod less.
    pub binding: Constraint,
    /// Demand ÷ the safe rate of one pod.
    pub before_rounding: f64,
    /// The largest rate at which a pod satisfies every constraint that concerns a single pod.
    pub safe_rate: f64,
    /// The constraint that determines the safe rate.
    pub safe_by: Constraint,
    /// The smallest whole rate that needs one more pod.
    pub next_pod_at: u64,
}

/// State of the pods at their highest load: after the loss of zones, or while demand outruns the autoscaler.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stress {
    /// Number of pods that serve.
    pub pods: u64,
    /// Requests per second per pod.
    pub rate: f64,
    /// CPU usage ÷ CPU request.
    pub utilization: f64,
    /// p99 on a busy node in seconds.
    pub p99: f64,
}

/// Sizes one workload under one policy, for one draw of the inputs.
#[derive(Clone, Copy, Debug)]
pub struct Sizer<'a> {
    policy: &'a Policy,
    tables: &'a QueueingTables,
    shape: PodShape,
    replica: Replica,
    /// Maximum rates of one pod by constraint at the target utilization, tightest first.
    caps: [(Constraint, f64); 5],
    /// The maximum rate of one pod while pods are missing, at the policy's maximum utilization.
    missing_cap: f64,
    /// Peak rate while demand outruns the autoscaler ÷ rate at the end of the ramp.
    ramp_factor: f64,
    /// CPU quota of a pod in cores; `None` if only its threads limit it.
    quota: Option<f64>,
}

impl<'a> Sizer<'a> {
    /// # Errors
    /// [`Infeasible`] if a pod violates a constraint even without load.
    pub fn new(
        shape: &PodShape,
        draw: &Draw,
        policy: &'a Policy,
        tables: &'a QueueingTables,
    ) -> Result<Self, Infeasible> {
        let replica = Replica::new(shape, draw);
        let target = policy.target_utilization.fraction();
        let request = shape.requested();
        // CPU above the request is available up to the limit.
        let cores = |share: f64| (share * request.cpu.cores()).min(shape.allowed_cores());
        let by_cpu = replica.rate_at_cpu(cores(target));
        if by_cpu <= 0.0 {
            let available = cores(target);
            return Err(Infeasible { constraint: Constraint::Cpu, needed: replica.idle_cpu, available });
        }
        let memory = request.memory.as_f64();
        if replica.least_memory() > memory {
            let needed = replica.least_memory();
            return Err(Infeasible { constraint: Constraint::Memory, needed, available: memory });
        }
        let most = policy.max_utilization.fraction();
        let most_cpu = replica.rate_at_cpu(cores(most));
        let by_memory = rate_within(most_cpu.max(by_cpu), |rate| replica.working_set(rate) <= memory);
        // Threads and workers cannot be busy for more than 100 % of the time.
        let (target, most) = (target.min(1.0), most.min(1.0));
        let workers = |share| if shape.kind == Kind::Sync { replica.rate_at_workers(share) } else { f64::INFINITY };
        let mut caps = [
            (Constraint::Cpu, by_cpu),
            (Constraint::Parallelism, replica.rate_at_threads(target)),
            (Constraint::Concurrency, workers(target)),
            (Constraint::Rate, shape.max_rate),
            (Constraint::Memory, by_memory),
        ];
        caps.sort_by(|a, b| a.1.total_cmp(&b.1));
        let missing_cap =
            most_cpu.min(replica.rate_at_threads(most)).min(workers(most)).min(by_memory).min(shape.max_rate);
        let lag = policy.scaling.lag(replica.image_size, replica.cold_start);
        // A step is over before any new pod serves: its backlog is reported, but no pods are reserved for it.
        let ramp = policy.ramp.filter(|ramp| ramp.over > 0.0);
        let ramp_factor = ramp.map_or(1.0, |ramp| 1.0 + policy.scaling.tolerance + ramp.unseen(lag));
        let limit = shape.resources.cpu_limit.map(crate::units::CpuMillis::cores);
        let quota = if policy.counts_on_spare_cores() { limit } else { Some(shape.busy_node_quota()) };
        Ok(Self { policy, tables, shape: *shape, replica, caps, missing_cap, ramp_factor, quota })
    }

    /// The same pods without a quota, for nodes with spare cores.
    #[must_use]
    pub const fn without_quota(self) -> Self {
        Self { quota: None, ..self }
    }

    /// Saturation rate of a pod on a busy node.
    pub fn saturation_rate(&self) -> f64 {
        self.replica.saturation_rate_of_pod(self.quota.unwrap_or_else(|| f64::from(self.shape.threads)))
    }

    /// p99 of a request on an otherwise empty pod, in seconds.
    pub fn least_p99(&self) -> f64 {
        self.p99(0.0, MAX_PODS)
    }

    /// Behaviour of one pod.
    pub const fn replica(&self) -> &Replica {
        &self.replica
    }

    /// Latency of a pod at a rate, on a busy node.
    pub fn latency(&self, rate: f64, pods: u64) -> Latency {
        self.replica.latency(rate, pods, self.policy.balancer, self.quota, self.tables)
    }

    /// Latency of a pod at a rate, on a node with spare cores: only a limit restricts it.
    pub fn quiet_latency(&self, rate: f64, pods: u64) -> Latency {
        let quota = self.shape.resources.cpu_limit.map(crate::units::CpuMillis::cores);
        self.replica.latency(rate, pods, self.policy.balancer, quota, self.tables)
    }

    /// p99 of a pod at a rate on a busy node, in seconds.
    pub fn p99(&self, rate: f64, pods: u64) -> f64 {
        self.replica.p99(rate, pods, self.policy.balancer, self.quota, self.tables)
    }

    fn too_slow(&self, rate: f64, pods: u64) -> bool {
        let within =
            |objective| self.replica.p99_within(objective, (rate, pods), self.policy.balancer, self.quota, self.tables);
        self.policy.slo_p99.is_some_and(|objective| !within(objective))
    }

    /// Whether `pods` pods violate no constraint: [`Self::violated`] with one evaluation of the latency instead of
    /// three, since the highest rate with the fewest pods is the slowest.
    fn satisfied(&self, demand: f64, pods: u64) -> bool {
        let rate = rate_of(demand, pods);
        let peak = rate * self.ramp_factor;
        if pods < self.policy.min_replicas || beyond(self.caps[0].1, rate) {
            return false;
        }
        if self.ramp_factor > 1.0 && beyond(self.missing_cap, peak) {
            return false;
        }
        let Some(zones) = &self.policy.zones else { return !self.too_slow(peak, pods) };
        let left = zones.survivors(pods);
        let rate_of_left = rate_of(demand, left);
        let carried = left > 0 && !beyond(self.missing_cap, rate_of_left) && !self.too_slow(rate_of_left, left);
        carried && (peak <= rate_of_left || !self.too_slow(peak, pods))
    }

    /// The first constraint that `pods` pods violate at a demand.
    pub fn violated(&self, demand: f64, pods: u64) -> Option<Constraint> {
        let rate = rate_of(demand, pods);
        if let Some((constraint, _)) = self.caps.iter().find(|(_, cap)| beyond(*cap, rate)) {
            return Some(*constraint);
        }
        if self.too_slow(rate, pods) {
            // If it would be fast enough without the quota, throttling is the cause.
            let objective = self.policy.slo_p99.unwrap_or(f64::INFINITY);
            let unthrottled = self.replica.p99_within(objective, (rate, pods), self.policy.balancer, None, self.tables);
            return Some(if unthrottled { Constraint::Throttling } else { Constraint::Latency });
        }
        if let Some(zones) = &self.policy.zones {
            let left = zones.survivors(pods);
            let rate = rate_of(demand, left);
            if left == 0 || beyond(self.missing_cap, rate) || self.too_slow(rate, left) {
                return Some(Constraint::Zones);
            }
        }
        if self.ramp_factor > 1.0 {
            let peak = rate * self.ramp_factor;
            if beyond(self.missing_cap, peak) || self.too_slow(peak, pods) {
                return Some(Constraint::Ramp);
            }
        }
        (pods < self.policy.min_replicas).then_some(Constraint::Minimum)
    }

    /// The smallest number of pods that violates no constraint.
    ///
    /// # Errors
    /// [`Infeasible`] if there is no such number.
    pub fn pods(&self, demand: f64) -> Result<u64, Infeasible> {
        self.pods_near(demand, 0)
    }

    /// [`Self::pods`] with a guess of the result, which only affects how long the search takes.
    ///
    /// # Errors
    /// As [`Self::pods`].
    pub fn pods_near(&self, demand: f64, guess: u64) -> Result<u64, Infeasible> {
        if demand == 0.0 && self.policy.min_replicas == 0 {
            return Ok(0);
        }
        // The tightest cap gives a lower bound; from there only latency, zones and the ramp need to be checked.
        let least = whole(demand / self.caps[0].1).max(self.policy.min_replicas);
        let satisfied = |pods| self.satisfied(demand, pods);
        smallest_near(guess, (least, MAX_PODS), satisfied).ok_or_else(|| self.infeasible(demand))
    }

    /// The smallest number of pods that carries a demand at the target utilization, ignoring zones and the ramp.
    ///
    /// # Errors
    /// As [`Self::pods`].
    pub fn pods_without_zones(&self, demand: f64) -> Result<u64, Infeasible> {
        let fast = |pods: u64| !self.too_slow(rate_of(demand, pods), pods);
        smallest(whole(demand / self.caps[0].1), MAX_PODS, fast).ok_or_else(|| self.infeasible(demand))
    }

    /// Why even the maximum number of pods is not enough.
    fn infeasible(&self, demand: f64) -> Infeasible {
        let constraint = self.violated(demand, MAX_PODS).unwrap_or(Constraint::Latency);
        let needed = self.stress(demand, MAX_PODS, constraint).p99;
        Infeasible { constraint, needed, available: self.policy.slo_p99.unwrap_or(f64::INFINITY) }
    }

    /// The required number of pods and the reasons for it.
    ///
    /// # Errors
    /// As [`Self::pods`].
    pub fn size(&self, demand: f64) -> Result<Sizing, Infeasible> {
        let pods = self.pods(demand)?;
        Ok(self.explain(demand, pods, |rate| !self.satisfied(rate, pods)))
    }

    /// The same explanation for a given number of pods; it may violate a constraint, see [`Self::violated`].
    pub fn evaluate(&self, demand: f64, pods: u64) -> Sizing {
        self.explain(demand, pods, |rate| self.violated(rate, pods).is_some_and(|broken| broken != Constraint::Minimum))
    }

    /// Demand ÷ the safe rate of one of `pods` pods.
    pub fn before_rounding(&self, demand: f64, pods: u64) -> f64 {
        demand / self.safe_rate(pods).1
    }

    fn explain(&self, demand: f64, pods: u64, outgrown: impl Fn(f64) -> bool) -> Sizing {
        let (safe_by, safe_rate) = self.safe_rate(pods);
        #[expect(clippy::cast_precision_loss, reason = "rates are at most 10^12")]
        let outgrown = |rate: u64| outgrown(rate as f64);
        // A given number of pods may already be too small for the demand.
        let from = if outgrown(whole(demand)) && pods > 0 { 0 } else { whole(demand) };
        let next_pod_at = smallest_above(from, outgrown);
        Sizing {
            pods,
            binding: self.binding(demand, pods),
            before_rounding: demand / safe_rate,
            safe_rate,
            safe_by,
            next_pod_at,
        }
    }

    /// The constraint that one pod less than `pods` violates.
    pub fn binding(&self, demand: f64, pods: u64) -> Constraint {
        // Without any pod every constraint fails; the first pod is attributed to the minimum.
        let fewer = if pods > 1 { self.violated(demand, pods - 1) } else { None };
        fewer.unwrap_or(Constraint::Minimum)
    }

    /// Load, utilization and latency of `pods` pods in the situation that a constraint is about.
    pub fn stress(&self, demand: f64, pods: u64, constraint: Constraint) -> Stress {
        let left = match (constraint, &self.policy.zones) {
            (Constraint::Zones, Some(zones)) => zones.survivors(pods),
            _ => pods,
        };
        let factor = if constraint == Constraint::Ramp { self.ramp_factor } else { 1.0 };
        let rate = rate_of(demand, left) * factor;
        let utilization = self.replica.cpu_used(rate) / self.shape.requested().cpu.cores();
        Stress { pods: left, rate, utilization, p99: self.p99(rate, left) }
    }

    /// The largest rate at which a pod satisfies the constraints that concern a single pod, and the constraint that
    /// determines it.
    fn safe_rate(&self, pods: u64) -> (Constraint, f64) {
        let (constraint, cap) = self.caps[0];
        let fast = |rate: f64| !self.too_slow(rate, pods);
        let rides = |rate: f64| {
            let peak = rate * self.ramp_factor;
            peak <= self.missing_cap && !self.too_slow(peak, pods)
        };
        let by_latency = rate_within(cap, fast);
        let by_ramp = if self.ramp_factor > 1.0 { rate_within(cap, rides) } else { cap };
        let mut safe = (constraint, cap);
        if by_latency < safe.1 {
            safe = (Constraint::Latency, by_latency);
        }
        if by_ramp < safe.1 {
            safe = (Constraint::Ramp, by_ramp);
        }
        safe
    }
}

/// Requests per second per pod.
#[expect(clippy::cast_precision_loss, reason = "a pod count below 2^47")]
fn rate_of(demand: f64, pods: u64) -> f64 {
    if pods == 0 { f64::INFINITY } else { demand / pods as f64 }
}

fn beyond(cap: f64, rate: f64) -> bool {
    rate > cap * (1.0 + ROUNDING)
}

/// Rounds up to a whole number, with slack for floating-point errors; at least 1.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and `as` saturates")]
fn whole(value: f64) -> u64 {
    ((value * (1.0 - ROUNDING)).ceil() as u64).max(1)
}

/// The largest rate in `[0, upper]` that satisfies a monotonic condition; `upper` itself if it holds there.
///
/// Fifty bisections leave an error below one part in 10¹⁵ of `upper`; the feasible side is returned.
fn rate_within(upper: f64, holds: impl Fn(f64) -> bool) -> f64 {
    if holds(upper) {
        return upper;
    }
    let (mut good, mut bad) = (0.0, upper);
    for _ in 0..50 {
        let middle = f64::midpoint(good, bad);
        if holds(middle) { good = middle } else { bad = middle }
    }
    good
}

#[cfg(test)]
mod tests;
