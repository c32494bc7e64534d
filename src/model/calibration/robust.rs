//! A robust curve that outliers do not move, and the distance of each step from it.

use super::clean::Point;
use super::linear::{FLEXIBLE, Square, mirror, not_below_zero};
use super::statistics::{NORMAL_MAD, median};
use super::within::mean_beyond;

/// A flexible curve through the points of one pod.
pub(super) struct Robust {
    /// The largest rate of a pod.
    pub(super) most: f64,
    /// Fitted cores of one pod at each point; at least [`FLOOR`] of the typical usage.
    pub(super) fitted: Vec<f64>,
    /// `(observed − fitted) ÷ fitted`.
    pub(super) errors: Vec<f64>,
    /// Robust standard deviation of the errors.
    pub(super) scale: f64,
    /// The fitted curve.
    pub(super) curve: Flexible,
}

/// A flexible curve: coefficients, and its lower bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Flexible {
    coefficients: [f64; FLEXIBLE],
    floor: f64,
}

impl Flexible {
    /// Cores of one pod at a rate ÷ the largest.
    pub(super) fn at(&self, u: f64) -> f64 {
        self.of(&flexible(u))
    }

    fn of(&self, row: &[f64; FLEXIBLE]) -> f64 {
        row.iter().zip(&self.coefficients).map(|(a, b)| a * b).sum::<f64>().max(self.floor)
    }
}

/// Share of the typical usage below which measurements are dominated by rounding and node scheduling, and errors are
/// no longer relative.
const FLOOR: f64 = 0.03;
/// Huber's bound at 95 % efficiency is 1.345; half of it is close to least absolute deviations, which suits an
/// initial fit.
const HUBER: f64 = 0.7;
/// Tukey's biweight at 90 % efficiency (Huber & Ronchetti 2009, *Robust Statistics*, section 4.8).
pub(super) const BIWEIGHT: f64 = 3.883;
/// Maximum number of reweighting iterations; the fit converges long before.
const ROUNDS: usize = 15;
/// A curve that moves by less has converged: this is a tenth of the width of a narrow interval.
const SETTLED: f64 = 1e-3;
/// Errors below this are considered equal: counters have no more digits.
const LEAST_SCALE: f64 = 1e-4;

/// Terms of the flexible curve, where `u` is the rate ÷ the largest. Their non-negative sums range from a straight
/// line to a square root, which approximates every form in [`super::form`] to within a few percent.
fn flexible(u: f64) -> [f64; FLEXIBLE] {
    [1.0, u, u * (1.0 - u), u.max(0.0).sqrt() - u]
}

/// Weight of Tukey's biweight at an error ÷ scale.
pub(super) fn biweight(error: f64) -> f64 {
    let share = error / BIWEIGHT;
    if share.abs() < 1.0 { (1.0 - share * share).powi(2) } else { 0.0 }
}

/// Derivative of error × weight: how strongly a step's error influences the fit.
pub(super) fn biweight_slope(error: f64) -> f64 {
    let square = (error / BIWEIGHT).powi(2);
    if square < 1.0 { (1.0 - square) * (1.0 - 5.0 * square) } else { 0.0 }
}

/// The contribution of a lower bound: its weight, and the error that it stands for in standard deviations.
///
/// A held-back step is a censored observation. The derivative of its log-likelihood is the mean `m` of the
/// distribution beyond the bound `z`, and the derivative of `m` is `m·(m − z)` (Tobin 1958, *Estimation of
/// relationships for limited dependent variables*, Econometrica 26): a bound far below the curve contributes nothing,
/// and one above it acts almost like an error of its own.
pub(super) fn bound(z: f64) -> (f64, f64) {
    let mean = mean_beyond(z);
    let trust = biweight(z.max(0.0));
    (trust * mean * (mean - z), 1.0 / (mean - z))
}

/// The loss function that determines the weights of a fit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Loss {
    /// Close to least absolute deviations: convex, so the solution does not depend on the start (Huber 1981, section
    /// 7.8), and two halves at different levels stay apart.
    Absolute,
    /// Tukey's biweight: outliers have no weight at all. It has several local solutions and needs a good start.
    Biweight,
}

impl Robust {
    /// A fit close to least absolute deviations. `None` if no point has a rate.
    pub(super) fn absolute(points: &[Point]) -> Option<Self> {
        let most = points.iter().map(|point| point.rate).reduce(f64::max).filter(|most| *most > 0.0)?;
        let usual = median(&mut points.iter().map(|point| point.cores).collect::<Vec<_>>())?;
        let level = Flexible { coefficients: [usual, 0.0, 0.0, 0.0], floor: (FLOOR * usual).max(f64::MIN_POSITIVE) };
        Self::from(level, most, points)?.settled(points, &[], Loss::Absolute)
    }

    /// Refines this curve with Tukey's biweight, using possibly fewer points and lower bounds.
    pub(super) fn biweight(&self, points: &[Point], held_back: &[Point]) -> Option<Self> {
        Self::from(self.curve, self.most, points)?.settled(points, held_back, Loss::Biweight)
    }

    fn from(curve: Flexible, most: f64, points: &[Point]) -> Option<Self> {
        let fitted: Vec<f64> = points.iter().map(|point| curve.at(point.rate / most)).collect();
        let errors: Vec<f64> = points.iter().zip(&fitted).map(|(point, says)| point.cores / says - 1.0).collect();
        let scale = spread(&errors)?;
        Some(Self { most, fitted, errors, scale, curve })
    }

    fn settled(mut self, points: &[Point], held_back: &[Point], loss: Loss) -> Option<Self> {
        let rows: Vec<[f64; FLEXIBLE]> = points.iter().map(|point| flexible(point.rate / self.most)).collect();
        for _ in 0..ROUNDS {
            let mut sums = Normal::default();
            for (((row, point), fitted), error) in rows.iter().zip(points).zip(&self.fitted).zip(&self.errors) {
                let distance = error / self.scale;
                let trust = match loss {
                    Loss::Absolute => HUBER / distance.abs().max(HUBER),
                    Loss::Biweight => biweight(distance),
                };
                sums.add(row, point.cores, trust / (fitted * fitted));
            }
            for point in held_back {
                let row = flexible(point.rate / self.most);
                let fitted = self.curve.of(&row);
                let (trust, error) = bound((point.cores / fitted - 1.0) / self.scale);
                sums.add(&row, fitted * (1.0 + error * self.scale), trust / (fitted * fitted));
            }
            self.curve.coefficients = sums.solved()?;
            let mut moved = 0.0_f64;
            for (((row, point), fitted), error) in rows.iter().zip(points).zip(&mut self.fitted).zip(&mut self.errors) {
                let says = self.curve.of(row);
                moved = moved.max((says / *fitted - 1.0).abs());
                *fitted = says;
                *error = point.cores / says - 1.0;
            }
            self.scale = spread(&self.errors)?;
            let settled = match loss {
                // It only serves as the start of another fit.
                Loss::Absolute => 10.0 * SETTLED,
                Loss::Biweight => SETTLED,
            };
            if moved < settled {
                break;
            }
        }
        Some(self)
    }
}

/// Normal equations of weighted least squares.
#[derive(Default)]
struct Normal {
    matrix: Square<FLEXIBLE>,
    vector: [f64; FLEXIBLE],
}

impl Normal {
    fn add(&mut self, row: &[f64; FLEXIBLE], cores: f64, weight: f64) {
        for (i, a) in row.iter().enumerate() {
            self.vector[i] += weight * a * cores;
            for (cell, b) in self.matrix[i].iter_mut().zip(&row[..=i]) {
                *cell += weight * a * b;
            }
        }
    }

    fn solved(mut self) -> Option<[f64; FLEXIBLE]> {
        mirror(&mut self.matrix);
        not_below_zero(&self.matrix, &self.vector)
    }
}

/// Robust standard deviation around zero.
fn spread(errors: &[f64]) -> Option<f64> {
    let mut away: Vec<f64> = errors.iter().map(|error| error.abs()).collect();
    median(&mut away).map(|away| (NORMAL_MAD * away).max(LEAST_SCALE))
}
