//! The uncertainty of a forecast.
//!
//! The error of a forecast grows with its distance. The fit determines how it grows: the noise of the days averages
//! out, an uncertain slope does not. The history determines its scale: each error of a forecast of its own [`Past`]
//! is divided by the error that the fit expected at that distance (Hyndman & Athanasopoulos, *Forecasting: Principles
//! and Practice*, 3rd ed., section 5.5, <https://otexts.com/fpp3/prediction-intervals.html>). A history has few such
//! errors, and those of neighbouring origins are strongly correlated. Instead of their percentiles, their scale is
//! therefore estimated, shrunk towards the expected scale the more the fewer they are, and used with Student's
//! distribution.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::fit::Fit;
use super::past::{Origin, Past};
use super::series::mean;

/// The source of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Errors of back-tests on the workload's own history.
    BackTest {
        /// Number of origins.
        origins: usize,
    },
    /// The history is too short for back-tests: the usual growth and the usual weekends of services are assumed.
    Assumed,
    /// There was no demand, and none is forecast.
    NoDemand,
}

/// Standard errors of the logarithms of a forecast.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread {
    mean: f64,
    busy: f64,
    /// Degrees of freedom.
    freedom: f64,
    pub(super) basis: Basis,
}

/// The prior counts as this many of the workload's own errors.
const PRIOR_WEIGHT: f64 = 3.0;
/// Degrees of freedom of an interval that rests on assumptions alone, most of which are standard deviations.
const ASSUMED_FREEDOM: f64 = 10.0;
/// An error beyond this many standard errors is an event and is clipped.
const FURTHEST: f64 = 4.0;

/// Ten times as much or as little, in logarithms: effectively unknown. Larger numbers would add no information.
const WIDEST: f64 = std::f64::consts::LN_10;

impl Spread {
    /// The spread for a horizon of `hours` hours that begins `gap` hours after the end of the history.
    pub(super) fn new(fit: &Fit, past: &Past, gap: usize, hours: usize) -> Self {
        let (mean, busy) = fit.errors(gap, hours);
        let errors: Vec<(f64, f64)> = past.0.iter().filter_map(|origin| standard_errors(origin, fit)).collect();
        if errors.is_empty() {
            let freedom = if fit.has_trend { PRIOR_WEIGHT } else { ASSUMED_FREEDOM };
            return Self { mean, busy, freedom, basis: Basis::Assumed };
        }
        let independent = past.independent();
        let scale = |of: fn(&(f64, f64)) -> f64| {
            let own = self::mean(errors.iter().map(|error| of(error).clamp(-FURTHEST, FURTHEST).powi(2)));
            ((PRIOR_WEIGHT + independent * own) / (PRIOR_WEIGHT + independent)).sqrt()
        };
        Self {
            mean: mean * scale(|(mean, _)| *mean),
            busy: busy * scale(|(_, busy)| *busy),
            freedom: PRIOR_WEIGHT + independent,
            basis: Basis::BackTest { origins: errors.len() },
        }
    }

    /// Factors on the mean and on the busy hour that are exceeded with a probability of 5 %.
    pub(super) fn factors(&self) -> (f64, f64) {
        let quantile = StudentsT::new(0.0, 1.0, self.freedom).map_or(2.0, |t| t.inverse_cdf(0.95));
        let factor = |error: f64| (quantile * error).min(WIDEST).exp();
        (factor(self.mean), factor(self.busy))
    }
}

/// The errors of a past forecast, of mean and busy hour, in expected standard errors. Its trend is continued as far
/// as that of `now`.
fn standard_errors(origin: &Origin, now: &Fit) -> Option<(f64, f64)> {
    let mut fit = origin.fit.clone();
    if fit.has_trend {
        fit.trend.persistence = now.trend.persistence;
    }
    let (mean_error, busy_error) = fit.errors(origin.gap, origin.horizon.hours());
    // If no demand was forecast and none came, as in the nights of some services, the forecast was right.
    let distance = |actual: f64, forecast: f64, error: f64| {
        let right = actual <= 0.0 && forecast <= 0.0;
        if right { 0.0 } else { (actual.max(f64::MIN_POSITIVE) / forecast).ln() / error }
    };
    let mean = distance(origin.mean, fit.mean(origin.horizon), mean_error);
    Some((mean, distance(origin.busy, fit.busy(origin.horizon)?, busy_error)))
}
