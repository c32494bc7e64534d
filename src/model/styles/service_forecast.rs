//! Forecast of a running service: demand, pods and cost of the next month.

use super::plan::{ClusterBasis, Outcome};
use crate::model::estimate::Spread;
use crate::model::forecast::{Forecast, Growth, HourlySeries, Method, forecast_month};
use crate::model::nodes::PodRequest;
use crate::model::uncertainty::Interval;
use crate::model::usage::{Grid, Series, WorkloadHistory};
use crate::units::{Hours, Money, Month};

/// The forecast month.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NextMonth {
    /// The calendar month.
    pub month: Month,
    /// Start in Unix seconds.
    pub start: i64,
    /// End in Unix seconds.
    pub end: i64,
    /// Length in hours.
    pub hours: Hours,
    /// Growth declared by the user.
    pub growth: Growth,
}

impl NextMonth {
    /// Forecast of a series for this month.
    ///
    /// # Errors
    /// The reason, as a sentence, if there is no forecast.
    pub fn forecast(&self, series: &HourlySeries, growth: Growth) -> Result<Forecast, String> {
        forecast_month(series, (self.start, self.end), growth).map_err(|refusal| refusal.to_string())
    }
}

/// Unit of a service's demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountedIn {
    /// Requests per second.
    Requests,
    /// CPU usage in cores, if requests are not counted.
    Cores,
}

impl CountedIn {
    /// Stable name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests-per-second",
            Self::Cores => "cores",
        }
    }
}

/// Forecast of a service before pricing.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// The forecast month.
    pub month: NextMonth,
    /// Unit of the demand.
    pub counted_in: CountedIn,
    /// Demand in the busy hour.
    pub busy: Interval,
    /// Mean demand.
    pub mean: Interval,
    /// Forecast method of the demand.
    pub method: Method,
    /// Pods in the busy hour, and mean number of pods.
    pub pods: (Interval, Interval),
}

impl Expected {
    /// Forecast from the steps of a history; `known` has the steps with data.
    ///
    /// # Errors
    /// The reason, as a sentence, if there is no forecast.
    pub fn of(workload: &WorkloadHistory, grid: Grid, known: &Series, month: NextMonth) -> Result<Self, String> {
        let requests = &workload.requests_per_second;
        let (counted_in, seen) = match requests.max().is_some_and(|most| most > 0.0) {
            true => (CountedIn::Requests, requests),
            false => (CountedIn::Cores, &workload.cores),
        };
        let hourly = |points: Vec<(i64, f64)>| HourlySeries::from_points(points).map_err(|refusal| refusal.to_string());
        let demand = month.forecast(&hourly(points(seen, grid))?, month.growth)?;
        let pods = month.forecast(&hourly(pods(workload, grid, known))?, month.growth)?;
        Ok(Self {
            month,
            counted_in,
            busy: demand.busy,
            mean: demand.mean,
            method: demand.method,
            pods: (pods.busy, pods.mean),
        })
    }
}

/// A series as pairs of Unix seconds and value, at the start of each step.
pub(super) fn points(series: &Series, grid: Grid) -> Vec<(i64, f64)> {
    series.iter().map(|(step, value)| (grid.end_of(step) - grid.step().seconds(), value)).collect()
}

/// Mean pods per step; zero in steps with data in which the workload did not run.
pub(super) fn pods(workload: &WorkloadHistory, grid: Grid, known: &Series) -> Vec<(i64, f64)> {
    let there = known.map(|step, hours| workload.pod_hours.get(step).unwrap_or(0.0) / hours);
    points(&there, grid)
}

/// A cost with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostInterval {
    /// 5th percentile.
    pub low: Money,
    /// Expected cost.
    pub mid: Money,
    /// 95th percentile.
    pub high: Money,
}

/// Forecast of a service for the next month.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceForecast {
    /// The forecast month.
    pub month: Month,
    /// Unit of the demand.
    pub counted_in: CountedIn,
    /// Demand in the busy hour: the 99th percentile of the hours.
    pub busy: Interval,
    /// Mean demand.
    pub mean: Interval,
    /// Forecast method.
    pub method: Method,
    /// Pods in the busy hour, as 5th, 50th and 95th percentile in whole pods, if the pods keep following demand as
    /// before.
    pub pods: [u64; 3],
    /// Cost of the pods' requests at the cluster's own prices of a core-hour and a GiB-hour; `None` if the pods have
    /// no requests.
    pub cost: Option<CostInterval>,
    /// Part of the cost that is due to declared growth.
    pub grown: Money,
    /// Pods that the service's own calibrated profile needs in the busy hour under the policy, or why this is
    /// unknown.
    pub needed: Result<Spread<u64>, String>,
}

impl ServiceForecast {
    /// Adds prices; `needed` is the plan of its own profile for the forecast busy hour.
    pub fn new(expected: &Expected, place: &ClusterBasis, request: Option<PodRequest>, needed: &Outcome) -> Self {
        let Expected { month, counted_in, busy, mean, method, pods: (at_busy, on_average) } = expected;
        let cost = request.and_then(|request| {
            let each = place.share_per_hour(request) * month.hours;
            let of = |pods: f64| Money::from_f64(each.to_f64() * pods);
            Some(CostInterval { low: of(on_average.low())?, mid: of(on_average.mid())?, high: of(on_average.high())? })
        });
        let without = 1.0 - 1.0 / month.growth.factor();
        let grown = cost.and_then(|cost| Money::from_f64(cost.mid.to_f64() * without)).unwrap_or_default();
        Self {
            month: month.month,
            counted_in: *counted_in,
            busy: *busy,
            mean: *mean,
            method: *method,
            pods: [at_busy.low(), at_busy.mid(), at_busy.high()].map(whole),
            cost,
            grown,
            needed: needed.as_ref().map(|sized| sized.pods).map_err(String::clone),
        }
    }
}

/// Rounds up to whole pods, with a tolerance of a thousandth.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pods; `as` keeps to the range")]
fn whole(pods: f64) -> u64 {
    (pods - 1e-3).ceil().max(0.0) as u64
}
