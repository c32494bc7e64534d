//! The time that a report covers, and how much of it has data.

use jiff::SignedDuration;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::ReportInput;
use crate::model::cluster::Snapshot;
use crate::model::finding::{Code, Finding};
use crate::model::usage::{Coverage, Period};
use crate::units::{Date, Hours, Timestamp};

/// A cluster at one moment, and the hours that this moment represents.
pub(super) struct Moment<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) hours: Hours,
    /// The period that the snapshot represents for everything that is not in the metrics; most of it is before the
    /// snapshot.
    pub(super) before: Option<Period>,
}

impl Moment<'_> {
    /// Hours of existence of an object that was created at this time and still exists.
    pub(super) fn hours_since(&self, created: Option<Timestamp>) -> Hours {
        let (Some(period), Some(created)) = (self.before, created) else { return self.hours };
        let whole = Decimal::from(period.seconds());
        let there = Decimal::from(period.end().as_second().saturating_sub(created.as_second()).max(0)).min(whole);
        Hours::of(self.hours.amount().saturating_mul(there).checked_div(whole).unwrap_or_default())
    }
}

/// Source of the data of a report's period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataSource {
    /// The cluster as it is now.
    Present,
    /// Several snapshots.
    Snapshots,
    /// Metrics over the whole period.
    History,
}

impl DataSource {
    /// Stable name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Snapshots => "snapshots",
            Self::History => "history",
        }
    }
}

/// The period of a report, and how much of it has data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Source of the data.
    pub source: DataSource,
    /// Start and end; `None` for a month of average length.
    pub period: Option<Period>,
    /// The first day of the period if it is a calendar month.
    pub month: Option<Date>,
    /// Length of the period in hours.
    pub hours: Hours,
    /// Hours that have data; nothing is counted in the other hours.
    pub hours_with_data: Hours,
    /// Times of the snapshots.
    pub taken_at: Vec<Timestamp>,
}

/// A snapshot represents the time until the next one, but at most this long: a day, plus one hour of delay of a daily
/// job.
const LONGEST: SignedDuration = SignedDuration::from_hours(25);

/// Each moment represents an equal part of the hours.
pub fn equal_parts(moments: usize, hours: Hours) -> Vec<Hours> {
    let parts = u64::try_from(moments).unwrap_or(u64::MAX).max(1);
    vec![Hours::of(hours.amount() / Decimal::from(parts)); moments]
}

/// Each moment represents the time until the next one, within the period and at most 25 hours; the rest of the period
/// has no data. `moments` must be sorted.
pub fn within(period: Period, moments: &[Timestamp]) -> Vec<Hours> {
    let next = moments.iter().skip(1).copied().chain([Timestamp::MAX]);
    let spoken_for = moments.iter().zip(next).map(|(moment, next)| {
        let longest = moment.checked_add(LONGEST).unwrap_or(next);
        let until = next.min(longest).min(period.end());
        let seconds = until.as_second().saturating_sub((*moment).max(period.start()).as_second()).max(0);
        Hours::of(Decimal::from(seconds) / Decimal::from(3600))
    });
    spoken_for.collect()
}

impl Span {
    pub(super) fn of(input: &ReportInput, seen: &[(Timestamp, Hours)], history: Option<&Coverage>) -> Self {
        let source = match (history, seen) {
            (Some(_), _) => DataSource::History,
            (None, [(_, hours)]) if *hours == input.hours => DataSource::Present,
            (None, _) => DataSource::Snapshots,
        };
        let with_data: Decimal = seen.iter().map(|(_, hours)| hours.amount()).sum();
        Self {
            source,
            period: input.period,
            month: input.month,
            hours: input.hours,
            hours_with_data: Hours::of(with_data.min(input.hours.amount())),
            taken_at: seen.iter().map(|(moment, _)| *moment).collect(),
        }
    }

    /// Share of the hours that have data, 0 to 1.
    pub fn coverage(&self) -> f64 {
        self.hours_with_data.amount().checked_div(self.hours.amount()).and_then(|share| share.to_f64()).unwrap_or(0.0)
    }

    /// Whether the data describes the period of the report: the current state describes no past or future month.
    pub fn covers_period(&self) -> bool {
        match (self.source, self.period) {
            (DataSource::Snapshots | DataSource::History, _) => true,
            (DataSource::Present, None) => true,
            (DataSource::Present, Some(period)) => {
                self.taken_at.iter().all(|at| (period.start()..period.end()).contains(at))
            }
        }
    }

    /// The period of an amount, as a suffix: `per month` for an average month, otherwise for example `for 72 h`.
    pub fn per(&self) -> String {
        match self.period {
            None => "per month".to_owned(),
            Some(_) => format!("for {}", self.length()),
        }
    }

    /// The length in hours, or in minutes if it is not a multiple of half an hour, as a twelfth of an hour has no
    /// finite decimal.
    fn length(&self) -> String {
        let hours = self.hours.amount();
        match hours.fract().is_zero() || (hours * Decimal::TWO).fract().is_zero() {
            true => format!("{} h", hours.normalize()),
            false => format!("{} min", (hours * Decimal::from(60)).round_dp(2).normalize()),
        }
    }

    /// The period in words, and the source of the data.
    pub fn when(&self) -> String {
        let hours = self.hours.amount().normalize();
        let day = |moment: &Timestamp| moment.strftime("%Y-%m-%d").to_string();
        let minute = |moment: Timestamp| moment.strftime("%Y-%m-%d %H:%M").to_string();
        match (self.source, self.taken_at.as_slice(), self.period) {
            (DataSource::Present, [one, ..], Some(_)) => match self.month {
                Some(month) => format!("state of {}, priced for {} ({hours} h)", day(one), month.strftime("%B %Y")),
                None => format!("state of {}, priced for {hours} h", day(one)),
            },
            (DataSource::Present, [one, ..], None) => format!("state of {}, priced for {hours} h", day(one)),
            (DataSource::Snapshots, [first, .., last], None) => {
                let many = self.taken_at.len();
                format!("{many} snapshots from {} to {}, priced for {hours} h", day(first), day(last))
            }
            (_, _, Some(period)) => match self.month {
                Some(month) => month.strftime("%B %Y").to_string(),
                None => format!("{} to {} UTC", minute(period.start()), minute(period.end())),
            },
            (_, _, None) => format!("{hours} h"),
        }
    }

    /// Findings about the period and its data.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let hours = self.hours.amount().normalize();
        let no_history = |message: String| Finding::info(Code::NoHistory, "period", message);
        match (self.source, self.taken_at.as_slice(), self.period) {
            // The history has its own findings about gaps in the metrics.
            (DataSource::History, ..) => {
                let message = "volumes and load balancers are those that exist now, counted from their creation; deleted ones are not included. The \
                               control plane is priced at its current version";
                vec![Finding::info(Code::NonNodeCostsAsNow, "period", message)]
            }
            (_, [], _) => Vec::new(),
            (DataSource::Present, [one, ..], period) => {
                let message = format!(
                    "no history: current state at {one}, priced for {hours} hours; deleted nodes and pods are not included"
                );
                // For a past month the current state is not the actual cost.
                let over = period.is_some_and(|period| period.end() <= *one);
                vec![if over { Finding::warning(Code::NoHistory, "period", message) } else { no_history(message) }]
            }
            (DataSource::Snapshots, all, None) => vec![no_history(format!(
                "no history: {} snapshots represent {hours} hours with equal weight; changes between snapshots are not seen",
                all.len()
            ))],
            (DataSource::Snapshots, all, Some(period)) => {
                let told = no_history(format!(
                    "{} snapshots cover {period}: each counts for the time until the next one, at most 25 hours; changes between snapshots are not \
                     seen",
                    all.len()
                ));
                let without = (self.hours.amount() - self.hours_with_data.amount()).round_dp(1).normalize();
                let gap = (without > Decimal::ZERO).then(|| {
                    let message = format!("no snapshot covers {without} of {hours} hours; their cost is not included");
                    Finding::warning(Code::HistoryGap, "period", message)
                });
                gap.into_iter().chain([told]).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_represents_the_time_until_the_next_one_but_at_most_a_day() {
        let period =
            Period::new("2026-10-02T00:00:00Z".parse().unwrap(), "2026-10-10T00:00:00Z".parse().unwrap()).unwrap();
        let moments = [
            ("2026-09-20T12:00:00Z", "0"),
            ("2026-10-01T12:00:00Z", "12"),
            ("2026-10-02T12:00:00Z", "25"),
            ("2026-10-05T00:00:00Z", "25"),
            ("2026-10-09T18:00:00Z", "6"),
            ("2026-10-11T00:00:00Z", "0"),
        ];
        let hours = within(period, &moments.map(|(moment, _)| moment.parse().unwrap()));
        let hours: Vec<String> = hours.iter().map(|h| h.amount().normalize().to_string()).collect();
        assert_eq!(hours, moments.map(|(_, hours)| hours));
    }
}
