//! Latin-hypercube samples of the inputs: seeded, with one random stream per purpose.
//!
//! An interval becomes two half log-normals that meet at `mid` and have exactly `low`, `mid` and `high` as their 5th,
//! 50th and 95th percentile: `mid·(low/mid)^(z/z₀₅)` below, `mid·(high/mid)^(z/z₉₅)` above, z standard normal.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use statrs::distribution::{ContinuousCDF, Normal};

use super::{Draw, Input, Interval, UncertainInputs};

/// The 95th percentile of the standard normal distribution.
const Z95: f64 = 1.644_853_626_951_472_2;

/// The value of an interval at a standard normal deviate.
fn value_at(interval: &Interval, z: f64) -> f64 {
    let mid = interval.mid();
    if interval.is_exact() {
        return mid;
    }
    let edge = if z < 0.0 { interval.low() } else { interval.high() };
    // (edge/mid)^(|z|/Z95): the log-normal half in the form that returns exactly the edge at z = ±Z95.
    mid * ((edge / mid).ln() * (z.abs() / Z95)).exp()
}

/// Stratified standard normal deviates: one in each of `count` equally likely strata, in random order.
///
/// `purpose` names the random stream, so that an additional uncertain input does not change the others.
fn strata(count: u32, seed: u64, purpose: &str) -> Vec<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(fnv1a(purpose));
    let normal = Normal::standard();
    let mut z: Vec<f64> = (0..count)
        .map(|stratum| normal.inverse_cdf((f64::from(stratum) + unit(&mut rng)) / f64::from(count)))
        .collect();
    // Fisher–Yates shuffle, so that the strata of different inputs are combined at random.
    for last in (1..z.len()).rev() {
        #[expect(clippy::cast_possible_truncation, reason = "the product's upper half is at most `last`")]
        let other = ((u128::from(rng.next_u64()) * (last as u128 + 1)) >> 64) as usize;
        z.swap(last, other);
    }
    z
}

/// `count` values of an interval, one in each of as many equally likely strata, from the random stream that `purpose`
/// names.
pub(in crate::model) fn stratified(interval: &Interval, purpose: &str, count: u32, seed: u64) -> Vec<f64> {
    strata(count, seed, purpose).into_iter().map(|z| value_at(interval, z)).collect()
}

/// The same for a number that is uniform between 0 and 1.
pub(in crate::model) fn stratified_shares(purpose: &str, count: u32, seed: u64) -> Vec<f64> {
    let normal = Normal::standard();
    strata(count, seed, purpose).into_iter().map(|z| normal.cdf(z)).collect()
}

/// A number strictly between 0 and 1, from the upper 53 bits.
#[expect(clippy::cast_precision_loss, reason = "53 bits are exact in an f64")]
fn unit(rng: &mut ChaCha8Rng) -> f64 {
    ((rng.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// FNV-1a, 64 bits: derives a stable number from a stream's name.
fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// `count` joint samples of the inputs of one profile.
///
/// Inputs that profiles have in common use one stream for all of them ([`Input::shared`]); every other input has a
/// stream per profile.
pub(in crate::model) fn latin_hypercube(inputs: &UncertainInputs, profile: &str, count: u32, seed: u64) -> Vec<Draw> {
    let columns = Input::ALL.map(|input| {
        let interval = inputs.interval(input);
        if interval.is_exact() {
            return Vec::new();
        }
        // An expensive handler goes with a low throughput if both are parts of one cost.
        let (input, sign) = match input {
            Input::CpuFactor if inputs.one_cost() => (Input::Throughput, -1.0),
            _ => (input, 1.0),
        };
        let purpose = if input.shared() { input.name().to_owned() } else { format!("{profile}/{}", input.name()) };
        strata(count, seed, &purpose).into_iter().map(|z| value_at(interval, sign * z)).collect()
    });
    (0..count as usize)
        .map(|row| inputs.draw(|input, interval| columns[input as usize].get(row).copied().unwrap_or(interval.mid())))
        .collect()
}

/// The `p`-quantile of sorted values: the smallest value with at least `p` of the values at or below it.
pub(in crate::model) fn quantile<T: Copy>(sorted: &[T], p: f64) -> Option<T> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index into a slice of samples"
    )]
    let rank = (p * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_have_low_mid_and_high_as_percentiles() {
        let interval = Interval::new(8000.0, 12500.0, 25000.0).unwrap();
        let mut values: Vec<f64> = strata(20_000, 1, "x").iter().map(|z| value_at(&interval, *z)).collect();
        values.sort_by(f64::total_cmp);
        for (p, want) in [(0.05, 8000.0), (0.5, 12500.0), (0.95, 25000.0)] {
            let got = quantile(&values, p).unwrap();
            assert!((got / want - 1.0).abs() < 1e-3, "p{p}: {got} for {want}");
        }
    }

    #[test]
    fn each_stratum_is_sampled_once() {
        let normal = Normal::standard();
        let mut hits = std::collections::BTreeMap::new();
        for z in strata(512, 7, "y") {
            let upper = (1..=512).find(|s| normal.cdf(z) * 512.0 < f64::from(*s)).unwrap();
            *hits.entry(upper).or_insert(0) += 1;
        }
        assert!(hits.len() == 512 && hits.values().all(|n| *n == 1));
    }

    #[test]
    fn streams_differ_by_purpose_and_seed() {
        assert_ne!(strata(16, 1, "a"), strata(16, 1, "b"));
        assert_ne!(strata(16, 1, "a"), strata(16, 2, "a"));
        assert_eq!(strata(16, 1, "a"), strata(16, 1, "a"));
    }
}
