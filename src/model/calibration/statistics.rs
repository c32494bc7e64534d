//! Medians, spreads and correlations.

/// Converts a count for arithmetic.
#[expect(clippy::cast_precision_loss, reason = "counts of steps, far below 2^53")]
pub(super) const fn number(count: usize) -> f64 {
    count as f64
}

/// Median absolute deviation × this is the standard deviation of a normal distribution (Huber 1981, *Robust
/// Statistics*, section 5.1).
pub(super) const NORMAL_MAD: f64 = 1.4826;

/// The median; `None` for an empty slice.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}

/// The quantile at a share; `None` for an empty slice.
pub(super) fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between zero and the last index")]
    let place = (share.clamp(0.0, 1.0) * number(last)).round() as usize;
    Some(*values.select_nth_unstable_by(place, f64::total_cmp).1)
}

/// Robust standard deviation around the median.
pub(super) fn spread(values: &[f64]) -> Option<f64> {
    let middle = median(&mut values.to_vec())?;
    let mut away: Vec<f64> = values.iter().map(|value| (value - middle).abs()).collect();
    median(&mut away).map(|away| NORMAL_MAD * away)
}

/// Spearman's coefficient of two series of the same length; zero if one of them does not vary.
pub(super) fn rank_correlation(one: &[f64], other: &[f64]) -> f64 {
    correlation(&ranks(one), &ranks(other))
}

/// Pearson's coefficient; zero if one of the two does not vary.
pub(super) fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / number(values.len().max(1));
    let (middle, middle_of_other) = (mean(one), mean(other));
    let (mut both, mut first, mut second) = (0.0, 0.0, 0.0);
    for (a, b) in one.iter().zip(other) {
        let (a, b) = (a - middle, b - middle_of_other);
        both += a * b;
        first += a * a;
        second += b * b;
    }
    if first > 0.0 && second > 0.0 { both / (first * second).sqrt() } else { 0.0 }
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]).then(a.cmp(b)));
    let mut ranks = vec![0.0; values.len()];
    for (rank, index) in order.into_iter().enumerate() {
        ranks[index] = number(rank);
    }
    ranks
}

/// Lag-one autocorrelation of errors around zero at increasing steps; only consecutive steps count. At most 0.95:
/// beyond that, a window of hundreds of steps cannot distinguish noise from a trend.
pub(super) fn likeness(errors: &[f64], steps: &[usize]) -> f64 {
    let (mut both, mut one, mut other) = (0.0, 0.0, 0.0);
    for (errors, steps) in errors.windows(2).zip(steps.windows(2)) {
        if steps[0] + 1 == steps[1] {
            both += errors[0] * errors[1];
            one += errors[0] * errors[0];
            other += errors[1] * errors[1];
        }
    }
    let scale = (one * other).sqrt();
    if scale > 0.0 { (both / scale).clamp(0.0, 0.95) } else { 0.0 }
}
