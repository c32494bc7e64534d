//! The weekly or daily profile of demand, without its level.
//!
//! A seasonal naive forecast repeats the last season (Hyndman & Athanasopoulos, *Forecasting: Principles and Practice*,
//! 3rd ed., section 5.2, <https://otexts.com/fpp3/simple-methods.html>). Here a season is the median of those before
//! it, so that one outage or holiday is not repeated.

use super::order::median;
use super::series::{DAY, WEEK, Window, mean, place, present, real, signed};

/// The repeating pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Season {
    /// Each of the 168 hours of a week has its own demand; needs two weeks of history.
    HourOfWeek,
    /// By hour of the day; for two days to two weeks of history, where weekdays are not separable.
    HourOfDay,
    /// All hours are alike; for less than two days of history.
    Flat,
}

impl Season {
    /// The season that this much history can show: a pattern has to be seen twice. Gaps do not count, but a third of
    /// the hours may be missing.
    pub(super) fn of(window: Window<'_>) -> Self {
        let usable = real(present(window.values).count());
        let shows = |hours: usize| window.values.len() >= hours && usable * 1.5 >= real(hours);
        if shows(2 * WEEK) {
            Self::HourOfWeek
        } else if shows(2 * DAY) {
            Self::HourOfDay
        } else {
            Self::Flat
        }
    }

    const fn length(self) -> usize {
        match self {
            Self::HourOfWeek => WEEK,
            Self::HourOfDay => DAY,
            Self::Flat => 1,
        }
    }
}

/// Relative demand in each hour of two weeks, so that a week is contiguous from any hour on.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    pub(super) season: Season,
    /// By [`place`]; a shorter season is repeated.
    cells: Vec<f64>,
}

impl Profile {
    /// Fits whole days, each divided by `level_of_day`, whose argument counts days back from the last one.
    pub(super) fn new(window: Window<'_>, season: Season, level_of_day: impl Fn(usize) -> f64) -> Self {
        let window = window.last(window.days() * DAY);
        let (length, days) = (season.length(), window.days());
        let factors: Vec<f64> = (0..days).map(|day| 1.0 / level_of_day(days - 1 - day)).collect();
        let (mut middle, mut average) = (vec![None; length], vec![None; length]);
        let mut seen: Vec<f64> = Vec::with_capacity(window.values.len() / length + 1);
        for begin in 0..length.min(window.values.len()) {
            seen.clear();
            let hours = (begin..window.values.len()).step_by(length);
            seen.extend(hours.map(|hour| window.values[hour] * factors[hour / DAY]).filter(|value| !value.is_nan()));
            let cell = place(window.first + signed(begin)) % length;
            average[cell] = (!seen.is_empty()).then(|| mean(seen.iter().copied()));
            middle[cell] = median(&mut seen);
        }
        let (middle, average) = (Self::fill(&middle), Self::fill(&average));
        // If the hours of a cell are mostly quiet, as for a job that runs at some hours of some days, the median
        // would be zero. Noise of 30 % takes 5 % from a median, so half is far beyond noise.
        let carries = middle.iter().sum::<f64>() >= 0.5 * average.iter().sum::<f64>();
        Self { season, cells: if carries { middle } else { average } }
    }

    /// Fills two weeks of cells; a cell without data takes the value of the same hour on other days, or else of the
    /// average hour.
    fn fill(cells: &[Option<f64>]) -> Vec<f64> {
        let known = |from: usize, step: usize| {
            let of_hour: Vec<f64> = cells.iter().skip(from).step_by(step).filter_map(|cell| *cell).collect();
            (!of_hour.is_empty()).then(|| mean(of_hour.into_iter()))
        };
        let length = cells.len();
        let like = |cell: usize| known(cell % DAY, DAY).or_else(|| known(0, 1)).unwrap_or_default();
        let full: Vec<f64> = (0..length).map(|cell| cells[cell].unwrap_or_else(|| like(cell))).collect();
        (0..2 * WEEK).map(|place| full[place % length]).collect()
    }

    /// Relative demand in the hours from `hour` (hours since 1970) on, up to a week of them.
    pub(super) fn from(&self, hour: i64) -> impl Iterator<Item = f64> + '_ {
        self.cells[place(hour)..].iter().copied()
    }

    /// Actual demand of up to a week, and the demand by this profile alone, over the hours that have data.
    pub(super) fn compare(&self, window: Window<'_>) -> (f64, f64) {
        let there = window.values.iter().zip(self.from(window.first)).filter(|(value, _)| !value.is_nan());
        there.fold((0.0, 0.0), |(seen, shape), (value, cell)| (seen + value, shape + cell))
    }
}
