//! The smallest number of pods for which every constraint holds.

use super::{Policy, Replica};
use crate::model::PodShape;

/// What can set the number of pods, in the order in which a tie is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Constraint {
    /// CPU use within the target share of the request.
    Cpu,
    /// CPU use within the target share of what the runtime's threads can run.
    Parallelism,
    /// Time in which worker processes are occupied within the target share.
    Concurrency,
    /// Working set within the memory request.
    Memory,
    /// The policy's smallest replica count.
    Minimum,
}

impl Constraint {
    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Parallelism => "parallelism",
            Self::Concurrency => "concurrency",
            Self::Memory => "memory",
            Self::Minimum => "minimum",
        }
    }
}

/// No number of pods is enough: a pod without any load already breaks a constraint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Infeasible {
    /// Which constraint.
    pub constraint: Constraint,
    /// What a pod needs: cores, or bytes.
    pub needed: f64,
    /// What it has.
    pub available: f64,
}

/// The number of pods and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizing {
    /// Pods.
    pub pods: u64,
    /// The constraint that fails with one pod less.
    pub binding: Constraint,
    /// Demand ÷ the rate one pod can safely take.
    pub before_rounding: f64,
    /// The largest rate at which a pod keeps every constraint.
    pub safe_rate: f64,
    /// The constraint that sets that rate.
    pub safe_by: Constraint,
    /// The smallest whole rate at which one more pod is needed.
    pub next_pod_at: u64,
}

/// Slack for rounding in floating point: demand that is a whole number of pods' worth must not cost one more.
const ROUNDING: f64 = 1e-9;

/// Sizes one workload at a demand in requests a second.
///
/// # Errors
/// [`Infeasible`] when a pod cannot hold its constraints at any rate.
pub fn size(replica: &Replica, shape: &PodShape, policy: &Policy, demand: f64) -> Result<Sizing, Infeasible> {
    let (constraint, safe_rate) = safe_rate(replica, shape, policy)?;
    let before_rounding = demand / safe_rate;
    let needed = whole_pods(before_rounding);
    let pods = needed.max(policy.min_replicas);
    // With no pod at all every constraint fails; what makes the first pod necessary is the minimum.
    let binding = if needed <= 1 || needed < pods { Constraint::Minimum } else { constraint };
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a pod count far below 2^53; a positive rate, and `as` saturates"
    )]
    let next_pod_at = ((pods as f64 * safe_rate * (1.0 + ROUNDING)).floor() as u64).saturating_add(1);
    Ok(Sizing { pods, binding, before_rounding, safe_rate, safe_by: constraint, next_pod_at })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and `as` saturates")]
fn whole_pods(before_rounding: f64) -> u64 {
    ((before_rounding * (1.0 - ROUNDING)).ceil() as u64).max(1)
}

/// The largest rate at which one pod keeps every constraint, and the constraint that sets it.
fn safe_rate(replica: &Replica, shape: &PodShape, policy: &Policy) -> Result<(Constraint, f64), Infeasible> {
    let target = policy.target_utilization.fraction();
    let request = shape.resources.cpu_request.cores();
    let by_cpu = replica.rate_at_cpu(target * request);
    if by_cpu <= 0.0 {
        return Err(Infeasible { constraint: Constraint::Cpu, needed: replica.idle_cpu, available: target * request });
    }
    let mut safe = (Constraint::Cpu, by_cpu);
    let mut bound = |constraint, rate| {
        if rate < safe.1 {
            safe = (constraint, rate);
        }
    };
    bound(Constraint::Parallelism, replica.rate_at_threads(target));
    if shape.kind == crate::model::Kind::Sync {
        bound(Constraint::Concurrency, replica.rate_at_workers(target));
    }
    let memory = shape.resources.memory_request.as_f64();
    if replica.working_set(0.0) > memory {
        let needed = replica.working_set(0.0);
        return Err(Infeasible { constraint: Constraint::Memory, needed, available: memory });
    }
    if replica.working_set(safe.1) > memory {
        safe = (Constraint::Memory, largest_rate(safe.1, |rate| replica.working_set(rate) <= memory));
    }
    Ok(safe)
}

/// The largest rate in `[0, upper]` that holds, for a condition that holds at 0 and never returns once lost.
///
/// Sixty halvings leave an error below one part in 10¹⁵ of `upper`; the side that holds is returned.
fn largest_rate(upper: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let (mut good, mut bad) = (0.0, upper);
    for _ in 0..60 {
        let middle = f64::midpoint(good, bad);
        if holds(middle) { good = middle } else { bad = middle }
    }
    good
}
