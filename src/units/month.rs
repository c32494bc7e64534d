//! Calendar months.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use super::Hours;

/// A calendar month, written `2026-12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(Date);

impl Month {
    /// The month that contains this day.
    pub fn of(day: Date) -> Self {
        Self(day.first_of_month())
    }

    /// First day of the month.
    pub const fn first(self) -> Date {
        self.0
    }

    /// Number of hours: 24 per day.
    pub fn hours(self) -> Hours {
        Hours::from_hours(u32::from(self.0.days_in_month().unsigned_abs()) * 24)
    }

    /// The following month; the same month at the end of the calendar.
    #[must_use]
    pub fn next(self) -> Self {
        self.0.last_of_month().tomorrow().map_or(self, Self)
    }

    /// The preceding month; the same month at the start of the calendar.
    #[must_use]
    pub fn previous(self) -> Self {
        self.0.yesterday().map_or(self, Self::of)
    }
}

impl FromStr for Month {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a month; use for example 2026-12");
        let digits = |text: &str, many| text.len() == many && text.bytes().all(|byte| byte.is_ascii_digit());
        let (year, month) = text.split_once('-').filter(|(y, m)| digits(y, 4) && digits(m, 2)).ok_or_else(wrong)?;
        let date = Date::new(year.parse().map_err(|_| wrong())?, month.parse().map_err(|_| wrong())?, 1);
        // No cluster is older than 2000, so an earlier year is an error.
        date.ok().filter(|date| date.year() >= 2000).map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_have_a_previous_and_a_next_one() {
        let month = |text: &str| text.parse::<Month>().unwrap();
        assert_eq!(month("2026-12").next().to_string(), "2027-01");
        assert_eq!(month("2026-03").previous().to_string(), "2026-02");
        assert_eq!(month("2027-01").previous(), month("2026-12"));
        assert_eq!(Month::of(jiff::civil::date(2028, 2, 29)).hours().amount().to_string(), "696");
        assert_eq!(month("9999-12").next(), month("9999-12"));
    }

    #[test]
    fn invalid_months_are_refused() {
        for text in ["", "2026", "2026-13", "2026-00", "+026-+1", "2026-+1", "0000-01", "1999-12", "26-01", "2026-1"] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
    }
}
