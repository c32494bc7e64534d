//! Season, trend and noise of one stretch of history, and what they say about hours ahead.

use super::line::DayLevel;
use super::order::{deviation, median, quantile_of_largest};
use super::seasonal::{Profile, Season};
use super::series::{DAY, Horizon, WEEK, Window, mean, present, real, signed};
use super::trend::Trend;

/// The newest quarter of a year is fitted: what a service did before says little of the next month, and 13 times the same hour of
/// the week are enough for a median.
pub(super) const FITTED: usize = 13 * WEEK;

/// Steepest slope that the shape of a week is cleared of before the trend is known, per day in logarithms: 57 % per month. A
/// launch in two weeks of data looks like a steeper one.
const STEEPEST: f64 = 0.015;

/// A day that is a third above or a quarter below the trend, in logarithms, and further than this many standard deviations, is an
/// exception: an outage of six hours, a holiday, a campaign. It takes no part in the busy hour.
const EXCEPTION: (f64, f64) = (0.288, 3.5);

/// What a stretch of history shows.
#[derive(Clone, Debug)]
pub(super) struct Fit {
    pub(super) profile: Profile,
    pub(super) trend: Trend,
    /// Days that it was made from.
    pub(super) days: f64,
    /// Relative standard deviation of an hour around shape and level of its day.
    pub(super) hour_error: f64,
    /// Whether the history shows a trend.
    pub(super) has_trend: bool,
    /// The hour at which the history ends.
    end: i64,
    /// Hours that stand for the busy ones, relative to the level: all of them, and the largest.
    counted: usize,
    largest: Vec<f64>,
}

impl Fit {
    /// Of the newest days, the level by at most `level_days` of them; `None` where they have no demand.
    pub(super) fn new(window: Window<'_>, level_days: usize) -> Option<Self> {
        let window = window.last(FITTED.min(window.days() * DAY));
        let season = Season::of(window);
        let slope = if season == Season::HourOfWeek { week_over_week(window) } else { 0.0 };
        let profile = Profile::new(window, season, |back| (-slope * real(back)).exp());
        let days = day_levels(window, &profile);
        let regular = season == Season::HourOfWeek && is_regular(window, &profile, days.len());
        let (trend, exceptions) = if regular {
            let trend = Trend::new(&days, level_days)?;
            (trend, Exceptions::from(&days, &trend))
        } else {
            let spikes = if season == Season::HourOfDay { spikes(&days) } else { Vec::new() };
            (flat(window, &profile, &days, &spikes)?, Exceptions { days: spikes, are_monthly: false })
        };
        let (counted, largest) = busy_hours(window, &trend, &exceptions);
        let hour_error = hour_error(window, &profile, &days);
        let end = window.first + signed(window.values.len());
        let days = real(window.values.len()) / real(DAY);
        Some(Self { profile, trend, days, hour_error, has_trend: regular, end, counted, largest })
    }

    /// Expected demand by the hour.
    pub(super) fn by_hour(&self, horizon: Horizon) -> Vec<f64> {
        let mut hours = Vec::with_capacity(horizon.hours());
        for begin in (0..horizon.hours()).step_by(DAY) {
            let first = horizon.first() + signed(begin);
            let level = self.trend.ahead(self.days_ahead(first + signed(DAY / 2))).exp();
            let rest = horizon.hours() - begin;
            hours.extend(self.profile.from(first).take(DAY.min(rest)).map(|shape| shape * level));
        }
        hours
    }

    /// Their average.
    pub(super) fn mean(&self, horizon: Horizon) -> f64 {
        mean(self.by_hour(horizon).into_iter())
    }

    /// The 99th percentile of the hours: those of the history, moved to the level of five parts of the horizon. A percentile of
    /// the expected hours would be too low, as noise is averaged out of them.
    pub(super) fn busy(&self, horizon: Horizon) -> Option<f64> {
        let levels = (0..PARTS).map(|part| {
            let middle = horizon.first() + signed(horizon.hours() * (2 * part + 1) / (2 * PARTS));
            self.trend.ahead(self.days_ahead(middle)).exp()
        });
        let mut hours: Vec<f64> =
            levels.flat_map(|level| self.largest.iter().map(move |relative| relative * level)).collect();
        quantile_of_largest(&mut hours, self.counted * PARTS, BUSY)
    }

    /// Standard errors of the logarithms of mean and busy hour over a horizon of hours, after a gap of hours.
    pub(super) fn errors(&self, gap: usize, hours: usize) -> (f64, f64) {
        let (gap, length) = (real(gap) / real(DAY), real(hours) / real(DAY));
        let unseen = UNSEEN_WEEKDAYS * ((7.0 - self.days).max(0.0) / 7.0).sqrt();
        let mean = self.trend.error(gap + length / 2.0, length).hypot(unseen);
        // The 99th percentile of a month is decided by the noise of its 70 busiest hours: for a normal distribution its standard
        // error there is 0.2 of that of an hour, and that of a day moves it as much as the level of one of ten days.
        let seen = real(self.counted.max(1)) / real(DAY);
        let noise = (0.2 * self.hour_error).hypot(0.3 * self.trend.scatter.day) * (30.0 / length + 30.0 / seen).sqrt();
        (mean, mean.hypot(noise))
    }

    fn days_ahead(&self, hour: i64) -> f64 {
        let hours = usize::try_from(hour - self.end).unwrap_or_default();
        real(hours) / real(DAY)
    }
}

/// What weekdays that were not seen may do, as standard deviation: quiet weekends, mostly. An assumption.
const UNSEEN_WEEKDAYS: f64 = 0.15;

/// Parts of a horizon that have one level each.
const PARTS: usize = 5;

/// The busy hour is this percentile of the hours, as that of a running service's demand is: seven hours of a month are busier.
pub(super) const BUSY: f64 = 0.99;

/// The median change from a day to the same day a week later, per day in logarithms: a slope that needs no season.
pub(super) fn week_over_week(window: Window<'_>) -> f64 {
    let change = |back: usize| {
        let (new, old) = (window.day(back), window.day(back + 7));
        let both = new.values.iter().zip(old.values).filter(|(new, old)| !new.is_nan() && !old.is_nan());
        let (new, old) = both.fold((0.0, 0.0), |sums, (new, old)| (sums.0 + new, sums.1 + old));
        (new > 0.0 && old > 0.0).then(|| (new / old).ln() / 7.0)
    };
    let mut changes: Vec<f64> = (0..window.days().saturating_sub(7)).filter_map(change).collect();
    median(&mut changes).unwrap_or_default().clamp(-STEEPEST, STEEPEST)
}

/// The level of each day with demand and at least a quarter of its hours, newest first.
pub(super) fn day_levels(window: Window<'_>, profile: &Profile) -> Vec<DayLevel> {
    let level = |back: usize| {
        let day = window.day(back);
        let (seen, shape) = profile.compare(day);
        let there = 4 * present(day.values).count() >= DAY;
        (there && seen > 0.0 && shape > 0.0).then(|| DayLevel { back: middle(back), level: (seen / shape).ln() })
    };
    (0..window.days()).filter_map(level).collect()
}

/// Whether nearly every day has demand, so that the level of a day means something.
fn is_regular(window: Window<'_>, profile: &Profile, with_demand: usize) -> bool {
    let expected = |back: &usize| {
        let (_, shape) = profile.compare(window.day(*back));
        shape > 0.0
    };
    let expected = (0..window.days()).filter(expected).count();
    with_demand >= 10 && 5 * with_demand >= 4 * expected
}

/// The average level, of the last week in which no trend can be seen, or of four weeks with days without demand.
fn flat(window: Window<'_>, profile: &Profile, days: &[DayLevel], spikes: &[f64]) -> Option<Trend> {
    let counted = if profile.season == Season::HourOfWeek { 28 } else { 7 }.min(window.days());
    // Single hours are missing; a day with half of its hours still counts.
    if 2 * present(window.last(counted * DAY).values).count() < DAY {
        return None;
    }
    let ordinary = (0..counted).filter(|back| !spikes.contains(&middle(*back)));
    let sums = ordinary.map(|back| profile.compare(window.day(back)));
    let (seen, shape) = sums.fold((0.0, 0.0), |sums, day| (sums.0 + day.0, sums.1 + day.1));
    let level = (seen > 0.0 && shape > 0.0).then(|| (seen / shape).ln())?;
    let error = deviation(days.iter().map(|day| day.level), level);
    Some(Trend::unknown(level, error, real(counted)))
}

/// Days of less than two weeks that are far above the others, by more than weekdays are above weekends as a rule.
fn spikes(days: &[DayLevel]) -> Vec<f64> {
    let Some(usual) = median(&mut days.iter().map(|day| day.level).collect::<Vec<_>>()) else { return Vec::new() };
    days.iter().filter(|day| day.level > usual + SPIKE).map(|day| day.back).collect()
}

/// 1.75 times the median day, in logarithms.
const SPIKE: f64 = 0.56;

/// The middle of a day, counted in days before the last one.
fn middle(back: usize) -> f64 {
    real(back) + 0.5
}

/// Days that are not like the others.
struct Exceptions {
    /// Their middles, counted back from the end.
    days: Vec<f64>,
    /// Whether busy days come up in each of three months, and are therefore none: some services are busiest when a month ends.
    are_monthly: bool,
}

impl Exceptions {
    fn from(days: &[DayLevel], trend: &Trend) -> Self {
        let least = EXCEPTION.0.max(EXCEPTION.1 * trend.scatter.day);
        let above = |day: &DayLevel| day.level - trend.back(day.back);
        let busy: Vec<f64> = days.iter().filter(|day| above(day) > least).map(|day| day.back).collect();
        let in_month = |month: i32| busy.iter().any(|back| (*back / 30.0).floor() == f64::from(month));
        let are_monthly = (0..3).all(in_month);
        let quiet = days.iter().filter(|day| above(day) < -least).map(|day| day.back);
        Self { days: if are_monthly { quiet.collect() } else { quiet.chain(busy).collect() }, are_monthly }
    }
}

/// Days that the busy hour is taken from, unless there are monthly ones: five weeks, in which the shape of a day does not change
/// much with the seasons.
const BUSY_DAYS: usize = 35;

/// How many hours there are in whole weeks without exceptions, and the largest of them relative to the trend: enough that of
/// them, at [`PARTS`] levels, the busy ones are known exactly.
fn busy_hours(window: Window<'_>, trend: &Trend, exceptions: &Exceptions) -> (usize, Vec<f64>) {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of days")]
    let days = window.days().min(trend.reach as usize);
    let days = if exceptions.are_monthly { days } else { days.min(BUSY_DAYS) };
    let days = if days >= 7 { days / 7 * 7 } else { days };
    let mut relative: Vec<f64> = Vec::with_capacity(days * DAY);
    for back in 0..days {
        let middle = middle(back);
        if !exceptions.days.contains(&middle) {
            let level = trend.back(middle).exp();
            relative.extend(present(window.day(back).values).map(|value| value / level));
        }
    }
    let counted = relative.len();
    let kept = (counted * PARTS / 100 + 2).min(counted);
    if kept < counted {
        relative.select_nth_unstable_by(kept, |a, b| b.total_cmp(a));
        relative.truncate(kept);
    }
    (counted, relative)
}

/// Relative deviation of the hours of ordinary size from the shape at the level of their day.
fn hour_error(window: Window<'_>, profile: &Profile, days: &[DayLevel]) -> f64 {
    let mut errors: Vec<f64> = Vec::with_capacity(window.values.len());
    for day in days.iter().take(28) {
        let level = day.level.exp();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of days")]
        let hours = window.day(day.back as usize);
        let (_, shape) = profile.compare(hours);
        let ordinary = shape / real(2 * DAY);
        let there = hours.values.iter().zip(profile.from(hours.first)).filter(|(value, _)| !value.is_nan());
        errors.extend(there.filter(|(_, shape)| *shape > ordinary).map(|(value, shape)| value / (shape * level) - 1.0));
    }
    // The shape was made from the same hours: of two seasons, it takes half of the variance.
    let seasons = real(window.days()) / if profile.season == Season::HourOfWeek { 7.0 } else { 1.0 };
    deviation(errors.into_iter(), 0.0) * (seasons / (seasons - 1.0).max(0.5)).sqrt()
}
