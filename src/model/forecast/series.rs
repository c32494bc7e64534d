//! The input of a forecast: hourly demand, and the hours to forecast.

use super::Refusal;

/// Seconds in an hour.
pub(super) const HOUR: i64 = 3600;
/// Hours in a day.
pub(super) const DAY: usize = 24;
/// Hours in a week.
pub(super) const WEEK: usize = 7 * DAY;

/// The largest accepted value: no real quantity is as large, and its sums and squares are still finite.
const LARGEST: f64 = 1e100;

/// Mean demand in each hour of a span, in order; hours without data are gaps and are never filled. The demand may be
/// any non-negative quantity that adds up: requests per second, cores requested, dollars per hour.
#[derive(Clone, Debug, PartialEq)]
pub struct HourlySeries {
    /// The hour at which the series begins, in hours since 1970. The first and the last hour have a value.
    first: i64,
    /// A gap is NaN; every other value is finite and not negative.
    values: Vec<f64>,
}

impl HourlySeries {
    /// From points of (second since 1970 at which the step begins, mean over the step), in any order and with steps
    /// of an hour or less: an hour is the mean of its points. A value that is negative, beyond 10¹⁰⁰ or NaN is a gap.
    ///
    /// # Errors
    /// [`Refusal::NoData`] if no point has a value; [`Refusal::TooLong`] if they span more than ten years.
    pub fn from_points(points: impl IntoIterator<Item = (i64, f64)>) -> Result<Self, Refusal> {
        let usable = |(_, value): &(i64, f64)| (0.0..=LARGEST).contains(value);
        let points: Vec<(i64, f64)> =
            points.into_iter().filter(usable).map(|(second, value)| (second.div_euclid(HOUR), value)).collect();
        let first = points.iter().map(|(hour, _)| *hour).min().ok_or(Refusal::NoData)?;
        let last = points.iter().map(|(hour, _)| *hour).max().ok_or(Refusal::NoData)?;
        let hours = last.checked_sub(first).and_then(|hours| usize::try_from(hours).ok());
        // Ten years: more than any metrics store keeps hourly, and small enough to allocate.
        let hours = hours.filter(|hours| *hours < 10 * 366 * DAY).ok_or(Refusal::TooLong)? + 1;
        let (mut values, mut counts) = (vec![f64::NAN; hours], vec![0.0_f64; hours]);
        for (hour, value) in points {
            let index = usize::try_from(hour - first).unwrap_or_default();
            let (mean, count) = (&mut values[index], &mut counts[index]);
            *count += 1.0;
            *mean = if *count > 1.0 { *mean + (value - *mean) / *count } else { value };
        }
        Ok(Self { first, values })
    }

    /// From hourly means, the first of them in the hour that contains `start`.
    ///
    /// # Errors
    /// Those of [`Self::from_points`].
    pub fn from_hours(start: i64, values: impl IntoIterator<Item = Option<f64>>) -> Result<Self, Refusal> {
        let seconds = (0..).map(|hour: i64| start.saturating_add(hour * HOUR));
        Self::from_points(seconds.zip(values).filter_map(|(second, value)| Some((second, value?))))
    }

    /// The second at which the series begins.
    pub fn start(&self) -> i64 {
        self.first * HOUR
    }

    /// The second at which the series ends.
    pub fn end(&self) -> i64 {
        self.end_hour() * HOUR
    }

    /// Length in hours, including gaps.
    pub fn hours(&self) -> usize {
        self.values.len()
    }

    /// The hours in order, with gaps as `None`.
    pub fn iter(&self) -> impl Iterator<Item = Option<f64>> + '_ {
        self.values.iter().map(|value| (!value.is_nan()).then_some(*value))
    }

    /// Number of hours that have a value.
    pub fn with_data(&self) -> usize {
        present(&self.values).count()
    }

    /// Mean of the hours that have a value.
    pub fn mean(&self) -> f64 {
        mean(present(&self.values))
    }

    /// The parts before and from this second on; `None` if either has no data.
    pub fn split_at(&self, second: i64) -> Option<(Self, Self)> {
        let at = usize::try_from(second.div_euclid(HOUR).checked_sub(self.first)?).ok()?;
        let (before, after) = self.values.split_at_checked(at)?;
        let part = |first: i64, values: &[f64]| {
            let begin = values.iter().position(|value| !value.is_nan())?;
            let end = values.iter().rposition(|value| !value.is_nan())?;
            Some(Self { first: first + signed(begin), values: values[begin..=end].to_vec() })
        };
        Some((part(self.first, before)?, part(self.first + signed(at), after)?))
    }

    pub(super) fn window(&self) -> Window<'_> {
        Window { first: self.first, values: &self.values }
    }

    pub(super) fn end_hour(&self) -> i64 {
        self.first + signed(self.values.len())
    }
}

/// The hours to forecast, for example a calendar month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    first: i64,
    hours: usize,
}

impl Horizon {
    /// The hours from one second to another, both rounded down to the hour; `None` if there are none or more than a
    /// year.
    pub fn new(start: i64, end: i64) -> Option<Self> {
        let first = start.div_euclid(HOUR);
        let hours = usize::try_from(end.div_euclid(HOUR).checked_sub(first)?).ok()?;
        (1..=366 * DAY).contains(&hours).then_some(Self { first, hours })
    }

    pub(super) const fn of_hours(first: i64, hours: usize) -> Self {
        Self { first, hours }
    }

    /// Number of hours.
    pub fn hours(self) -> usize {
        self.hours
    }

    pub(super) fn first(self) -> i64 {
        self.first
    }
}

/// Part of a series.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window<'a> {
    /// The hour at which it begins, in hours since 1970.
    pub(super) first: i64,
    /// A gap is NaN.
    pub(super) values: &'a [f64],
}

impl Window<'_> {
    /// The last `hours` hours.
    pub(super) fn last(self, hours: usize) -> Self {
        self.from(self.values.len().saturating_sub(hours))
    }

    /// The part from the hour with this index on.
    pub(super) fn from(self, index: usize) -> Self {
        let index = index.min(self.values.len());
        Self { first: self.first + signed(index), values: &self.values[index..] }
    }

    /// The part before the hour with this index.
    pub(super) fn until(self, index: usize) -> Self {
        Self { first: self.first, values: &self.values[..index.min(self.values.len())] }
    }

    /// The hours of one day, counted back from the end: 0 is the last 24 hours. Only whole days.
    pub(super) fn day(self, back: usize) -> Self {
        self.until(self.values.len().saturating_sub(back * DAY)).last(DAY)
    }

    /// Number of whole days.
    pub(super) fn days(self) -> usize {
        self.values.len() / DAY
    }
}

/// The position of an hour in the week, which begins on Thursday, like 1970, in UTC. When clocks change, the same
/// local time moves to another position, which a week or two of data after the change corrects.
pub(super) fn place(hour: i64) -> usize {
    usize::try_from(hour.rem_euclid(signed(WEEK))).unwrap_or_default()
}

/// The values that are not gaps.
pub(super) fn present(values: &[f64]) -> impl Iterator<Item = f64> {
    values.iter().copied().filter(|value| !value.is_nan())
}

/// The mean; zero without values.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

/// Converts an index for arithmetic with hours since 1970.
pub(super) fn signed(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

/// Converts a count for arithmetic.
#[expect(clippy::cast_precision_loss, reason = "counts of hours and days are far below 2^53")]
pub(super) const fn real(count: usize) -> f64 {
    count as f64
}
