//! Season, trend and noise of one stretch of history, and the forecast that follows from them.

use super::line::DayLevel;
use super::order::{deviation, median, quantile_of_largest};
use super::seasonal::{Profile, Season};
use super::series::{DAY, Horizon, WEEK, Window, mean, present, real, signed};
use super::trend::Trend;

/// Only the newest quarter of a year is fitted: earlier demand says little about the next month, and 13 samples of
/// each hour of the week are enough for a median.
pub(super) const FITTED: usize = 13 * WEEK;

/// Steepest slope that is removed from the weekly profile before the trend is known, per day in logarithms: 57 % per
/// month. A launch within two weeks of data looks like a steeper slope.
const STEEPEST: f64 = 0.015;

/// A day that deviates from the trend by more than a third upwards or a quarter downwards (in logarithms) and by more
/// than this many standard deviations is an exception: a six-hour outage, a holiday, a campaign. It is not used for
/// the busy hour.
const EXCEPTION: (f64, f64) = (0.288, 3.5);

/// The fit to a stretch of history.
#[derive(Clone, Debug)]
pub(super) struct Fit {
    pub(super) profile: Profile,
    pub(super) trend: Trend,
    /// Number of days that were fitted.
    pub(super) days: f64,
    /// Relative standard deviation of an hour around the daily profile at the level of its day.
    pub(super) hour_error: f64,
    /// Whether the history shows a trend.
    pub(super) has_trend: bool,
    /// The hour at which the history ends.
    end: i64,
    /// Number of hours from which the busy hour is taken, and the largest of them relative to the level.
    counted: usize,
    largest: Vec<f64>,
}

impl Fit {
    /// Fits the newest days, with the level taken from at most `level_days` of them; `None` if they have no demand.
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

    /// Expected demand in each hour.
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

    /// Mean of the expected demand.
    pub(super) fn mean(&self, horizon: Horizon) -> f64 {
        mean(self.by_hour(horizon).into_iter())
    }

    /// The 99th percentile of the hours: the historical hours, scaled to the levels of five parts of the horizon. A
    /// percentile of the expected hours would be too low, because their noise is averaged out.
    pub(super) fn busy(&self, horizon: Horizon) -> Option<f64> {
        let levels = (0..PARTS).map(|part| {
            let middle = horizon.first() + signed(horizon.hours() * (2 * part + 1) / (2 * PARTS));
            self.trend.ahead(self.days_ahead(middle)).exp()
        });
        let mut hours: Vec<f64> =
            levels.flat_map(|level| self.largest.iter().map(move |relative| relative * level)).collect();
        quantile_of_largest(&mut hours, self.counted * PARTS, BUSY)
    }

    /// Standard errors of the logarithms of the mean and the busy hour, over a horizon of `hours` hours that begins
    /// after `gap` hours.
    pub(super) fn errors(&self, gap: usize, hours: usize) -> (f64, f64) {
        let (gap, length) = (real(gap) / real(DAY), real(hours) / real(DAY));
        let unseen = UNSEEN_WEEKDAYS * ((7.0 - self.days).max(0.0) / 7.0).sqrt();
        let mean = self.trend.error(gap + length / 2.0, length).hypot(unseen);
        // The 99th percentile of a month is determined by the noise of its roughly 70 busiest hours: for a normal
        // distribution its standard error there is 0.2 of that of an hour, and the error of a day moves it as much as
        // the level of one of ten days.
        let seen = real(self.counted.max(1)) / real(DAY);
        let noise = (0.2 * self.hour_error).hypot(0.3 * self.trend.scatter.day) * (30.0 / length + 30.0 / seen).sqrt();
        (mean, mean.hypot(noise))
    }

    fn days_ahead(&self, hour: i64) -> f64 {
        let hours = usize::try_from(hour - self.end).unwrap_or_default();
        real(hours) / real(DAY)
    }
}

/// Standard deviation due to weekdays that were not observed: mostly quiet weekends. An assumption.
const UNSEEN_WEEKDAYS: f64 = 0.15;

/// Number of parts of a horizon that have one level each.
const PARTS: usize = 5;

/// The percentile of the hours that defines the busy hour, as for the demand of a running service: seven hours of a
/// month are busier.
pub(super) const BUSY: f64 = 0.99;

/// The median change between a day and the same weekday a week later, per day in logarithms: a slope that needs no
/// season.
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

/// The level of each day that has demand and at least a quarter of its hours, newest first.
pub(super) fn day_levels(window: Window<'_>, profile: &Profile) -> Vec<DayLevel> {
    let level = |back: usize| {
        let day = window.day(back);
        let (seen, shape) = profile.compare(day);
        let there = 4 * present(day.values).count() >= DAY;
        (there && seen > 0.0 && shape > 0.0).then(|| DayLevel { back: middle(back), level: (seen / shape).ln() })
    };
    (0..window.days()).filter_map(level).collect()
}

/// Whether nearly every day has demand, so that the level of a day is meaningful.
fn is_regular(window: Window<'_>, profile: &Profile, with_demand: usize) -> bool {
    let expected = |back: &usize| {
        let (_, shape) = profile.compare(window.day(*back));
        shape > 0.0
    };
    let expected = (0..window.days()).filter(expected).count();
    with_demand >= 10 && 5 * with_demand >= 4 * expected
}

/// The mean level: of the last week if no trend is visible, or of four weeks if there are days without demand.
fn flat(window: Window<'_>, profile: &Profile, days: &[DayLevel], spikes: &[f64]) -> Option<Trend> {
    let counted = if profile.season == Season::HourOfWeek { 28 } else { 7 }.min(window.days());
    // Single hours may be missing; a day with half of its hours still counts.
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

/// Days, in less than two weeks of history, that exceed the others by more than weekdays usually exceed weekends.
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

/// Exceptional days.
struct Exceptions {
    /// Their middles, in days before the end.
    days: Vec<f64>,
    /// Whether busy days occur in each of three months and are therefore not exceptions: some services are busiest at
    /// the end of the month.
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

/// Number of days from which the busy hour is taken, unless there are monthly busy days: five weeks, in which the
/// shape of a day changes little with the season of the year.
const BUSY_DAYS: usize = 35;

/// The number of hours in whole weeks without exceptions, and the largest of them relative to the trend: enough of
/// them that the busy ones are known exactly at [`PARTS`] levels.
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

/// Relative deviation of the hours of ordinary size from the profile at the level of their day.
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
    // The profile was fitted to the same hours: with two seasons, it absorbs half of the variance.
    let seasons = real(window.days()) / if profile.season == Season::HourOfWeek { 7.0 } else { 1.0 };
    deviation(errors.into_iter(), 0.0) * (seasons / (seasons - 1.0).max(0.5)).sqrt()
}
