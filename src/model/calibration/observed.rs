//! A service's usage at its busy demand, as observed: the fallback if no curve can be fitted, or from a single scrape.

use super::clean::{Cleaned, clean};
use super::statistics::{median, quantile};
use super::{Busy, Step};
use crate::model::uncertainty::Interval;

/// One point of a service: no curve, no idle use, nothing about another demand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observed {
    /// Cores that all pods use together at the busy demand: the middle of the steps near to it, and the 5th and 95th percentile
    /// of single steps; of one step a single number, which says nothing about how sure it is.
    pub cores_at_busy: Interval,
    /// Requests per second of the whole service in the middle of these steps.
    pub rate: f64,
    /// How many steps that was.
    pub points: usize,
}

/// Steps whose rate is off the busy demand by at most this share are near to it: CPU is in proportion to the rate over so short
/// a way, whatever its form.
const NEAR: f64 = 0.15;

/// From the steps that are near the busy demand, or else from the busiest one. `None` where no step has requests and CPU.
pub fn observe(steps: &[Step], busy: Busy) -> Option<Observed> {
    let Cleaned { points, .. } = clean(steps);
    let near: Vec<_> = points.iter().filter(|point| (point.whole_rate() / busy.rate - 1.0).abs() <= NEAR).collect();
    let busiest = points.iter().max_by(|a, b| a.whole_rate().total_cmp(&b.whole_rate()))?;
    let used = if near.is_empty() { vec![busiest] } else { near };
    let mut cores: Vec<f64> = used
        .iter()
        .filter(|point| point.rate > 0.0)
        .map(|point| point.whole_cores() * busy.rate / point.whole_rate())
        .collect();
    let mid = median(&mut cores)?;
    let (low, high) = (quantile(&mut cores, 0.05)?, quantile(&mut cores, 0.95)?);
    let rate = median(&mut used.iter().map(|point| point.whole_rate()).collect::<Vec<_>>())?;
    Some(Observed { cores_at_busy: Interval::new(low.min(mid), mid, high.max(mid))?, rate, points: cores.len() })
}
