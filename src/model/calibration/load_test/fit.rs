//! CPU per request from load tests: `D(x) = D_sat + W·√(100 ÷ x)`, where `x` is the rate of one process, taken
//! to be one for each core of the limit.

use super::{LoadPoint, Scalability, fit_scalability};
use crate::model::calibration::curve::interval;
use crate::model::calibration::longrun::student;
use crate::model::calibration::statistics::{median, number};
use crate::model::calibration::{LEAST_WAKEUP_RATE, wakeup_share};
use crate::model::uncertainty::Interval;

/// The fit of a service to its load tests.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadFit {
    /// CPU seconds per request at saturation.
    pub saturated_cpu: Interval,
    /// Additional CPU seconds per request at 100 requests per second of one process.
    pub wakeup_cpu: Interval,
    /// How throughput grows with concurrency, if enough levels of it were measured.
    pub scalability: Option<Scalability>,
    /// Number of points used to fit the CPU.
    pub points: usize,
    /// Number of points without a rate, a CPU reading or a limit.
    pub left_out: usize,
    /// Median relative error of the curve over the points that were used.
    pub error: f64,
}

impl LoadFit {
    /// CPU seconds per request on this many cores at a given rate, according to the curve.
    pub fn cpu_per_request(&self, rate: f64, cores: f64) -> f64 {
        self.wakeup_cpu.mid().mul_add(wakeup_share(rate_of_process(rate, cores)), self.saturated_cpu.mid())
    }

    /// Requests per second at which this many cores are saturated.
    pub fn throughput(&self, cores: f64) -> Option<Interval> {
        let cpu = &self.saturated_cpu;
        Interval::new(cores / cpu.high(), cores / cpu.mid(), cores / cpu.low())
    }
}

/// Why a profile cannot be fitted to load tests.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum LoadRefusal {
    /// No run has a CPU reading.
    #[error(
        "no run has a CPU reading: write FILE,BEFORE,AFTER with the CPU counter before and after each run, or a CSV with the column cpu_seconds_per_request"
    )]
    NoCpu,
    /// No CPU limit is known.
    #[error("no run has a CPU limit: give the one that the service was tested under with --cpu-limit")]
    NoLimit,
    /// Two parameters are fitted, and estimating their errors needs a third point.
    #[error("{points} runs have a CPU reading and a CPU limit, but at least {LEAST_POINTS} are needed")]
    TooFewPoints {
        /// Number of points.
        points: usize,
    },
    /// The cost of a request on an idle server and on a busy one are not separable.
    #[error("the rates hardly vary: the highest is {0:.2} times the lowest, but at least {LEAST_RANGE} is needed")]
    RatesHardlyVary(f64),
    /// A server cannot use more CPU than it has.
    #[error("at {rate:.0} requests per second the CPU is {cores:.2} cores, which is above the limit of {limit:.2}")]
    AboveTheLimit {
        /// Requests per second.
        rate: f64,
        /// Cores that were used.
        cores: f64,
        /// Cores that could be used.
        limit: f64,
    },
    /// The numbers exceed the supported range.
    #[error("the numbers are out of range")]
    OutOfRange,
}

const LEAST_POINTS: usize = 3;
/// The same limit as for the steps of a running service.
const LEAST_RANGE: f64 = 1.4;
/// Tolerance for usage above the limit: a quota holds over several periods rather than in each, and the load
/// generator and the control group are not read at the same moment.
const OVER_LIMIT: f64 = 1.05;
/// Minimum relative error of a load test, however well a curve fits: repeated runs on a quiet machine differ by this
/// much.
const REPEAT_ERROR: f64 = 0.01;
/// Number of values tried for the CPU at saturation, evenly spaced in the logarithm: 0.2 % apart, less than the error
/// of any test.
const TRIED: u32 = 1500;
/// Minimum CPU per request at saturation, as a share of the most that the runs allow.
const LEAST_SHARE: f64 = 0.05;

/// One usable point: rate, CPU seconds per request, cores.
struct Usable {
    rate: f64,
    cpu: f64,
    cores: f64,
}

impl Usable {
    fn rate_of_process(&self) -> f64 {
        rate_of_process(self.rate, self.cores)
    }
}

/// Requests per second of one process, or of one core of a process with several threads.
fn rate_of_process(rate: f64, cores: f64) -> f64 {
    rate / cores.max(1.0)
}

/// Fits the curve of CPU per request and how throughput grows with concurrency. The intervals (5th to 95th
/// percentile) contain the values whose curves fit about as well as the best one (profile likelihood: D. M. Bates and
/// D. G. Watts, *Nonlinear Regression Analysis and Its Applications*, Wiley 1988, section 6.1).
///
/// # Errors
/// [`LoadRefusal`] if the points are not sufficient.
pub fn fit_load(points: &[LoadPoint]) -> Result<LoadFit, LoadRefusal> {
    let usable = usable(points)?;
    // The answered rate was within the server's capacity, so the CPU per request at saturation is at most cores ÷
    // rate.
    let capacity = usable.iter().map(|point| OVER_LIMIT * point.cores / point.rate).fold(f64::INFINITY, f64::min);
    let most = usable.iter().map(|point| point.cpu).fold(0.0, f64::max).min(capacity);
    let lowest = LEAST_SHARE * most;
    let step = (most / lowest).ln() / f64::from(TRIED);
    let wakes = wakeups_vary(&usable);
    let curves: Vec<Curve> =
        (0..=TRIED).map(|at| Curve::through(&usable, lowest * (step * f64::from(at)).exp(), wakes)).collect();
    let best = curves.iter().min_by(|a, b| a.squares.total_cmp(&b.squares)).ok_or(LoadRefusal::OutOfRange)?;
    let degrees = usable.len() - 2;
    let smallest = best.squares.max(number(degrees) * REPEAT_ERROR.powi(2));
    let enough = best.squares + smallest * student(degrees).powi(2) / number(degrees);
    let range = |value: fn(&Curve) -> f64| {
        let near = || curves.iter().filter(|curve| curve.squares <= enough).map(value);
        let (low, high) = (near().fold(f64::INFINITY, f64::min), near().fold(0.0, f64::max));
        interval((low, value(best), high), 1.0).ok_or(LoadRefusal::OutOfRange)
    };
    let mut errors: Vec<f64> = usable.iter().map(|point| best.error(point).abs()).collect();
    Ok(LoadFit {
        saturated_cpu: range(|curve| curve.saturated)?,
        wakeup_cpu: range(|curve| curve.wakeup)?,
        scalability: fit_scalability(points),
        points: usable.len(),
        left_out: points.len() - usable.len(),
        error: median(&mut errors).ok_or(LoadRefusal::OutOfRange)?,
    })
}

/// Whether the cost of a wake-up differs between the runs. Where it does not, as below [`LEAST_WAKEUP_RATE`], it is part of
/// what every request costs, and no run can tell the two apart.
fn wakeups_vary(points: &[Usable]) -> bool {
    let rates = || points.iter().map(|point| point.rate_of_process().max(LEAST_WAKEUP_RATE));
    rates().fold(0.0, f64::max) / rates().fold(f64::INFINITY, f64::min) >= LEAST_RANGE
}

fn usable(points: &[LoadPoint]) -> Result<Vec<Usable>, LoadRefusal> {
    if points.iter().all(|point| point.cpu_per_request.is_none()) {
        return Err(LoadRefusal::NoCpu);
    }
    if points.iter().all(|point| point.limit_cores.is_none()) {
        return Err(LoadRefusal::NoLimit);
    }
    let usable: Vec<Usable> = points
        .iter()
        .filter_map(|point| {
            let (rate, cpu, cores) = (point.requests_per_second, point.cpu_per_request?, point.limit_cores?);
            let good = [rate, cpu, cores].iter().all(|value| *value > 0.0 && value.is_finite());
            good.then_some(Usable { rate, cpu, cores })
        })
        .collect();
    if usable.len() < LEAST_POINTS {
        return Err(LoadRefusal::TooFewPoints { points: usable.len() });
    }
    if let Some(point) = usable.iter().find(|point| point.rate * point.cpu > OVER_LIMIT * point.cores) {
        let (rate, limit) = (point.rate, point.cores);
        return Err(LoadRefusal::AboveTheLimit { rate, cores: rate * point.cpu, limit });
    }
    let lowest = usable.iter().map(|point| point.rate).fold(f64::INFINITY, f64::min);
    let highest = usable.iter().map(|point| point.rate).fold(0.0, f64::max);
    if highest / lowest < LEAST_RANGE {
        return Err(LoadRefusal::RatesHardlyVary(highest / lowest));
    }
    Ok(usable)
}

/// The curve for a given CPU at saturation: the best-fitting wake-up cost, or none where it does not vary.
struct Curve {
    saturated: f64,
    wakeup: f64,
    squares: f64,
}

impl Curve {
    fn through(points: &[Usable], saturated: f64, wakes: bool) -> Self {
        let (mut both, mut own) = (0.0, 0.0);
        for point in points {
            let idle = wakeup_share(point.rate_of_process()) / point.cpu;
            both += idle * (1.0 - saturated / point.cpu);
            own += idle * idle;
        }
        let wakeup = if wakes { (both / own).max(0.0) } else { 0.0 };
        let mut curve = Self { saturated, wakeup, squares: 0.0 };
        curve.squares = points.iter().map(|point| curve.error(point).powi(2)).sum();
        curve
    }

    fn error(&self, point: &Usable) -> f64 {
        (self.saturated + self.wakeup * wakeup_share(point.rate_of_process())) / point.cpu - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SATURATED: f64 = 0.000_12;
    /// At 100 requests per second.
    const WAKEUP: f64 = 0.000_3;

    /// Requests per second at which this server uses half a core.
    const FULL: f64 = 2836.0;

    /// A server with half a core, measured at these shares of the rate that it keeps up with.
    fn measured(loads: &[f64], error: impl Fn(usize) -> f64) -> Vec<LoadPoint> {
        let point = |(at, load): (usize, &f64)| LoadPoint {
            requests_per_second: load * FULL,
            cpu_per_request: Some((SATURATED + WAKEUP * wakeup_share(load * FULL)) * (1.0 + error(at))),
            limit_cores: Some(0.5),
            ..LoadPoint::default()
        };
        loads.iter().enumerate().map(point).collect()
    }

    #[test]
    fn points_on_the_curve_give_the_curve() {
        let fit = fit_load(&measured(&[0.1, 0.3, 0.5, 0.6, 1.0], |_| 0.0)).unwrap();
        assert!((fit.saturated_cpu.mid() / SATURATED - 1.0).abs() < 0.003, "{fit:?}");
        assert!((fit.wakeup_cpu.mid() / WAKEUP - 1.0).abs() < 0.01, "{fit:?}");
        assert!(fit.error < 0.003, "{fit:?}");
        assert_eq!((fit.points, fit.left_out, fit.scalability), (5, 0, None));
        let throughput = fit.throughput(0.5).unwrap();
        assert!(throughput.low() < 4166.0 && 4167.0 < throughput.high(), "{throughput:?}");
    }

    #[test]
    fn the_intervals_contain_the_truth_and_grow_with_the_errors() {
        let loads = [0.1, 0.25, 0.4, 0.5, 0.6, 0.7, 0.9];
        let mut widths = Vec::new();
        for size in [0.01, 0.05] {
            let fit = fit_load(&measured(&loads, |at| [size, -size, 0.0][at % 3])).unwrap();
            for (interval, truth) in [(fit.saturated_cpu, SATURATED), (fit.wakeup_cpu, WAKEUP)] {
                assert!(interval.low() < truth && truth < interval.high(), "{truth}: {interval:?}");
            }
            widths.push(fit.saturated_cpu.high() / fit.saturated_cpu.low());
        }
        assert!(widths[0] < widths[1], "{widths:?}");
    }

    #[test]
    fn the_interval_of_the_saturation_cpu_is_wider_far_from_saturation() {
        let near = fit_load(&measured(&[0.1, 0.3, 0.5, 1.0], |_| 0.0)).unwrap();
        let far = fit_load(&measured(&[0.05, 0.1, 0.15, 0.2], |_| 0.0)).unwrap();
        let width = |fit: &LoadFit| fit.saturated_cpu.high() / fit.saturated_cpu.low() - 1.0;
        assert!(width(&far) > 1.5 * width(&near), "{} against {}", width(&far), width(&near));
    }

    /// A service with 20 ms of computing is tested at a few requests per second, where every request wakes it.
    #[test]
    fn a_slow_service_has_no_wakeup_cost_of_its_own() {
        let points = [5.0, 10.0, 20.0, 40.0].map(|rate| LoadPoint {
            requests_per_second: rate,
            cpu_per_request: Some(0.020),
            limit_cores: Some(1.0),
            ..LoadPoint::default()
        });
        let fit = fit_load(&points).unwrap();
        // An interval has no zero beside other values, so none is a nanosecond.
        assert!(fit.wakeup_cpu.high() <= 1e-9, "{fit:?}");
        assert!((fit.saturated_cpu.mid() / 0.020 - 1.0).abs() < 0.003, "{fit:?}");
        assert!(fit.saturated_cpu.low() > 0.019, "{fit:?}");
    }

    #[test]
    fn the_answered_rate_bounds_the_cpu_at_saturation() {
        // These costs alone do not show where saturation is, but four fifths of the rate were answered.
        let flat = [0.1, 0.4, 0.8].map(|load| LoadPoint {
            requests_per_second: load * 0.5 / SATURATED,
            cpu_per_request: Some(SATURATED * if load < 0.5 { 1.5 } else { 1.2 }),
            limit_cores: Some(0.5),
            ..LoadPoint::default()
        });
        let fit = fit_load(&flat).unwrap();
        assert!(fit.saturated_cpu.high() <= 1.05 * SATURATED / 0.8 * 1.001, "{fit:?}");
    }

    #[test]
    fn insufficient_points_are_refused() {
        let good = measured(&[0.1, 0.3, 0.5], |_| 0.0);
        let no_limit: Vec<_> = good.iter().map(|point| LoadPoint { limit_cores: None, ..*point }).collect();
        assert_eq!(fit_load(&no_limit), Err(LoadRefusal::NoLimit));
        let no_cpu: Vec<_> = good.iter().map(|point| LoadPoint { cpu_per_request: None, ..*point }).collect();
        assert_eq!(fit_load(&no_cpu), Err(LoadRefusal::NoCpu));
        assert_eq!(fit_load(&good[..2]), Err(LoadRefusal::TooFewPoints { points: 2 }));
        let alike = fit_load(&measured(&[0.5, 0.55, 0.6], |_| 0.0)).unwrap_err();
        assert!(matches!(alike, LoadRefusal::RatesHardlyVary(_)), "{alike}");
        let small: Vec<_> = good.iter().map(|point| LoadPoint { limit_cores: Some(0.1), ..*point }).collect();
        assert!(matches!(fit_load(&small), Err(LoadRefusal::AboveTheLimit { .. })));
        let mut nonsense = good.clone();
        nonsense.extend([f64::NAN, 0.0, f64::INFINITY].map(|rate| LoadPoint { requests_per_second: rate, ..good[0] }));
        assert_eq!(fit_load(&nonsense).map(|fit| (fit.points, fit.left_out)), Ok((3, 3)));
    }
}
