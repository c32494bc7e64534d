//! The variability of response times, estimated from a histogram.

use crate::model::uncertainty::Interval;

/// The response times that a histogram describes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResponseTimes {
    /// Mean in seconds, with the observations spread evenly over each bucket.
    pub mean: f64,
    /// Squared coefficient of variation.
    pub scv: Interval,
}

/// The mean and the squared coefficient of variation, `E[T²] ÷ E[T]² − 1`, of a Prometheus histogram, given as pairs
/// of an upper bound in seconds and the count at or below it, ordered by bound, the last bound being infinite.
///
/// A histogram does not say where in its bucket an observation lies. The mid value assumes that they are evenly
/// spread; low and high are the least and the greatest value of any placement: an observation moves the ratio down if
/// it is below `E[T²] ÷ E[T]` and up if it is above, so that in the extremes all observations of a bucket lie at one
/// of its ends.
///
/// `None` without observations, and if so many are beyond the last finite bound that they dominate: if a thousandth
/// of the requests takes twenty times the mean, it accounts for all of the variability of an otherwise regular
/// service.
pub fn response_times(buckets: &[(f64, f64)]) -> Option<ResponseTimes> {
    let (infinite, total) = *buckets.last()?;
    if infinite.is_finite() || !total.is_finite() || total <= 0.0 {
        return None;
    }
    let mut within: Vec<Bucket> = Vec::with_capacity(buckets.len());
    let (mut bound, mut counted) = (0.0, 0.0);
    for (upper, up_to) in buckets.iter().filter(|(upper, _)| upper.is_finite()) {
        // Buckets that were scraped at different times may fall slightly.
        let up_to = up_to.max(counted).min(total);
        if up_to > counted && *upper > bound {
            within.push(Bucket { lower: bound, upper: *upper, share: (up_to - counted) / total });
        }
        (bound, counted) = (upper.max(bound), up_to);
    }
    if within.is_empty() || 1.0 - counted / total > BEYOND {
        return None;
    }
    let even = within.iter().fold((0.0, 0.0, 0.0), |(all, first, second), bucket| {
        let Bucket { lower, upper, share } = *bucket;
        let squares = (lower * lower + lower * upper + upper * upper) / 3.0;
        (all + share, first + share * f64::midpoint(lower, upper), second + share * squares)
    });
    let mid = scv(even);
    let least = extreme(&within, even, |bucket, turn| turn.clamp(bucket.lower, bucket.upper)).min(mid);
    let most =
        extreme(
            &within,
            even,
            |bucket, turn| {
                if turn - bucket.lower > bucket.upper - turn { bucket.lower } else { bucket.upper }
            },
        )
        .max(mid);
    let scv = Interval::new(least.max(LEAST), mid.max(LEAST), most.max(LEAST))?;
    Some(ResponseTimes { mean: even.1 / even.0, scv })
}

/// Maximum share of requests beyond the last finite bound, where nothing is known about them.
const BEYOND: f64 = 0.001;
/// For a service whose requests all take equally long; the low end of an interval cannot be zero.
const LEAST: f64 = 1e-6;

struct Bucket {
    lower: f64,
    upper: f64,
    share: f64,
}

/// From the sums of counts, times and squares.
fn scv((all, first, second): (f64, f64, f64)) -> f64 {
    if first > 0.0 { all * second / (first * first) - 1.0 } else { 0.0 }
}

/// The placement changes `E[T²] ÷ E[T]`, which in turn determines the placement; a few rounds converge.
fn extreme(buckets: &[Bucket], start: (f64, f64, f64), place: impl Fn(&Bucket, f64) -> f64) -> f64 {
    let mut sums = start;
    for _ in 0..50 {
        if sums.1 <= 0.0 {
            break;
        }
        let turn = sums.2 / sums.1;
        let next = buckets.iter().fold((0.0, 0.0, 0.0), |(all, first, second), bucket| {
            let time = place(bucket, turn);
            (all + bucket.share, first + bucket.share * time, second + bucket.share * time * time)
        });
        if next == sums {
            break;
        }
        sums = next;
    }
    scv(sums)
}
