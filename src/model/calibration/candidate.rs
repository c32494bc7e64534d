//! Every form of the curve with its fitted coefficients and its posterior probability.

use super::departure::{DEPARTURES, KNOTS};
use super::form::{self, IDLE, TERMS};
use super::linear::{MAX_COLUMNS, Square};
use super::sums::{COLUMNS, Sums};
use super::within::Normal;

/// One form with its fitted coefficients.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Posterior probability; the weights of all candidates add up to one.
    pub(super) weight: f64,
    /// Indices of the columns that this form uses.
    pub(super) places: Vec<usize>,
    /// Means and covariances of the coefficients, in the order of `places`.
    pub(super) known: Normal,
}

/// A form whose weight is below this share of the best form's weight is dropped.
const LEAST_WEIGHT: f64 = 0.01;
/// A form whose log-likelihood is this far below the best one is not considered further: it is 3,000 times less
/// likely.
const HOPELESS: f64 = 8.0;

/// All forms with a non-negligible probability. `busy` is the busy demand as a rate ÷ the largest rate, at which a
/// pod uses `use_at_busy` cores.
///
/// The weight of a form follows from Bayes' rule, with its evidence by Laplace's approximation (Kass & Raftery 1995,
/// *Bayes factors*, Journal of the American Statistical Association 90, section 4.1): the residual error, counted as
/// often as there are independent steps, and the part of the prior volume of its coefficients that remains plausible.
/// Averaging over forms instead of choosing the best one also follows them (Hoeting, Madigan, Raftery & Volinsky
/// 1999, *Bayesian model averaging*, Statistical Science 14).
pub(super) fn candidates(sums: &Sums, busy: f64, use_at_busy: f64) -> Vec<Candidate> {
    let mut solved: Vec<(f64, Candidate)> = Vec::new();
    let mut best = f64::NEG_INFINITY;
    let forms: Vec<Form> = form::ways().into_iter().flat_map(|way| Form::of(way, busy, use_at_busy)).collect();
    // The size of the departures changes the probability of a form by less than good and bad forms differ, so a form
    // that is hopeless with the first size is not tried with the others.
    let mut hopeful = vec![true; forms.len()];
    for departure in DEPARTURES {
        for (form, hopeful) in forms.iter().zip(&mut hopeful).filter(|(_, hopeful)| **hopeful) {
            let before = solved.len();
            solved.extend(form.solved(sums, departure));
            let own = solved[before..].iter().map(|(likely, _)| *likely).fold(f64::NEG_INFINITY, f64::max);
            best = best.max(own);
            *hopeful = own > best - HOPELESS;
        }
    }
    let mut likely: Vec<Candidate> = solved
        .into_iter()
        .map(|(likely, candidate)| Candidate { weight: (likely - best).exp(), ..candidate })
        .filter(|candidate| candidate.weight > LEAST_WEIGHT)
        .collect();
    let all: f64 = likely.iter().map(|candidate| candidate.weight).sum();
    likely.iter_mut().for_each(|candidate| candidate.weight /= all);
    likely
}

/// A form before its coefficients are fitted.
struct Form {
    /// Logarithm of its prior probability.
    prior: f64,
    terms: Vec<usize>,
    /// Upper bounds of the coefficients: one set, or one for each range of idle usage.
    largest: Vec<Vec<f64>>,
}

impl Form {
    /// The forms of one kind of cost per request, without and with idle usage.
    fn of((prior, way): (f64, Vec<usize>), busy: f64, use_at_busy: f64) -> [Self; 2] {
        let largest: Vec<f64> = way.iter().map(|term| form::largest(*term, busy) * use_at_busy).collect();
        let with = |idle: f64| [vec![idle * use_at_busy], largest.clone()].concat();
        let idle = Self {
            prior: prior.ln(),
            terms: [vec![IDLE], way.clone()].concat(),
            largest: form::IDLE_AT_MOST.map(with).to_vec(),
        };
        [Self { prior: prior.ln(), terms: way, largest: vec![largest] }, idle]
    }

    /// Fits the form; returns each candidate with the logarithm of its evidence.
    fn solved(&self, sums: &Sums, departure: f64) -> Vec<(f64, Candidate)> {
        let Some(of) = sums.solve(&self.terms, departure) else { return Vec::new() };
        let one = |largest: &Vec<f64>| {
            let (within, share) = of.known.within(largest)?;
            let evidence = volume(&of.known, largest, departure)? + share.ln() - 0.5 * sums.deviance(&of);
            let places = self.terms.iter().copied().chain(TERMS..COLUMNS).collect();
            Some((self.prior + evidence, Candidate { weight: 0.0, places, known: within }))
        };
        self.largest.iter().filter_map(one).collect()
    }
}

impl Candidate {
    /// Mean and standard deviation of a linear combination of columns.
    pub(super) fn value(&self, sum: &[f64; COLUMNS]) -> (f64, f64) {
        let (mut value, mut variance) = (0.0, 0.0);
        for (i, a) in self.places.iter().enumerate() {
            value += sum[*a] * self.known.mean[i];
            for (j, b) in self.places.iter().enumerate() {
                variance += sum[*a] * sum[*b] * self.known.covariance[i][j];
            }
        }
        (value, variance.max(0.0).sqrt())
    }
}

/// Logarithm of the posterior volume of the coefficients ÷ their prior volume. The prior is uniform up to the upper
/// bound for terms, and normal for the departures that follow them.
fn volume(known: &Normal, largest: &[f64], departure: f64) -> Option<f64> {
    let size = largest.len() + KNOTS;
    let root = std::f64::consts::TAU.sqrt();
    let unit = |place: usize| largest.get(place).map_or(departure, |largest| largest / root);
    // The product of the diagonal of the Cholesky decomposition of the covariance matrix in these units.
    let mut lower: Square<MAX_COLUMNS> = [[0.0; MAX_COLUMNS]; MAX_COLUMNS];
    let mut sum = 0.0;
    for i in 0..size {
        for j in 0..=i {
            let scaled = known.covariance[i][j] / (unit(i) * unit(j));
            let rest = scaled - (0..j).map(|k| lower[i][k] * lower[j][k]).sum::<f64>();
            if i == j {
                lower[i][i] = (rest > 0.0).then(|| rest.sqrt())?;
                sum += lower[i][i].ln();
            } else {
                lower[i][j] = rest / lower[j][j];
            }
        }
    }
    Some(sum)
}
