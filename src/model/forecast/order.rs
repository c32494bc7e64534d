//! Order statistics, which are robust against outliers.

use super::series::real;

/// The median; for an even number of values the mean of the middle two. `None` for an empty slice.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    if values.len() <= 16 {
        // This is faster than a selection, because most inputs are the hours of a few weeks.
        values.sort_unstable_by(f64::total_cmp);
        let lower = values[(values.len() - 1) / 2];
        return Some(lower + (values[middle] - lower) / 2.0);
    }
    let even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let upper = *upper;
    let lower = below.iter().copied().reduce(f64::max).filter(|_| even);
    Some(lower.map_or(upper, |lower| lower + (upper - lower) / 2.0))
}

/// Standard deviation around `centre` estimated from the median absolute deviation, which is 0.6745 of it for a
/// normal distribution (Rousseeuw & Croux 1993, *Alternatives to the median absolute deviation*, JASA 88). Zero
/// without values.
pub(super) fn deviation(values: impl Iterator<Item = f64>, centre: f64) -> f64 {
    let mut distances: Vec<f64> = values.map(|value| (value - centre).abs()).collect();
    median(&mut distances).unwrap_or_default() / 0.6745
}

/// The quantile of `total` values of which `values` holds the largest, with linear interpolation, as in Prometheus'
/// `quantile` and for the demand of a running service.
pub(super) fn quantile_of_largest(values: &mut [f64], total: usize, share: f64) -> Option<f64> {
    let last = total.checked_sub(1)?;
    let from_top = (1.0 - share) * real(last);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the last index")]
    let above = from_top.floor() as usize;
    let weight = from_top - from_top.floor();
    let above = above.min(values.len().checked_sub(1)?);
    let (_, upper, rest) = values.select_nth_unstable_by(above, |a, b| b.total_cmp(a));
    let upper = *upper;
    let lower = rest.iter().copied().reduce(f64::max).unwrap_or(upper);
    Some(upper + (lower - upper) * weight)
}

/// The quantile of all values.
pub(super) fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    quantile_of_largest(values, values.len(), share)
}
