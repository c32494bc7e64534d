//! Demand of a running service.

use crate::model::uncertainty::Interval;
use crate::model::usage::{UsageSpread, WorkloadHistory};

/// Requests per second of a whole service over a window, from the averages of its steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// Busy period: the 99th percentile of the steps, with the 95th percentile and the maximum as interval. For a
    /// month of hourly steps, 1 % is the seven busiest hours, which a service is sized for.
    pub busy: Interval,
    /// Mean over the steps in which requests were counted.
    pub mean: f64,
    /// Median of the steps.
    pub p50: f64,
    /// 95th percentile of the steps.
    pub p95: f64,
    /// Maximum of the steps.
    pub max: f64,
    /// Metric convention that the requests were counted by.
    pub counted_by: &'static str,
}

impl Demand {
    /// Demand of a workload; `None` if its requests were not counted or are always zero.
    pub fn of(workload: &WorkloadHistory, spread: &UsageSpread) -> Option<Self> {
        let UsageSpread { mean, p50, p95, p99, max } = *spread;
        let (mean, p50, p95, p99, max) = (mean?, p50?, p95?, p99?, max?);
        let busy = Interval::new(p95, p99, max).filter(|_| p99 > 0.0)?;
        Some(Self { busy, mean, p50, p95, max, counted_by: workload.requests_from? })
    }

    /// The busy period at a multiple of today's demand.
    pub fn busy_times(&self, factor: f64) -> Option<Interval> {
        Interval::new(self.busy.low() * factor, self.busy.mid() * factor, self.busy.high() * factor)
    }
}
