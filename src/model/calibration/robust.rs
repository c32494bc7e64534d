//! A curve that single wild steps do not move, and how far each step is from it.

use super::clean::Point;
use super::linear::{FLEXIBLE, Square, mirror, not_below_zero};
use super::statistics::{NORMAL_MAD, median};
use super::within::mean_beyond;

/// A flexible curve through the points of one pod.
pub(super) struct Robust {
    /// The largest rate of a pod.
    pub(super) most: f64,
    /// What the curve says at each point, in cores of one pod; not below [`FLOOR`] of the usual.
    pub(super) fitted: Vec<f64>,
    /// `(seen − fitted) ÷ fitted`.
    pub(super) errors: Vec<f64>,
    /// Robust standard deviation of the errors.
    pub(super) scale: f64,
    /// The fitted curve.
    pub(super) curve: Flexible,
}

/// A flexible curve: coefficients, and the least that it says.
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

/// Of the usual use; below it what is measured is rounding and scheduling of the node, and errors are no longer relative.
const FLOOR: f64 = 0.03;
/// Huber's bound at 95 % efficiency is 1.345; half of it is near to least absolute deviations, which a start should be.
const HUBER: f64 = 0.7;
/// Tukey's biweight at 90 % efficiency (Huber & Ronchetti 2009, *Robust Statistics*, section 4.8).
pub(super) const BIWEIGHT: f64 = 3.883;
/// Maximum number of reweighting iterations; the fit has converged long before.
const ROUNDS: usize = 15;
/// A curve that moves by less has settled: it is a tenth of the width of a narrow interval.
const SETTLED: f64 = 1e-3;
/// Errors smaller than this are equal: a counter has no more digits.
const LEAST_SCALE: f64 = 1e-4;

/// Terms of the flexible curve, `u` being the rate ÷ the largest: their sums with nothing below zero bend between straight and
/// a square root, which holds every form that [`super::form`] knows to within a few percent.
fn flexible(u: f64) -> [f64; FLEXIBLE] {
    [1.0, u, u * (1.0 - u), u.max(0.0).sqrt() - u]
}

/// Weight of Tukey's biweight at an error ÷ scale.
pub(super) fn biweight(error: f64) -> f64 {
    let share = error / BIWEIGHT;
    if share.abs() < 1.0 { (1.0 - share * share).powi(2) } else { 0.0 }
}

/// Derivative of error × weight: how much of a step's error moves the fit.
pub(super) fn biweight_slope(error: f64) -> f64 {
    let square = (error / BIWEIGHT).powi(2);
    if square < 1.0 { (1.0 - square) * (1.0 - 5.0 * square) } else { 0.0 }
}

/// What a bound tells: how much it weighs, and the error that it stands for in standard deviations.
///
/// A step that used at least so much is a censored one. The derivative of its likelihood is the mean `m` of what is beyond the
/// bound `z`, and that of `m` is `m·(m − z)` (Tobin 1958, *Estimation of relationships for limited dependent variables*,
/// Econometrica 26): a bound far below the curve says nothing, and one above it is nearly an error of its own.
pub(super) fn bound(z: f64) -> (f64, f64) {
    let mean = mean_beyond(z);
    let trust = biweight(z.max(0.0));
    (trust * mean * (mean - z), 1.0 / (mean - z))
}

/// How the weights of a fit come about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Loss {
    /// Near to least absolute deviations: convex, so that it has one answer from any start (Huber 1981, section 7.8), and it keeps
    /// two halves at different levels apart.
    Absolute,
    /// Tukey's biweight: what is far off has no weight at all. It has many answers, and needs a start that is near.
    Biweight,
}

impl Robust {
    /// Near to least absolute deviations. `None` where no point has a rate.
    pub(super) fn absolute(points: &[Point]) -> Option<Self> {
        let most = points.iter().map(|point| point.rate).reduce(f64::max).filter(|most| *most > 0.0)?;
        let usual = median(&mut points.iter().map(|point| point.cores).collect::<Vec<_>>())?;
        let level = Flexible { coefficients: [usual, 0.0, 0.0, 0.0], floor: (FLOOR * usual).max(f64::MIN_POSITIVE) };
        Self::from(level, most, points)?.settled(points, &[], Loss::Absolute)
    }

    /// From this curve on, with Tukey's biweight, through points that may be fewer, and above bounds.
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
                // It is where another fit starts.
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
