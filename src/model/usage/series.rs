//! Time series on a grid of equal steps.

use super::{Period, StepSeconds};

/// A period divided into steps of equal length. Step `k` is the half-open span from `start + k·step` to the start of
/// the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    period: Period,
    step: StepSeconds,
}

impl Grid {
    /// The steps that cover the period. If its length is not a multiple of the step, the first step begins before it.
    pub const fn new(period: Period, step: StepSeconds) -> Self {
        Self { period, step }
    }

    /// The period that the grid covers.
    pub const fn period(self) -> Period {
        self.period
    }

    /// The length of a step.
    pub const fn step(self) -> StepSeconds {
        self.step
    }

    /// Number of steps.
    pub fn len(self) -> usize {
        usize::try_from(self.period.seconds().div_euclid(self.step.seconds()) + i64::from(!self.is_even())).unwrap_or(0)
    }

    /// Always false: a period has a length.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    fn is_even(self) -> bool {
        self.period.seconds().rem_euclid(self.step.seconds()) == 0
    }

    /// The second at which step `index` ends.
    pub fn end_of(self, index: usize) -> i64 {
        let later = i64::try_from(self.len() - 1 - index.min(self.len() - 1)).unwrap_or(0);
        self.period.end().as_second() - later * self.step.seconds()
    }

    /// The step whose end is nearest to this second; `None` outside the period.
    pub fn ending_at(self, second: f64) -> Option<usize> {
        #[expect(clippy::cast_precision_loss, reason = "seconds of the calendar are exact in an f64")]
        let before_end = self.period.end().as_second() as f64 - second;
        let later = (before_end / self.step.as_f64()).round();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be a small index")]
        let later = (later >= 0.0 && later <= f64::from(u32::MAX)).then_some(later as usize)?;
        (self.len() - 1).checked_sub(later)
    }
}

/// One number for each step of a [`Grid`], stored from the first step that has one to the last; steps without data
/// are NaN. Single precision: a relative error of 6·10⁻⁸, far below the accuracy of any scrape.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    first: usize,
    values: Vec<f32>,
}

impl Series {
    /// Adds to the value of the step; NaN is ignored.
    pub fn add(&mut self, step: usize, value: f64) {
        self.merge(step, value, |old, new| old + new);
    }

    /// Keeps the larger of the value of the step and this one.
    pub fn raise(&mut self, step: usize, value: f64) {
        self.merge(step, value, f32::max);
    }

    fn merge(&mut self, step: usize, value: f64, join: impl Fn(f32, f32) -> f32) {
        #[expect(clippy::cast_possible_truncation, reason = "single precision is the intent")]
        let value = value as f32;
        if !value.is_finite() {
            return;
        }
        if self.values.is_empty() {
            self.first = step;
        }
        if step < self.first {
            let gap = self.first - step;
            self.values.splice(0..0, std::iter::repeat_n(f32::NAN, gap));
            self.first = step;
        }
        let index = step - self.first;
        if index >= self.values.len() {
            self.values.resize(index + 1, f32::NAN);
        }
        let slot = &mut self.values[index];
        *slot = if slot.is_nan() { value } else { join(*slot, value) };
    }

    /// The value of a step, if it has one.
    pub fn get(&self, step: usize) -> Option<f64> {
        let value = *self.values.get(step.checked_sub(self.first)?)?;
        (!value.is_nan()).then_some(f64::from(value))
    }

    /// The steps that have a value, with their values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.values.iter().enumerate().filter(|(_, v)| !v.is_nan()).map(|(i, v)| (self.first + i, f64::from(*v)))
    }

    /// Number of steps that have a value.
    pub fn count(&self) -> usize {
        self.iter().count()
    }

    /// The sum of all values; zero without values, rather than the `-0.0` of `Iterator::sum`.
    pub fn sum(&self) -> f64 {
        self.iter().fold(0.0, |sum, (_, v)| sum + v)
    }

    /// The largest value; `None` without data.
    pub fn max(&self) -> Option<f64> {
        self.iter().map(|(_, v)| v).reduce(f64::max)
    }

    /// Applies `change` to each step and its value.
    #[must_use]
    pub fn map(&self, change: impl Fn(usize, f64) -> f64) -> Self {
        let mut changed = Self::default();
        for (step, value) in self.iter() {
            changed.add(step, change(step, value));
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn grid(seconds: i64, step: StepSeconds) -> Grid {
        let at = |s| Timestamp::from_second(s).unwrap();
        Grid::new(Period::new(at(1_000_000), at(1_000_000 + seconds)).unwrap(), step)
    }

    #[test]
    fn steps_cover_the_period_from_its_end() {
        let even = grid(7200, StepSeconds::HOUR);
        assert_eq!((even.len(), even.end_of(0), even.end_of(1)), (2, 1_003_600, 1_007_200));
        let uneven = grid(9000, StepSeconds::HOUR);
        assert_eq!((uneven.len(), uneven.end_of(0), uneven.end_of(2)), (3, 1_001_800, 1_009_000));
        // A query samples one millisecond before the end of a step.
        assert_eq!(even.ending_at(1_003_599.999), Some(0));
        assert_eq!(even.ending_at(1_007_200.0), Some(1));
        assert_eq!(even.ending_at(1_000_000.0), None);
        assert_eq!(even.ending_at(1_010_800.0), None);
    }

    #[test]
    fn values_may_arrive_in_any_order_and_gaps_remain() {
        let mut series = Series::default();
        for (step, value) in [(5, 1.0), (7, 2.0), (5, 0.5), (3, 4.0), (6, f64::NAN)] {
            series.add(step, value);
        }
        assert_eq!(series.iter().collect::<Vec<_>>(), [(3, 4.0), (5, 1.5), (7, 2.0)]);
        assert_eq!((series.get(4), series.get(5), series.get(99), series.count()), (None, Some(1.5), None, 3));
        series.raise(5, 1.0);
        series.raise(5, 9.0);
        assert_eq!(series.max(), Some(9.0));
        assert!(Series::default().sum().is_sign_positive());
    }
}
