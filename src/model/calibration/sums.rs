//! Sums over the steps from which every form is solved.

use super::clean::Point;
use super::departure::{KNOTS, Knots};
use super::form::{TERMS, terms};
use super::linear::{MAX_COLUMNS, Square, inverse, mirror, product, solved};
use super::longrun::covariance;
use super::robust::{Flexible, Robust, biweight, biweight_slope, bound};
use super::statistics::{likeness, number};
use super::within::Normal;

/// The terms of all forms, followed by the deviations at the knots.
pub(super) const COLUMNS: usize = TERMS + KNOTS;

/// The columns of the linear model at a rate ÷ the largest, in cores of one pod.
pub(super) fn columns(u: f64, knots: &Knots, curve: &Flexible) -> [f64; COLUMNS] {
    let (terms, weights, says) = (terms(u), knots.weights(u), curve.at(u));
    std::array::from_fn(|column| if column < TERMS { terms[column] } else { weights[column - TERMS] * says })
}

/// Sums over the steps from which every form is solved; all errors are relative.
pub(super) struct Sums {
    /// Σ weight·x·xᵀ, Σ weight·x·y and Σ weight·y².
    weighted: Square<COLUMNS>,
    vector: [f64; COLUMNS],
    square: f64,
    /// Weighted sum Σ ψ′·x·xᵀ, the slope of the estimating equations.
    sloped: Square<COLUMNS>,
    /// Covariance of the scores Σ ψ·x, robust against correlated steps.
    scores: Square<COLUMNS>,
    /// Sum of the weights of the steps.
    count: f64,
    /// Number of independent observations that a step counts as.
    worth: f64,
    /// Variance of the residuals.
    variance: f64,
}

/// A solved form.
pub(super) struct Solved {
    /// Residual sum of squares, including the penalty of its deviations.
    squares: f64,
    /// Its coefficients and their covariances.
    pub(super) known: Normal,
}

impl Sums {
    pub(super) fn new(points: &[Point], held_back: &[Point], knots: &Knots, fit: &Robust) -> Self {
        let row = |rate: f64, fitted: f64| columns(rate / fit.most, knots, &fit.curve).map(|column| column / fitted);
        let mut rows: Vec<[f64; COLUMNS]> =
            points.iter().zip(&fit.fitted).map(|(point, fitted)| row(point.rate, *fitted)).collect();
        let mut sums = Self {
            weighted: [[0.0; COLUMNS]; COLUMNS],
            vector: [0.0; COLUMNS],
            square: 0.0,
            sloped: [[0.0; COLUMNS]; COLUMNS],
            scores: [[0.0; COLUMNS]; COLUMNS],
            count: 0.0,
            worth: 1.0,
            variance: 0.0,
        };
        let mut scored: Vec<f64> = Vec::with_capacity(points.len());
        let mut squares = 0.0;
        for (row, error) in rows.iter().zip(&fit.errors) {
            let distance = error / fit.scale;
            let weight = biweight(distance);
            sums.add(row, 1.0 + error, weight, biweight_slope(distance));
            squares += weight * error * error;
            scored.push(weight * error);
        }
        let mut steps: Vec<usize> = points.iter().map(|point| point.step).collect();
        let alike = likeness(&scored, &steps);
        sums.worth = (1.0 - alike) / (1.0 + alike);
        sums.variance = (squares / sums.count.max(1.0)).max(1e-9);
        for point in held_back {
            let fitted = fit.curve.at(point.rate / fit.most);
            let (weight, error) = bound((point.cores / fitted - 1.0) / fit.scale);
            let row = row(point.rate, fitted);
            sums.add(&row, 1.0 + error * fit.scale, weight, weight);
            rows.push(row);
            scored.push(weight * error * fit.scale);
            steps.push(point.step);
        }
        mirror(&mut sums.weighted);
        mirror(&mut sums.sloped);
        let scored = sums.as_left_out(&rows, &scored);
        sums.scores = covariance(&steps, |index| rows[index].map(|term| term * scored[index]));
        sums
    }

    /// Adds one observation of `y` with its relative row, the weight of its square and the weight of its score's
    /// slope.
    fn add(&mut self, row: &[f64; COLUMNS], y: f64, weight: f64, slope: f64) {
        self.count += weight;
        self.square += weight * y * y;
        for (i, a) in row.iter().enumerate() {
            self.vector[i] += weight * a * y;
            for (j, b) in row.iter().enumerate().take(i + 1) {
                self.weighted[i][j] += weight * a * b;
                self.sloped[i][j] += slope * a * b;
            }
        }
    }

    /// Deviance of a form, in variances of independent steps.
    pub(super) fn deviance(&self, of: &Solved) -> f64 {
        self.worth * of.squares / self.variance
    }

    /// Leave-one-out errors, `e ÷ (1 − h)`: with few steps at the busy period, a curve runs close to each of them
    /// (MacKinnon & White 1985, *Some heteroskedasticity-consistent covariance matrix estimators with improved finite
    /// sample properties*, Journal of Econometrics 29). `h` is that of straight lines between the knots.
    fn as_left_out(&self, rows: &[[f64; COLUMNS]], scored: &[f64]) -> Vec<f64> {
        let knots: Vec<usize> = (TERMS..COLUMNS).collect();
        let Some(inverse) = inverse(&self.weighted, &knots) else { return scored.to_vec() };
        let pull = |row: &[f64; COLUMNS]| -> f64 {
            let of_knots = &row[TERMS..];
            of_knots
                .iter()
                .enumerate()
                .map(|(i, a)| a * of_knots.iter().zip(&inverse[i]).map(|(b, cell)| b * cell).sum::<f64>())
                .sum()
        };
        rows.iter().zip(scored).map(|(row, score)| score / (1.0 - pull(row).min(0.5))).collect()
    }

    /// Solves one form, where the deviations have a given standard deviation. `None` if its terms are not separable.
    ///
    /// Least squares of the errors and of the deviations, each in its standard deviations: the best linear prediction
    /// of a mixed model (Henderson 1975, *Best linear unbiased estimation and prediction under a selection model*,
    /// Biometrics 31). The covariances are the sandwich estimate of Huber 1981, *Robust Statistics*, section 7.6,
    /// with correlated scores, plus the uncertainty of the penalized deviations.
    pub(super) fn solve(&self, chosen: &[usize], departure: f64) -> Option<Solved> {
        let free = chosen.len();
        let places: Vec<usize> = chosen.iter().copied().chain(TERMS..COLUMNS).collect();
        let held = self.variance / self.worth / (departure * departure);
        let (mut weighted, mut sloped) = (self.weighted, self.sloped);
        for column in TERMS..COLUMNS {
            weighted[column][column] += held;
            sloped[column][column] += held;
        }
        let solution = solved(&inverse(&weighted, &places)?, &self.vector, &places);
        let explained: f64 = solution.iter().zip(&self.vector).map(|(a, b)| a * b).sum();
        let bread = inverse(&sloped, &places)?;
        let size = places.len();
        // A penalized coefficient takes less than one degree of freedom.
        let taken = number(size) - held * (free..size).map(|place| bread[place][place]).sum::<f64>();
        let fewer = self.count / (self.count - taken).max(1.0);
        let mut meat: Square<MAX_COLUMNS> = [[0.0; MAX_COLUMNS]; MAX_COLUMNS];
        for (row, from) in meat.iter_mut().zip(&places) {
            for (cell, to) in row.iter_mut().zip(&places) {
                *cell = fewer * self.scores[*from][*to];
            }
        }
        (free..size).for_each(|place| meat[place][place] += (held * departure).powi(2));
        let mut mean = [0.0; MAX_COLUMNS];
        mean.iter_mut().zip(&places).for_each(|(to, place)| *to = solution[*place]);
        let known = Normal { mean, covariance: product(&product(&bread, &meat), &bread) };
        // At the solution, the explained part is subtracted from the sum of squares and penalties.
        Some(Solved { squares: (self.square - explained).max(0.0), known })
    }
}
