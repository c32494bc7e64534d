//! Learning from a running service's own steps: a calibration, or otherwise its busy demand as one point.

use super::learned::Learned;
use super::{inverse, widened};
use crate::model::calibration::{self, Busy, Calibration, Step, calibrate, observe};
use crate::model::services::ServiceFacts;
use crate::model::uncertainty::{Interval, quantile};

/// Factor of uncertainty in each direction of a single point: an average over an unknown mix of requests, at one
/// moment.
pub(super) const ONE_POINT: f64 = 1.5;

/// Minimum number of steps near the busy demand whose spread is meaningful.
const MIN_POINTS_NEAR_BUSY: usize = 5;

/// Result of learning.
#[derive(Clone, Debug, PartialEq)]
pub struct Learning {
    /// The calibration over all steps, or why there is none.
    pub calibration: Result<Calibration, String>,
    /// Without a calibration: the observation at the busy demand, if the reason does not invalidate it too.
    pub observed: Option<calibration::Observed>,
}

impl Learning {
    /// Learns from the steps of a service and its busy demand.
    pub(super) fn of(steps: &[Step], busy: Option<Busy>) -> Self {
        let Some(busy) = busy else {
            return Self { calibration: Err("it has no request counter".to_owned()), observed: None };
        };
        match calibrate(steps, busy) {
            Ok(calibration) => Self { calibration: Ok(calibration), observed: None },
            Err(refusal) => Self {
                observed: observe(steps, busy).filter(|_| refusal.leaves_one_point()).and_then(wide_enough),
                calibration: Err(refusal.to_string()),
            },
        }
    }

    /// The learned values in the form of a profile.
    pub(super) fn learned(&self, known: &ServiceFacts, steps: &[Step], busy: Option<Busy>) -> Result<Learned, String> {
        let Some(busy) = busy else { return Err("it has no request counter".to_owned()) };
        let start = known.cold_start.as_ref().ok();
        // Start times have a resolution of one second, so a start of zero seconds is not instantaneous.
        let least = 0.05;
        let cold_start = start.and_then(|start| {
            let seconds = [start.low, start.mid, start.high].map(|seconds| seconds.seconds().max(least));
            Interval::new(seconds[0], seconds[1].max(seconds[0]), seconds[2].max(seconds[1]))
        });
        let image_size = known.image.map(|image| image.size.bytes());
        match (&self.calibration, &self.observed) {
            (Ok(calibration), _) => Ok(Learned {
                cpu_per_request: calibration.cpu_per_request,
                idle_cpu: calibration.idle_cpu,
                // 90 % of the pods' working sets are within 1.645 standard deviations of the line.
                memory: calibration.memory.and_then(|memory| {
                    let mid = memory.at(busy.rate / busy.pods);
                    let off = 1.645 * memory.spread;
                    Interval::new(mid * (1.0 - off).max(0.1), mid, mid * (1.0 + off))
                }),
                image_size,
                cold_start,
                rate_per_pod: busy.rate / busy.pods,
                service_scv: None,
                source: format!("fitted to {} steps of its own metrics", calibration.points),
            }),
            (Err(_), Some(observed)) => {
                let cost = observed.cores_at_busy.scale(1.0 / busy.rate);
                Ok(Learned {
                    cpu_per_request: inverse(&cost).map(|_| cost).ok_or("the observed values are out of range")?,
                    idle_cpu: Interval::ZERO,
                    memory: held(steps, observed.points),
                    image_size,
                    cold_start,
                    rate_per_pod: busy.rate / busy.pods,
                    service_scv: None,
                    source: format!(
                        "one point, observed near its busy demand ({} steps); idle use is in it",
                        observed.points
                    ),
                })
            }
            (Err(why), None) => Err(why.clone()),
        }
    }
}

/// The spread of few steps is not meaningful, so the interval is widened.
fn wide_enough(observed: calibration::Observed) -> Option<calibration::Observed> {
    if observed.points >= MIN_POINTS_NEAR_BUSY {
        return Some(observed);
    }
    Some(calibration::Observed { cores_at_busy: widened(&observed.cores_at_busy, ONE_POINT)?, ..observed })
}

/// Working set of one pod over all steps.
fn held(steps: &[Step], points: usize) -> Option<Interval> {
    let mut all: Vec<f64> = steps.iter().filter_map(|step| step.memory).filter(|memory| *memory > 0.0).collect();
    all.sort_by(f64::total_cmp);
    let quantile = |share| quantile(&all, share);
    let held = Interval::new(quantile(0.05)?, quantile(0.5)?, quantile(0.95)?)?;
    if points >= MIN_POINTS_NEAR_BUSY { Some(held) } else { widened(&held, ONE_POINT) }
}
