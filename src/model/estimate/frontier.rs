//! Feasible alternatives if no number of pods meets the objective.

use super::case::Case;
use crate::model::runtime::PodResources;
use crate::model::sizing::{Infeasible, Policy, Sizer};
use crate::units::{CpuMillis, Money};

/// Feasible alternatives to an infeasible objective.
#[derive(Clone, Debug, PartialEq)]
pub struct Frontier {
    /// p99 in seconds of a request on an otherwise empty pod: a lower bound for any number of pods.
    pub least_p99: f64,
    /// Feasible objectives, tightest first.
    pub points: Vec<FrontierPoint>,
    /// Effect of a larger CPU request; `None` if none could be tried.
    pub larger_request: Option<LargerRequest>,
}

/// An objective and the number of pods that meets it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrontierPoint {
    /// p99 objective in seconds.
    pub objective: f64,
    /// Number of pods that meet the objective.
    pub pods: u64,
    /// Cost of their requests per month in a shared cluster.
    pub share_cost: Money,
}

/// The same pod with a larger CPU request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LargerRequest {
    /// The smallest request tried that meets the objective, otherwise the largest one tried.
    pub cpu_request: CpuMillis,
    /// p99 in seconds of a request on an otherwise empty pod of that size.
    pub least_p99: f64,
    /// Pods of that size that meet the objective; `None` if no number does.
    pub pods: Option<u64>,
}

/// Mantissas of usual objectives.
const OBJECTIVES: [f64; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 7.0];
/// Maximum number of objectives shown: the tightest ones, and the first at which latency no longer requires more
/// pods.
const POINTS: usize = 5;
/// Enough to double from 1m to more than the largest machine.
const MAX_DOUBLINGS: u32 = 20;
/// Widest objective shown, as a multiple of the tightest one.
const WIDEST: f64 = 1000.0;

impl Case<'_> {
    /// Alternatives to an objective that no number of pods meets; `None` if load is not the reason.
    pub(super) fn frontier(&self, infeasible: &Infeasible) -> Option<Frontier> {
        if !infeasible.constraint.is_about_load() {
            return None;
        }
        let sizer = self.sizer().ok()?;
        let least_p99 = sizer.least_p99();
        Some(Frontier { least_p99, points: self.points(least_p99), larger_request: self.larger_request() })
    }

    fn pods_with(&self, slo_p99: Option<f64>) -> Option<u64> {
        let policy = Policy { slo_p99, ..self.policy.clone() };
        Sizer::new(&self.shape, &self.mid, &policy, &self.question.tables).ok()?.pods(self.demand()).ok()
    }

    fn points(&self, least_p99: f64) -> Vec<FrontierPoint> {
        let Some(least_pods) = self.pods_with(None) else { return Vec::new() };
        let mut points: Vec<FrontierPoint> = Vec::new();
        for objective in objectives(least_p99) {
            let Some(pods) = self.pods_with(Some(objective)) else { continue };
            // A looser objective that needs as many pods is redundant.
            if points.last().is_none_or(|point| pods < point.pods) {
                points.push(FrontierPoint { objective, pods, share_cost: self.share_cost(pods) });
            }
            if pods <= least_pods {
                break;
            }
        }
        if points.len() > POINTS {
            points.drain(POINTS - 1..points.len() - 1);
        }
        points
    }

    /// Doubles the request until it meets the objective, or until it was doubled twice and every thread has its own
    /// core.
    fn larger_request(&self) -> Option<LargerRequest> {
        let objective = self.policy.slo_p99?;
        let own = self.shape.resources;
        let mut cpu_request = own.cpu_request;
        let mut last = None;
        for doubling in 1..=MAX_DOUBLINGS {
            cpu_request = cpu_request + cpu_request;
            let cpu_limit = own.cpu_limit.map(|limit| limit.max(cpu_request));
            let shape = self.shape_with(PodResources { cpu_request, cpu_limit, ..own });
            let Ok(sizer) = Sizer::new(&shape, &self.mid, self.policy, &self.question.tables) else { break };
            let (least_p99, pods) = (sizer.least_p99(), sizer.pods(self.demand()).ok());
            last = Some(LargerRequest { cpu_request, least_p99, pods });
            let all_of_it = doubling >= 2 && cpu_request >= CpuMillis::from_cores(shape.threads);
            if all_of_it || least_p99 <= objective && pods.is_some() {
                break;
            }
        }
        last
    }
}

/// The least p99 rounded up to two digits, then the usual objectives above it, up to [`WIDEST`] times the first.
fn objectives(least_p99: f64) -> impl Iterator<Item = f64> {
    let size = 10_f64.powf(least_p99.log10().floor());
    let first = (least_p99 / size * 10.0).ceil() / 10.0 * size;
    let decades = (0..4).map(move |decade| size * 10_f64.powi(decade));
    let written = decades.flat_map(|size| OBJECTIVES.map(|objective| objective * size));
    let wider = written.filter(move |objective| *objective > first * 1.001 && *objective < WIDEST * first);
    std::iter::once(first).chain(wider).filter(|objective| objective.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objectives_are_round_numbers() {
        let first: Vec<f64> = objectives(3.39e-3).take(6).map(|o| (o * 1e4).round() / 10.0).collect();
        assert_eq!(first, [3.4, 4.0, 5.0, 7.0, 10.0, 20.0]);
        assert_eq!(objectives(f64::INFINITY).count(), 0);
    }
}
