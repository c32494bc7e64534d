use jiff::SignedDuration;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::ReportInput;
use crate::model::Finding;
use crate::model::cluster::Snapshot;
use crate::model::usage::{Coverage, Period};
use crate::units::{Date, Hours, Timestamp};

/// A cluster at one moment, and the hours that it stands for.
pub(super) struct Moment<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) hours: Hours,
    /// The period of which it is the only witness for what metrics do not tell, most of it before the moment.
    pub(super) before: Option<Period>,
}

impl Moment<'_> {
    /// The hours of something that was made at this time and still is.
    pub(super) fn hours_since(&self, created: Option<Timestamp>) -> Hours {
        let (Some(period), Some(created)) = (self.before, created) else { return self.hours };
        let whole = Decimal::from(period.seconds());
        let there = Decimal::from(period.end().as_second().saturating_sub(created.as_second()).max(0)).min(whole);
        Hours::of(self.hours.amount().saturating_mul(there).checked_div(whole).unwrap_or_default())
    }
}

/// By what the time of a report is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToldBy {
    /// By the cluster as it is now.
    Present,
    /// By the cluster at several moments.
    Snapshots,
    /// By metrics over the whole period.
    History,
}

impl ToldBy {
    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Snapshots => "snapshots",
            Self::History => "history",
        }
    }
}

/// Over which time a report is, and how much of it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// What it is told by.
    pub told_by: ToldBy,
    /// From when up to when; `None` for a month of average length.
    pub period: Option<Period>,
    /// Its first day, where it is a calendar month.
    pub month: Option<Date>,
    /// Its length.
    pub hours: Hours,
    /// Of these the hours that have data. Nothing is counted in the others.
    pub hours_with_data: Hours,
    /// When the cluster was looked at.
    pub taken_at: Vec<Timestamp>,
}

/// A snapshot speaks for the time up to the next one, and for no more than this: a day, and the hour by which a daily job
/// may be late.
const LONGEST: SignedDuration = SignedDuration::from_hours(25);

/// Each moment stands for an equal part of the hours.
pub fn equal_parts(moments: usize, hours: Hours) -> Vec<Hours> {
    let parts = u64::try_from(moments).unwrap_or(u64::MAX).max(1);
    vec![Hours::of(hours.amount() / Decimal::from(parts)); moments]
}

/// Each moment stands for the time from it up to the next, as far as that is in the period and not longer than a day and an
/// hour; what is left of the period has no data. Moments are by time.
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
        let told_by = match (history, seen) {
            (Some(_), _) => ToldBy::History,
            (None, [(_, hours)]) if *hours == input.hours => ToldBy::Present,
            (None, _) => ToldBy::Snapshots,
        };
        let with_data: Decimal = seen.iter().map(|(_, hours)| hours.amount()).sum();
        Self {
            told_by,
            period: input.period,
            month: input.month,
            hours: input.hours,
            hours_with_data: Hours::of(with_data.min(input.hours.amount())),
            taken_at: seen.iter().map(|(moment, _)| *moment).collect(),
        }
    }

    /// The share of the hours that have data.
    pub fn coverage(&self) -> f64 {
        self.hours_with_data.amount().checked_div(self.hours.amount()).and_then(|share| share.to_f64()).unwrap_or(0.0)
    }

    /// Whether it tells the time that it is of: a cluster as it is now tells no month that is over, and none to come.
    pub fn tells_its_time(&self) -> bool {
        match (self.told_by, self.period) {
            (ToldBy::Snapshots | ToldBy::History, _) => true,
            (ToldBy::Present, None) => true,
            (ToldBy::Present, Some(period)) => {
                self.taken_at.iter().all(|at| (period.start()..period.end()).contains(at))
            }
        }
    }

    /// Over how much time amounts are added up, as it follows them: `per month` of average length, or `for 72 h`.
    pub fn per(&self) -> String {
        match self.period {
            None => "per month".to_owned(),
            Some(_) => format!("for {} h", self.hours.amount().normalize()),
        }
    }

    /// Which time it is, and by what it is told.
    pub fn when(&self) -> String {
        let hours = self.hours.amount().normalize();
        let day = |moment: &Timestamp| moment.strftime("%Y-%m-%d").to_string();
        let minute = |moment: Timestamp| moment.strftime("%Y-%m-%d %H:%M").to_string();
        let of_month = self.month.map_or_else(String::new, |month| format!(" of {}", month.strftime("%B %Y")));
        match (self.told_by, self.taken_at.as_slice(), self.period) {
            (ToldBy::Present, [one, ..], Some(_)) => {
                format!("as it is on {}, priced for the {hours} h{of_month}", day(one))
            }
            (ToldBy::Present, [one, ..], None) => format!("as it is on {}, priced for {hours} h", day(one)),
            (ToldBy::Snapshots, [first, .., last], None) => {
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

    /// What a reader must know about the time.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let hours = self.hours.amount().normalize();
        let no_history = |message: String| Finding::info("no-history", "period", message);
        match (self.told_by, self.taken_at.as_slice(), self.period) {
            // What the metrics leave out, the history says itself.
            (ToldBy::History, ..) => {
                let message = "volumes and load balancers are those that there are now, from the day that they were made; \
                               those that are gone are not in the cost; the control plane is that of the version there is now";
                vec![Finding::info("services-as-now", "period", message)]
            }
            (_, [], _) => Vec::new(),
            (ToldBy::Present, [one, ..], period) => {
                let message = format!(
                    "no history: this is the cluster as it is at {one}, priced for {hours} hours; what came and went is not \
                     in it"
                );
                // Of a month that is over that is not the cost.
                let over = period.is_some_and(|period| period.end() <= *one);
                vec![if over { Finding::warning("no-history", "period", message) } else { no_history(message) }]
            }
            (ToldBy::Snapshots, all, None) => vec![no_history(format!(
                "no history: {} snapshots stand for {hours} hours, an equal part each; what came and went between them is not in it",
                all.len()
            ))],
            (ToldBy::Snapshots, all, Some(period)) => {
                let told = no_history(format!(
                    "{} snapshots tell of {period}, each of the time up to the next and of 25 hours at most; what came and went \
                     between them is not in it",
                    all.len()
                ));
                let without = (self.hours.amount() - self.hours_with_data.amount()).round_dp(1).normalize();
                let gap = (without > Decimal::ZERO).then(|| {
                    let message = format!("{without} of {hours} hours have no snapshot; nothing is counted in them");
                    Finding::warning("history-gap", "period", message)
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
    fn a_moment_speaks_up_to_the_next_and_for_a_day_at_most() {
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
