//! Sensitivity analysis: how much of an output's variance each input causes.

use super::{Draw, Input, UncertainInputs};

/// Number of bins into which the samples are sorted by one input. With 1,024 samples each bin has 64, enough for a
/// mean.
const BINS: usize = 16;

/// An input and its share of the variance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sensitivity {
    /// The uncertain input.
    pub input: Input,
    /// First-order share: variance of the conditional mean given the input ÷ total variance, between 0 and 1.
    pub share: f64,
}

/// First-order shares of the logarithm of the output, so that a few extreme samples do not dominate, by the
/// correlation ratio: samples are sorted by an input, and the variance of the bins' means is divided by the total
/// variance (Saltelli et al., *Global Sensitivity Analysis*, 2008, section 1.2.7). Sorted by share, largest first;
/// inputs below the share expected by chance (bins ÷ samples) are omitted.
pub fn sensitivity(inputs: &UncertainInputs, draws: &[Draw], output: &[f64]) -> Vec<Sensitivity> {
    // Samples without a plan have no output.
    let mut order: Vec<usize> = (0..draws.len().min(output.len())).filter(|i| output[*i].is_finite()).collect();
    let output: Vec<f64> = output.iter().map(|o| o.ln()).collect();
    let whole = variance(order.iter().map(|i| output[*i]));
    if order.len() < 4 * BINS || whole <= 0.0 || !whole.is_finite() {
        return Vec::new();
    }
    #[expect(clippy::cast_precision_loss, reason = "a number of samples")]
    let chance = 2.0 * BINS as f64 / order.len() as f64;
    let size = order.len().div_ceil(BINS);
    let mut shares: Vec<Sensitivity> = Input::ALL
        .into_iter()
        .filter(|input| !inputs.interval(*input).is_exact())
        .filter_map(|input| {
            order.sort_by(|a, b| draws[*a].get(input).total_cmp(&draws[*b].get(input)).then(a.cmp(b)));
            let means: Vec<f64> = order.chunks(size).map(|bin| mean(bin.iter().map(|i| output[*i]))).collect();
            let share = variance(means.iter().copied()) / whole;
            (share > chance).then_some(Sensitivity { input, share: share.min(1.0) })
        })
        .collect();
    shares.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.input.cmp(&b.input)));
    shares
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value;
        count += 1.0;
    }
    sum / count
}

fn variance(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let centre = mean(values.clone());
    mean(values.map(|v| (v - centre) * (v - centre)))
}
