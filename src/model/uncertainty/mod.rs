//! Uncertainty of numbers: intervals, samples from them, and their effect on an output.

mod draw;
mod interval;
mod latin_hypercube;
mod sensitivity;

pub use draw::{Draw, Input, UncertainInputs};
pub use interval::Interval;
pub(in crate::model) use latin_hypercube::{latin_hypercube, quantile, stratified, stratified_shares};
pub use sensitivity::{Sensitivity, sensitivity};
