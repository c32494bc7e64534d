//! Histograms of request latency and their quantiles.

use std::collections::BTreeMap;

use crate::model::calibration::{ResponseTimes, response_times};
use crate::units::Seconds;

/// A Prometheus histogram: the count at or below each upper bound. Sums of histograms are histograms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Buckets {
    /// Bit patterns of positive bounds sort like the bounds.
    counts: BTreeMap<u64, f64>,
}

impl Buckets {
    /// Adds to the bucket of an upper bound in seconds; negative bounds and counts that are NaN are ignored.
    pub fn add(&mut self, upper_bound: f64, count: f64) {
        if upper_bound >= 0.0 && count.is_finite() && count >= 0.0 {
            *self.counts.entry(upper_bound.abs().to_bits()).or_default() += count;
        }
    }

    /// Adds the counts of another histogram.
    pub fn merge(&mut self, other: &Self) {
        for (bound, count) in &other.counts {
            *self.counts.entry(*bound).or_default() += count;
        }
    }

    /// The value below which this share of the observations lies, with linear interpolation between bounds, as in
    /// Prometheus' `histogram_quantile`; beyond the last finite bound, it is that bound. `None` without observations,
    /// without a bucket for all of them, or if no bound is finite.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        // Buckets that were scraped at different times may fall slightly; each count is raised to the largest before
        // it.
        let mut highest = 0.0_f64;
        let cumulated: Vec<(f64, f64)> = self
            .counts
            .iter()
            .map(|(bound, count)| {
                highest = highest.max(*count);
                (f64::from_bits(*bound), highest)
            })
            .collect();
        let (last, total) = *cumulated.last()?;
        if last.is_finite() || total <= 0.0 {
            return None;
        }
        let rank = share.clamp(0.0, 1.0) * total;
        let index = cumulated.iter().position(|(_, count)| *count >= rank)?;
        let (below, count_below) = if index == 0 { (0.0, 0.0) } else { cumulated[index - 1] };
        let (bound, count) = cumulated[index];
        if bound.is_infinite() {
            return (index > 0).then_some(below);
        }
        if count <= count_below {
            return Some(bound);
        }
        Some(below + (bound - below) * (rank - count_below) / (count - count_below))
    }

    /// The variation of response times; `None` if the buckets are too coarse.
    pub fn response_times(&self) -> Option<ResponseTimes> {
        let pairs: Vec<(f64, f64)> =
            self.counts.iter().map(|(bound, count)| (f64::from_bits(*bound), *count)).collect();
        response_times(&pairs)
    }

    /// Median and 99th percentile.
    pub fn latency(&self) -> Option<Latency> {
        let quantile = |share| self.quantile(share).and_then(Seconds::new);
        Some(Latency { p50: quantile(0.5)?, p99: quantile(0.99)? })
    }
}

/// How long requests took over a period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Latency {
    /// Half of the requests were faster.
    pub p50: Seconds,
    /// One in a hundred requests was slower.
    pub p99: Seconds,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(counts: &[(f64, f64)]) -> Buckets {
        let mut buckets = Buckets::default();
        counts.iter().for_each(|(bound, count)| buckets.add(*bound, *count));
        buckets
    }

    #[test]
    fn quantiles_equal_those_of_prometheus() {
        let b = buckets(&[(f64::INFINITY, 100.0), (0.1, 50.0), (0.2, 90.0), (0.5, 100.0)]);
        assert!((b.quantile(0.5).unwrap() - 0.1).abs() < 1e-12);
        assert!((b.quantile(0.25).unwrap() - 0.05).abs() < 1e-12);
        assert!((b.quantile(0.99).unwrap() - 0.47).abs() < 1e-12);
        // If it is slower than the last finite bound, only that bound is known.
        assert_eq!(buckets(&[(0.1, 1.0), (f64::INFINITY, 100.0)]).quantile(0.99), Some(0.1));
    }

    #[test]
    fn there_is_no_quantile_without_observations() {
        assert_eq!(buckets(&[]).quantile(0.5), None);
        assert_eq!(buckets(&[(0.1, 0.0), (f64::INFINITY, 0.0)]).quantile(0.5), None);
        assert_eq!(buckets(&[(0.1, 5.0)]).quantile(0.5), None);
        assert_eq!(buckets(&[(f64::INFINITY, 5.0)]).quantile(0.5), None);
        assert_eq!(buckets(&[(f64::NAN, 5.0), (-1.0, 3.0)]).quantile(0.5), None);
    }
}
