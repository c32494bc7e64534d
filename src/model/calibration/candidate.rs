//! Every form with its coefficients, and how likely it is.

use super::departure::{DEPARTURES, KNOTS};
use super::form::{self, IDLE, TERMS};
use super::linear::{MAX_COLUMNS, Square};
use super::sums::{COLUMNS, Sums};
use super::within::Normal;

/// One form with its coefficients.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// How likely it is; all together are one.
    pub(super) weight: f64,
    /// Indices of the columns that this form uses.
    pub(super) places: Vec<usize>,
    /// Coefficients, in the order of the places.
    pub(super) known: Normal,
}

/// Forms that are less likely than this part of the likeliest are left away.
const LEAST_WEIGHT: f64 = 0.01;
/// A form whose logarithm of how likely it is is so far below the best is hopeless: one in 3,000.
const HOPELESS: f64 = 8.0;

/// All forms that are at all likely. The busy demand is at `busy`, a rate ÷ the largest, where a pod uses `use_at_busy`.
///
/// Each form is as likely as Bayes' rule says, its evidence by Laplace's approximation (Kass & Raftery 1995, *Bayes factors*,
/// Journal of the American Statistical Association 90, section 4.1): what is left of the errors, as often as the steps are
/// worth, and which part of all that its coefficients could be they are known to. The average over forms instead of the best
/// one is theirs too (Hoeting, Madigan, Raftery & Volinsky 1999, *Bayesian model averaging*, Statistical Science 14).
pub(super) fn candidates(sums: &Sums, busy: f64, use_at_busy: f64) -> Vec<Candidate> {
    let mut solved: Vec<(f64, Candidate)> = Vec::new();
    let mut best = f64::NEG_INFINITY;
    let forms: Vec<Form> = form::ways().into_iter().flat_map(|way| Form::of(way, busy, use_at_busy)).collect();
    // How much a form departs changes how likely it is by less than what tells good forms from bad ones: what is hopeless with
    // the first departure is not tried with the others.
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

/// A form before its coefficients are known.
struct Form {
    /// Logarithm of how likely it is held for.
    prior: f64,
    terms: Vec<usize>,
    /// The largest coefficients: one set, or one for each range that idle use may be in.
    largest: Vec<Vec<f64>>,
}

impl Form {
    /// A way in which requests cost, without and with idle use.
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

    /// With its coefficients, and the logarithm of how likely it is.
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
    /// Mean and standard deviation of a sum of columns.
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

/// Logarithm of the volume that coefficients are known to, in parts of the volume in which they can be: evenly up to the largest
/// for terms, normally for the departures after them.
fn volume(known: &Normal, largest: &[f64], departure: f64) -> Option<f64> {
    let size = largest.len() + KNOTS;
    let root = std::f64::consts::TAU.sqrt();
    let unit = |place: usize| largest.get(place).map_or(departure, |largest| largest / root);
    // Cholesky's decomposition of covariances in these units: the product of its diagonal.
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
