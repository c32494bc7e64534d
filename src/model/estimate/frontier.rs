//! What would work where no number of pods holds the objective.

use super::case::Case;
use crate::model::{Infeasible, PodResources, Policy, Sizer};
use crate::units::{CpuMillis, Money};

/// What is possible where the objective is not.
#[derive(Clone, Debug, PartialEq)]
pub struct Frontier {
    /// The 99th percentile of a request that meets no other: no number of pods goes below it.
    pub least_p99: f64,
    /// Objectives that hold, tightest first.
    pub points: Vec<FrontierPoint>,
    /// What a larger CPU request does for it; `None` where there is none to try.
    pub larger_request: Option<LargerRequest>,
}

/// An objective with the pods that hold it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FrontierPoint {
    /// Seconds of p99.
    pub objective: f64,
    /// Pods.
    pub pods: u64,
    /// Cost of their requests for a month in a cluster that many share.
    pub share_cost: Money,
}

/// The same pod with a larger CPU request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LargerRequest {
    /// The smallest that was tried and holds the objective, or the largest that was tried.
    pub cpu_request: CpuMillis,
    /// Its 99th percentile of a request that meets no other.
    pub least_p99: f64,
    /// Pods of that size that hold the objective; `None` where no number does.
    pub pods: Option<u64>,
}

/// Objectives that people write.
const OBJECTIVES: [f64; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 7.0];
/// Objectives that are shown: the tightest, and the first at which latency no longer costs pods.
const POINTS: usize = 5;
/// From 1m to more than the largest machine.
const MOST_DOUBLINGS: u32 = 20;
/// A thousand times the shortest response is an objective for something else.
const WIDEST: f64 = 1000.0;

impl Case<'_> {
    /// What would work instead of an objective that no number of pods holds.
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
            // What is looser and costs as much says nothing.
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

    /// Doubles the request until it holds the objective; at least twice, and until every thread has a core of its own.
    fn larger_request(&self) -> Option<LargerRequest> {
        let objective = self.policy.slo_p99?;
        let own = self.shape.resources;
        let mut cpu_request = own.cpu_request;
        let mut last = None;
        for doubling in 1..=MOST_DOUBLINGS {
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

/// The least p99 rounded up to two digits, then the numbers that people write, as far as that makes sense.
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
    fn objectives_that_people_write() {
        let first: Vec<f64> = objectives(3.39e-3).take(6).map(|o| (o * 1e4).round() / 10.0).collect();
        assert_eq!(first, [3.4, 4.0, 5.0, 7.0, 10.0, 20.0]);
        assert_eq!(objectives(f64::INFINITY).count(), 0);
    }
}
