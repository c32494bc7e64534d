//! A service's usage at its busy demand, as observed: the fallback if no curve can be fitted, or from a single scrape.

use super::clean::{Cleaned, clean};
use super::statistics::{median, quantile};
use super::{Busy, Step};
use crate::model::uncertainty::Interval;

/// One operating point of a service: no curve, no idle usage, and nothing about any other demand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observed {
    /// Cores that all pods use together at the busy demand: the median of the steps near it, and the 5th and 95th
    /// percentile of single steps. For a single step it is one number without any statement of uncertainty.
    pub cores_at_busy: Interval,
    /// Median of the whole service's requests per second in these steps.
    pub rate: f64,
    /// Number of these steps.
    pub points: usize,
}

/// Steps whose rate differs from the busy demand by at most this share are near it: over so short a range, CPU usage
/// is proportional to the rate, whatever the form of the curve.
const NEAR: f64 = 0.15;

/// Uses the steps near the busy demand, or else the busiest one. `None` if no step has both requests and CPU usage.
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
