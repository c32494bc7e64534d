//! Periods of time, and the steps into which they are cut.

use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use crate::units::Hours;

/// A half-open span of time, so that adjacent periods share no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    start: Timestamp,
    end: Timestamp,
}

impl Period {
    /// From one moment to another, both rounded down to the second; `None` unless the second is later.
    pub fn new(start: Timestamp, end: Timestamp) -> Option<Self> {
        let whole = |moment: Timestamp| Timestamp::from_second(moment.as_second()).ok();
        let (start, end) = (whole(start)?, whole(end)?);
        (start < end).then_some(Self { start, end })
    }

    /// The last `length` before `now`, ending on a whole step so that the same query within a step gets the same
    /// answer; `None` if it is shorter than a step or reaches beyond the calendar.
    pub fn last(now: Timestamp, length: SignedDuration, step: StepSeconds) -> Option<Self> {
        let step = step.seconds();
        let end = now.as_second().div_euclid(step) * step;
        let length = length.as_secs() / step * step;
        Self::new(Timestamp::from_second(end.checked_sub(length)?).ok()?, Timestamp::from_second(end).ok()?)
    }

    /// The calendar month that contains `day` in the time zone `zone`: it may have 743 or 745 hours where clocks
    /// change.
    pub fn month(day: Date, zone: &TimeZone) -> Option<Self> {
        let first = day.first_of_month();
        let next = first.checked_add(jiff::Span::new().months(1)).ok()?;
        let midnight = |date: Date| Some(zone.to_zoned(date.at(0, 0, 0, 0)).ok()?.timestamp());
        Self::new(midnight(first)?, midnight(next)?)
    }

    /// The month before the one that contains `now`.
    pub fn last_month(now: Timestamp, zone: &TimeZone) -> Option<Self> {
        let day = now.to_zoned(zone.clone()).date();
        Self::month(day.first_of_month().checked_sub(jiff::Span::new().days(1)).ok()?, zone)
    }

    /// The part before `moment` in whole hours; `None` if there is none.
    pub fn until(self, moment: Timestamp) -> Option<Self> {
        if moment >= self.end {
            return Some(self);
        }
        let hours = moment.as_second().checked_sub(self.start.as_second())?.div_euclid(3600);
        Self::new(self.start, self.start.checked_add(SignedDuration::from_hours(hours)).ok()?)
    }

    /// First instant of the period.
    pub const fn start(self) -> Timestamp {
        self.start
    }

    /// First instant after the period.
    pub const fn end(self) -> Timestamp {
        self.end
    }

    /// Length of the period in seconds.
    pub fn seconds(self) -> i64 {
        self.end.as_second() - self.start.as_second()
    }

    /// Its length for pricing, including half hours, by which some clocks change.
    pub fn hours(self) -> Hours {
        Hours::of(Decimal::from(self.seconds()) / Decimal::from(3600))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.start, self.end)
    }
}

/// The time between two samples of a query: from 15 seconds to a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StepSeconds(u32);

/// Written in the largest unit of which it is a whole number: `15 s`, `5 min`, `1 h`.
impl fmt::Display for StepSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            seconds if seconds % 3600 == 0 => write!(f, "{} h", seconds / 3600),
            seconds if seconds % 60 == 0 => write!(f, "{} min", seconds / 60),
            seconds => write!(f, "{seconds} s"),
        }
    }
}

impl StepSeconds {
    /// Five minutes: several scrapes at the usual interval of 15 to 60 seconds, and the resolution of OpenCost.
    pub const FIVE_MINUTES: Self = Self(300);
    /// Half an hour: for months in which clocks change by half an hour.
    pub const HALF_HOUR: Self = Self(1800);
    /// An hour: the billing unit of clouds, and 744 samples per month.
    pub const HOUR: Self = Self(3600);
    /// Six hours: for facts that change rarely, such as node labels.
    pub const SIX_HOURS: Self = Self(21_600);

    /// This many seconds; `None` if outside 15 seconds to a day.
    pub fn new(seconds: u32) -> Option<Self> {
        (15..=86_400).contains(&seconds).then_some(Self(seconds))
    }

    /// The step for a window, so that a short window still shows its peaks and has several hundred steps: 15 seconds
    /// up to an hour, a minute up to six hours, five minutes up to two days, then an hour.
    pub fn fitting(length: SignedDuration) -> Self {
        const LONGEST: [(i64, StepSeconds); 3] =
            [(1, StepSeconds(15)), (6, StepSeconds(60)), (48, StepSeconds::FIVE_MINUTES)];
        let fits = LONGEST.iter().find(|(hours, _)| length <= SignedDuration::from_hours(*hours));
        fits.map_or(Self::HOUR, |(_, step)| *step)
    }

    /// This step, or the shortest longer one that divides an hour evenly and contains two scrapes.
    #[must_use]
    pub fn with_two_scrapes(self, seconds_between: i64) -> Self {
        const FILLING: [u32; 6] = [30, 60, 120, 300, 900, 3600];
        let enough = |step: Self| step.seconds() >= 2 * seconds_between;
        let longer = FILLING.into_iter().map(Self).find(|step| *step > self && enough(*step));
        if enough(self) { self } else { longer.unwrap_or(self.max(Self::HOUR)) }
    }

    /// Length of a step in seconds.
    pub fn seconds(self) -> i64 {
        i64::from(self.0)
    }

    /// Seconds as a real number, for the model's arithmetic.
    pub fn as_f64(self) -> f64 {
        f64::from(self.0)
    }

    /// Hours as a real number, for the model's arithmetic.
    pub fn hours(self) -> f64 {
        self.as_f64() / 3600.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn hours(day: Date, zone: &str) -> String {
        Period::month(day, &TimeZone::get(zone).unwrap()).unwrap().hours().amount().normalize().to_string()
    }

    #[test]
    fn months_with_clock_changes_have_more_or_fewer_hours() {
        assert_eq!(hours(date(2026, 2, 15), "UTC"), "672");
        assert_eq!(hours(date(2028, 2, 29), "UTC"), "696");
        assert_eq!(hours(date(2026, 3, 1), "Europe/Berlin"), "743");
        assert_eq!(hours(date(2026, 10, 31), "Europe/Berlin"), "745");
        assert_eq!(hours(date(2026, 10, 31), "Asia/Kolkata"), "744");
        assert_eq!(hours(date(2026, 10, 31), "Australia/Lord_Howe"), "743.5");
    }

    #[test]
    fn adjacent_months_share_no_moment_and_leave_no_gap() {
        let zone = TimeZone::get("America/New_York").unwrap();
        let january = Period::month(date(2026, 1, 31), &zone).unwrap();
        let february = Period::month(date(2026, 2, 1), &zone).unwrap();
        assert_eq!(january.end(), february.start());
        assert_eq!(january.start().to_string(), "2026-01-01T05:00:00Z");
        let now: Timestamp = "2026-02-01T04:59:59Z".parse().unwrap();
        assert_eq!(Period::last_month(now, &zone).unwrap(), Period::month(date(2025, 12, 1), &zone).unwrap());
    }

    #[test]
    fn a_month_in_progress_has_whole_hours() {
        let month = Period::month(date(2026, 11, 1), &TimeZone::UTC).unwrap();
        let until = |text: &str| month.until(text.parse().unwrap()).map(|p| p.hours().amount().to_string());
        assert_eq!(until("2026-11-03T00:01:00Z").as_deref(), Some("48"));
        assert_eq!(until("2026-11-01T00:50:00Z"), None, "no whole hour has passed yet");
        assert_eq!(until("2026-12-09T00:00:00Z").as_deref(), Some("720"));
    }

    #[test]
    fn the_last_days_end_on_a_step() {
        let now: Timestamp = "2026-11-24T07:55:41Z".parse().unwrap();
        let period = Period::last(now, SignedDuration::from_hours(48), StepSeconds::HOUR).unwrap();
        assert_eq!(period.to_string(), "2026-11-22T07:00:00Z to 2026-11-24T07:00:00Z");
        assert_eq!(Period::last(now, SignedDuration::from_mins(59), StepSeconds::HOUR), None);
    }
}
