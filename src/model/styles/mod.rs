//! A running service as it is, right-sized, Python-style and Go-style: the same traffic and handler under another
//! profile.

mod advice;
mod back_test;
mod cpu;
mod demand;
mod facts;
mod gather;
mod learned;
mod learning;
mod load_tested;
mod memory;
mod node_purchase;
mod one_point;
mod plan;
mod running;
mod service_fit;
mod service_forecast;
mod steps;
mod translate;

pub use advice::{Action, Advice, AdviceInput, Saving, Step, Team, advise};
pub use back_test::{BackTest, BackTestSplit, Score, ServiceBackTest, dollars_requested};
pub use demand::Demand;
pub use gather::{Gathered, Profiles, running_service, running_services};
pub use learned::{Learned, OtherContainers};
pub use learning::Learning;
pub use load_tested::load_tested;
pub use node_purchase::{NodePurchase, OtherArchitecture, OtherPrice};
pub use one_point::{OnePoint, OnePointError};
pub use plan::{ClusterBasis, Outcome, Sized};
pub use running::{FACTORS, Facts, KindEvidence, OwnProfile, RunningService, ServiceOptions, Style};
pub use service_fit::{SeenStep, ServiceFit, service_fit};
pub use service_forecast::{CostInterval, CountedIn, Expected, NextMonth, ServiceForecast};
pub use translate::{Observed, OutOfRange, Translated, translate};

use crate::model::uncertainty::{Interval, quantile, stratified, stratified_shares};

/// Number of joint samples behind an interval: the 5th percentile is accurate to a few percent.
const SAMPLES: u32 = 512;

/// Fixed seed, so that results are reproducible.
const SEED: u64 = 1;

/// Samples of an interval, from the random stream named `purpose`.
fn values(interval: &Interval, purpose: &str) -> Vec<f64> {
    stratified(interval, purpose, SAMPLES, SEED)
}

/// Samples uniform between 0 and 1: the position of the truth between two explanations.
fn shares(purpose: &str) -> Vec<f64> {
    stratified_shares(purpose, SAMPLES, SEED)
}

/// The interval of sampled values around a computed mid value, wide enough to include `explanations`: values that
/// each explain the observation.
fn around(mid: f64, mut samples: Vec<f64>, explanations: [f64; 2]) -> Option<Interval> {
    samples.sort_by(f64::total_cmp);
    let [first, second] = explanations;
    let low = quantile(&samples, 0.05)?.min(first).min(second).min(mid);
    let high = quantile(&samples, 0.95)?.max(first).max(second).max(mid);
    Interval::new(low, mid, high)
}

/// The interval, extended to at least a factor of `factor` from its mid value in each direction.
fn widened(interval: &Interval, factor: f64) -> Option<Interval> {
    let mid = interval.mid();
    Interval::new(interval.low().min(mid / factor), mid, interval.high().max(mid * factor))
}

/// Product of two independent positive factors: relative (logarithmic) widths add in quadrature.
fn product(a: &Interval, b: &Interval) -> Option<Interval> {
    let mid = a.mid() * b.mid();
    let wide = |edge: fn(&Interval) -> f64| (edge(a) / a.mid()).ln().hypot((edge(b) / b.mid()).ln()).exp();
    Interval::new(mid / wide(Interval::low), mid, mid * wide(Interval::high))
}

/// Reciprocal of an interval.
fn inverse(a: &Interval) -> Option<Interval> {
    Interval::new(1.0 / a.high(), 1.0 / a.mid(), 1.0 / a.low())
}

#[cfg(test)]
mod tests;
